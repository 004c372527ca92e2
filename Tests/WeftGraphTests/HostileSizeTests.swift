// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

private typealias F = Tensor<Float>

/// Sizes that no array has must make tensors that carry errors. A trap would end the whole process,
/// so that most of these tests pass when they come to their end.
@Suite struct HostileSizeTests {
    private static let most = Int.max

    private func expectErrors(
        _ tensors: [any TensorConvertible], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (index, tensor) in tensors.enumerated() where tensor.anyTensor.error == nil {
            Issue.record(
                "no error in \(index): \(tensor.anyTensor)", sourceLocation: sourceLocation)
        }
    }

    @Test("ranges that no number of elements could hold")
    func ranges() {
        let greatest = Double.greatestFiniteMagnitude
        let empty = Tensor<Int64>.range(from: 0.999999999, to: greatest, by: -0.0267)
        #expect(empty.shape == [0])
        #expect(F.range(from: 1e30, to: 0).shape == [0])
        #expect(F.range(from: greatest, to: -greatest).shape == [0])
        expectErrors([
            F.range(from: -greatest, to: greatest), F.range(to: 1, by: .leastNonzeroMagnitude),
            F.range(from: .nan, to: 1), F.range(from: 0, to: 1, by: .nan),
            F.linspace(from: 0, to: 1, count: Self.most), F.identity(Self.most),
            F.iota(shape: [Self.most, 2]), F.oneHot(Tensor<Int32>([1]), depth: Self.most),
        ])
    }

    @Test("more parts than a list can have, of an axis without elements too")
    func parts() {
        let empty = F.zeros(shape: [1, 0])
        for count in [Self.most - 1, 1 << 48 + 1, 1 << 21, 0, -1, Int.min] {
            expectErrors([empty.split(into: count, axis: 1)[0]])
        }
        #expect(empty.split(into: 3, axis: 1).map(\.shape) == [[1, 0], [1, 0], [1, 0]])
        expectErrors([F.zeros(shape: [1 << 40, 0]).unstacked()[0]])
        expectErrors(F.placeholder(shape: [4]).split(sizes: [Self.most, Self.most, 6]))
    }

