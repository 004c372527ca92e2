// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

/// A function of an array without elements, and what NumPy gives for it.
private struct EmptyCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let operand: [Int]
    let wanted: [Int]
    let value: Double?
    let function: @Sendable (F) -> any TensorConvertible

    /// - Parameter value: Of every element, where there are any.
    init(
        _ name: String, _ operand: [Int], _ wanted: [Int], _ value: Double? = nil,
        _ function: @escaping @Sendable (F) -> any TensorConvertible
    ) {
        testDescription = "\(name) of \(operand)"
        self.operand = operand
        self.wanted = wanted
        self.value = value
        self.function = function
    }

    private static func cases(_ fill: (inout [EmptyCase]) -> Void) -> [EmptyCase] {
        var all: [EmptyCase] = []
        fill(&all)
        return all
    }

    /// Functions of three axes, for each place of the 0.
    static let shapes: [EmptyCase] = cases { all in
        for d in [[0, 3, 2], [2, 0, 3], [2, 3, 0], [0, 0, 2], [0, 1, 5]] {
            all.add("softmax", d, d) { softmax($0) }
            all.add("logSoftmax", d, d) { logSoftmax($0) }
            all.add("softmax of axis 0", d, d) { softmax($0, axis: 0) }
            all.add("max of no axis", d, d) { $0.max(axes: []) }
            all.add("max of no axis, kept", d, d) { $0.max(axes: [], keepingDimensions: true) }
            all.add("sum", d, [], 0) { $0.sum() }
            all.add("product", d, [], 1) { $0.product() }
            all.add("sum of the last", d, [d[0], d[1]], 0) { $0.sum(axes: [-1]) }
            all.add("sum of the last, kept", d, [d[0], d[1], 1], 0) {
                $0.sum(axes: [-1], keepingDimensions: true)
            }
            all.add("product of the first", d, [d[1], d[2]], d[0] == 0 ? 1 : nil) {
                $0.product(axes: [0])
            }
            all.add("mean of all", d, [], .nan) { $0.mean() }
            all.add("all", d, [], 1) { ($0 .> 0).all() }
            all.add("any", d, [], 0) { ($0 .> 0).any() }
            all.add("cumulativeSum", d, d) { $0.cumulativeSum(axis: 1) }
            all.add("exp", d, d) { exp($0) }
            all.add("add", d, d) { $0 + F(1) }
            all.add("add a row", d, d) { $0 + F.ones(shape: [1, 1, 1]) }
            all.add("compare", d, d) { $0 .> 1 }
            all.add("select", d, d) { select($0 .> 1, $0, -$0) }
            all.add("transpose", d, d.reversed()) { $0.transposed() }
            all.add("flatten", d, [0]) { $0.flattened() }
            all.add("flatten the first", d, [d[0] * d[1], d[2]]) { $0.flattened(through: 1) }
            all.add("flatten the last", d, [d[0], d[1] * d[2]]) { $0.flattened(from: 1) }
            all.add("Flatten", d, [d[0], d[1] * d[2]]) { Flatten()($0) }
            all.add("expand", d, [1] + d + [1]) { $0.expandingDimensions(at: [0, -1]) }
            all.add("expand and squeeze", d, d) {
                $0.expandingDimensions(at: [0, 2]).squeezed(axes: [0, 2])
            }
            all.add("repeat none", d, [0, d[1], d[2]]) { $0.repeated(0, axis: 0) }
            all.add("repeat", d, [d[0], d[1] * 3, d[2]]) { $0.repeated(3, axis: 1) }
            all.add("tile", d, [d[0] * 2, d[1], d[2] * 3]) { $0.tiled(by: [2, 1, 3]) }
            all.add("tile none", d, [d[0], 0, d[2]]) { $0.tiled(by: [1, 0, 1]) }
            all.add("reverse", d, d) { $0.reversed() }
            all.add("roll", d, d) { $0.rolled(by: 0, axis: 0) }
            all.add("concatenate", d, [d[0] * 2, d[1], d[2]]) { concatenated([$0, $0]) }
            all.add("stack", d, d + [2]) { stacked([$0, $0], axis: -1) }
            all.add("slice", d, [0, d[1], d[2]]) { $0[0..<0] }
            all.add("slice backward", d, d) { $0.reversed(axes: [0])[TensorRange.range(by: 1)] }
            all.add("pad", d, d.map { $0 + 2 }, d.contains(0) ? 7 : nil) {
                $0.padded(with: 7, sizes: [(1, 1), (1, 1), (1, 1)])
            }
            all.add("sort", d, d) { $0.sorted(axis: 1) }
            all.add("argSort", d, d) { $0.argSorted(axis: 0) }
            all.add("top none", d, [d[0], d[1], 0]) { $0.topK(0).values }
            all.add("product with a matrix", d, [d[0], d[1], 4], d[2] == 0 ? 0 : nil) {
                matmul($0, F.ones(shape: [d[2], 4]))
            }
            all.add("product with its transpose", d, [d[0], d[1], d[1]], 0) {
                matmul($0, $0, transposingSecond: true)
            }
            all.add("inner product", d, [d[1], d[2], d[1], d[2]], 0) {
                tensorDot($0, $0, axes: (first: [0], second: [0]))
            }
            all.add("einsum", d, [d[2]], 0) { einsum("ijk,ijk->k", $0, $0) }
            all.add("gather none", d, [0, d[1], d[2]]) { $0.gathered(at: I.zeros(shape: [0])) }
            all.add("gather none of the last", d, [d[0], d[1], 2, 0]) {
                $0.gathered(at: I.zeros(shape: [2, 0]), axis: 2)
            }
            all.add("gather vectors none", d, [0, 4, d[2]]) {
                $0.gatheredND(at: I.zeros(shape: [0, 4, 2]))
            }
            all.add("scatter none", d, d) {
                $0.scattering(F.zeros(shape: [0] + Array(d.dropFirst())), at: I.zeros(shape: [0]))
            }
            all.add("gradient", d, d) { x in
                let slope = try? gradient(of: (softmax(x) * x).sum(), withRespectTo: x)
                return (slope ?? nil) ?? F(.nan)
            }
            all.add("one hot", d, d + [4]) { F.oneHot($0.cast(to: Int32.self), depth: 4) }
            all.add("group normalized", d, d) { groupNormalized($0, groups: 1) }
            all.add("less the mean", d, d) { x in
                x - x.mean(axes: [-1], keepingDimensions: true)
            }
        }
    }

    static let single: [EmptyCase] = cases { all in
        all.add("max over an axis", [2, 0, 3], [2, 0]) { $0.max(axes: [2]) }
        all.add("min over an axis", [0, 3], [0]) { $0.min(axes: [1]) }
        all.add("argMax", [0, 3], [0]) { $0.argMax(axis: 1) }
        all.add("gather along", [0, 3], [0, 2]) {
            $0.gathered(along: 1, at: I.zeros(shape: [0, 2]))
        }
        all.add("gather along nothing", [3, 0], [0, 0]) {
            $0.gathered(along: 0, at: I.zeros(shape: [0, 0]))
        }
        all.add("gather in batches of none", [0, 3, 2], [0, 4, 2]) {
            $0.gathered(at: I.zeros(shape: [0, 4]), axis: 1, batchRank: 1)
        }
        all.add("gather none from an empty table", [0, 2], [0, 2]) {
            $0.gathered(at: I.zeros(shape: [0]))
        }
        all.add("segment sums", [0, 2], [3, 2], 0) {
            $0.segmentSums(I.zeros(shape: [0]), count: 3)
        }
        all.add("convolution of no images", [0, 4, 4, 3], [0, 3, 3, 5]) {
            conv2D($0, filter: F.ones(shape: [2, 2, 3, 5]))
        }
        all.add("convolution of no channels", [1, 4, 4, 0], [1, 3, 3, 5], 0) {
            conv2D($0, filter: F.ones(shape: [2, 2, 0, 5]))
        }
        all.add("convolution to no channels", [1, 4, 4, 3], [1, 3, 3, 0]) {
            conv2D($0, filter: F.ones(shape: [2, 2, 3, 0]))
        }
        all.add("pool of no images", [0, 4, 4, 3], [0, 2, 2, 3]) { maxPool2D($0, size: [2]) }
        all.add("pool of no channels", [1, 4, 4, 0], [1, 2, 2, 0]) {
            averagePool2D($0, size: [2], padding: .same)
        }
        all.add("blocks of none", [0, 4, 4, 3], [0, 2, 2, 12]) { $0.spaceToDepth(blockSize: 2) }
        all.add("blocks of no channels", [2, 4, 4, 0], [2, 8, 8, 0]) {
            $0.depthToSpace(blockSize: 2)
        }
        all.add("diagonal", [0, 3], [0]) { $0.diagonalPart() }
        all.add("trace", [0, 3], [], 0) { $0.trace() }
        all.add("triangle", [2, 0, 3], [2, 0, 3]) { $0.lowerTriangle() }
        all.add("product of vectors", [0], [], 0) { dot($0, $0) }
        all.add("split", [0, 4], [0, 2]) { $0.split(into: 2, axis: 1)[1] }
        all.add("split of nothing", [0, 4], [0, 4]) { $0.split(into: 3)[2] }
        all.add("unstack", [2, 0], [0]) { $0.unstacked().last ?? F(0) }
        all.add("mesh", [0], [0, 3]) { meshgrid([$0, F([1, 2, 3])])[1] }
    }
}

