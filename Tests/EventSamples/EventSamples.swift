// SPDX-License-Identifier: Apache-2.0
//
// Writes event files with something of each kind, and what is in them as JSON, for `Scripts/tensorboard.sh` to compare with
// what TensorBoard reads: `EventSamples FOLDER`. The training is real: 1,797 handwritten digits.
import Foundation
import Weft
import WeftData
import WeftDigits
import WeftTensorBoard

@main
struct EventSamples {
    /// What was written, for the comparison.
    struct Written: Encodable {
        struct Histogram: Encodable {
            let step: Int
            let elements: [Double]
        }
        struct Image: Encodable {
            let tag: String
            let shape: [Int]
            let pixels: [UInt8]
        }
        struct Audio: Encodable {
            let rate: Int
            let shape: [Int]
            let samples: [Float]
        }
        struct Curve: Encodable {
            let predictions: [Double]
            let labels: [Bool]
            let thresholds: Int
        }
        var scalars: [String: [String: [Float]]] = [:]
        var histograms: [String: [Histogram]] = [:]
        var images: [Image] = []
        var audio: [Audio] = []
        var texts: [String: String] = [:]
        var curves: [Curve] = []
        var trials: [String: [Double]] = [:]
        var variables: [String] = []
        var scopes: [String] = []
        var vectors: [Float] = []
        var labels: [String] = []
    }

    static func main() throws {
        let root = CommandLine.arguments.dropFirst().first ?? "logs"
        var written = Written()
        try train(root, &written)
        try others("\(root)/other", &written)
        try trials("\(root)/trials", &written)
        let json = try JSONEncoder().encode(written)
        try json.write(to: URL(fileURLWithPath: "\(root)/written.json"))
        print("\(root) written")
    }

    /// A network on digits: curves, weights, pictures, the graph, a profile, curves of precision, vectors.
    static func train(_ root: String, _ written: inout Written) throws {
        let digits = try Digits.training()
        let test = try Digits.test()
        let model = Sequential<Tensor<Float>, Tensor<Float>> {
            Conv2D("conv", inputs: 1, filters: 16, kernelSize: [3, 3], padding: .same)
            relu
            MaxPool2D()
            Flatten()
            Dense("hidden", inputs: 4 * 4 * 16, units: 32)
            relu
            Dense("classes", inputs: 32, units: 10)
        }
        let images = Tensor<Float>.placeholder(shape: [nil, 8, 8, 1], name: "images")
        let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
        let logits = withNameScope("model") { model(images, mode: .training) }
        let loss = withNameScope("loss") {
            softmaxCrossEntropy(logits: logits, labels: labels)
        }
        let accuracy = withNameScope("accuracy") {
            (logits.argMax(axis: 1) .== labels).mean()
        }
        let weights = model.variables.map { Summary.histogram($0.name, $0.value) }
        let watched = loss.withUpdates(
            weights + [Summary.scalar("loss", loss), Summary.scalar("accuracy", accuracy)])
        let step = try Adam(learningRate: 0.003).minimize(watched)
        var options = Session.Options(seed: 3)
        // The profile emits too.
        options.emissionHandler = { _ in }
        let session = Session(options)
        let writer = try EventWriter("\(root)/train")
        let validation = try EventWriter("\(root)/validation")
        try writer.addGraph(
            Graph(inputs: ["images": images], outputs: ["step": step, "accuracy": accuracy]))
        try writer.addLayout([
            ChartCategory("training", [.lines("loss and accuracy", tags: ["loss", "accuracy"])])
        ])
        let stream = Dataset(rowsOf: digits).shuffled(seed: 3).batch(64).stream()
        var number = 0
        while stream.epoch < 6 {
            while let batch = try stream.next() {
                let feeds: Feeds = [images: batch.images, labels: batch.labels]
                _ = try session.run([step], feeding: feeds) { emission in
                    let (name, kind) = Self.parts(emission.name)
                    if kind == "scalar" {
                        written.scalars["train", default: [:]][name, default: []]
                            .append(Float(emission.value.doubles[0]))
                        writer.record(emission, step: number)
                    } else if number % 20 == 0 {
                        written.histograms[name, default: []].append(
                            .init(step: number, elements: emission.value.doubles))
                        writer.record(emission, step: number)
                    }
                }
                number += 1
            }
            let values = try session.run(
                [loss, accuracy, softmax(logits)],
                feeding: [images: test.images, labels: test.labels])
            let now: [Float] = try [values[0].scalar(), values[1].scalar()]
            try validation.addScalars(
                ["loss": Double(now[0]), "accuracy": Double(now[1])], step: number)
            written.scalars["validation", default: [:]]["loss", default: []].append(now[0])
            written.scalars["validation", default: [:]]["accuracy", default: []].append(now[1])
            let probabilities = values[2].doubles
            let truth = test.labels.doubles.map { $0 == 3 }
            let threes = truth.indices.map { probabilities[10 * $0 + 3] }
            try validation.addPRCurve(
                "threes", predictions: NDArray(threes), labels: NDArray(truth), thresholds: 101,
                step: number)
            written.curves.append(.init(predictions: threes, labels: truth, thresholds: 101))
        }
        let profile = try session.profile(
            [step], feeding: [images: digits.images[0..<64], labels: digits.labels[0..<64]])
        try writer.addProfile("step \(number)", profile, step: number)
        let vectors = try session.run(logits, feeding: [images: test.images])
        let names = test.labels.doubles.map { "\(Int($0))" }
        try writer.addEmbedding(
            "digits", vectors,
            columns: [.init("digit", names), .init("number", names.indices.map { "\($0)" })],
            images: test.images.cast(to: .float32))
        written.vectors = try vectors.scalars()
        written.labels = names
        written.variables = model.variables.map(\.name)
        written.scopes = ["model", "loss", "accuracy"]
        try writer.close()
        try validation.close()
    }

