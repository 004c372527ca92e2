// SPDX-License-Identifier: Apache-2.0
import Weft

/// Movement, indexing and sources, of all element types.
func structural<T: TensorScalar>(_ s: T.Type) -> [Call] {
    [
        Call("reshaped") { $0.keep($0.t(s).reshaped(to: $0.ints())) },
        Call("reshaped") { $0.keep($0.t(s).reshaped(like: $0.t(Float.self))) },
        Call("flattened") { $0.keep($0.t(s).flattened(from: $0.axis(), through: $0.axis())) },
        Call("transposed") { $0.keep($0.t(s).transposed(permutation: $0.axes())) },
        Call("movingAxis") { $0.keep($0.t(s).movingAxis(from: $0.axis(), to: $0.axis())) },
        Call("swappingAxes") { $0.keep($0.t(s).swappingAxes($0.axis(), $0.axis())) },
        Call("expandingDimension") { $0.keep($0.t(s).expandingDimension(at: $0.axis())) },
        Call("expandingDimensions") { $0.keep($0.t(s).expandingDimensions(at: $0.ints())) },
        Call("squeezed") { $0.keep($0.t(s).squeezed(axes: $0.axes())) },
        Call("broadcasted") { $0.keep($0.t(s).broadcasted(to: $0.ints())) },
        Call("broadcasted") { $0.keep($0.t(s).broadcasted(like: $0.t(Float.self))) },
        Call("tiled") { $0.keep($0.t(s).tiled(by: $0.ints())) },
        Call("nonZero") { $0.keep($0.t(s).nonZero()) },
        Call("masked") { $0.keep($0.t(s).masked(by: $0.t(Bool.self))) },
        Call("partitioned") {
            $0.keep($0.t(s).partitioned(by: $0.t(Int32.self), count: $0.int()))
        },
        Call("sizes") { $0.keep($0.t(s).sizes) },
        Call("size") { $0.keep($0.t(s).size(ofAxis: $0.axis())) },
        Call("reshaped") { $0.keep($0.t(s).reshaped(to: $0.numbers())) },
        Call("broadcasted") { $0.keep($0.t(s).broadcasted(to: $0.numbers())) },
        Call("tiled") { $0.keep($0.t(s).tiled(by: $0.numbers())) },
        Call("padded") {
            $0.keep($0.t(s).padded(with: $0.t(s, rank: 0), sizes: $0.numbers(pairs: true)))
        },
        Call("sliced") { $0.keep($0.t(s).sliced(startingAt: $0.numbers(), sizes: $0.numbers())) },
        Call("split") { $0.keep($0.t(s).split(sizes: $0.numbers(), axis: $0.axis())) },
        Call("filled") { $0.keep(Tensor<T>.zeros(shape: $0.numbers())) },
        Call("repeated") { $0.keep($0.t(s).repeated($0.int(), axis: $0.axis())) },
        Call("reversed") { $0.keep($0.t(s).reversed(axes: $0.axes())) },
        Call("rolled") { $0.keep($0.t(s).rolled(by: $0.int(), axis: $0.axis())) },
        Call("rolled") { $0.keep($0.t(s).rolled(by: $0.ints(), axes: $0.ints())) },
        Call("unstacked") {
            $0.keep($0.t(s).unstacked(axis: $0.axis(), count: $0.maybe($0.int())))
        },
        Call("repeated") { $0.keep($0.t(s).repeated($0.numbers(), axis: $0.axis())) },
        Call("repeated") { $0.keep($0.t(s).repeated($0.t(Int32.self, rank: 0), axis: $0.axis())) },
        Call("split") { $0.keep($0.t(s).split(into: $0.int(), axis: $0.axis())) },
        Call("split") { $0.keep($0.t(s).split(sizes: $0.ints(), axis: $0.axis())) },
        Call("concatenated") { $0.keep(concatenated($0.several(s), axis: $0.axis())) },
        Call("stacked") { $0.keep(stacked($0.several(s), axis: $0.axis())) },
        Call("movingChannelsLast") { $0.keep($0.t(s).movingChannelsLast()) },
        Call("movingChannelsFirst") { $0.keep($0.t(s).movingChannelsFirst()) },
        Call("padded") { $0.keep($0.t(s).padded(with: $0.t(s, rank: 0), sizes: $0.pads())) },
        Call("padded") {
            $0.keep($0.t(s).padded($0.choice(PaddingMode.allCases), sizes: $0.pads()))
        },
        Call("lowerTriangle") { $0.keep($0.t(s).lowerTriangle(diagonal: $0.int())) },
        Call("upperTriangle") { $0.keep($0.t(s).upperTriangle(diagonal: $0.int())) },
        Call("bandPart") {
            $0.keep($0.t(s).bandPart(lower: $0.maybe($0.int()), upper: $0.maybe($0.int())))
        },
        Call("diagonalMatrix") { $0.keep($0.t(s).diagonalMatrix()) },
        Call("spaceToDepth") { $0.keep($0.t(s, rank: 4).spaceToDepth(blockSize: $0.int())) },
        Call("depthToSpace") { $0.keep($0.t(s, rank: 4).depthToSpace(blockSize: $0.int())) },
        Call("meshgrid") { $0.keep(meshgrid($0.several(s))) },
        Call("subscript") { $0.keep($0.t(s)[$0.range()]) },
        Call("subscript") { $0.keep($0.t(s)[$0.range(), $0.range()]) },
        Call("subscript") { $0.keep($0.t(s)[$0.range(), $0.range(), $0.range()]) },
        Call("subscript") { $0.keep($0.t(s)[..., $0.range()]) },
        Call("subscript") { $0.keep($0.t(s)[$0.range(), ..., $0.range()]) },
        Call("gather") {
            $0.keep(
                $0.t(s).gathered(
                    at: $0.t(Int32.self), axis: $0.axis(), batchRank: $0.int(),
                    outOfBounds: $0.mode()))
        },
        Call("gather") {
            $0.keep(
                $0.t(s).gathered(along: $0.axis(), at: $0.t(Int64.self), outOfBounds: $0.mode()))
        },
        Call("gatherND") {
            $0.keep($0.t(s).gatheredND(at: $0.t(Int32.self), outOfBounds: $0.mode()))
        },
        Call("scattering") {
            $0.keep(
                $0.t(s).scattering(
                    $0.t(s), at: $0.t(Int32.self), combining: $0.scatter(), outOfBounds: $0.mode()))
        },
        Call("scatteringND") {
            $0.keep(
                $0.t(s).scatteringND(
                    $0.t(s), at: $0.t(Int64.self), combining: $0.scatter(), outOfBounds: $0.mode()))
        },
        Call("sliced") {
            $0.keep($0.t(s).sliced(startingAt: $0.t(Int32.self, rank: 1), sizes: $0.ints()))
        },
        Call("replacing") {
            $0.keep($0.t(s).replacing(startingAt: $0.t(Int64.self, rank: 1), with: $0.t(s)))
        },
        Call("embeddingLookup") {
            $0.keep(embeddingLookup($0.t(s, rank: 2), at: $0.t(UInt8.self)))
        },
        Call("placeholder") { _ = $0.t(s) },
        Call("filled") { $0.keep(Tensor<T>.filled(T(converting: $0.number()), shape: $0.shape())) },
        Call("filled") {
            $0.keep(Tensor<T>.filled(T(converting: $0.number()), like: $0.t(Float.self)))
        },
        Call("zeros") { $0.keep(Tensor<T>.zeros(shape: $0.shape())) },
        Call("zeros") { $0.keep(Tensor<T>.zeros(like: $0.t(Int32.self))) },
        Call("ones") { $0.keep(Tensor<T>.ones(shape: $0.shape())) },
        Call("ones") { $0.keep(Tensor<T>.ones(like: $0.t(Int32.self))) },
    ]
}

