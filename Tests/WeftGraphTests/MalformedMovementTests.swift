// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let a = F.placeholder(shape: [2, 3])
private let v = F.placeholder(shape: [3])
private let open = F.placeholder(shape: [nil, nil])
private let unranked = F.placeholder()
private let image = F.placeholder(shape: [1, 6, 6, 4])
private let index = I.placeholder(shape: [4])

/// Movement of elements, subscripts, indices and control flow that cannot be.
@Suite struct MalformedMovementTests {
    static let movement: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("reshape: f32[2, 3] has 6 elements, [4, 2] has 8.") {
            a.reshaped(to: [4, 2])
        }
        bad.add("reshape: the 6 elements of f32[2, 3] do not fill [-1, 4].") {
            a.reshaped(to: [-1, 4])
        }
        bad.add("reshape: [-1, -1] is no shape: one dimension may be -1, the others must not be negative.") {
            a.reshaped(to: [-1, -1])
        }
        bad.add("reshape: [-2, 3] is no shape: one dimension may be -1, the others must not be negative.") {
            a.reshaped(to: [-2, 3])
        }
        bad.add("reshape: [1152921504606846976, 1152921504606846976] is not the shape of an array: it has too many elements.") {
            a.reshaped(to: [1 << 60, 1 << 60])
        }
        bad.add("reshape: f32[2, 3] has 6 elements, [3] has 3.") {
            a.reshaped(like: v)
        }
        bad.add("flatten: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.flattened(from: 2)
        }
        bad.add("flatten: axis 1 of f32[2, 3] does not stand before axis 0.") {
            a.flattened(from: 1, through: 0)
        }
        bad.add("flatten: the result [?, ?] of flattening f32[?, ?, ?] has several unknown dimensions; use `reshaped(to:)` with the sizes that are known.") {
            F.placeholder(shape: [nil, nil, nil]).flattened(from: 1)
        }
        bad.add("transpose: [0] does not permute the axes of f32[2, 3].") {
            a.transposed(permutation: [0])
        }
        bad.add("transpose: [0, 0] is no permutation.") {
            a.transposed(permutation: [0, 0])
        }
        bad.add("transpose: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked.transposed()
        }
        bad.add("movingAxis: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.movingAxis(from: 0, to: 2)
        }
        bad.add("swappingAxes: axis 4 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.swappingAxes(0, 4)
        }
        bad.add("expand: [4] are no places for new axes in f32[2, 3]: in the result they are 0 to 2, or -3 to -1 from the end, each once.") {
            a.expandingDimension(at: 4)
        }
        bad.add("expand: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked.expandingDimension(at: 0)
        }
        bad.add("squeeze: axis 1 of f32[2, 3] has size 3, not 1.") {
            a.squeezed(axes: [1])
        }
        bad.add("squeeze: axis 5 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.squeezed(axes: [5])
        }
        bad.add("squeeze: which axes of f32[?, ?] are of size 1 is not known; say which to remove.") {
            open.squeezed()
        }
        bad.add("broadcast: [2, 3] cannot be broadcast to [3, 3] (2 != 3).") {
            a.broadcasted(to: [3, 3])
        }
        bad.add("broadcast: [2, 3] has more axes than [3], to which it is to be broadcast.") {
            a.broadcasted(to: [3])
        }
        bad.add("broadcast: [1099511627776, 1099511627776, 3] is not the shape of an array: it has too many elements.") {
            v.broadcasted(to: [1 << 40, 1 << 40, 3])
        }
        bad.add("broadcast: [2, 3] has more axes than [3], to which it is to be broadcast.") {
            a.broadcasted(like: v)
        }
        bad.add("concatenate: there is nothing to concatenate.") {
            concatenated([] as [F])
        }
        bad.add("concatenate: [2, 3] and [2, 4] must be equal but for axis 0.") {
            concatenated([a, F.placeholder(shape: [2, 4])], axis: 0)
        }
        bad.add("concatenate: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            concatenated([a, a], axis: 2)
        }
        bad.add("concatenate: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`.") {
            AnyTensor.joined([a.anyTensor, index.anyTensor], axis: 0)
        }
        bad.add("stack: the tensors must have one shape: [2, 3] and [3] differ.") {
            stacked([a, v])
        }
        bad.add("stack: axis 4 is none of rank 3: axes are 0 to 2, or -3 to -1 from the end.") {
            stacked([a, a], axis: 4)
        }
        bad.add("unstack: the size of axis 0 of f32[?, ?] must be known when the graph is built.") {
            open.unstacked()[0]
        }
        bad.add("split: axis 1 of f32[2, 3] cannot be split into 2 equal parts; use `split(sizes:axis:)`.") {
            a.split(into: 2, axis: 1)[1]
        }
        bad.add("split: the parts [1, 1] make 2, but axis 1 of f32[2, 3] has 3.") {
            a.split(sizes: [1, 1], axis: 1)[0]
        }
        bad.add("split: the sizes of the parts must not be negative or huge: [4, -1].") {
            a.split(sizes: [4, -1], axis: 1)[0]
        }
        bad.add("split: the sizes of the parts must not be negative or huge: [9223372036854775807, 9223372036854775807, 5].") {
            a.split(sizes: [.max, .max, 5], axis: 1)[0]
        }
        bad.add("tile: [2] must have one non-negative count for each axis of f32[2, 3].") {
            a.tiled(by: [2])
        }
        bad.add("tile: [1048576] times f32[1099511627776] would be too large.") {
            F.zeros(shape: [1 << 40]).tiled(by: [1 << 20])
        }
        bad.add("repeat: the count must not be negative: -1.") {
            a.repeated(-1, axis: 0)
        }
        bad.add("reverse: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.reversed(axes: [2])
        }
        bad.add("roll: axis 9 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.rolled(by: 1, axis: 9)
        }
        bad.add("pad: 1 paddings were given for the 2 axes of f32[2, 3].") {
            a.padded(with: 0, sizes: [(1, 1)])
        }
        bad.add("pad: the sizes must not be negative: [[-1, 1]].") {
            v.padded(with: 0, sizes: [(-1, 1)])
        }
        bad.add("pad: the padding value must be a scalar f32, not f32[3].") {
            v.padded(with: v, sizes: [(1, 1)])
        }
        bad.add("pad: 3 and 0 elements cannot be added around axis 0 of f32[3]; there are at most 2 to mirror.") {
            v.padded(.reflect, sizes: [(3, 0)])
        }
        bad.add("pad: 1 paddings were given for the 2 axes of f32[2, 3].") {
            a.padded(.edge, sizes: [(1, 0)])
        }
        return bad
    }()

    static let slicing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("slice: index 2 is not within axis 0 of f32[2, 3], which has 2 elements.") {
            a[2]
        }
        bad.add("slice: index -3 is not within axis 0 of f32[2, 3], which has 2 elements.") {
            a[-3]
        }
        bad.add("slice: 3 ranges were given for the 2 axes of f32[2, 3].") {
            a[0, 0, 0]
        }
        bad.add("slice: 0..<3 is not within axis 0 of f32[2, 3], which has 2 elements.") {
            a[0..<3]
        }
        bad.add("slice: 4... is not within axis 1 of f32[2, 3], which has 3 elements.") {
            a[..., 4...]
        }
        bad.add("slice: the stride must not be 0 or huge: 0.") {
            a[TensorRange.range(by: 0)]
        }
        bad.add("slice: there may be one ellipsis, not more.") {
            a[TensorRange.ellipsis, TensorRange.ellipsis]
        }
        bad.add("slice: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked[0]
        }
        bad.add("slice: a negative stride needs an axis of known size, which axis 0 of f32[?, ?] is not; use `reversed(axes:)`.") {
            open[TensorRange.range(by: -1)]
        }
        bad.add("slice: -1..<3 counts from both ends of axis 0 of f32[?, ?], the size of which is unknown; count from one end.") {
            open[TensorRange.range(from: -1, to: 3)]
        }
        bad.add("slice: 3..<1 is no range: it ends before it starts.") {
            open[TensorRange.range(from: 3, to: 1)]
        }
        bad.add("slice: index -9223372036854775808 is out of range.") {
            open[Int.min]
        }
        bad.add("dynamicSlice: start indices must be a vector of 2, not i32[4].") {
            a.sliced(startingAt: index, sizes: [1, 1])
        }
        bad.add("dynamicSlice: a slice of [3, 1] does not fit in f32[2, 3].") {
            a.sliced(startingAt: I([0, 0]), sizes: [3, 1])
        }
        bad.add("dynamicSlice: [-2, 1] are no sizes of a part; use -1 for a whole axis.") {
            unranked.sliced(startingAt: I([0, 0]), sizes: [-2, 1])
        }
        bad.add("dynamicUpdate: f32[3, 3] does not fit in f32[2, 3].") {
            a.replacing(startingAt: I([0, 0]), with: F.zeros(shape: [3, 3]))
        }
        return bad
    }()

    static let indexing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("gather: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.gather(at: index, axis: 2)
        }
        bad.add("gather: a scalar has no axis to gather along.") {
            F(1).gather(at: index)
        }
        bad.add("gather: the indices must be integers, not f32.") {
            a.anyTensor.gathered(at: v.anyTensor, axis: 0, mode: .checked)
        }
        bad.add("gather: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked.gather(at: index)
        }
        bad.add("gather: indices [4] must have as many axes as f32[2, 3]; use `gather(at:axis:)`.") {
            a.gather(along: 1, at: index)
        }
        bad.add("gather: [2, 3] and indices [5, 1] must be equal but for axis 1.") {
            a.gather(along: 1, at: I.placeholder(shape: [5, 1]))
        }
        bad.add("gather: batchRank is 1; it must be at most the axis, 0, and the rank of indices [4].") {
            a.gather(at: index, axis: 0, batchRank: 1)
        }
        bad.add("gather: batch axis 0 differs: [2, 3] and indices [4].") {
            a.gather(at: index, axis: 1, batchRank: 1)
        }
        bad.add("gatherND: index vectors of 3 elements are too long for f32[2, 3].") {
            a.gatherND(at: I.placeholder(shape: [2, 3]))
        }
        bad.add("gatherND: a scalar holds no index vectors.") {
            a.gatherND(at: I(1))
        }
        bad.add("gatherND: the size of axis -1 of i32[2, ?] must be known when the graph is built.") {
            a.gatherND(at: I.placeholder(shape: [2, nil]))
        }
        bad.add("scatter: updates of [2, 3] at indices [4] must have the shape [4, 3], not [2, 3].") {
            a.scattering(a, at: index)
        }
        bad.add("scatterND: index vectors of 3 elements are too long for f32[2, 3].") {
            a.scatteringND(a, at: I.placeholder(shape: [2, 3]))
        }
        bad.add("segmentSums: the segment numbers, [4], must have the first dimensions of f32[2, 3].") {
            a.segmentSums(index, count: 3)
        }
        bad.add("segmentSums: the count must not be negative: -3.") {
            v.segmentSums(I([0, 1, 2]), count: -3)
        }
        return bad
    }()

    static let matrices: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("lowerTriangle: it takes matrices on the last two axes, not f32[3].") {
            v.lowerTriangle()
        }
        bad.add("trace: it takes matrices on the last two axes, not f32[3].") {
            v.trace()
        }
        bad.add("diagonalPart: the sizes of the last two axes of f32[?, ?] must be known when the graph is built.") {
            open.diagonalPart()
        }
        bad.add("diagonalMatrix: a scalar is no diagonal.") {
            F(1).diagonalMatrix()
        }
        bad.add("spaceToDepth: 6 x 6 pixels cannot be divided into blocks of 4 x 4.") {
            image.spaceToDepth(blockSize: 4)
        }
        bad.add("spaceToDepth: the block size must be in 1..<65536, not 0.") {
            image.spaceToDepth(blockSize: 0)
        }
        bad.add("depthToSpace: 4 channels cannot be divided into blocks of 3 x 3.") {
            image.depthToSpace(blockSize: 3)
        }
        bad.add("depthToSpace: the input must be of rank 4 with channels last, not f32[2, 3].") {
            a.depthToSpace(blockSize: 2)
        }
        bad.add("meshgrid: it takes vectors, not f32[2, 3].") {
            meshgrid([v, a])[0]
        }
        return bad
    }()

    static let controlFlow: MalformedGraphs = {
        var bad = MalformedGraphs()
        let yes = Tensor<Bool>(true)
        bad.add("cond: the predicate must be a scalar, not bool[2]; combine its elements with `all()` or `any()`.") {
            cond(Tensor<Bool>([true, false]), then: { a }, else: { a })
        }
        bad.add("cond: result 0 is f32[2, 3] in one branch and i32[4] in the other.") {
            cond(yes, then: { [a.anyTensor] }, else: { [index.anyTensor] })[0]
        }
        bad.add("cond: the branches return 1 and 0 tensors.") {
            cond(yes, then: { [a.anyTensor] }, else: { [] })[0]
        }
        bad.add("cond: the branches return nothing.") {
            cond(yes, then: { [] }, else: { [] })[0]
        }
        bad.add("add: [2, 3] and [2] cannot be broadcast together (3 != 2); aligned at the end, dimensions must be equal or 1.") {
            cond(yes, then: { a + F([1, 2]) }, else: { a })
        }
        bad.add("whileLoop: the condition must be a scalar, not bool[3]; combine its elements with `all()` or `any()`.") {
            whileLoop([v.anyTensor], condition: { F($0[0]) .< 3 }, body: { $0 })[0]
        }
        bad.add("whileLoop: the loop has 1 variables, its body returns 2.") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0], $0[0]] })[0]
        }
        bad.add("whileLoop: variable 0 enters the loop with shape [3] and leaves an iteration with []; give it a shape with unknown dimensions.") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].sum()] })[0]
        }
        bad.add("whileLoop: variable 0 enters the loop as f32[3] and leaves it as i32[3].") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].cast(to: .int32)] })[0]
        }
        bad.add("whileLoop: a loop needs at least one variable.") {
            whileLoop([], condition: { _ in yes }, body: { $0 })[0]
        }
        bad.add("whileLoop: there are 0 shape invariants for 1 variables.") {
            whileLoop([v.anyTensor], shapeInvariants: [], condition: below, body: { $0 })[0]
        }
        bad.add("whileLoop: variable 0, f32[2, 3], does not have the shape that its invariant [?] says.") {
            whileLoop([a.anyTensor], shapeInvariants: [[nil]], condition: below, body: { $0 })[0]
        }
        bad.add("scan: a scan needs at least one sequence.") {
            scan(over: [], initial: [v.anyTensor]) { carries, _ in (carries, []) }.carries[0]
        }
        bad.add("scan: a scalar is no sequence.") {
            scan(over: [F(1).anyTensor]) { _, slices in ([], slices) }.outputs[0]
        }
        bad.add("scan: sequences differ in length: 3 and 4.") {
            scan(over: [v.anyTensor, index.anyTensor]) { _, slices in ([], slices) }.outputs[0]
        }
        bad.add("scan: the loop carries 1 values, its body returns 0.") {
            scan(over: [v.anyTensor], initial: [a.anyTensor]) { _, _ in ([], []) }.carries[0]
        }
        bad.add("listAppend: f32[3] is no list.") {
            AnyTensor.make(.listAppend, [v.anyTensor, v.anyTensor])
        }
        bad.add("cast: a list is no operand here.") {
            AnyTensor.make(.cast(.float32), [.make(.listEmpty, [])])
        }
        return bad
    }()

    @Test("movement that does not fit") func movement() { Self.movement.check() }
    @Test("subscripts outside") func slicing() { Self.slicing.check() }
    @Test("indices that do not fit") func indexing() { Self.indexing.check() }
    @Test("matrices that are none") func matrices() { Self.matrices.check() }
    @Test("branches and loops that do not fit") func controlFlow() { Self.controlFlow.check() }
}

private func below(_ x: [AnyTensor]) -> Tensor<Bool> { (F(x[0]) .< 3).any() }
