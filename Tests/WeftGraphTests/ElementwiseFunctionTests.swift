// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Operators, comparisons, logic and functions by hand-computed numbers.
@Suite struct ElementwiseFunctionTests {
    typealias F = Tensor<Float>
    typealias I = Tensor<Int32>

    @Test("operators take tensors, literals and scalars on both sides")
    func operators() {
        let x = F([1, -2, 3])
        let scale: Float = 2
        expect(x * 2 + 1, [3], [3, -3, 7])
        expect(1 - x / 2, [3], [0.5, 2, -0.5])
        expect(x * scale, [3], [2, -4, 6])
        expect(scale / x, [3], [2, -1, 2.0 / 3])
        expect(-x, [3], [-1, 2, -3])
        expect(x + F([[10], [20]]), [2, 3], [11, 8, 13, 21, 18, 23])
        var y = x
        y += 1
        y *= x
        expect(y, [3], [2, 2, 12])
    }

    @Test("the remainder has the sign of the divisor, the truncating one that of the dividend")
    func remainders() {
        let (a, b) = (I([7, -7, 7, -7]), I([3, 3, -3, -3]))
        expect(a % b, [4], [1, 2, -2, -1])
        expect(a.truncatingRemainder(dividingBy: b), [4], [1, -1, 1, -1])
        expect(a / b, [4], [2, -2, -2, 2])
        expect(a.floorDivided(by: b), [4], [2, -3, -3, 2])
        expect(F([5.5, -5.5]) % 2, [2], [1.5, 0.5])
    }

    @Test("comparisons give bool, and logic works on it")
    func comparisons() {
        let (a, b) = (F([1, 2, .nan]), F([2, 2, .nan]))
        expect(a .< b, [3], [1, 0, 0])
        expect(a .<= b, [3], [1, 1, 0])
        expect(a .== b, [3], [0, 1, 0])
        expect(a .!= b, [3], [1, 0, 1])
        expect(a .> 1, [3], [0, 1, 0])
        expect(a .>= b, [3], [0, 1, 0])
        let (p, q) = (
            Tensor<Bool>([true, true, false, false]), Tensor<Bool>([true, false, true, false])
        )
        expect(p .& q, [4], [1, 0, 0, 0])
        expect(p .| q, [4], [1, 1, 1, 0])
        expect(p .^ q, [4], [0, 1, 1, 0])
        expect(.!p, [4], [0, 0, 1, 1])
        expect(select(p, I([1, 2, 3, 4]), 0), [4], [1, 2, 0, 0])
    }

    @Test("bits of integers are combined and shifted")
    func bits() {
        let a = I([12, -12])
        expect(a & 10, [2], [8, 0])
        expect(a | 3, [2], [15, -9])
        expect(a ^ 1, [2], [13, -11])
        expect(~a, [2], [-13, 11])
        expect(a << 2, [2], [48, -48])
        expect(a >> 2, [2], [3, -3])
        expect(Tensor<UInt8>([200]) >> 3, [1], [25])
        expect(I([0, 1, -1]).populationCount, [3], [0, 1, 32])
        expect(I([0, 1, -1]).leadingZeroBitCount, [3], [32, 31, 0])
    }

    @Test("gelu of 16-bit floats is rounded once", arguments: [DType.float16, .bfloat16])
    func geluOfSmallFloats(_ dtype: DType) throws {
        let numbers = [-3.5, -3, -1, -0.125, 0.5, 3]
        let exact = try evaluate(gelu(Tensor<Double>(numbers))).doubles
        let small = try evaluate(
            gelu(Tensor<Double>(numbers).cast(to: dtype), isApproximate: false)
        )
        #expect(small.dtype == dtype)
        // Half a unit of the last place is at most so much of a number.
        let most = dtype == .float16 ? 0x1p-11 : 0x1p-8
        for (a, b) in zip(small.doubles, exact) {
            #expect(abs(a - b) <= abs(b) * (most + 3e-4), "\(a), must be \(b)")
        }
    }

    @Test("composed functions have their definitions' values")
    func composed() {
        expect(
            gelu(F([-3, -1, 0, 1, 3])), [5], [-0.00404969, -0.15865525, 0, 0.84134475, 2.9959502])
        expect(gelu(F([-1, 1]), isApproximate: true), [2], [-0.15880801, 0.841192])
        expect(silu(F([-1, 0, 2])), [3], [-0.26894143, 0, 1.7615942])
        expect(hardSigmoid(F([-4, 0, 1, 4])), [4], [0, 0.5, 4.0 / 6, 1])
        expect(hardSwish(F([-4, 0, 1, 4])), [4], [0, 0, 4.0 / 6, 4])
        expect(mish(F([-1, 0, 1])), [3], [-0.30340147, 0, 0.86509836])
        expect(softplus(F([-200, 0, 200])), [3], [0, 0.6931472, 200])
        expect(logSigmoid(F([-200, 0, 200])), [3], [-200, -0.6931472, 0])
        expect(trunc(F([-1.5, -0.5, 0.5, 1.5])), [4], [-1, 0, 0, 1])
        expect(roundAwayFromZero(F([-2.5, -0.5, 0.5, 2.5])), [4], [-3, -1, 1, 3])
        expect(round(F([-2.5, -0.5, 0.5, 2.5])), [4], [-2, 0, 0, 2])
        expect(polygamma(1, F([1, 2])), [2], [1.6449341, 0.6449341])
        expect(cbrt(F([-8, 27])), [2], [-2, 3])
        expect(F([1, .infinity, .nan]).isFinite, [3], [1, 0, 0])
        expect(F([1, -.infinity, .nan]).isInfinite, [3], [0, 1, 0])
        expect(F([1, -.infinity, .nan]).isNaN, [3], [0, 0, 1])
        expect(squaredDifference(F([3]), F([5])), [1], [4])
    }

