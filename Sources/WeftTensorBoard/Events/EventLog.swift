// SPDX-License-Identifier: Apache-2.0
public import Foundation
import WeftFormats

/// All that the event files of a folder say, by tag, as TensorBoard shows it.
///
/// ```swift
/// let log = try EventLog("logs/run1")
/// for point in log.scalars("loss") { print(point.step, point.value) }
/// ```
public struct EventLog: Sendable {
    /// A value under a tag.
    public struct Point<Value: Sendable>: Sendable {
        /// When it was.
        public let time: Date
        /// Where in the training it belongs.
        public let step: Int
        /// The value.
        public let value: Value
    }

    /// The values of each tag, in the order in which they were written.
    public private(set) var values: [String: [Point<SummaryValue>]] = [:]
    /// The last graph, as TensorFlow's GraphDef.
    public private(set) var graph: [UInt8]?
    /// What runs took, as TensorFlow's RunMetadata, by tag.
    public private(set) var runMetadata: [String: [UInt8]] = [:]

    /// Reads the event files that are in a folder itself, the oldest first. A file's last record may be torn.
    ///
    /// - Throws: `FileError` when the folder or a file cannot be read, or a file is damaged.
    public init(_ folder: String) throws {
        for name in try Folder.names(in: folder).filter(Self.isEventFile).sorted() {
            let reader = try EventReader("\(folder)/\(name)")
            while let event = try reader.next() { take(event) }
        }
    }

    /// The folders below one that have event files, by the names that TensorBoard gives such runs: the path from there,
    /// `.` for itself.
    ///
    /// - Throws: `FileError` when a folder cannot be read.
    public static func runs(in folder: String) throws -> [String] {
        var found: [String] = []
        var pending = [""]
        while let next = pending.popLast() {
            let path = next.isEmpty ? folder : "\(folder)/\(next)"
            let names = try Folder.names(in: path)
            if names.contains(where: isEventFile) { found.append(next.isEmpty ? "." : next) }
            for name in names {
                let below = next.isEmpty ? name : "\(next)/\(name)"
                if Folder.isFolder("\(folder)/\(below)", followingLinks: false) {
                    pending.append(below)
                }
            }
        }
        return found.sorted()
    }

    /// The points of a curve; empty where there is none of that tag.
    public func scalars(_ tag: String) -> [Point<Float>] {
        (values[tag] ?? []).compactMap { point in
            guard case .scalar(let number) = point.value.content else { return nil }
            return Point(time: point.time, step: point.step, value: number)
        }
    }

    /// The tags of all curves, sorted.
    public var scalarTags: [String] { values.keys.filter { !scalars($0).isEmpty }.sorted() }

    private mutating func take(_ event: Event) {
        switch event.content {
        case .summaries(let summaries):
            for value in summaries {
                values[value.tag, default: []].append(
                    Point(time: event.time, step: event.step, value: value))
            }
        case .graph(let bytes): graph = bytes
        case .runMetadata(let tag, let bytes): runMetadata[tag] = bytes
        case .sessionStart:
            for tag in values.keys { values[tag]?.removeAll { $0.step >= event.step } }
        case .version, .other: break
        }
    }

    private static func isEventFile(_ name: String) -> Bool { name.contains("tfevents") }
}
