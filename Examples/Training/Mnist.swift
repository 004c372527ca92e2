// SPDX-License-Identifier: Apache-2.0
//
// MNIST, from its own IDX files or from a table of pixels with the digit at the end of each line.
//   Scripts/mnist.sh fetches 5,000 images of it as such a table.
// Reaches: with 4,000 images to train on, 97.3% of the other 1,000 after 12 epochs.
import Foundation
import Weft
import WeftData
import WeftDigits
import WeftTraining

enum Mnist: Program {
    static func run(_ options: Options) throws {
        let (training, test) = try read(options)
        let epochs = options.isShort ? 4 : 12
        let batches = training.shuffled(seed: 1).batch(64).prefetch(2)
        let model = Sequential {
            Conv2D<Float>("conv1", filters: 16, kernelSize: [3], padding: .same)
            relu
            MaxPool2D()
            Conv2D("conv2", filters: 32, kernelSize: [3], padding: .same)
            relu
            MaxPool2D()
            Flatten()
            Dropout("dropout", rate: 0.4)
            Dense("logits", units: 10)
        }
        let trainer = try Trainer(
            model, from: \.inputs, to: \.targets, on: batches, optimizer: Adam(learningRate: 0.003),
            loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
            metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
        try trainer.fit(batches, epochs: epochs)
        let accuracy = try trainer.evaluate(test.batch(500))["accuracy"] ?? 0
        try report("test accuracy", accuracy, atLeast: options.isShort ? 0.9 : 0.965)
    }

    typealias Parts = (training: Dataset<Labeled>, test: Dataset<Labeled>)

    /// The images, by what is there.
    private static func read(_ options: Options) throws -> Parts {
        if options.isShort, options.path == nil { return try sample() }
        let path = options.path ?? ".build/mnist/mnist_5k.csv.gz"
        guard FileManager.default.fileExists(atPath: path) else {
            throw Missed(
                description:
                    "'\(path)' is not there. `Scripts/mnist.sh` fetches it; or name a folder with "
                    + "train-images-idx3-ubyte and the three other files of MNIST (they may end in .gz)."
            )
        }
        return path.contains(".csv") ? try table(path) : try folder(path, ending: "")
    }

    /// The four files of a folder.
    private static func folder(_ path: String, ending: String) throws -> Parts {
        func part(_ name: String) throws -> Dataset<Labeled> {
            let images = try NDArray(idx: "\(path)/\(name)-images-idx3-ubyte\(ending)")
            let labels = try NDArray(idx: "\(path)/\(name)-labels-idx1-ubyte\(ending)")
            let pixels = try (images.cast(to: .float32) / 255).reshaped(to: images.shape + [1])
            return Dataset(rowsOf: Labeled(pixels, try labels.cast(to: .int32)))
        }
        return (try part("train"), try part("t10k"))
    }

    /// A table without names: 784 pixels and the digit.
    private static func table(_ path: String) throws -> Parts {
        let pixels = (0..<784).map { "pixel\($0)" }
        let file = try CSVFile(path, columns: .named(pixels + ["digit"]))
        let images = try file.records().map { record in
            let image = try (record.numbers(pixels) / 255).reshaped(to: [28, 28, 1])
            return Labeled(image, NDArray(Int32(try record.integer("digit"))))
        }.elements()
        // A fifth of each digit is for the test.
        let parts = try Dataset(images).split(validation: 0.2, seed: 1) { $0.targets.doubles }
        return (parts.training, parts.validation)
    }

    /// The digits that Weft has at hand, 8 by 8 pixels each, written in MNIST's form and read again.
    private static func sample() throws -> Parts {
        let folder = FileManager.default.temporaryDirectory.path + "/weft-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, digits) in [("train", try Digits.training()), ("t10k", try Digits.test())] {
            let images = try (digits.images * 255).reshaped(to: [digits.labels.count, 8, 8])
            try write(images, to: "\(folder)/\(name)-images-idx3-ubyte")
            try write(digits.labels, to: "\(folder)/\(name)-labels-idx1-ubyte")
        }
        return try self.folder(folder, ending: "")
    }

    /// An IDX file: two zeros, 8 for bytes, the number of axes, their sizes in four bytes each, the elements.
    private static func write(_ array: NDArray, to path: String) throws {
        var bytes: [UInt8] = [0, 0, 8, UInt8(array.shape.count)]
        for size in array.shape {
            withUnsafeBytes(of: UInt32(size).bigEndian) { bytes += $0 }
        }
        bytes += array.doubles.map { UInt8($0) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
