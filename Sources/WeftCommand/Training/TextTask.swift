// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftData
import WeftTraining

/// Networks that say of the characters before, `i32[n, context]`, which one comes next.
enum TextModels {
    typealias Network = Sequential<Tensor<Int32>, Tensor<Float>>

    static let all: [String: @Sendable (_ context: Int, _ characters: Int) -> Network] = [
        "mlp": perceptron, "linear": linear,
    ]

    /// An embedding of each character before, and two dense layers (Bengio et al. 2003).
    @Sendable private static func perceptron(_ context: Int, _ characters: Int) -> Network {
        Sequential {
            Embedding("embedding", entries: characters, width: 24)
            Flatten()
            Dense("dense1", inputs: context * 24, units: 256, kernelInitializer: .heNormal)
            relu
            Dropout("dropout", rate: 0.1)
            Dense("dense2", inputs: 256, units: characters)
        }
    }

    @Sendable private static func linear(_ context: Int, _ characters: Int) -> Network {
        Sequential {
            Embedding("embedding", entries: characters, width: 24)
            Flatten()
            Dense("dense", inputs: context * 24, units: characters)
        }
    }
}

/// The text that a model learns, or is evaluated on.
enum TextFile {
    /// All of a file.
    static func contents(of path: String) throws -> String {
        var text = ""
        let lines = Dataset(linesOf: path).stream()
        while let line = try lines.next() { text += line + "\n" }
        return text
    }

    /// The numbers of a text's characters, which must be among some.
    static func numbers(of text: String, among characters: [String]) throws -> NDArray {
        let known = TextFile.numbers(of: characters)
        return NDArray(
            try text.map { character -> Int32 in
                if let number = known[String(character)] { return number }
                throw CleanFailure("the model has not seen the character '\(character)'")
            })
    }

    static func numbers(of characters: [String]) -> [String: Int32] {
        Dictionary(
            characters.enumerated().map { ($0.element, Int32(truncatingIfNeeded: $0.offset)) }
        ) { first, _ in first }
    }

    /// Characters and the one that follows them.
    static func windows(_ numbers: NDArray, context: Int) throws -> Dataset<Labeled> {
        guard numbers.count > context else {
            throw CleanFailure(
                "a text of \(numbers.count) characters is too short for a context of \(context)")
        }
        return Dataset(windowsOf: numbers, length: context + 1)
            .map { Labeled($0[0..<context], $0[context]) }
    }
}

extension TrainingTask {
    /// A text, of which the next character is to be predicted. Its last part is for validation.
    static func text(
        _ path: String, context: Int, model: String, validation share: Double
    ) throws -> TrainingTask {
        let text = try TextFile.contents(of: path)
        let characters = CharacterVocabulary(of: text).characters.map { String($0) }
        guard characters.count >= 2 else {
            throw CleanFailure("'\(path)' has fewer than two different characters to learn")
        }
        let numbers = try TextFile.numbers(of: text, among: characters)
        let held = Int(Double(numbers.count) * share)
        let length = numbers.count - held
        let description = ModelDescription(
            task: .text, model: model, inputShape: [context], classes: characters,
            beginning: text.prefix(context).map { String($0) })
        return .text(
            description, training: try TextFile.windows(numbers[0..<length], context: context),
            validation: held > 0
                ? try TextFile.windows(numbers[length..<numbers.count], context: context) : nil,
            defaults: TrainingDefaults(
                learningRate: 0.002, epochs: 5, batchSize: min(128, length - context),
                validation: 0.1))
    }

    /// A task of characters and the one that follows them.
    static func text(
        _ description: ModelDescription, training: Dataset<Labeled>,
        validation: Dataset<Labeled>?, defaults: TrainingDefaults
    ) -> TrainingTask {
        TrainingTask(
            description: description, training: training, validation: validation, test: nil,
            defaults: defaults,
            measure: { logits, labels in
                let losses = softmaxCrossEntropy(
                    logits: logits, labels: labels, reduction: .none)
                let count = losses.anyTensor.elementCount(as: .float32)
                return Measures(
                    loss: losses.mean(),
                    metrics: [
                        "accuracy": .accuracy(logits: logits, labels: labels),
                        "perplexity": StepMetric(sums: [losses.sum(), count]) {
                            Foundation.exp($0[0] / $0[1])
                        },
                    ])
            },
            mainMetric: "perplexity")
    }
}

/// Writes on, character by character, as a model of text predicts.
struct TextSampler {
    private let model: SavedModel
    private let predict: SessionFunction<(NDArray), NDArray>
    private let characters: [String]
    private let context: Int

    init(_ model: SavedModel) {
        self.model = model
        characters = model.description.classes
        context = model.description.inputShape.first ?? 1
        let inputs = Tensor<Int32>.placeholder(shape: [nil, context], name: "characters")
        let scores = model.model(inputs.anyTensor, mode: .inference)
        predict = model.session.function(feeding: inputs, fetching: scores)
    }

    /// The text that follows a beginning.
    ///
    /// - Parameters:
    ///   - temperature: What scores are divided by: 1 for the model's own probabilities, 0 for the likeliest
    ///     always.
    ///   - seed: The same seed gives the same text.
    func text(after prompt: String, count: Int, temperature: Double, seed: UInt64) throws -> String
    {
        let known = TextFile.numbers(of: characters)
        let given = model.description.beginning + prompt.map { String($0) }
        var numbers = try given.suffix(context).map { character in
            guard let number = known[character] else {
                throw CleanFailure(
                    "the model has not seen the character '\(character)'; leave it out of --prompt")
            }
            return number
        }
        while numbers.count < context { numbers.insert(0, at: 0) }
        // A draw for each character, as the session's would be.
        let draws = try RandomArrays(seed: seed).uniform(shape: [max(count, 1)]).doubles
        var result = ""
        for place in 0..<max(count, 0) {
            let scores = try predict(
                NDArray(Array(numbers.suffix(context)), shape: [1, context])
            ).doubles
            let next = Self.draw(scores, temperature, draws[place])
            numbers.append(Int32(truncatingIfNeeded: next))
            result += characters[next]
        }
        return result
    }

    /// The place that a number from 0 to 1 falls on, of places as wide as their probabilities.
    private static func draw(_ scores: [Double], _ temperature: Double, _ draw: Double) -> Int {
        guard let most = scores.max(), let likeliest = scores.firstIndex(of: most),
            temperature > 0
        else { return scores.firstIndex(of: scores.max() ?? 0) ?? 0 }
        let weights = scores.map { Foundation.exp(($0 - most) / temperature) }
        var rest = draw * weights.reduce(0, +)
        for (place, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return place }
        }
        return likeliest
    }
}
