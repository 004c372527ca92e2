// SPDX-License-Identifier: Apache-2.0

/// The body of a loop or call, differentiated: what its backward pass computes in each iteration.
///
/// All of it is in terms of the forward body's tensors and of stand-ins for the gradients that come
/// in. Which forward values the backward pass needs, the residuals, is seen from the result; the
/// rule of the loop has them kept and puts parameters of its backward body in their places.
struct LoopBody {
    let region: Region
    /// The loop's carried values that gradients flow through.
    let carries: [Int]
    /// The outputs beyond the carries that have gradients.
    let stacked: [Int]
    /// The stand-ins for the gradients of `carries` and `stacked`.
    let carrySeeds: [AnyTensor]
    let stackedSeeds: [AnyTensor]
    /// The gradients: of the parameters that are `carries`, of those that are slices of sequences
    /// and needed, and of what the body takes from outside and is needed.
    let carryGradients: [AnyTensor]
    let sliceGradients: [AnyTensor?]
    let captureGradients: [AnyTensor?]
    /// The forward values that the gradients need.
    let residuals: [AnyTensor]

    /// Differentiates `region`, whose first `carryCount` parameters and outputs are carried.
    ///
    /// - Parameter keepsInnerValues: Whether what the body computes may be a residual, and not its
    ///   parameters alone, from which the backward pass would compute it once more.
    init(
        _ region: Region, carryCount: Int, rule: GradientRule, stackedOutputs: [Int],
        keepsInnerValues: Bool = true
    ) throws {
        self.region = region
        let parameters = region.parameters
        let stops = Set(parameters + rule.captures)
        let inputCount = rule.inputs.count
        let wantedCaptures = rule.captures.indices.filter { rule.needed[inputCount + $0] }
            .map { rule.captures[$0] }
        let slices = (carryCount..<inputCount).filter { rule.needed[$0] }.map { parameters[$0] }

        // A carried value that no wanted one flows into needs no gradient. One that is wanted, or
        // that another iteration's flow reaches, does: until there are no more of them.
        var carried = (0..<carryCount).filter { rule.needed[$0] }
        while true {
            let pass = ReversePass(
                ys: region.outputs, xs: carried.map { parameters[$0] } + slices + wantedCaptures,
                stops: stops)
            let next = (0..<carryCount).filter {
                carried.contains($0) || pass.flows(to: region.outputs[$0])
            }
            if next == carried { break }
            carried = next
        }
        carries = carried
        stacked = stackedOutputs

        // Far above the indices of parameters that a body can have.
        let firstSeed = 1 << 40
        func seed(_ index: Int, _ type: TensorType) -> AnyTensor {
            Region.parameter(level: region.level, index: firstSeed + index, type: type)
        }
        carrySeeds = carried.map { seed($0, parameters[$0].type) }
        stackedSeeds = stacked.map { seed($0, region.outputs[$0].type) }
        let xs = carried.map { parameters[$0] } + slices + wantedCaptures
        let seeds = carrySeeds
        let results = try Region.$currentLevel.withValue(max(region.level, Region.currentLevel)) {
            [stacked, carrySeeds, stackedSeeds] in
            try ReversePass(
                ys: carried.map { region.outputs[$0] } + stacked.map { region.outputs[$0] },
                xs: xs, stops: stops
            ).gradients(seeds: carrySeeds + stackedSeeds)
        }
        let firstSlice = carried.count
        let firstCapture = firstSlice + slices.count
        carryGradients = zip(results, seeds).map { $0 ?? .zeros(like: $1) }
        sliceGradients = Array(results[firstSlice..<firstCapture])
        captureGradients = Array(results[firstCapture...])
        residuals = try Residuals(
            keepsInnerValues ? region.outputs + parameters : parameters, region.level,
            seeds: Set(carrySeeds + stackedSeeds), rule: rule, keepsInnerValues
        )
        .needed(by: carryGradients + results[firstSlice...].compactMap(\.self))
    }

    /// A gradient with the stand-ins and residuals replaced, for a body of the same level.
    func replacing(
        _ replacements: [AnyTensor: AnyTensor], in tensors: [AnyTensor]
    ) throws -> [AnyTensor] {
        try Region.$currentLevel.withValue(max(region.level, Region.currentLevel)) {
            try Rewriting(
                replacing: replacements, levels: 1 << UInt64(region.level), stripsUpdates: true
            ).apply(to: tensors)
        }
    }
}

