// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftArrays
import WeftFormats
import WeftTestSupport

/// Files that NumPy and safetensors have written, and what is in them: `Scripts/goldens/formats.py`.
struct RecordedFiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Goldens/formats")
    let root: [String: Any]

    init() throws { root = try Golden("formats/expected.json").root }

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    /// What a file has, by name; that of a .npy file has none.
    func entries(_ file: String) throws -> [String: [String: Any]] {
        let files = try Golden.dictionary(root["files"])
        return try Golden.dictionary(files[file]).mapValues { try Golden.dictionary($0) }
    }
}

/// An array as the recordings describe it: type, shape, and elements in hexadecimal.
struct Described: Equatable, CustomStringConvertible {
    let dtype: String
    let shape: [Int]
    let elements: [String]

    init(_ array: NDArray) throws {
        let names: [DType: String] = [
            .bool: "bool", .int8: "int8", .int16: "int16", .int32: "int32", .int64: "int64",
            .uint8: "uint8", .uint16: "uint16", .uint32: "uint32", .uint64: "uint64",
            .float16: "float16", .bfloat16: "bfloat16", .float32: "float32", .float64: "float64",
            .complex64: "complex64", .complex128: "complex128", .string: "string",
        ]
        dtype = names[array.dtype] ?? "none"
        shape = array.shape
        elements =
            array.dtype == .string
            ? try array.byteStrings().map(Self.hexadecimal)
            : [array.withUnsafeBytes { Self.hexadecimal(Array($0)) }]
    }

    init(_ record: [String: Any]) {
        dtype = record["dtype"] as? String ?? "none"
        shape = record["shape"] as? [Int] ?? [-1]
        elements = record["strings"] as? [String] ?? [record["bytes"] as? String ?? "none"]
    }

    var description: String { "\(dtype)\(shape) \(elements)" }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A new folder that is gone afterwards.
func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-formats-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

struct NothingThrown: Error {}

/// The error of `body`, which must be of a file.
func fileError(_ body: () throws -> Void) throws -> FileError {
    do {
        try body()
    } catch let error as FileError {
        return error
    }
    throw NothingThrown()
}

/// An array of each type, with a shape of its own.
func arraysOfAllTypes() throws -> [String: NDArray] {
    var result: [String: NDArray] = [
        "strings": try NDArray(["weft", "", "Schuß"], shape: [3, 1]),
        "bytes": try NDArray(byteStrings: [[0xFF, 0, 1], []], shape: [2]),
        "scalar": NDArray(Float(-2.5)), "empty": try NDArray([Int16](), shape: [2, 0]),
        "large": try NDArray((0..<70_000).map { Int32($0) }, shape: [7, 10_000]),
    ]
    for dtype in DType.arrayTypes where dtype != .string {
        let bytes = (0..<3 * dtype.size).map {
            UInt8(truncatingIfNeeded: dtype == .bool ? $0 % 2 : 37 * $0)
        }
        result["\(dtype)"] = try NDArray(dtype: dtype, shape: [3], bytes: bytes)
    }
    return result
}
