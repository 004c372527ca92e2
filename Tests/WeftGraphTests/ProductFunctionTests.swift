// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Matrix products, einsum, convolutions and pooling by hand-computed numbers.
@Suite struct ProductFunctionTests {
    typealias F = Tensor<Float>

    static let a = F([[1, 2, 3], [4, 5, 6]])
    static let b = F([[1, 0], [0, 1], [1, 1]])

    @Test("matmul multiplies matrices, vectors and batches as NumPy")
    func matmuls() {
        let (a, b) = (Self.a, Self.b)
        expect(matmul(a, b), [2, 2], [4, 5, 10, 11])
        expect(matmul(a, a, transposingSecond: true), [2, 2], [14, 32, 32, 77])
        expect(matmul(a, a, transposingFirst: true), [3, 3], [17, 22, 27, 22, 29, 36, 27, 36, 45])
        expect(matmul(F([1, 1]), a), [3], [5, 7, 9])
        expect(matmul(a, F([1, 1, 1])), [2], [6, 15])
        expect(matmul(F([1, 2]), F([3, 4])), [], [11])
        let batch = F([[[1, 2]], [[3, 4]]])  // [2, 1, 2]
        expect(matmul(batch, F([[1, 0], [0, 1]])), [2, 1, 2], [1, 2, 3, 4])
        expect(matmul(batch, F([1, 1])), [2, 1], [3, 7])
        expect(matmul(F([1, 1]), F([[[1, 2], [3, 4]]])), [1, 2], [4, 6])
        expect(
            matmul(batch, batch, transposingSecond: true), [2, 1, 1], [5, 25])
        expect(
            matmul(F([[[1, 2]]]), F([[[1], [0]], [[0], [1]]])), [2, 1, 1], [1, 2])
        expect(
            matmul(F([[1, 2]]), F([[[1], [0]], [[0], [1]]])), [2, 1, 1], [1, 2])
        expect(
            matmul(batch, batch, transposingFirst: true), [2, 2, 2], [1, 2, 2, 4, 9, 12, 12, 16])
    }

    @Test("matmul takes unknown batch sizes")
    func unknownBatch() {
        let x = F.placeholder(shape: [nil, 1, 2])
        let fed: [(any TensorConvertible, NDArray)] = [(x, [[[1.0, 2.0]], [[3.0, 4.0]]])]
        expect(matmul(x, x, transposingSecond: true), [2, 1, 1], [5, 25], feeding: fed)
        expect(matmul(x, F([[1], [1]])), [2, 1, 1], [3, 7], feeding: fed)
        expect(
            matmul(F([[[1, 1]]]), x, transposingSecond: true), [2, 1, 1], [3, 7], feeding: fed)
    }

    @Test("dot, outer and tensorDot sum over what they say")
    func dots() {
        expect(dot(F([1, 2, 3]), F([4, 5, 6])), [], [32])
        expect(outer(F([1, 2]), F([3, 4, 5])), [2, 3], [3, 4, 5, 6, 8, 10])
        expect(tensorDot(Self.a, Self.b, axes: ([1], [0])), [2, 2], [4, 5, 10, 11])
        expect(tensorDot(Self.a, Self.a, axes: ([0, 1], [0, 1])), [], [91])
    }

