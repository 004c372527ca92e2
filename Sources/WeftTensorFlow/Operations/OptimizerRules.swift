// SPDX-License-Identifier: Apache-2.0
import Weft

/// How an optimizer of TensorFlow changes a variable and what it keeps for it: the formula of one step, element
/// by element, in the order of TensorFlow's own arithmetic.
struct OptimizerRule: Sendable {
    /// What a step is computed from.
    struct Step {
        /// The variable, then the slots, as they were.
        let old: [AnyTensor]
        let gradient: AnyTensor
        /// The scalars, in the order of the operation's inputs without the gradient.
        let numbers: [AnyTensor]
        let call: NodeCall

        var one: AnyTensor { .scalar(1, gradient.dtype) }
    }

    /// What follows `Apply` in the operation's name.
    let name: String
    /// How many variables it changes: the trained one and its slots.
    let variables: Int
    /// How many scalars stand before the gradient among the inputs.
    let numbersBefore: Int
    /// How many stand behind it.
    let numbersBehind: Int
    /// In which of the four forms TensorFlow has the operation.
    let hasReferences: Bool
    let isSparse: Bool
    let defaults: [String: AttributeDefault]
    let apply: @Sendable (Step) throws -> [AnyTensor]

    init(
        _ name: String, variables: Int, numbers before: Int, behind: Int = 0,
        hasReferences: Bool = true, isSparse: Bool, defaults: [String: AttributeDefault] = [:],
        apply: @escaping @Sendable (Step) throws -> [AnyTensor]
    ) {
        self.name = name
        self.variables = variables
        numbersBefore = before
        numbersBehind = behind
        self.hasReferences = hasReferences
        self.isSparse = isSparse
        self.defaults = defaults
        self.apply = apply
    }
}

extension OptimizerRule {
    static let all: [OptimizerRule] =
        [
            OptimizerRule("GradientDescent", variables: 1, numbers: 1, isSparse: false) { step in
                [step.old[0] - step.gradient * step.numbers[0]]
            },
            OptimizerRule(
                "Momentum", variables: 2, numbers: 1, behind: 1, isSparse: true,
                defaults: ["use_nesterov": false]
            ) { step in
                let (rate, momentum) = (step.numbers[0], step.numbers[1])
                let sum = step.old[1] * momentum + step.gradient
                let change =
                    try step.call.bool("use_nesterov")
                    ? step.gradient * rate + sum * momentum * rate : sum * rate
                return [step.old[0] - change, sum]
            },
            OptimizerRule(
                "KerasMomentum", variables: 2, numbers: 1, behind: 1, hasReferences: false,
                isSparse: true, defaults: ["use_nesterov": false]
            ) { step in
                let (rate, momentum) = (step.numbers[0], step.numbers[1])
                let sum = step.old[1] * momentum - step.gradient * rate
                let change =
                    try step.call.bool("use_nesterov")
                    ? sum * momentum - step.gradient * rate : sum
                return [step.old[0] + change, sum]
            },
            OptimizerRule("RMSProp", variables: 3, numbers: 4, isSparse: true) { step in
                let (rate, decay) = (step.numbers[0], step.numbers[1])
                let (momentum, epsilon) = (step.numbers[2], step.numbers[3])
                let squares =
                    step.old[1] + (square(step.gradient) - step.old[1]) * (step.one - decay)
                let change =
                    step.old[2] * momentum + (step.gradient * rate) / sqrt(squares + epsilon)
                return [step.old[0] - change, squares, change]
            },
            OptimizerRule("CenteredRMSProp", variables: 4, numbers: 4, isSparse: true) { step in
                let (rate, decay) = (step.numbers[0], step.numbers[1])
                let (momentum, epsilon) = (step.numbers[2], step.numbers[3])
                let mean = step.old[1] + (step.gradient - step.old[1]) * (step.one - decay)
                let squares =
                    step.old[2] + (square(step.gradient) - step.old[2]) * (step.one - decay)
                let spread = squares - square(mean) + epsilon
                let change = step.old[3] * momentum + (step.gradient * rate) / sqrt(spread)
                return [step.old[0] - change, mean, squares, change]
            },
            OptimizerRule("Adadelta", variables: 3, numbers: 3, isSparse: true) { step in
                let (rate, decay, epsilon) = (step.numbers[0], step.numbers[1], step.numbers[2])
                let squares =
                    step.old[1] * decay + square(step.gradient) * (step.one - decay)
                let change =
                    sqrt(step.old[2] + epsilon) * rsqrt(squares + epsilon) * step.gradient
                let changes = step.old[2] * decay + square(change) * (step.one - decay)
                return [step.old[0] - change * rate, squares, changes]
            },
            OptimizerRule("AddSign", variables: 2, numbers: 4, isSparse: false) { step in
                let (rate, alpha) = (step.numbers[0], step.numbers[1])
                let (decay, beta) = (step.numbers[2], step.numbers[3])
                let mean = step.old[1] * beta + step.gradient * (step.one - beta)
                let agreement = sign(step.gradient) * sign(mean)
                return [
                    step.old[0] - rate * (alpha + decay * agreement) * step.gradient, mean,
                ]
            },
            OptimizerRule("PowerSign", variables: 2, numbers: 4, isSparse: false) { step in
                let (rate, logarithm) = (step.numbers[0], step.numbers[1])
                let (decay, beta) = (step.numbers[2], step.numbers[3])
                let mean = step.old[1] * beta + step.gradient * (step.one - beta)
                let agreement = sign(step.gradient) * sign(mean)
                return [
                    step.old[0] - rate * exp(logarithm * decay * agreement) * step.gradient, mean,
                ]
            },
        ] + adams + adagrads + proximal

