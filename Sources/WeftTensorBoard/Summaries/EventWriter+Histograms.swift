// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import WeftArrays
import WeftProtos

extension EventWriter {
    /// Adds how the elements of an array are spread at a step, which TensorBoard shows as histograms along the steps and
    /// as a distribution.
    ///
    /// - Parameters:
    ///   - tag: What it is called.
    ///   - array: Numbers or truth values, of any shape.
    ///   - step: Where in the training it belongs.
    /// - Throws: `SummaryError` when elements are NaN or infinite, or no numbers; as `addScalar`.
    public func addHistogram(
        _ tag: String, _ array: NDArray, step: Int, time: Date? = nil
    ) throws {
        try addHistogram(tag, Histogram(array, tag: tag), step: step, time: time)
    }

    /// Adds a histogram that was counted before.
    ///
    /// - Throws: as `addScalar`.
    public func addHistogram(
        _ tag: String, _ histogram: Histogram, step: Int, time: Date? = nil
    ) throws {
        var value = TFSummary.Value()
        value.tag = tag
        value.histo = histogram.proto
        try add([value], step: step, time: time)
    }
}
