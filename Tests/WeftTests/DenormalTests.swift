// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft

/// Numbers nearer to zero than the smallest normal one.
@Suite struct DenormalTests {
    private static func half(flushes: Bool = true, threads: Int) throws -> NDArray {
        let engine = Session.Options.Engine.cpu(threads: threads, flushesDenormals: flushes)
        let x = Tensor<Float>.placeholder(shape: [100_000])
        let smallest = NDArray([Float](repeating: .leastNormalMagnitude, count: 100_000))
        return try Session(.init(engine: engine)).run(x * 0.5 + x * 0.25, feeding: [x: smallest])
    }

    @Test("sessions count them as zero by default, and keep them if told so")
    func flushesByDefault() throws {
        for threads in [1, 2] {
            let flushed = try Self.half(flushes: true, threads: threads)
            #expect(flushed.doubles.allSatisfy { $0 == 0 })
            let kept = try Self.half(flushes: false, threads: threads)
            #expect(kept.doubles.allSatisfy { $0 == 0x1.8p-127 })
        }
    }

    @Test("the caller's own setting comes back, after a failure too")
    func restoresTheCallersSetting() throws {
        // A number that the compiler does not know.
        let half = try #require(Float("0.5"))
        func isKept() -> Bool { Float.leastNormalMagnitude * half != 0 }
        let x = Tensor<Float>.placeholder(shape: [nil])
        let session = Session()
        _ = try session.run(x * 2, feeding: [x: [1.0, 2.0]])
        #expect(isKept())
        let checked = checkFinite(x, "x")
        #expect(throws: RunError.self) {
            try session.run(checked, feeding: [x: NDArray([Float.nan])])
        }
        #expect(isKept())
    }
}