/// Sources and indexing of numbers.
func numericStructure<T: NumericScalar>(_ s: T.Type) -> [Call] {
    [
        Call("iota") { $0.keep(Tensor<T>.iota(shape: $0.shape(), axis: $0.axis())) },
        Call("iota") { $0.keep(Tensor<T>.iota(like: $0.t(s), axis: $0.axis())) },
        Call("range") {
            $0.keep(Tensor<T>.range(from: $0.number(), to: $0.number(), by: $0.number()))
        },
        Call("identity") { $0.keep(Tensor<T>.identity($0.int(), columns: $0.maybe($0.int()))) },
        Call("oneHot") {
            $0.keep(Tensor<T>.oneHot($0.t(Int32.self), depth: $0.int(), axis: $0.axis()))
        },
        Call("diagonalPart") { $0.keep($0.t(s).diagonalPart()) },
        Call("trace") { $0.keep($0.t(s).trace()) },
        Call("sorted") { $0.keep($0.t(s).sorted(axis: $0.axis(), isDescending: $0.yes())) },
        Call("argSorted") { $0.keep($0.t(s).argSorted(axis: $0.axis(), isDescending: $0.yes())) },
        Call("topK") {
            let (values, positions) = $0.t(s).topK($0.int())
            $0.keep(values)
            $0.keep(positions)
        },
        Call("unique") {
            let (values, places, counts) = $0.t(s, rank: 1).unique()
            $0.keep(values)
            $0.keep(places)
            $0.keep(counts)
        },
        Call("segmentSums") {
            $0.keep($0.t(s).segmentSums($0.t(Int32.self, rank: 1), count: $0.int()))
        },
        Call("sum") { $0.keep($0.t(s).sum(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("product") { $0.keep($0.t(s).product(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("max") { $0.keep($0.t(s).max(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("min") { $0.keep($0.t(s).min(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("argMax") { $0.keep($0.t(s).argMax(axis: $0.axis(), keepingDimensions: $0.yes())) },
        Call("argMin") { $0.keep($0.t(s).argMin(axis: $0.axis(), keepingDimensions: $0.yes())) },
        Call("cumulativeSum") {
            $0.keep(
                $0.t(s).cumulativeSum(
                    axis: $0.axis(), isExclusive: $0.yes(), isReversed: $0.yes()))
        },
        Call("cumulativeProduct") {
            $0.keep(
                $0.t(s).cumulativeProduct(
                    axis: $0.axis(), isExclusive: $0.yes(), isReversed: $0.yes()))
        },
        Call("countNonZero") {
            $0.keep($0.t(s).countNonZero(axes: $0.axes(), keepingDimensions: $0.yes()))
        },
        Call("matmul") {
            $0.keep(
                matmul($0.t(s), $0.t(s), transposingFirst: $0.yes(), transposingSecond: $0.yes()))
        },
        Call("matmul accumulatingIn") {
            $0.keep(
                matmul(
                    $0.t(s), $0.t(Int8.self), accumulatingIn: Int32.self,
                    transposingFirst: $0.yes(), transposingSecond: $0.yes()))
            $0.keep(einsum("...ij,jk->...ik", $0.t(s), $0.t(s), accumulatingIn: Double.self))
        },
        Call("dot") { $0.keep(dot($0.t(s, rank: 1), $0.t(s, rank: 1))) },
        Call("outer") { $0.keep(outer($0.t(s), $0.t(s))) },
        Call("tensorDot") {
            $0.keep(tensorDot($0.t(s), $0.t(s), axes: (first: $0.ints(), second: $0.ints())))
        },
        Call("einsum") {
            let equations = [
                "ij,jk->ik", "ii->i", "i,j->ij", "bij,bjk->bik", "...i,...i->...", "ij->ji", "ii",
                "->", "i->", "ij,jk", "i,i,i->i", "é,é->é", "a->b", ",->", "i..j->ij", "->->",
            ]
            $0.keep(
                $0.yes()
                    ? einsum($0.choice(equations), $0.t(s), $0.t(s))
                    : einsum($0.choice(equations), $0.t(s)))
        },
    ]
}

/// The same functions, of tensors whose types are known at run time only.
let untypedStructure: [Call] = [
    Call("squeezed") { $0.keep($0.any().squeezed(axes: $0.axes())) },
    Call("concatenated") {
        $0.keep(concatenated([$0.any(), $0.any()], axis: $0.axis()))
    },
    Call("stacked") { $0.keep(stacked([$0.any(), $0.any()], axis: $0.axis())) },
    Call("concatenated") { $0.keep(concatenated([AnyTensor](), axis: $0.axis())) },
    Call("matmul") {
        $0.keep(
            matmul(
                $0.any(), $0.any(), transposingFirst: $0.yes(), transposingSecond: $0.yes()))
    },
    Call("product") { $0.keep($0.any().product(axes: $0.axes(), keepingDimensions: $0.yes())) },
    Call("max") { $0.keep($0.any().max(axes: $0.axes(), keepingDimensions: $0.yes())) },
    Call("min") { $0.keep($0.any().min(axes: $0.axes(), keepingDimensions: $0.yes())) },
    Call("sum") { $0.keep($0.any().sum(axes: $0.axes(), keepingDimensions: $0.yes())) },
    Call("mean") { $0.keep($0.any().mean(axes: $0.axes(), keepingDimensions: $0.yes())) },
    Call("softmax") { $0.keep(softmax($0.any(), axes: $0.ints())) },
    Call("logSoftmax") { $0.keep(logSoftmax($0.any(), axes: $0.ints())) },
    Call("sliced") { $0.keep($0.any().sliced([$0.range(), $0.range()])) },
    Call("expandingDimensions") { $0.keep($0.any().expandingDimensions(at: $0.ints())) },
    Call("reshaped") { $0.keep($0.any().reshaped(to: $0.ints())) },
    Call("transposed") { $0.keep($0.any().transposed(permutation: $0.axes())) },
    Call("broadcasted") { $0.keep($0.any().broadcasted(to: $0.ints())) },
    Call("scalar") {
        $0.keep(AnyTensor.scalar($0.number(), as: $0.choice(DType.allCases)))
    },
    Call("AnyTensor") { $0.keep(AnyTensor($0.array())) },
    Call("Tensor") { $0.keep(Tensor<Float>($0.any())) },
    Call("Tensor") { $0.keep(Tensor<Int32>($0.array())) },
    Call("Tensor") { $0.keep(Tensor<Float>([1, 2, 3], shape: $0.ints())) },
    Call("Tensor") { $0.keep(Tensor<Float>([[1, 2], [3]])) },
    Call("Tensor") { $0.keep(Tensor<Float>([[[1, 2]], [[3]], []])) },
]
