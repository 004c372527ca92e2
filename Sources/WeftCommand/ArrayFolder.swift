// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft

/// A folder of arrays, one .npy file each (NumPy's format, version 1.0).
enum ArrayFolder {
    /// Makes the folder, so that a mistake in its name shows before the work, not after it.
    static func prepare(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ValidationError("cannot make the folder '\(path)': \(error.localizedDescription)")
        }
    }

    /// Writes each array to `name.npy`; characters that file names should not have become `_`.
    static func write(_ arrays: [String: NDArray], to path: String) throws {
        for (name, array) in arrays {
            let safe = String(
                name.map { $0.isLetter || $0.isNumber || "_.-".contains($0) ? $0 : "_" })
            let file = "\(path)/\(safe).npy"
            do {
                try npy(array).write(to: URL(fileURLWithPath: file), options: .atomic)
            } catch {
                throw ValidationError("cannot write '\(file)': \(error.localizedDescription)")
            }
        }
    }

    private static func npy(_ array: NDArray) -> Data {
        // bf16 has no NumPy type: it is written as f32, which holds it exactly.
        let array = array.dtype == .bfloat16 ? array.cast(to: .float32) : array
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
