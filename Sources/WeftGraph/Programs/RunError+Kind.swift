// SPDX-License-Identifier: Apache-2.0

extension RunError {
    /// Why a matrix cannot be factorized, or solved with. Rows count from 0.
    public enum MatrixFault: Error, Hashable, Sendable {
        /// Its first `order` rows and columns are no positive definite matrix; with fewer they are.
        case notPositiveDefinite(order: Int)
        /// It has no inverse: the first 0 on its diagonal, or its triangular factor's, is in that row.
        case singular(row: Int)
        /// An element is NaN or infinite.
        case notFinite
        /// The algorithm came to no result.
        case noConvergence
    }

    /// What failed in a run: the kinds that a program may want to tell apart, with their values.
    /// Indices, axes and places count from 0; tensors are named by their description.
    public indirect enum Kind: Hashable, Sendable {
        /// A placeholder was not fed; without a name, `location` tells which it is.
        case missingFeed(name: String?, TensorType)
        /// The tensor is fed twice in one run.
        case fedTwice(String)
        /// The array that was fed has another element type, which is not converted.
        case feedOfWrongType(String, DType, wanted: DType)
        /// The array that was fed has another shape.
        case feedOfWrongShape(String, [Int], wanted: Shape)
        /// An element of the array that was fed is no number of the wanted type.
        case feedOutOfRange(String, DType, element: Int, value: String, wanted: DType)
        /// The variable has no value yet, and no initializer that makes one.
        case uninitializedVariable(String)
        /// Two updates of the variable are in no order.
        case assignedTwice(String)
        /// Two variables have this name; the words say where they were made.
        case nameInUseTwice(String, String)
        /// A shape that was fed does not make sense here.
        case invalidShape(GraphError.Kind)
        /// The sizes inside of a loop, branch or function depend on what is computed there.
        case unknownSizes(String)
        /// An index, or the start of a window of several elements, is outside of the axis.
        case indexOutOfRange(Int, window: Int, axis: Int, size: Int)
        /// `wrong` of `count` numbers are not in `0..<bound`, the first of them `number`.
        case numberOutOfRange(
            String, number: Int64, at: [Int], bound: Int64, wrong: Int, count: Int)
        /// `wrong` of `count` numbers are NaN or infinite, the first of them `number`.
        case notFinite(String, number: Double, at: [Int], wrong: Int, count: Int)
        /// `Session.Options.findsNonFinite` has found what first is NaN or infinite: `number`, the first
        /// such one of an array of that type. The words say of which operands, or what it was before the run.
        case foundNotFinite(number: Double, at: [Int], of: TensorType, String)
        /// The condition of a check does not hold: the check's words, and the values that it shows, each with
        /// its name, type, shape and first elements.
        case checkFailed(String, showing: [String])
        /// The function of the host threw; its name and the words of what it threw.
        case hostCallFailed(String, String)
        /// The function of the host gave another number of results than it declares.
        case hostResultCount(String, Int, wanted: Int)
        /// A result of the function of the host has another type or shape than it declares.
        case hostResultOfWrongType(String, result: Int, TensorType, wanted: TensorType)
        /// The matrix at this place of the batch is none for the operation.
        case unsuitableMatrix(MatrixFault, at: [Int])
        /// The string at this place says no number, or none that the type holds.
        case unreadableNumber(String, at: [Int], wanted: DType)
        /// An integer was divided by zero; the element where the engine knows it.
        case divisionByZero(element: Int?)
        /// The run was cancelled.
        case cancelled
        /// The run took longer than it was allowed to.
        case deadlineExceeded
        /// The session has been closed.
        case closed
        /// So many bytes of memory cannot be had, and why.
        case memoryShortage(bytes: Int, String)
        /// The run needs more bytes than it may take; `largest` says what needs the most.
        case memoryLimit(bytes: Int, limit: Int, largest: String?)
        /// Variables without an entry in the state, entries without a variable, and entries that are
        /// not of their variable's type, with the words for all of it.
        case stateDoesNotFit(
            missing: [String], unexpected: [String], misfitting: [String], String)
        /// The state goes on with the random numbers of another seed.
        case seedsDiffer(state: UInt64, session: UInt64)
        /// What none of the other cases describes, in words.
        case other(Code, String)
    }
}

