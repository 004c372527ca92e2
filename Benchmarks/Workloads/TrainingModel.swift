// SPDX-License-Identifier: Apache-2.0
import Weft

/// A model, its data and how it learns: what a training workload is, whether its steps, its start or
/// its memory are measured.
struct TrainingModel: Sendable {
    /// What a batch has beside the input.
    enum Target {
        case nothing
        /// A class for each example.
        case labels(classes: Int)
        /// Numbers of the input's shape.
        case values
    }

    /// What the model's function is given.
    struct Batch {
        let x: Tensor<Float>
        let labels: Tensor<Int32>
        let values: Tensor<Float>
    }

    /// What the model's function makes.
    struct Objective {
        let loss: Tensor<Float>
        /// Layers whose moving averages are checked, in order.
        var norms: [BatchNorm<Float>] = []
    }

    /// The number of the workload, from which the seeds are made.
    let number: Int
    let parameters: [Parameters.Item]
    /// The shape of a batch.
    let input: [Int]
    let target: Target
    var usesAdam = true
    let optimizer: @Sendable () -> any Optimizer
    let objective: @Sendable (_ parameters: Parameters, _ batch: Batch) -> Objective

    /// The numbers that a training begins with.
    struct Numerals {
        let parameters: [String: NDArray]
        /// For each of the four batches, what is fed.
        let batches: [[NDArray]]
    }

    func makeNumerals() -> Numerals {
        let batches = (0..<4).map { batch in
            let seed = 1000 * number + 500 + 2 * batch
            let x = Numbers.uniform(seed, input)
            switch target {
            case .nothing: return [x]
            case .labels(let classes):
                return [x, Numbers.labels(seed + 1, input[0], classes: classes)]
            case .values: return [x, Numbers.uniform(seed + 1, input)]
            }
        }
        return Numerals(
            parameters: Parameters.arrays(number, parameters), batches: batches)
    }

    /// Defines the model, and what a step does.
    func makeBench(_ session: Session, _ numerals: Numerals) throws -> Bench {
        let batch = Batch(
            x: .placeholder(shape: Shape(input)), labels: .placeholder(shape: [input[0]]),
            values: .placeholder(shape: Shape(input)))
        let objective = objective(Parameters(parameters, numerals.parameters), batch)
        let loss = objective.loss
        let update = try optimizer().minimize(loss)
        let batches = numerals.batches
        let step: (Int) throws -> [NDArray]
        var fed = [batch.x.anyTensor]
        switch target {
        case .nothing:
            let run = session.function(feeding: batch.x, fetching: loss, update)
            step = { [try run(batches[$0 & 3][0]).0] }
        case .labels:
            let run = session.function(feeding: batch.x, batch.labels, fetching: loss, update)
            step = { [try run(batches[$0 & 3][0], batches[$0 & 3][1]).0] }
            fed.append(batch.labels.anyTensor)
        case .values:
            let run = session.function(feeding: batch.x, batch.values, fetching: loss, update)
            step = { [try run(batches[$0 & 3][0], batches[$0 & 3][1]).0] }
            fed.append(batch.values.anyTensor)
        }
        let norms = objective.norms
        return Bench(
            kind: .train, session: session, fetches: [loss.anyTensor, update.anyTensor],
            feeds: batches.map { Feeds(Array(zip(fed, $0))) }, usesAdam: usesAdam,
            extras: { _ in norms.isEmpty ? [] : try Self.averages(norms, session) }, step: step)
    }

    private static func averages(
        _ norms: [BatchNorm<Float>], _ session: Session
    ) throws -> [(name: String, value: Double)] {
        let means = try norms.flatMap { try session.value(of: $0.movingMean).doubles }
        let variances = try norms.flatMap { try session.value(of: $0.movingVariance).doubles }
        return [
            ("bn_mean_wmean", Numbers.weightedMean(means)),
            ("bn_var_wmean", Numbers.weightedMean(variances)),
        ]
    }
}

extension Workload {
    /// The timed steps of a model's training.
    static func training(
        _ name: String, _ model: TrainingModel, segmentCount: Int = 1, _ expected: [Expected]
    ) -> Workload {
        Workload(
            name: name, segmentCount: segmentCount, expected: expected,
            body: .steps { try model.makeBench($0, model.makeNumerals()) })
    }
}

/// Trained variables that begin as the workload's definition says: parameter p of workload w has
/// seed 1000 · w + p.
struct Parameters {
    typealias Item = (name: String, shape: [Int], how: Numbers.Initial)
    private var variables: [String: Variable<Float>] = [:]

    /// The first values.
    static func arrays(_ workload: Int, _ list: [Item]) -> [String: NDArray] {
        var arrays: [String: NDArray] = [:]
        for (index, item) in list.enumerated() {
            arrays[item.name] = Numbers.initial(1000 * workload + index, item.shape, item.how)
        }
        return arrays
    }

    init(_ list: [Item], _ arrays: [String: NDArray]) {
        for item in list {
            guard let array = arrays[item.name] else { continue }
            variables[item.name] = Variable(
                item.name, shape: item.shape, initializer: .value(array))
        }
    }

    subscript(name: String) -> Tensor<Float> {
        guard let variable = variables[name] else { preconditionFailure("no parameter '\(name)'") }
        return variable.value
    }
}
