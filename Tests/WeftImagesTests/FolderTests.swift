// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftData
import WeftFormats
import WeftImages

/// Folders of images as data.
@Suite struct FolderTests {
    /// Three classes with 4, 6 and 8 images of different sizes, and what is none.
    private func withImages(_ body: (URL) throws -> Void) throws {
        try inFolder { folder in
            for (place, name) in ["ape", "bee", "cow"].enumerated() {
                let sub = folder.appending(path: name)
                try FileManager.default.createDirectory(at: sub, withIntermediateDirectories: false)
                for number in 0..<4 + 2 * place {
                    let image = try picture(10 + number, 12 + place, place == 1 ? 1 : 3)
                    let path = sub.appending(path: "\(number)").path
                    if place == 2 {
                        try image.write(jpeg: path + ".JPG")
                    } else {
                        try image.write(png: path + ".png")
                    }
                }
                try Data().write(to: sub.appending(path: "notes.txt"))
                try Data().write(to: sub.appending(path: ".hidden.png"))
            }
            try Data().write(to: folder.appending(path: "readme.png"))
            try body(folder)
        }
    }

    @Test("classes by name, images in their order, sizes brought to one")
    func listing() throws {
        try withImages { (folder) throws in
            let images = try ImageFolder(folder.path)
            #expect(images.classNames == ["ape", "bee", "cow"])
            #expect(
                images.files.map(\.label) == [0, 0, 0, 0] + [1, 1, 1, 1, 1, 1]
                    + Array(repeating: 2, count: 8))
            #expect(images.files[4].path == folder.path + "/bee/0.png")
            let stream = Dataset(images.files).decoded(size: (8, 6)).batch(18).stream()
            let batch = try #require(try stream.next())
            #expect(batch.image.shape == [18, 8, 6, 3] && batch.image.dtype == .uint8)
            #expect(batch.label.doubles == images.files.map { Double($0.label) })
            #expect(batch.path.shape == [18])
            let first = try NDArray(image: images.files[0].path, channels: .rgb)
                .resizedImage(to: (8, 6))
            #expect(
                try #require(try Dataset(images.files).decoded(size: (8, 6)).stream().next()).image
                    == first)
            let whole = try #require(
                try Dataset(images.files).decoded(channels: nil).dropFirst(4).stream().next())
            #expect(whole.image.shape == [10, 13, 1])
        }
    }

    @Test("split by classes, shuffled, read on threads, changed at random, gone on with")
    func pipeline() throws {
        try withImages { (folder) throws in
            let files = Dataset(try ImageFolder(folder.path).files)
            let (training, validation) = try files.split(validation: 0.25, seed: 1) { $0.label }
            // A quarter of 4, 6 and 8, rounded away from zero.
            #expect(validation.count == 5 && training.count == 13)
            let augment = ImageAugmentation(
                flipProbability: 0.5, padding: 1, cropSize: (8, 8), scale: 1 / 255, mean: [0.5])
            func stream() -> DataStream<LabelledImage> {
                training.shuffled(seed: 2).decoded(size: (8, 8), fit: .cropped, threads: 2)
                    .map(seed: 3, threads: 2) { example, random in
                        var example = example
                        example.image = try augment(example.image, &random)
                        return example
                    }
                    .batch(3).prefetch(2).stream()
            }
            let whole = stream()
            var batches: [LabelledImage] = []
            while whole.epoch < 2 {
                while let batch = try whole.next() { batches.append(batch) }
            }
            #expect(batches.count == 10 && batches[0].image.shape == [3, 8, 8, 3])
            #expect(batches[0].image.dtype == .float32)
            #expect(batches[0].image.doubles.allSatisfy { abs($0) <= 0.5001 })
            let running = stream()
            for cut in 0..<7 {
                let resumed = stream()
                try resumed.importState(running.exportState())
                if let next = try resumed.next() {
                    // At the end of the first epoch there are none for one call.
                    #expect(next.image == batches[cut < 5 ? cut : cut - 1].image)
                }
                _ = try running.next()
            }
        }
    }

    @Test("a damaged image is an error that names it, and the next ones come")
    func damage() throws {
        try withImages { (folder) throws in
            let path = folder.appending(path: "ape/1.png").path
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.prefix(bytes.count - 20).write(to: URL(fileURLWithPath: path))
            let files = Dataset(try ImageFolder(folder.path).files)
            for threads in [nil, 2] as [Int?] {
                let stream = files.decoded(size: (4, 4), threads: threads).stream()
                _ = try stream.next()
                let error = errorText { _ = try stream.next() }
                #expect(
                    error.contains("record 1: '\(path)': the PNG data: the file ends too early"),
                    "\(error)")
                var count = 0
                while try stream.next() != nil { count += 1 }
                #expect(count == 16)
            }
            let small = files.decoded(mostPixels: 5).stream()
            #expect(errorText { _ = try small.next() }.contains("5 are allowed"))
            let none = files.decoded(size: (0, 4)).stream()
            #expect(throws: DataError.self) { try none.next() }
            // One that has gone since the folder was listed.
            try FileManager.default.removeItem(atPath: path)
            let stream = files.decoded(size: (4, 4)).dropFirst(1).stream()
            #expect(errorText { _ = try stream.next() }.contains("'\(path)'"))
        }
    }

    @Test("folders that are none of images")
    func folders() throws {
        #expect(throws: FileError.self) { try ImageFolder("/nowhere/at/all") }
        try inFolder { folder in
            #expect(
                errorText { _ = try ImageFolder(folder.path) }.contains("there is no sub-folder"))
            try FileManager.default.createDirectory(
                at: folder.appending(path: "empty"), withIntermediateDirectories: false)
            let error = errorText { _ = try ImageFolder(folder.path) }
            #expect(error.contains("'\(folder.path)/empty': no file here ends in .png"), "\(error)")
        }
    }
}
