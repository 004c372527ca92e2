// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftTensorFlow

/// Graphs of Weft that are written as TensorFlow's: read again they compute the same.
@Suite("Graphs written for TensorFlow") struct ExportTests {
    private static let x = AnyTensor.placeholder(.float32, shape: [nil, 4], name: "x")
    private static let numbers = try? NDArray(
        (0..<12).map { Float($0) * 0.37 - 1.5 }, shape: [3, 4])

    /// Functions of a matrix of unknown length.
    private static let functions: [(name: String, body: @Sendable (AnyTensor) -> [AnyTensor])] = [
        ("elements", { [exp($0) - abs($0), tanh($0) / sigmoid($0), maximum($0, -$0)] }),
        ("choices", { [select($0 .> AnyTensor.scalar(0, .float32), $0, square($0))] }),
        (
            "activations",
            { [gelu($0), softplus($0), elu($0), leakyRelu($0, alpha: 0.1), relu6($0)] }
        ),
        (
            "reductions",
            { [$0.sum(axes: [1]), $0.mean(), $0.max(axes: [0], keepingDimensions: true)] }
        ),
        ("softmax", { [softmax($0, axis: -1), logSoftmax($0, axis: 1)] }),
        ("order", { [$0.argMax(axis: 1), $0.topK(2).values, $0.sorted()] }),
        ("running", { [$0.cumulativeSum(axis: 1, isExclusive: true, isReversed: true)] }),
        (
            "products",
            {
                [
                    matmul($0, $0, transposingFirst: true),
                    einsum("ij,kj->ik", of: [$0, $0]),
                ]
            }
        ),
        (
            "shapes",
            {
                [
                    $0.transposed(), $0.reshaped(to: [-1, 2, 2]), $0.expandingDimension(at: 1),
                    $0.reversed(axes: [1]), concatenated([$0, $0], axis: 1), $0.flattened(),
                ]
            }
        ),
        (
            "parts",
            {
                [
                    $0.sliced(axis: 1, 1, 3), $0.sliced(axis: 0, 1, nil, stride: 2),
                    $0.gathered(at: AnyTensor(NDArray([Int32(2), 0])), axis: 1),
                    $0.padded(with: .scalar(9, .float32), sizes: [(1, 0), (0, 2)]),
                ]
            }
        ),
        (
            "casts",
            { [$0.cast(to: .int32), ($0.cast(to: .int64) % AnyTensor.scalar(3, .int64))] }
        ),
        (
            "gradients",
            { x in
                let y = (softmax(x, axis: 1) * x).sum(axes: [1]) + x.mean(axes: [1])
                return gradientsOrNone(y, x)
            }
        ),
        (
            "branches",
            { x in
                [
                    cond(
                        Tensor<Bool>(x.sum() .> AnyTensor.scalar(100, .float32)),
                        then: { x * 2 }, else: { x + x.mean() })
                ]
            }
        ),
        (
            "loops",
            { x in
                whileLoop(
                    [AnyTensor.scalar(0, .int32), x],
                    condition: { $0[0] .< AnyTensor.scalar(3, .int32) },
                    body: { [$0[0] + .scalar(1, .int32), $0[1] * 1.5 + x] })
            }
        ),
    ]

    private static func gradientsOrNone(_ y: AnyTensor, _ x: AnyTensor) -> [AnyTensor] {
        ((try? gradients(of: [y], withRespectTo: [x])) ?? []).compactMap { $0 }
    }

