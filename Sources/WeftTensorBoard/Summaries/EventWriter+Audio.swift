// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import WeftArrays
import WeftProtos

extension EventWriter {
    /// Adds a sound of a step, as a WAV file of 16 bits.
    ///
    /// - Parameters:
    ///   - tag: What it is called.
    ///   - sound: Frames × channels, from −1 to 1; without the last axis it has one channel. What is outside is cut off.
    ///   - sampleRate: How many frames a second has, in Hz.
    ///   - step: Where in the training it belongs.
    /// - Throws: `SummaryError` for another shape, element type or rate, and for NaN; as `addScalar`.
    public func addAudio(
        _ tag: String, _ sound: NDArray, sampleRate: Double, step: Int, time: Date? = nil
    ) throws {
        let sound = sound.rank == 1 ? try sound.reshaped(to: sound.shape + [1]) : sound
        try add([AudioEncoding.value(tag, sound, sampleRate)], step: step, time: time)
    }
}

/// Arrays as sounds.
enum AudioEncoding {
    private static let headerBytes = 44

    /// The first sounds of a batch: count × frames, or count × frames × channels.
    static func values(
        _ tag: String, _ sounds: NDArray, sampleRate: Double, most: Int
    ) throws -> [TFSummary.Value] {
        guard sounds.rank == 2 || sounds.rank == 3 else {
            throw SummaryError(
                .shape, tag,
                "sounds are of shape [count, frames, channels] or [count, frames], and these are of shape "
                    + "\(sounds.shape)")
        }
        let sounds = sounds.rank == 2 ? try sounds.reshaped(to: sounds.shape + [1]) : sounds
        guard most >= 1 else {
            throw SummaryError(
                .invalidArgument, tag, "at least 1 sound must be allowed, not \(most)")
        }
        return try (0..<min(sounds.shape[0], most)).map { index in
            try value(
                most == 1 ? "\(tag)/audio" : "\(tag)/audio/\(index)", sounds.slice(index),
                sampleRate)
        }
    }

    /// One sound, frames × channels.
    static func value(_ tag: String, _ sound: NDArray, _ rate: Double) throws -> TFSummary.Value {
        guard sound.rank == 2, (1...256).contains(sound.shape[1]), sound.dtype.isFloatingPoint
        else {
            throw SummaryError(
                .shape, tag,
                "a sound is of floating-point numbers of shape [frames, channels] with 1 to 256 channels, and this "
                    + "is \(sound.dtype)\(sound.shape)")
        }
        guard rate >= 1, rate <= 1e7 else {
            throw SummaryError(
                .invalidArgument, tag, "a sound has 1 to 10,000,000 frames a second, not \(rate)")
        }
        let numbers: [Float] = try sound.cast(to: .float32).scalars()
        guard !numbers.contains(where: \.isNaN) else {
            throw SummaryError(.notFinite, tag, "the sound has elements that are NaN")
        }
        guard numbers.count <= (Int(UInt32.max) - headerBytes) / 2 else {
            throw SummaryError(.shape, tag, "a WAV file has room for 4 GiB; cut the sound")
        }
        var value = TFSummary.Value()
        value.tag = tag
        value.audio.sampleRate = Float(rate)
        value.audio.numChannels = Int64(sound.shape[1])
        value.audio.lengthFrames = Int64(sound.shape[0])
        value.audio.encodedAudioString = Data(file(numbers, sound.shape[1], rate))
        value.audio.contentType = "audio/wav"
        return value
    }

    private static func file(_ numbers: [Float], _ channels: Int, _ rate: Double) -> [UInt8] {
        let bytes = 2 * numbers.count
        let frames = Int(rate.rounded())
        var file: [UInt8] = []
        file.reserveCapacity(bytes + headerBytes)
        file += Array("RIFF".utf8) + number(bytes + headerBytes - 8, 4) + Array("WAVEfmt ".utf8)
        // Plain samples (1) in a header of 16 bytes.
        file += number(16, 4) + number(1, 2) + number(channels, 2) + number(frames, 4)
        file += number(2 * channels * frames, 4) + number(2 * channels, 2) + number(16, 2)
        file += Array("data".utf8) + number(bytes, 4)
        for sample in numbers {
            let level = Int16((min(max(sample, -1), 1) * 32_767).rounded())
            file.append(UInt8(truncatingIfNeeded: level))
            file.append(UInt8(truncatingIfNeeded: level >> 8))
        }
        return file
    }

    private static func number(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
