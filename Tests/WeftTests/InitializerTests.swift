// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Initial values: their distributions, their fans, and what they refuse.
@Suite struct InitializerTests {
    /// The value in a fresh session.
    private func value(
        _ initializer: Initializer, _ shape: [Int], _ dtype: DType = .float64, name: String = "w",
        seed: UInt64 = 1
    ) throws -> NDArray {
        let variable = VariableHandle(name, dtype: dtype, shape: shape, initializer: initializer)
        return try TestedEngine.cpu.session(seed: seed).value(of: variable)
    }

    /// A random initializer and what its numbers must be like.
    struct Row: CustomTestStringConvertible, Sendable {
        enum Kind { case uniform, truncated, normal }
        let testDescription: String
        let initializer: Initializer
        let mean: Double
        let deviation: Double
        let kind: Kind

        init(
            _ name: String, _ initializer: Initializer, _ kind: Kind, mean: Double = 0,
            variance: Double
        ) {
            testDescription = name
            self.initializer = initializer
            self.kind = kind
            self.mean = mean
            deviation = variance.squareRoot()
        }

        /// How far from the mean a number can be; nil without a limit.
        var reach: Double? {
            switch kind {
            case .uniform: 3.0.squareRoot() * deviation
            case .truncated: 2 * deviation / 0.87962566103423978
            case .normal: nil
            }
        }
    }

    /// 360 inputs and 720 outputs.
    static let shape = [3, 3, 40, 80]
    static let rows: [Row] = [
        Row(
            "randomUniform", .randomUniform(from: -2, to: 6), .uniform, mean: 2, variance: 64.0 / 12
        ),
        Row(
            "randomNormal", .randomNormal(mean: -1, standardDeviation: 3), .normal, mean: -1,
            variance: 9),
        Row(
            "randomTruncatedNormal", .randomTruncatedNormal(mean: 2, standardDeviation: 0.5),
            .truncated,
            mean: 2, variance: 0.25 * 0.87962566103423978 * 0.87962566103423978),
        Row("glorotUniform", .glorotUniform, .uniform, variance: 2.0 / 1080),
        Row("glorotNormal", .glorotNormal, .truncated, variance: 2.0 / 1080),
        Row("heUniform", .heUniform, .uniform, variance: 2.0 / 360),
        Row("heNormal", .heNormal, .truncated, variance: 2.0 / 360),
        Row("lecunUniform", .lecunUniform, .uniform, variance: 1.0 / 360),
        Row("lecunNormal", .lecunNormal, .truncated, variance: 1.0 / 360),
        Row("varianceScaling", .varianceScaling(), .truncated, variance: 1.0 / 360),
        Row(
            "varianceScaling, outputs",
            .varianceScaling(scale: 3, mode: .fanOut, distribution: .untruncatedNormal), .normal,
            variance: 3.0 / 720),
        Row(
            "varianceScaling, mean, uniform",
            .varianceScaling(scale: 0.5, mode: .fanAverage, distribution: .uniform), .uniform,
            variance: 0.5 / 540),
        Row("uniformUnitScaling", .uniformUnitScaling(), .uniform, variance: 1.0 / 360),
        Row(
            "uniformUnitScaling, factor", .uniformUnitScaling(factor: 1.5), .uniform,
            variance: 2.25 / 360),
    ]