    @Test("strides, dilations, padding, sizes and groups at the ends of Int")
    func windows() {
        let x = F.placeholder(shape: [1, 8, 8, 3])
        let row = F.placeholder(shape: [1, 4, 1])
        let filter = F.ones(shape: [2, 2, 3, 4])
        for hostile in [Int.min, Int.min + 1, 1 << 31, 1 << 32, 1 << 62, Self.most] {
            let margin = Padding.explicit(low: [hostile, hostile], high: [0, hostile])
            let steps = [hostile, hostile]
            expectErrors([
                conv2D(x, filter: filter, padding: margin),
                conv2D(x, filter: filter, strides: steps),
                conv2D(x, filter: filter, dilations: steps),
                conv2D(x, filter: filter, groups: hostile),
                transposedConv2D(x, filter: filter, padding: margin),
                transposedConv2D(x, filter: filter, strides: steps),
                transposedConv2D(x, filter: filter, dilations: steps),
                transposedConv2D(x, filter: filter, groups: hostile),
                maxPool2D(x, size: [2], padding: margin), averagePool2D(x, size: steps),
                averagePool2D(x, size: [2], strides: steps, padding: .same),
                maxPool2D(x, size: [2], dilations: steps),
                conv1D(row, filter: F.ones(shape: [2, 1, 1]), strides: [hostile]),
            ])
        }
        let wide = F.placeholder(shape: [1, 8, 8, 8, 3])
        #expect(averagePool3D(wide, size: [1 << 22], padding: .same).anyTensor.error == nil)
        #expect(
            averagePool3D(wide, size: [1 << 20, 3, 3], padding: .same).anyTensor.error == nil)
        // The extent is what must be counted, with its gaps.
        expectErrors([
            maxPool2D(x, size: [1 << 30], padding: .same, dilations: [1 << 30]),
            transposedConv1D(
                F.placeholder(shape: [1, 1 << 40, 1]), filter: F.ones(shape: [2, 1, 1]),
                strides: [(1 << 31) - 1]),
        ])
    }

    @Test("axes that grow past any array")
    func movement() {
        let long = F.placeholder(shape: [1 << 47])
        let image = F.placeholder(shape: [1, 1 << 47, 0, 16])
        expectErrors([
            concatenated(Array(repeating: long, count: 3)),
            F.placeholder(shape: [0, 1 << 47, 1]).tiled(by: [1, 4, 1]),
            long.padded(with: 0, sizes: [(Self.most, Self.most)]),
            long.padded(with: 0, sizes: [(1 << 47, 1 << 47)]), long.repeated(3, axis: 0),
            image.depthToSpace(blockSize: 4), image.spaceToDepth(blockSize: 1 << 20),
            long.broadcasted(to: [Self.most, 1 << 47]), long.reshaped(to: [Self.most, 0, -1]),
            long[Self.most], long[Int.min], long[TensorRange.range(from: .min)],
            long[TensorRange.range(by: .min)], F.placeholder(shape: [nil])[Int.min],
        ])
        #expect(F.zeros(shape: [5]).rolled(by: .min, axis: 0).anyTensor.error == nil)
        #expect(F.placeholder(shape: [nil]).rolled(by: .min, axis: 0).anyTensor.error == nil)
        #expect(F.zeros(shape: [0, 4]).rolled(by: .max, axis: 0).shape == [0, 4])
        #expect(F.zeros(shape: [5]).lowerTriangle(diagonal: .min).anyTensor.error != nil)
        #expect(F.zeros(shape: [5, 5]).bandPart(lower: .min, upper: .max).shape == [5, 5])
    }

    @Test("a loop's variable of a shape that no array has")
    func invariants() {
        let loop = whileLoop(
            [F.placeholder(shape: [nil, nil]).anyTensor],
            shapeInvariants: [[1 << 62, 1 << 62]], condition: { _ in Tensor<Bool>(true) },
            body: { [$0[0].flattened()] })
        expectErrors(loop)
    }

    @Test("a variable that no memory holds")
    func variables() {
        let variable = Variable<Float>("huge", shape: [1 << 62, 1 << 62])
        expectErrors([
            variable.update { $0.flattened() }, variable.assign(F(1)), variable.assignAdd(F(1)),
            variable.value,
        ])
    }

    @Test("arrays of more axes or longer ones than can be printed")
    func printing() throws {
        let long = try NDArray([] as [Float], shape: [1 << 40, 0])
        #expect(long.description == "[[],\n [],\n [],\n ...,\n [],\n [],\n []]")
        let deep = try NDArray([7] as [Int32], shape: Array(repeating: 1, count: 100_000))
        #expect(deep.description == "[7]")
        let wide = try NDArray([] as [Float], shape: [1000, 1000, 1000, 0])
        #expect(wide.description.count < 10_000)
        let nested = try NDArray([1, 2, 3, 4] as [Int32], shape: [2, 1, 2])
        #expect(nested.description == "[[[1, 2]],\n [[3, 4]]]")
        #expect(try NDArray([] as [Float], shape: [0, 3]).description == "[]")
        #expect(try NDArray([] as [Float], shape: [1, 0]).description == "[[]]")
    }

    @Test("custom gradients that capture each other are released without recursion")
    func customGradients() {
        var x = F.placeholder(shape: [])
        for _ in 0..<100_000 {
            let captured = x
            x = withCustomGradient(F(1), body: { $0 }, gradient: { _, _, g in g * captured })
        }
        #expect(x.shape == [])
    }

    @Test("checked sizes")
    func checkedSizes() {
        #expect((CheckedSize(1 << 62) * 2).value == nil)
        #expect((CheckedSize(1 << 62) * 2 - CheckedSize(Int.max)).value == nil)
        #expect((CheckedSize(.min) - 1).value == nil)
        #expect((CheckedSize(.max) + 1).value == nil)
        #expect(CheckedSize(product: [3, 0, 5]).value == 0)
        #expect(CheckedSize(sum: [3, -1, 5]).value == 7)
        #expect([0, 1, 4, 5].map { CheckedSize($0).dividedUp(by: 4).value } == [0, 1, 1, 2])
        #expect(CheckedSize(.max).dividedUp(by: .max).value == 1)
        #expect(throws: RuleViolation.self) { try CheckedSize(nil).required("none") }
    }
}
