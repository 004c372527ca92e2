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
        bad.add("placeholder 'x': [-5, 3] is not the shape of an array: a dimension is negative; give nil for an unknown dimension.") {
            F.placeholder(shape: [-5, 3], name: "x")
        }
        bad.add("placeholder: [1099511627776, 1099511627776] is not the shape of an array: it has too many elements; give nil for an unknown dimension.") {
            F.placeholder(shape: [1 << 40, 1 << 40])
        }
        bad.add("placeholder: [4611686018427387904, 4, 0] is not the shape of an array: it has too many elements; give nil for an unknown dimension.") {
            F.placeholder(shape: [1 << 62, 4, 0])
        }
        bad.add("placeholder: a list cannot be fed.") {
            AnyTensor.placeholder(.list)
        }
        bad.add("constant: row 1 has 1 elements, row 0 has 2; all rows must be of one length.") {
            F([[1, 2], [3]])
        }
        bad.add("constant: the parts must have one shape: [1, 2] and [1, 1] differ.") {
            F([[[1, 2]], [[3]]])
        }
        bad.add("constant: 3 elements do not fill the shape [2, 2]; the product of the dimensions must be the number of elements.") {
            F([1, 2, 3], shape: [2, 2])
        }
        bad.add("constant: an array of i32 was given where f32 is wanted; convert it with `cast(to:)`.") {
            F(NDArray([1, 2] as [Int32]))
        }
        bad.add("zeros: [2, -1] is not the shape of an array: a dimension is negative.") {
            F.zeros(shape: [2, -1])
        }
        bad.add("filled: [1125899906842624] is not the shape of an array: it has too many elements.") {
            F.filled(1, shape: [1 << 50])
        }
        bad.add("range: from 0.0 to 10.0 by 0.0 is no range; the step must not be 0, and all three must be finite.") {
            I.range(to: 10, by: 0)
        }
        bad.add("range: from 0.0 to inf by 1.0 is no range; the step must not be 0, and all three must be finite.") {
            F.range(to: .infinity)
        }
        bad.add("range: from 0.0 to 1e+300 by 1.0 is too long: 1e+300 numbers.") {
            F.range(to: 1e300)
        }
        bad.add("linspace: count is 0; it must be positive.") {
            F.linspace(from: 0, to: 1, count: 0)
        }
        bad.add("identity: [-1, 1] is not the shape of an array: a dimension is negative.") {
            F.identity(-1)
        }
        bad.add("iota: axis 2 is none of rank 2: axes are 0 to 1, or -2 to -1 from the end.") {
            I.iota(shape: [2, 3], axis: 2)
        }
        bad.add("iota: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            I.iota(like: unranked)
        }
        bad.add("oneHot: the depth must not be negative: -2.") {
            F.oneHot(index, depth: -2)
        }
        bad.add("oneHot: axis 5 is none of rank 2: axes are 0 to 1, or -2 to -1 from the end.") {
            F.oneHot(index, depth: 3, axis: 5)
        }
        bad.add("tensor: f32[2, 3] was given where elements of i32 are wanted; convert it with `cast(to:)`.") {
            Tensor<Int32>(a.anyTensor)
        }
        return bad
    }()

    static let elementwise: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("add: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            a + b
        }
        bad.add("multiply 'layer1/multiply': [2, 3] and [2] cannot be broadcast together (3 != 2); aligned at the end, dimensions must be equal or 1.") {
            withNameScope("layer1") { a * F([1, 2]) }
        }
        bad.add("subtract: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`.") {
            a.anyTensor - index.anyTensor
        }
        bad.add("exp: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            AnyTensor.unary(.exp, index.anyTensor)
        }
        bad.add("not: it takes integers or bool, not f32; convert with `cast(to:)`.") {
            AnyTensor.unary(.not, a.anyTensor)
        }
        bad.add("shiftLeft: it takes integers, not f32; convert with `cast(to:)`.") {
            AnyTensor.binary(.shiftLeft, a.anyTensor, a.anyTensor)
        }
        bad.add("atan2: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            AnyTensor.binary(.atan2, index.anyTensor, index.anyTensor)
        }
        bad.add("negate: it takes numbers, not bool; convert with `cast(to:)`.") {
            -(a .< 1).anyTensor
        }
        bad.add("power: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            pow(a, b)
        }
        bad.add("maximum: [2] and [3] cannot be broadcast together (2 != 3); aligned at the end, dimensions must be equal or 1.") {
            maximum(F([1, 2]), F([1, 2, 3]))
        }
        bad.add("equal: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            a .== b
        }
        bad.add("less: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`.") {
            AnyTensor.compare(.less, a.anyTensor, index.anyTensor)
        }
        bad.add("select: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            select(a .> 0, a, b)
        }
        bad.add("select: [2] and [2, 3] cannot be broadcast together (2 != 3); aligned at the end, dimensions must be equal or 1.") {
            select(Tensor<Bool>([true, false]), a, a)
        }
        bad.add("select: the condition must be bool, not f32.") {
            AnyTensor.select(a.anyTensor, a.anyTensor, a.anyTensor)
        }
        bad.add("select: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`.") {
            AnyTensor.select((a .> 0).anyTensor, a.anyTensor, index.anyTensor)
        }
        bad.add("clipped: [2, 3] and [2] cannot be broadcast together (3 != 2); aligned at the end, dimensions must be equal or 1.") {
            a.clipped(from: F([1, 2]), to: 3)
        }
        bad.add("divideNoNaN: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            divideNoNaN(a, b)
        }
        bad.add("xlogy: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            xlogy(a, b)
        }
        bad.add("squaredDifference: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            squaredDifference(a, b)
        }
        bad.add("xlogy: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`.") {
            AnyTensor.xlogy(a.anyTensor, index.anyTensor)
        }
        bad.add("isClose: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the end, dimensions must be equal or 1.") {
            isClose(a, b)
        }
        bad.add("leakyRelu: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            index.anyTensor.leakyRelu(alpha: 0.1)
        }
        bad.add("gelu: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            index.anyTensor.gelu(isApproximate: false)
        }
        bad.add("add: the result f32[1073741824, 1073741824] would be too large.") {
            F.filled(1, shape: [1 << 30, 1]) + F.filled(1, shape: [1, 1 << 30])
        }
        return bad
    }()

    static let reductions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add("sum: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.sum(axes: [2])
        }
        bad.add("mean: an axis of rank 2 is given twice: [0, -2].") {
            a.mean(axes: [0, -2])
        }
        bad.add("sum: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked.sum(axes: [-1])
        }
        bad.add("max: axis -3 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.max(axes: [-3])
        }
        bad.add("all: it takes bool, not f32; convert with `cast(to:)`.") {
            AnyTensor.make(.reduce(.all, axes: [0]), [a.anyTensor])
        }
        bad.add("sum: it takes numbers, not bool; convert with `cast(to:)`.") {
            (a .> 0).anyTensor.sum()
        }
        bad.add("argMax: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.argMax(axis: 2)
        }
        bad.add("argMin: axis 0 of f32[0, 2] is empty and has no extreme element.") {
            F.zeros(shape: [0, 2]).argMin(axis: 0)
        }
        bad.add("argMax: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            unranked.argMax(axis: 0)
        }
        bad.add("cumulativeSum: axis 5 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.cumulativeSum(axis: 5)
        }
        bad.add("variance: axis 7 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.variance(axes: [7])
        }
        bad.add("moments: an axis of rank 2 is given twice: [1, 1].") {
            a.moments(axes: [1, 1]).variance
        }
        bad.add("norm: axis 3 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.norm(axes: [3])
        }
        bad.add("variance: it takes floating-point numbers, not i32; convert with `cast(to:)`.") {
            index.anyTensor.variance(axes: nil, keepingDimensions: false, isUnbiased: false)
        }
        bad.add("softmax: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            softmax(a, axis: 2)
        }
        bad.add("softmax: the rank of f32[...] is unknown; give the placeholder a shape, with nil for unknown dimensions.") {
            softmax(unranked)
        }
        bad.add("logSoftmax: axis -1 is asked for, but a scalar has no axes.") {
            logSoftmax(F(1))
        }
        bad.add("logSumExp: axis 4 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.logSumExp(axes: [4])
        }
        bad.add("topK: k is 4, but the last axis of f32[2, 3] has 3 elements.") {
            a.topK(4).values
        }
        bad.add("topK: k must not be negative: -1.") {
            a.topK(-1).positions
        }
        bad.add("topK: a scalar has no last axis to choose from.") {
            F(1).topK(1).values
        }
        bad.add("sort: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end.") {
            a.sorted(axis: 2)
        }
        bad.add("sort: it takes numbers, not bool; convert with `cast(to:)`.") {
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
