// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let a = F.placeholder(shape: [2, 3])
private let b = F.placeholder(shape: [4, 5])
private let open = F.placeholder(shape: [nil, nil])
private let unranked = F.placeholder()
private let image = F.placeholder(shape: [1, 8, 8, 3])
private let index = I.placeholder(shape: [4])

/// Graphs that cannot be: each carries an error with the operation, what it was given, what it
/// wants, and the line that asked for it.
@Suite struct MalformedGraphTests {
    static let sources: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            F.placeholder(shape: [-5, 3], name: "x")
        }
        bad.add("?") {
            F.placeholder(shape: [1 << 40, 1 << 40])
        }
        bad.add("?") {
            F.placeholder(shape: [1 << 62, 4, 0])
        }
        bad.add("?") {
            AnyTensor.placeholder(.list)
        }
        bad.add("?") {
            F([[1, 2], [3]])
        }
        bad.add("?") {
            F([[[1, 2]], [[3]]])
        }
        bad.add("?") {
            F([1, 2, 3], shape: [2, 2])
        }
        bad.add("?") {
            F(NDArray([1, 2] as [Int32]))
        }
        bad.add("?") {
            F.zeros(shape: [2, -1])
        }
        bad.add("?") {
            F.filled(1, shape: [1 << 50])
        }
        bad.add("?") {
            I.range(to: 10, by: 0)
        }
        bad.add("?") {
            F.range(to: .infinity)
        }
        bad.add("?") {
            F.range(to: 1e300)
        }
        bad.add("?") {
            F.linspace(from: 0, to: 1, count: 0)
        }
        bad.add("?") {
            F.identity(-1)
        }
        bad.add("?") {
            I.iota(shape: [2, 3], axis: 2)
        }
        bad.add("?") {
            I.iota(like: unranked)
        }
        bad.add("?") {
            F.oneHot(index, depth: -2)
        }
        bad.add("?") {
            F.oneHot(index, depth: 3, axis: 5)
        }
        bad.add("?") {
            Tensor<Int32>(a.anyTensor)
        }
        return bad
    }()

    static let elementwise: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            a + b
        }
        bad.add("?") {
            withNameScope("layer1") { a * F([1, 2]) }
        }
        bad.add("?") {
            a.anyTensor - index.anyTensor
        }
        bad.add("?") {
            AnyTensor.unary(.exp, index.anyTensor)
        }
        bad.add("?") {
            AnyTensor.unary(.not, a.anyTensor)
        }
        bad.add("?") {
            AnyTensor.binary(.shiftLeft, a.anyTensor, a.anyTensor)
        }
        bad.add("?") {
            AnyTensor.binary(.atan2, index.anyTensor, index.anyTensor)
        }
        bad.add("?") {
            -(a .< 1).anyTensor
        }
        bad.add("?") {
            pow(a, b)
        }
        bad.add("?") {
            maximum(F([1, 2]), F([1, 2, 3]))
        }
        bad.add("?") {
            a .== b
        }
        bad.add("?") {
            AnyTensor.compare(.less, a.anyTensor, index.anyTensor)
        }
        bad.add("?") {
            select(a .> 0, a, b)
        }
        bad.add("?") {
            select(Tensor<Bool>([true, false]), a, a)
        }
        bad.add("?") {
            AnyTensor.select(a.anyTensor, a.anyTensor, a.anyTensor)
        }
        bad.add("?") {
            AnyTensor.select((a .> 0).anyTensor, a.anyTensor, index.anyTensor)
        }
        bad.add("?") {
            a.clipped(from: F([1, 2]), to: 3)
        }
        bad.add("?") {
            divideNoNaN(a, b)
        }
        bad.add("?") {
            xlogy(a, b)
        }
        bad.add("?") {
            squaredDifference(a, b)
        }
        bad.add("?") {
            AnyTensor.xlogy(a.anyTensor, index.anyTensor)
        }
        bad.add("?") {
            isClose(a, b)
        }
        bad.add("?") {
            index.anyTensor.leakyRelu(alpha: 0.1)
        }
        bad.add("?") {
            index.anyTensor.gelu(isApproximate: false)
        }
        bad.add("?") {
            F.filled(1, shape: [1 << 30, 1]) + F.filled(1, shape: [1, 1 << 30])
        }
        return bad
    }()

    static let reductions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("?") {
            a.sum(axes: [2])
        }
        bad.add("?") {
            a.mean(axes: [0, -2])
        }
        bad.add("?") {
            unranked.sum(axes: [-1])
        }
        bad.add("?") {
            a.max(axes: [-3])
        }
        bad.add("?") {
            AnyTensor.make(.reduce(.all, axes: [0]), [a.anyTensor])
        }
        bad.add("?") {
            (a .> 0).anyTensor.sum()
        }
        bad.add("?") {
            a.argMax(axis: 2)
        }
        bad.add("?") {
            F.zeros(shape: [0, 2]).argMin(axis: 0)
        }
        bad.add("?") {
            unranked.argMax(axis: 0)
        }
        bad.add("?") {
            a.cumulativeSum(axis: 5)
        }
        bad.add("?") {
            a.variance(axes: [7])
        }
        bad.add("?") {
            a.moments(axes: [1, 1]).variance
        }
        bad.add("?") {
            a.norm(axes: [3])
        }
        bad.add("?") {
            index.anyTensor.variance(axes: nil, keepingDimensions: false, isUnbiased: false)
        }
        bad.add("?") {
            softmax(a, axis: 2)
        }
        bad.add("?") {
            softmax(unranked)
        }
        bad.add("?") {
            logSoftmax(F(1))
        }
        bad.add("?") {
            a.logSumExp(axes: [4])
        }
        bad.add("?") {
            a.topK(4).values
        }
        bad.add("?") {
            a.topK(-1).positions
        }
        bad.add("?") {
            F(1).topK(1).values
        }
        bad.add("?") {
            a.sorted(axis: 2)
        }
        bad.add("?") {
            AnyTensor.makeAll(.sort(SortAttributes(axis: 0, isDescending: false)), [(a .> 0).anyTensor])[0]
        }
        return bad
    }()

    @Test("sources that cannot be") func sources() { Self.sources.check() }
    @Test("elementwise functions of what does not go together") func elementwise() {
        Self.elementwise.check()
    }
    @Test("reductions of axes that are not there") func reductions() { Self.reductions.check() }

    @Test("there are at least a hundred, and no two of one kind say the same")
    func count() {
        let families = [
            Self.sources, Self.elementwise, Self.reductions, MalformedStructureTests.products,
            MalformedStructureTests.convolutions, MalformedStructureTests.losses,
            MalformedMovementTests.movement, MalformedMovementTests.slicing,
            MalformedMovementTests.indexing, MalformedMovementTests.matrices,
            MalformedMovementTests.controlFlow,
        ]
        let all = families.flatMap(\.table)
        #expect(all.count >= 150)
        #expect(Set(all.map(\.place)).count == all.count)
    }
}
