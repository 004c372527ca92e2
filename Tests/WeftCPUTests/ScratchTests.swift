// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import CWeftRuntime
import Foundation
import Testing

/// Memory that threads keep from call to call. (Under the address sanitizer they keep none.)
@Suite struct ScratchTests {
    private static let mostKept = 1 << 20

    /// Fills pieces of these sizes, taken one after another, and checks that none overlaps another.
    private static func use(_ sizes: [Int64]) throws {
        var pieces: [UnsafeMutablePointer<CChar>] = []
        for (i, size) in sizes.enumerated() {
            let piece = try #require(weft_scratch_take(size))
            #expect(UInt(bitPattern: piece) % 64 == 0)
            piece.update(repeating: CChar(i + 1), count: Int(size))
            pieces.append(piece)
        }
        for i in pieces.indices.reversed() {
            let isUntouched = (0..<Int(sizes[i])).allSatisfy { pieces[i][$0] == CChar(i + 1) }
            #expect(isUntouched, "piece \(i) of \(sizes)")
            weft_scratch_give(pieces[i])
        }
    }

    @Test("pieces do not overlap, whatever their sizes and however deep they are nested")
    func pieces() throws {
        let large = Int64(Self.mostKept)
        for sizes in [
            [1], [0, 0, 1], [100, 3000, 64], [70_000, 70_000], [large], [large + 1],
            [1000, large, 1000], [5, 2 * large, 7, large - 4096, 9], [300_000, 300_000, 600_000],
            Array(repeating: 20_000, count: 60),
        ] {
            for _ in 0..<3 { try Self.use(sizes) }
        }
        weft_scratch_give(nil)
    }

    @Test("a thread takes the same memory again", .disabled(if: weft_sanitizes_addresses()))
    func reuse() throws {
        func address(_ size: Int64) throws -> UInt {
            let piece = try #require(weft_scratch_take(size))
            defer { weft_scratch_give(piece) }
            return UInt(bitPattern: piece)
        }
        _ = try address(500_000)
        let first = try address(500_000)
        for size in [1, 64, 4000, 500_000] { #expect(try address(Int64(size)) == first) }
    }

    @Test("threads that end give it back")
    func endOfThreads() {
        let failures = NSLock()
        nonisolated(unsafe) var count = 0
        let group = DispatchGroup()
        for _ in 0..<200 {
            group.enter()
            Thread.detachNewThread {
                for size in [10, 900_000, 2_000_000] {
                    guard let piece = weft_scratch_take(Int64(size)) else { continue }
                    piece.update(repeating: 1, count: size)
                    weft_scratch_give(piece)
                    failures.withLock { count += 1 }
                }
                group.leave()
            }
        }
        group.wait()
        #expect(count == 600)
    }
}
