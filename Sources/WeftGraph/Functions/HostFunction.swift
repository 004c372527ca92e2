// SPDX-License-Identifier: Apache-2.0

/// A function of the program's own on arrays, which graphs call when they run: what a library computes, a
/// file, a queue, whatever is no operation.
///
/// ```swift
/// let median = HostFunction("median", results: [.array(.float32, [])]) { inputs in
///     let numbers: [Float] = try inputs[0].scalars().sorted()
///     return [NDArray(numbers[numbers.count / 2])]
/// }
/// let centred = x - Tensor<Float>(hostCall(median, [x])[0])
/// ```
///
/// A function is itself: two with equal closures are two, and graphs of one are not graphs of the other.
/// Make one, and call it often. Plans do not keep it alive; graphs do.
///
/// Without state, as functions are unless they say otherwise, the same arrays give the same results. Calls
/// of equal operands are one, one whose results nobody needs is not made, and a backward pass may make one
/// again. A stateful function is called once in each run for each call that the run comes by, in loops for
/// each iteration, in the order in which the calls were made, and those that a branch holds when it is
/// taken.
///
/// The closure may run sessions, also the one that calls it; only an update of variables by a session whose
/// run is an update of variables itself throws, since each would wait for the other. It is called on the
/// thread of the run, and stopping the run is heeded before and after it.
public final class HostFunction: Sendable {
    /// The closure's type: one array for each operand to one for each result.
    public typealias Body = @Sendable (_ inputs: [NDArray]) throws -> [NDArray]

    /// What messages, profiles and drawings call it.
    public let name: String
    /// Whether each call counts.
    public let isStateful: Bool
    /// Never used again, not even after the function is gone.
    let id = NodeIdentity.next()
    let results: [HostResult]
    let gradient: CustomGradient?
    /// Whether differentiating it is an error, since it is a gradient on the host itself.
    let isLastGradient: Bool
    /// Written once more, by `deinit`, which has no company.
    nonisolated(unsafe) private var body: Body

    /// A function by a closure.
    ///
    /// - Parameters:
    ///   - name: What messages, profiles and drawings call it.
    ///   - results: The types of the arrays that it gives. A function without any gives `true`.
    ///   - isStateful: Whether each call counts.
    ///   - gradient: Its gradient; nil for one that counts as constant.
    ///   - body: What it does. What it throws ends the run, with a `RunError` that has its words; so do
    ///     results of other types and shapes than `results`.
    public init(
        _ name: String, results: [HostResult], isStateful: Bool = false, gradient: Gradient? = nil,
        _ body: @escaping Body
    ) {
        self.name = name
        self.results = results
        self.isStateful = isStateful
        self.gradient = gradient?.custom(name)
        isLastGradient = false
        self.body = body
    }

    /// The gradient of a function, on the host.
    fileprivate init(gradientOf name: String, results: [HostResult], _ body: @escaping Body) {
        self.name = name + ".gradient"
        self.results = results
        isStateful = false
        gradient = nil
        isLastGradient = true
        self.body = body
    }

    deinit {
        // Closures that hold graphs that call others would recurse otherwise.
        let empty: Body = { _ in [] }
        NodeReclaimer.release(&body, leaving: empty)
    }

    func call(_ inputs: [NDArray]) throws -> [NDArray] { try body(inputs) }

    /// The types of the results for operands of the given types.
    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireArrays(operands, "given to a function of the host")
        if results.isEmpty { return [TensorType(.bool, [])] }
        let types = try results.map { try $0.type(operands) }
        try requireArrays(types, "the result of a function of the host")
        return types
    }
}

extension HostFunction: Hashable {
    /// Whether both are the same object.
    public static func == (a: HostFunction, b: HostFunction) -> Bool { a === b }
    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// The type of an array that a ``HostFunction`` gives.
///
/// A shape is settled when the graph is run, by what is fed: a size that is unknown then is an error.
public struct HostResult: Sendable {
    let type: @Sendable (_ operands: [TensorType]) throws -> TensorType

    /// An array of that element type and shape.
    public static func array(_ dtype: DType, _ shape: [Int]) -> HostResult {
        HostResult { _ in TensorType(dtype, Shape(shape.map { Optional($0) })) }
    }

    /// An array of that element type, whose shape follows from those of the operands. The rule is asked when
    /// the graph is built, with the sizes that are unknown then, and when a plan is made, with all known.
    public static func array(
        _ dtype: DType, shape: @escaping @Sendable (_ operands: [Shape]) -> Shape
    ) -> HostResult {
        HostResult { TensorType(dtype, shape($0.map(\.shape))) }
    }

    /// An array of an operand's element type and shape.
    public static func like(_ operand: Int) -> HostResult {
        HostResult { operands in
            guard operands.indices.contains(operand) else {
                throw RuleViolation(
                    "a result is declared to be like operand \(operand), but there are "
                        + "\(operands.count) operands")
            }
            return operands[operand]
        }
    }
}

extension HostFunction {
    /// How gradients flow through the calls of a function: those of its operands, from its operands, its
    /// results and the results' gradients.
    public enum Gradient: Sendable {
        /// As tensors, which can be differentiated again: one for each operand in its type and shape, nil
        /// where none flows. It may call functions of the host.
        case graph(
            @Sendable (
                _ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]
            ) -> [AnyTensor?])
        /// As arrays, one for each floating-point operand, in order, in its type and shape. It cannot be
        /// differentiated again.
        case host(
            @Sendable (
                _ inputs: [NDArray], _ outputs: [NDArray], _ gradients: [NDArray]
            ) throws -> [NDArray])
    }
}

extension HostFunction.Gradient {
    fileprivate func custom(_ name: String) -> CustomGradient {
        switch self {
        case .graph(let closure): return CustomGradient(closure)
        case .host(let closure):
            let functions = Guarded<[[Bool]: HostFunction]>([:])
            return CustomGradient { inputs, outputs, gradients in
                let flows = inputs.map(\.dtype.isFloatingPoint)
                let (count, given) = (inputs.count, inputs.count + outputs.count)
                // One for all calls alike, so that gradients that are built anew are the same graph.
                let function = functions.withLock { functions in
                    if let known = functions[flows] { return known }
                    let function = HostFunction(
                        gradientOf: name,
                        results: flows.indices.filter { flows[$0] }.map { .like($0) }
                    ) {
                        try closure(
                            Array($0[..<count]), Array($0[count..<given]), Array($0[given...]))
                    }
                    functions[flows] = function
                    return function
                }
                var results = hostCall(function, inputs + outputs + gradients)[...]
                return flows.map { $0 ? results.popFirst() : nil }
            }
        }
    }
}

/// What a function of the host gives for `inputs`.
///
/// - Returns: One tensor for each of its results, or the truth value `true` of a function without any; tensors
///   that carry an error when the operands do not fit.
public func hostCall(_ function: HostFunction, _ inputs: [any TensorConvertible]) -> [AnyTensor] {
    AnyTensor.makeAll(.hostCall(HostCallAttributes(function)), inputs.map(\.anyTensor))
}

/// A call of a function of the host for what it does, which happens when a run asks for it: fetched, with
/// others in a `group`, or riding with a tensor (`withUpdates`, `after`).
///
/// ```swift
/// let loss = mse.after([hostUpdate(progress, [mse])])
/// ```
///
/// - Parameter function: One without state is called only where somebody needs what it gives.
public func hostUpdate(_ function: HostFunction, _ inputs: [any TensorConvertible]) -> Update {
    Update(hostCall(function, inputs)[0])
}
