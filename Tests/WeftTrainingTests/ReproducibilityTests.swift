// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData
import WeftTraining

/// What `Documentation/Reproducibility.md` says: the same seed gives the same bits, also with another number of
/// threads. The sizes are such that two threads divide the steps.
@Suite struct ReproducibilityTests {
    @Test("a convolutional network with batch normalisation and dropout")
    func convolutions() throws {
        try expectSameBits { session in
            let random = RandomArrays(seed: 2)
            let images = Labeled(
                try random.normal(shape: [192, 16, 16, 3]),
                try random.integers(shape: [192], in: 0..<10))
            let model = Sequential {
                Conv2D<Float>("conv1", filters: 32, kernelSize: [3], padding: .same)
                BatchNorm("norm1")
                relu
                MaxPool2D()
                Conv2D("conv2", filters: 64, kernelSize: [3], padding: .same)
                BatchNorm("norm2")
                relu
                GlobalAveragePool()
                Dropout("dropout", rate: 0.3)
                Dense("logits", units: 10)
            }
            let augmentation = ImageAugmentation(
                flipProbability: 0.5, padding: 2, cropSize: (16, 16))
            let data = Dataset(rowsOf: images).shuffled(seed: 3)
                .map(seed: 4, threads: 2) { image, random in
                    Labeled(try augmentation(image.inputs, &random), image.targets)
                }
                .batch(48).prefetch(2)
            return (
                try Trainer(
                    model, from: \.inputs, to: \.targets, on: data, session: session,
                    optimizer: AdamW(learningRate: 0.003),
                    loss: { softmaxCrossEntropy(logits: $0, labels: $1) }), data
            )
        }
    }

    @Test("an embedding under a bidirectional LSTM, with gradients of rows and a clipped norm")
    func sequences() throws {
        try expectSameBits { session in
            let random = RandomArrays(seed: 5)
            let texts = Labeled(
                try random.integers(shape: [128, 24], in: 0..<500),
                try random.integers(shape: [128], in: 0..<4))
            let model: Sequential<Tensor<Int32>, Tensor<Float>> = Sequential {
                Embedding("words", entries: 500, width: 48)
                LSTM(
                    "lstm", units: 40, layers: 2, isBidirectional: true, givesSequence: false,
                    dropout: 0.2)
                Dense("logits", units: 4)
            }
            let data = Dataset(rowsOf: texts).shuffled(seed: 6).batch(32)
            var options = TrainerOptions()
            options.clip = .globalNorm(0.5)
            return (
                try Trainer(
                    model, from: \.inputs, to: \.targets, on: data, session: session,
                    optimizer: RMSProp(learningRate: 0.003), options: options,
                    loss: { softmaxCrossEntropy(logits: $0, labels: $1) }), data
            )
        }
    }

    @Test("a transformer with dropout, accumulated gradients and a schedule")
    func attention() throws {
        try expectSameBits { session in
            let random = RandomArrays(seed: 7)
            let texts = Labeled(
                try random.integers(shape: [96, 32], in: 0..<60),
                try random.integers(shape: [96, 32], in: 0..<60))
            var block = TransformerOptions<Float>()
            block.dropout = 0.1
            let model: Sequential<Tensor<Int32>, Tensor<Float>> = Sequential {
                Embedding("characters", entries: 60, width: 64)
                LearnedPositions("positions", most: 32)
                for layer in 0..<2 {
                    TransformerEncoderBlock(
                        "block\(layer)", width: 64, heads: 4, hidden: 256, isCausal: true,
                        options: block)
                }
                LayerNorm("norm")
                Dense("logits", units: 60)
            }
            let data = Dataset(rowsOf: texts).shuffled(seed: 8).batch(16)
            var options = TrainerOptions()
            options.accumulatedBatches = 2
            let rate = Schedule.cosineDecay(from: 0.003, steps: 20).warmedUp(steps: 4)
            return (
                try Trainer(
                    model, from: \.inputs, to: \.targets, on: data, session: session,
                    optimizer: Adam(learningRate: rate), options: options,
                    loss: { softmaxCrossEntropy(logits: $0, labels: $1) }), data
            )
        }
    }

    @Test("another seed gives other numbers")
    func otherSeed() throws {
        let kernel = { (seed: UInt64) in
            let layer = Dense<Float>("layer", inputs: 4, units: 4)
            return try Session(.init(seed: seed)).value(of: layer.kernel)
        }
        #expect(try kernel(1).hasSameBits(as: try kernel(1)))
        #expect(!(try kernel(1).hasSameBits(as: try kernel(2))))
    }

    /// Trains two epochs twice with two threads and once with one, and compares all variables, those of the
    /// optimizer included, and the losses on the way.
    private func expectSameBits<Element>(
        _ make: (Session) throws -> (Trainer<Element>, Dataset<Element>)
    ) throws {
        let results = try [2, 2, 1].map { threads in
            let session = Session(.init(seed: 11, engine: .cpu(threads: threads)))
            let (trainer, data) = try make(session)
            let history = try trainer.fit(data, epochs: 2, progress: nil)
            return (losses: history.values(of: "loss"), state: try session.exportState())
        }
        let first = results[0]
        #expect(first.losses.allSatisfy(\.isFinite) && first.losses.count == 2)
        #expect(first.state.variables.count > 6)
        for (name, other) in zip(["a second run", "one thread"], results.dropFirst()) {
            #expect(other.losses.map(\.bitPattern) == first.losses.map(\.bitPattern), "\(name)")
            #expect(Set(other.state.variables.keys) == Set(first.state.variables.keys))
            for (variable, value) in first.state.variables {
                let same = try #require(other.state.variables[variable])
                #expect(value.hasSameBits(as: same), "\(variable) after \(name)")
            }
        }
    }
}
