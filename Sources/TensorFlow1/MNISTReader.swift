// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftData
import WeftDigits

extension tf {
    /// What stood in `tensorflow.examples`.
    public enum examples {
        /// What the tutorials shared.
        public enum tutorials {
            /// Handwritten digits.
            public enum mnist {
                /// Reads handwritten digits: `typealias input_data = tf.examples.tutorials.mnist.input_data`.
                public enum input_data {}
            }
        }
    }
}

extension tf.examples.tutorials.mnist.input_data {
    /// Digits to train on, to choose by and to test with.
    public struct Datasets: Sendable {
        /// To train on.
        public let train: DataSet
        /// To choose settings by: the first of the files to train on.
        public let validation: DataSet
        /// To test with.
        public let test: DataSet
    }

    /// Reads MNIST, or what comes in its form, from a folder with its four files, compressed or not.
    ///
    /// TensorFlow fetches files that are missing from the net; here they must be there.
    ///
    /// - Parameters:
    ///   - one_hot: Whether labels are rows of zeros with a one; else they are numbers.
    ///   - dtype: `tf.float32` for numbers from 0 to 1, `tf.uint8` for those of the files.
    ///   - reshape: Whether an image is a vector; else it is `[rows, columns, 1]`.
    ///   - validation_size: How many of the images to train on are set aside.
    ///   - seed: What the order of batches depends on.
    /// - Throws: `FileError` when a file is missing or damaged; `DataError` when images and labels differ in
    ///   number, or are fewer than `validation_size`.
    public static func read_data_sets(
        _ train_dir: String, one_hot: Bool = false, dtype: DType = .float32, reshape: Bool = true,
        validation_size: Int = 5000, seed: Int? = nil
    ) throws -> Datasets {
        func array(_ name: String) throws -> NDArray {
            let path = "\(train_dir)/\(name)"
            let compressed = path + ".gz"
            return try NDArray(
                idx: FileManager.default.fileExists(atPath: compressed) ? compressed : path)
        }
        return try datasets(
            training: (
                array("train-images-idx3-ubyte"), array("train-labels-idx1-ubyte")
            ),
            test: (array("t10k-images-idx3-ubyte"), array("t10k-labels-idx1-ubyte")), one_hot,
            dtype, reshape, validation_size, seed)
    }

    /// The 1,797 digits that Weft ships, in the place of MNIST, which a program would have to fetch: every fifth is
    /// for tests.
    ///
    /// - Parameters:
    ///   - size: The rows and columns of an image: 8, as they are, or 28 for what is made for MNIST.
    ///   - validation_size: How many of the 1,437 images to train on are set aside.
    /// - Throws: `DataError` when the sizes make no sense.
    public static func shipped_digits(
        one_hot: Bool = false, dtype: DType = .float32, reshape: Bool = true, size: Int = 28,
        validation_size: Int = 100, seed: Int? = nil
    ) throws -> Datasets {
        func files(_ digits: Digits) throws -> (NDArray, NDArray) {
            let images = try (0..<digits.labels.count).map { index in
                try digits.images[index].resizedImage(to: (size, size))
            }
            let all = try NDArray(stacking: images, .float32, [size, size, 1])
            let bytes = try (all * NDArray(Float(255)) + NDArray(Float(0.5))).cast(to: .uint8)
            return (try bytes.reshaped(to: [images.count, size, size]), digits.labels)
        }
        return try datasets(
            training: files(Digits.training()), test: files(Digits.test()), one_hot, dtype, reshape,
            validation_size, seed)
    }

