// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Work that is all padding, and windows far larger than what they lie on: the time follows from the
/// result, and the result from the definition.
struct IdleWorkTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var kernel: Int
        var stride: Int
        var dilation: Int
        var low: Int
        var high: Int
        var testDescription: String {
            "kernel \(kernel), stride \(stride), dilation \(dilation), padding \(low), \(high)"
        }
    }

    /// Padding and dilations far beyond an input of 5.
    static let shapes: [Shape] = [1, 2, 3].flatMap { kernel in
        [1, 3, 7].flatMap { stride in
            [1, 4, 19].flatMap { dilation in
                [(0, 61), (36, 0), (40, 57)].map { low, high in
                    Shape(kernel: kernel, stride: stride, dilation: dilation, low: low, high: high)
                }
            }
        }
    }

    @Test("convolutions far into padding are the interpreter's, with their gradients")
    func convolutions() throws {
        for shape in Self.shapes {
            let x = Tensor<Float>.placeholder(shape: [2, 5, 3])
            let w = Tensor<Float>.placeholder(shape: [shape.kernel, 3, 4])
            let y = conv1D(
                x, filter: w, strides: [shape.stride],
                padding: .explicit(low: [shape.low], high: [shape.high]),
                dilations: [shape.dilation])
            let parts = try gradients(of: sin(y).sum(), withRespectTo: [x, w])
            let fetches = [y] + parts.compactMap(\.self)
            #expect(fetches.count == 3)
            var random = TestRandom("\(shape.testDescription)")
            let feeds: Feeds = [
                x: random.array(.float32, [2, 5, 3]),
                w: random.array(.float32, [shape.kernel, 3, 4]),
            ]
            let expected = try TestedEngine.reference.session().run(fetches, feeding: feeds)
            let results = try TestedEngine.cpu.session().run(fetches, feeding: feeds)
            for (a, b) in zip(results, expected) {
                #expect(a.shape == b.shape)
                // Sums of a few products around 1 in f32.
                let error = zip(a.doubles, b.doubles).map { abs($0 - $1) }.max() ?? 0
                #expect(error < 1e-4, "\(shape.testDescription): \(error)")
            }
        }
    }

    @Test(
        "a dilation beyond the input leaves the middle of the filter", arguments: [1, 16_777_215])
    func dilation(_ dilation: Int) throws {
        let x = Tensor<Float>.placeholder(shape: [1, 8, 7])
        let w = Tensor<Float>.placeholder(shape: [3, 7, 3])
        var random = TestRandom("dilation")
        let (fed, filter) = (random.array(.float32, [1, 8, 7]), random.array(.float32, [3, 7, 3]))
        let y = conv1D(x, filter: w, padding: .same, dilations: [dilation])
        let parts = try gradients(of: y, withRespectTo: [x, w]).compactMap(\.self)
        let results = try Session().run([y] + parts, feeding: [x: fed, w: filter])
        #expect(results.map(\.shape) == [[1, 8, 3], [1, 8, 7], [3, 7, 3]])
        guard dilation > 1 else { return }
        let (a, b) = (fed.doubles, filter.doubles)
        for i in 0..<8 {
            for j in 0..<3 {
                let sum = (0..<7).reduce(0.0) { $0 + a[i * 7 + $1] * b[21 + $1 * 3 + j] }
                #expect(abs(results[0].doubles[i * 3 + j] - sum) < 1e-5)
            }
        }
        // The outer elements of the filter meet only padding.
        #expect(results[2].doubles[..<21].allSatisfy { $0 == 0 })
        #expect(results[2].doubles[42...].allSatisfy { $0 == 0 })
    }

    @Test("padding by millions costs what the result costs")
    func padding() throws {
        let x = Tensor<Float>.placeholder(shape: [1, 4, 1])
        let n = 1 << 21
        let y = conv1D(
            x, filter: .ones(shape: [3, 1, 1]), padding: .explicit(low: [n], high: [n]))
        let total = try gradient(of: (y * y).sum(), withRespectTo: x)
        let fed = NDArray([Float(1), 2, 3, 4])
        let results = try Session().run(
            [y, try #require(total)], feeding: [x: try fed.reshaped(to: [1, 4, 1])])
        #expect(results[0].shape == [1, 2 * n + 2, 1])
        let middle = try #require(try? results[0].reshaped(to: [2 * n + 2]))
        #expect(middle[n - 3..<n + 5].doubles == [0, 1, 3, 6, 9, 7, 4, 0])
        // 2 · (the sums of three neighbouring outputs).
        #expect(results[1].doubles == [20, 36, 44, 40])
    }

    @Test("windows of millions", arguments: TestedEngine.allCases)
    func windows(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = Tensor<Float>.placeholder(shape: [1, 1, 3, 1])
        let feeds: Feeds = [x: try NDArray([Float(1), 2, 6]).reshaped(to: [1, 1, 3, 1])]
        for size in [1 << 16, 16_777_215] {
            let mean = averagePool2D(x, size: [size, size], padding: .same)
            let most = maxPool2D(x, size: [size, 2], strides: [1, 1], padding: .same)
            let parts = try [mean, most].map { try gradient(of: $0, withRespectTo: x) }
            let results = try session.run(
                [mean, most] + parts.compactMap(\.self), feeding: feeds)
            #expect(results[0].doubles == [3])
            #expect(results[1].doubles == [2, 6, 6])
            for element in results[2].doubles { #expect(abs(element - 1.0 / 3) < 1e-7) }
            #expect(results[3].doubles == [0, 1, 2])
        }
        let wide = Tensor<Float>.placeholder(shape: [1, 2, 2, 2, 1])
        let cube = averagePool3D(wide, size: [2, 2, 16_777_215], padding: .same)
        let array = try NDArray((0..<8).map(Float.init)).reshaped(to: [1, 2, 2, 2, 1])
        #expect(try session.run(cube, feeding: [wide: array]).doubles == [3.5])
    }

    @Test("sums over overlapping windows have the interpreter's gradients")
    func overlappingWindows() throws {
        for (size, stride, dilation) in [(300, 1, 1), (270, 7, 1), (3, 2, 90), (300, 299, 1)] {
            let x = Tensor<Double>.placeholder(shape: [2, 640, 3])
            let y = averagePool1D(
                x, size: [size], strides: [stride], padding: .same, dilations: [dilation])
            let slope = try #require(try gradient(of: sin(y).sum(), withRespectTo: x))
            var random = TestRandom("windows \(size)")
            let feeds: Feeds = [x: random.array(.float64, [2, 640, 3])]
            let expected = try TestedEngine.reference.session().run(slope, feeding: feeds)
            let result = try TestedEngine.cpu.session().run(slope, feeding: feeds)
            let error = zip(result.doubles, expected.doubles).map { abs($0 - $1) }.max() ?? 0
            // At most 300 terms of about 1/300, in f64.
            #expect(error < 1e-13, "\(size), \(stride), \(dilation): \(error)")
        }
    }

    @Test("tiling an unknown size many times is a small graph", arguments: TestedEngine.allCases)
    func tiling(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = Tensor<Float>.placeholder(shape: [nil])
        for count in [1, 2, 3, 7, 16_000] {
            let y = x.tiled(by: [count])
            let slope = try #require(try gradient(of: y, withRespectTo: x))
            let results = try session.run([y, slope], feeding: [x: [1.0, 2.0]])
            #expect(results[0].shape == [2 * count])
            #expect(results[0].doubles == (0..<count).flatMap { _ in [1.0, 2] })
            #expect(results[1].doubles == [Double(count), Double(count)])
        }
    }
}
