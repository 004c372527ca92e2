// SPDX-License-Identifier: Apache-2.0
import Weft

/// A list of tensors in a graph that is built, and what is known of its tensors.
///
/// Files often leave open what shape the tensors have. What is put into a list says it, and loops are built again
/// when that tells more of the list that enters them.
struct ImportedList {
    /// The list; its type has all that is known.
    private(set) var list: TensorList<AnyTensor>
    /// What the graph says of the tensors' shape.
    let declared: Shape
    /// What all that was put into the list has in common; nil where nothing was.
    private var contents: Contents?
    /// Whether the list has only what was appended to it.
    private var isAppended = false

    /// What tensors have in common.
    private struct Contents: Hashable {
        var shape: Shape
        /// The elements, where all tensors have the same and they are known: sizes that iterations leave for
        /// their gradients.
        var integers: [Int]?

        func joined(with other: Contents) -> Contents {
            Contents(
                shape: shape.joined(with: other.shape),
                integers: integers == other.integers ? integers : nil)
        }
    }

    /// A list of `count` zeros.
    init(of dtype: DType, count: AnyTensor, elementShape: Shape, isGrowable: Bool) {
        list = TensorList(
            of: dtype, count: count, elementShape: elementShape, isGrowable: isGrowable)
        declared = elementShape
    }

    /// An empty list, which grows.
    init(of dtype: DType, elementShape: Shape) {
        list = TensorList(of: dtype, elementShape: elementShape)
        declared = elementShape
        isAppended = true
    }

    /// The list of a tensor's slices.
    init(unstacking tensor: AnyTensor, elementShape: Shape, isGrowable: Bool) {
        list = TensorList(unstacking: tensor, isGrowable: isGrowable)
        declared = elementShape
        contents = Contents(shape: list.elementType.shape)
        retype()
    }

    private init(_ tensor: AnyTensor, _ type: ListType, declared: Shape, contents: Contents?) {
        list = TensorList(
            tensor, like: TensorList(of: type.elementType.dtype), listType: type)
        self.declared = declared
        self.contents = contents
    }

    var dtype: DType { list.elementType.dtype }
    var elementShape: Shape { list.elementType.shape }
    var isGrowable: Bool { list.listType?.isGrowable ?? true }
    /// Whether nothing was put into it: all its places hold zeros.
    var isUntouched: Bool { contents == nil }

    private func type(
        isGrowable: Bool? = nil, count: AnyTensor?, elements shape: Shape? = nil
    ) -> ListType {
        ListType(
            TensorType(dtype, shape ?? elementShape), isGrowable: isGrowable ?? self.isGrowable,
            count: count)
    }

    /// Gives the list the type that what is known of its tensors makes of it.
    private mutating func retype() {
        let shape = contents.map { $0.shape.merged(with: declared) ?? $0.shape } ?? declared
        if shape != elementShape {
            list = TensorList(
                list.anyTensor, like: list,
                listType: type(count: list.listType?.count, elements: shape))
        }
    }

    /// Notes that tensors of a shape are put into the list.
    mutating func note(_ shape: Shape) {
        isAppended = false
        note(Contents(shape: shape))
    }

    private mutating func note(_ added: Contents) {
        contents = contents?.joined(with: added) ?? added
        retype()
    }

    /// The tensor at an index.
    func element(_ index: AnyTensor) -> AnyTensor { list[index] }

    /// Puts a tensor in a place.
    mutating func set(_ index: AnyTensor, to element: AnyTensor) {
        note(element.shape)
        list[index] = element
    }

    /// Makes a list that grows long enough to have an index.
    mutating func reach(_ index: AnyTensor) {
        guard isGrowable else { return }
        let count = list.count.cast(to: .int64)
        resize(to: maximum(count, index.cast(to: .int64) + .scalar(1, .int64)))
    }

    mutating func append(_ element: AnyTensor) {
        note(
            Contents(
                shape: element.shape,
                integers: element.dtype.isInteger ? element.knownIntegers : nil))
        let count = list.listType?.count.map { $0.cast(to: .int64) + .scalar(1, .int64) }
        list = TensorList(
            .make(.listAppend, [list.anyTensor, element]), like: list,
            listType: type(isGrowable: true, count: count))
    }

