// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Functions on 16-bit floats at the ends of the types' ranges, against the same functions in f64,
/// rounded once.
struct SmallFloatWalk {
    /// A function of tensors of any floating-point type.
    typealias Function = @Sendable (_ operands: [AnyTensor]) -> AnyTensor

    /// A function, and how far its results may be from the rounded ones.
    struct Case: Sendable {
        let name: String
        let function: Function
        /// In units of the last place of the 16-bit type.
        var units = 1.0
        /// Of gradients, in the same units.
        var gradientUnits = 1.0
        /// An error that is allowed besides, as a share of the greatest number of the same row. It
        /// is for differences of nearly equal numbers, of which f32 keeps the digits that it has.
        var share = 0.0
        /// The derivative in f64 has this error itself, being a difference such as 1 − y².
        var floor = 0.0
        /// Operands are at most this large, where squares or sums must stay in the range of f32.
        var bound = Double.infinity
        /// And at least so large, or 0, where squares must not vanish in f32.
        var least = 0.0
        /// Where f64's derivative is NaN, or nothing flows.
        var hasGradient = true
    }

    let engine: TestedEngine
    let dtype: DType
    private(set) var count = 0
    private(set) var failures: [String] = []

    init(_ engine: TestedEngine, _ dtype: DType) {
        self.engine = engine
        self.dtype = dtype
    }

    /// The ends of a type's range, and numbers in between.
    static func points(
        _ dtype: DType, bound: Double = .infinity, least: Double = 0
    ) -> [Double] {
        let isHalf = dtype == .float16
        let leastNormal = isHalf ? 0x1p-14 : 0x1p-126
        let greatest = isHalf ? 65504.0 : 0x1.fep127
        let step = isHalf ? 2.0 : 16
        var positive: [Double] = [
            0, leastNormal * dtype.epsilon, leastNormal * 0.75, leastNormal, 1e-3, 0.1, 0.5,
            1 - dtype.epsilon / 2, 1, 1 + dtype.epsilon, 1.5, 2, 3, 4.62, 7, 8, 12, 20, 88, 100,
            181, 255, 256, 300, 2048, greatest / step / step, greatest / step, greatest, .infinity,
        ]
        // Where squares, and cubes, leave the range.
        positive += isHalf ? [40, 256] : [0x1p42, 0x1p43, 0x1p63, 0x1p64, 1e20, 1e30]
        positive = Set(positive.map(dtype.nearest)).filter {
            $0 == 0 || ($0 >= least && $0 <= bound)
        }.sorted()
        return positive.map { -$0 }.reversed() + positive + [.nan]
    }

    /// The distance in units of the last place of the wanted number, infinity being the number
    /// after the greatest one.
    func distance(_ found: Double, _ wanted: Double) -> Double {
        if found == wanted || (found.isNaN && wanted.isNaN) { return 0 }
        if found.isNaN || wanted.isNaN { return .infinity }
        let limit = dtype == .float16 ? 0x1p16 : 0x1p128
        func finite(_ x: Double) -> Double { x.isInfinite ? (x < 0 ? -limit : limit) : x }
        let (a, b) = (finite(found), finite(wanted))
        let least = dtype == .float16 ? -14 : -126
        let exponent = b == 0 ? least : Swift.max(Int(b.exponent), least)
        return abs(a - b)
            / (Double(sign: .plus, exponent: exponent, significand: 1) * dtype.epsilon)
    }

    private func run(
        _ function: Function, _ operands: [[Double]], _ shape: [Int], as type: DType,
        _ engine: TestedEngine, gradients wanted: Bool
    ) throws -> [[Double]] {
        let inputs = operands.map { _ in AnyTensor.placeholder(type, shape: Shape(shape)) }
        let y = function(inputs)
        try y.validated()
        // The sums of softmax and of normalised rows do not change: their elements are weighted.
        let weights = try y.shape.dimensions.map { dims in
            let pattern = [1.0, 2, 4, -1]
            let count = dims.reduce(1, *)
            return AnyTensor.constant(
                try NDArray(
                    (0..<count).map { dims.last == 4 ? pattern[$0 % 4] : 1 }, shape: dims
                ).cast(to: type))
        }
        let slopes =
            wanted && y.dtype.isFloatingPoint
            ? try gradients(of: [y], withRespectTo: inputs, seeds: [weights]).compactMap(\.self)
            : []
        let feeds = try zip(inputs, operands).map {
            ($0, try NDArray($1, shape: shape).cast(to: type))
        }
        return try engine.session().run([y] + slopes, feeding: Feeds(feeds)).map(\.doubles)
    }

    /// Compares one function on operands of a shape; a row is what the last axis holds.
    mutating func check(_ test: Case, _ operands: [[Double]], shape: [Int]) throws {
        let found = try run(
            test.function, operands, shape, as: dtype, engine, gradients: test.hasGradient)
        let wanted = try run(
            test.function, operands, shape, as: .float64, .reference, gradients: test.hasGradient)
        #expect(found.count == wanted.count, "\(test.name)")
        for (k, (a, b)) in zip(found, wanted).enumerated() {
            let width = Swift.max(a.count / Swift.max(shape.dropLast().reduce(1, *), 1), 1)
            for i in a.indices {
                count += 1
                let row = b[(i / width * width)..<Swift.min((i / width + 1) * width, b.count)]
                let slack =
                    test.floor
                    + test.share * (row.filter(\.isFinite).map { abs($0) }.max() ?? 0)
                let units = distance(a[i], dtype.nearest(b[i]))
                if units <= (k == 0 ? test.units : test.gradientUnits) { continue }
                if abs(a[i] - b[i]) <= slack { continue }
                let place = operands.map { numbers in
                    let size = numbers.count / Swift.max(a.count / width, 1)
                    return a.count == numbers.count
                        ? "\(numbers[i])" : "\(numbers[(i / width * size)...].prefix(size))"
                }
                failures.append(
                    "\(dtype) \(test.name)\(k == 0 ? "" : ", gradient \(k)") at "
                        + "\(place.joined(separator: ", ")): \(a[i]) for \(b[i]), \(units) units")
            }
        }
    }

    /// Compares numbers computed from one operand each, to a unit of the last place
    /// or to `slack`.
    mutating func compare(
        _ what: String, _ found: [Double], _ wanted: [Double], at: [Double], slack: Double
    ) {
        for (i, (a, b)) in zip(found, wanted).enumerated() {
            count += 1
            let units = distance(a, dtype.nearest(b))
            if units <= 1 || abs(a - b) <= slack { continue }
            failures.append("\(dtype) \(what) at \(at[i]): \(a) for \(b)")
        }
    }
}
