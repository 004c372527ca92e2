// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCheckpoints

/// What an epoch gave.
public struct EpochReport: Sendable, Hashable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// How many steps the training had done at its end.
    public let step: Int
    /// The learning rate of its last step; nil where the optimizer has none.
    public let learningRate: Double?
    /// The means over its examples: `loss` and the metrics, and with `val_` before their names those of the
    /// validation.
    public let metrics: [String: Double]

    /// A report from its parts.
    public init(epoch: Int, step: Int, learningRate: Double?, metrics: [String: Double]) {
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.metrics = metrics
    }
}

/// What the epochs of a training gave, one after the other.
public struct History: Sendable, Hashable {
    /// The epochs in their order.
    public private(set) var epochs: [EpochReport] = []

    /// A history of no epochs.
    public init() {}

    mutating func append(_ report: EpochReport) { epochs.append(report) }

    /// The names of the metrics: `loss` first, then in the order of their names, those of the validation last.
    public var names: [String] {
        Set(epochs.flatMap(\.metrics.keys)).sorted {
            MetricName.order($0) < MetricName.order($1)
        }
    }

    /// A metric in each epoch; NaN where it has none.
    public func values(of name: String) -> [Double] {
        epochs.map { $0.metrics[name] ?? .nan }
    }

    /// The epoch in which a metric is lowest, or highest; nil when it is never a number.
    public func best(_ name: String, isHighest: Bool = false) -> EpochReport? {
        let known = epochs.filter { $0.metrics[name].map { !$0.isNaN } ?? false }
        func isBetter(_ a: EpochReport, _ b: EpochReport) -> Bool {
            let (a, b) = (a.metrics[name] ?? .nan, b.metrics[name] ?? .nan)
            return isHighest ? a > b : a < b
        }
        // Of equal ones the first.
        return known.dropFirst().reduce(known.first) { best, next in
            best.map { isBetter(next, $0) ? next : $0 }
        }
    }

    // MARK: Checkpoints

    private static let columns = (epoch: "epoch", step: "step", rate: "learning_rate")

    func exportState() -> [String: NDArray] {
        var state = [
            Self.columns.epoch: NDArray(epochs.map { Double($0.epoch) }),
            Self.columns.step: NDArray(epochs.map { Double($0.step) }),
            Self.columns.rate: NDArray(epochs.map { $0.learningRate ?? .nan }),
        ]
        for name in names { state[name] = NDArray(values(of: name)) }
        return state
    }

    init(state: [String: NDArray]) throws {
        let columns = state.mapValues(\.doubles)
        guard let numbers = columns[Self.columns.epoch], let steps = columns[Self.columns.step],
            let rates = columns[Self.columns.rate],
            columns.allSatisfy({ $0.value.count == numbers.count })
        else { throw CheckpointPartError("the columns of the history are not of one length") }
        let names = columns.keys.filter { !MetricName.isColumn($0) }
        for row in numbers.indices {
            guard let epoch = Int(exactly: numbers[row]), let step = Int(exactly: steps[row]) else {
                throw CheckpointPartError("the history has an epoch or a step that is no number")
            }
            let metrics = names.compactMap { name -> (String, Double)? in
                guard let value = columns[name]?[row] else { return nil }
                return (name, value)
            }
            append(
                EpochReport(
                    epoch: epoch, step: step,
                    learningRate: rates[row].isNaN ? nil : rates[row],
                    metrics: Dictionary(metrics) { first, _ in first }))
        }
    }
}

extension MetricName {
    static func isColumn(_ name: String) -> Bool { name != loss && reserved.contains(name) }

    /// By what names are sorted.
    static func order(_ name: String) -> (Int, Int, String) {
        let isOfValidation = name.hasPrefix(validationPrefix)
        let own = isOfValidation ? String(name.dropFirst(validationPrefix.count)) : name
        return (isOfValidation ? 1 : 0, own == loss ? 0 : 1, own)
    }
}
