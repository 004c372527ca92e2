// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftData

/// A new folder that is gone afterwards.
func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-data-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// What `body` throws, as text; nil when nothing.
func errorText(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// Two arrays that go together.
struct Numbered: Example {
    var number: NDArray
    var row: NDArray
    static var arrays: [WritableKeyPath<Numbered, NDArray>] { [\.number, \.row] }

    /// Example i is the number i and the row [2i, 2i + 1].
    static func first(_ count: Int) throws -> Numbered {
        Numbered(
            number: NDArray((0..<count).map(Float.init)),
            row: try NDArray((0..<2 * count).map(Int32.init), shape: [count, 2]))
    }
}

/// An error of a test's own.
struct Refusal: Error, CustomStringConvertible {
    var description: String { "refused" }
}
