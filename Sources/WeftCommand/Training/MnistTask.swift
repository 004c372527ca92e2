// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData
import WeftFormats
import WeftTraining

/// The MNIST digits, and others in their files: a folder of IDX files, or a table with a label and pixels in
/// each line.
enum MnistFiles {
    /// Images `f32[n, height, width, 1]` from 0 to 1 and their classes `i32[n]`.
    struct Parts {
        let training: Labeled
        /// nil where the data has no part of its own to test with.
        let test: Labeled?
    }

    static func read(_ path: String) throws -> Parts {
        if path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") {
            return Parts(training: try table(path), test: nil)
        }
        let names = Set(try Folder.names(in: path))
        if let training = names.first(where: { isTable($0, of: "train") }) {
            let test = names.first { isTable($0, of: "test") }
            return Parts(
                training: try table("\(path)/\(training)"),
                test: try test.map { try table("\(path)/\($0)") })
        }
        guard let training = try images("train", names, path) else {
            throw CleanFailure(
                "the folder '\(path)' has no train-images-idx3-ubyte and train-labels-idx1-ubyte (or with .gz), "
                    + "and no table mnist_train.csv")
        }
        return Parts(training: training, test: try images("t10k", names, path))
    }

    private static func isTable(_ name: String, of part: String) -> Bool {
        name.contains(part) && (name.hasSuffix(".csv") || name.hasSuffix(".csv.gz"))
    }

    private static func images(
        _ part: String, _ names: Set<String>, _ folder: String
    ) throws -> Labeled? {
        func file(_ kind: String, _ axes: Int) -> String? {
            ["-", "."].flatMap { separator in
                ["", ".gz"].map { "\(part)-\(kind)\(separator)idx\(axes)-ubyte\($0)" }
            }.first(where: names.contains).map { "\(folder)/\($0)" }
        }
        guard let pixels = file("images", 3), let labels = file("labels", 1) else { return nil }
        let images = try NDArray(idx: pixels)
        let classes = try NDArray(idx: labels)
        guard images.rank == 3, images.dtype == .uint8, classes.rank == 1,
            classes.dtype.isInteger, images.shape[0] == classes.count
        else {
            throw CleanFailure(
                "'\(pixels)' has \(images.dtype)\(images.shape) and '\(labels)' "
                    + "\(classes.dtype)\(classes.shape); images are u8[n, height, width], labels u8[n]"
            )
        }
        return Labeled(
            try scaled(images).reshaped(to: images.shape + [1]), try classes.cast(to: .int32))
    }

    private static func scaled(_ pixels: NDArray) throws -> NDArray {
        try pixels.cast(to: .float32) / Float(255)
    }

    /// A label and the pixels of a square in each line; the label comes first or last.
    private static func table(_ path: String) throws -> Labeled {
        var file = try CSVFile(path, columns: .numbered)
        let hasNames = (try? file.records().stream().next()?.number("0")) == nil
        if hasNames { file = try CSVFile(path) }
        let width = file.columns.count - 1
        let side = Int(Double(width).squareRoot().rounded())
        guard side > 0, side * side == width else {
            throw CleanFailure(
                "'\(path)' has \(file.columns.count) columns; there must be a label and the pixels of a square: "
                    + "785 of 28 by 28")
        }
        var rows: [Float] = []
        let stream = file.records().stream()
        while let record = try stream.next() {
            for name in file.columns { rows.append(Float(try record.number(name))) }
        }
        let count = rows.count / (width + 1)
        // A picture's corner is always dark; the label is what changes.
        let isLast = stride(from: 0, to: rows.count, by: width + 1).allSatisfy {
            rows[$0] == rows[0]
        }
        var (pixels, labels): ([Float], [Int32]) = ([], [])
        pixels.reserveCapacity(count * width)
        for row in 0..<count {
            let start = row * (width + 1)
            let label = rows[isLast ? start + width : start]
            guard let number = Int32(exactly: label), number >= 0, number < 1000 else {
                throw CleanFailure(
                    "record \(row) of '\(path)' has the label \(label); labels are whole numbers from 0 on"
                )
            }
            labels.append(number)
            pixels += rows[(isLast ? start : start + 1)..<(start + width + (isLast ? 0 : 1))].map {
                $0 / 255
            }
        }
        return Labeled(
            try NDArray(pixels, shape: [count, side, side, 1]), NDArray(labels))
    }
}

extension TrainingTask {
    /// Images of MNIST's files.
    static func mnist(
        _ path: String, model: String, validation share: Double, seed: UInt64
    ) throws -> TrainingTask {
        let files = try MnistFiles.read(path)
        let labels = files.training.targets.doubles
        guard let greatest = labels.max(), files.training.inputs.count > 0 else {
            throw CleanFailure("'\(path)' has no images")
        }
        let parts = try Dataset(rowsOf: files.training).split(validation: share, seed: seed) {
            $0.targets.doubles.first ?? 0
        }
        let description = ModelDescription(
            task: .mnist, model: model,
            inputShape: Array(files.training.inputs.shape.dropFirst()),
            classes: (0...Int(max(greatest, 1))).map(String.init))
        return .classification(
            description, training: parts.training,
            validation: parts.validation.count == 0 ? nil : parts.validation,
            test: files.test.map { Dataset(rowsOf: $0) },
            defaults: TrainingDefaults(
                learningRate: 0.002, epochs: 8,
                batchSize: min(64, max(parts.training.count ?? 1, 1)),
                validation: 0.1))
    }
}