extension RunError.Kind {
    /// What kind of failure it is.
    public var code: RunError.Code {
        switch self {
        case .missingFeed: .missingFeed
        case .fedTwice, .feedOfWrongType, .feedOfWrongShape, .feedOutOfRange: .invalidFeed
        case .uninitializedVariable: .uninitializedVariable
        case .assignedTwice, .nameInUseTwice: .conflictingVariables
        case .invalidShape, .unknownSizes: .invalidShape
        case .indexOutOfRange, .numberOutOfRange, .notFinite, .foundNotFinite, .checkFailed,
            .unsuitableMatrix, .unreadableNumber, .divisionByZero:
            .kernelFailure
        case .hostCallFailed, .hostResultCount, .hostResultOfWrongType: .hostFailure
        case .cancelled: .cancelled
        case .deadlineExceeded: .deadlineExceeded
        case .closed: .closed
        case .memoryShortage, .memoryLimit: .outOfMemory
        case .stateDoesNotFit, .seedsDiffer: .invalidState
        case .other(let code, _): code
        }
    }
}

extension RunError.Kind: CustomStringConvertible {
    /// What failed and what to do, in words.
    public var description: String {
        switch self {
        case .missingFeed(let name, let type):
            "placeholder \(name.map { "'\($0)'" } ?? "without a name") of type \(type) must be fed: "
                + "add it to `feeding`"
        case .fedTwice(let tensor):
            "\(tensor) is fed twice in one run"
        case .feedOfWrongType(let tensor, let given, let wanted):
            "\(tensor) is fed an array of \(given); convert it with "
                + "`cast(to: .\(wanted.caseName))`"
        case .feedOfWrongShape(let tensor, let given, let wanted):
            "cannot feed an array of shape \(given) for \(tensor), which has shape \(wanted)"
        case .feedOutOfRange(let tensor, let given, let element, let value, let wanted):
            "\(tensor) is fed an array of \(given), whose element \(element) is \(value); "
                + "\(wanted) does not hold it"
        case .uninitializedVariable(let name):
            "Attempting to use uninitialized value \(name); run its initializer, or restore it, first"
        case .assignedTwice(let name):
            "variable '\(name)' is assigned twice in one run and neither assignment depends on the "
                + "other; use the first one's result in the second, or run them one after the other"
        case .nameInUseTwice(_, let words):
            words
        case .invalidShape(let kind):
            "\(kind), for the shapes that were fed"
        case .unknownSizes(let sizes):
            "the sizes \(sizes) follow from elements that are computed inside a loop, branch or "
                + "function; sizes used there must be known before it runs: compute them outside"
        case .unreadableNumber(let text, let place, let wanted):
            "\(text.debugDescription)\(place.isEmpty ? "" : " at \(place)") is no number of \(wanted)"
        case .indexOutOfRange(let index, let window, let axis, let size):
            "\(window == 1 ? "index" : "a window of \(window) at") \(index) is outside axis \(axis) "
                + "of size \(size); indices must lie in 0...\(size - window), or use the clamped or "
                + "ignored mode"
        case .numberOutOfRange(let message, let number, let place, let bound, let wrong, let count):
            "\(message): \(number)\(place.isEmpty ? "" : " at \(place)"), "
                + (bound > 0 ? "it must be 0 to \(bound - 1)" : "there are none")
                + (wrong > 1 ? " (and \(wrong - 1) more of \(count) are wrong)" : "")
        case .notFinite(let message, let number, let place, let wrong, let count):
            "\(message): \(wrong) of \(count) values are not finite, the first is \(number) at "
                + "\(place)"
        case .foundNotFinite(_, _, _, let words):
            words
        case .checkFailed(let message, let values):
            ([message] + values).joined(separator: "; ")
        case .hostCallFailed(let name, let words):
            "the function '\(name)' of the host threw: \(words)"
        case .hostResultCount(let name, let count, let wanted):
            "the function '\(name)' of the host gave \(count) results, it declares \(wanted)"
        case .hostResultOfWrongType(let name, let result, let given, let wanted):
            "result \(result) of the function '\(name)' of the host is \(given), it declares \(wanted)"
        case .unsuitableMatrix(let fault, let place):
            "the matrix\(place.isEmpty ? "" : " at \(place) of the batch") \(fault)"
        case .divisionByZero(let element):
            (element.map { "element \($0): " } ?? "")
                + "an integer was divided by zero; make the divisor nonzero, for example with "
                + "`select`, or divide floats"
        case .cancelled:
            "the run was cancelled; no variable changed"
        case .deadlineExceeded:
            "the run exceeded its deadline; no variable changed"
        case .closed:
            "the session has been closed; make a new one"
        case .memoryShortage(_, let words):
            "\(words); use smaller batches, or raise the limit"
        case .memoryLimit(let bytes, let limit, let largest):
            "the run needs \(bytes) bytes besides its inputs"
                + (largest.map { ", the most of them for \($0)" } ?? "")
                + "; the session may take \(limit): use smaller batches, or raise "
                + "`Session.Options.memoryLimit`"
        case .stateDoesNotFit(_, _, _, let words):
            words
        case .seedsDiffer(let state, let session):
            "the state was made with seed \(state), the session has \(session); make the session "
                + "with `Session.Options(seed: \(state))`, or take the values alone with "
                + "`resumesDraws: false`"
        case .other(_, let words):
            words
        }
    }
}

