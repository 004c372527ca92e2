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
        bad.add(
            a.reshaped(to: [4, 2]),
            says: "reshape: f32[2, 3] has 6 elements, [4, 2] has 8")
        bad.add(
            a.reshaped(to: [-1, 4]),
            says: "reshape: the 6 elements of f32[2, 3] do not fill [-1, 4]")
        bad.add(
            a.reshaped(to: [-1, -1]),
            says: "reshape: [-1, -1] is no shape: one dimension may be -1, the others must not "
                + "be negative")
        bad.add(
            a.reshaped(to: [-2, 3]),
            says: "reshape: [-2, 3] is no shape: one dimension may be -1, the others must not be "
                + "negative")
        bad.add(
            a.reshaped(to: [1 << 60, 1 << 60]),
            says: "reshape: [1152921504606846976, 1152921504606846976] is not the shape of an "
                + "array: it has too many elements")
        bad.add(
            a.reshaped(like: v),
            says: "reshape: f32[2, 3] has 6 elements, [3] has 3")
        bad.add(
            a.flattened(from: 2),
            says: "flatten: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            a.flattened(from: 1, through: 0),
            says: "flatten: axis 1 of f32[2, 3] does not stand before axis 0")
        bad.add(
            F.placeholder(shape: [0, 3]).reshaped(to: [-1, 0]),
            says: "reshape: what -1 stands for in [-1, 0] does not follow: beside a dimension of 0 "
                + "any size will do")
        bad.add(
            a.broadcasted(to: [-2, 3]),
            says: "broadcast: [-2, 3] is not the shape of an array: a dimension is negative")
        bad.add(
            a.transposed(permutation: [0]),
            says: "transpose: [0] does not permute the axes of f32[2, 3]")
        bad.add(
            a.transposed(permutation: [0, 0]),
            says: "transpose: [0, 0] is no permutation")
        bad.add(
            unranked.transposed(),
            says: "transpose: the rank of f32[...] is unknown; give the placeholder a shape, "
                + "with nil for unknown dimensions")
        bad.add(
            a.movingAxis(from: 0, to: 2),
            says: "movingAxis: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from "
                + "the end")
        bad.add(
            a.swappingAxes(0, 4),
            says: "swappingAxes: axis 4 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from "
                + "the end")
        bad.add(
            a.expandingDimension(at: 4),
            says: "expand: [4] are no places for new axes in f32[2, 3]: in the result they are 0 "
                + "to 2, or -3 to -1 from the end, each once")
        bad.add(
            unranked.expandingDimension(at: 0),
            says: "expand: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            a.squeezed(axes: [1]),
            says: "squeeze: axis 1 of f32[2, 3] has size 3, not 1")
        bad.add(
            a.squeezed(axes: [5]),
            says: "squeeze: axis 5 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            open.squeezed(),
            says: "squeeze: which axes of f32[?, ?] are of size 1 is not known; say which to "
                + "remove")
        bad.add(
            a.broadcasted(to: [3, 3]),
            says: "broadcast: [2, 3] cannot be broadcast to [3, 3] (2 != 3)")
        bad.add(
            a.broadcasted(to: [3]),
            says: "broadcast: [2, 3] has more axes than [3], to which it is to be broadcast")
        bad.add(
            v.broadcasted(to: [1 << 40, 1 << 40, 3]),
            says: "broadcast: [1099511627776, 1099511627776, 3] is not the shape of an array: it "
                + "has too many elements")
        bad.add(
            a.broadcasted(like: v),
            says: "broadcast: [2, 3] has more axes than [3], to which it is to be broadcast")
        bad.add(
            concatenated([] as [F]),
            says: "concatenate: there is nothing to concatenate")
        bad.add(
            concatenated([a, F.placeholder(shape: [2, 4])], axis: 0),
            says: "concatenate: [2, 3] and [2, 4] must be equal but for axis 0")
        bad.add(
            concatenated([a, a], axis: 2),
            says: "concatenate: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from "
                + "the end")
        bad.add(
            concatenated([a.anyTensor, index.anyTensor], axis: 0),
            says: "concatenate: element types differ: f32[2, 3] and i32[4]; convert one with "
                + "`cast(to:)`")
        bad.add(
            stacked([a, v]),
            says: "stack: the tensors must have one shape: [2, 3] and [3] differ")
        bad.add(
            stacked([a, a], axis: 4),
            says: "stack: axis 4 is none of rank 3: axes are 0 to 2, or -3 to -1 from the end")
        bad.add(
            open.unstacked()[0],
            says: "unstack: the size of axis 0 of f32[?, ?] must be known when the graph is built")
        bad.add(
            a.unstacked(count: 3)[2],
            says: "unstack: 3 tensors were given for the 2 elements of axis 0 of f32[2, 3]")
        bad.add(
            open.unstacked(count: -1)[0],
            says: "unstack: the count must be 0 or more, not -1")
        bad.add(
            a.split(into: 2, axis: 1)[1],
            says: "split: axis 1 of f32[2, 3] cannot be split into 2 equal parts; use "
                + "`split(sizes:axis:)`")
        bad.add(
            a.split(sizes: [1, 1], axis: 1)[0],
            says: "split: the parts [1, 1] make 2, but axis 1 of f32[2, 3] has 3")
        bad.add(
            a.split(sizes: [4, -1], axis: 1)[0],
            says: "split: the sizes of the parts must not be negative or huge: [4, -1]")
        bad.add(
            a.split(sizes: [.max, .max, 5], axis: 1)[0],
            says: "split: the sizes of the parts must not be negative or huge: "
                + "[9223372036854775807, 9223372036854775807, 5]")
        bad.add(
            a.tiled(by: [2]),
            says: "tile: [2] must have one non-negative count for each axis of f32[2, 3]")
        bad.add(
            F.zeros(shape: [1 << 40]).tiled(by: [1 << 20]),
            says: "tile: [1048576] times f32[1099511627776] would be too large")
        bad.add(
            a.repeated(-1, axis: 0),
            says: "repeat: the count must not be negative: -1")
        bad.add(
            a.reversed(axes: [2]),
            says: "reverse: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            a.rolled(by: 1, axis: 9),
            says: "roll: axis 9 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            a.padded(with: 0, sizes: [(1, 1)]),
            says: "pad: 1 paddings were given for the 2 axes of f32[2, 3]")
        bad.add(
            v.padded(with: 0, sizes: [(-1, 1)]),
            says: "pad: the sizes must not be negative: [[-1, 1]]")
        bad.add(
            v.padded(with: v, sizes: [(1, 1)]),
            says: "pad: the padding value must be a scalar f32, not f32[3]")
        bad.add(
            v.padded(.reflect, sizes: [(3, 0)]),
            says: "pad: 3 and 0 elements cannot be added around axis 0 of f32[3]; there are at "
                + "most 2 to mirror")
        bad.add(
            a.padded(.edge, sizes: [(1, 0)]),
            says: "pad: 1 paddings were given for the 2 axes of f32[2, 3]")
        return bad
    }()

    static let slicing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            a[2],
            says: "slice: index 2 is not within axis 0 of f32[2, 3], which has 2 elements")
        bad.add(
            a[-3],
            says: "slice: index -3 is not within axis 0 of f32[2, 3], which has 2 elements")
        bad.add(
            a[0, 0, 0],
            says: "slice: 3 ranges were given for the 2 axes of f32[2, 3]")
        bad.add(
            a[0..<3],
            says: "slice: 0..<3 is not within axis 0 of f32[2, 3], which has 2 elements")
        bad.add(
            a[..., 4...],
            says: "slice: 4... is not within axis 1 of f32[2, 3], which has 3 elements")
        bad.add(
            a[TensorRange.range(by: 0)],
            says: "slice: the stride must not be 0 or huge: 0")
        bad.add(
            a[TensorRange.ellipsis, TensorRange.ellipsis],
            says: "slice: there may be one ellipsis, not more")
        bad.add(
            unranked[0],
            says: "slice: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            open[TensorRange.range(by: -1)],
            says: "slice: a negative stride needs an axis of known size, which axis 0 of f32[?, "
                + "?] is not; use `reversed(axes:)`")
        bad.add(
            open[TensorRange.range(from: -1, to: 3)],
            says: "slice: -1..<3 counts from both ends of axis 0 of f32[?, ?], the size of which "
                + "is unknown; count from one end")
        bad.add(
            open[TensorRange.range(from: 3, to: 1)],
            says: "slice: 3..<1 is no range: it ends before it starts")
        bad.add(
            open[Int.min],
            says: "slice: index -9223372036854775808 is out of range")
        bad.add(
            a.sliced(startingAt: index, sizes: [1, 1]),
            says: "dynamicSlice: start indices must be a vector of 2, not i32[4]")
        bad.add(
            a.sliced(startingAt: I([0, 0]), sizes: [3, 1]),
            says: "dynamicSlice: a slice of [3, 1] does not fit in f32[2, 3]")
        bad.add(
            unranked.sliced(startingAt: I([0, 0]), sizes: [-2, 1]),
            says: "dynamicSlice: [-2, 1] are no sizes of a part; use -1 for a whole axis")
        bad.add(
            a.replacing(startingAt: I([0, 0]), with: F.zeros(shape: [3, 3])),
            says: "dynamicUpdate: f32[3, 3] does not fit in f32[2, 3]")
        return bad
    }()

    static let indexing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            a.gathered(at: index, axis: 2),
            says: "gather: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            F(1).gathered(at: index),
            says: "gather: a scalar has no axis to gather along")
        bad.add(
            a.anyTensor.gathered(at: v.anyTensor),
            says: "gather: the indices must be integers, not f32")
        bad.add(
            unranked.gathered(at: index),
            says: "gather: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            a.gathered(along: 1, at: index),
            says: "gather: indices [4] must have as many axes as f32[2, 3]; use "
                + "`gathered(at:axis:)`")
        bad.add(
            a.gathered(along: 1, at: I.placeholder(shape: [5, 1])),
            says: "gather: [2, 3] and indices [5, 1] must be equal but for axis 1")
        bad.add(
            a.gathered(at: index, axis: 0, batchRank: 1),
            says: "gather: batchRank is 1; it must be at most the axis, 0, and the rank of "
                + "indices [4]")
        bad.add(
            a.gathered(at: index, axis: 1, batchRank: 1),
            says: "gather: batch axis 0 differs: [2, 3] and indices [4]")
        bad.add(
            a.gatheredND(at: I.placeholder(shape: [2, 3])),
            says: "gatherND: index vectors of 3 elements are too long for f32[2, 3]")
        bad.add(
            a.gatheredND(at: I(1)),
            says: "gatherND: a scalar holds no index vectors")
        bad.add(
            a.gatheredND(at: I.placeholder(shape: [2, nil])),
            says: "gatherND: the size of axis -1 of i32[2, ?] must be known when the graph is "
                + "built")
        bad.add(
            a.scattering(a, at: index),
            says: "scatter: updates of [2, 3] at indices [4] must have the shape [4, 3], not [2, "
                + "3]")
        bad.add(
            a.scatteringND(a, at: I.placeholder(shape: [2, 3])),
            says: "scatterND: index vectors of 3 elements are too long for f32[2, 3]")
        bad.add(
            a.segmentSums(index, count: 3),
            says: "segmentSums: the segment numbers, [4], must have the first dimensions of "
                + "f32[2, 3]")
        bad.add(
            v.segmentSums(I([0, 1, 2]), count: -3),
            says: "segmentSums: the count must not be negative: -3")
        return bad
    }()

    static let matrices: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            v.lowerTriangle(),
            says: "lowerTriangle: it takes matrices on the last two axes, not f32[3]")
        bad.add(
            v.trace(),
            says: "trace: it takes matrices on the last two axes, not f32[3]")
        bad.add(
            F(1).diagonalMatrix(),
            says: "diagonalMatrix: a scalar is no diagonal")
        bad.add(
            image.spaceToDepth(blockSize: 4),
            says: "spaceToDepth: 6 x 6 pixels cannot be divided into blocks of 4 x 4")
        bad.add(
            image.spaceToDepth(blockSize: 0),
            says: "spaceToDepth: the block size must be in 1..<65536, not 0")
        bad.add(
            image.depthToSpace(blockSize: 3),
            says: "depthToSpace: 4 channels cannot be divided into blocks of 3 x 3")
        bad.add(
            a.depthToSpace(blockSize: 2),
            says: "depthToSpace: the input must be of rank 4 with channels last, not f32[2, 3]")
        bad.add(
            meshgrid([v, a])[0],
            says: "meshgrid: it takes vectors, not f32[2, 3]")
        return bad
    }()

    static let controlFlow: MalformedGraphs = {
        var bad = MalformedGraphs()
        let yes = Tensor<Bool>(true)
        bad.add(
            cond(Tensor<Bool>([true, false]), then: { a }, else: { a }),
            says: "cond: the predicate must be a scalar, not bool[2]; combine its elements with "
                + "`all()` or `any()`")
        bad.add(
            cond(yes, then: { [a.anyTensor] }, else: { [index.anyTensor] })[0],
            says: "cond: result 0 is f32[2, 3] in one branch and i32[4] in the other")
        bad.add(
            cond(yes, then: { [a.anyTensor] }, else: { [] })[0],
            says: "cond: the branches return 1 and 0 tensors")
        bad.add(
            cond(yes, then: { [AnyTensor]() }, else: { [] })[0],
            says: "cond: the branches return nothing")
        bad.add(
            cond(yes, then: { a + F([1, 2]) }, else: { a }),
            says: "add: [2, 3] and [2] cannot be broadcast together (3 != 2); aligned at the "
                + "end, dimensions must be equal or 1")
        bad.add(
            whileLoop([v.anyTensor], condition: { F($0[0]) .< 3 }, body: { $0 })[0],
            says: "whileLoop: the condition must be a scalar, not bool[3]; combine its elements "
                + "with `all()` or `any()`")
        bad.add(
            whileLoop([v.anyTensor], condition: below, body: { [$0[0], $0[0]] })[0],
            says: "whileLoop: 2 results of the body were given for the 1 variables")
        bad.add(
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].sum()] })[0],
            says:
                "whileLoop: variable 0 enters the loop as f32[3] and leaves an iteration as f32[]; "
                + "it must keep its shape, as far as that is declared; "
                + "`whileLoop(shapeInvariants:)` leaves sizes open")
        bad.add(
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].cast(to: .int32)] })[0],
            says:
                "whileLoop: variable 0 enters the loop as f32[3] and leaves an iteration as i32[3]; "
                + "it must keep its element type")
        bad.add(
            whileLoop([], condition: { _ in yes }, body: { $0 })[0],
            says: "whileLoop: a loop needs at least one variable")
        bad.add(
            whileLoop([v.anyTensor], shapeInvariants: [], condition: below, body: { $0 })[0],
            says: "whileLoop: 0 shape invariants were given for the 1 variables")
        bad.add(
            whileLoop([a.anyTensor], shapeInvariants: [[nil]], condition: below, body: { $0 })[0],
            says: "whileLoop: variable 0, f32[2, 3], does not have the shape that its invariant "
                + "[?] says")
        bad.add(
            scan(over: [], initial: [v.anyTensor]) { carries, _ in (carries, []) }.carries[0],
            says: "scan: a scan needs at least one sequence")
        bad.add(
            scan(over: [F(1).anyTensor]) { _, slices in ([], slices) }.outputs[0],
            says: "scan: a sequence must be of rank 1 or more, not f32[]")
        bad.add(
            scan(over: [v.anyTensor, index.anyTensor]) { _, slices in ([], slices) }.outputs[0],
            says: "scan: sequences differ in length: 3 and 4")
        bad.add(
            scan(over: [v.anyTensor], initial: [a.anyTensor]) { _, _ in ([], []) }.carries[0],
            says: "scan: 0 results of the body were given for the 1 carries")
        bad.add(
            AnyTensor.make(.listAppend, [v.anyTensor, v.anyTensor]),
            says: "listAppend: f32[3] is no list")
        bad.add(
            AnyTensor.make(.cast(.float32), [.make(.listEmpty, [])]),
            says: "cast: a list is no operand here")
        return bad
    }()

    @Test("movement that does not fit") func movement() { Self.movement.check() }
    @Test("subscripts outside") func slicing() { Self.slicing.check() }
    @Test("indices that do not fit") func indexing() { Self.indexing.check() }
    @Test("matrices that are none") func matrices() { Self.matrices.check() }
    @Test("branches and loops that do not fit") func controlFlow() { Self.controlFlow.check() }
}

private func below(_ x: [AnyTensor]) -> Tensor<Bool> { (F(x[0]) .< 3).any() }
