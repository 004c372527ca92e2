// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Arrays that are computed with at once.
@Suite("Functions of arrays") struct ArrayFunctionTests {
    private let a: NDArray = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

    @Test("arithmetic is broadcast, and numbers are of the array's type")
    func arithmetic() throws {
        let row: NDArray = [10.0, 20.0, 30.0]
        #expect(try a + row == [[11.0, 22.0, 33.0], [14.0, 25.0, 36.0]])
        #expect(try row - a * 2 == [[8.0, 16.0, 24.0], [2.0, 10.0, 18.0]])
        #expect(try 1 / (a + 1) == 1 / (1 + a))
        #expect(try -a == 0 - a && (a % 2).doubles == [1, 0, 1, 0, 1, 0])
        let wide = try a.cast(to: .float64)
        // 0.1 as a double, not as a float that was widened.
        #expect(try (wide * 0.1).doubles == wide.doubles.map { $0 * 0.1 })
        let whole: NDArray = [7, -7]
        #expect(try whole / 2 == [3, -3] && whole % 2 == [1, 1] && whole * 3 == [21, -21])
        var total = a
        try total += a
        try total *= 0.5
        #expect(total == a)
    }

    @Test("comparisons and selections give arrays")
    func comparisons() throws {
        #expect(try (a .> 2) == [[false, false, true], [true, true, true]])
        #expect(try ((a .>= 2) .& (a .< 5)).countNonZero() == NDArray(Int64(3)))
        #expect(try select(a .== 3, a, -a).sum() == -15.0)
        #expect(try (.!(a .!= a)).all() == true)
    }

