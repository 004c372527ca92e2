// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftGraph

/// One of the recorded files of `Tests/Goldens`; its README says how they are written.
package struct Golden {
    /// Why a file is not as the test that reads it takes it to be.
    package struct Unexpected: Error, CustomStringConvertible {
        package let description: String
    }

    package let root: [String: Any]

    package init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Tests/Goldens")
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        root = try Self.dictionary(JSONSerialization.jsonObject(with: data))
    }

    /// The dictionary under some keys.
    package func dictionary(_ keys: String...) throws -> [String: Any] {
        try keys.reduce(root) { try Self.dictionary($0[$1]) }
    }

    /// The list of dictionaries under a key.
    package func list(_ key: String) throws -> [[String: Any]] {
        guard let list = root[key] as? [[String: Any]] else {
            throw Unexpected(description: "'\(key)' is no list of dictionaries")
        }
        return list
    }

    /// A value that must be a dictionary.
    package static func dictionary(_ value: Any?) throws -> [String: Any] {
        guard let dictionary = value as? [String: Any] else {
            throw Unexpected(description: "no dictionary: \(value ?? "nothing")")
        }
        return dictionary
    }

    /// The array of an object with `dtype`, `shape` and `bits`; nil for a null.
    package static func array(_ value: Any?) throws -> NDArray? {
        guard let object = value as? [String: Any] else { return nil }
        guard let shape = object["shape"] as? [Int], let text = object["bits"] as? String else {
            throw Unexpected(description: "no array: \(object)")
        }
        let words = try text.split(separator: " ").map {
            guard let word = UInt64($0, radix: 16) else {
                throw Unexpected(description: "no hexadecimal number: \($0)")
            }
            return word
        }
        switch object["dtype"] as? String {
        case "float32":
            return try NDArray(
                words.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }, shape: shape)
        case "float64": return try NDArray(words.map(Double.init(bitPattern:)), shape: shape)
        case "int32":
            return try NDArray(
                words.map { Int32(bitPattern: UInt32(truncatingIfNeeded: $0)) }, shape: shape)
        case "int64": return try NDArray(words.map { Int64(bitPattern: $0) }, shape: shape)
        case let other: throw Unexpected(description: "no element type: \(other ?? "nothing")")
        }
    }

    /// The same, of what must not be null.
    package static func requiredArray(_ value: Any?) throws -> NDArray {
        guard let array = try array(value) else {
            throw Unexpected(description: "null where an array must be")
        }
        return array
    }

    /// The strings of an object with `shape` and `bytes`, each in hexadecimal.
    package static func strings(_ value: Any?) throws -> NDArray {
        guard let object = value as? [String: Any], let shape = object["shape"] as? [Int],
            let texts = object["bytes"] as? [String]
        else { throw Unexpected(description: "no strings: \(value ?? "nothing")") }
        let strings = texts.map { text in
            stride(from: 0, to: text.utf8.count, by: 2).map { place in
                UInt8(text.dropFirst(place).prefix(2), radix: 16) ?? 0
            }
        }
        return try NDArray(byteStrings: strings, shape: shape)
    }
}