    @Test("einsum follows its equation")
    func einsums() {
        let (a, b) = (Self.a, Self.b)
        expect(einsum("ij,jk->ik", a, b), [2, 2], [4, 5, 10, 11])
        expect(einsum("ij,jk", a, b), [2, 2], [4, 5, 10, 11])
        expect(einsum("ij->ji", a), [3, 2], [1, 4, 2, 5, 3, 6])
        expect(einsum("ij->", a), [], [21])
        expect(einsum("ij -> i", a), [2], [6, 15])
        expect(einsum("i,j->ij", F([1, 2]), F([3, 4])), [2, 2], [3, 4, 6, 8])
        expect(einsum("ii->i", F([[1, 2], [3, 4]])), [2], [1, 4])
        expect(einsum("ii", F([[1, 2], [3, 4]])), [], [5])
        expect(einsum("iij->j", F([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])), [2], [8, 10])
        expect(einsum("ij,jk,kl->il", a, b, F([[1], [2]])), [2, 1], [14, 32])
        expect(einsum("ij,ij->ij", a, a), [2, 3], [1, 4, 9, 16, 25, 36])
        expect(einsum("ij,i->j", a, F([1, 10])), [3], [41, 52, 63])
        let batch = F([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
        expect(
            einsum("...ij,...jk->...ik", batch, F([[1, 1], [0, 1]])), [2, 2, 2],
            [1, 3, 3, 7, 5, 11, 7, 15])
        expect(einsum("...ij->...ji", batch), [2, 2, 2], [1, 3, 2, 4, 5, 7, 6, 8])
        expect(einsum("b...,b->...", batch, F([1, 10])), [2, 2], [51, 62, 73, 84])
        expect(einsum("bij,bkj->bik", batch, batch), [2, 2, 2], [5, 11, 11, 25, 61, 83, 83, 113])
        let x = F.placeholder(shape: [nil, nil])
        expect(
            einsum("bi,ij->bj", x, F([[1, 2], [3, 4]])), [1, 2], [7, 10],
            feeding: [(x, [[1.0, 2.0]])])
        expect(einsum("ii->i", x), [2], [1, 4], feeding: [(x, [[1.0, 2.0], [3.0, 4.0]])])
    }

    static let image = F((0..<16).map { Float($0) }, shape: [1, 4, 4, 1])
    static let ones = F.ones(shape: [2, 2, 1, 1])

    @Test("convolutions stride, pad, dilate and group")
    func convolutions() {
        let (x, k) = (Self.image, Self.ones)
        expect(
            conv2D(x, filter: k), [1, 3, 3, 1], [10, 14, 18, 26, 30, 34, 42, 46, 50])
        expect(conv2D(x, filter: k, strides: [2]), [1, 2, 2, 1], [10, 18, 42, 50])
        expect(
            conv2D(x, filter: k, strides: [3, 3], padding: .same), [1, 2, 2, 1], [10, 10, 25, 15])
        expect(conv2D(x, filter: k, dilations: [2]), [1, 2, 2, 1], [20, 24, 36, 40])
        expect(
            conv2D(x, filter: k, strides: [2], padding: .explicit(low: [1, 1], high: [1, 1])),
            [1, 3, 3, 1], [0, 3, 3, 12, 30, 18, 12, 27, 15])
        let two = F((0..<8).map { Float($0) }, shape: [1, 2, 2, 2])
        expect(
            conv2D(two, filter: F.ones(shape: [2, 2, 1, 2]), groups: 2), [1, 1, 1, 2], [12, 16])
        expect(
            depthwiseConv2D(
                two,
                filter: F([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], shape: [2, 2, 2, 2])),
            [1, 1, 1, 4], [12, 24, 48, 64])
        expect(
            conv1D(F([1, 2, 3, 4], shape: [1, 4, 1]), filter: F([1, 1], shape: [2, 1, 1])),
            [1, 3, 1],
            [3, 5, 7])
        expect(
            conv3D(F.ones(shape: [1, 2, 2, 2, 1]), filter: F.ones(shape: [2, 2, 2, 1, 1])),
            [1, 1, 1, 1, 1], [8])
    }

    @Test("a transposed convolution is the gradient of the convolution, also of unknown sizes")
    func transposed() {
        let x = F([1, 2, 3, 4], shape: [1, 2, 2, 1])
        let k = Self.ones
        expect(
            transposedConv2D(x, filter: k, strides: [2]), [1, 4, 4, 1],
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
        expect(transposedConv2D(x, filter: k), [1, 3, 3, 1], [1, 3, 2, 4, 10, 6, 3, 7, 4])
        expect(transposedConv2D(x, filter: k, padding: .same), [1, 2, 2, 1], [1, 3, 4, 10])
        let open = F.placeholder(shape: [nil, nil, nil, 1])
        expect(
            transposedConv2D(open, filter: k, strides: [2], padding: .same), [1, 4, 4, 1],
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4],
            feeding: [(open, [[[[1.0], [2.0]], [[3.0], [4.0]]]])])
    }

    @Test(
        "<conv(x), y> = <x, transposedConv(y)> for any rank, strides, padding, dilation and groups",
        arguments: 1...3, [1, 2])
    func transposedIsTheAdjoint(_ rank: Int, groups: Int) throws {
        typealias D = Tensor<Double>
        let cases: [(size: Int, stride: Int, padding: Padding, dilation: Int)] = [
            (7, 2, .valid, 1), (8, 2, .same, 1), (7, 2, .explicit(low: [1], high: [1]), 1),
            (7, 2, .explicit(low: [1], high: [1]), 2), (6, 1, .valid, 2),
        ]
        for item in cases {
            let sizes = Array(repeating: item.size, count: rank)
            let x = D.randomNormal(shape: [2] + sizes + [4], stream: "x")
            let filter = D.randomNormal(
                shape: Array(repeating: 3, count: rank) + [4 / groups, 6], stream: "filter")
            var padding = item.padding
            if case .explicit(let low, let high) = padding {
                padding = .explicit(
                    low: Array(repeating: low[0], count: rank),
                    high: Array(repeating: high[0], count: rank))
            }
            let (strides, dilations) = ([item.stride], [item.dilation])
            func forward() -> D {
                switch rank {
                case 1:
                    conv1D(
                        x, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                case 2:
                    conv2D(
                        x, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                default:
                    conv3D(
                        x, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                }
            }
            let image = forward()
            let y = D.randomNormal(like: image, stream: "y")
            func back() -> D {
                switch rank {
                case 1:
                    transposedConv1D(
                        y, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                case 2:
                    transposedConv2D(
                        y, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                default:
                    transposedConv3D(
                        y, filter: filter, strides: strides, padding: padding,
                        dilations: dilations, groups: groups)
                }
            }
            let transposed = back()
            let sides = try evaluate([(image * y).sum(), (x * transposed).sum(), transposed, x])
            #expect(sides[2].shape == sides[3].shape, "\(item)")
            #expect(isClose(sides[0].doubles[0], sides[1].doubles[0], 1e-12), "\(item)")
        }
    }

    @Test("pooling windows skip padding, and averages count elements only")
    func pooling() {
        let x = Self.image
        expect(maxPool2D(x, size: [2]), [1, 2, 2, 1], [5, 7, 13, 15])
        expect(minPool2D(x, size: [2]), [1, 2, 2, 1], [0, 2, 8, 10])
        expect(averagePool2D(x, size: [2, 2]), [1, 2, 2, 1], [2.5, 4.5, 10.5, 12.5])
        expect(
            averagePool2D(x, size: [3], strides: [3], padding: .same), [1, 2, 2, 1],
            [2.5, 4.5, 10.5, 12.5])
        expect(
            averagePool2D(x, size: [2], strides: [3], padding: .same, countsPadding: true),
            [1, 2, 2, 1], [2.5, 2.5, 6.25, 3.75])
        expect(
            maxPool1D(F([3, 1, 2], shape: [1, 3, 1]), size: [2], strides: [1]), [1, 2, 1], [3, 2])
        expect(
            averagePool1D(F([3, 1, 2], shape: [1, 3, 1]), size: [2], padding: .same), [1, 2, 1],
            [2, 2])
        expect(maxPool3D(F.ones(shape: [1, 2, 2, 2, 1]), size: [2]), [1, 1, 1, 1, 1], [1])
        let row = F([3, 1, 2], shape: [1, 3, 1])
        expect(minPool1D(row, size: [2], strides: [1]), [1, 2, 1], [1, 1])
        expect(minPool1D(row, size: [2], padding: .same), [1, 2, 1], [1, 2])
        expect(minPool1D(row, size: [2], strides: [1], dilations: [2]), [1, 1, 1], [2])
        let cube = F((0..<8).map { Float($0) }, shape: [1, 2, 2, 2, 1])
        expect(minPool3D(cube, size: [2]), [1, 1, 1, 1, 1], [0])
        expect(minPool3D(cube, size: [1, 1, 2]), [1, 2, 2, 1, 1], [0, 2, 4, 6])
        expect(
            minPool3D(cube, size: [2], strides: [1], padding: .same), [1, 2, 2, 2, 1],
            [0, 1, 2, 3, 4, 5, 6, 7])
        expect(averagePool3D(cube, size: [2]), [1, 1, 1, 1, 1], [3.5])
        expect(
            averagePool3D(cube, size: [2], strides: [1], padding: .same), [1, 2, 2, 2, 1],
            [3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7])
        expect(
            averagePool3D(cube, size: [2], strides: [1], padding: .same, countsPadding: true),
            [1, 2, 2, 2, 1], [3.5, 2, 2.25, 1.25, 2.75, 1.5, 1.625, 0.875])
        expect(globalAveragePool(x), [1, 1], [7.5])
        expect(globalMaxPool(x, keepingDimensions: true), [1, 1, 1, 1], [15])
        let open = F.placeholder(shape: [nil, nil, 1])
        expect(
            averagePool1D(open, size: [2], padding: .same), [1, 2, 1], [2, 2],
            feeding: [(open, [[[3.0], [1.0], [2.0]]])])
    }

    @Test("channels move to the end and back")
    func channels() {
        let x = F((0..<6).map { Float($0) }, shape: [1, 2, 3, 1])
        #expect(x.movingChannelsLast().shape == [1, 3, 1, 2])
        expect(x.movingChannelsLast().movingChannelsFirst(), [1, 2, 3, 1], [0, 1, 2, 3, 4, 5])
    }
}
