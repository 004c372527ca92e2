// SPDX-License-Identifier: Apache-2.0
public import Foundation
import WeftProtos

extension EventWriter {
    /// Adds a number of a step: a point of a curve. NaN and infinities are shown as such.
    ///
    /// - Parameters:
    ///   - tag: What the curve is called; with slashes it is in a group.
    ///   - value: The number, which is kept as 32 bits.
    ///   - step: Where in the training it belongs.
    ///   - time: When it was; nil for now.
    /// - Throws: `FileError` when an earlier event still cannot be written; `SummaryError` when the writer is closed.
    public func addScalar(
        _ tag: String, _ value: some BinaryFloatingPoint, step: Int, time: Date? = nil
    ) throws {
        try add([scalar(tag, Double(value))], step: step, time: time)
    }

    /// Adds numbers of a step, one curve for each, in one event.
    ///
    /// - Throws: as `addScalar`.
    public func addScalars(_ values: [String: Double], step: Int, time: Date? = nil) throws {
        let values = values.sorted { $0.key < $1.key }.map { scalar($0.key, $0.value) }
        if !values.isEmpty { try add(values, step: step, time: time) }
    }

    private func scalar(_ tag: String, _ value: Double) -> TFSummary.Value {
        var summary = TFSummary.Value()
        summary.tag = tag
        summary.simpleValue = Float(value)
        return summary
    }
}
