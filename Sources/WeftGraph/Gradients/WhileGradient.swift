// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    /// The forward loop appends each residual to a list and counts its iterations; the backward
    /// loop runs as often and takes the residuals from the lists' ends.
    ///
    /// Both are ordinary loops, and lists have gradients, so every order of derivative is this
    /// rule.
    func whileLoop(_ attributes: WhileAttributes) throws -> [AnyTensor?] {
        let region = attributes.body
        let n = inputs.count
        let body = try LoopBody(region, carryCount: n, rule: self, stackedOutputs: [])
        if body.carries.isEmpty { return nothing }

        let parameters = region.parameters
        var replacements: [AnyTensor: AnyTensor] = [:]
        var kept: [AnyTensor] = []
        for residual in body.residuals {
            if let position = parameters.firstIndex(of: residual), staysTheSame(position, region) {
                replacements[residual] = inputs[position]
            } else {
                kept.append(residual)
            }
        }
        let (lists, count) = try forwardLoop(attributes, kept)

        // The variables: gradients, sums for what comes from outside, lists, iterations to go.
        let targets = captures.indices.filter { needed[n + $0] }
        let summed = targets.indices.filter { body.captureGradients[$0] != nil }
        let flowing =
            body.carries.map { index in
                gradients[index] ?? .zeros(like: AnyTensor(node: node, index: index))
            } + summed.map { .zeros(like: captures[targets[$0]]) }
        let initial = flowing + lists + [count]
        let types =
            body.carries.map { parameters[$0].type }
            + summed.map { captures[targets[$0]].type } + lists.map(\.type) + [count.type]
        let condition = Region.build(parameters: types, level: region.level) { p in
            [.compare(.greater, p[p.count - 1], .scalar(0, .int64))]
        }
        let backward = try Region.build(parameters: types, level: region.level) { p in
            var replacements = replacements
            for (seed, parameter) in zip(body.carrySeeds, p) { replacements[seed] = parameter }
            var shorter: [AnyTensor] = []
            for (residual, list) in zip(kept, p[flowing.count...]) {
                let popped = AnyTensor.makeAll(.listPop(residual.type), [list])
                shorter.append(popped[0])
                replacements[residual] = popped[popped.count - 1]
            }
            let results = try body.replacing(
                replacements,
                in: body.carryGradients + summed.compactMap { body.captureGradients[$0] })
            let next = results.enumerated().map { index, result in
                index < body.carries.count ? result : AnyTensor.sum(p[index], result)
            }
            return next + shorter + [p[p.count - 1] - AnyTensor.scalar(1, .int64)]
        }
        let outputs = AnyTensor.makeAll(
            .whileLoop(
                WhileAttributes(
                    condition: condition, body: backward,
                    maximumIterations: attributes.maximumIterations)), initial)
        guard outputs.count == initial.count else {
            throw outputs[0].error ?? failure("its backward pass is invalid")
        }
        return masked(
            placed(
                Array(outputs.prefix(flowing.count)),
                at: body.carries + summed.map { n + targets[$0] }))
    }

    /// The loop with a list for each of `kept` and a count of its iterations.
    private func forwardLoop(
        _ attributes: WhileAttributes, _ kept: [AnyTensor]
    ) throws -> (lists: [AnyTensor], count: AnyTensor) {
        let region = attributes.body
        let n = inputs.count
        let types =
            region.parameterTypes + kept.map { _ in TensorType(.list, []) }
            + [TensorType(.int64, [])]
        let extended = Region.build(parameters: types, level: region.level) { p in
            let grown = zip(p[n...], kept).map { AnyTensor.make(.listAppend, [$0, $1]) }
            return region.outputs + grown + [p[p.count - 1] + AnyTensor.scalar(1, .int64)]
        }
        var forward = attributes
        forward.condition = Region(
            level: region.level, parameterTypes: types, outputs: attributes.condition.outputs)
        forward.body = extended
        let start = kept.map { _ in AnyTensor.make(.listEmpty, []) } + [.scalar(0, .int64)]
        let outputs = node.rebuilt(as: .whileLoop(forward), inputs + start)
        guard outputs.count == types.count else {
            throw outputs[0].error ?? failure("its forward pass is invalid")
        }
        return (Array(outputs[n..<n + kept.count]), outputs[outputs.count - 1])
    }
}
