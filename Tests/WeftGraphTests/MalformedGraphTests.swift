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
        bad.add(
            F.placeholder(shape: [-5, 3], name: "x"),
            says: "placeholder 'x': [-5, 3] is not the shape of an array: a dimension is "
                + "negative; give nil for an unknown dimension")
        bad.add(
            F.placeholder(shape: [1 << 40, 1 << 40]),
            says: "placeholder: [1099511627776, 1099511627776] is not the shape of an array: it "
                + "has too many elements; give nil for an unknown dimension")
        bad.add(
            F.placeholder(shape: [1 << 62, 4, 0]),
            says: "placeholder: [4611686018427387904, 4, 0] is not the shape of an array: it has "
                + "too many elements; give nil for an unknown dimension")
        bad.add(
            AnyTensor.placeholder(.list),
            says: "placeholder: a list cannot be fed")
        bad.add(
            F([[1, 2], [3]]),
            says: "constant: row 1 has 1 elements, row 0 has 2; all rows must be of one length")
        bad.add(
            F([[[1, 2]], [[3]]]),
            says: "constant: the parts must have one shape: [1, 2] and [1, 1] differ")
        bad.add(
            F([1, 2, 3], shape: [2, 2]),
            says: "constant: 3 elements do not fill the shape [2, 2]; the product of the "
                + "dimensions must be the number of elements")
        bad.add(
            F(NDArray([1, 2] as [Int32])),
            says: "constant: an array of i32 was given where f32 is wanted; convert it with "
                + "`cast(to:)`")
        bad.add(
            F.zeros(shape: [2, -1]),
            says: "zeros: [2, -1] is not the shape of an array: a dimension is negative")
        bad.add(
            F.filled(1, shape: [1 << 50]),
            says: "filled: [1125899906842624] is not the shape of an array: it has too many "
                + "elements")
        bad.add(
            I.range(to: 10, by: 0),
            says: "range: from 0.0 to 10.0 by 0.0 is no range; the step must not be 0, and all "
                + "three must be finite")
        bad.add(
            F.range(to: .infinity),
            says: "range: from 0.0 to inf by 1.0 is no range; the step must not be 0, and all "
                + "three must be finite")
        bad.add(
            F.range(to: 1e300),
            says: "range: from 0.0 to 1e+300 by 1.0 is too long: 1e+300 numbers")
        bad.add(
            F.linspace(from: 0, to: 1, count: 0),
            says: "linspace: count is 0; it must be positive")
        bad.add(
            F.identity(-1),
            says: "identity: [-1, 1] is not the shape of an array: a dimension is negative")
        bad.add(
            I.iota(shape: [2, 3], axis: 2),
            says: "iota: axis 2 is none of rank 2: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            I.iota(like: unranked),
            says: "iota: the rank of f32[...] is unknown; give the placeholder a shape, with nil "
                + "for unknown dimensions")
        bad.add(
            F.oneHot(index, depth: -2),
            says: "oneHot: the depth must not be negative: -2")
        bad.add(
            F.oneHot(index, depth: 3, axis: 5),
            says: "oneHot: axis 5 is none of rank 2: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            Tensor<Int32>(a.anyTensor),
            says: "tensor: f32[2, 3] was given where elements of i32 are wanted; convert it with "
                + "`cast(to:)`")
        return bad
    }()

    static let elementwise: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            a + b,
            says: "add: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at the "
                + "end, dimensions must be equal or 1")
        bad.add(
            withNameScope("layer1") { a * F([1, 2]) },
            says: "multiply 'layer1/multiply': [2, 3] and [2] cannot be broadcast together (3 != "
                + "2); aligned at the end, dimensions must be equal or 1")
        bad.add(
            a.anyTensor - index.anyTensor,
            says: "subtract: element types differ: f32[2, 3] and i32[4]; convert one with "
                + "`cast(to:)`")
        bad.add(
            AnyTensor.unary(.exp, index.anyTensor),
            says: "exp: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            AnyTensor.unary(.not, a.anyTensor),
            says: "not: it takes integers or bool, not f32; convert with `cast(to:)`")
        bad.add(
            AnyTensor.binary(.shiftLeft, a.anyTensor, a.anyTensor),
            says: "shiftLeft: it takes integers, not f32; convert with `cast(to:)`")
        bad.add(
            AnyTensor.binary(.atan2, index.anyTensor, index.anyTensor),
            says: "atan2: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            -(a .< 1).anyTensor,
            says: "negate: it takes numbers, not bool; convert with `cast(to:)`")
        bad.add(
            pow(a, b),
            says: "power: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at "
                + "the end, dimensions must be equal or 1")
        bad.add(
            maximum(F([1, 2]), F([1, 2, 3])),
            says: "maximum: [2] and [3] cannot be broadcast together (2 != 3); aligned at the "
                + "end, dimensions must be equal or 1")
        bad.add(
            a .== b,
            says: "equal: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at "
                + "the end, dimensions must be equal or 1")
        bad.add(
            AnyTensor.compare(.less, a.anyTensor, index.anyTensor),
            says: "less: element types differ: f32[2, 3] and i32[4]; convert one with `cast(to:)`")
        bad.add(
            select(a .> 0, a, b),
            says: "select: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at "
                + "the end, dimensions must be equal or 1")
        bad.add(
            select(Tensor<Bool>([true, false]), a, a),
            says: "select: [2] and [2, 3] cannot be broadcast together (2 != 3); aligned at the "
                + "end, dimensions must be equal or 1")
        bad.add(
            select(a.anyTensor, a.anyTensor, a.anyTensor),
            says: "select: the condition must be bool, not f32")
        bad.add(
            select((a .> 0).anyTensor, a.anyTensor, index.anyTensor),
            says: "select: element types differ: f32[2, 3] and i32[4]; convert one with "
                + "`cast(to:)`")
        bad.add(
            a.clipped(from: F([1, 2]), to: 3),
            says: "clipped: [2, 3] and [2] cannot be broadcast together (3 != 2); aligned at the "
                + "end, dimensions must be equal or 1")
        bad.add(
            divideNoNaN(a, b),
            says: "divideNoNaN: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned "
                + "at the end, dimensions must be equal or 1")
        bad.add(
            xlogy(a, b),
            says: "xlogy: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at "
                + "the end, dimensions must be equal or 1")
        bad.add(
            squaredDifference(a, b),
            says: "squaredDifference: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); "
                + "aligned at the end, dimensions must be equal or 1")
        bad.add(
            xlogy(a.anyTensor, index.anyTensor),
            says: "xlogy: element types differ: f32[2, 3] and i32[4]; convert one with "
                + "`cast(to:)`")
        bad.add(
            isClose(a, b),
            says: "isClose: [2, 3] and [4, 5] cannot be broadcast together (2 != 4); aligned at "
                + "the end, dimensions must be equal or 1")
        bad.add(
            leakyRelu(index.anyTensor, alpha: 0.1),
            says: "leakyRelu: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            gelu(index.anyTensor, isApproximate: false),
            says: "gelu: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            F.filled(1, shape: [1 << 30, 1]) + F.filled(1, shape: [1, 1 << 30]),
            says: "add: the result f32[1073741824, 1073741824] would be too large")
        return bad
    }()

    static let reductions: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            a.sum(axes: [2]),
            says: "sum: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            a.mean(axes: [0, -2]),
            says: "mean: an axis of rank 2 is given twice: [0, -2]")
        bad.add(
            unranked.sum(axes: [-1]),
            says: "sum: the rank of f32[...] is unknown; give the placeholder a shape, with nil "
                + "for unknown dimensions")
        bad.add(
            a.max(axes: [-3]),
            says: "max: axis -3 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            AnyTensor.make(.reduce(.all, axes: [0]), [a.anyTensor]),
            says: "all: it takes bool, not f32; convert with `cast(to:)`")
        bad.add(
            (a .> 0).anyTensor.sum(),
            says: "sum: it takes numbers, not bool; convert with `cast(to:)`")
        bad.add(
            a.argMax(axis: 2),
            says: "argMax: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            F.zeros(shape: [0, 2]).argMin(axis: 0),
            says: "argMin: axis 0 of f32[0, 2] is empty and has no extreme element")
        bad.add(
            unranked.argMax(axis: 0),
            says: "argMax: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            a.cumulativeSum(axis: 5),
            says: "cumulativeSum: axis 5 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from "
                + "the end")
        bad.add(
            a.variance(axes: [7]),
            says: "variance: axis 7 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            a.moments(axes: [1, 1]).variance,
            says: "moments: an axis of rank 2 is given twice: [1, 1]")
        bad.add(
            a.norm(axes: [3]),
            says: "norm: axis 3 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            index.anyTensor.variance(axes: nil, keepingDimensions: false, isUnbiased: false),
            says: "variance: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            softmax(a, axis: 2),
            says: "softmax: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            softmax(unranked),
            says: "softmax: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            logSoftmax(F(1)),
            says: "logSoftmax: axis -1 is asked for, but a scalar has no axes")
        bad.add(
            a.logSumExp(axes: [4]),
            says: "logSumExp: axis 4 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the "
                + "end")
        bad.add(
            a.topK(4).values,
            says: "topK: k must be 0 to the 3 elements of the last axis of f32[2, 3], not 4")
        bad.add(
            a.topK(-1).positions,
            says: "topK: k must be 0 or more, not -1")
        bad.add(
            F(1).topK(1).values,
            says: "topK: the operand must be of rank 1 or more, not f32[]")
        bad.add(
            a.sorted(axis: 2),
            says: "sort: axis 2 is none of f32[2, 3]: axes are 0 to 1, or -2 to -1 from the end")
        bad.add(
            AnyTensor.makeAll(
                .sort(SortAttributes(axis: 0, isDescending: false)), [(a .> 0).anyTensor])[0],
            says: "sort: it takes numbers, not bool; convert with `cast(to:)`")
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