    @Test(arguments: functions.indices)
    func computeTheSame(_ index: Int) throws {
        let (name, body) = Self.functions[index]
        let outputs = body(Self.x)
        #expect(!outputs.isEmpty)
        for output in outputs { if let error = output.error { throw error } }
        let names = outputs.indices.map { "out\($0)" }
        let numbers = try #require(Self.numbers)
        let wanted = try Session().run(outputs, feeding: Feeds([(Self.x, numbers)]))
        let graph = try TensorFlowGraph(
            exporting: Dictionary(zip(names, outputs), uniquingKeysWith: { first, _ in first }))
        let again = try TensorFlowGraph(serialized: graph.serialized())
        #expect(again.unsupportedOperations.isEmpty)
        let program = try again.program(fetching: names)
        let found = try program.run(in: Session(), feeding: ["x": numbers])
        for (a, b) in zip(found, wanted) {
            #expect(a.dtype == b.dtype && a.shape == b.shape, "\(name): \(a.shape) and \(b.shape)")
            #expect(
                zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) },
                "\(name): \(a) instead of \(b)")
        }
    }

    // MARK: Networks

    /// A small network of convolutions, and its variables' values.
    private func network() throws -> (images: AnyTensor, scores: AnyTensor, session: Session) {
        let images = AnyTensor.placeholder(.float32, shape: [nil, 8, 8, 1], name: "images")
        let filter = VariableHandle(
            "conv/kernel", dtype: .float32, shape: [3, 3, 1, 4],
            initializer: .randomNormal(standardDeviation: 0.3))
        let weights = VariableHandle(
            "dense/kernel", dtype: .float32, shape: [64, 5],
            initializer: .randomNormal(standardDeviation: 0.3))
        let bias = VariableHandle("dense/bias", dtype: .float32, shape: [5], initializer: .zeros)
        let hidden = maxPool2D(
            relu(conv2D(images, filter: filter.value, padding: .same)), size: [2, 2],
            strides: [2, 2])
        let scores = softmax(
            matmul(hidden.flattened(from: 1), weights.value) + bias.value, axis: -1)
        return (images, scores, Session())
    }

    private func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    @Test func freezesVariables() throws {
        let (images, scores, session) = try network()
        let pixels = try NDArray((0..<128).map { Float($0 % 7) / 7 }, shape: [2, 8, 8, 1])
        let wanted = try session.run([scores], feeding: Feeds([(images, pixels)]))[0]
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["graph.pb", "graph.pbtxt"] {
            try TensorFlowGraph(exporting: ["scores": scores], freezing: session)
                .write(to: "\(folder)/\(name)")
            let graph = try TensorFlowGraph(contentsOf: "\(folder)/\(name)")
            #expect(try graph.allVariables().isEmpty)
            let found = try graph.program(fetching: ["scores"])
                .run(in: Session(), feeding: ["images": pixels])[0]
            #expect(zip(found.doubles, wanted.doubles).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func savesModels() throws {
        let (images, scores, session) = try network()
        let pixels = try NDArray((0..<64).map { Float($0 % 5) / 5 }, shape: [1, 8, 8, 1])
        let wanted = try session.run([scores], feeding: Feeds([(images, pixels)]))[0]
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TensorFlowSavedModel.write(
            to: "\(folder)/model", outputs: ["scores": scores], inputs: ["pixels": images],
            in: session)
        #expect(throws: (any Error).self) {
            try TensorFlowSavedModel.write(
                to: "\(folder)/model", outputs: ["scores": scores], inputs: ["pixels": images],
                in: session)
        }
        let model = try TensorFlowSavedModel(contentsOf: "\(folder)/model")
        let other = Session()
        try model.initialize(other)
        let found = try model.run(feeding: ["pixels": pixels], in: other)
        let result = try #require(found["scores"])
        #expect(zip(result.doubles, wanted.doubles).allSatisfy { abs($0 - $1) < 1e-6 })
        // Written again, with values that have changed since.
        let bias = try #require(model.graph.allVariables()["dense/bias"])
        try other.set(bias, to: try NDArray([9, 0, 0, 0, 0].map { Float($0) }, shape: [5]))
        try model.write(to: "\(folder)/again", in: other)
        let again = try TensorFlowSavedModel(contentsOf: "\(folder)/again")
        #expect(model.graph.differences(to: again.graph).isEmpty)
        let third = Session()
        try again.initialize(third)
        let changed = try #require(try again.run(feeding: ["pixels": pixels], in: third)["scores"])
        #expect(changed.doubles[0] > 0.99)
        let values = try ["model", "again"].map {
            try TensorFlowCheckpoint("\(folder)/\($0)/variables/variables")
        }
        #expect(Array(try values[0].differences(to: values[1]).changed.keys) == ["dense/bias"])
    }

    @Test func saysWhatHasNoForm() throws {
        let read = HostFunction("read", results: [.array(.float32, [])]) { _ in [NDArray(Float(1))]
        }
        #expect(throws: TensorFlowError.self) {
            try TensorFlowGraph(exporting: ["y": hostCall(read, [])[0]])
        }
    }
}