    private static func datasets(
        training: (images: NDArray, labels: NDArray), test: (images: NDArray, labels: NDArray),
        _ isOneHot: Bool, _ dtype: DType, _ isFlat: Bool, _ validationCount: Int, _ seed: Int?
    ) throws -> Datasets {
        let count = training.labels.count
        guard (0...count).contains(validationCount) else {
            throw DataError(
                "read_data_sets",
                "Validation size should be between 0 and \(count). Received: \(validationCount).")
        }
        func dataset(
            _ files: (images: NDArray, labels: NDArray), _ range: Range<Int>, _ name: String
        ) throws -> DataSet {
            guard files.images.rank == 3, files.labels.rank == 1,
                files.images.shape[0] == files.labels.count
            else {
                throw DataError(
                    "read_data_sets",
                    "the images are \(files.images.shape) and the labels \(files.labels.shape): there must be "
                        + "[n, rows, columns] and [n]")
            }
            let images = files.images[range]
            let labels = files.labels[range]
            return try DataSet(
                images.expandingDimensions(at: [3]),
                isOneHot ? NDArray(oneHot: labels, classes: 10) : labels, dtype: dtype,
                reshape: isFlat, generator: SplitMix(seed: seed, name: name))
        }
        return Datasets(
            train: try dataset(training, validationCount..<count, "train"),
            validation: try dataset(training, 0..<validationCount, "validation"),
            test: try dataset(test, 0..<test.labels.count, "test"))
    }
}

extension tf.examples.tutorials.mnist.input_data {
    /// Images and labels, in batches that begin anew in another order when all were there.
    public final class DataSet: Sendable {
        /// All images in the order of the file.
        public let images: NDArray
        /// All labels in the order of the file.
        public let labels: NDArray
        /// How many there are.
        public var num_examples: Int { labels.shape.first ?? 0 }
        /// How often all were there.
        public var epochs_completed: Int { state.withLock { $0.epochs } }

        private struct State {
            var generator: SplitMix
            var order: [Int]
            var position = 0
            var epochs = 0
            var hasBegun = false
        }
        private let state: Guarded<State>

        fileprivate init(
            _ images: NDArray, _ labels: NDArray, dtype: DType, reshape: Bool, generator: SplitMix
        ) throws {
            var images = images
            if reshape {
                let size = images.shape.dropFirst().reduce(1, *)
                images = try images.reshaped(to: [images.shape[0], size])
            }
            switch dtype {
            case .uint8: self.images = images
            case .float32:
                self.images = try images.cast(to: .float32) * NDArray(Float(1) / 255)
            default:
                throw DataError(
                    "read_data_sets",
                    "Invalid image dtype \(dtype), expected tf.uint8 or tf.float32")
            }
            self.labels = labels
            state = Guarded(
                State(generator: generator, order: Array(0..<(labels.shape.first ?? 0))))
        }

        /// The next `batch_size` images and their labels. A batch that the last ones do not fill goes on with those
        /// of the next round.
        ///
        /// - Parameter shuffle: Whether each round has an order of its own.
        /// - Throws: `DataError` when there are fewer than `batch_size`.
        public func next_batch(
            _ batch_size: Int, shuffle: Bool = true
        ) throws -> (images: NDArray, labels: NDArray) {
            guard (1...max(1, num_examples)).contains(batch_size), num_examples > 0 else {
                throw DataError(
                    "next_batch",
                    "there are \(num_examples) images, and \(batch_size) were asked for"
                )
            }
            let chosen = state.withLock { state in
                func arrange() {
                    if shuffle { state.order.shuffle(using: &state.generator) }
                }
                if !state.hasBegun {
                    state.hasBegun = true
                    arrange()
                }
                var chosen = state.order[state.position...].prefix(batch_size)
                state.position += chosen.count
                if chosen.count < batch_size {
                    state.epochs += 1
                    let rest = batch_size - chosen.count
                    let first = Array(chosen)
                    arrange()
                    chosen = first + state.order.prefix(rest)
                    state.position = rest
                }
                return chosen.map { Int64($0) }
            }
            let places = NDArray(Array(chosen))
            return (try images.gathered(at: places), try labels.gathered(at: places))
        }
        /// The next images and labels, the number labelled.
        ///
        /// - Throws: as `next_batch`.
        public func next_batch(batch_size: Int) throws -> (images: NDArray, labels: NDArray) {
            try next_batch(batch_size)
        }
    }
}