    private static func parts(_ name: String) -> (String, String) {
        let parts = name.split(separator: "#").map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
    }

    /// Pictures, sounds, text and tables.
    static func others(_ folder: String, _ written: inout Written) throws {
        let writer = try EventWriter(folder)
        for channels in 1...4 {
            let shape = [24, 40, channels]
            let pixels = (0..<shape.reduce(1, *)).map { index -> UInt8 in
                let (x, channel) = (index / channels % 40, index % channels)
                return UInt8(
                    truncatingIfNeeded: channel == 3
                        ? 255 - 2 * x : x * 6 + channel * 40 + index / 1000)
            }
            let tag = "picture of \(channels)"
            try writer.addImage(tag, NDArray(pixels, shape: shape), step: channels)
            written.images.append(.init(tag: tag, shape: shape, pixels: pixels))
        }
        let batch = try Digits.test().images[0..<3].cast(to: .float32)
        try writer.addImages("digits", batch, step: 0)
        let rate = 8000
        for channels in 1...2 {
            let samples = (0..<rate / 4 * channels).map { index -> Float in
                let time = Double(index / channels) / Double(rate)
                return Float(
                    0.5 * sin(2 * .pi * time * (channels == 2 && index % 2 == 1 ? 660 : 440)))
            }
            let shape = [rate / 4, channels]
            try writer.addAudio(
                "tone of \(channels)", NDArray(samples, shape: shape), sampleRate: Double(rate),
                step: 0)
            written.audio.append(.init(rate: rate, shape: shape, samples: samples))
        }
        let text = "# A title\n\nSome *text*, ü and 🧵."
        try writer.addText("notes", text, step: 1)
        written.texts["notes"] = text
        try writer.addTable(
            "table", header: ["layer", "shape"], rows: [["a|b", "[2, 3]"]], step: 1)
        written.texts["table"] = "| layer | shape |\n| --- | --- |\n| a\\|b | [2, 3] |"
        try writer.close()
    }

    /// An experiment of several trials.
    static func trials(_ folder: String, _ written: inout Written) throws {
        let experiment = try EventWriter(folder)
        try experiment.addExperiment(
            [
                Hyperparameter("rate", .interval(0.001...1)),
                Hyperparameter("optimizer", .values(["adam", "sgd"])),
                Hyperparameter("nesterov", .values([true, false])),
            ],
            metrics: ["accuracy"])
        try experiment.close()
        for (index, rate) in [0.001, 0.01, 0.1].enumerated() {
            let writer = try EventWriter("\(folder)/\(index)")
            try writer.beginTrial([
                "rate": .number(rate), "optimizer": index == 1 ? "sgd" : "adam",
                "nesterov": .flag(index > 0),
            ])
            let accuracy = 0.9 + Double(index) / 32
            try writer.addScalar("accuracy", accuracy, step: 10)
            try writer.endTrial(index == 2 ? .failure : .success)
            try writer.close()
            written.trials["\(index)"] = [rate, accuracy, index == 1 ? 1 : 0, index > 0 ? 1 : 0]
        }
    }
}