    /// Takes off the last tensor: zeros where there is none.
    mutating func removeLast() -> AnyTensor {
        let parts = AnyTensor.makeAll(.listPop(list.elementType), [list.anyTensor])
        let count = list.listType?.count.map { $0.cast(to: .int64) - .scalar(1, .int64) }
        list = TensorList(
            parts[0], like: list, listType: type(isGrowable: true, count: count))
        let last = parts.last ?? parts[0]
        // Sizes say more of what is made of them where they are known.
        guard isAppended, let contents, let integers = contents.integers,
            let shape = contents.shape.dimensions, last.error == nil,
            let array = try? NDArray(integers.map { Int64($0) }, shape: shape).cast(to: dtype)
        else { return last }
        return .constant(array)
    }

    /// Cuts off tensors at the end, or puts zeros there; a list that does not grow keeps that.
    mutating func resize(to count: AnyTensor) {
        isAppended = false
        let wasGrowable = isGrowable
        grow()
        list.resize(to: count)
        if !wasGrowable { fix(count: count.cast(to: .int64)) }
    }

    /// Lets the list have a count that stays.
    mutating func fix(count: AnyTensor) {
        list = TensorList(
            list.anyTensor, like: list, listType: type(isGrowable: false, count: count))
    }

    /// Lets the list be made longer and shorter.
    mutating func grow() {
        if isGrowable { return }
        list = TensorList(
            list.anyTensor, like: list,
            listType: type(isGrowable: true, count: list.listType?.count))
    }

    /// The list with the tensors of another added to its own, one by one.
    mutating func add(_ other: ImportedList) {
        if let contents = other.contents { note(contents.shape) }
        list = TensorList(
            .make(.listAdd, [list.anyTensor, other.list.anyTensor]), like: list,
            listType: list.listType)
    }

    /// A list of as many zeros.
    var zeros: ImportedList {
        ImportedList(
            .make(.listZerosLike, [list.anyTensor]), type(count: list.listType?.count),
            declared: elementShape, contents: nil)
    }

    /// A list of as many zeros, each of more axes in front.
    func zeros(behind shape: Shape) -> ImportedList {
        let dims = shape.dims.flatMap { front in elementShape.dims.map { front + $0 } }
        return ImportedList(
            .make(.listZerosLike, [list.anyTensor]),
            type(count: list.listType?.count, elements: Shape(dims: dims)),
            declared: Shape(dims: dims), contents: nil)
    }

    /// With more known of its tensors' shape.
    func declaring(_ shape: Shape) -> ImportedList {
        let all = declared.merged(with: shape) ?? declared
        var result = ImportedList(
            list.anyTensor, type(count: list.listType?.count), declared: all, contents: contents)
        result.isAppended = isAppended
        result.retype()
        return result
    }

    // MARK: Branches and loops

    /// The list that `tensor` stands for.
    func replaced(by tensor: AnyTensor) -> ImportedList {
        var result = ImportedList(
            tensor, list.listType ?? type(count: nil), declared: declared, contents: contents)
        result.isAppended = isAppended
        return result
    }

    /// What is known of a loop's variable that the list enters: one that grows has another count in each
    /// iteration.
    var entering: ImportedList {
        guard isGrowable else { return self }
        var result = ImportedList(
            list.anyTensor, type(count: nil), declared: declared, contents: contents)
        result.isAppended = isAppended
        return result
    }

    /// What is known of a list that is this one or the other.
    func joined(with other: ImportedList) -> ImportedList {
        // Of what nothing was put into the other says the type.
        if dtype != other.dtype, isUntouched, !other.isUntouched { return other.joined(with: self) }
        let (a, b) = (list.listType, other.list.listType)
        let contents: Contents? =
            if let own = self.contents, let others = other.contents {
                own.joined(with: others)
            } else {
                self.contents ?? other.contents
            }
        var result = ImportedList(
            list.anyTensor,
            type(
                isGrowable: isGrowable || other.isGrowable,
                count: a?.count == b?.count ? a?.count : nil),
            declared: declared.joined(with: other.declared), contents: contents)
        result.isAppended = isAppended && other.isAppended
        result.retype()
        return result
    }

    /// Whether the same is known of both.
    func hasType(of other: ImportedList) -> Bool {
        list.listType == other.list.listType && declared == other.declared
            && contents == other.contents && isAppended == other.isAppended
    }
}
