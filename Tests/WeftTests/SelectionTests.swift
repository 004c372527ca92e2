// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Functions whose results have as many elements as the run finds.
@Suite("Functions that find how much they give") struct SelectionTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private let x = D.placeholder(shape: [nil, nil], name: "x")

    @Test("positions of what is not zero", arguments: TestedEngine.allCases)
    func nonZero(_ engine: TestedEngine) throws {
        let session = engine.session()
        let cases: [([Double], [Int], [Int64])] = [
            ([0, 3, 0, 0, -1, .nan], [2, 3], [0, 1, 1, 1, 1, 2]),
            ([1, 1, 1, 1], [4, 1], [0, 0, 1, 0, 2, 0, 3, 0]),
            ([0, -0.0, 0], [1, 3], []),
            ([], [0, 3], []), ([], [2, 0], []),
        ]
        for (elements, shape, positions) in cases {
            let found = try session.run(
                x.nonZero(), feeding: [x: NDArray(elements, shape: shape)])
            #expect(found.shape == [positions.count / 2, 2])
            #expect(try found.scalars() == positions)
        }
        let mask = Tensor<Bool>.placeholder(shape: [2, 1, 2])
        let found = try session.run(
            mask.nonZero(), feeding: [mask: NDArray([true, false, true, true], shape: [2, 1, 2])])
        #expect(found.shape == [3, 3])
        #expect(try found.scalars() as [Int64] == [0, 0, 0, 1, 0, 0, 1, 0, 1])
    }

    @Test("a boolean mask over one axis and over several", arguments: TestedEngine.allCases)
    func masked(_ engine: TestedEngine) throws {
        let session = engine.session()
        let array = try NDArray((0..<6).map(Double.init), shape: [3, 2])
        let rows = Tensor<Bool>.placeholder(shape: [nil])
        let kept = try session.run(
            x.masked(by: rows), feeding: [x: array, rows: NDArray([true, false, true])])
        #expect(kept == (try NDArray([0, 1, 4, 5] as [Double], shape: [2, 2])))
        let greater = try session.run(x.masked(by: x .> 2.5), feeding: [x: array])
        #expect(greater == NDArray([3, 4, 5] as [Double]))
        let none = try session.run(x.masked(by: x .> 9), feeding: [x: array])
        #expect(none.shape == [0])
    }

    @Test("gradients flow to what was found", arguments: TestedEngine.allCases)
    func gradients(_ engine: TestedEngine) throws {
        let session = engine.session()
        let found = x.masked(by: x .> 1)
        let loss = (found * found * found).sum() + x.masked(by: x .< 0).sum()
        let slope = try #require(try gradient(of: loss, withRespectTo: x))
        let curvature = try #require(try gradient(of: slope.sum(), withRespectTo: x))
        for numbers in [[2, 0.5, -1, 3], [0.1, 0.2, 0.3, 0.4], [2, 2, 2, 2]] {
            let array = try NDArray(numbers, shape: [2, 2])
            let values = try session.run([slope, curvature], feeding: [x: array])
            #expect(values[0].doubles == numbers.map { $0 > 1 ? 3 * $0 * $0 : $0 < 0 ? 1 : 0 })
            #expect(values[1].doubles == numbers.map { $0 > 1 ? 6 * $0 : 0 })
        }
    }

    @Test("different elements, where they are and how many", arguments: TestedEngine.allCases)
    func unique(_ engine: TestedEngine) throws {
        let session = engine.session()
        let vector = N.placeholder(shape: [nil])
        let parts = vector.unique()
        let cases: [([Int64], [Int64], [Int64], [Int64])] = [
            ([3, 1, 3, 2, 1, 3], [3, 1, 2], [0, 1, 0, 2, 1, 0], [3, 2, 1]),
            ([5], [5], [0], [1]), ([], [], [], []), ([7, 7], [7], [0, 0], [2]),
            ([4, 3, 2, 1], [4, 3, 2, 1], [0, 1, 2, 3], [1, 1, 1, 1]),
        ]
        for (elements, values, places, counts) in cases {
            let found = try session.run(
                [parts.values, parts.places, parts.counts],
                feeding: [vector: NDArray(elements)])
            #expect(try found.map { try $0.scalars() as [Int64] } == [values, places, counts])
        }
        // As many as there are, against a dictionary.
        var state: UInt64 = 9
        let many = (0..<1000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % 97
        }
        let found = try session.run([parts.values, parts.places], feeding: [vector: NDArray(many)])
        let (values, places): ([Int64], [Int64]) = (try found[0].scalars(), try found[1].scalars())
        #expect(places.map { values[Int($0)] } == many)
        var seen: Set<Int64> = []
        #expect(values == many.filter { seen.insert($0).inserted })
    }

    @Test("parts by number", arguments: TestedEngine.allCases)
    func parts(_ engine: TestedEngine) throws {
        let session = engine.session()
        let array = try NDArray([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2])
        let parts = x.partitioned(by: N([2, 0, 2]), count: 3)
        let found = try session.run(parts, feeding: [x: array])
        #expect(found.map(\.shape) == [[1, 2], [0, 2], [2, 2]])
        #expect(found[2].doubles == [1, 2, 5, 6])
    }

    @Test("say what is wrong when they are built")
    func errors() {
        let scalar = D.placeholder(shape: [])
        let wrong: [(any TensorConvertible, String)] = [
            (scalar.nonZero(), "nonZero: a scalar has no axes"),
            (x.masked(by: Tensor<Bool>(true)), "masked: bool[] does not tell the sub-tensors"),
            (
                D.placeholder(shape: [3, 2]).masked(by: Tensor<Bool>.placeholder(shape: [2])),
                "masked: bool[2] must have the first axes of f64[3, 2], axis 0 differs"
            ),
            (x.unique().counts, "unique: only a vector"),
            (x.partitioned(by: N([0]), count: 0)[0], "partition: count must be 1 to 65536, not 0"),
            (x.partitioned(by: N([0]), count: .max)[0], "partition: count must be"),
        ]
        for (tensor, words) in wrong {
            let text = tensor.anyTensor.error?.description ?? "no error"
            #expect(text.contains(words), "\(text)")
        }
    }
}