    @Test("elementwise functions are those of tensors")
    func elementwise() throws {
        let tensor = Tensor<Float>.placeholder(shape: [2, 3])
        let session = Session()
        func expected(_ y: Tensor<Float>) throws -> NDArray {
            try session.run(y, feeding: [tensor: a])
        }
        #expect(try exp(a).hasSameBits(as: expected(exp(tensor))))
        #expect(try tanh(a).hasSameBits(as: expected(tanh(tensor))))
        #expect(try log(onePlus: a).hasSameBits(as: expected(log(onePlus: tensor))))
        #expect(try pow(a, 2) == square(a) && maximum(a, 3).min() == 3.0)
        #expect(try a.clipped(to: 2...4).doubles == [2, 2, 3, 4, 4, 4])
        #expect(
            try immediately(a) { (x: Tensor<Float>) in softplus(x) }
                .hasSameBits(as: expected(softplus(tensor))))
        #expect(try immediately(a, a) { $0[0] + $0[1] } == a * 2)
    }

    @Test("reductions, positions and orders")
    func reductions() throws {
        #expect(try a.sum(axes: [0]) == [5.0, 7.0, 9.0] && a.mean() == 3.5 && a.product() == 720.0)
        #expect(try a.max(axes: [-1], keepingDimensions: true) == [[3.0], [6.0]])
        #expect(try a.variance(axes: [1]).doubles.allSatisfy { abs($0 - 2.0 / 3) < 1e-6 })
        #expect(try a.standardDeviation(axes: [1], isUnbiased: true) == [1.0, 1.0])
        #expect(try a.argMax(axis: 1) == NDArray([2, 2]).cast(to: .int64))
        #expect(try a.sorted(axis: 0, isDescending: true)[0] == a[1])
        #expect(try a.argSorted(isDescending: true)[0] == [2, 1, 0])
        let gap = try NDArray([1.0, .nan, 3.0, .nan] as [Float], shape: [2, 2])
        #expect(try gap.nanSum() == 4.0 && gap.nanMean(axes: [0])[0] == 2.0 && gap.nanMin() == 1.0)
        #expect(
            try gap.nanMax(axes: [0]).doubles[1].isNaN && gap.nanMean(axes: [0]).doubles[1].isNaN)
        #expect(try gap.nanSum(axes: [0]) == [4.0, 0.0] && gap.sum().doubles[0].isNaN)
    }

    @Test("gradients do not flow to what a reduction passes over")
    func gradientsPastNaN() throws {
        let x = Tensor<Float>.placeholder(shape: [3])
        for y in [x.nanSum(), x.nanMean() * 2, x.nanMax() + x.nanMin()] {
            let slope = try #require(try gradient(of: y, withRespectTo: x))
            let values = try Session().run(slope, feeding: [x: NDArray([1, .nan, 3] as [Float])])
            #expect(values == [1.0, 0.0, 1.0])
        }
    }

    @Test("movement and products")
    func movement() throws {
        #expect(try a.transposed().shape == [3, 2] && a.transposed().transposed() == a)
        #expect(try matmul(a, a, transposingSecond: true) == [[14.0, 32.0], [32.0, 77.0]])
        #expect(try einsum("ij,kj->ik", a, a) == matmul(a, a.transposed()))
        #expect(
            try concatenated([a, a], axis: 1).shape == [2, 6]
                && stacked([a, a]).shape == [2, 2, 3])
        #expect(
            try a.sliced(1, 0..<2) == [4.0, 5.0] && a.sliced(TensorRange.all, -1) == [3.0, 6.0])
        #expect(try a.gathered(at: [1, 1]).shape == [2, 3] && a.reversed(axes: [0])[0] == a[1])
        #expect(try NDArray.range(to: 4).doubles == [0, 1, 2, 3])
        #expect(try NDArray.linspace(from: 0, to: 1, count: 3) == [0.0, 0.5, 1.0])
        #expect(try matmul(a, .identity(3)) == a)
    }

    @Test("a part is assigned, by any ranges, and shared memory is left alone")
    func assignment() throws {
        var b = a
        try b.assign([9.0, 8.0], at: TensorRange.all, -1)
        #expect(b == [[1.0, 2.0, 9.0], [4.0, 5.0, 8.0]] && a[0] == [1.0, 2.0, 3.0])
        try b.assign(0, at: 1)
        #expect(b == [[1.0, 2.0, 9.0], [0.0, 0.0, 0.0]])
        var line = try NDArray.range(to: 7)
        try line.assign([10.0, 11.0, 12.0], at: TensorRange.range(by: -3))
        #expect(line == [12.0, 1.0, 2.0, 11.0, 4.0, 5.0, 10.0])
        try line.assign(-1, at: 1..<1)
        #expect(line.doubles[1] == 1)
        // Against the slices of tensors, which state what ranges mean.
        var cube = try NDArray.range(to: 60).reshaped(to: [3, 4, 5])
        let places: [any TensorRangeExpression] = [
            1..., TensorRange.range(from: 0, to: 4, by: 2), TensorRange.range(by: -2),
        ]
        try cube.assign(
            NDArray.range(from: 100, to: 112).reshaped(to: [2, 2, 3]), at: places[0], places[1],
            places[2])
        #expect(
            try cube.sliced(places[0], places[1], places[2]).doubles
                == (100..<112).map(Double.init))
        #expect(try (cube .>= 100).countNonZero() == NDArray(Int64(12)))
    }

    @Test("what does not fit is an error that says why, and changes nothing")
    func errors() throws {
        let wide = try a.cast(to: .float64)
        #expect(
            errorText { _ = try a + wide }.contains("element types differ: f32[2, 3] and f64[2, 3]")
        )
        #expect(errorText { _ = try matmul(a, a) }.contains("inner dimensions differ"))
        #expect(errorText { _ = try NDArray([1, 2]) * 0.5 }.contains("0.5 is no number of i32"))
        #expect(errorText { _ = try a.gathered(at: [5]) }.contains("5"))
        #expect(
            errorText { _ = try immediately(wide) { (x: Tensor<Float>) in x } }
                .contains("tensors of f32, but the arrays are of f64"))
        var b = a
        #expect(errorText { try b.assign(0, at: 5) }.contains("index 5 is not within axis 0"))
        #expect(errorText { try b.assign([1.0, 2.0], at: 1) }.contains("[2] cannot be broadcast"))
        #expect(errorText { try b.assign(wide[0], at: 0) }.contains("f64 cannot be assigned"))
        #expect(errorText { try b.assign(0, at: TensorRange.newAxis) }.contains("no new axes"))
        #expect(b == a)
    }

    @Test("random arrays are functions of the seed and of the calls before")
    func random() throws {
        func draws(_ seed: UInt64) throws -> [NDArray] {
            let random = RandomArrays(seed: seed)
            return try [
                random.normal(shape: [100]), random.normal(shape: [100]),
                random.uniform(shape: [50], from: 2, to: 3), random.permutation(count: 9),
                random.integers(shape: [40], in: -2..<3), random.bernoulli(shape: [20]),
            ]
        }
        let (first, again, other) = (try draws(1), try draws(1), try draws(2))
        #expect(first == again && zip(first, other).allSatisfy { $0 != $1 })
        #expect(first[0] != first[1])
        #expect(first[2].doubles.allSatisfy { $0 >= 2 && $0 < 3 })
        #expect(first[3].doubles.sorted() == (0..<9).map(Double.init))
        #expect(Set(first[4].doubles) == [-2, -1, 0, 1, 2])
    }

    @Test("equal calls share one plan")
    func plans() throws {
        let shape = [3, 5, 7]
        let x = try NDArray(repeating: 1.5, shape: shape)
        _ = try x * 2 + x
        let before = ArrayComputation.compilationCount
        for number in 0..<20 { _ = try x * Double(number) + x }
        #expect(ArrayComputation.compilationCount <= before + 2)
    }

    @Test("what a call takes from outside is not held when it is large")
    func constants() throws {
        let x = try NDArray(repeating: 1.5, shape: [1 << 11])
        func isHeld(_ other: NDArray) throws -> Bool {
            var result: AnyTensor?
            let sum = try immediately(x) {
                let y = $0[0] + AnyTensor(other)
                result = y
                return y
            }
            #expect(sum.doubles.allSatisfy { $0 == 4 })
            return ArrayComputation.holds(try #require(result))
        }
        #expect(try isHeld(NDArray(2.5)))
        #expect(try !isHeld(NDArray(repeating: 2.5, shape: [1 << 11])))
    }
}
