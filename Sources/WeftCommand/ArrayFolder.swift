// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftFormats

/// A folder of arrays, one .npy file each.
enum ArrayFolder {
    /// Makes the folder and tries to write there, so that a mistake shows before the work, not after it.
    static func prepare(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            _ = try AtomicFile("\(path)/probe")
        } catch {
            throw failure(path, error)
        }
    }

    /// Writes each array to its file, and texts to files of their names. When one cannot be written, none is.
    static func write(
        _ arrays: [String: NDArray], texts: [String: String] = [:], to path: String
    ) throws {
        do {
            let places = files(for: Array(arrays.keys))
            var files: [AtomicFile] = []
            for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
                let file = try begin("\(path)/\(places[name] ?? safe(name)).npy")
                try NpyFile(array, for: file.path).write(to: file)
                try file.complete()
                files.append(file)
            }
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                let file = try begin("\(path)/\(name)")
                try file.write(Array(text.utf8))
                try file.complete()
                files.append(file)
            }
            // A new name takes no room on the disk.
            for file in files { try file.commit() }
        } catch {
            throw failure(path, error)
        }
    }

    /// Writes one array to a file.
    static func write(_ array: NDArray, to path: String) throws {
        let file = try begin(path)
        try NpyFile(array, for: path).write(to: file)
        try file.commit()
    }

    private static func begin(_ path: String) throws -> AtomicFile {
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true)
        return try AtomicFile(path)
    }

    /// The files of names, without `.npy`, each of one only: the name, characters that file names should not
    /// have as `_`. Of names that come to one, it is that of the name that it is, or of the first; the others
    /// are in folders as their parts say, with a number where that is taken, too.
    static func files(for names: [String]) -> [String: String] {
        var result: [String: String] = [:]
        var taken: Set<String> = []
        // Names that are files' own come first.
        for name in names.sorted(by: { (safe($0) != $0 ? 1 : 0, $0) < (safe($1) != $1 ? 1 : 0, $1) }
        ) {
            var file = safe(name)
            if taken.contains(file) || file.count > longestName {
                file = name.split(separator: "/").map { part in
                    let part = safe(String(part))
                    return part.allSatisfy { $0 == "." } ? "_" : String(part.prefix(longestName))
                }.joined(separator: "/")
            }
            var numbered = file
            var number = 2
            while !taken.insert(numbered).inserted || numbered.isEmpty {
                numbered = "\(file)-\(number)"
                number += 1
            }
            result[name] = numbered
        }
        return result
    }

    /// File systems take 255 bytes.
    private static let longestName = 240

    private static func safe(_ name: String) -> String {
        String(
            name.map {
                $0.isASCII && ($0.isLetter || $0.isNumber) || "_.-".contains($0) ? $0 : "_"
            })
    }

    private static func failure(_ path: String, _ error: any Error) -> CleanFailure {
        CleanFailure("cannot write to the folder '\(path)': \(error)")
    }
}
