// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

private typealias F = Tensor<Float>

/// A tensor inside a graph that is fed in another size than it has there. The gradient alone does
/// not compute the forward pass that would notice; its own types must not fit together then, and a
/// kernel that ran all the same would read outside of its operands.
private struct MisfedGradient: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let gradient: F
    let fed: [F]
    let arrays: [NDArray]

    /// - Parameter body: From a placeholder of unknown sizes, a tensor within the graph (fed), and
    ///   what is differentiated by the placeholder.
    init(
        _ name: String, _ shape: Shape, inner: [Int], input: [Int],
        _ body: (F) -> (inner: F, outer: F)
    ) {
        testDescription = name
        let x = F.placeholder(shape: shape)
        let (middle, outer) = body(x)
        gradient = (try? WeftGraph.gradient(of: outer.sum(), withRespectTo: x)) ?? nil ?? F(0)
        fed = [x, middle]
        arrays = [.filled(.float32, input, 1), .filled(.float32, inner, 1)]
    }

    static let all: [MisfedGradient] = {
        let image: Shape = [nil, nil, nil, nil]
        let filter = F.filled(1, shape: [2, 2, 3, 4])
        let depthwise = F.filled(1, shape: [2, 2, 3, 1])
        func twice(_ y: F) -> (F, F) { (y, y * y) }
        return [
            .init("maxPool", image, inner: [1, 2, 2, 3], input: [1, 8, 8, 3]) {
                twice(maxPool2D($0, size: [2, 2]))
            },
            .init("minPool", image, inner: [1, 9, 9, 3], input: [1, 8, 8, 3]) {
                twice(minPool2D($0, size: [2, 2]))
            },
            .init("averagePool", image, inner: [1, 9, 9, 3], input: [1, 8, 8, 3]) {
                twice(averagePool2D($0, size: [2, 2]))
            },
            .init("convolution", image, inner: [1, 90, 90, 4], input: [1, 8, 8, 3]) {
                twice(conv2D($0, filter: filter))
            },
            .init("depthwise", image, inner: [1, 2, 2, 3], input: [1, 8, 8, 3]) {
                twice(depthwiseConv2D($0, filter: depthwise))
            },
            .init("concatenate", [nil, nil], inner: [3, 2], input: [4, 2]) {
                twice(concatenated([$0, $0 * 2]))
            },
            .init("tile", [nil, nil], inner: [3, 5], input: [4, 2]) {
                twice($0.tiled(by: [2, 3]))
            },
            .init("repeat", [nil, nil], inner: [3, 2], input: [4, 2]) {
                twice($0.repeated(2, axis: 0))
            },
            .init("roll", [nil], inner: [90], input: [4]) { twice($0.rolled(by: 1, axis: 0)) },
            .init("slice", [nil, nil], inner: [9, 2], input: [4, 2]) { twice($0[1..<3]) },
            .init("reshape", [nil, nil], inner: [9], input: [4, 2]) { twice($0.flattened()) },
            .init("squeeze", [nil, nil, nil], inner: [9, 3], input: [4, 1, 2]) {
                twice($0.squeezed(axes: [1]))
            },
            .init("broadcast", [nil], inner: [7, 2], input: [3]) {
                twice($0 + F.zeros(shape: [4, 1]))
            },
            .init("gather", [nil, nil], inner: [90, 2], input: [3, 2]) {
                twice($0.gathered(at: Tensor<Int32>([0, 1])))
            },
        ]
    }()
}

@Suite("Types are verified before kernels run") struct TypeVerificationTests {
    @Test(
        "a tensor fed in another size than the forward pass gives it",
        arguments: TestedEngine.allCases, MisfedGradient.all)
    private func misfed(engine: TestedEngine, item: MisfedGradient) {
        let code = errorCode {
            _ = try engine.session().run(
                [item.gradient],
                feeding: Feeds(zip(item.fed, item.arrays).map { ($0.anyTensor, $1) }))
        }
        #expect(code == .invalidShape || code == .invalidFeed)
    }

