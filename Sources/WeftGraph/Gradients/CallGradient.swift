// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    /// The backward pass of a call is a call of the body's derivative, on the gradients that come in
    /// and the forward values that it needs.
    ///
    /// What a `keeping` call has to keep beyond its arguments are more outputs of a call that
    /// computes the old one's first; a run that needs both computes only the new one.
    func call(_ attributes: CallAttributes) throws -> [AnyTensor?] {
        let key = CallDerivatives.Key(
            attributes: attributes, seeded: gradients.map { $0 != nil }, needed: needed)
        let derivative = try CallDerivatives.current.value(for: key) {
            try CallDerivative(attributes, self)
        }
        guard let backward = derivative.backward else { return nothing }
        var forward = node.tensors
        if let extended = derivative.forward {
            forward = node.rebuilt(as: .call(extended), inputs)
            guard forward.count == extended.body.outputs.count else {
                throw forward[0].error ?? failure("its forward pass is invalid")
            }
        }
        let arguments = derivative.arguments.compactMap { argument -> AnyTensor? in
            switch argument {
            case .gradient(let index): gradients[index]
            case .input(let index): inputs[index]
            case .output(let index): forward[index]
            }
        }
        let outputs = AnyTensor.makeAll(
            .call(backward), arguments, name: node.origin.given.map { $0 + ".gradient" })
        guard outputs.count == backward.body.outputs.count else {
            throw outputs[0].error ?? failure("its backward pass is invalid")
        }
        return placed(outputs, at: derivative.positions)
    }
}

/// The derivative of a call's body, whatever the arguments.
struct CallDerivative: Sendable {
    enum Argument: Sendable {
        /// The gradient of an output.
        case gradient(Int)
        /// An argument of the call itself.
        case input(Int)
        /// An output of the forward call.
        case output(Int)
    }

    /// The forward call with more outputs; nil where those that there are suffice.
    private(set) var forward: CallAttributes?
    /// nil when no gradient flows.
    private(set) var backward: CallAttributes?
    private(set) var arguments: [Argument] = []
    /// The operands whose gradients the outputs are.
    private(set) var positions: [Int] = []

    init(_ attributes: CallAttributes, _ rule: GradientRule) throws {
        let region = attributes.body
        let parameters = region.parameters
        let inputCount = parameters.count
        let seeded = region.outputs.indices.filter {
            rule.gradients[$0] != nil && region.outputs[$0].dtype.hasGradient
        }
        if seeded.isEmpty { return }
        // Two ways to differentiate a call may keep different values, and both forward calls run then:
        // updates would run twice.
        let keeps =
            attributes.policy == .keeping && !region.outputs.contains { $0.node.hasEffects }
        let body = try LoopBody(
            region, carryCount: 0, rule: rule, stackedOutputs: seeded, keepsInnerValues: keeps)

        let inputs = (0..<inputCount).filter { rule.needed[$0] }
        let captures = rule.captures.indices.map { inputCount + $0 }.filter { rule.needed[$0] }
        var results: [AnyTensor] = []
        for (position, gradient) in zip(
            inputs + captures, body.sliceGradients + body.captureGradients)
        {
            guard let gradient else { continue }
            positions.append(position)
            results.append(gradient)
        }
        if positions.isEmpty { return }

        var outputs = region.outputs
        arguments = seeded.map { .gradient($0) }
        for residual in body.residuals {
            if let input = parameters.firstIndex(of: residual) {
                arguments.append(.input(input))
            } else if let output = outputs.firstIndex(of: residual) {
                arguments.append(.output(output))
            } else {
                outputs.append(residual)
                arguments.append(.output(outputs.count - 1))
            }
        }
        if outputs.count > region.outputs.count {
            var extended = attributes
            extended.hint = nil
            extended.body = Region(
                level: region.level, parameterTypes: region.parameterTypes, outputs: outputs)
            forward = extended
        }
        let stands = body.stackedSeeds + body.residuals
        let derivative = try Region.build(parameters: stands.map(\.type), level: region.level) {
            try body.replacing(
                Dictionary(zip(stands, $0)) { first, _ in first }, in: results)
        }
        backward = CallAttributes(
            body: derivative, name: attributes.name + ".gradient",
            policy: keeps ? .keeping : .recomputing)
    }
}

/// The derivatives that one differentiation has found: a body that is called a thousand times is
/// differentiated once, and one whose calls double at each level not as often as it runs.
final class CallDerivatives: Sendable {
    struct Key: Hashable {
        let attributes: CallAttributes
        let seeded: [Bool]
        let needed: [Bool]
    }

    /// Tasks that a gradient of one's own starts come here too.
    private let known = Guarded<[Key: CallDerivative]>([:])

    @TaskLocal private static var shared: CallDerivatives?

    /// Those of the differentiation that goes on.
    static var current: CallDerivatives { shared ?? CallDerivatives() }

    /// Runs `body` as one differentiation, or as a part of the one that goes on.
    static func shared<R>(_ body: () throws -> R) rethrows -> R {
        if shared != nil { return try body() }
        return try $shared.withValue(CallDerivatives(), operation: body)
    }

    func value(
        for key: Key, _ make: () throws -> CallDerivative
    ) rethrows -> CallDerivative {
        if let derivative = known.withLock({ $0[key] }) { return derivative }
        let derivative = try make()
        known.withLock { $0[key] = derivative }
        return derivative
    }
}
