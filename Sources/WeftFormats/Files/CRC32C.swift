// SPDX-License-Identifier: Apache-2.0
import CWeftChecksums

/// The checksum CRC-32C (Castagnoli) of bytes that are given one part after the other, and the masked form in
/// which TensorFlow's files hold it.
package struct CRC32C: Sendable {
    /// The checksum of all bytes so far.
    package private(set) var sum: UInt32 = 0

    package init() {}

    package init(of bytes: [UInt8]) { update(bytes) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sum = weft_crc32c(sum, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The checksum as files hold it: one of bytes that hold checksums themselves would say little.
    package var masked: UInt32 { (sum >> 15 | sum << 17) &+ 0xA282_EAD8 }
}