    // MARK: Adam

    private static let adams: [OptimizerRule] = [
        OptimizerRule(
            "Adam", variables: 3, numbers: 6, isSparse: false, defaults: ["use_nesterov": false]
        ) { step in
            let (beta1, beta2, epsilon) = (step.numbers[3], step.numbers[4], step.numbers[5])
            let (mean, squares) = moments(step, beta1, beta2)
            let direction =
                try step.call.bool("use_nesterov")
                ? step.gradient * (step.one - beta1) + beta1 * mean : mean
            let change = direction * rate(step) / (sqrt(squares) + epsilon)
            return [step.old[0] - change, mean, squares]
        },
        OptimizerRule(
            "AdamWithAmsgrad", variables: 4, numbers: 6, hasReferences: false, isSparse: false
        ) { step in
            let (beta1, beta2, epsilon) = (step.numbers[3], step.numbers[4], step.numbers[5])
            let (mean, squares) = moments(step, beta1, beta2)
            let greatest = maximum(step.old[3], squares)
            let change = mean * rate(step) / (sqrt(greatest) + epsilon)
            return [step.old[0] - change, mean, squares, greatest]
        },
        OptimizerRule("AdaMax", variables: 3, numbers: 5, isSparse: false) { step in
            let (power, rate, beta1) = (step.numbers[0], step.numbers[1], step.numbers[2])
            let (beta2, epsilon) = (step.numbers[3], step.numbers[4])
            let mean = step.old[1] + (step.gradient - step.old[1]) * (step.one - beta1)
            let greatest = maximum(beta2 * step.old[2], abs(step.gradient))
            let change = rate / (step.one - power) * (mean / (greatest + epsilon))
            return [step.old[0] - change, mean, greatest]
        },
    ]

    private static func moments(
        _ step: Step, _ beta1: AnyTensor, _ beta2: AnyTensor
    ) -> (mean: AnyTensor, squares: AnyTensor) {
        (
            step.old[1] + (step.gradient - step.old[1]) * (step.one - beta1),
            step.old[2] + (square(step.gradient) - step.old[2]) * (step.one - beta2)
        )
    }

    /// The learning rate with what corrects the moments, which begin with 0.
    private static func rate(_ step: Step) -> AnyTensor {
        step.numbers[2] * sqrt(step.one - step.numbers[1]) / (step.one - step.numbers[0])
    }

    // MARK: Adagrad

