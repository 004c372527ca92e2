// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import Testing
import Weft
import WeftProtos
import WeftTensorBoard

/// Graphs, profiles, and summaries that graphs give.
@Suite struct GraphTests {
    @Test("a graph has scopes as paths, shapes, and bodies inside of what runs them")
    func graph() throws {
        try inFolder { folder in
            let x = Tensor<Float>.placeholder(shape: [nil, 3], name: "x")
            let layer = Dense<Float>("dense", inputs: 3, units: 2)
            let y = withNameScope("model") { relu(layer(x)) }
            let loop = withNameScope("loop") {
                scan(over: [y.anyTensor], initial: [AnyTensor(NDArray([Float(0), 0]))]) {
                    carries, slices in
                    let next = withNameScope("cell") { carries[0] + slices[0] }
                    return ([next], [next * next])
                }
            }
            let loss = Tensor<Float>(loop.outputs[0]).mean() + y.mean()
            let step = try GradientDescent(learningRate: 0.1).minimize(loss)
            let writer = try EventWriter(folder)
            try writer.addGraph(Graph(inputs: ["x": x], outputs: ["loss": loss, "step": step]))
            let session = Session()
            let profile = try session.profile(
                [step], feeding: [x: [[1.0, 2, 3], [4, 5, 6]]], runs: 2)
            try writer.addProfile("first", profile, step: 1)
            try writer.close()
            let log = try EventLog(folder)
            let graph = try TFGraphDef(serializedBytes: #require(log.graph))
            let names = graph.node.map(\.name)
            #expect(Set(names).count == names.count)
            #expect(names.contains("x") && names.contains("dense/kernel"))
            #expect(names.contains { $0.hasPrefix("model/") })
            #expect(names.contains { $0.contains("scan/body/cell/add") }, "\(names)")
            #expect(names.contains { $0.contains("gradient/") }, "\(names)")
            // Every edge leads to an operation that there is.
            let known = Set(names)
            for input in graph.node.flatMap(\.input) {
                #expect(known.contains(String(input.split(separator: ":")[0])), "\(input)")
            }
            let placeholder = try #require(graph.node.first { $0.name == "x" })
            #expect(placeholder.op == "Placeholder")
            #expect(
                placeholder.attr["_output_shapes"]?.list.shape.first?.dim.map(\.size) == [-1, 3])
            let run = try TFRunMetadata(serializedBytes: #require(log.runMetadata["first"]))
            let devices = run.stepStats.devStats
            #expect(devices.count == 2 && devices[1].nodeStats.count == profile.steps.count)
            // Time is shown at operations of the graph.
            let shown = devices[0].nodeStats.filter { known.contains($0.nodeName) }
            #expect(shown.count >= 2, "\(devices[0].nodeStats.map(\.nodeName))")
            let seconds = devices[0].nodeStats.map { Double($0.allEndRelNanos) * 1e-9 }.reduce(0, +)
            let own = profile.steps.map(\.ownSeconds).reduce(0, +)
            #expect(abs(seconds - own) < 1e-3 * own + 1e-6)
        }
    }

    @Test("summaries in a graph ride with its values, and are recorded when a run has succeeded")
    func summaries() throws {
        try inFolder { folder in
            let x = Tensor<Float>.placeholder(shape: [nil], name: "x")
            let w = Variable<Float>("w", shape: [], initializer: .ones)
            let mean = (x * x).mean() * w.value
            let image = Tensor<Float>.ones(shape: [2, 4, 4, 1])
            let sound = Tensor<Float>.zeros(shape: [1, 100])
            let watched = withNameScope("watch") {
                mean.withUpdates([
                    Summary.scalar("mean", mean), Summary.histogram("x", x),
                    Summary.images("image", image, most: 1),
                    Summary.audio("sound", sound, sampleRate: 8000),
                    Summary.text("text", Tensor<String>(NDArray("hello"))),
                    emit(mean, as: "plain"), emit(x, as: "array"),
                ])
            }
            let step = try GradientDescent(learningRate: 1e-9).minimize(watched)
            let writer = try EventWriter(folder)
            let session = Session()
            for number in 0..<3 {
                // Alone, a tensor does not run what rides with it.
                _ = try session.run(watched, feeding: [x: [1.0, 2.0]]) { _ in
                    Issue.record("emitted")
                }
                _ = try session.run([step], feeding: [x: [1.0, 2.0]]) {
                    writer.record($0, step: 10 * number)
                }
            }
            try writer.flush()
            let log = try EventLog(folder)
            #expect(log.scalars("watch/mean").map(\.step) == [0, 10, 20])
            #expect(log.scalars("watch/mean").first?.value == 2.5)
            #expect(log.scalars("watch/plain").count == 3)
            #expect(
                log.values.keys.sorted() == [
                    "watch/image/image", "watch/mean", "watch/plain", "watch/sound/audio/0",
                    "watch/text", "watch/x",
                ])
            guard
                case .histogram(let histogram) = try #require(log.values["watch/x"]?.first).value
                    .content
            else { throw NothingThrown() }
            #expect(try histogram == Histogram([1.0, 2.0]))
            // What cannot be recorded is told by the next call.
            _ = try session.run([step], feeding: [x: [NDArray(Float.nan)]]) {
                writer.record($0, step: 30)
            }
            let fault = try error(SummaryError.self) { try writer.flush() }
            #expect(fault.kind == .notFinite && fault.tag == "watch/x")
            try writer.close()
            #expect(try EventLog(folder).scalars("watch/mean").count == 4)
        }
    }

    @Test("a session's handler records each n-th run")
    func handler() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            var options = Session.Options()
            options.emissionHandler = writer.emissionHandler(every: 2)
            let session = Session(options)
            let x = Tensor<Float>.placeholder(shape: [])
            let update = Summary.scalar("x", x)
            for number in 0..<5 {
                _ = try session.run(update, feeding: [x: NDArray(Float(number))])
            }
            try writer.close()
            #expect(try EventLog(folder).scalars("x").map(\.value) == [0, 2, 4])
        }
    }
}
