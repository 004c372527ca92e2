// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// A folder of arrays, one .npy file each (NumPy's format, version 1.0).
enum ArrayFolder {
    /// Makes the folder and tries to write there, so that a mistake shows before the work, not after it.
    static func prepare(_ path: String) throws {
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            try files.removeItem(atPath: makePartial(path))
        } catch {
            throw CleanFailure(
                "cannot write to the folder '\(path)': \(error.localizedDescription)")
        }
    }

    /// Writes each array to `name.npy`; characters that file names should not have become `_`. When one
    /// cannot be written, none is.
    static func write(_ arrays: [String: NDArray], to path: String) throws {
        let files = FileManager.default
        do {
            let partial = try makePartial(path)
            defer { try? files.removeItem(atPath: partial) }
            var names: Set<String> = []
            for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
                let safe = String(
                    name.map { $0.isLetter || $0.isNumber || "_.-".contains($0) ? $0 : "_" })
                guard names.insert(safe).inserted else {
                    throw CleanFailure("two arrays have the file name '\(safe).npy'")
                }
                try npy(array).write(to: URL(fileURLWithPath: "\(partial)/\(safe).npy"))
            }
            // A new name takes no room on the disk.
            for name in names {
                guard rename("\(partial)/\(name).npy", "\(path)/\(name).npy") == 0 else {
                    throw CleanFailure(String(cString: strerror(errno)))
                }
            }
        } catch let error as CleanFailure {
            throw CleanFailure("cannot write to the folder '\(path)': \(error)")
        } catch {
            throw CleanFailure(
                "cannot write to the folder '\(path)': \(error.localizedDescription)")
        }
    }

    /// A new folder inside, for files that are not complete.
    private static func makePartial(_ path: String) throws -> String {
        let partial = "\(path)/.partial-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: partial, withIntermediateDirectories: false)
        return partial
    }

    private static func npy(_ array: NDArray) throws -> Data {
        // bf16 has no NumPy type: it is written as f32, which holds it exactly.
        let array = try array.dtype == .bfloat16 ? array.cast(to: .float32) : array
        let kind =
            array.dtype == .bool
            ? "|b1"
            : (array.dtype.size == 1 ? "|" : "<")
                + (array.dtype.isFloatingPoint ? "f" : array.dtype.isSignedInteger ? "i" : "u")
                + "\(array.dtype.size)"
        let shape = array.shape.map { "\($0), " }.joined()
        var header = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(shape)), }"
        // Magic, version and length take 10 bytes; the whole is a multiple of 64 and ends in a newline.
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
        data.append(UInt8(header.utf8.count & 255))
        data.append(UInt8(header.utf8.count >> 8))
        data.append(contentsOf: header.utf8)
        array.withUnsafeBytes { data.append(contentsOf: $0) }
        return data
    }
}
