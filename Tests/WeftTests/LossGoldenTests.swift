// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Losses and their gradients against PyTorch, Keras and TensorFlow 1 (Tests/Goldens/training_losses.json).
@Suite struct LossGoldenTests {
    /// What a recorded loss is computed from, by names.
    struct Inputs {
        fileprivate let tensors: [String: AnyTensor]

        subscript(name: String) -> AnyTensor {
            tensors[name] ?? .invalid("loss", nil, "the record has no '\(name)'")
        }
    }

    /// A loss under the name of its recorded case.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let loss: @Sendable (Inputs) -> AnyTensor

        init(_ name: String, _ loss: @escaping @Sendable (Inputs) -> AnyTensor) {
            testDescription = name
            self.loss = loss
        }

        /// A loss of `predicted` and `expected`.
        static func pair(
            _ name: String, _ loss: @escaping @Sendable (AnyTensor, AnyTensor) -> AnyTensor
        ) -> Case {
            Case(name) { loss($0["predicted"], $0["expected"]) }
        }
    }

    static let regression: [Case] = [
        .pair("mean squared error") { meanSquaredError($0, $1, reduction: .none) },
        .pair("mean absolute error") { meanAbsoluteError($0, $1, reduction: .none) },
        .pair("mean absolute percentage error") {
            meanAbsolutePercentageError($0, $1, reduction: .none)
        },
        .pair("mean squared logarithmic error") {
            meanSquaredLogarithmicError($0, $1, reduction: .none)
        },
        .pair("Huber") { huberLoss($0, $1, delta: 0.75, reduction: .none) },
        .pair("smooth L1") { smoothL1Loss($0, $1, beta: 0.5, reduction: .none) },
        .pair("log-cosh") { logCoshLoss($0, $1, reduction: .none) },
        .pair("Poisson") { poissonLoss($0, $1, reduction: .none) },
        Case("Poisson of logarithms") {
            poissonLoss(logarithms: $0["logarithms"], $0["expected"], reduction: .none)
        },
        Case("Gaussian") {
            gaussianLoss(
                $0["predicted"], $0["expected"], variance: $0["variance"], epsilon: 0.375,
                isFull: true, reduction: .none)
        },
        .pair("Kullback-Leibler") { kullbackLeiblerDivergence($0, $1, reduction: .none) },
    ]

    static let margins: [Case] = [
        .pair("hinge") { hingeLoss($0, $1, reduction: .none) },
        .pair("squared hinge") { squaredHingeLoss($0, $1, reduction: .none) },
        .pair("categorical hinge") { categoricalHingeLoss($0, $1, reduction: .none) },
        .pair("soft margin") { softMarginLoss($0, $1, reduction: .none) },
        Case("multi-margin") {
            multiMarginLoss(
                scores: $0["scores"], labels: $0["labels"], margin: 1.5, reduction: .none)
        },
        Case("multi-margin, squared") {
            multiMarginLoss(
                scores: $0["scores"], labels: $0["labels"], isSquared: true, reduction: .none)
        },
        Case("margin ranking") {
            marginRankingLoss(
                $0["first"], $0["second"], order: $0["order"], margin: 0.5, reduction: .none)
        },
        Case("cosine similarity") { cosineSimilarity($0["a"], $0["b"]) },
        Case("cosine embedding") {
            cosineEmbeddingLoss(
                $0["a"], $0["b"], similar: $0["similar"], margin: 0.125, reduction: .none)
        },
        Case("hinge embedding") {
            hingeEmbeddingLoss(
                distances: $0["distances"], similar: $0["similar"], margin: 2, reduction: .none)
        },
        Case("contrastive") {
            contrastiveLoss(
                distances: $0["distances"], similar: $0["similar"], margin: 1.5, reduction: .none)
        },
        Case("triplet") {
            tripletLoss(
                anchor: $0["anchor"], positive: $0["positive"], negative: $0["negative"], margin: 2,
                reduction: .none)
        },
        Case("triplet, swapped") {
            tripletLoss(
                anchor: $0["anchor"], positive: $0["positive"], negative: $0["negative"], margin: 4,
                order: .l1, swapsAnchor: true, reduction: .none)
        },
    ]

    private static func ofNumbers(_ name: String, _ reduction: LossReduction) -> Case {
        Case("softmax cross-entropy of numbers, \(name)") {
            softmaxCrossEntropy(
                logits: $0["logits"], labels: $0["labels"], labelSmoothing: 0.25,
                classWeights: $0["weight"], ignoring: 2, reduction: reduction)
        }
    }

    static let entropies: [Case] = [
        Case("sigmoid cross-entropy") {
            sigmoidCrossEntropy(logits: $0["logits"], labels: $0["labels"], reduction: .none)
        },
        Case("sigmoid cross-entropy, smoothed") {
            sigmoidCrossEntropy(
                logits: $0["logits"], labels: $0["labels"], labelSmoothing: 0.25, reduction: .none)
        },
        Case("sigmoid cross-entropy, positive weight") {
            sigmoidCrossEntropy(
                logits: $0["logits"], labels: $0["labels"], positiveWeight: $0["weight"],
                reduction: .none)
        },
        Case("binary cross-entropy") {
            binaryCrossEntropy(
                probabilities: $0["probabilities"], labels: $0["labels"], reduction: .none)
        },
        Case("softmax cross-entropy") {
            softmaxCrossEntropy(logits: $0["logits"], labels: $0["labels"], reduction: .none)
        },
        Case("softmax cross-entropy, smoothed") {
            softmaxCrossEntropy(
                logits: $0["logits"], labels: $0["labels"], labelSmoothing: 0.25, reduction: .none)
        },
        Case("softmax cross-entropy of numbers") {
            softmaxCrossEntropy(logits: $0["logits"], labels: $0["labels"], reduction: .none)
        },
        ofNumbers("none", .none), ofNumbers("mean", .mean), ofNumbers("sum", .sum),
        Case("categorical cross-entropy") {
            categoricalCrossEntropy(
                probabilities: $0["probabilities"], labels: $0["labels"], reduction: .none)
        },
        Case("categorical cross-entropy of numbers") {
            categoricalCrossEntropy(
                probabilities: $0["probabilities"], labels: $0["labels"],
                classWeights: $0["weight"], ignoring: 2)
        },
        Case("sigmoid focal") {
            sigmoidFocalLoss(
                logits: $0["logits"], labels: $0["labels"], alpha: 0.375, gamma: 1.5,
                reduction: .none)
        },
        Case("softmax focal") {
            softmaxFocalLoss(logits: $0["logits"], labels: $0["labels"], reduction: .none)
        },
    ]

    private static func reduced(_ name: String, _ reduction: LossReduction) -> [Case] {
        ["one", "examples", "outputs", "each", "none"].map { shape in
            Case("\(shape), \(name)") {
                reducedLoss($0["losses"], weights: $0["weights"], reduction: reduction)
            }
        }
    }

    static let reductions: [Case] =
        reduced("none", .none) + reduced("weighted_sum", .sum) + reduced("weighted_mean", .mean)
        + reduced("weighted_sum_over_batch_size", .sumOverBatchSize)
        + reduced("weighted_sum_by_nonzero_weights", .sumByNonzeroWeights)

    /// The loss and the gradients of its sum times a seed, found and wanted, by what they are.
    private func results(
        _ engine: TestedEngine, _ item: Case, in record: [String: Any], _ dtype: DType
    ) throws -> [(name: String, found: NDArray, wanted: NDArray)] {
        var (tensors, feeds): ([String: AnyTensor], Feeds) = ([:], [:])
        for (name, value) in try Golden.dictionary(record["inputs"]) {
            var array = try Golden.requiredArray(value)
            if array.dtype == .float64 { array = try array.cast(to: dtype) }
            let tensor = AnyTensor.placeholder(array.dtype, shape: Shape(array.shape), name: name)
            tensors[name] = tensor
            feeds.set(tensor, to: array)
        }
        let loss = item.loss(Inputs(tensors: tensors))
        let wanted = try Golden.requiredArray(record["loss"])
        let seeds = (0..<wanted.count).map { Double($0 % 7 - 2) / 4 }
        let seed = try NDArray(seeds, shape: wanted.shape).cast(to: dtype)
        let slopes = try Golden.dictionary(record["gradients"]).sorted { $0.key < $1.key }
        let sources = slopes.compactMap { tensors[$0.key] }
        let found = try gradients(
            of: [loss], withRespectTo: sources, seeds: [AnyTensor(seed)], unconnected: .zeros)
        let fetches = try [loss] + found.map { try #require($0) }
        let values = try engine.session().run(fetches, feeding: feeds)
        var results: [(name: String, found: NDArray, wanted: NDArray)] = [
            ("the loss", values[0], wanted)
        ]
        for (slope, value) in zip(slopes, values.dropFirst()) {
            results.append(
                ("the gradient of \(slope.key)", value, try Golden.requiredArray(slope.value)))
        }
        return results
    }

    private func compare(_ engine: TestedEngine, _ item: Case, in part: String) throws {
        let record = try Golden.dictionary(
            Golden("training_losses.json").dictionary(part)[item.testDescription])
        // Keras and TensorFlow 1 hold constants, weights and counts in 32 bits also where losses are of 64.
        // Of 16-bit floats all inputs are exact, and results are rounded once.
        for (dtype, share, least) in [
            (DType.float64, 1e-6, 1e-7), (.float32, 1e-5, 1e-6), (.float16, 0x1p-11, 2e-6),
            (.bfloat16, 0x1p-8, 2e-6),
        ] {
            for (name, found, wanted) in try results(engine, item, in: record, dtype) {
                #expect(found.dtype == dtype && found.shape == wanted.shape, "\(name) in \(dtype)")
                for (x, y) in zip(found.doubles, wanted.doubles) {
                    #expect(
                        x == y || abs(x - y) <= abs(y) * share + least,
                        "\(name) in \(dtype): \(x), not \(y)")
                }
            }
        }
    }

    @Test(
        "losses and gradients of the references", arguments: TestedEngine.allCases,
        regression + margins + entropies)
    func losses(_ engine: TestedEngine, _ item: Case) throws {
        try compare(engine, item, in: "losses")
    }

    @Test("TensorFlow's weights and reductions", arguments: TestedEngine.allCases, reductions)
    func weights(_ engine: TestedEngine, _ item: Case) throws {
        try compare(engine, item, in: "reductions")
    }

    @Test("every recorded case is compared")
    func complete() throws {
        let golden = try Golden("training_losses.json")
        let all = Self.regression + Self.margins + Self.entropies
        let (losses, reductions) = (
            try golden.dictionary("losses").keys, try golden.dictionary("reductions").keys
        )
        #expect(Set(losses) == Set(all.map(\.testDescription)))
        #expect(Set(reductions) == Set(Self.reductions.map(\.testDescription)))
    }
}
