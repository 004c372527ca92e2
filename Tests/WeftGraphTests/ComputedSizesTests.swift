// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// Sizes that graphs compute from shapes: what a program has of them, and what is known early.
@Suite("Computed sizes") struct ComputedSizesTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private let x = D.placeholder(shape: [nil, nil, 3], name: "x")

    private func primitives(_ fetch: some TensorConvertible) throws -> [Primitive] {
        try LoweredGraph(
            fetches: [fetch.anyTensor], feeds: [(x.anyTensor, ArrayType(.float64, [2, 4, 3]))]
        ).program.instructions.map(\.primitive)
    }

    @Test("leave nothing behind in the program")
    func programs() throws {
        let computed = x.reshaped(to: stacked([x.size(ofAxis: 0), -1]))
        #expect(try primitives(computed) == [.reshape([2, 12])])
        #expect(try primitives(computed) == primitives(x.reshaped(to: [2, -1])))
        #expect(
            try primitives(D.filled(7, shape: x.sizes)) == primitives(D.filled(7, like: x)))
        #expect(
            try primitives(x.tiled(by: N([2, 1, 2]))) == primitives(x.tiled(by: [2, 1, 2])))
        #expect(
            try primitives(x.padded(with: 1, sizes: N([1, 0, 0, 2, 0, 1]).reshaped(to: [3, 2])))
                == primitives(x.padded(with: 1, sizes: [(1, 0), (0, 2), (0, 1)])))
        let slice = x.sliced(startingAt: N([0, 1, 0]), sizes: x.sizes - N([1, 2, 0]))
        #expect(
            try primitives(slice) == [
                .slice(SliceAttributes(starts: [0, 1, 0], limits: [1, 3, 3], strides: [1, 1, 1]))
            ])
        let parts = x.split(sizes: stacked([1, x.size(ofAxis: 1) - 1]), axis: 1)
        for (part, literal) in zip(parts, x.split(sizes: [1, 3], axis: 1)) {
            #expect(try primitives(part) == primitives(literal))
        }
    }

    @Test("make the gradient of a slice the gradient of a slice of known sizes")
    func gradientPrograms() throws {
        let part = x.sliced(startingAt: N([0, 1, 0]), sizes: N([1, 2, -1]))
        let literal = x[0..<1, 1..<3]
        func slope(_ y: D) throws -> D {
            try #require(try gradients(of: [(y * y).sum()], withRespectTo: [x])[0])
        }
        // Their order is another one.
        let programs = try [slope(part), slope(literal)].map {
            try primitives($0).map { "\($0)" }.sorted()
        }
        #expect(programs[0] == programs[1])
    }

    @Test("that are known when the graph is built are known of the result")
    func types() {
        let rows = x.size(ofAxis: 0)
        #expect(x.reshaped(to: stacked([rows, 12])).shape == [nil, 12])
        #expect(x.reshaped(to: stacked([x.size(ofAxis: 2) * 2, -1])).shape == [6, nil])
        #expect(Tensor<Float>(1).broadcasted(to: x.sizes.reversed()).shape == [3, nil, nil])
        let fixed = Tensor<Float>.placeholder(shape: [4, 5])
        #expect(fixed.sizes == N([4, 5]))
        #expect(fixed.size(ofAxis: -1).shape == .scalar)
        #expect(fixed.reshaped(to: N([2, -1])).shape == [2, 10])
        #expect(fixed.tiled(by: N([2, 3])).shape == [8, 15])
        #expect(fixed.padded(with: 0, sizes: N.ones(shape: [2, 2])).shape == [6, 7])
        #expect(fixed.split(sizes: N([1, 4]), axis: 1).map(\.shape) == [[4, 1], [4, 4]])
        #expect(fixed.sliced(startingAt: N([1, 0]), sizes: N([2, -1])).shape == [2, 5])
        #expect(N.range(from: N(2), to: N(9), by: N(3)).shape == [3])
        #expect(Tensor<Float>.oneHot(N([0, 1]), depth: rows + 1).shape == [2, nil])
        #expect(Tensor<Float>.oneHot(N([0, 1]), depth: x.size(ofAxis: 2)).shape == [2, 3])
        let data = N.placeholder(shape: [2])
        #expect(fixed.reshaped(to: data).shape == [nil, nil])
        #expect(fixed.reshaped(to: N.placeholder()).shape == .unknown)
        #expect(AnyTensor.placeholder(.float32).size(ofAxis: 3).shape == .scalar)
    }

    @Test("keep a body that depends on them to the calls that have them")
    func calledBodies() throws {
        // One body in two loops, whose rows differ in length: what it captures has one type in both.
        func sums(_ rows: D) -> D {
            let (_, all) = scan(over: [rows.anyTensor], initial: []) { _, rows in
                let length = rows[0].size(ofAxis: 0)
                let line = call("line", [rows[0].sum()]) { arguments in
                    [AnyTensor.filled(.float64, 1, shape: stacked([length])).sum() * arguments[0]]
                }
                return ([], line)
            }
            return D(all[0])
        }
        let (short, long) = (D.ones(shape: [2, 3]), D.ones(shape: [2, 5]))
        let a = D.placeholder(shape: [nil, nil])
        let b = D.placeholder(shape: [nil, nil])
        let results = try evaluate(
            [sums(a), sums(b)],
            feeding: [(a, try evaluate(short)), (b, try evaluate(long))])
        #expect(results[0].doubles == [9, 9])
        #expect(results[1].doubles == [25, 25])
    }
}
