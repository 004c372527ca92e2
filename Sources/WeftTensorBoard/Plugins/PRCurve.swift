// SPDX-License-Identifier: Apache-2.0
public import Foundation
import SwiftProtobuf
public import WeftArrays
import WeftProtos

extension EventWriter {
    /// Adds the precision and recall of a classifier at a step, for each of several thresholds.
    ///
    /// - Parameters:
    ///   - tag: What it is called.
    ///   - predictions: Probabilities from 0 to 1, of any shape.
    ///   - labels: Whether each is of the class: truth values, or numbers that are 0 or not; of the same shape.
    ///   - weights: How much each counts; all 1 when nil.
    ///   - thresholds: How many, from 0 to 1 in equal steps.
    ///   - step: Where in the training it belongs.
    /// - Throws: `SummaryError` when shapes differ, or predictions are outside of 0 to 1 or NaN; as `addScalar`.
    public func addPRCurve(
        _ tag: String, predictions: NDArray, labels: NDArray, weights: NDArray? = nil,
        thresholds: Int = 201, step: Int, time: Date? = nil
    ) throws {
        let curve = try PRCurve(tag, predictions, labels, weights, thresholds)
        var data = TBPrCurvePluginData()
        data.numThresholds = UInt32(thresholds)
        let content: [UInt8] = try data.serializedBytes()
        var value = PluginValue.value(tag, plugin: "pr_curves", content: content, dataClass: 2)
        value.tensor = PluginValue.tensor(curve.rows, shape: [6, thresholds])
        try add([value], step: step, time: time)
    }
}

/// What a classifier gets right and wrong at thresholds from 0 to 1.
private struct PRCurve {
    private static let mostThresholds = 1 << 20

    /// True positives, false positives, true negatives, false negatives, precision, recall: one row each.
    let rows: [Float]

    init(
        _ tag: String, _ predictions: NDArray, _ labels: NDArray, _ weights: NDArray?, _ count: Int
    ) throws {
        let shapes = [predictions.shape, labels.shape] + (weights.map { [$0.shape] } ?? [])
        guard shapes.allSatisfy({ $0 == shapes[0] }) else {
            throw SummaryError(
                .shape, tag, "predictions, labels and weights must be of one shape, not \(shapes)")
        }
        guard count >= 2, count <= Self.mostThresholds else {
            throw SummaryError(
                .invalidArgument, tag,
                "there are 2 to \(Self.mostThresholds) thresholds, not \(count)")
        }
        let arrays = [predictions, labels] + (weights.map { [$0] } ?? [])
        guard arrays.allSatisfy({ $0.dtype.isNumeric || $0.dtype == .bool }) else {
            throw SummaryError(
                .shape, tag,
                "predictions, labels and weights are numbers, not \(arrays.map(\.dtype.description))"
            )
        }
        let values = predictions.doubles
        guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            throw SummaryError(
                .invalidArgument, tag,
                "predictions are probabilities from 0 to 1; put a sigmoid or softmax in front")
        }
        let isPositive = labels.doubles.map { $0 != 0 }
        let parts = weights?.doubles
        guard parts?.allSatisfy(\.isFinite) ?? true else {
            throw SummaryError(.notFinite, tag, "weights are NaN or infinite")
        }
        // At a threshold, all at least as high are called positive: sums from the highest down.
        var (truePositives, falsePositives) = (
            [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
        )
        for (index, value) in values.enumerated() {
            let bucket = Int(value * Double(count - 1))
            let weight = parts?[index] ?? 1
            if isPositive[index] {
                truePositives[bucket] += weight
            } else {
                falsePositives[bucket] += weight
            }
        }
        for bucket in (0..<count - 1).reversed() {
            truePositives[bucket] += truePositives[bucket + 1]
            falsePositives[bucket] += falsePositives[bucket + 1]
        }
        let least = 1e-7
        let trueNegatives = falsePositives.map { falsePositives[0] - $0 }
        let falseNegatives = truePositives.map { truePositives[0] - $0 }
        let precision = zip(truePositives, falsePositives).map { $0 / max(least, $0 + $1) }
        let recall = zip(truePositives, falseNegatives).map { $0 / max(least, $0 + $1) }
        rows = [truePositives, falsePositives, trueNegatives, falseNegatives, precision, recall]
            .flatMap { $0.map { Float($0) } }
    }
}