extension [EmptyCase] {
    fileprivate mutating func add(
        _ name: String, _ operand: [Int], _ wanted: [Int], _ value: Double? = nil,
        _ function: @escaping @Sendable (F) -> any TensorConvertible
    ) {
        append(EmptyCase(name, operand, wanted, value, function))
    }
}

@Suite("Arrays without elements") struct EmptyArrayTests {
    /// Each function at known dimensions, at unknown ones, and at every dimension unknown in turn.
    private func check(_ engine: TestedEngine, _ item: EmptyCase) throws {
        let session = engine.session()
        let array = NDArray.filled(.float32, item.operand, 1)
        let rank = item.operand.count
        let known = item.operand.map { Optional($0) }
        var shapes: [Shape] = [Shape(known), Shape(known.map { _ in nil })]
        for axis in 0..<rank {
            var dims = known
            dims[axis] = nil
            shapes.append(Shape(dims))
        }
        for shape in shapes {
            let x = F.placeholder(shape: shape)
            let y = item.function(x)
            // Some functions need a size that is not known here, and say so.
            if !shape.isFullyKnown, let reason = y.anyTensor.error?.reason,
                reason.contains("must be known") || reason.contains("needs an axis of known size")
            {
                continue
            }
            let result = try session.run([y], feeding: [x: array])[0]
            #expect(result.shape == item.wanted, "\(shape)")
            if let value = item.value {
                #expect(
                    result.doubles.allSatisfy { $0 == value || $0.isNaN && value.isNaN },
                    "\(shape): \(result)")
            }
        }
    }

    @Test("of every shape", arguments: TestedEngine.allCases, EmptyCase.shapes)
    private func shapes(engine: TestedEngine, item: EmptyCase) throws { try check(engine, item) }

    @Test("of single functions", arguments: TestedEngine.allCases, EmptyCase.single)
    private func single(engine: TestedEngine, item: EmptyCase) throws { try check(engine, item) }

    @Test("an index into an empty table is refused", arguments: TestedEngine.allCases)
    func emptyTable(engine: TestedEngine) throws {
        let (x, index) = (F.placeholder(shape: [nil, 2]), I.placeholder(shape: [nil]))
        let session = engine.session()
        #expect(
            errorCode {
                _ = try session.run(
                    [x.gathered(at: index)],
                    feeding: [x: .zeros(.float32, [0, 2]), index: NDArray([0] as [Int32])])
            } == .kernelFailure)
        // A loop over the rows takes one in each iteration, of which there is none.
        let last = whileLoop(
            I(0), F([0, 0]), condition: { i, _ in i .< x.size(ofAxis: 0).cast(to: Int32.self) }
        ) { i, row in (i + 1, row + x.gathered(at: i)) }.1
        #expect(
            try session.run(last, feeding: [x: .zeros(.float32, [0, 2])]).doubles == [0, 0])
    }

    @Test("parts of arrays without elements, however many")
    func parts() throws {
        let array = try NDArray([] as [Float], shape: [1 << 40, 0])
        #expect(array[0..<(1 << 40)].shape == [1 << 40, 0])
        #expect(array[5].shape == [0])
    }

    @Test("options at the ends of Int")
    func options() throws {
        for limit in [Int.min, 0, Int.max] {
            var options = Session.Options(
                engine: .cpu(threads: limit == .max ? 1 << 31 : limit))
            options.planLimit = limit
            let session = Session(options)
            let x = F.placeholder(shape: [nil])
            for count in 1..<4 {
                let ones = NDArray(Array(repeating: Float(1), count: count))
                #expect(try session.run(x.sum(), feeding: [x: ones]).number == Double(count))
            }
        }
    }
}
