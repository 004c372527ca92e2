// SPDX-License-Identifier: Apache-2.0

/// A list of tensors of one type, which is changed and read while the graph runs: what a loop collects
/// and looks up again.
///
/// ```swift
/// var states = TensorList<Tensor<Float>>(elementShape: [nil, 8])
/// (_, states) = whileLoop(i, states, condition: { i, _ in i .< steps }) { i, states in
///     var states = states
///     states.append(cell(x, states))
///     return (i + 1, states)
/// }
/// let all = states.stacked()
/// ```
///
/// A list is a value, as Swift's arrays are: changing one leaves copies of it as they were. It can be
/// a variable of ``whileLoop(_:maximumIterations:shapeInvariants:condition:body:)`` and the result of a
/// branch, and gradients flow through it to any order. Nothing is copied when it is changed, unless
/// what it was before is still used. It is neither fed nor fetched: ``stacked()`` makes one tensor of it.
///
/// A list of a fixed count has it from the beginning, and places that nothing was put in hold zeros; the
/// plan of a run knows how long it is. How long a growing one became only the run knows: ``stacked()``
/// needs to know it, and the run goes on in a segment that is compiled for what it found.
public struct TensorList<Element: TensorProtocol>: Sendable {
    /// The list in the graph.
    public let anyTensor: AnyTensor
    /// The type of the tensors, as far as it is known.
    public let elementType: TensorType
    /// The count of a list that cannot grow.
    private let fixedCount: AnyTensor?

    fileprivate init(_ list: AnyTensor, _ elementType: TensorType, _ fixedCount: AnyTensor?) {
        anyTensor = list
        self.elementType = elementType
        self.fixedCount = fixedCount
    }

    private var bounds: ListBounds { fixedCount == nil ? .growing : .checked }

    /// What `body` makes of the list.
    private func changed(
        _ operation: String, with others: [AnyTensor] = [], _ body: () throws -> AnyTensor
    ) -> TensorList {
        TensorList(
            AnyTensor.composed(operation, [anyTensor] + others, body), elementType, fixedCount)
    }
}

extension TensorList: GraphValue {
    /// The list that `tensor` stands for, with what is known of `other`.
    public init(_ tensor: AnyTensor, like other: TensorList) {
        self.init(
            tensor.dtype == .list || tensor.error != nil
                ? tensor : .invalid("list", nil, "\(tensor.type) is no list"),
            other.elementType, other.fixedCount)
    }

    /// Why the list is invalid, if it is: the first error among all it was made from.
    public var error: GraphError? { anyTensor.error }

    /// The list, or the error that it carries.
    ///
    /// - Throws: `GraphError` when the list, or a tensor that went into it, was built wrongly.
    @discardableResult
    public func validated() throws -> TensorList {
        if let error { throw error }
        return self
    }
}

// MARK: Making lists

extension TensorList {
    private static func filled(
        _ count: AnyTensor, _ type: TensorType, isGrowable: Bool
    ) -> TensorList {
        var fixed: AnyTensor?
        let list = AnyTensor.composed("list", [count]) {
            let count = try count.asNumbers("the count", shape: [])
            if !isGrowable { fixed = count }
            return AnyTensor.makeAll(.listResize, [.make(.listEmpty, []), count])[0]
        }
        return TensorList(list, type, fixed)
    }

    /// A list of the slices of a tensor along its first axis.
    ///
    /// - Parameter isGrowable: Whether it can be made longer and shorter; its count then counts as
    ///   known only when the graph runs.
    /// - Shape: [n, ...] → n tensors [...].
    public init(unstacking tensor: Element, isGrowable: Bool = false) {
        let x = tensor.anyTensor
        var fixed: AnyTensor?
        let list = AnyTensor.composed("unstack", [x]) {
            if x.rank == 0 { throw RuleViolation("a scalar has no slices") }
            if !isGrowable { fixed = x.size(ofAxis: 0) }
            return .make(.listUnstack, [x])
        }
        self.init(list, TensorType(x.dtype, x.shape.withoutFirst), fixed)
    }
}

extension TensorList {
    /// An empty list, which grows.
    ///
    /// - Parameter elementShape: What is known of the shape of the tensors. What `self[i]` gives has it.
    public init<Scalar>(elementShape: Shape = .unknown) where Element == Tensor<Scalar> {
        self.init(.make(.listEmpty, []), TensorType(Scalar.dtype, elementShape), nil)
    }

    /// A list of zeros.
    ///
    /// - Parameters:
    ///   - count: How many; a scalar.
    ///   - elementShape: What is known of the shape of the tensors. What `self[i]` gives has it; where
    ///     it leaves sizes open, what is put into the list says them.
    ///   - isGrowable: Whether it can be made longer and shorter; its count then counts as known only
    ///     when the graph runs.
    public init<Scalar>(
        count: some IntegerTensor, elementShape: Shape = .unknown, isGrowable: Bool = false
    ) where Element == Tensor<Scalar> {
        self = .filled(
            count.anyTensor, TensorType(Scalar.dtype, elementShape), isGrowable: isGrowable)
    }

    /// A list of `count` zeros.
    public init<Scalar>(
        count: Int, elementShape: Shape = .unknown, isGrowable: Bool = false
    ) where Element == Tensor<Scalar> {
        self = .filled(
            .constant(NDArray(Int64(count))), TensorType(Scalar.dtype, elementShape),
            isGrowable: isGrowable)
    }
}

extension TensorList where Element == AnyTensor {
    /// An empty list, which grows.
    ///
    /// - Parameter elementShape: What is known of the shape of the tensors. What `self[i]` gives has it.
    public init(of dtype: DType, elementShape: Shape = .unknown) {
        self.init(.make(.listEmpty, []), TensorType(dtype, elementShape), nil)
    }