    private static let adagrads: [OptimizerRule] = [
        OptimizerRule(
            "Adagrad", variables: 2, numbers: 1, isSparse: true, defaults: ["update_slots": true]
        ) { step in
            let squares = try sum(of: step)
            return [step.old[0] - step.gradient * step.numbers[0] * rsqrt(squares), squares]
        },
        OptimizerRule(
            "AdagradV2", variables: 2, numbers: 2, isSparse: true, defaults: ["update_slots": true]
        ) { step in
            let squares = try sum(of: step)
            let change = step.gradient * step.numbers[0] / (sqrt(squares) + step.numbers[1])
            return [step.old[0] - change, squares]
        },
        OptimizerRule("AdagradDA", variables: 3, numbers: 0, behind: 4, isSparse: true) { step in
            let (rate, l1, l2) = (step.numbers[0], step.numbers[1], step.numbers[2])
            let count = step.numbers[3]
            let sum = step.old[1] + step.gradient
            let squares = step.old[2] + square(step.gradient)
            let shrunk = shrinking(sum, by: count * maximum(l1, .scalar(0, l1.dtype)))
            return [-(rate * shrunk) / (l2 * (count * rate) + sqrt(squares)), sum, squares]
        },
    ]

    private static func sum(of step: Step) throws -> AnyTensor {
        try step.call.bool("update_slots")
            ? step.old[1] + square(step.gradient) : step.old[1]
    }

    /// What is left of numbers that come nearer to 0 by `distance`, and stay there.
    private static func shrinking(_ x: AnyTensor, by distance: AnyTensor) -> AnyTensor {
        sign(x) * maximum(abs(x) - distance, .scalar(0, x.dtype))
    }

    // MARK: With a penalty that makes zeros

    private static let proximal: [OptimizerRule] =
        [
            OptimizerRule("ProximalGradientDescent", variables: 1, numbers: 3, isSparse: true) {
                step in
                [proximal(step, rate: step.numbers[0])]
            },
            OptimizerRule("ProximalAdagrad", variables: 2, numbers: 3, isSparse: true) { step in
                let squares = step.old[1] + square(step.gradient)
                return [proximal(step, rate: step.numbers[0] * rsqrt(squares)), squares]
            },
        ]
        + [false, true].map { hasShrinkage in
            OptimizerRule(
                hasShrinkage ? "FtrlV2" : "Ftrl", variables: 3, numbers: 0,
                behind: hasShrinkage ? 5 : 4, isSparse: true,
                defaults: ["multiply_linear_by_lr": false]
            ) { try ftrl($0, hasShrinkage: hasShrinkage) }
        }

    /// A step along the gradient, then one to 0 by the first penalty and a fraction by the second.
    private static func proximal(_ step: Step, rate: AnyTensor) -> AnyTensor {
        let (l1, l2) = (step.numbers[1], step.numbers[2])
        let moved = step.old[0] - step.gradient * rate
        let shrunk = shrinking(moved, by: rate * maximum(l1, .scalar(0, l1.dtype)))
        return shrunk / (step.one + l2 * rate)
    }

    private static func ftrl(_ step: Step, hasShrinkage: Bool) throws -> [AnyTensor] {
        let (variable, squares, linear) = (step.old[0], step.old[1], step.old[2])
        let (rate, l1, l2) = (step.numbers[0], step.numbers[1], step.numbers[2])
        let two = AnyTensor.scalar(2, variable.dtype)
        let exponent = step.numbers[hasShrinkage ? 4 : 3]
        let gradient =
            hasShrinkage ? step.gradient + two * step.numbers[3] * variable : step.gradient
        // The usual exponent, −1/2, is a root.
        let isRoot: Bool
        if case .primitive(.constant(let known)) = exponent.node.op {
            isRoot = known.array.doubles == [-0.5]
        } else {
            isRoot = false
        }
        func power(_ x: AnyTensor) -> AnyTensor { isRoot ? sqrt(x) : pow(x, -exponent) }
        let newSquares = squares + square(step.gradient)
        let difference = power(newSquares) - power(squares)
        if try step.call.bool("multiply_linear_by_lr") {
            let newLinear = linear + gradient * rate - difference * variable
            let bound = l1 * rate
            let solution =
                (bound * sign(newLinear) - newLinear) / (power(newSquares) + two * l2 * rate)
            return [
                select(abs(newLinear) .> bound, solution, .zeros(like: solution)), newSquares,
                newLinear,
            ]
        }
        let newLinear = linear + gradient - difference / rate * variable
        let solution =
            (l1 * sign(newLinear) - newLinear) / (power(newSquares) / rate + two * l2)
        return [
            select(abs(newLinear) .> l1, solution, .zeros(like: solution)), newSquares, newLinear,
        ]
    }
}
