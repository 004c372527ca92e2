// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import WeftArrays
import WeftProtos
import WeftTensorFlow

/// One event of a file.
public struct Event: Sendable {
    /// What an event says.
    public enum Content: Sendable {
        /// The first event of a file: the format's version, and what wrote it.
        case version(String, writer: String)
        /// Values of a step.
        case summaries([SummaryValue])
        /// A graph, as TensorFlow's GraphDef.
        case graph([UInt8])
        /// What a run took, as TensorFlow's RunMetadata.
        case runMetadata(tag: String, [UInt8])
        /// From this step on, what earlier files say is void.
        case sessionStart
        /// Something that TensorBoard does not show, or nothing.
        case other
    }

    /// When it was.
    public let time: Date
    /// Where in the training it belongs.
    public let step: Int
    /// What it says.
    public let content: Content
}

/// A value of a summary.
public struct SummaryValue: Sendable {
    /// What is kept under a tag.
    public enum Content: Sendable {
        /// A point of a curve.
        case scalar(Float)
        /// How the elements of an array are spread.
        case histogram(Histogram)
        /// A picture, as a PNG file.
        case image(width: Int, height: Int, channels: Int, file: [UInt8])
        /// A sound, as a WAV file.
        case audio(sampleRate: Double, channels: Int, frames: Int, file: [UInt8])
        /// An array, whose meaning the plugin says.
        case array(NDArray)
    }

    /// What it is called.
    public let tag: String
    /// What shows it: `text`, `hparams`, `pr_curves`; empty for what the content says itself.
    public let plugin: String
    /// What the plugin keeps beside the content.
    public let pluginData: [UInt8]
    /// The value.
    public let content: Content
}

extension Event {
    /// - Throws: `SummaryError` when a value is none.
    init(_ message: TFEvent) throws {
        time = Date(timeIntervalSince1970: message.wallTime)
        step = Int(message.step)
        switch message.what {
        case .fileVersion(let version):
            content = .version(version, writer: message.sourceMetadata.writer)
        case .graphDef(let bytes): content = .graph([UInt8](bytes))
        case .summary(let summary):
            content = .summaries(try summary.value.compactMap { try SummaryValue($0) })
        case .taggedRunMetadata(let run):
            content = .runMetadata(tag: run.tag, [UInt8](run.runMetadata))
        case .sessionLog(let log) where log.status == .start: content = .sessionStart
        case .sessionLog, .metaGraphDef, nil: content = .other
        }
    }
}

extension SummaryValue {
    /// nil for one without a value.
    fileprivate init?(_ message: TFSummary.Value) throws {
        tag = message.tag
        plugin = message.metadata.pluginData.pluginName
        pluginData = [UInt8](message.metadata.pluginData.content)
        switch message.value {
        case .simpleValue(let number): content = .scalar(number)
        case .histo(let histogram): content = .histogram(Histogram(histogram))
        case .image(let image):
            content = .image(
                width: Int(image.width), height: Int(image.height),
                channels: Int(image.colorspace), file: [UInt8](image.encodedImageString))
        case .audio(let audio):
            content = .audio(
                sampleRate: Double(audio.sampleRate), channels: Int(audio.numChannels),
                frames: Int(audio.lengthFrames), file: [UInt8](audio.encodedAudioString))
        case .tensor(let tensor):
            do {
                content = .array(try tensor.array())
            } catch {
                throw SummaryError(.malformed, message.tag, "its array cannot be read: \(error)")
            }
        case nil: return nil
        }
    }
}