    /// A list of zeros.
    ///
    /// - Parameters:
    ///   - dtype: The type of the tensors' elements.
    ///   - count: How many; a scalar.
    ///   - elementShape: What is known of the shape of the tensors. What `self[i]` gives has it; where
    ///     it leaves sizes open, what is put into the list says them.
    ///   - isGrowable: Whether it can be made longer and shorter; its count then counts as known only
    ///     when the graph runs.
    public init(
        of dtype: DType, count: some IntegerTensor, elementShape: Shape = .unknown,
        isGrowable: Bool = false
    ) {
        self = .filled(
            count.anyTensor, TensorType(dtype, elementShape), isGrowable: isGrowable)
    }
}

// MARK: Reading and changing them

extension TensorList {
    /// How many tensors it holds.
    ///
    /// - Shape: a scalar.
    public var count: Element.Indices {
        Element.Indices(
            AnyTensor.composed("listCount", [anyTensor]) {
                fixedCount ?? .make(.listCount, [anyTensor])
            })
    }

    /// The tensor at an index, from 0. A run fails when the list is not as long; setting the one at the
    /// index of ``count`` makes a growing list longer.
    ///
    /// - Parameter index: A scalar.
    public subscript(index: some IntegerTensor) -> Element {
        get {
            let index = index.anyTensor
            return Element(
                AnyTensor.composed("listGet", [anyTensor, index]) {
                    let index = try index.asNumbers("the index", shape: [])
                    return .make(.listGet(elementType, .checked), [anyTensor, index])
                })
        }
        set {
            let (index, x) = (index.anyTensor, newValue.anyTensor)
            self = changed("listSet", with: [index, x]) {
                try requireElement(x)
                let index = try index.asNumbers("the index", shape: [])
                return .make(.listSet(bounds), [anyTensor, x, index])
            }
        }
    }

    /// The tensor at an index, from 0.
    public subscript(index: Int) -> Element {
        get { self[AnyTensor.constant(NDArray(Int64(index)))] }
        set { self[AnyTensor.constant(NDArray(Int64(index)))] = newValue }
    }

    /// Puts a tensor behind the others.
    public mutating func append(_ element: Element) {
        let x = element.anyTensor
        self = changed("append", with: [x]) {
            try requireGrowable()
            try requireElement(x)
            return .make(.listSet(bounds), [anyTensor, x, .make(.listCount, [anyTensor])])
        }
    }

    /// Takes the last tensor off the list. A run fails when there is none.
    public mutating func removeLast() -> Element {
        let last = Element(
            AnyTensor.composed("removeLast", [anyTensor]) {
                try requireGrowable()
                let index = AnyTensor.make(.listCount, [anyTensor]) - .scalar(1, .int64)
                return .make(.listGet(elementType, .checked), [anyTensor, index])
            })
        self = changed("removeLast") {
            try requireGrowable()
            let count = AnyTensor.make(.listCount, [anyTensor]) - .scalar(1, .int64)
            return AnyTensor.makeAll(.listResize, [anyTensor, count])[0]
        }
        return last
    }

    /// Cuts tensors off the end, or puts zeros there.
    ///
    /// - Parameter count: How many there are to be; a scalar.
    public mutating func resize(to count: some IntegerTensor) {
        let count = count.anyTensor
        self = changed("resize", with: [count]) {
            try requireGrowable()
            let count = try count.asNumbers("the count", shape: [])
            return AnyTensor.makeAll(.listResize, [anyTensor, count])[0]
        }
    }

    /// The tensors along a new first axis. Where nothing is in the list, the element shape must be known.
    ///
    /// - Shape: n tensors [...] → [n, ...].
    public func stacked() -> Element {
        stacked("stack", fixedCount)
    }

    /// The tensors along a new first axis, whose length the plan of a run knows if it knows `count`: a
    /// growing list of a length that follows from shapes is stacked without a segment of its own.
    ///
    /// - Parameter count: How many there are; a scalar. A run fails when it is another number.
    public func stacked(count: some IntegerTensor) -> Element {
        stacked("stack", count.anyTensor)
    }

    private func stacked(_ operation: String, _ count: AnyTensor?) -> Element {
        Element(
            AnyTensor.composed(operation, [anyTensor] + (count.map { [$0] } ?? [])) {
                let count = try (count ?? .make(.listCount, [anyTensor])).asNumber("the count")
                return .make(
                    .listStackLike(elementType, .checked), [anyTensor, .shaped(by: count)])
            })
    }

    /// The tensors one behind the other along their first axis.
    ///
    /// - Shape: n tensors [m, ...] → [n · m, ...].
    public func concatenated() -> Element {
        let whole = stacked("concatenated", fixedCount).anyTensor
        return Element(
            AnyTensor.composed("concatenated", [whole]) {
                let rank = try whole.knownRank()
                if rank == 1 { throw RuleViolation("scalars are stacked, not concatenated") }
                return whole.regrouped(
                    [.product(0..<2)] + (2..<rank).map { .product($0..<$0 + 1) })
            })
    }

    private func requireGrowable() throws {
        if fixedCount != nil {
            throw RuleViolation(
                "the list has a fixed count; make it with `isGrowable: true`, or put tensors in "
                    + "its places")
        }
    }

    private func requireElement(_ x: AnyTensor) throws {
        guard x.dtype == elementType.dtype else {
            throw RuleViolation(.elementTypesDiffer(elementType, x.type))
        }
        guard x.shape.merged(with: elementType.shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("a tensor and the list's elements", x.shape, elementType.shape))
        }
    }
}

extension TensorList: CustomStringConvertible {
    /// What it is a list of: `list of f32[?, 8]`.
    public var description: String { "list of \(elementType)" }
}