    @Test(
        "whatever is fed, engines agree: the same numbers, or an error",
        arguments: MisfedGradient.all)
    private func agreement(item: MisfedGradient) {
        var random = TestRandom("misfed \(item.testDescription)")
        let sessions = TestedEngine.allCases.map { $0.session() }
        for _ in 0..<12 {
            let arrays = item.arrays.map { array in
                random.array(
                    .float32,
                    array.shape.map { random.index(below: 3) > 0 ? $0 : random.index(below: 10) })
            }
            let feeds = Feeds(zip(item.fed, arrays).map { ($0.anyTensor, $1) })
            let results = sessions.map { session in
                (try? session.run([item.gradient], feeding: feeds))?.first
            }
            let (a, b) = (results[0], results[1])
            #expect((a == nil) == (b == nil), "\(arrays.map(\.shape))")
            guard let a, let b else { continue }
            // Sums of at most a hundred products of small numbers, in different orders.
            let isClose = zip(a.doubles, b.doubles).allSatisfy {
                abs($0 - $1) <= 1e-4 * max(1, abs($1))
            }
            #expect(a.shape == b.shape && isClose, "\(arrays.map(\.shape))")
        }
    }

    @Test(
        "a gradient whose forward pass could not run", arguments: TestedEngine.allCases)
    func forwardCannotRun(engine: TestedEngine) throws {
        let x = F.placeholder(shape: [nil, 2])
        let y = (x + F.ones(shape: [4, 2])).sum()
        let slope = try #require(try gradient(of: y, withRespectTo: x))
        let session = engine.session()
        #expect(
            errorCode {
                _ = try session.run(slope, feeding: [x: .filled(.float32, [7, 2], 1)])
            } == .invalidShape)
        #expect(
            errorCode {
                _ = try session.run([y, slope], feeding: [x: .filled(.float32, [7, 2], 1)])
            } == .invalidShape)
        // One row is repeated to four.
        let one = try session.run(slope, feeding: [x: .filled(.float32, [1, 2], 1)])
        #expect(one == .filled(.float32, [1, 2], 4))
    }

    @Test(
        "a transposed convolution of an empty input is empty, or zeros where the filter hangs over",
        arguments: TestedEngine.allCases)
    func emptyTransposedConvolution(engine: TestedEngine) throws {
        let session = engine.session()
        for sizes in [[0, 0], [0, 5], [3, 0]] {
            let dims = [1] + sizes + [16]
            let open = F.placeholder(shape: [nil, nil, nil, 16])
            for x in [F.zeros(shape: dims), open] {
                let feeds: Feeds = x == open ? [open: .zeros(.float32, dims)] : [:]
                let filter = F.ones(shape: [2, 2, 3, 16])
                let same = transposedConv2D(x, filter: filter, strides: [3], padding: .same)
                let valid = transposedConv2D(x, filter: filter, strides: [1], padding: .valid)
                #expect(
                    try session.run(same, feeding: feeds)
                        == .zeros(.float32, [1] + sizes.map { $0 * 3 } + [3]))
                #expect(
                    try session.run(valid, feeding: feeds)
                        == .zeros(.float32, [1] + sizes.map { $0 + 1 } + [3]))
            }
        }
        #expect(
            transposedConv2D(
                F.ones(shape: [1, 2, 2, 3]), filter: F.ones(shape: [0, 2, 4, 3]), strides: [2]
            ).anyTensor.error != nil)
        #expect(
            conv2D(F.ones(shape: [1, 2, 2, 3]), filter: F.ones(shape: [2, 0, 3, 4])).anyTensor.error
                != nil)
    }

    @Test("a loop's variable that is fed in another shape than its invariant")
    func loopInvariant() throws {
        let x = F.placeholder(shape: [nil])
        let loop = whileLoop(
            [x.anyTensor], shapeInvariants: [[3]], condition: { _ in Tensor<Bool>(true) },
            body: { [$0[0] * 2] })[0]
        for engine in TestedEngine.allCases {
            #expect(
                errorCode {
                    _ = try engine.session().run([loop], feeding: [x: NDArray([1, 2] as [Float])])
                } == .invalidShape)
        }
    }

    @Test("lists are the type of no array")
    func lists() throws {
        #expect(try NDArray([1, 2] as [Float]).cast(to: .list).dtype == .float32)
        #expect(F.zeros(shape: [2]).anyTensor.cast(to: .list).error != nil)
        #expect(AnyTensor.scalar(1.0, as: .list).error != nil)
        let list = AnyTensor.scalar(1.0, as: .list)
        let branches = cond(Tensor<Bool>(true), then: { [list] }, else: { [list] })
        #expect(branches.count == 1 && branches[0].error != nil)
        let loop = scan(over: [F.zeros(shape: [3]).anyTensor], initial: [list]) { ($0, $1) }
        #expect(loop.carries[0].error != nil && loop.outputs[0].error != nil)
    }
}
