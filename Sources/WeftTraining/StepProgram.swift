// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData

/// What a trainer runs: built once, from one call of the step's function for training and one for all else.
struct StepProgram<Element: Example> {
    let inputs: StepInputs<Element>
    let metrics: [(name: String, metric: StepMetric)]
    let evaluationMetrics: [(name: String, metric: StepMetric)]
    let rates: [String]
    let statistics: [TensorStatistics.Source]
    let hasNorm: Bool
    /// The metrics, of which the loss is the first, rates, the gradients' norm, the update.
    let training: [AnyTensor]
    /// The same without the check that ends it, to see what is not finite.
    let unchecked: [AnyTensor]
    /// The metrics.
    let evaluation: [AnyTensor]
    let predictions: AnyTensor?
    /// Which placeholders each of them needs.
    let wanted: (training: [Bool], evaluation: [Bool], predictions: [Bool])

    static var checkText: String {
        "the loss, a gradient or a variable of the step is NaN or infinite"
    }

    init(
        _ inputs: StepInputs<Element>, optimizer: (any Optimizer)?, _ options: TrainerOptions,
        _ step: (StepInputs<Element>, Mode) throws -> StepOutputs
    ) throws {
        self.inputs = inputs
        let outputs = try step(inputs, .training)
        metrics = try Self.checkedMetrics(outputs)
        let built = try Self.built(outputs, optimizer, options)
        let loss = built.condition.map { check(outputs.loss, that: $0, Self.checkText) }
        rates = built.rates.map(\.name)
        hasNorm = built.norm != nil
        statistics = options.statisticsInterval == nil ? [] : built.statistics
        // The loss stands first among them; checked, it ends a run that is not finite.
        let own = metrics.flatMap(\.metric.tensors).dropFirst()
        var fetches = [loss ?? outputs.loss]
        fetches += own
        fetches += built.rates.map(\.rate)
        if let norm = built.norm { fetches.append(norm) }
        fetches.append(built.update.anyTensor)
        training = fetches
        unchecked = [outputs.loss] + built.gradients + [built.update.anyTensor]

        let other = try step(inputs, .inference)
        let otherMetrics = try Self.checkedMetrics(other)
        guard otherMetrics.map(\.name) == metrics.map(\.name) else {
            throw TrainingError(
                .invalid,
                "the step has the metrics \(metrics.map(\.name)) in training and "
                    + "\(otherMetrics.map(\.name)) in inference; give the same")
        }
        evaluationMetrics = otherMetrics
        evaluation = otherMetrics.flatMap(\.metric.tensors)
        predictions = try other.predictions.map { try $0.validated() }
        for tensor in training + evaluation { try tensor.validated() }
        wanted = (
            inputs.wanted(by: training + built.statistics.map(\.vector)),
            inputs.wanted(by: evaluation), inputs.wanted(by: predictions.map { [$0] } ?? [])
        )
    }

    /// The metrics in the order of their names, after the loss.
    private static func checkedMetrics(
        _ outputs: StepOutputs
    ) throws -> [(name: String, metric: StepMetric)] {
        let loss = try outputs.loss.validated()
        guard loss.shape.rank ?? 0 == 0, loss.dtype.isFloatingPoint else {
            throw TrainingError(
                .invalid,
                "the loss must be one floating-point number, not \(loss.type); take the mean of it")
        }
        for name in outputs.metrics.keys.sorted() {
            if let reason = MetricName.problem(name) { throw TrainingError(.invalid, reason) }
        }
        let others = outputs.metrics.sorted { $0.key < $1.key }.map { (name: $0, metric: $1) }
        return [(MetricName.loss, .mean(loss))] + others
    }

    private struct Built {
        var update: Update
        var gradients: [AnyTensor] = []
        var rates: [(name: String, rate: AnyTensor)] = []
        var norm: AnyTensor?
        var statistics: [TensorStatistics.Source] = []
        /// Whether all that is looked at is finite; nil where nothing is.
        var condition: AnyTensor?
    }

    private static func built(
        _ outputs: StepOutputs, _ optimizer: (any Optimizer)?, _ options: TrainerOptions
    ) throws -> Built {
        var pairs: [GradientOfVariable] = []
        var built: Built
        if let update = outputs.update {
            built = Built(update: update)
            try update.anyTensor.validated()
        } else if let optimizer {
            pairs = try optimizer.computeGradients(outputs.loss)
            let clipped = options.clip?.clipping(pairs)
            built = Built(
                update: try optimizer.apply(clipped?.gradients ?? pairs, loss: outputs.loss))
            built.norm = clipped?.norm
        } else {
            throw TrainingError(
                .invalid,
                "there is neither an optimizer nor an update by the step; give one of them")
        }
        built.rates = optimizer?.learningRates ?? []
        built.gradients = pairs.compactMap(\.gradient)
        let watched = outputs.watched.sorted { $0.key < $1.key }
        built.statistics = pairs.compactMap { pair in
            pair.gradient.flatMap { .init(.gradient, pair.variable.name, $0) }
        }
        built.statistics += pairs.compactMap {
            .init(.variable, $0.variable.name, $0.variable.value)
        }
        built.statistics += try watched.compactMap { name, tensor in
            .init(.activation, name, try tensor.validated())
        }
        built.condition = condition(outputs.loss, built, options.finiteChecks)
        return built
    }

    private static func condition(
        _ loss: AnyTensor, _ built: Built, _ checks: FiniteChecks
    ) -> AnyTensor? {
        var looked: [AnyTensor] = []
        if checks >= .loss { looked.append(loss) }
        if checks >= .gradients { looked += built.gradients }
        if checks >= .variables { looked += built.update.newValues }
        let conditions = looked.filter { $0.dtype.isFloatingPoint }.map {
            AnyTensor.unary(.isFinite, stopGradient($0)).all()
        }
        return conditions.dropFirst().reduce(conditions.first) { all, next in
            all.map { $0 .& next }
        }
    }
}

extension Update {
    /// The values that variables get, as far as they are found in groups.
    fileprivate var newValues: [AnyTensor] {
        var found: [AnyTensor] = []
        GraphWalk.visit([anyTensor.node]) { node in
            switch node.op {
            case .group: return node.dependencies
            case .update: found.append(AnyTensor(node: node, index: 0))
            default: break
            }
            return []
        }
        return found
    }
}

/// The names under which numbers are reported.
enum MetricName {
    static let loss = "loss"
    static let validationPrefix = "val_"
    static let reserved: Set = ["loss", "epoch", "step", "learning_rate"]

    /// What is wrong with a metric's name; nil when nothing is.
    static func problem(_ name: String) -> String? {
        if reserved.contains(name) {
            return
                "a metric is called '\(name)', as something else is that is reported; give it another name"
        }
        if name.isEmpty || name.hasPrefix(validationPrefix) {
            return "a metric is called '\(name)'; names are not empty and do not begin with "
                + "'\(validationPrefix)', which stands for those of the validation"
        }
        return nil
    }
}