    @Test("random numbers have their mean, deviation and limits", arguments: rows)
    func moments(_ row: Row) throws {
        let numbers = try value(row.initializer, Self.shape).doubles
        let n = Double(numbers.count)
        #expect(n == 28_800)
        let mean = numbers.reduce(0, +) / n
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        #expect(abs(mean - row.mean) < 0.025 * row.deviation, "mean \(mean)")
        #expect(
            abs(variance.squareRoot() / row.deviation - 1) < 0.02,
            "deviation \(variance.squareRoot()), must be \(row.deviation)")
        let farthest = numbers.map { abs($0 - row.mean) }.max() ?? 0
        if let reach = row.reach {
            #expect(farthest <= reach * 1.000001 && farthest > reach * 0.99)
        } else {
            #expect(farthest > 3.5 * row.deviation)
        }
        // The fourth moment tells a uniform distribution (1.8) from a normal one (3, cut 2.36).
        let fourth = numbers.reduce(0) {
            let square = ($1 - mean) * ($1 - mean)
            return $0 + square * square
        }
        let kurtosis = fourth / n / (variance * variance)
        let expected: Double =
            switch row.kind {
            case .uniform: 1.8
            case .truncated: 2.36
            case .normal: 3
            }
        #expect(abs(kurtosis - expected) < 0.15, "kurtosis \(kurtosis)")
    }

    @Test("the same seed and name give the same numbers, others give others", arguments: rows)
    func streams(_ row: Row) throws {
        func numbers(_ name: String, seed: UInt64) throws -> NDArray {
            try value(row.initializer, [4, 5], .float32, name: name, seed: seed)
        }
        let first = try numbers("a", seed: 1)
        #expect(first.dtype == .float32 && first.shape == [4, 5])
        #expect(try numbers("a", seed: 1) == first)
        #expect(try numbers("b", seed: 1) != first)
        #expect(try numbers("a", seed: 2) != first)
    }

    @Test("inputs and outputs are counted as in TensorFlow")
    func fans() throws {
        let shapes: [(shape: [Int], inputs: Double, outputs: Double)] = [
            ([3, 3, 4, 8], 36, 72), ([40, 10], 40, 10), ([200], 200, 200), ([5, 20, 40], 100, 200),
            ([], 1, 1),
        ]
        for (shape, inputs, outputs) in shapes {
            for (mode, n) in [
                (.fanIn, inputs), (.fanOut, outputs), (.fanAverage, (inputs + outputs) / 2),
            ] as [(Initializer.FanMode, Double)] {
                let initializer = Initializer.varianceScaling(mode: mode, distribution: .uniform)
                let limit = (3 / n).squareRoot()
                let farthest = try value(initializer, shape).doubles.map { abs($0) }.max() ?? 0
                #expect(farthest <= limit, "\(shape) \(mode)")
                if shape != [] { #expect(farthest > 0.95 * limit, "\(shape) \(mode)") }
            }
        }
        // No input and no output count as one.
        #expect(try value(.glorotUniform, [0, 0]).count == 0)
    }

    @Test("constants are the same everywhere, in every type")
    func constants() throws {
        for dtype in [DType.float16, .bfloat16, .float32, .float64, .int32, .uint8] {
            #expect(try value(.zeros, [2, 2], dtype).doubles == [0, 0, 0, 0])
            #expect(try value(.ones, [2], dtype).doubles == [1, 1])
            #expect(try value(.constant(3), [2], dtype).doubles == [3, 3])
            #expect(try value(.ones, [2], dtype).dtype == dtype)
        }
        #expect(try value(.zeros, [2], .bool).doubles == [0, 0])
        let given = NDArray([Float(1), 5])
        #expect(try value(.value(given), [2], .float32) == given)
        #expect(
            errorCode { _ = try value(.value(given), [3], .float32) } == .invalidState)
    }

    // MARK: Matrices

    @Test("orthogonal matrices have orthonormal rows or columns times the gain")
    func orthogonal() throws {
        for (shape, gain) in [
            ([6, 4], 1), ([4, 6], 1), ([5, 5], 2), ([3, 3, 4, 8], 0.5), ([1, 3], 3),
            ([2, 3, 7], 1),
        ] as [([Int], Double)] {
            let columns = shape[shape.count - 1]
            let rows = shape.dropLast().reduce(1, *)
            for (dtype, tolerance) in [(.float64, 1e-12), (.float32, 2e-6)] as [(DType, Double)] {
                let q = try value(.orthogonal(gain: gain), shape, dtype)
                #expect(q.shape == shape && q.dtype == dtype)
                let numbers = q.doubles
                // The longer axis is summed over.
                let (short, long) = (min(rows, columns), max(rows, columns))
                func at(_ i: Int, _ k: Int) -> Double {
                    rows >= columns ? numbers[k * columns + i] : numbers[i * columns + k]
                }
                for i in 0..<short {
                    for j in 0..<short {
                        let product = (0..<long).reduce(0) { $0 + at(i, $1) * at(j, $1) }
                        let expected = i == j ? gain * gain : 0
                        #expect(abs(product - expected) <= tolerance * max(1, gain * gain))
                    }
                }
            }
        }
        let first = try value(.orthogonal(), [4, 4])
        #expect(try value(.orthogonal(), [4, 4]) == first)
        #expect(try value(.orthogonal(), [4, 4], name: "other") != first)
        #expect(try value(.orthogonal(), [0, 3]).count == 0)
    }

    @Test("the identity has the gain on its diagonal")
    func identity() throws {
        #expect(try value(.identity(), [2, 2]).doubles == [1, 0, 0, 1])
        #expect(try value(.identity(gain: 2.5), [2, 3]).doubles == [2.5, 0, 0, 0, 2.5, 0])
        #expect(try value(.identity(gain: -1), [3, 2]).doubles == [-1, 0, 0, -1, 0, 0])
        #expect(try value(.identity(), [2, 2], .bfloat16).dtype == .bfloat16)
    }

    @Test(
        "a shape that an initializer refuses is an error of the first use",
        arguments: TestedEngine.allCases)
    func refusals(_ engine: TestedEngine) throws {
        let refused: [(Initializer, [Int], String)] = [
            (.identity(), [3], "the identity initializer is for matrices, not for the shape [3]"),
            (
                .identity(), [2, 2, 2],
                "the identity initializer is for matrices, not for the shape [2, 2, 2]"
            ),
            (
                .orthogonal(), [3],
                "the orthogonal initializer is for two or more axes, not for the shape [3]"
            ),
            (
                .orthogonal(), [],
                "the orthogonal initializer is for two or more axes, not for the shape []"
            ),
            (
                Initializer { _, _, _ in throw Refusal.ofMyOwn }, [1],
                "ofMyOwn"
            ),
        ]
        for (initializer, shape, text) in refused {
            let v = Variable<Float>("v", shape: shape, initializer: initializer)
            let session = engine.session()
            let expected = "variable 'v': \(text)"
            #expect(errorText { _ = try session.run(v.value + 1) } == expected)
            #expect(errorText { _ = try session.value(of: v) } == expected)
            #expect(errorText { try session.initialize(v.handle, by: initializer) } == expected)
            #expect(errorCode { _ = try session.run(v.value) } == .invalidShape)
            // Given a value it works.
            try session.set(v, to: NDArray.zeros(.float32, shape))
            #expect(try session.run(v.value + 1).doubles.allSatisfy { $0 == 1 })
        }
    }

    private enum Refusal: Error { case ofMyOwn }
}
