// SPDX-License-Identifier: Apache-2.0
public import Weft
public import WeftData

/// The arrays of a batch as tensors, called as the properties of the example are.
///
/// ```swift
/// { batch, mode in
///     let logits = model(Tensor(batch.images), mode: mode)
///     return StepOutputs(loss: softmaxCrossEntropy(logits: logits, labels: batch.labels))
/// }
/// ```
@dynamicMemberLookup
public struct StepInputs<Element: Example> {
    /// The placeholders of the arrays, in the order of `Element.arrays`.
    let placeholders: [AnyTensor]
    private let paths = Element.arrays

    /// Placeholders for batches like one.
    ///
    /// - Parameter varying: The axes whose sizes differ from batch to batch, beside the first.
    init(like batch: Element, varying: [PartialKeyPath<Element>: [Int]]) {
        placeholders = Element.arrays.enumerated().map { place, path in
            let array = batch[keyPath: path]
            var sizes = array.shape.map { Optional($0) }
            for axis in [0] + (varying[path] ?? []) where sizes.indices.contains(axis) {
                sizes[axis] = nil
            }
            return .placeholder(array.dtype, shape: Shape(sizes), name: Self.name(path, place))
        }
    }

    /// The tensor of an array.
    public subscript(dynamicMember path: KeyPath<Element, NDArray>) -> AnyTensor {
        guard let place = paths.firstIndex(where: { $0 == path }) else {
            return .invalid(
                "StepInputs", nil,
                "the array is none of `\(Element.self).arrays`; name it there")
        }
        return placeholders[place]
    }

    /// The property's name, where the compiler has left it in the program.
    private static func name(_ path: PartialKeyPath<Element>, _ place: Int) -> String {
        let last = "\(path)".split(separator: ".").last.map(String.init) ?? ""
        let isName = !last.isEmpty && last.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        return isName ? last : "input\(place)"
    }

    /// What is fed for those placeholders that are wanted.
    func feeds(_ batch: Element, wanted: [Bool]) -> Feeds {
        Feeds(
            zip(wanted, zip(placeholders, paths)).compactMap { wanted, pair in
                wanted ? (pair.0, batch[keyPath: pair.1]) : nil
            })
    }

    /// Which placeholders some tensors are computed from.
    func wanted(by tensors: [AnyTensor]) -> [Bool] {
        var found: Set<AnyTensor> = []
        let known = Dictionary(placeholders.map { ($0.node.id, $0) }) { first, _ in first }
        GraphWalk.visit(tensors.map(\.node)) { node in
            if let placeholder = known[node.id] { found.insert(placeholder) }
            return node.dependencies
        }
        return placeholders.map(found.contains)
    }
}