extension RunError.MatrixFault: CustomStringConvertible {
    /// What is wrong and what to do, in words that follow the matrix.
    public var description: String {
        switch self {
        case .notPositiveDefinite(let order):
            "is not positive definite: its first \(order) rows and columns are not; check it, or add a "
                + "multiple of the identity"
        case .singular(let row):
            "is singular: its diagonal, or that of its triangular factor, is 0 in row \(row); check "
                + "it, or add a multiple of the identity"
        case .notFinite:
            "holds NaN or an infinity; see `checkFinite` and `Session.Options.findsNonFinite`"
        case .noConvergence:
            "has singular values or eigenvalues that the algorithm does not find; scale it, so that "
                + "its elements are near 1"
        }
    }
}

extension RunError.Kind {
    /// What is wrong with `numbers`, in order, that should be in `0..<bound`; nil when all are.
    package static func outOfRange(
        _ message: String, _ numbers: UnsafeBufferPointer<Int64>, _ shape: [Int], bound: Int64
    ) -> Self? {
        func isBad(_ number: Int64) -> Bool { number < 0 || number >= bound }
        return numbers.firstIndex(where: isBad).map {
            .numberOutOfRange(
                message, number: numbers[$0], at: RowMajor.index(of: $0, in: shape), bound: bound,
                wrong: numbers.count(where: isBad), count: numbers.count)
        }
    }

    /// What is wrong with `numbers`, in order, that should be finite; nil when all are.
    package static func notFinite(
        _ message: String, _ numbers: [Double], _ shape: [Int]
    ) -> Self? {
        numbers.firstIndex { !$0.isFinite }.map {
            .notFinite(
                message, number: numbers[$0], at: RowMajor.index(of: $0, in: shape),
                wrong: numbers.count { !$0.isFinite }, count: numbers.count)
        }
    }
}

extension DType {
    /// The name of the Swift case: `float32`.
    fileprivate var caseName: String {
        switch self {
        case .bool: "bool"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        case .complex64: "complex64"
        case .complex128: "complex128"
        case .string: "string"
        case .list: "list"
        }
    }
}
