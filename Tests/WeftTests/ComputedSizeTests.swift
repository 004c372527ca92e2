// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Functions that take sizes as tensors, run by the engines.
@Suite("Functions of computed sizes") struct ComputedSizeTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private let x = D.placeholder(shape: [nil, nil, 3], name: "x")
    private let array = try! NDArray((0..<24).map(Double.init), shape: [2, 4, 3])

    /// Pairs of a function of computed sizes and the same one of numbers.
    private var pairs: [(String, any TensorConvertible, any TensorConvertible)] {
        let rows = x.size(ofAxis: 0)
        let five = x.size(ofAxis: -1) + 2
        let pads = N([1, 0, 0, 2, 0, 1]).reshaped(to: [3, 2])
        let labels = N([1, 0, 3])
        let parts = x.split(sizes: stacked([1, rows + 1]), axis: 1)
        let literal = x.split(sizes: [1, 3], axis: 1)
        let i32 = Tensor<Int32>([2, -1])
        return [
            ("reshape", x.reshaped(to: stacked([-1, rows])), x.reshaped(to: [12, 2])),
            ("reshape by i32", x.reshaped(to: i32), x.reshaped(to: [2, 12])),
            ("reshape to a scalar", D([7]).reshaped(to: N.zeros(shape: [0])), D(7)),
            (
                "broadcast", x.broadcasted(to: stacked([rows, rows, 4, 3])),
                x.broadcasted(to: [2, 2, 4, 3])
            ),
            (
                "broadcast to its own sizes", x.broadcasted(to: N([2, -1, 4, -1])),
                x.broadcasted(to: [2, 2, 4, 3])
            ),
            ("tile", x.tiled(by: stacked([rows, 1, 2])), x.tiled(by: [2, 1, 2])),
            ("tile none", x.tiled(by: N([1, 0, 1])), x.tiled(by: [1, 0, 1])),
            (
                "pad", x.padded(with: -1, sizes: pads),
                x.padded(with: -1, sizes: [(1, 0), (0, 2), (0, 1)])
            ),
            (
                "range", N.range(from: 0, to: five * 2, by: N(3)),
                N.range(to: 10, by: 3)
            ),
            (
                "range down", N.range(from: five * 2, to: N(0), by: N(-3)),
                N.range(from: 10, to: 0, by: -3)
            ),
            ("range of nothing", N.range(from: five, to: rows, by: N(1)), N.zeros(shape: [0])),
            (
                "range of fractions",
                D.range(from: D(0.5), to: rows.cast(to: Double.self), by: D(0.25)),
                D.range(from: 0.5, to: 2, by: 0.25)
            ),
            (
                "one-hot", D.oneHot(labels, depth: rows + 1, on: 2, off: -1),
                D.oneHot(labels, depth: 3, on: 2, off: -1)
            ),
            (
                "one-hot along the first axis", D.oneHot(labels, depth: rows + 1, axis: 0),
                D.oneHot(labels, depth: 3, axis: 0)
            ),
            ("part 0", parts[0], literal[0]), ("part 1", parts[1], literal[1]),
            (
                "slice", x.sliced(startingAt: N([0, 2, 1]), sizes: stacked([1, rows, -1])),
                x[0..<1, 2..<4]
            ),
            (
                "filled", D.filled(3, shape: stacked([rows, five])), D.filled(3, shape: [2, 5])
            ),
            ("zeros", D.zeros(shape: x.sizes), D.zeros(shape: [2, 4, 3])),
            ("ones", D.ones(shape: N([0, 2])), D.ones(shape: [0, 2])),
            ("empty", D.ones(shape: [0, 6]).reshaped(to: N([3, 0])), D.ones(shape: [3, 0])),
        ]
    }

    @Test("give what those of numbers give", arguments: TestedEngine.allCases)
    func values(_ engine: TestedEngine) throws {
        let session = engine.session()
        for (name, computed, literal) in pairs {
            let both = try session.run([computed, literal], feeding: [x: array])
            #expect(both[0].shape == both[1].shape, "\(name)")
            #expect(both[0].doubles == both[1].doubles, "\(name)")
        }
    }

    @Test("follow each feed's shape", arguments: TestedEngine.allCases)
    func feeds(_ engine: TestedEngine) throws {
        let session = engine.session()
        let pairs = x.reshaped(to: stacked([x.size(ofAxis: 0), -1]))
        let slope = try #require(try gradient(of: (pairs * pairs).sum(), withRespectTo: x))
        for shape in [[2, 4, 3], [5, 1, 3], [1, 0, 3], [3, 2, 3]] {
            let fed = NDArray.filled(.float64, shape, 2)
            let values = try session.run([pairs, slope], feeding: [x: fed])
            #expect(values[0].shape == [shape[0], shape[1] * 3])
            #expect(values[1].shape == shape && values[1].doubles.allSatisfy { $0 == 4 })
        }
    }

    @Test(
        "find sizes through casts, choices, products, loops and branches",
        arguments: TestedEngine.allCases)
    func arithmetic(_ engine: TestedEngine) throws {
        let session = engine.session()
        let count = x.sizes.cast(to: Int32.self).product(axes: [0])
        let (a, b) = (x.size(ofAxis: 0), x.size(ofAxis: 1))
        let line = D.ones(shape: stacked([select(a .> b, a, b)]))
        let branch = cond(b .> 2, then: { line.sum() }, else: { line.sum() * 2 })
        let (total, _) = scan(over: x, initial: D(0)) { sum, rows in
            let flat = rows.reshaped(to: stacked([rows.sizes.product(axes: [0])]))
            return (sum + flat.sum(), sum)
        }
        let again = rematerialized(x) { x in
            x.reshaped(to: stacked([x.size(ofAxis: 0), -1])) * 2
        }
        let values = try session.run(
            [x.reshaped(to: stacked([count])), line, branch, total, again], feeding: [x: array])
        #expect(values.map(\.shape) == [[24], [4], [], [], [2, 12]])
        #expect(values[2].number == 4)
        #expect(values[3].number == 276)
    }

    @Test("say what is wrong with sizes", arguments: TestedEngine.allCases)
    func errors(_ engine: TestedEngine) throws {
        let session = engine.session()
        let n = x.size(ofAxis: 0)
        let wrong: [(any TensorConvertible, String, String)] = [
            (x.reshaped(to: stacked([n + 3, 7])), "reshape", "has 24 elements, [5, 7] has 35"),
            (x.reshaped(to: stacked([n + 3, -1])), "reshape", "do not fill [5, -1]"),
            (x.reshaped(to: stacked([-1, n - 3])), "reshape", "one dimension may be -1"),
            (x.reshaped(to: stacked([n, -1, n - 2])), "reshape", "beside a dimension of 0"),
            (D.ones(shape: stacked([n, -n])), "ones", "[2, -2] is not the shape of an array"),
            (
                D.ones(shape: stacked([n << 40, n << 40])), "ones", "it has too many elements"
            ),
            (x.broadcasted(to: stacked([n, n, n])), "broadcast", "(4 != 2)"),
            (x.tiled(by: stacked([n, n, 1 - n])), "tile", "a dimension is negative"),
            (
                x.padded(with: 0, sizes: stacked([n - 3, n, n, n, n, n]).reshaped(to: [3, 2])),
                "pad", "[-1, 2, 2] is not the shape"
            ),
            (
                x.sliced(startingAt: N([0, 0, 0]), sizes: stacked([n + 1, n, n])),
                "dynamicSlice", "a slice of [3, 2, 2] does not fit in f64[2, 4, 3]"
            ),
            (
                x.sliced(startingAt: N([0, 0, 0]), sizes: stacked([n, n, -n])),
                "dynamicSlice", "[2, 2, -2]"
            ),
            (N.range(from: n, to: N(9), by: n - 2), "range", "from 2 to 9 by 0 is no range"),
            (
                N.range(from: N(.min), to: N(.max), by: n), "range",
                "is too long: 9223372036854775808"
            ),
            (
                D.range(from: D(0), to: D(.infinity), by: n.cast(to: Double.self)), "range",
                "from 0.0 to inf by 2.0 is no range"
            ),
            (D.oneHot(N([0]), depth: -n), "oneHot", "[-2]"),
            (
                x.split(sizes: stacked([n, n + 1]), axis: 1)[1], "split",
                "the parts [2, 3] make 5, but axis 1 of f64[2, 4, 3] has 4"
            ),
            (x.split(sizes: stacked([n + 3, 1 - n]), axis: 1)[0], "split", "[5, -1]"),
        ]
        for (fetch, function, words) in wrong {
            let text = errorText { _ = try session.run(fetch, feeding: [x: array]) }
            #expect(text.contains(function) && text.contains(words), "\(function): \(text)")
            #expect(text.contains("ComputedSizeTests.swift"), "\(text)")
        }
    }

    @Test("refuse wrong sizes when they are built")
    func buildErrors() {
        let y = D.placeholder(shape: [4, 5])
        let wrong: [(any TensorConvertible, String)] = [
            (y.reshaped(to: N([5, 7])), "reshape: f64[4, 5] has 20 elements, [5, 7] has 35"),
            (y.reshaped(to: N([-1, -1])), "one dimension may be -1"),
            (y.reshaped(to: N(3)), "the sizes must be of rank 1"),
            (y.anyTensor.reshaped(to: AnyTensor(NDArray([1.0]))), "must be integers, not f32"),
            (y.tiled(by: N([1])), "tile: the multiples must be of shape [2], not"),
            (y.padded(with: 0, sizes: N([1, 2])), "pad: the sizes must be of shape [2, 2]"),
            (y.sliced(startingAt: N([0]), sizes: N([1, 1])), "the starts must be of shape [2]"),
            (D.zeros(shape: N([3, -1])), "zeros: [3, -1] is not the shape of an array"),
            (D.oneHot(N([1]), depth: N([2])), "oneHot: the depth must be a scalar"),
            (y.split(sizes: N(3))[0], "split: the sizes must be of rank 1"),
            (y.split(sizes: N([1, 1]))[0], "the parts [1, 1] make 2, but axis 0"),
            (N.range(from: N([1]), to: N(1), by: N(1)), "range: the start must be a scalar"),
            (y.size(ofAxis: 2), "size: axis 2"),
            (
                AnyTensor.range(
                    from: .scalar(0, .int64), to: .scalar(1, .int32), by: .scalar(1, .int64)),
                "range: element types differ"
            ),
        ]
        for (tensor, words) in wrong {
            let text = tensor.anyTensor.error?.description ?? "no error"
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test(
        "that were known when the graph was built are compared with what is fed instead",
        arguments: TestedEngine.allCases)
    func fedSizes(_ engine: TestedEngine) throws {
        let session = engine.session()
        // What was known when the graph was built does not hold for numbers that are fed instead.
        let sizes = N([2, 12]) + x.size(ofAxis: 2) * 0
        let text = errorText {
            _ = try session.run(
                x.reshaped(to: sizes), feeding: [x: array, sizes: NDArray([3, 8] as [Int64])])
        }
        #expect(text.contains("the graph was built for"), "\(text)")
    }
}
