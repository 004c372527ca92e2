// SPDX-License-Identifier: Apache-2.0

/// Branches, and bodies that are computed again: they have no parameters, so their gradients are
/// regions over the same tensors from outside.
extension GradientRule {
    /// The taken branch is differentiated inside a `cond` on the same predicate; what only the
    /// other one uses gets zeros, as in TensorFlow.
    func cond(_ a: Region, _ b: Region) throws -> [AnyTensor?] {
        let wanted = captures.indices.filter { needed[inputs.count + $0] }
        let level = gradientLevel(a)
        let first = try branchGradients(a, level, wanted)
        let second = try branchGradients(b, level, wanted)
        let used = wanted.indices.filter { first[$0] != nil || second[$0] != nil }
        if used.isEmpty { return nothing }
        func region(_ results: [AnyTensor?]) -> Region {
            Region(
                level: level, parameterTypes: [],
                outputs: used.map { results[$0] ?? .zeros(like: captures[wanted[$0]]) })
        }
        // The gradients that come in are needed whichever branch is taken. As inputs they are
        // computed before it, once, and not in each branch of a chain of such nodes.
        let outputs = AnyTensor.makeAll(
            .cond(region(first), region(second)), [inputs[0]] + gradients.compactMap(\.self))
        return placed(outputs, at: used.map { inputs.count + wanted[$0] })
    }

    /// The body is computed again, next to its gradient.
    func rematerialized(_ body: Region) throws -> [AnyTensor?] {
        let wanted = captures.indices.filter { needed[inputs.count + $0] }
        let level = gradientLevel(body)
        let results = try branchGradients(body, level, wanted)
        let used = wanted.indices.filter { results[$0] != nil }
        if used.isEmpty { return nothing }
        let region = Region(
            level: level, parameterTypes: [], outputs: used.compactMap { results[$0] })
        // The inputs mark where the body begins: they are what is kept from the forward pass.
        let kept = captures + gradients.compactMap(\.self)
        let outputs = AnyTensor.makeAll(.rematerialized(region, .recomputation), kept)
        return placed(outputs, at: used.map { inputs.count + wanted[$0] })
    }

    /// The gradients of what a body takes from outside, as tensors for a region of `level`.
    private func branchGradients(
        _ region: Region, _ level: Int, _ wanted: [Int]
    ) throws -> [AnyTensor?] {
        try Region.$currentLevel.withValue(max(level, Region.currentLevel)) {
            let kept = Dictionary(captures.map { ($0, $0) }) { a, _ in a }
            let outputs = try Rewriting(replacing: kept, stripsUpdates: true)
                .apply(to: region.outputs)
            return try ReversePass(
                ys: outputs, xs: wanted.map { captures[$0] }, stops: Set(captures)
            ).gradients(seeds: gradients)
        }
    }

    /// The level of a region over the gradients: that of the original one, unless a gradient
    /// depends on a region of that level or a higher one, as in a loop over seeds.
    private func gradientLevel(_ region: Region) -> Int {
        let free = gradients.reduce(UInt64(0)) { $0 | ($1?.node.freeLevels ?? 0) }
        return max(region.level, UInt64.bitWidth - free.leadingZeroBitCount)
    }

    /// Results at some of the operands' positions.
    func placed(_ results: [AnyTensor], at positions: [Int]) -> [AnyTensor?] {
        var all = nothing
        for (index, position) in positions.enumerated() {
            all[position] = results[min(index, results.count - 1)]
        }
        return all
    }
}
