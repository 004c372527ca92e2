// SPDX-License-Identifier: Apache-2.0
public import Foundation

extension tf {
    /// Files of the machine.
    public enum gfile {
        /// A file that is read or written: `"r"`, `"rb"`, `"w"`, `"wb"`, `"a"`.
        public final class GFile: Sendable, Sequence {
            /// The path.
            public let name: String
            private struct Content {
                var data: Data
                var position = 0
                var isWritten = false
            }
            private let mode: String
            private let content: Guarded<Content>

            /// Opens a file.
            ///
            /// - Throws: an error of the file system when it is read and cannot be.
            public init(_ name: String, _ mode: String = "r") throws {
                self.name = name
                self.mode = mode
                let isRead = mode.hasPrefix("r")
                let keeps = mode.hasPrefix("a") && FileManager.default.fileExists(atPath: name)
                let data =
                    isRead || keeps ? try Data(contentsOf: URL(fileURLWithPath: name)) : Data()
                content = Guarded(Content(data: data, isWritten: !isRead))
            }
            /// Opens a file.
            ///
            /// - Throws: an error of the file system when it is read and cannot be.
            public convenience init(_ name: String, mode: String) throws {
                try self.init(name, mode)
            }

            /// The text from where the reading is; bytes that are no UTF-8 are replaced.
            public func read(_ n: Int = -1) -> String { String(decoding: bytes(n), as: UTF8.self) }
            /// The bytes from where the reading is.
            public func bytes(_ n: Int = -1) -> Data {
                content.withLock { content in
                    let left = content.data.count - content.position
                    let count = n < 0 ? left : Swift.min(n, left)
                    let start = content.data.startIndex + content.position
                    content.position += count
                    return content.data[start..<start + count]
                }
            }
            /// The next line with its end; empty behind the last.
            public func readline() -> String {
                content.withLock { content in
                    let rest = content.data.dropFirst(content.position)
                    let end = rest.firstIndex(of: 10).map { $0 + 1 } ?? rest.endIndex
                    content.position += end - rest.startIndex
                    return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                }
            }
            /// The lines with their ends.
            public func readlines() -> [String] { Array(self) }
            /// The lines with their ends.
            public func makeIterator() -> AnyIterator<String> {
                AnyIterator {
                    let line = self.readline()
                    return line.isEmpty ? nil : line
                }
            }
            /// Adds text.
            public func write(_ text: String) { write(Data(text.utf8)) }
            /// Adds bytes.
            public func write(_ data: Data) { content.withLock { $0.data.append(data) } }
            /// The number of bytes.
            public func size() -> Int { content.withLock { $0.data.count } }

            /// Writes what was added.
            ///
            /// - Throws: an error of the file system.
            public func flush() throws {
                let (data, isWritten) = content.withLock { ($0.data, $0.isWritten) }
                if isWritten {
                    try data.write(to: URL(fileURLWithPath: name), options: .atomic)
                }
            }
            /// Writes what was added.
            ///
            /// - Throws: an error of the file system.
            public func close() throws { try flush() }
        }

        /// A file that is read or written.
        public typealias FastGFile = GFile
        /// A file that is read or written.
        public typealias Open = GFile

        /// Whether there is a file or folder.
        public static func Exists(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: path)
        }
        /// Whether there is a folder.
        public static func IsDirectory(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && isFolder.boolValue
        }
        /// Makes a folder and those above it.
        ///
        /// - Throws: an error of the file system.
        public static func MakeDirs(_ path: String) throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }
        /// Makes a folder.
        ///
        /// - Throws: an error of the file system.
        public static func MkDir(_ path: String) throws { try MakeDirs(path) }
        /// The names in a folder, sorted.
        ///
        /// - Throws: an error of the file system.
        public static func ListDirectory(_ path: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        }
        /// Removes a file.
        ///
        /// - Throws: an error of the file system.
        public static func Remove(_ path: String) throws {
            try FileManager.default.removeItem(atPath: path)
        }
        /// Removes a folder and all in it.
        ///
        /// - Throws: an error of the file system.
        public static func DeleteRecursively(_ path: String) throws { try Remove(path) }
        /// Gives a file another name.
        ///
        /// - Throws: an error of the file system, or when there is such a file and it is to stay.
        public static func Rename(_ from: String, _ to: String, overwrite: Bool = false) throws {
            if overwrite, Exists(to) { try Remove(to) }
            try FileManager.default.moveItem(atPath: from, toPath: to)
        }
        /// Copies a file.
        ///
        /// - Throws: an error of the file system, or when there is such a file and it is to stay.
        public static func Copy(_ from: String, _ to: String, overwrite: Bool = false) throws {
            if overwrite, Exists(to) { try Remove(to) }
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
        /// The paths that fit a pattern with `*` and `?` in its last part, sorted.
        public static func Glob(_ pattern: String) -> [String] {
            let folder = (pattern as NSString).deletingLastPathComponent
            let last = Array((pattern as NSString).lastPathComponent)
            let names =
                (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder))
                ?? []
            return names.filter { fits(Array($0)[...], last[...]) }.sorted().map {
                folder.isEmpty ? $0 : (folder as NSString).appendingPathComponent($0)
            }
        }

        private static func fits(
            _ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>
        ) -> Bool {
            // The places in the pattern that the name so far may have come to.
            var places: Set<Int> = [0]
            let pattern = Array(pattern)
            func skipped(_ places: Set<Int>) -> Set<Int> {
                var result = places
                for start in places {
                    var place = start
                    while place < pattern.count, pattern[place] == "*" {
                        place += 1
                        result.insert(place)
                    }
                }
                return result
            }
            places = skipped(places)
            for character in name {
                var next: Set<Int> = []
                for place in places where place < pattern.count {
                    if pattern[place] == "*" { next.insert(place) }
                    if pattern[place] == "?" || pattern[place] == character {
                        next.insert(place + 1)
                    }
                }
                places = skipped(next)
            }
            return places.contains(pattern.count)
        }
        /// The folders below one, with the names of folders and files in each.
        public static func Walk(_ top: String) -> [(String, [String], [String])] {
            let names = (try? ListDirectory(top)) ?? []
            let paths = names.map { (top as NSString).appendingPathComponent($0) }
            let folders = zip(names, paths).filter { IsDirectory($1) }
            let files = zip(names, paths).filter { !IsDirectory($1) }
            return [(top, folders.map(\.0), files.map(\.0))] + folders.flatMap { Walk($1) }
        }
    }
}
