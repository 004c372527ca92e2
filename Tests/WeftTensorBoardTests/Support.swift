// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftFormats
import WeftTensorBoard

/// A new folder that is gone afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-tensorboard-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

struct NothingThrown: Error {}

/// The error of `body`, which must be one of that type.
func error<E: Error>(_ type: E.Type, _ body: () throws -> Void) throws -> E {
    do {
        try body()
    } catch let error as E {
        return error
    }
    throw NothingThrown()
}

/// All events of a file.
func events(_ path: String) throws -> [Event] {
    let reader = try EventReader(path)
    var events: [Event] = []
    while let event = try reader.next() { events.append(event) }
    return events
}

/// The values under a tag.
func values(_ folder: String, _ tag: String) throws -> [SummaryValue] {
    try (EventLog(folder).values[tag] ?? []).map(\.value)
}

func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}
