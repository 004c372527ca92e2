// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Functions of the host, which programs do not keep alive.
private enum HostFunctions {
    /// (a, b) → b, a.
    static let swap = HostFunction("swap", results: [.like(1), .like(0)]) { [$0[1], $0[0]] }
    static let statefulSwap = HostFunction(
        "swap", results: [.like(1), .like(0)], isStateful: true
    ) { [$0[1], $0[0]] }
    /// (a) → true.
    static let nothing = HostFunction("nothing", results: [], isStateful: true) { _ in [] }
}

extension CaseCollection {
    mutating func addHost() {
        let order = ArrayType(.int64, [])
        for dtype in DType.programTypes {
            var random = TestRandom("host \(dtype)")
            for shape in [[], [0], [2, 3], [1000]] {
                let (a, b) = (random.anything(dtype, shape), random.anything(dtype, [5]))
                add(
                    .hostCall(HostCall(HostFunctions.swap)), [a, b], [b.type, a.type],
                    dtype: dtype, "\(shape)")
                add(
                    .hostCall(HostCall(HostFunctions.statefulSwap)), [NDArray(Int64(4)), a, b],
                    [order, b.type, a.type], dtype: dtype, "\(shape)")
                add(
                    .hostCall(HostCall(HostFunctions.nothing)), [NDArray(Int64(7)), a],
                    [order, ArrayType(.bool, [])], dtype: dtype, "without results \(shape)")
                add(
                    .emit("x", isString: false), [NDArray(Int64(2)), a], [order], dtype: dtype,
                    "\(shape)")
            }
        }
    }
}
