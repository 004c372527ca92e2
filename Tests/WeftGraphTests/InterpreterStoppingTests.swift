// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The interpreter's long instructions")
struct InterpreterStoppingTests {
    /// Each takes some hundredths of a second, or far more.
    enum Long: String, CaseIterable, Sendable {
        case product, convolution, pool, sort, reduction, transposition, sum, logarithm

        func program() throws -> (primitive: Primitive, inputs: [NDArray], result: [Int]) {
            let (side, many) = (1024, 1 << 23)
            func ones(_ shape: Int...) throws -> NDArray {
                try NDArray(repeating: NDArray(Float(1)), shape: shape)
            }
            switch self {
            case .product:
                let dimensions = DotDimensions(
                    lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
                let x = try ones(side, side)
                return (.dot(dimensions), [x, x], [side, side])
            case .convolution:
                let attributes = ConvolutionAttributes(
                    strides: [1], padding: [.init(0, 0)], inputDilation: [1], filterDilation: [1],
                    groups: 1)
                return try (
                    .convolution(attributes), [ones(1, side, side), ones(1, side, side)],
                    [1, side, side]
                )
            case .pool:
                let attributes = WindowAttributes(
                    sizes: [1025], strides: [1], padding: [.init(512, 512)], dilations: [1])
                return try (.window(.maximum, attributes), [ones(1 << 16)], [1 << 16])
            case .sort:
                return try (
                    .sort(SortAttributes(axis: 0, isDescending: false)), [ones(many)], [many]
                )
            case .reduction:
                return try (.reduce(.sum, axes: [1]), [ones(1 << 13, side)], [1 << 13])
            case .transposition:
                return try (.transpose([1, 0]), [ones(1 << 13, side)], [side, 1 << 13])
            case .sum: return try (.binary(.add), [ones(many), ones(many)], [many])
            case .logarithm:
                return try (
                    .unary(.lgamma), [NDArray(repeating: NDArray(Float(2.5)), shape: [many])],
                    [many]
                )
            }
        }
    }

    @Test("end at a deadline", arguments: Long.allCases)
    func deadline(_ long: Long) throws {
        let (primitive, inputs, result) = try long.program()
        let outputs =
            [ArrayType(.float32, result)]
            + (long == .sort ? [ArrayType(.int32, result)] : [])
        let program = Program.single(primitive, inputs.map(\.type), outputs)
        let executable = try ReferenceEngine().compile(program)
        let start = ContinuousClock.now
        let control = RunControl(deadline: start + .milliseconds(10))
        let error = #expect(throws: RunError.self) { try executable.run(inputs, control: control) }
        #expect(error?.code == .deadlineExceeded)
        // A loaded machine and the first touch of large arrays take their time.
        #expect(ContinuousClock.now - start < .seconds(1))
    }
}
