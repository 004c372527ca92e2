// SPDX-License-Identifier: Apache-2.0
import CWeftChecksums
import Testing
import WeftFormats

@Suite struct CRC32CTests {
    @Test func knownSums() {
        // Of RFC 3720, and of what all CRCs are told by.
        #expect(CRC32C(of: Array("123456789".utf8)).sum == 0xE306_9283)
        #expect(CRC32C(of: Array("123456789".utf8)).masked == 0xC78A_B0E5)
        #expect(CRC32C(of: [UInt8](repeating: 0, count: 32)).sum == 0x8A91_36AA)
        #expect(CRC32C(of: [UInt8](repeating: 0xFF, count: 32)).sum == 0x62A8_AB43)
        #expect(CRC32C(of: Array(0..<32)).sum == 0x46DD_794E)
        #expect(CRC32C(of: []).sum == 0)
    }

    @Test func partsAndTheInstructionGiveTheSame() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ 7 &* $0) }
        for length in [0, 1, 7, 8, 9, 63, 64, 65, 1000] {
            for start in [0, 1, 5] where start + length <= bytes.count {
                let part = Array(bytes[start..<start + length])
                let whole = CRC32C(of: part)
                #expect(whole.sum == weft_crc32c_portable(0, part, part.count))
                var pieces = CRC32C()
                pieces.update(Array(part.prefix(length / 3)))
                pieces.update(Array(part.dropFirst(length / 3)))
                #expect(pieces.sum == whole.sum)
            }
        }
    }
}
