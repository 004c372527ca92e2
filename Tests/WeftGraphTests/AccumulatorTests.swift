// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Products that name the type they are summed in.
@Suite struct AccumulatorTests {
    private static let pixels = Tensor<UInt8>([[255, 255, 3], [0, 1, 2]])
    private static let weights = Tensor<Int8>([[-128, 127], [-128, 1], [-1, 2]])

    @Test("sums of small integers are those of the wider type")
    func sumIntegers() {
        let (x, w) = (Self.pixels, Self.weights)
        expect(matmul(x, w, accumulatingIn: Int32.self), [2, 2], [-65283, 32646, -130, 5])
        expect(matmul(x, w, accumulatingIn: .int64), [2, 2], [-65283, 32646, -130, 5])
        expect(
            matmul(
                w, x, accumulatingIn: Int32.self, transposingFirst: true, transposingSecond: true),
            [2, 2], [-65283, -130, 32646, 5])
        expect(
            dot(
                Tensor<Int8>([-128, -128]), Tensor<Int8>([-128, -128]), accumulatingIn: Int32.self),
            [], [32768])
        expect(
            tensorDot(x, x, axes: ([1], [1]), accumulatingIn: UInt32.self), [2, 2],
            [130_059, 261, 261, 5])
        expect(
            einsum("ij,jk->k", x, w, accumulatingIn: Int32.self), [2], [-65413, 32651])
        let batch = Tensor<Int16>([[[30_000, 30_000]], [[-30_000, 1]]])
        expect(
            matmul(batch, Tensor<Int8>([100, 100]), accumulatingIn: Int32.self), [2, 1],
            [6_000_000, -2_999_900])
    }

    @Test("convolutions sum small integers in the wider type")
    func convolve() {
        let x = Tensor<UInt8>([[[255], [255], [1], [0]]])
        let w = Tensor<Int8>([[[-128, 1]], [[-128, 1]]])
        let sums = [-65_280.0, 510, -32_768, 256, -128, 1]
        expect(conv1D(x, filter: w, accumulatingIn: Int32.self), [1, 3, 2], sums)
        expect(
            conv2D(
                x.reshaped(to: [1, 1, 4, 1]), filter: w.reshaped(to: [1, 2, 1, 2]),
                accumulatingIn: .int64), [1, 1, 3, 2], sums)
        expect(
            conv3D(
                x.reshaped(to: [1, 1, 1, 4, 1]), filter: w.reshaped(to: [1, 1, 2, 1, 2]),
                accumulatingIn: Int32.self, strides: [1, 1, 2], padding: .same),
            [1, 1, 1, 2, 2], [-65_280, 510, -128, 1])
        expect(
            depthwiseConv2D(
                x.reshaped(to: [1, 1, 2, 2]), filter: w.reshaped(to: [1, 2, 2, 1]),
                accumulatingIn: Int32.self), [1, 1, 1, 2], [-32_768, 255])
    }

    @Test("the type of the operands may be summed in, and three operands have one type of sums")
    func keepTypes() {
        let x = Tensor<Int64>([[1, 2], [3, 4]])
        expect(matmul(x, x, accumulatingIn: Int64.self), [2, 2], [7, 10, 15, 22])
        let bytes = Tensor<Int8>([100, 100])
        #expect(matmul(bytes, bytes, accumulatingIn: .int8).dtype == .int8)
        expect(
            einsum(
                "i,i,i->", bytes, Tensor<Int8>([-128, -128]), Tensor<UInt8>([2, 255]),
                accumulatingIn: Int32.self),
            [], [-3_289_600])
    }

    @Test("products of 16-bit floats do not leave their range, nor lose digits")
    func sumFloats() {
        let x = Tensor<Float16>([[300, 300], [0.5, 2048]])
        expect(
            matmul(x, x, accumulatingIn: Float.self, transposingSecond: true), [2, 2],
            [180_000, 614_550, 614_550, 4_194_304.25])
        let b = Tensor<BFloat16>([256, 1])
        expect(dot(b, b, accumulatingIn: Float.self), [], [65_537])
    }

    @Test("gradients flow to 16-bit operands in their own type")
    func haveGradients() throws {
        let x = Tensor<BFloat16>([[1, 2], [3, 4]])
        let y = Tensor<BFloat16>([[0.5, -1], [2, 1]])
        let product = matmul(x, y, accumulatingIn: Float.self)
        let found: [AnyTensor?] = try gradients(
            of: [product.sum().anyTensor], withRespectTo: [x.anyTensor, y.anyTensor])
        let (forX, forY) = (try #require(found[0]), try #require(found[1]))
        #expect(forX.dtype == .bfloat16 && forY.dtype == .bfloat16)
        expect(forX, [2, 2], [-0.5, 3, -0.5, 3])
        expect(forY, [2, 2], [4, 4, 6, 6])
    }

    @Test("only types of the same kind that have every number of the operands are summed in")
    func ruleOfTypes() {
        #expect(DType.accumulators(of: [.int8]) == [.int8, .int32, .int64])
        #expect(DType.accumulators(of: [.uint8, .int8]) == [.int32, .int64])
        #expect(DType.accumulators(of: [.uint8, .uint16]) == [.int32, .int64, .uint32, .uint64])
        #expect(DType.accumulators(of: [.uint32]) == [.int64, .uint32, .uint64])
        #expect(DType.accumulators(of: [.float16, .bfloat16]) == [.float32, .float64])
        #expect(DType.accumulators(of: [.float32]) == [.float32, .float64])
        #expect(DType.accumulators(of: [.uint64, .int8]).isEmpty)
        #expect(DType.accumulators(of: [.bool]).isEmpty)
    }
}
