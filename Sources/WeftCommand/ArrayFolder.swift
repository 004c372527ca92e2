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

    /// Writes each array to `name.npy`; characters that file names should not have become `_`. When one
    /// cannot be written, none is.
    static func write(_ arrays: [String: NDArray], to path: String) throws {
        do {
            var files: [AtomicFile] = []
            var names: Set<String> = []
            for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
                let safe = String(
                    name.map { $0.isLetter || $0.isNumber || "_.-".contains($0) ? $0 : "_" })
                guard names.insert(safe).inserted else {
                    throw CleanFailure("two arrays have the file name '\(safe).npy'")
                }
                let file = try AtomicFile("\(path)/\(safe).npy")
                try NpyFile(array, for: file.path).write(to: file)
                try file.complete()
                files.append(file)
            }
            // A new name takes no room on the disk.
            for file in files { try file.commit() }
        } catch {
            throw failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> CleanFailure {
        CleanFailure("cannot write to the folder '\(path)': \(error)")
    }
}
