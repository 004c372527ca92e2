// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftFormats
import WeftTensorFlow
import WeftTestSupport

/// Files that TensorFlow has written, and what is in them: `Scripts/goldens/tf_files.py`.
enum RecordedFiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Goldens/tf_files")

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    /// What a checkpoint has, by name.
    static func entries(_ checkpoint: String) throws -> [String: Described] {
        let root = try Golden("tf_files/expected.json").root
        return try Golden.dictionary(root[checkpoint]).mapValues {
            Described(try Golden.dictionary($0))
        }
    }
}

/// An array as the recordings describe it: type, shape, and elements in hexadecimal.
struct Described: Equatable, CustomStringConvertible {
    let dtype: String
    let shape: [Int]
    let elements: [String]

    init(_ array: NDArray) throws {
        dtype = "\(array.dtype)"
        shape = array.shape
        elements =
            array.dtype == .string
            ? try array.byteStrings().map(Self.hexadecimal)
            : [array.withUnsafeBytes { Self.hexadecimal(Array($0)) }]
    }

    init(_ record: [String: Any]) {
        let name = record["dtype"] as? String ?? "none"
        dtype = Self.types[name]?.description ?? name
        shape = record["shape"] as? [Int] ?? [-1]
        elements = record["strings"] as? [String] ?? [record["bytes"] as? String ?? "none"]
    }

    /// NumPy's names.
    private static let types: [String: DType] = [
        "bool": .bool, "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64,
        "uint8": .uint8, "uint16": .uint16, "uint32": .uint32, "uint64": .uint64,
        "float16": .float16, "bfloat16": .bfloat16, "float32": .float32, "float64": .float64,
        "complex64": .complex64, "complex128": .complex128, "string": .string, "object": .string,
    ]

    var description: String { "\(dtype)\(shape) \(elements)" }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A new folder that is gone afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-tensorflow-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

struct NothingThrown: Error {}

/// The error of a type that `body` throws.
func thrown<E: Error>(_ type: E.Type, _ body: () throws -> Void) throws -> E {
    do {
        try body()
    } catch let error as E {
        return error
    }
    throw NothingThrown()
}
