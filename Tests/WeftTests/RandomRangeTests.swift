// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Draws stay inside what they promise, in every type.
@Suite struct RandomRangeTests {
    private func draws<T: FloatingScalar>(
        _ engine: TestedEngine, _: T.Type, from low: Double, to high: Double, count: Int = 40_000
    ) throws -> [Double] {
        let x = Tensor<T>.randomUniform(shape: [count], from: low, to: high, stream: "u")
        return try engine.session(seed: 7).run(x).doubles
    }

    @Test(
        "the upper bound is never drawn, and nothing overflows",
        arguments: TestedEngine.allCases)
    func uniform(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_ type: T.Type, _ low: Double, _ high: Double) throws {
            let numbers = try draws(engine, type, from: low, to: high)
            let (first, end) = (T.dtype.nearest(low), T.dtype.nearest(high))
            let inside = numbers.allSatisfy { $0 >= first && $0 < end }
            #expect(inside, "\(T.dtype) \(low) to \(high): \(numbers.max() ?? 0)")
            // The mean is within six of its standard deviations.
            let mean = numbers.map { $0 / Double(numbers.count) }.reduce(0, +)
            let scale = Swift.max(abs(first), abs(end))
            #expect(
                abs(mean / scale - (first / scale + end / scale) / 2)
                    <= 6 * (end / scale - first / scale) / (12 * Double(numbers.count)).squareRoot()
                    + 2 * T.dtype.epsilon, "\(T.dtype) \(low) to \(high)")
        }
        for (low, high) in [(0, 1), (1, 2), (10, 11), (-1, 1), (-0.1, 0.1), (-40000, 40000)] {
            try check(Float16.self, low, high)
            try check(BFloat16.self, low, high)
            try check(Float.self, low, high)
            try check(Double.self, low, high)
        }
        try check(BFloat16.self, -2e38, 2e38)
        try check(Float.self, -2e38, 2e38)
        try check(Double.self, -1e308, 1e308)
        // Of the two f32 numbers one is in the range.
        let narrow = try draws(engine, Float.self, from: 1, to: Double(Float(1).nextUp))
        #expect(narrow.allSatisfy { $0 == 1 })
    }

    @Test("first values stay below the upper bound, too")
    func initializers() throws {
        for (dtype, low, high) in [
            (DType.bfloat16, 10.0, 11.0), (.float16, 1, 2), (.float64, -1e308, 1e308),
        ] {
            let w = VariableHandle(
                "w", dtype: dtype, shape: [4_000], initializer: .randomUniform(from: low, to: high))
            let numbers = try w.initialValue(w.initializer, seed: 3).doubles
            let isInside = numbers.allSatisfy { $0 >= low && $0 < high }
            #expect(isInside, "\(dtype)")
            #expect((numbers.min() ?? 0) < low + (high / 4 - low / 4))
        }
    }

    @Test("a range that the type does not hold is refused")
    func bounds() {
        func text(_ tensor: some TensorConvertible) -> String {
            errorText { try tensor.anyTensor.validated() }
        }
        #expect(
            text(Tensor<Int8>.randomIntegers(shape: [2], in: 200..<300, stream: "i")).contains(
                "i8 does not hold all of 200..<300"))
        #expect(
            text(Tensor<UInt64>.randomIntegers(shape: [2], in: -1..<3, stream: "i")).contains(
                "u64 does not hold all of -1..<3"))
        #expect(
            text(Tensor<Int8>.randomIntegers(shape: [2], in: -128..<128, stream: "i"))
                == "no error")
        #expect(
            text(Tensor<UInt64>.randomIntegers(shape: [2], in: 0..<(.max), stream: "i"))
                == "no error")
        #expect(
            text(Tensor<Float16>.randomUniform(shape: [2], from: 0, to: 1e5, stream: "u")).contains(
                "f16 has no numbers"))
    }

    @Test("16-bit dropout keeps the share that it is told to", arguments: TestedEngine.allCases)
    func dropping(_ engine: TestedEngine) throws {
        let count = 200_000
        let keep = Tensor<BFloat16>.placeholder(shape: [])
        let y = dropout(
            Tensor<BFloat16>.filled(1, shape: [count]), keepProbability: keep, stream: "d")
        let kept = try engine.session().run(
            y.countNonZero(), feeding: [keep: .filled(.bfloat16, [], 0.001)]
        ).number
        // 200 of them; the standard deviation is 14.
        #expect(abs(kept - 200) <= 70, "\(kept)")
    }

    @Test("the number before another is found in every type")
    func predecessors() {
        for dtype in [DType.float16, .bfloat16, .float32, .float64] {
            for number in [1.0, 1.5, 2, -1, -2, 0, 0.1, -0.1, 1e-7, 60000] {
                let number = dtype.nearest(number)
                let before = dtype.predecessor(of: number)
                #expect(before < number && dtype.nearest(before) == before)
                // Nothing lies between: the middle is one of both.
                let middle = dtype.nearest(before + (number - before) / 2)
                #expect(middle == before || middle == number, "\(dtype) \(number): \(before)")
            }
        }
    }
}
