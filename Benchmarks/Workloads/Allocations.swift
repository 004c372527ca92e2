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

/// What a step on a warm program asks the system's allocator for: the most of any of some steps.
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
    /// lists of what is fetched, fed, read and returned. A further segment is a call with more: what it
    /// is found by, what it is handed on, and what is to be returned when all are done.
    public let most: Int
    private static let mostOfSegment = 34
    /// The most that `ownBytes` may be: what is fetched must come from memory that is used again.
    public let mostBytes = 16 << 10

    /// Measures a workload; nil for one that has no steps on a warm program.
    ///
    /// - Throws: what a run throws; `NoCounter` in a process whose allocations nobody counts.
    public init?(_ workload: Workload, threads: Int) throws {
        guard let bench = try workload.bench(threads: threads) else { return nil }
        let counter = try Counter()
        let warm = 30
        for number in 0..<warm { _ = try bench.step(number) }
        var (steps, arrays): ([SIMD4<UInt64>], Int) = ([], 0)
        for number in warm..<(warm + 21) {
            let before = counter.read()
            let results = try bench.step(number)
            let after = counter.read()
            arrays = results.count
            steps.append(after &- before)
        }
        func most(_ part: Int) -> Int { steps.map { Int($0[part]) }.max() ?? 0 }
        (own, ownBytes, vendor, vendorBytes) = (most(0), most(1), most(2), most(3))
        self.most = arrays + 5 + Self.mostOfSegment * (workload.segmentCount - 1)
    }

    /// Whether a step allocates no more than it may.
    public var isRight: Bool { own <= most && ownBytes <= mostBytes }

    /// A JSON line of these numbers.
    public func jsonLine(_ workload: Workload, threads: Int, version: String) -> String {
        "{\"workload\": \"\(workload.name)\", \"peer\": \"weft\", \"unit\": \"allocations/step\", "
            + "\"own\": \(own), \"own_bytes\": \(ownBytes), \"onednn\": \(vendor), "
            + "\"onednn_bytes\": \(vendorBytes), \"threads\": \(threads), \"version\": \"\(version)\"}"
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
