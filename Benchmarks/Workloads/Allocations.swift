// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a step on a warm program asks the system's allocator for: medians over steps.
public struct Allocations: Sendable {
    /// Allocations that are not oneDNN's.
    public let own: Int
    /// The bytes of these.
    public let ownBytes: Int
    /// oneDNN's allocations.
    public let vendor: Int
    /// The bytes of these.
    public let vendorBytes: Int

    /// The most that `own` may be: an object for each array that is fetched, and what a call is made of, the
    /// lists of what is fetched, fed, read and returned.
    public let most: Int

    /// Measures a workload; nil for one that has no steps on a warm program.
    ///
    /// - Throws: what a run throws; `NoCounter` in a process whose allocations nobody counts.
    public init?(_ workload: Workload, threads: Int) throws {
        guard case .steps(let prepare) = workload.body else { return nil }
        let counter = try Counter()
        let bench = try prepare(Session(.init(seed: 0, threads: threads)))
        most = bench.fetches.count + 5
        let warm = 30
        for number in 0..<warm { _ = try bench.step(number) }
        var steps: [SIMD4<UInt64>] = []
        for number in warm..<(warm + 21) {
            let before = counter.read()
            let results = try bench.step(number)
            let after = counter.read()
            withExtendedLifetime(results) {}
            steps.append(after &- before)
        }
        func median(_ part: Int) -> Int { steps.map { Int($0[part]) }.sorted()[steps.count / 2] }
        (own, ownBytes, vendor, vendorBytes) = (median(0), median(1), median(2), median(3))
    }

    /// There is no counting `malloc` in this process.
    public struct NoCounter: Error, CustomStringConvertible {
        /// What to do.
        public var description: String {
            "allocations are not counted in this process; run Benchmarks/allocations"
        }
    }
}

/// The counts of the `malloc` that `Benchmarks/allocations` puts before the system's.
private struct Counter {
    private typealias Read = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void
    private let function: Read

    init() throws {
        guard let handle = dlopen(nil, RTLD_NOW),
            let symbol = dlsym(handle, "weft_allocation_counts")
        else { throw Allocations.NoCounter() }
        function = unsafeBitCast(symbol, to: Read.self)
    }

    /// The counts so far, as `counting_malloc.c` orders them. Reading them allocates nothing.
    func read() -> SIMD4<UInt64> {
        var counts: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutablePointer(to: &counts) {
            $0.withMemoryRebound(to: UInt64.self, capacity: 4) { function($0) }
        }
        return SIMD4(counts.0, counts.1, counts.2, counts.3)
    }
}
