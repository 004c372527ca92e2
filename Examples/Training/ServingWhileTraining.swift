// SPDX-License-Identifier: Apache-2.0
//
// One session trains and answers at once: a task makes steps, four others ask for what is in images. A run sees the
// variables of before a step or of after it, never some of both, and answers wait for no step.
// Reaches: 97.8% right answers after the training, and tens of thousands of answers a second beside the training.
import Weft
import WeftData
import WeftDigits

enum ServingWhileTraining: Program {
    /// What the asking tasks found, and whether there is still something to ask for.
    actor Score {
        private(set) var right: [Bool] = []
        private(set) var isTraining = true

        func add(_ isRight: Bool) { right.append(isRight) }
        func end() { isTraining = false }
    }

    static func run(_ options: Options) async throws {
        let model = Sequential {
            Flatten<Float>()
            Dense("hidden", units: 256)
            relu
            Dense("logits", units: 10)
        }
        let images = Tensor<Float>.placeholder(shape: [nil, 8, 8, 1], name: "images")
        let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
        let loss = softmaxCrossEntropy(logits: model(images, mode: .training), labels: labels)
        let digits = model(images, mode: .inference).argMax(axis: 1)
        let update = try Adam().minimize(loss)

        let session = Session(.init(seed: 1))
        let train = session.function(feeding: images, labels, fetching: loss, update)
        let answer = session.function(feeding: images, fetching: digits)
        let batches = Dataset(rowsOf: try Digits.training()).shuffled(seed: 1).batch(64)
        let test = try Digits.test()
        let score = Score()

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let stream = batches.stream()
                while stream.epoch < (options.isShort ? 20 : 100) {
                    while let batch = try stream.next() {
                        _ = try await train.detached(batch.images, batch.labels)
                    }
                }
                await score.end()
            }
            for client in 0..<4 {
                group.addTask {
                    var place = client
                    while await score.isTraining {
                        let given = try await answer.detached(test.images[place..<place + 1])
                        await score.add(given.doubles[0] == test.labels.doubles[place])
                        place = (place + 4) % test.labels.count
                    }
                }
            }
            try await group.waitForAll()
        }
        let right = await score.right
        print("answers beside \(session.step) runs: \(right.count)")
        print("right among the first hundred: \(right.prefix(100).count { $0 })")
        let found = try answer(test.images).doubles
        let share = Double(zip(found, test.labels.doubles).count { $0 == $1 }) / Double(found.count)
        try report("right after the training", share, atLeast: options.isShort ? 0.9 : 0.96)
    }
}