/// The choice of the forward values that a backward body has kept for it.
private struct Residuals {
    private let level: UInt64
    private let seeds: Set<AnyTensor>
    private let rule: GradientRule
    private let keepsInnerValues: Bool
    /// The nodes that every iteration of the forward body computes.
    private var forward: Set<UInt64> = []
    private var seedDependence: [UInt64: Bool] = [:]

    /// - Parameter ends: What the forward body computes and is given: a parameter that only an inner
    ///   region uses is at hand all the same.
    init(
        _ ends: [AnyTensor], _ level: Int, seeds: Set<AnyTensor>, rule: GradientRule,
        _ keepsInnerValues: Bool
    ) {
        self.level = 1 << UInt64(level)
        self.seeds = seeds
        self.rule = rule
        self.keepsInnerValues = keepsInnerValues
        var pending = ends
        while let tensor = pending.popLast() {
            let node = tensor.node
            guard node.freeLevels & self.level != 0, forward.insert(node.id).inserted else {
                continue
            }
            pending += node.inputs
        }
    }

    /// The residuals for `gradients`, in a fixed order.
    func needed(by gradients: [AnyTensor]) throws -> [AnyTensor] {
        var search = self
        return try search.search(gradients)
    }

    private mutating func search(_ gradients: [AnyTensor]) throws -> [AnyTensor] {
        var found: Set<AnyTensor> = []
        var seen: [Set<UInt64>] = [[], []]
        var pending = gradients.map { (tensor: $0, isNested: false) }
        while let (tensor, isNested) = pending.popLast() {
            let node = tensor.node
            if node.freeLevels & level == 0 || seeds.contains(tensor) { continue }
            // How long a list was is kept, also where only a branch asks for it.
            if keepsInnerValues, case .primitive(.listCount) = node.op,
                forward.contains(node.inputs[0].node.id)
            {
                found.insert(tensor)
                continue
            }
            let isForward = forward.contains(node.id)
            if isForward ? !node.op.isCheapMovement : !isNested && isWorthKeeping(node) {
                if tensor.dtype != .list {
                    found.insert(tensor)
                    continue
                }
                if case .parameter = node.op {
                    throw rule.failure(
                        "its body needs the value of a list of an earlier iteration")
                }
                // A list cannot be kept in a list: what made it is computed again.
            }
            guard seen[isNested ? 1 : 0].insert(node.id).inserted else { continue }
            if case .random = node.op, rule.node.op.isWhileLoop {
                throw rule.failure(
                    "a branch or a loop inside of it draws random numbers, which its backward "
                        + "pass would draw anew; draw them in the outer body and use them inside")
            }
            for input in node.inputs { pending.append((input, isNested)) }
            // In a region of the same level, as around it, the level's parameters are the region's.
            for region in node.op.regions where 1 << UInt64(region.level) != level {
                for output in region.outputs { pending.append((output, true)) }
            }
        }
        return found.sorted {
            $0.node.id != $1.node.id ? $0.node.id < $1.node.id : $0.index < $1.index
        }
    }

    /// Whether something that only the backward pass asks for is better computed in the forward
    /// one: an inner loop or call with what its own backward pass needs.
    private mutating func isWorthKeeping(_ node: Node) -> Bool {
        guard keepsInnerValues, node.op.bindsParameters,
            !node.types.contains(where: { $0.dtype == .list })
        else {
            return false
        }
        return !dependsOnSeeds(node)
    }

    private mutating func dependsOnSeeds(_ root: Node) -> Bool {
        var stack = [root]
        while let node = stack.last {
            if seedDependence[node.id] != nil {
                stack.removeLast()
                continue
            }
            let inner = node.dependencies.filter { $0.node.freeLevels & level != 0 }
            let open = inner.filter { !seeds.contains($0) && seedDependence[$0.node.id] == nil }
            if open.isEmpty {
                stack.removeLast()
                seedDependence[node.id] = inner.contains {
                    seeds.contains($0) || seedDependence[$0.node.id] == true
                }
            } else {
                stack += open.map(\.node)
            }
        }
        return seedDependence[root.id] ?? false
    }
}

extension Operation {
    /// Whether the result has the operand's elements again, so that keeping the operand is enough.
    fileprivate var isCheapMovement: Bool {
        switch self {
        case .primitive(.reshape), .primitive(.broadcast), .unsettled(.expand),
            .unsettled(.regroup):
            true
        default: false
        }
    }
}