    @Test("nearly equal is judged as NumPy's isclose does")
    func closeness() {
        let (a, b) = (
            F([1, 1, .infinity, .infinity, .nan]), F([1.000001, 1.1, .infinity, 1, .nan])
        )
        expect(isClose(a, b), [5], [1, 0, 1, 0, 0])
        expect(isClose(a, b, treatingNaNAsEqual: true), [5], [1, 0, 1, 0, 1])
        expect(isClose(F([1]), F([.infinity])), [1], [0])
    }

    @Test("casts cut off, wrap and saturate as TensorFlow's")
    func casts() {
        expect(F([1.9, -1.9]).cast(to: Int32.self), [2], [1, -1])
        expect(F([3e9, .nan]).cast(to: Int32.self), [2], [-2_147_483_648, -2_147_483_648])
        expect(I([300, -1]).cast(to: UInt8.self), [2], [44, 255])
        expect(F([0, 0.5, .nan]).cast(to: Bool.self), [3], [0, 1, 1])
        expect(Tensor<Bool>([true, false]).cast(to: Double.self), [2], [1, 0])
    }

    @Test("literals become scalars of every type")
    func literals() throws {
        let whole: Tensor<UInt8> = 200
        let half: Tensor<Float16> = 0.5
        let flag: Tensor<Bool> = true
        let long: Tensor<Int64> = 9_007_199_254_740_993
        expect(whole, [], [200])
        expect(half, [], [0.5])
        expect(flag, [], [1])
        #expect(try evaluate(long).scalar(as: Int64.self) == 9_007_199_254_740_993)
        expect(F([[1, 2], [3, 4]]), [2, 2], [1, 2, 3, 4])
        expect(F([[[1], [2]], [[3], [4]]]), [2, 2, 1], [1, 2, 3, 4])
        expect(F([[[[1, 2]]]]), [1, 1, 1, 2], [1, 2])
        expect(F([1, 2, 3, 4], shape: [2, 2]), [2, 2], [1, 2, 3, 4])
        expect(F(NDArray([Float(7)])), [1], [7])
        #expect(Tensor<Float>([1, 2]) == Tensor<Float>([1, 2]))
    }

    @Test("sources make what their names say")
    func sources() {
        expect(F.zeros(shape: [2]), [2], [0, 0])
        expect(F.ones(shape: [1, 2]), [1, 2], [1, 1])
        expect(F.filled(2.5, shape: []), [], [2.5])
        expect(I.range(to: 4), [4], [0, 1, 2, 3])
        expect(F.range(from: 1, to: 2, by: 0.25), [4], [1, 1.25, 1.5, 1.75])
        expect(I.range(from: 5, to: 0, by: -2), [3], [5, 3, 1])
        expect(I.range(from: 1, to: 0), [0], [])
        expect(F.linspace(from: 0, to: 1, count: 5), [5], [0, 0.25, 0.5, 0.75, 1])
        expect(F.identity(2, columns: 3), [2, 3], [1, 0, 0, 0, 1, 0])
        expect(I.iota(shape: [2, 2], axis: 1), [2, 2], [0, 1, 0, 1])
        expect(
            F.oneHot(I([0, 2, 5, -1]), depth: 3), [4, 3], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        expect(
            F.oneHot(I([1, 0]), depth: 2, on: 5, off: -1, axis: 0), [2, 2], [-1, 5, 5, -1])
        let x = F.placeholder(shape: [nil, 2])
        let fed: [(any TensorConvertible, NDArray)] = [(x, [[1.0, 2.0]])]
        expect(I.zeros(like: x), [1, 2], [0, 0], feeding: fed)
        expect(I.filled(3, like: x), [1, 2], [3, 3], feeding: fed)
        expect(I.iota(like: x, axis: -1), [1, 2], [0, 1], feeding: fed)
    }

    @Test("every placeholder is itself, equal constants are one")
    func identity() {
        #expect(F.placeholder(shape: [1], name: "x") != F.placeholder(shape: [1], name: "x"))
        #expect(F(2) + F(3) == F(2) + F(3))
        #expect(F(0.0) != F(-0.0))
    }
}
