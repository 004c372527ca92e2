// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftArrays
public import WeftGraph
import WeftProtos

extension EventWriter {
    /// Adds what a run has emitted, if it is a ``Summary`` or a single number; other emissions are passed over.
    ///
    /// It may be called where nothing can be thrown: the next call of the writer that may throw says what could not be
    /// added, `flush` and `close` too.
    ///
    /// - Parameter step: Where in the training it belongs; nil for the number of the run in its session, which counts
    ///   runs that do not train, too.
    public func record(_ emission: Emission, step: Int? = nil) {
        do {
            let values = try SummaryEncoding.values(of: emission)
            if !values.isEmpty { try add(values, step: step ?? Int(clamping: emission.step)) }
        } catch {
            hold(error)
        }
    }

    /// What `Session.Options.emissionHandler` may be: it records the emissions of each `interval`-th run, by its number
    /// in the session.
    public func emissionHandler(every interval: UInt64 = 1) -> @Sendable (Emission) -> Void {
        { emission in
            if emission.step.isMultiple(of: max(interval, 1)) { self.record(emission) }
        }
    }
}

/// Arrays as values of a summary.
enum SummaryEncoding {
    static func values(of emission: Emission) throws -> [TFSummary.Value] {
        let value = emission.value
        guard let (tag, kind) = SummaryKind.parse(emission.name) else {
            guard value.count == 1, value.dtype.isNumeric else { return [] }
            return try scalar(emission.name, value)
        }
        switch kind {
        case .scalar: return try scalar(tag, value)
        case .histogram: return try histogram(tag, value)
        case .images(let most): return try images(tag, value, most: most)
        case .audio(let rate, let most):
            return try audio(tag, value, sampleRate: rate, most: most)
        case .text: return try text(tag, value)
        }
    }

    static func scalar(_ tag: String, _ value: NDArray) throws -> [TFSummary.Value] {
        guard value.count == 1, value.dtype.isNumeric || value.dtype == .bool else {
            throw SummaryError(
                .shape, tag, "a scalar is one number, and this is \(value.dtype)\(value.shape)")
        }
        var summary = TFSummary.Value()
        summary.tag = tag
        summary.simpleValue = try value.cast(to: .float32).reshaped(to: []).scalar()
        return [summary]
    }

    static func histogram(_ tag: String, _ value: NDArray) throws -> [TFSummary.Value] {
        var summary = TFSummary.Value()
        summary.tag = tag
        summary.histo = try Histogram(value, tag: tag).proto
        return [summary]
    }

    static func images(
        _ tag: String, _ value: NDArray, most: Int
    ) throws -> [TFSummary.Value] {
        try ImageEncoding.values(tag, value, most: most)
    }

    static func audio(
        _ tag: String, _ value: NDArray, sampleRate: Double, most: Int
    ) throws -> [TFSummary.Value] {
        try AudioEncoding.values(tag, value, sampleRate: sampleRate, most: most)
    }

    static func text(_ tag: String, _ value: NDArray) throws -> [TFSummary.Value] {
        guard value.dtype == .string, value.rank <= 2 else {
            throw SummaryError(
                .shape, tag,
                "text is a string, or a vector or matrix of them, and this is \(value.dtype)\(value.shape)"
            )
        }
        return [PluginValue.text(tag, try value.byteStrings(), shape: value.shape)]
    }
}
