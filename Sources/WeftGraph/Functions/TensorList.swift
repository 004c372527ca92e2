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
/// plan of a run knows how long it is. How long one became that grew in a loop only the run knows:
/// ``stacked()`` needs to know it, and the run goes on in a segment that is compiled for what it found.
public struct TensorList<Element: TensorProtocol>: Sendable {
    /// The list in the graph.
    public let anyTensor: AnyTensor
    private let type: ListType

    /// The type of the tensors, as far as it is known.
    public var elementType: TensorType { type.elementType }

    fileprivate init(_ list: AnyTensor, _ type: ListType) {
        anyTensor = list
        self.type = type
    }

    private var bounds: ListBounds { type.isGrowable ? .growing : .checked }

    /// How many tensors it holds.
    private var length: AnyTensor { type.count ?? .make(.listCount, [anyTensor]) }

    /// The count of a list that cannot grow.
    private var fixedCount: AnyTensor? { type.isGrowable ? nil : length }

    /// What `body` makes of the list, and how many tensors that holds where it is known.
    private func changed(
        _ operation: String, with others: [AnyTensor] = [],
        _ body: () throws -> (list: AnyTensor, count: AnyTensor?)
    ) -> TensorList {
        var count: AnyTensor?
        let list = AnyTensor.composed(operation, [anyTensor] + others) {
            let result = try body()
            count = result.count
            return result.list
        }
        return TensorList(list, type.counted(count))
    }
}

extension TensorList: GraphValue {
    /// What is known of the list beside its tensor.
    public var listType: ListType? { type }

    /// The list that `tensor` stands for.
    ///
    /// - Parameter listType: What is known of it; nil for what is known of `other`.
    public init(_ tensor: AnyTensor, like other: TensorList, listType: ListType?) {
        self.init(
            tensor.dtype == .list || tensor.error != nil
                ? tensor : .invalid("list", nil, "\(tensor.type) is no list"),
            listType ?? other.type)
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
        empty(type, isGrowable: isGrowable).changed("list", with: [count]) {
            let count = try count.asNumbers("the count", shape: [])
            let list = AnyTensor.makeAll(.listResize, [.make(.listEmpty, []), count])[0]
            return (list, isGrowable ? nil : count)
        }
    }

    private static func empty(_ type: TensorType, isGrowable: Bool = true) -> TensorList {
        TensorList(
            .make(.listEmpty, []),
            ListType(type, isGrowable: isGrowable, count: .scalar(0, .int64)))
    }

    /// A list of the slices of a tensor along its first axis.
    ///
    /// - Parameter isGrowable: Whether it can be made longer and shorter; its count is then known only
    ///   when the graph runs, where a loop hands it on or a computed number says it.
    /// - Shape: [n, ...] → n tensors [...].
    public init(unstacking tensor: Element, isGrowable: Bool = false) {
        let x = tensor.anyTensor
        let type = TensorType(x.dtype, x.shape.withoutFirst)
        self = Self.empty(type, isGrowable: isGrowable).changed("unstack", with: [x]) {
            if x.rank == 0 { throw RuleViolation("a scalar has no slices") }
            return (.make(.listUnstack, [x]), x.size(ofAxis: 0))
        }
    }
}

extension TensorList {
    /// An empty list, which grows.
    ///
    /// - Parameter elementShape: What is known of the shape of the tensors. What `self[i]` gives has it.
    public init<Scalar>(elementShape: Shape = .unknown) where Element == Tensor<Scalar> {
        self = .empty(TensorType(Scalar.dtype, elementShape))
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
        self = .empty(TensorType(dtype, elementShape))
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
            AnyTensor.composed("listCount", [anyTensor]) { length })
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
                    return .make(.listGet(elementType, .checked), [anyTensor, index, length])
                })
        }
        set {
            let (index, x) = (index.anyTensor, newValue.anyTensor)
            self = changed("listSet", with: [index, x]) {
                try requireElement(x)
                let index = try index.asNumbers("the index", shape: [])
                return (.make(.listSet(bounds), [anyTensor, x, index, length]), fixedCount)
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
            let count = length
            let list = AnyTensor.make(.listSet(bounds), [anyTensor, x, count, count])
            return (list, count + .scalar(1, .int64))
        }
    }

    /// Takes the last tensor off the list. A run fails when there is none.
    public mutating func removeLast() -> Element {
        var last: AnyTensor?
        let rest = changed("removeLast") {
            try requireGrowable()
            let count = length
            let index = count - .scalar(1, .int64)
            last = .make(.listGet(elementType, .checked), [anyTensor, index, count])
            return (AnyTensor.makeAll(.listResize, [anyTensor, index])[0], index)
        }
        self = rest
        return Element(last ?? rest.anyTensor)
    }

    /// Cuts tensors off the end, or puts zeros there.
    ///
    /// - Parameter count: How many there are to be; a scalar.
    public mutating func resize(to count: some IntegerTensor) {
        let count = count.anyTensor
        self = changed("resize", with: [count]) {
            try requireGrowable()
            let count = try count.asNumbers("the count", shape: [])
            return (AnyTensor.makeAll(.listResize, [anyTensor, count])[0], nil)
        }
    }

    /// The tensors along a new first axis. Where nothing is in the list, the element shape must be known.
    ///
    /// - Shape: n tensors [...] → [n, ...].
    public func stacked() -> Element {
        stacked("stack", length)
    }

    /// The tensors along a new first axis, whose length the plan of a run knows if it knows `count`: a
    /// growing list of a length that follows from shapes is stacked without a segment of its own.
    ///
    /// - Parameter count: How many there are; a scalar. A run fails when it is another number.
    public func stacked(count: some IntegerTensor) -> Element {
        stacked("stack", count.anyTensor)
    }

    private func stacked(_ operation: String, _ count: AnyTensor) -> Element {
        Element(
            AnyTensor.composed(operation, [anyTensor, count]) {
                let count = try count.asNumber("the count")
                return .make(
                    .listStackLike(elementType, filling: false), [anyTensor, .shaped(by: count)])
            })
    }

    /// The tensors one behind the other along their first axis.
    ///
    /// - Shape: n tensors [m, ...] → [n · m, ...].
    public func concatenated() -> Element {
        let whole = stacked("concatenated", length).anyTensor
        return Element(
            AnyTensor.composed("concatenated", [whole]) {
                let rank = try whole.knownRank()
                if rank == 1 { throw RuleViolation("scalars are stacked, not concatenated") }
                return whole.regrouped(
                    [.product(0..<2)] + (2..<rank).map { .product($0..<$0 + 1) })
            })
    }

    private func requireGrowable() throws {
        if !type.isGrowable {
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
