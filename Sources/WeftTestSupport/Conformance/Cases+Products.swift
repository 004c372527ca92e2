// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    private struct Product {
        var lhs: [Int]
        var rhs: [Int]
        var contracting: ([Int], [Int]) = ([], [])
        var batch: ([Int], [Int]) = ([], [])
    }

    private static let products: [Product] = [
        Product(lhs: [], rhs: []),
        Product(lhs: [3], rhs: [4]),
        Product(lhs: [5], rhs: [5], contracting: ([0], [0])),
        Product(lhs: [0], rhs: [0], contracting: ([0], [0])),
        Product(lhs: [2, 3], rhs: [3, 4], contracting: ([1], [0])),
        Product(lhs: [3, 2], rhs: [3, 4], contracting: ([0], [0])),
        Product(lhs: [2, 3], rhs: [4, 3], contracting: ([1], [1])),
        Product(lhs: [3, 2], rhs: [4, 3], contracting: ([0], [1])),
        Product(lhs: [2, 0], rhs: [0, 3], contracting: ([1], [0])),
        Product(lhs: [0, 3], rhs: [3, 4], contracting: ([1], [0])),
        Product(lhs: [2, 3], rhs: [3, 0], contracting: ([1], [0])),
        Product(lhs: [7, 33], rhs: [33], contracting: ([1], [0])),
        Product(lhs: [33], rhs: [33, 7], contracting: ([0], [0])),
        Product(lhs: [1, 129], rhs: [129, 10], contracting: ([1], [0])),
        Product(lhs: [33, 65], rhs: [65, 17], contracting: ([1], [0])),
        Product(lhs: [65, 33], rhs: [17, 65], contracting: ([0], [1])),
        Product(lhs: [4, 2, 3], rhs: [4, 3, 5], contracting: ([2], [1]), batch: ([0], [0])),
        Product(lhs: [4, 3, 2], rhs: [4, 5, 3], contracting: ([1], [2]), batch: ([0], [0])),
        Product(lhs: [0, 3, 2], rhs: [0, 5, 3], contracting: ([1], [2]), batch: ([0], [0])),
        Product(lhs: [2, 4, 3], rhs: [3, 5, 4], contracting: ([2], [0]), batch: ([1], [2])),
        Product(lhs: [2, 3, 4], rhs: [4, 5, 3], contracting: ([1, 2], [2, 0])),
        Product(lhs: [2, 3, 4], rhs: [4, 3], contracting: ([2, 1], [0, 1])),
        Product(lhs: [2, 3, 4], rhs: [4, 5], contracting: ([2], [0])),
        Product(
            lhs: [2, 3, 4, 5], rhs: [2, 3, 5, 6], contracting: ([3], [2]), batch: ([0, 1], [0, 1])),
        Product(
            lhs: [2, 3, 4, 5], rhs: [3, 6, 2, 5], contracting: ([3], [3]), batch: ([1, 0], [0, 2])),
        Product(lhs: [6, 4], rhs: [6, 4], batch: ([0], [0])),
        Product(lhs: [6], rhs: [6], batch: ([0], [0])),
    ]

    mutating func addProducts() {
        for dtype in DType.programTypes where dtype.isNumeric {
            var random = TestRandom("dot \(dtype)")
            for product in Self.products {
                let (a, b) = (
                    random.anything(dtype, product.lhs), random.anything(dtype, product.rhs)
                )
                addProduct(product, a, b, "")
                guard dtype.isFloatingPoint, a.count > 40, b.count > 40 else { continue }
                addProduct(product, a.salted(with: [.nan], every: a.count / 2 + 1), b, "NaN ")
                addProduct(
                    product, a, b.salted(with: [.infinity], every: b.count / 2 + 1), "infinity ")
            }
        }
        addAccumulations()
    }

    /// Operands, and the wider type that their products are summed in.
    private static let accumulators: [(lhs: DType, rhs: DType, sum: DType)] = [
        (.int8, .int8, .int32), (.uint8, .int8, .int32), (.int8, .uint8, .int32),
        (.uint8, .uint8, .uint32), (.int16, .uint8, .int32), (.int8, .int32, .int64),
        (.uint16, .uint32, .uint64), (.int32, .int32, .int64), (.bfloat16, .bfloat16, .float32),
        (.float16, .float16, .float32), (.float16, .bfloat16, .float32),
        (.float32, .float16, .float64),
    ]

    private mutating func addAccumulations() {
        for types in Self.accumulators {
            var random = TestRandom("dot \(types)")
            for product in Self.products {
                let (a, b) = (
                    random.anything(types.lhs, product.lhs),
                    random.anything(types.rhs, product.rhs)
                )
                addProduct(product, a, b, "\(types.lhs) with \(types.rhs) ", sum: types.sum)
                guard types.sum.isFloatingPoint, a.count > 40, b.count > 40 else { continue }
                addProduct(
                    product, a.salted(with: [.nan], every: a.count / 2 + 1), b,
                    "NaN \(types.lhs) with \(types.rhs) ", sum: types.sum)
            }
        }
    }

    private mutating func addProduct(
        _ product: Product, _ a: NDArray, _ b: NDArray, _ note: String, sum: DType? = nil
    ) {
        let (left, right) = (
            product.batch.0 + product.contracting.0, product.batch.1 + product.contracting.1
        )
        let shape =
            product.batch.0.map { a.shape[$0] }
            + a.shape.indices.filter { !left.contains($0) }.map { a.shape[$0] }
            + b.shape.indices.filter { !right.contains($0) }.map { b.shape[$0] }
        let dimensions = DotDimensions(
            lhsContracting: product.contracting.0, rhsContracting: product.contracting.1,
            lhsBatch: product.batch.0, rhsBatch: product.batch.1)
        add(
            .dot(dimensions), [a, b], [ArrayType(sum ?? a.dtype, shape)], dtype: sum ?? a.dtype,
            .terms(product.contracting.0.reduce(1) { $0 * a.shape[$1] }),
            "\(note)\(a.shape) with \(b.shape), \(left) and \(right)")
    }

    // MARK: Convolutions

    private struct Convolution {
        var input: [Int]
        var filter: [Int]
        var strides: [Int]
        var padding: [(Int, Int)]
        var inputDilation: [Int]? = nil
        var filterDilation: [Int]? = nil
        var groups = 1

        var attributes: ConvolutionAttributes {
            let ones = strides.map { _ in 1 }
            return ConvolutionAttributes(
                strides: strides, padding: padding.map { .init($0.0, $0.1) },
                inputDilation: inputDilation ?? ones, filterDilation: filterDilation ?? ones,
                groups: groups)
        }

        var output: [Int] {
            let attributes = attributes
            let spatial = strides.indices.map { axis in
                attributes.padding[axis].outputSize(
                    input: ConvolutionAttributes.dilated(
                        input[axis + 1], attributes.inputDilation[axis]
                    ).value ?? 0,
                    window: ConvolutionAttributes.dilated(
                        filter[axis], attributes.filterDilation[axis]
                    ).value ?? 0, stride: strides[axis]
                ).value ?? 0
            }
            return [input[0]] + spatial + [filter[strides.count + 1]]
        }
    }

    private static let convolutions: [Convolution] = [
        Convolution(input: [2, 7, 3], filter: [3, 3, 4], strides: [1], padding: [(0, 0)]),
        Convolution(input: [1, 7, 2], filter: [3, 2, 3], strides: [2], padding: [(1, 2)]),
        Convolution(
            input: [1, 9, 4], filter: [2, 2, 6], strides: [1], padding: [(2, 0)],
            filterDilation: [3], groups: 2),
        Convolution(
            input: [2, 5, 2], filter: [3, 2, 2], strides: [1], padding: [(2, 2)], inputDilation: [2]
        ),
        Convolution(input: [1, 8, 1], filter: [3, 1, 2], strides: [1], padding: [(-1, -2)]),
        Convolution(input: [0, 8, 1], filter: [3, 1, 2], strides: [1], padding: [(0, 0)]),
        Convolution(
            input: [2, 5, 6, 3], filter: [3, 3, 3, 4], strides: [1, 1], padding: [(1, 1), (1, 1)]),
        Convolution(
            input: [1, 8, 7, 2], filter: [3, 2, 2, 5], strides: [2, 3], padding: [(0, 1), (1, 0)]),
        Convolution(
            input: [2, 6, 6, 4], filter: [1, 1, 4, 8], strides: [1, 1], padding: [(0, 0), (0, 0)]),
        Convolution(
            input: [1, 6, 6, 4], filter: [3, 3, 1, 4], strides: [1, 1], padding: [(1, 1), (1, 1)],
            groups: 4),
        Convolution(
            input: [1, 6, 6, 4], filter: [3, 3, 1, 8], strides: [2, 2], padding: [(0, 1), (0, 1)],
            groups: 4),
        Convolution(
            input: [2, 7, 9, 6], filter: [3, 3, 2, 9], strides: [1, 2], padding: [(2, 2), (0, 3)],
            filterDilation: [2, 2], groups: 3),
        Convolution(
            input: [1, 4, 5, 2], filter: [3, 3, 2, 3], strides: [1, 1], padding: [(2, 1), (2, 2)],
            inputDilation: [2, 3]),
        Convolution(
            input: [1, 4, 5, 2], filter: [2, 3, 2, 3], strides: [2, 2], padding: [(1, 1), (2, 2)],
            inputDilation: [3, 2], filterDilation: [2, 1]),
        Convolution(
            input: [1, 9, 9, 2], filter: [3, 3, 2, 2], strides: [1, 1], padding: [(-2, 1), (1, -3)]),
        Convolution(
            input: [1, 5, 5, 1], filter: [5, 5, 1, 1], strides: [1, 1], padding: [(0, 0), (0, 0)]),
        Convolution(
            input: [2, 12, 12, 16], filter: [3, 3, 16, 16], strides: [1, 1],
            padding: [(1, 1), (1, 1)]),
        Convolution(
            input: [1, 4, 5, 6, 2], filter: [2, 3, 2, 2, 3], strides: [1, 1, 1],
            padding: [(0, 1), (1, 1), (0, 0)]),
        Convolution(
            input: [2, 4, 5, 6, 4], filter: [2, 2, 2, 2, 4], strides: [2, 1, 2],
            padding: [(1, 0), (0, 0), (1, 1)], filterDilation: [1, 2, 1], groups: 2),
        Convolution(
            input: [1, 3, 3, 3, 1], filter: [2, 2, 2, 1, 2], strides: [1, 1, 1],
            padding: [(1, 1), (1, 1), (1, 1)], inputDilation: [2, 1, 2]),
    ]

    mutating func addConvolutions() {
        for dtype in DType.programTypes where dtype.isNumeric {
            var random = TestRandom("convolution \(dtype)")
            for convolution in Self.convolutions {
                let attributes = convolution.attributes
                let output = ArrayType(dtype, convolution.output)
                let (x, filter) = (
                    random.anything(dtype, convolution.input),
                    random.anything(dtype, convolution.filter)
                )
                let gradient = random.anything(dtype, output.shape)
                let taps = convolution.filter.dropLast(2).reduce(1, *)
                let note =
                    "\(x.shape) with \(filter.shape) strides \(attributes.strides) padding "
                    + "\(convolution.padding) dilations \(attributes.inputDilation) "
                    + "\(attributes.filterDilation) groups \(attributes.groups)"
                add(
                    .convolution(attributes), [x, filter], [output], dtype: dtype,
                    .terms(taps * convolution.filter[attributes.spatialRank]), note)
                add(
                    .convolutionInputGradient(attributes), [gradient, filter], [x.type],
                    dtype: dtype, .terms(taps * output.shape.reduce(1) { _, last in last }), note)
                add(
                    .convolutionFilterGradient(attributes), [x, gradient], [filter.type],
                    dtype: dtype, .terms(output.shape.dropLast().reduce(1, *)), note)
            }
        }
        addAccumulatingConvolutions()
    }

    private mutating func addAccumulatingConvolutions() {
        for types in Self.accumulators {
            var random = TestRandom("convolution \(types)")
            for convolution in Self.convolutions {
                let (x, filter) = (
                    random.anything(types.lhs, convolution.input),
                    random.anything(types.rhs, convolution.filter)
                )
                add(
                    .convolution(convolution.attributes), [x, filter],
                    [ArrayType(types.sum, convolution.output)], dtype: types.sum,
                    .terms(convolution.filter.dropLast().reduce(1, *)),
                    "\(types.lhs) \(x.shape) with \(types.rhs) \(filter.shape)")
            }
        }
    }
}
