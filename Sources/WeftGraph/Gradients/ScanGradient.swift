// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    /// The backward pass of a scan is a scan the other way, over the gradients of what it stacked
    /// and the residuals, which the forward scan stacks too.
    ///
    /// The forward scan with residuals is a new node whose first outputs are those of the old one;
    /// a run that needs both computes only the new one.
    func scan(_ attributes: ScanAttributes) throws -> [AnyTensor?] {
        let region = attributes.body
        let n = attributes.carries
        let stacked = (n..<region.outputs.count).filter {
            gradients[$0] != nil && region.outputs[$0].dtype.isDifferentiable
        }
        let body = try LoopBody(region, carryCount: n, rule: self, stackedOutputs: stacked)
        if body.carries.isEmpty && stacked.isEmpty { return nothing }

        // Where the backward body finds each residual: a sequence of the loop, a value that stays
        // the same, or else a new output.
        let parameters = region.parameters
        var sequences: [AnyTensor] = stacked.compactMap { gradients[$0] }
        var replacements: [AnyTensor: AnyTensor] = [:]
        var sliced: [AnyTensor] = []
        var kept: [AnyTensor] = []
        for residual in body.residuals {
            let position = parameters.firstIndex(of: residual)
            if let position, position >= n {
                sliced.append(residual)
                sequences.append(inputs[position])
            } else if let position, staysTheSame(position, region) {
                replacements[residual] = inputs[position]
            } else {
                kept.append(residual)
            }
        }
        if !kept.isEmpty {
            var extended = attributes
            extended.body = Region(
                level: region.level, parameterTypes: region.parameterTypes,
                outputs: region.outputs + kept)
            let forward = node.rebuilt(as: .scan(extended), inputs)
            guard forward.count == extended.body.outputs.count else {
                throw forward[0].error ?? failure("its forward pass is invalid")
            }
            sequences += forward.suffix(kept.count)
            sliced += kept
        }
        // A scan is as long as its sequences; there may be none with gradients or residuals.
        if sequences.isEmpty { sequences = [inputs[n]] }

        // The carries: gradients of the carries, then sums for what comes from outside.
        let targets = captures.indices.filter { needed[inputs.count + $0] }
        let summed = targets.indices.filter { body.captureGradients[$0] != nil }
        let slices = (n..<inputs.count).filter { needed[$0] }
        let slicesUsed = slices.indices.filter { body.sliceGradients[$0] != nil }
        let positions =
            body.carries + summed.map { inputs.count + targets[$0] }
            + slicesUsed.map { slices[$0] }
        if positions.isEmpty { return nothing }
        let initial =
            body.carries.map { index in
                gradients[index] ?? .zeros(like: AnyTensor(node: node, index: index))
            } + summed.map { .zeros(like: captures[targets[$0]]) }
        let types =
            body.carries.map { parameters[$0].type }
            + summed.map { captures[targets[$0]].type }
            + sequences.map { TensorType($0.dtype, $0.shape.withoutFirst) }
        let backward = try Region.build(parameters: types, level: region.level) { p in
            var replacements = replacements
            for (seed, parameter) in zip(body.carrySeeds, p) { replacements[seed] = parameter }
            let firstSequence = initial.count
            for (seed, parameter) in zip(body.stackedSeeds + sliced, p[firstSequence...]) {
                replacements[seed] = parameter
            }
            let results = try body.replacing(
                replacements,
                in: body.carryGradients + summed.compactMap { body.captureGradients[$0] }
                    + slicesUsed.compactMap { body.sliceGradients[$0] })
            return results.enumerated().map { index, result in
                let isSum = index >= body.carries.count && index < initial.count
                return isSum ? .sum(p[index], result) : result
            }
        }
        let outputs = AnyTensor.makeAll(
            .scan(
                ScanAttributes(
                    body: backward, carries: initial.count, isReversed: !attributes.isReversed)),
            initial + sequences)
        guard outputs.count == backward.outputs.count else {
            throw outputs[0].error ?? failure("its backward pass is invalid")
        }
        return masked(placed(outputs, at: positions))
    }

    /// Whether a carried value is the same in all iterations.
    func staysTheSame(_ position: Int, _ region: Region) -> Bool {
        region.outputs[position] == region.parameters[position]
            && inputs[position].node.freeLevels >> UInt64(region.level) & 1 == 0
    }

    /// Without what nobody asked for: carries that only other carries need.
    func masked(_ results: [AnyTensor?]) -> [AnyTensor?] {
        zip(results, needed).map { $1 ? $0 : nil }
    }
}

extension Shape {
    /// The shape of a slice along the first axis.
    var withoutFirst: Shape { Shape(dims: dims.map { Array($0.dropFirst()) }) }
}
