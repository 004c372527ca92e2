// SPDX-License-Identifier: Apache-2.0

/// Where loops are unrolled, the next segment gets a graph of its own: what is left, with a placeholder
/// for each value that it takes.
///
/// The graph does not grow by the iterations that were done, and it is the same one after iterations that
/// leave the same, so that one plan serves all in which the shapes are equal.
extension LoweringScope {
    /// Whole numbers that are known and few, such as how many iterations there were, are written into the
    /// graph where the iterations follow from them: of a backward loop, which counts down, it is known when
    /// it ends.
    private static let mostWrittenElements = 16

    /// Gives `rest` a graph of its own, for `fetches`, all of which are left.
    ///
    /// - Parameters:
    ///   - taken: What that graph takes from this segment.
    ///   - seen: The nodes that it is made of, and those that stand for them.
    ///   - writesNumbers: Whether iterations follow from numbers that are known.
    /// - Returns: the values of what is needed and of what is carried, in order.
    func cut(
        _ rest: LoweredRest, _ fetches: [AnyTensor], taken: [AnyTensor], seen: NodeTable,
        writesNumbers: Bool, _ lowering: SegmentLowering
    ) throws -> (rest: LoweredRest, values: [Int]) {
        var replacements: [AnyTensor: AnyTensor] = [:]
        for tensor in rest.carried where writesNumbers {
            if let array = try writtenArray(tensor) { replacements[tensor] = .constant(array) }
        }
        let carried = rest.carried.filter { replacements[$0] == nil }
        var used = Set(taken.compactMap(\.handedOnNumber))
        var number = 0
        for tensor in taken where replacements[tensor] == nil && tensor.handedOnNumber == nil {
            while !used.insert(number).inserted { number += 1 }
            replacements[tensor] = .handedOn(number, tensor.type)
        }
        func rewritten(_ tensors: [AnyTensor]) throws -> [AnyTensor] {
            try Rewriting(replacing: replacements).apply(to: tensors)
        }
        // What was written out later is part of what was before.
        func replace(_ node: Node, by tensors: [AnyTensor]) {
            for (tensor, written) in zip(node.tensors, tensors)
            where replacements[tensor] == nil && tensor.handedOnNumber == nil {
                replacements[tensor] = written
            }
        }
        for (node, tensors) in lowering.unrolled.reversed() where seen.contains(node.id) {
            replace(node, by: try rewritten(tensors))
            for (small, large) in lowering.leftWith where large === node {
                replace(small, by: large.tensors.map { replacements[$0] ?? $0 })
            }
        }
        // The condition of a loop, as the loop that is left has it.
        var names = try rewritten(rest.needed)
        for (loop, test) in lowering.waiting {
            guard let place = rest.needed.firstIndex(of: test), !taken.contains(test),
                let rest = try rewritten(Array(loop.tensors.prefix(1))).first?.node,
                case .whileLoop(let attributes) = rest.op
            else { continue }
            names[place] = try rest.results(of: attributes.condition, on: rest.inputs, context)[0]
        }
        let values = try (rest.needed + carried).map { try value(of: $0) }
        let draws = try rest.draws.map { node, draw in
            (try rewritten([AnyTensor(node: node, index: 0)])[0].node, draw)
        }
        return (
            LoweredRest(
                fetches: rest.fetches, continuation: try rewritten(fetches), needed: names,
                carried: try rewritten(carried), hasUpdates: rest.hasUpdates, draws: draws,
                drawCounts: rest.drawCounts),
            values
        )
    }

    private func writtenArray(_ tensor: AnyTensor) throws -> NDArray? {
        guard tensor.dtype.isInteger else { return nil }
        guard let array = knownArray(try value(of: tensor)),
            array.count <= Self.mostWrittenElements
        else { return nil }
        return array
    }
}

extension AnyTensor {
    /// The placeholder of a value that one segment hands on to the next, by number and type: the same
    /// one in all runs.
    fileprivate static func handedOn(_ number: Int, _ type: TensorType) -> AnyTensor {
        source(
            .placeholder(
                Placeholder(id: UInt64.max - UInt64(number), name: "handed on \(number)")), type)
    }

    /// Its number; nil for another tensor. Those that users make are counted up from zero.
    fileprivate var handedOnNumber: Int? {
        guard case .placeholder(let placeholder) = node.op, placeholder.id > UInt64.max / 2 else {
            return nil
        }
        return Int(UInt64.max - placeholder.id)
    }
}
