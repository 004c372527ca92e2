// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftData
import WeftFormats
import WeftImages
import WeftTraining

/// `weft predict`: what a trained model makes of data.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predict by a model that `weft train` has trained.",
        discussion: """
            MODEL is a folder of checkpoints, of which the newest counts, a checkpoint, or the file of --export.

            DATA of a table is one with the same columns; the label need not be among them. Each line that is printed is a \
            record's prediction, for classes with its probability. Of images it is a picture (.png, .jpg), which is \
            brought to the model's size, or an array of them (.npy), from 0 to 1: [n, height, width, channels] or without \
            the last. A model of text needs none: it writes on from --prompt.
            """)

    @Argument(help: ArgumentHelp("The trained model.", valueName: "model"))
    var model: String
    @Argument(help: ArgumentHelp("What it is to predict from.", valueName: "data"))
    var data: String?
    @Option(
        help: ArgumentHelp(
            "A file for all numbers that are predicted: a probability for each class, or the number.",
            valueName: "file.npy"))
    var out: String?
    @Flag(help: "The picture is dark on a light ground, and the model has learnt light on dark.")
    var invert = false
    @Option(help: "What the characters are functions of that a model of text draws.")
    var seed: UInt64 = 0
    @OptionGroup var sampling: SamplingOptions

    func run() throws {
        let saved = try SavedModel(model)
        let description = saved.description
        if description.task == .text {
            try Output.line(try sampling.text(by: TextSampler(saved), seed: seed))
            return
        }
        guard let data else { throw ValidationError("Say what to predict from.") }
        if let out { _ = try AtomicFile(out) }
        let inputs = try self.inputs(data, description)
        let placeholder = Tensor<Float>.placeholder(
            shape: Shape([nil] + description.inputShape.map { Optional($0) }), name: "inputs")
        let predictions = description.predictions(
            saved.model(placeholder.anyTensor, mode: .inference))
        let predict = saved.session.function(feeding: placeholder, fetching: predictions)
        var parts: [NDArray] = []
        try Output.line(description.classes.isEmpty ? "prediction" : "prediction,probability")
        for start in stride(from: 0, to: inputs.shape[0], by: Self.batch) {
            let part = try predict(inputs[start..<min(start + Self.batch, inputs.shape[0])])
            parts.append(part)
            try show(part, description.classes)
        }
        if let out { try ArrayFolder.write(try concatenated(parts), to: out) }
    }

    private static let batch = 256

    private func show(_ predictions: NDArray, _ classes: [String]) throws {
        let numbers = predictions.doubles
        let width = max(classes.count, 1)
        var lines: [String] = []
        for start in stride(from: 0, to: numbers.count, by: width) {
            let row = numbers[start..<min(start + width, numbers.count)]
            guard let greatest = row.max(), let place = row.firstIndex(of: greatest),
                !classes.isEmpty
            else {
                lines.append(row.first.map { "\(Float($0))" } ?? "")
                continue
            }
            lines.append("\(Self.field(classes[place - start])),\(format(greatest, 4))")
        }
        if !lines.isEmpty { try Output.line(lines.joined(separator: "\n")) }
    }

    /// As a field of a table.
    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
    }

    private func inputs(_ path: String, _ description: ModelDescription) throws -> NDArray {
        if let table = description.table {
            let examples = try table.read(try table.open(path), hasTargets: false)
            return try table.standardized(examples.inputs)
        }
        let shape = description.inputShape
        let name = path.lowercased()
        if [".png", ".jpg", ".jpeg"].contains(where: { name.hasSuffix($0) }) {
            return try picture(path, shape)
        }
        let images = try NDArray(npy: path).cast(to: .float32)
        let own = Array(images.shape.dropFirst())
        let known = [own, own + [1]]
        if images.rank > 0, known.contains(shape) {
            return try images.reshaped(to: [images.shape[0]] + shape)
        }
        // One image alone.
        if [images.shape, images.shape + [1]].contains(shape) {
            return try images.reshaped(to: [1] + shape)
        }
        throw CleanFailure(
            "'\(path)' has an array of \(images.shape), and the model takes images of \(shape)")
    }

    /// One picture in the model's size: `f32[1, height, width, channels]`.
    private func picture(_ path: String, _ shape: [Int]) throws -> NDArray {
        guard shape.count == 3, shape[2] == 1 || shape[2] == 3 else {
            throw CleanFailure(
                "a picture is grey or of three colours, and the model takes \(shape)")
        }
        let image = try NDArray(image: path, channels: shape[2] == 1 ? .grey : .rgb)
            .resizedImage(to: (height: shape[0], width: shape[1]))
        let numbers = try image.cast(to: .float32) / Float(255)
        return try (invert ? Float(1) - numbers : numbers).reshaped(to: [1] + shape)
    }
}
