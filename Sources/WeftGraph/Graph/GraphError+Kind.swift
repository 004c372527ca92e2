// SPDX-License-Identifier: Apache-2.0

extension GraphError {
    /// What is wrong with a graph: the kinds that a program may want to tell apart, with what was
    /// given and what is wanted. Sizes and axes count from 0; in dimensions, -1 is an unknown one.
    public indirect enum Kind: Hashable, Sendable {
        /// What of an operation is of the wrong element type.
        public enum Part: Hashable, Sendable {
            /// An operand that has no name: it may be converted.
            case operand
            /// The result that was asked for.
            case result
            /// An argument, in words: `the indices`.
            case argument(String)
        }

        /// Two operands must have one element type and do not.
        case elementTypesDiffer(TensorType, TensorType)
        /// A part of the operation has an element type that is none of those wanted.
        case wrongElementType(Part, DType, wanted: [DType])
        /// What is named, in words, has too few or too many axes.
        case wrongRank(String, TensorType, wanted: ClosedRange<Int>)
        /// There is no such axis in what has `rank` axes; `type` is nil where only that is known.
        case axisOutOfRange(Int, rank: Int, type: TensorType?)
        /// An axis of what has `rank` axes, where that is known, is named twice.
        case axisRepeated([Int], rank: Int?)
        /// The axis, which is to be removed, has another size than 1.
        case axisNotOne(Int, TensorType, size: Int)
        /// The axis has no elements, of which one would be wanted.
        case axisEmpty(Int, TensorType)
        /// What is named must have one shape and does not.
        case shapesDiffer(String, Shape, Shape)
        /// What is named must have another shape.
        case wrongShape(String, Shape, wanted: Shape)
        /// Sizes that must be equal, named in words, are not: of `shapes`, these two.
        case sizesDiffer(String, shapes: [Shape], Int, Int)
        /// The shapes cannot be broadcast together, since these two sizes differ and none is 1.
        case notBroadcastable(Shape, Shape, Int, Int)
        /// The first shape cannot be broadcast to the second, since these two sizes differ.
        case notBroadcastableTo(Shape, target: Shape, Int, Int)
        /// The dimensions hold another number of elements than the tensor.
        case elementCountsDiffer(TensorType, Int, dimensions: [Int], Int)
        /// The dimensions are those of no array: negative, or of too many elements.
        case invalidShape([Int])
        /// What is named would be larger than any array.
        case tooLarge(String)
        /// The number of axes must be known and is not.
        case unknownRank(TensorType)
        /// The size of the axis must be known when the graph is built and is not.
        case unknownSize(axis: Int, TensorType)
        /// The sizes are not those of a slice, one for each axis.
        case invalidSliceSizes([Int], of: TensorType)
        /// A slice of these sizes is larger than the tensor.
        case sliceDoesNotFit([Int], in: TensorType)
        /// An argument's value is not what is wanted of it.
        case invalidArgument(String, value: String, wanted: String)
        /// What is named must not be negative and is.
        case negative(String, value: String)
        /// What is named, with its value, is beyond what can be computed with.
        case outOfRange(String)
        /// The index or range, in words, is not within the axis, which has `size` elements.
        case notWithinAxis(String, axis: Int, of: TensorType, size: Int)
        /// What is named cannot be divided into equal parts.
        case notDivisible(String, into: String)
        /// There is nothing to do this with, in words: no operand is given.
        case nothingTo(String)
        /// A scalar has no axis for this, in words.
        case scalarHasNoAxis(String)
        /// There are other numbers of two things than go together, named in words.
        case countsDiffer(String, Int, for: String, Int)
        /// The value is not of its variable's type and shape.
        case valueDoesNotFitVariable(String, TensorType, value: TensorType)
        /// A value of a loop, named in words, leaves an iteration with another type than it enters.
        case loopValueChanges(String, Int, enters: TensorType, leaves: TensorType)
        /// A result, by its number, is of one type in one branch and of another in the other.
        case branchesDiffer(Int, TensorType, TensorType)
        /// Branches, loops and calls stand too deep inside each other.
        case nestedTooDeep(Int, most: Int)
        /// The operation cannot be differentiated here, and why.
        case noGradient(String)
        /// What none of the other cases describes, in words.
        case other(String)
    }
}

