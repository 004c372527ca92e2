// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// Values and gradients at corners, poles, ties, infinities and NaN, against TensorFlow's.
@Suite struct SpecialPointTests {
    typealias F = Tensor<Float>

    static let functions: [String: @Sendable (F) -> F] = [
        "abs": { abs($0) }, "acos": { acos($0) }, "acosh": { acosh($0) }, "asin": { asin($0) },
        "asinh": { asinh($0) }, "atan": { atan($0) }, "atan2(z, z)": { atan2($0, $0) },
        "atanh": { atanh($0) }, "ceil": { ceil($0) },
        "clip_by_value(z, 0, 1)": { $0.clipped(to: 0...1) }, "cos": { cos($0) },
        "cosh": { cosh($0) }, "cumprod": { $0.cumulativeProduct(axis: 0) },
        "cumsum": { $0.cumulativeSum(axis: 0) }, "digamma": { digamma($0) },
        "div_no_nan(z, z)": { divideNoNaN($0, $0) }, "elu": { elu($0) }, "erf": { erf($0) },
        "erfc": { erfc($0) }, "exp": { exp($0) }, "expm1": { expMinusOne($0) },
        "floor": { floor($0) }, "leaky_relu (alpha 0.2)": { leakyRelu($0, alpha: 0.2) },
        "lgamma": { lgamma($0) }, "log": { log($0) }, "log1p": { log(onePlus: $0) },
        "log_sigmoid": { logSigmoid($0) }, "log_softmax": { logSoftmax($0) },
        "maximum(z, 0)": { maximum($0, 0) }, "maximum(0, z)": { maximum(0, $0) },
        "maximum(z, z)": { maximum($0, $0) }, "minimum(z, 0)": { minimum($0, 0) },
        "minimum(z, z)": { minimum($0, $0) }, "norm(0 * z)": { (0 * $0).norm() },
        "norm(z)": { $0.norm() }, "pow(z, 0)": { pow($0, 0) }, "pow(z, 0.5)": { pow($0, 0.5) },
        "pow(z, 2)": { pow($0, 2) }, "pow(z, 3)": { pow($0, 3) }, "pow(z, -1)": { pow($0, -1) },
        "reciprocal": { reciprocal($0) }, "reduce_max": { $0.max() },
        "reduce_max(stack([z, z]))": { stacked([$0, $0]).max() }, "reduce_mean": { $0.mean() },
        "reduce_min": { $0.min() }, "reduce_prod": { $0.product() },
        "reduce_logsumexp": { $0.logSumExp() }, "relu": { relu($0) }, "relu6": { relu6($0) },
        "rint": { round($0) }, "round": { round($0) }, "rsqrt": { rsqrt($0) },
        "selu": { selu($0) }, "sigmoid": { sigmoid($0) }, "sign": { sign($0) },
        "sin": { sin($0) }, "sinh": { sinh($0) }, "softmax": { softmax($0) },
        "softplus": { softplus($0) }, "softsign": { softsign($0) }, "sqrt": { sqrt($0) },
        "square": { square($0) }, "tan": { tan($0) }, "tanh": { tanh($0) },
        "xlogy(z, z)": { xlogy($0, $0) },
    ]

    static let binary: [String: @Sendable (F, F) -> F] = [
        "atan2": { atan2($0, $1) }, "div_no_nan": { divideNoNaN($0, $1) },
        "floordiv": { $0.floorDivided(by: $1) }, "floormod": { $0 % $1 },
        "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) }, "pow": { pow($0, $1) },
        "realdiv": { $0 / $1 }, "squared_difference": { squaredDifference($0, $1) },
        "xdivy": { xdivy($0, $1) }, "xlogy": { xlogy($0, $1) },
    ]

    /// Where TensorFlow's own numbers are not kept to, and why.
    static let exceptions: [String: String] = [
        "gradient of cumprod at z": "a zero counts as the factor it is; TensorFlow divides by it",
        "gradient of cumprod at extremes": "the same",
        "digamma at z": "the pole at 0 is infinite, as in SciPy and PyTorch; TensorFlow has NaN",
        "digamma at extremes": "the same",
        "gradient of lgamma at z": "the same",
        "gradient of lgamma at extremes": "the same",
        "gradient of pow(z, 0) at z": "it is 1 everywhere; TensorFlow multiplies 0 by an infinity",
        "gradient of pow(z, 0) at extremes": "the same",
    ]

    /// What is 0 where TensorFlow has NaN: a constant's derivative, of which it makes 0 · ∞.
    static let zeroInsteadOfNaN: Set<String> = ["pow by x"]

    private func compare(
        _ what: String, _ tensor: Tensor<Float>?, _ golden: Any?,
        feeding: [(any TensorConvertible, NDArray)]
    ) throws {
        if Self.exceptions[what] != nil { return }
        guard let wanted = try Golden.array(golden) else {
            // No gradient there; zeros are as good here.
            return
        }
        let tensor = try #require(tensor, "\(what): no gradient flows")
        let found = try evaluate(tensor, feeding: feeding)
        #expect(found.shape == wanted.shape, "\(what)")
        for (i, (a, b)) in zip(found.doubles, wanted.doubles).enumerated() {
            if a == 0, b.isNaN, Self.zeroInsteadOfNaN.contains(what) { continue }
            #expect(isClose(a, b, 3e-6), "\(what) [\(i)]: \(a), TensorFlow has \(b)")
        }
    }

