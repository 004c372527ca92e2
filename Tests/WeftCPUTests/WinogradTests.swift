// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Convolutions with windows of 3 x 3 by Winograd's algorithm, which computes tiles of 4 x 4 at once.
@Suite struct WinogradTests {
    private struct Shape {
        var batch: Int
        var extents: [Int]
        var channels: (Int, Int)
        var padding: [(Int, Int)]

        var attributes: ConvolutionAttributes {
            ConvolutionAttributes(
                strides: [1, 1], padding: padding.map { .init($0.0, $0.1) }, inputDilation: [1, 1],
                filterDilation: [1, 1], groups: 1)
        }
        var input: [Int] { [batch] + extents + [channels.0] }
        var filter: [Int] { [3, 3, channels.0, channels.1] }
        var output: [Int] {
            [batch] + zip(extents, padding).map { $0 + $1.0 + $1.1 - 2 } + [channels.1]
        }
    }

    private static let shapes = [
        Shape(batch: 5, extents: [24, 24], channels: (32, 32), padding: [(1, 1), (1, 1)]),
        // Nothing is a multiple of the tiles.
        Shape(batch: 7, extents: [19, 22], channels: (48, 32), padding: [(0, 0), (0, 0)]),
        Shape(batch: 10, extents: [13, 17], channels: (64, 48), padding: [(1, 1), (0, 0)]),
        // Paddings that differ are the direct algorithm's.
        Shape(batch: 3, extents: [33, 35], channels: (32, 64), padding: [(1, 0), (0, 1)]),
    ]

    /// The largest difference to the sums in double precision, as a share of the largest of these.
    private func error(
        _ primitive: Primitive, _ inputs: [NDArray], _ result: [Int]
    ) throws -> Double {
        let w = ProgramBuilder()
        let places = inputs.map { w.input(.float32, $0.shape) }
        let output = w.add(primitive, places, .float32, result)
        let expected = try ReferenceEngine().compile(w.program([output])).run(inputs, control: nil)
        let actual = try w.run([output], inputs)
        let again = try w.run([output], inputs)
        #expect(actual[0].doubles == again[0].doubles)
        let largest = expected[0].doubles.map(abs).max() ?? 0
        let worst = zip(actual[0].doubles, expected[0].doubles).map { abs($0 - $1) }.max() ?? 0
        return worst / largest
    }

    @Test func isAsExactAsSinglePrecisionAllows() throws {
        var random = TestRandom("winograd")
        for shape in Self.shapes {
            let x = random.array(.float32, shape.input, in: -1...1)
            let filter = random.array(.float32, shape.filter, in: -1...1)
            let gradient = random.array(.float32, shape.output, in: -1...1)
            let attributes = shape.attributes
            let errors = [
                try error(.convolution(attributes), [x, filter], shape.output),
                try error(.convolutionInputGradient(attributes), [gradient, filter], shape.input),
                try error(.convolutionFilterGradient(attributes), [x, gradient], shape.filter),
            ]
            #expect(errors.allSatisfy { $0 < 1e-5 }, "\(shape): \(errors)")
        }
    }

    @Test func keepsWhatIsNotFiniteInItsNeighbourhood() throws {
        let shape = Self.shapes[0]
        var numbers = [Float](repeating: 0.5, count: shape.input.reduce(1, *))
        numbers[0] = .infinity
        let x = NDArray(numbers).reinterpreted(shape: shape.input)
        let w = ProgramBuilder()
        let (a, b) = (w.input(.float32, shape.input), w.input(.float32, shape.filter))
        let output = w.add(.convolution(shape.attributes), [a, b], .float32, shape.output)
        var random = TestRandom("winograd, infinite")
        let filter = random.array(.float32, shape.filter, in: 0.5...1)
        let result = try w.run([output], [x, filter])[0].doubles
        // The first tile has it, the other images have not.
        #expect(!result[0].isFinite)
        let others = result[(shape.output.reduce(1, *) / shape.batch)...]
        #expect(others.allSatisfy { $0.isFinite })
    }

    /// A convolution's handle of 32 channels each.
    private func implementation(
        _ kind: weft_dnn_conv_kind, extent: Int, stride: Int = 1, kernel: Int = 3,
        channels: Int = 32
    ) -> String {
        var spec = weft_dnn_conv_spec()
        spec.kind = kind
        spec.spatial_rank = 2
        (spec.batch, spec.groups) = (4, 1)
        (spec.input_channels, spec.output_channels) = (Int64(channels), 32)
        let (n, k, s) = (Int64(extent), Int64(kernel), Int64(stride))
        spec.input = (n, n, 0)
        spec.kernel = (k, k, 0)
        spec.output = ((n - k) / s + 1, (n - k) / s + 1, 0)
        spec.strides = (s, s, 0)
        spec.dilations = (1, 1, 0)
        guard let handle = weft_dnn_conv_create(&spec) else { return "" }
        defer { weft_dnn_conv_destroy(handle) }
        return String(cString: weft_dnn_conv_implementation(handle))
    }

    @Test func isChosenByShape() {
        // Only there has version 2 the algorithm in all three kinds.
        guard weft_isa_best() == WEFT_ISA_AVX512 else { return }
        var version: (Int32, Int32, Int32) = (0, 0, 0)
        weft_dnn_version(&version.0, &version.1, &version.2)
        guard version.0 == 2 else { return }
        let kinds = [
            WEFT_DNN_CONV_FORWARD, WEFT_DNN_CONV_BACKWARD_DATA, WEFT_DNN_CONV_BACKWARD_FILTER,
        ]
        for kind in kinds {
            #expect(implementation(kind, extent: 34).contains("wino"))
            for direct in [
                implementation(kind, extent: 8), implementation(kind, extent: 34, stride: 2),
                implementation(kind, extent: 34, kernel: 5),
                implementation(kind, extent: 34, channels: 3),
                implementation(kind, extent: 34, channels: 40),
            ] {
                #expect(!direct.isEmpty && !direct.contains("wino"))
            }
        }
    }
}