extension GraphError.Kind: CustomStringConvertible {
    /// What was given and what is wanted, in words.
    public var description: String {
        switch self {
        case .elementTypesDiffer(let a, let b):
            "element types differ: \(a) and \(b); convert one with `cast(to:)`"
        case .wrongElementType(.operand, let given, let wanted):
            "it takes \(DTypeClass.words(wanted)), not \(given); convert with `cast(to:)`"
        case .wrongElementType(.result, let given, let wanted):
            "it makes \(DTypeClass.words(wanted)), not \(given)"
        case .wrongElementType(.argument(let name), let given, let wanted):
            "\(name) must be \(DTypeClass.words(wanted)), not \(given)"
        case .wrongRank(let name, let given, let wanted):
            "\(name) must be \(Self.rank(wanted)), not \(given)"
        case .axisOutOfRange(let axis, let rank, let type):
            "axis \(axis) "
                + (rank == 0
                    ? "is asked for, but a scalar has no axes"
                    : "is none of \(type?.description ?? "rank \(rank)"): axes are 0 to \(rank - 1), "
                        + "or \(-rank) to -1 from the end")
        case .axisRepeated(let axes, let rank):
            "an axis\(rank.map { " of rank \($0)" } ?? "") is given twice: \(axes)"
        case .axisEmpty(let axis, let type):
            "axis \(axis) of \(type) is empty and has no extreme element"
        case .axisNotOne(let axis, let type, let size):
            "axis \(axis) of \(type) has size \(size), not 1"
        case .shapesDiffer(let names, let a, let b):
            "\(names) must have one shape: \(a) and \(b) differ"
        case .wrongShape(let name, let shape, let wanted):
            "\(name) must have the shape \(wanted), not \(shape)"
        case .sizesDiffer(let sizes, let shapes, let a, let b):
            "\(sizes) differ: \(shapes.map(\.description).joined(separator: " x ")) (\(a) != \(b))"
        case .notBroadcastable(let a, let b, let m, let n):
            "\(a) and \(b) cannot be broadcast together (\(m) != \(n)); aligned at the end, "
                + "dimensions must be equal or 1"
        case .notBroadcastableTo(let shape, let target, let m, let n):
            "\(shape) cannot be broadcast to \(target) (\(m) != \(n))"
        case .elementCountsDiffer(let type, let own, let dimensions, let other):
            "\(type) has \(own) elements, \(Shape(dims: dimensions)) has \(other)"
        case .invalidShape(let dimensions):
            ArraySize.problem(dimensions)
        case .tooLarge(let what):
            "\(what) would be too large"
        case .unknownRank(let type):
            "the rank of \(type) is unknown; give the placeholder a shape, with nil for unknown "
                + "dimensions"
        case .unknownSize(let axis, let type):
            "the size of axis \(axis) of \(type) must be known when the graph is built"
        case .invalidSliceSizes(let sizes, let type):
            "\(sizes) are no sizes of slices of \(type)"
        case .sliceDoesNotFit(let sizes, let type):
            "a slice of \(sizes) does not fit in \(type)"
        case .invalidArgument(let name, let value, let wanted):
            "\(name) must be \(wanted), not \(value)"
        case .negative(let name, let value):
            "\(name) must not be negative: \(value)"
        case .outOfRange(let what):
            "\(what) is out of range"
        case .notWithinAxis(let what, let axis, let type, let size):
            "\(what) is not within axis \(axis) of \(type), which has \(size) elements"
        case .notDivisible(let whole, let parts):
            "\(whole) cannot be divided into \(parts)"
        case .nothingTo(let verb):
            "there is nothing to \(verb)"
        case .scalarHasNoAxis(let what):
            what
        case .countsDiffer(let things, let count, let others, let wanted):
            "\(count) \(things) were given for the \(wanted) \(others)"
        case .valueDoesNotFitVariable(let name, let type, let value):
            "variable '\(name)' is \(type), the value is \(value)"
        case .loopValueChanges(let name, let index, let before, let after):
            "\(name) \(index) enters the loop as \(before) and leaves an iteration as \(after); "
                + (before.dtype != after.dtype
                    ? "it must keep its element type"
                    : "it must keep its shape, as far as that is declared; "
                        + "`whileLoop(shapeInvariants:)` leaves sizes open")
        case .branchesDiffer(let index, let a, let b):
            "result \(index) is \(a) in one branch and \(b) in the other"
        case .nestedTooDeep(let depth, let most):
            "branches, loops and calls are nested \(depth) deep; \(most) is the most"
        case .noGradient(let reason):
            "no gradient: \(reason)"
        case .other(let reason):
            reason
        }
    }

    private static func rank(_ ranks: ClosedRange<Int>) -> String {
        if ranks == 0...0 { return "a scalar" }
        if ranks.upperBound == .max { return "of rank \(ranks.lowerBound) or more" }
        return ranks.count == 1
            ? "of rank \(ranks.lowerBound)"
            : "of rank \(ranks.lowerBound) to \(ranks.upperBound)"
    }
}
