// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// An optimizer for gradients that go through `f16`: the loss is multiplied before it is differentiated, so that small
/// gradients do not become 0, and gradients are divided again, in 32 bits. A step whose gradients are not all finite
/// is left out. PyTorch's `GradScaler`, Keras's `LossScaleOptimizer`.
///
/// ```swift
/// let logits = mixedPrecision(model(images, mode: .training), in: .float16)
/// let optimizer = LossScaling(Adam())
/// let train = try optimizer.minimize(softmaxCrossEntropy(logits: logits, labels: labels))
/// ```
///
/// The scale and its counts are variables. `computeGradients` gives gradients that are divided already: what clips
/// them sees their true size. `bf16` has the range of `f32` and needs no scale; `.fixed(1)` leaves out bad steps there,
/// too.
public final class LossScaling: Optimizer {
    /// How the scale changes.
    public enum Rule: Hashable, Sendable {
        /// Not at all.
        case fixed(Double)
        /// It is multiplied by `backoff` after a step with gradients that are not finite, and by `growth` after `interval`
        /// steps in a row without one, as far as it stays finite.
        case dynamic(
            initial: Double = 65_536, growth: Double = 2, backoff: Double = 0.5,
            interval: Int = 2_000)
    }

    /// What the names of its variables begin with.
    public let name: String
    /// What changes the variables.
    public let optimizer: any Optimizer
    /// How the scale changes.
    public let rule: Rule
    private let slots = OptimizerSlots(of: "LossScaling")

    /// An optimizer, and how the loss is scaled for it; the defaults are PyTorch's.
    public init(
        _ optimizer: any Optimizer, _ rule: Rule = .dynamic(), name: String = "LossScaling"
    ) {
        self.optimizer = optimizer
        self.rule = rule
        self.name = name
    }

    /// The smallest scale: what is bad at this one will not be good at a smaller one.
    private static let least = 0x1p-64

    private var problem: String? {
        func isPositive(_ number: Double) -> Bool { number > 0 && Float(number).isFinite }
        switch rule {
        case .fixed(let scale):
            return isPositive(scale) && Float(scale) > 0
                ? nil : "the scale must be a finite f32 above 0, not \(scale)"
        case .dynamic(let initial, let growth, let backoff, let interval):
            if !isPositive(initial) || Float(initial) < Float(Self.least) {
                return "the initial scale must be a finite f32 of at least 2^-64, not \(initial)"
            }
            if !(growth >= 1 && Float(growth).isFinite) {
                return "growth must be finite and at least 1, not \(growth)"
            }
            if !(backoff > 0 && backoff <= 1) {
                return "backoff must be above 0 and at most 1, not \(backoff)"
            }
            return interval >= 1 ? nil : "interval must be positive, not \(interval)"
        }
    }

    private var scale: VariableHandle? {
        guard case .dynamic(let initial, _, _, _) = rule else { return nil }
        return slots.scalar("\(name)/scale", as: .float32, initial: initial)
    }

    private var skipped: VariableHandle { slots.scalar("\(name)/skipped", as: .int64) }

    /// What the loss is multiplied by in the next step, a scalar of `f32`.
    public var lossScale: AnyTensor? {
        if let problem { return .invalid(name, nil, problem) }
        if case .fixed(let number) = rule { return .scalar(number, .float32) }
        return scale?.value
    }

    /// How many steps were left out so far.
    public var skippedSteps: Tensor<Int64> { Tensor(skipped.value) }

    /// The updates of one step: the optimizer's where all gradients are finite, and those of the scale.
    public func updates(
        for pairs: [(gradient: AnyTensor, variable: VariableHandle)]
    ) -> [Update] {
        if let problem { return [Update(.invalid(name, nil, problem))] }
        let checks = pairs.map { $0.gradient.isFinite.all() }
        guard let first = checks.first else { return [] }
        let isFinite = checks.dropFirst().reduce(first) { $0 .& $1 }
        let skipped = skipped
        let all = cond(
            isFinite,
            then: {
                Update.trainingStep(optimizer.updates(for: pairs).map(\.anyTensor)).anyTensor
            },
            else: {
                Update.group([skipped.assign(skipped.value + .scalar(1, .int64))]).anyTensor
            })
        return [Update(all)] + scaleUpdates(isFinite)
    }

    private func scaleUpdates(_ isFinite: AnyTensor) -> [Update] {
        guard case .dynamic(_, let growth, let backoff, let interval) = rule, let scale else {
            return []
        }
        let good = slots.scalar("\(name)/good_steps", as: .int64)
        let (zero, one) = (AnyTensor.scalar(0, .int64), AnyTensor.scalar(1, .int64))
        let count = good.value + one
        let isDue = count .>= .constant(NDArray(Int64(interval)))
        let grown = scale.value * .scalar(growth, .float32)
        let next = select(isDue .& grown.isFinite, grown, scale.value)
        let less = maximum(
            scale.value * .scalar(backoff, .float32), .scalar(Self.least, .float32))
        return [
            scale.assign(select(isFinite, next, less)),
            good.assign(select(isFinite .& .!isDue, count, zero)),
        ]
    }

    /// The updates of one variable, for a step of that variable alone.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        updates(for: [(gradient, variable)])
    }

    /// The optimizer's variables, the scale, and the numbers of steps that were left out and that were good in a row.
    public var variables: [VariableHandle] { optimizer.variables + slots.all }
}
