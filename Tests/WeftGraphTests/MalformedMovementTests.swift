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
        bad.add("?") {
            a.reshaped(to: [4, 2])
        }
        bad.add("?") {
            a.reshaped(to: [-1, 4])
        }
        bad.add("?") {
            a.reshaped(to: [-1, -1])
        }
        bad.add("?") {
            a.reshaped(to: [-2, 3])
        }
        bad.add("?") {
            a.reshaped(to: [1 << 60, 1 << 60])
        }
        bad.add("?") {
            a.reshaped(like: v)
        }
        bad.add("?") {
            a.flattened(from: 2)
        }
        bad.add("?") {
            a.flattened(from: 1, through: 0)
        }
        bad.add("?") {
            F.placeholder(shape: [nil, nil, nil]).flattened(from: 1)
        }
        bad.add("?") {
            a.transposed(permutation: [0])
        }
        bad.add("?") {
            a.transposed(permutation: [0, 0])
        }
        bad.add("?") {
            unranked.transposed()
        }
        bad.add("?") {
            a.movingAxis(from: 0, to: 2)
        }
        bad.add("?") {
            a.swappingAxes(0, 4)
        }
        bad.add("?") {
            a.expandingDimension(at: 4)
        }
        bad.add("?") {
            unranked.expandingDimension(at: 0)
        }
        bad.add("?") {
            a.squeezed(axes: [1])
        }
        bad.add("?") {
            a.squeezed(axes: [5])
        }
        bad.add("?") {
            open.squeezed()
        }
        bad.add("?") {
            a.broadcasted(to: [3, 3])
        }
        bad.add("?") {
            a.broadcasted(to: [3])
        }
        bad.add("?") {
            v.broadcasted(to: [1 << 40, 1 << 40, 3])
        }
        bad.add("?") {
            a.broadcasted(like: v)
        }
        bad.add("?") {
            concatenated([] as [F])
        }
        bad.add("?") {
            concatenated([a, F.placeholder(shape: [2, 4])], axis: 0)
        }
        bad.add("?") {
            concatenated([a, a], axis: 2)
        }
        bad.add("?") {
            AnyTensor.joined([a.anyTensor, index.anyTensor], axis: 0)
        }
        bad.add("?") {
            stacked([a, v])
        }
        bad.add("?") {
            stacked([a, a], axis: 4)
        }
        bad.add("?") {
            open.unstacked()[0]
        }
        bad.add("?") {
            a.split(into: 2, axis: 1)[1]
        }
        bad.add("?") {
            a.split(sizes: [1, 1], axis: 1)[0]
        }
        bad.add("?") {
            a.split(sizes: [4, -1], axis: 1)[0]
        }
        bad.add("?") {
            a.split(sizes: [.max, .max, 5], axis: 1)[0]
        }
        bad.add("?") {
            a.tiled(by: [2])
        }
        bad.add("?") {
            F.zeros(shape: [1 << 40]).tiled(by: [1 << 20])
        }
        bad.add("?") {
            a.repeated(-1, axis: 0)
        }
        bad.add("?") {
            a.reversed(axes: [2])
        }
        bad.add("?") {
            a.rolled(by: 1, axis: 9)
        }
        bad.add("?") {
            a.padded(with: 0, sizes: [(1, 1)])
        }
        bad.add("?") {
            v.padded(with: 0, sizes: [(-1, 1)])
        }
        bad.add("?") {
            v.padded(with: v, sizes: [(1, 1)])
        }
        bad.add("?") {
            v.padded(.reflect, sizes: [(3, 0)])
        }
        bad.add("?") {
            a.padded(.edge, sizes: [(1, 0)])
        }
        return bad
    }()

    static let slicing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            a[2]
        }
        bad.add("?") {
            a[-3]
        }
        bad.add("?") {
            a[0, 0, 0]
        }
        bad.add("?") {
            a[0..<3]
        }
        bad.add("?") {
            a[..., 4...]
        }
        bad.add("?") {
            a[TensorRange.range(by: 0)]
        }
        bad.add("?") {
            a[TensorRange.ellipsis, TensorRange.ellipsis]
        }
        bad.add("?") {
            unranked[0]
        }
        bad.add("?") {
            open[TensorRange.range(by: -1)]
        }
        bad.add("?") {
            open[TensorRange.range(from: -1, to: 3)]
        }
        bad.add("?") {
            open[TensorRange.range(from: 3, to: 1)]
        }
        bad.add("?") {
            open[Int.min]
        }
        bad.add("?") {
            a.sliced(startingAt: index, sizes: [1, 1])
        }
        bad.add("?") {
            a.sliced(startingAt: I([0, 0]), sizes: [3, 1])
        }
        bad.add("?") {
            unranked.sliced(startingAt: I([0, 0]), sizes: [-2, 1])
        }
        bad.add("?") {
            a.replacing(startingAt: I([0, 0]), with: F.zeros(shape: [3, 3]))
        }
        return bad
    }()

    static let indexing: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            a.gather(at: index, axis: 2)
        }
        bad.add("?") {
            F(1).gather(at: index)
        }
        bad.add("?") {
            a.anyTensor.gathered(at: v.anyTensor, axis: 0, mode: .checked)
        }
        bad.add("?") {
            unranked.gather(at: index)
        }
        bad.add("?") {
            a.gather(along: 1, at: index)
        }
        bad.add("?") {
            a.gather(along: 1, at: I.placeholder(shape: [5, 1]))
        }
        bad.add("?") {
            a.gather(at: index, axis: 0, batchRank: 1)
        }
        bad.add("?") {
            a.gather(at: index, axis: 1, batchRank: 1)
        }
        bad.add("?") {
            a.gatherND(at: I.placeholder(shape: [2, 3]))
        }
        bad.add("?") {
            a.gatherND(at: I(1))
        }
        bad.add("?") {
            a.gatherND(at: I.placeholder(shape: [2, nil]))
        }
        bad.add("?") {
            a.scattering(a, at: index)
        }
        bad.add("?") {
            a.scatteringND(a, at: I.placeholder(shape: [2, 3]))
        }
        bad.add("?") {
            a.segmentSums(index, count: 3)
        }
        bad.add("?") {
            v.segmentSums(I([0, 1, 2]), count: -3)
        }
        return bad
    }()

    static let matrices: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            v.lowerTriangle()
        }
        bad.add("?") {
            v.trace()
        }
        bad.add("?") {
            open.diagonalPart()
        }
        bad.add("?") {
            F(1).diagonalMatrix()
        }
        bad.add("?") {
            image.spaceToDepth(blockSize: 4)
        }
        bad.add("?") {
            image.spaceToDepth(blockSize: 0)
        }
        bad.add("?") {
            image.depthToSpace(blockSize: 3)
        }
        bad.add("?") {
            a.depthToSpace(blockSize: 2)
        }
        bad.add("?") {
            meshgrid([v, a])[0]
        }
        return bad
    }()

    static let controlFlow: MalformedGraphs = {
        var bad = MalformedGraphs()
        let yes = Tensor<Bool>(true)
        bad.add("?") {
            cond(Tensor<Bool>([true, false]), then: { a }, else: { a })
        }
        bad.add("?") {
            cond(yes, then: { [a.anyTensor] }, else: { [index.anyTensor] })[0]
        }
        bad.add("?") {
            cond(yes, then: { [a.anyTensor] }, else: { [] })[0]
        }
        bad.add("?") {
            cond(yes, then: { [] }, else: { [] })[0]
        }
        bad.add("?") {
            cond(yes, then: { a + F([1, 2]) }, else: { a })
        }
        bad.add("?") {
            whileLoop([v.anyTensor], condition: { F($0[0]) .< 3 }, body: { $0 })[0]
        }
        bad.add("?") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0], $0[0]] })[0]
        }
        bad.add("?") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].sum()] })[0]
        }
        bad.add("?") {
            whileLoop([v.anyTensor], condition: below, body: { [$0[0].cast(to: .int32)] })[0]
        }
        bad.add("?") {
            whileLoop([], condition: { _ in yes }, body: { $0 })[0]
        }
        bad.add("?") {
            whileLoop([v.anyTensor], shapeInvariants: [], condition: below, body: { $0 })[0]
        }
        bad.add("?") {
            whileLoop([a.anyTensor], shapeInvariants: [[nil]], condition: below, body: { $0 })[0]
        }
        bad.add("?") {
            scan(over: [], initial: [v.anyTensor]) { carries, _ in (carries, []) }.carries[0]
        }
        bad.add("?") {
            scan(over: [F(1).anyTensor]) { _, slices in ([], slices) }.outputs[0]
        }
        bad.add("?") {
            scan(over: [v.anyTensor, index.anyTensor]) { _, slices in ([], slices) }.outputs[0]
        }
        bad.add("?") {
            scan(over: [v.anyTensor], initial: [a.anyTensor]) { _, _ in ([], []) }.carries[0]
        }
        bad.add("?") {
            AnyTensor.make(.listAppend, [v.anyTensor, v.anyTensor])
        }
        bad.add("?") {
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
