// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a graph computes, whoever built it: equal for two graphs of the same operations on the same
/// placeholders and variables, also when updates were made anew.
///
/// It has 128 bits of a keyed hash; two different graphs with one fingerprint are not to be expected.
struct GraphFingerprint: Hashable {
    private let first: Int
    private let second: Int
    /// The same without the values of constants and the shapes of feeds.
    let skeleton: UInt64
    /// The last small constants, for messages.
    let constants: [String]

    static func == (a: Self, b: Self) -> Bool { a.first == b.first && a.second == b.second }
    func hash(into hasher: inout Hasher) { hasher.combine(first) }

    init(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) {
        var (a, b, plain) = (Hasher(), Hasher(), Hasher())
        b.combine(1)
        var ordinals: [UInt64: Int] = [:]
        var names: [String] = []

        func combine(_ value: some Hashable) {
            a.combine(value)
            b.combine(value)
            plain.combine(value)
        }
        func combine(_ tensors: [AnyTensor]) {
            for tensor in tensors {
                combine(ordinals[tensor.node.id] ?? -1)
                combine(tensor.index)
            }
        }

        let roots = fetches.map(\.node) + feeds.map(\.tensor.node)
        for node in GraphWalk.sorted(roots, dependencies: { $0.dependencies.map(\.node) }) {
            ordinals[node.id] = ordinals.count
            switch node.op {
            case .constant(let value):
                combine("constant")
                plain.combine(value.array.shape)
                a.combine(value)
                b.combine(value)
                if value.array.count <= 4 { names.append(value.array.description) }
            case .update(let attributes):
                combine("update")
                combine(attributes.variable)
                combine(attributes.level)
                combine(attributes.kind == .assign)
            case .cond, .whileLoop, .scan, .rematerialized: combine(node.op.summary)
            case .customGradient(_, let outputs): combine(outputs)
            default: combine(node.op)
            }
            switch node.op {
            case .whileLoop(let attributes): combine(attributes.maximumIterations)
            case .scan(let attributes):
                combine(attributes.carries)
                combine(attributes.isReversed)
            case .rematerialized(_, let role): combine(role)
            default: break
            }
            for region in node.op.regions {
                combine(region.level)
                combine(region.parameterTypes)
                combine(region.outputs)
            }
            combine(node.types)
            combine(node.inputs)
        }
        combine(fetches)
        combine(feeds.map(\.tensor))
        for feed in feeds {
            a.combine(feed.array.dtype)
            a.combine(feed.array.shape)
            b.combine(feed.array.dtype)
            b.combine(feed.array.shape)
        }
        first = a.finalize()
        second = b.finalize()
        skeleton = UInt64(bitPattern: Int64(plain.finalize()))
        constants = names.suffix(1)
    }
}
