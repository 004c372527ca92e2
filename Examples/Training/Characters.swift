// SPDX-License-Identifier: Apache-2.0
//
// A transformer learns which character comes next in a text, and writes on. Without a file it reads the decisions
// in Weft's documentation.
// Reaches: a perplexity of 5.1 on the last tenth of 72,000 characters, after five epochs; words, not yet sentences.
import Foundation
import Weft
import WeftData
import WeftTraining

enum Characters: Program {
    static let context = 64

    static func run(_ options: Options) throws {
        let text = try read(options.path)
        let characters = CharacterVocabulary(of: text)
        let numbers = try characters.numbers(of: text)
        let end = numbers.count * 9 / 10
        func windows(_ part: NDArray, step: Int) -> Dataset<Labeled> {
            Dataset(windowsOf: part, length: context + 1, step: step)
                .map { Labeled($0[0..<context], $0[1..<context + 1]) }
        }
        let training = windows(numbers[0..<end], step: 7).shuffled(seed: 1).batch(32).prefetch(2)
        let test = windows(numbers[end..<numbers.count], step: context).batch(32)

        let width = options.isShort ? 48 : 96
        let model: Sequential<Tensor<Int32>, Tensor<Float>> = Sequential {
            Embedding("embedding", entries: characters.count, width: width)
            LearnedPositions("positions", most: context)
            for layer in 0..<(options.isShort ? 1 : 3) {
                TransformerEncoderBlock(
                    "block\(layer)", width: width, heads: 4, hidden: 4 * width, isCausal: true)
            }
            LayerNorm("norm")
            Dense("logits", units: characters.count)
        }
        var limits = TrainerOptions()
        limits.clip = .globalNorm(1)
        let trainer = try Trainer(
            model, from: \.inputs, to: \.targets, on: training,
            optimizer: AdamW(learningRate: options.isShort ? 0.005 : 0.001), options: limits,
            loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
            metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
        let steps = options.isShort ? 60 : nil
        try trainer.fit(training, epochs: options.isShort ? 1 : 5, stepsPerEpoch: steps)

        let loss = try trainer.evaluate(test)["loss"] ?? .infinity
        try report("perplexity", exp(loss), atMost: options.isShort ? 18 : 6)
        let start = numbers[0..<context]
        print(try write(on: model, trainer.session, from: start, characters, temperature: 0.7))
    }

    /// A text of 200 characters, each drawn by the probabilities that the model gives it.
    private static func write(
        on model: Sequential<Tensor<Int32>, Tensor<Float>>, _ session: Session,
        from start: NDArray, _ characters: CharacterVocabulary, temperature: Float
    ) throws -> String {
        let before = Tensor<Int32>.placeholder(shape: [1, context], name: "before")
        let last = model(before, mode: .inference)[0, -1]
        let drawn = randomCategorical(logits: last / temperature, stream: "characters")
        let draw = session.function(feeding: before, fetching: drawn.cast(to: Int32.self))
        var numbers: [Int32] = try start.scalars()
        for _ in 0..<200 {
            let window = try NDArray(Array(numbers.suffix(context)), shape: [1, context])
            numbers.append(try draw(window).scalar())
        }
        return try characters.text(of: NDArray(numbers))
    }

    private static func read(_ path: String?) throws -> String {
        if let path { return try String(contentsOfFile: path, encoding: .utf8) }
        let folder = "Documentation/decisions"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }.joined()
    }
}
