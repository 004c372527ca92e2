// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftData
import WeftTestSupport

/// Images that Pillow has written, read and resized: `Scripts/goldens/images.py`.
struct RecordedImages {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Goldens/images")
    let golden: Golden

    struct NoImage: Error { let object: String }

    init() throws { golden = try Golden("images/expected.json") }

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appending(path: name)))
    }

    /// The images under a key, by their names.
    func images(_ keys: String...) throws -> [String: NDArray] {
        try keys.reduce(golden.root) { try Golden.dictionary($0[$1]) }.mapValues {
            try Self.image($0)
        }
    }

    static func image(_ value: Any?) throws -> NDArray {
        let object = try Golden.dictionary(value)
        guard let name = object["dtype"] as? String, let shape = object["shape"] as? [Int],
            let text = object["bytes"] as? String,
            let dtype = ["uint8": DType.uint8, "uint16": .uint16, "float32": .float32][name]
        else { throw NoImage(object: "\(object)") }
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
        return try NDArray(dtype: dtype, shape: shape, bytes: bytes)
    }
}

/// The largest difference of two images of one shape and type.
func largestDifference(_ a: NDArray, _ b: NDArray) -> Double {
    guard a.shape == b.shape, a.dtype == b.dtype else { return .infinity }
    return zip(a.doubles, b.doubles).map { abs($0 - $1) }.max() ?? 0
}

/// A new folder that is gone afterwards.
func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-images-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// What `body` throws, as text; "no error" when nothing.
func errorText(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

/// A picture with slopes and an edge.
func picture(_ height: Int, _ width: Int, _ channels: Int) throws -> NDArray {
    var numbers: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<channels {
                numbers.append(UInt8((x * (c + 3) + y * 5 + (x > width / 2 ? 60 : 0)) % 256))
            }
        }
    }
    return try NDArray(numbers, shape: [height, width, channels])
}
