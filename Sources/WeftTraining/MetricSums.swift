// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCheckpoints

/// What the metrics of a step have added up over the batches of an epoch.
struct MetricSums {
    private struct Sum {
        var numbers: [Double]
        let shape: [Int]

        func array() throws -> NDArray { try NDArray(numbers, shape: shape) }
    }

    private let metrics: [(name: String, metric: StepMetric)]
    private var sums: [String: [Sum]] = [:]

    init(_ metrics: [(name: String, metric: StepMetric)]) { self.metrics = metrics }

    /// How many arrays a step gives for the metrics.
    var arrayCount: Int { metrics.reduce(0) { $0 + $1.metric.tensors.count } }

    /// What makes metrics forget that keep their numbers in variables.
    var resets: [Update] {
        metrics.compactMap { entry in
            guard case .variables(_, let reset) = entry.metric.place else { return nil }
            return reset
        }
    }

    /// Forgets all.
    mutating func reset(in session: Session) throws {
        sums = [:]
        let resets = resets
        if !resets.isEmpty { _ = try session.uncounted { try session.run(resets) } }
    }

    /// Adds what a step gives.
    ///
    /// - Parameters:
    ///   - arrays: The arrays of all metrics, in their order.
    ///   - examples: The number of examples in the batch.
    mutating func add(_ arrays: ArraySlice<NDArray>, examples: Int) throws {
        var rest = arrays
        for (name, metric) in metrics {
            if case .variables = metric.place {
                rest = rest.dropFirst(metric.tensors.count)
                continue
            }
            var own = rest.prefix(metric.tensors.count).map {
                Sum(numbers: $0.doubles, shape: $0.shape)
            }
            rest = rest.dropFirst(metric.tensors.count)
            if case .means = metric.place {
                let weight = Double(examples)
                for place in own.indices {
                    own[place].numbers = own[place].numbers.map { $0 * weight }
                }
                own.append(Sum(numbers: [weight], shape: []))
            }
            guard let before = sums[name] else {
                sums[name] = own
                continue
            }
            guard before.map(\.shape) == own.map(\.shape) else {
                throw TrainingError(
                    .invalid,
                    "the metric '\(name)' has arrays of the shapes \(own.map(\.shape)) after "
                        + "\(before.map(\.shape)), which cannot be added up; reduce them to one shape"
                )
            }
            for place in own.indices {
                own[place].numbers = zip(before[place].numbers, own[place].numbers).map(+)
            }
            sums[name] = own
        }
    }

    /// The metrics so far, by name; none before the first batch.
    func values(in session: Session) throws -> [String: Double] {
        var result: [String: Double] = [:]
        for (name, metric) in metrics where !sums.isEmpty {
            if case .variables(let tensor, _) = metric.place {
                result[name] = try metric.value([session.uncounted { try session.run(tensor) }])
                continue
            }
            guard let own = sums[name] else { continue }
            result[name] = try metric.value(try own.map { try $0.array() })
        }
        return result
    }

    // MARK: Checkpoints

    /// The sums by `metric/0`, `metric/1` …
    func exportState() throws -> [String: NDArray] {
        var state: [String: NDArray] = [:]
        for (name, own) in sums {
            for (place, sum) in own.enumerated() { state["\(name)/\(place)"] = try sum.array() }
        }
        return state
    }

    mutating func importState(_ state: [String: NDArray]) throws {
        var result: [String: [Sum]] = [:]
        for (name, metric) in metrics {
            let count: Int
            switch metric.place {
            case .sums: count = metric.tensors.count
            case .means: count = metric.tensors.count + 1
            // They are among the session's.
            case .variables: continue
            }
            let arrays = (0..<count).compactMap { state["\(name)/\($0)"] }
            if arrays.isEmpty { continue }
            guard arrays.count == count, arrays.allSatisfy({ $0.dtype == .float64 }) else {
                throw CheckpointPartError(
                    "the sums of the metric '\(name)' are not those of this one")
            }
            result[name] = arrays.map { Sum(numbers: $0.doubles, shape: $0.shape) }
        }
        sums = result
    }
}