    @Test("functions of one operand have TensorFlow's values and gradients at special points")
    func unary() throws {
        let golden = try Golden("tf_special_points.json")
        let recorded = try golden.dictionary("functions")
        #expect(Set(recorded.keys) == Set(Self.functions.keys))
        for points in ["z", "extremes"] {
            let array = try #require(try Golden.array(golden.dictionary("points")[points]))
            let z = F.placeholder(shape: [nil])
            for (name, function) in Self.functions.sorted(by: { $0.key < $1.key }) {
                let example = try #require(
                    (recorded[name] as? [String: Any])?[points] as? [String: Any])
                let y = function(z)
                try compare("\(name) at \(points)", y, example["value"], feeding: [(z, array)])
                try compare(
                    "gradient of \(name) at \(points)", gradient(of: y, withRespectTo: z),
                    example["gradient"], feeding: [(z, array)])
            }
        }
    }

    @Test("functions of two operands have TensorFlow's values and gradients at special points")
    func binary() throws {
        let golden = try Golden("tf_special_points.json")
        let operands = try golden.dictionary("operands")
        let (a, b) = (
            try #require(try Golden.array(operands["x"])),
            try #require(try Golden.array(operands["y"]))
        )
        let (x, y) = (F.placeholder(shape: [nil]), F.placeholder(shape: [nil]))
        let feeds: [(any TensorConvertible, NDArray)] = [(x, a), (y, b)]
        for (name, function) in Self.binary.sorted(by: { $0.key < $1.key }) {
            let recorded = try golden.dictionary("binary", name)
            let value = function(x, y)
            try compare(name, value, recorded["value"], feeding: feeds)
            let both = try gradients(of: value, withRespectTo: [x, y])
            try compare("\(name) by x", both[0], recorded["gradient of x"], feeding: feeds)
            try compare("\(name) by y", both[1], recorded["gradient of y"], feeding: feeds)
        }
    }

    @Test("a branch that select does not choose has TensorFlow's gradient, but log has none")
    func select() throws {
        let golden = try Golden("tf_special_points.json")
        let recorded = try golden.dictionary("where, gradient")
        let functions: [String: (F) -> F] = [
            "log": { log($0) }, "realdiv(1, x)": { 1 / $0 }, "reciprocal": { reciprocal($0) },
            "sqrt": { sqrt($0) },
        ]
        let x = F([0, 4])
        for (name, function) in functions {
            let y = WeftGraph.select(Tensor<Bool>([false, true]), function(x), x)
            let slope = try gradient(of: y, withRespectTo: x)
            if name == "log" {
                expect(try #require(slope), [2], [1, 0.25])
            } else {
                try compare(name, slope, recorded[name], feeding: [])
            }
        }
    }

    @Test("integer division rounds as TensorFlow's")
    func integers() throws {
        let golden = try Golden("tf_special_points.json")
        let functions: [String: (Tensor<Int32>, Tensor<Int32>) -> Tensor<Int32>] = [
            "floordiv": { $0.floorDivided(by: $1) }, "floormod": { $0 % $1 },
            "truncatediv": { $0 / $1 }, "truncatemod": { $0.truncatingRemainder(dividingBy: $1) },
        ]
        for (name, function) in functions {
            let recorded = try golden.dictionary("integers", name)
            let x = Tensor<Int32>(try #require(try Golden.array(recorded["x"])))
            let y = Tensor<Int32>(try #require(try Golden.array(recorded["y"])))
            #expect(try evaluate(function(x, y)) == Golden.array(recorded["value"]), "\(name)")
        }
    }

    @Test("of equal elements the same one is found as in TensorFlow")
    func ties() throws {
        let golden = try Golden("tf_special_points.json")
        // NaN is where versions of TensorFlow differ among themselves; without it they agree.
        let recorded = try golden.dictionary("ties", "without")
        let x = F(try #require(try Golden.array(recorded["input"])))
        #expect(try evaluate(x.argMax(axis: 0)) == Golden.array(recorded["argmax"]))
        #expect(try evaluate(x.argMin(axis: 0)) == Golden.array(recorded["argmin"]))
        #expect(try evaluate(x.topK(4).values) == Golden.array(recorded["top_k values"]))
        #expect(try evaluate(x.topK(4).positions) == Golden.array(recorded["top_k indices"]))
    }

    @Test("the activations' gradients at z = [0, -1, 1, 2] are those of the notes")
    func activations() throws {
        let z = F([0, -1, 1, 2])
        func expectGradient(_ y: F, _ numbers: [Double]) throws {
            expect(try #require(try gradient(of: y, withRespectTo: z)), [4], numbers)
        }
        try expectGradient(relu(z), [0, 0, 1, 1])
        try expectGradient(relu6(z), [0, 0, 1, 1])
        try expectGradient(elu(z), [1, 0.36787945, 1, 1])
        try expectGradient(selu(z), [1.05070102, 0.64676857, 1.05070102, 1.05070102])
        try expectGradient(softplus(z), [0.5, 0.268941432, 0.731058598, 0.880797088])
        try expectGradient(softsign(z), [1, 0.25, 0.25, 0.111111112])
        try expectGradient(leakyRelu(z), [0.2, 0.2, 1, 1])
        try expectGradient(z.clipped(to: 0...1), [1, 0, 1, 0])
        let six = F([6, 5, 7])
        expect(try #require(try gradient(of: relu6(six), withRespectTo: six)), [3], [0, 1, 0])
    }
}
