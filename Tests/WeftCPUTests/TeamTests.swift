// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import Foundation
import Synchronization
import Testing

/// The thread team: what is divided, on how many cores, and under which settings.
@Suite struct TeamTests {
    // MARK: Regions

    /// Calls `body` for the pieces of `count` items that are said to take 1 µs each.
    private static func divide(_ count: Int, _ body: @escaping (Range<Int>) -> Void) {
        let box = Box(body)
        weft_parallel_for(
            Int64(count), 1, 1000,
            { context, begin, end in
                guard let context else { return }
                Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().body(Int(begin)..<Int(end))
            }, Unmanaged.passUnretained(box).toOpaque())
        withExtendedLifetime(box) {}
    }

    private final class Box {
        let body: (Range<Int>) -> Void
        init(_ body: @escaping (Range<Int>) -> Void) { self.body = body }
    }

    @Test("every item is done once, region after region, and in regions inside of regions")
    func doesEveryItemOnce() {
        _ = weft_team_acquire(0)
        defer { weft_team_release() }
        let visits = UnsafeMutablePointer<Int>.allocate(capacity: 1000)
        visits.initialize(repeating: 0, count: 1000)
        defer { visits.deallocate() }
        for count in [1, 2, 3, 7, 64, 999, 1000] {
            for _ in 0..<200 {
                Self.divide(count) { range in
                    Self.divide(range.count) { for i in $0 { visits[range.lowerBound + i] += 1 } }
                }
            }
            #expect((0..<count).allSatisfy { visits[$0] == 200 }, "\(count) items")
            visits.update(repeating: 0, count: 1000)
        }
    }

    @Test("a worker that sleeps is not waited for, and comes again")
    func comesAgainAfterSleeping() {
        _ = weft_team_acquire(0)
        defer { weft_team_release() }
        let sum = Atomic<Int>(0)
        for _ in 0..<20 {
            usleep(1000)
            Self.divide(100) { sum.add($0.count, ordering: .relaxed) }
        }
        #expect(sum.load(ordering: .relaxed) == 2000)
    }

    /// ThreadSanitizer allows no threads in a process that was forked from several.
    private static let mayFork = dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") == nil

    @Test("a process that was forked has workers of its own", .enabled(if: mayFork))
    func startsAnewAfterFork() throws {
        // Swift hides fork, which libraries and servers call all the same.
        let symbol = try #require(dlsym(dlopen(nil, RTLD_NOW), "fork"))
        let fork = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
        _ = weft_team_acquire(0)
        Self.divide(100) { _ in }
        weft_team_release()
        let child = fork()
        guard child > 0 else {
            try #require(child == 0)
            let cores = weft_team_acquire(0)
            let caller = UInt(bitPattern: pthread_self().hashValue)
            let others = Atomic<Int>(0)
            for _ in 0..<5000 where cores > 1 && others.load(ordering: .relaxed) == 0 {
                Self.divide(100) { _ in
                    if UInt(bitPattern: pthread_self().hashValue) != caller {
                        others.add(1, ordering: .relaxed)
                    }
                    usleep(100)
                }
            }
            _exit(cores > 1 && others.load(ordering: .relaxed) == 0 ? 1 : 0)
        }
        var status: Int32 = -1
        for _ in 0..<300 where waitpid(child, &status, WNOHANG) == 0 { usleep(100_000) }
        if status == -1 { kill(child, SIGKILL) }
        #expect(status == 0)
    }

    // MARK: Quotas

    private static func quota(_ groups: String, _ files: [String: String]) throws -> Int {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("weft-quota-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            let file = folder.appendingPathComponent("root/" + name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let list = folder.appendingPathComponent("cgroup")
        try groups.write(to: list, atomically: true, encoding: .utf8)
        return Int(weft_quota_cores(list.path, folder.appendingPathComponent("root").path))
    }

    @Test("a CPU quota counts as the cores that it pays for, a part of one as a whole one")
    func readsQuotas() throws {
        #expect(try Self.quota("0::/\n", ["cpu.max": "max 100000\n"]) == 0)
        #expect(try Self.quota("0::/\n", ["cpu.max": "200000 100000\n"]) == 2)
        #expect(try Self.quota("0::/\n", ["cpu.max": "50000 100000\n"]) == 1)
        #expect(try Self.quota("0::/\n", ["cpu.max": "310000 100000\n"]) == 4)
        #expect(try Self.quota("0::/\n", [:]) == 0)
        #expect(try Self.quota("", ["cpu.max": "100000 100000\n"]) == 0)
        #expect(try Self.quota("0::/\n", ["cpu.max": "nonsense\n"]) == 0)
    }

    @Test("the least quota counts, of a group and of those that it is in")
    func readsQuotasOfParents() throws {
        let files = ["a/cpu.max": "300000 100000\n", "a/b/cpu.max": "max 100000\n"]
        #expect(try Self.quota("0::/a/b\n", files) == 3)
        #expect(try Self.quota("0::/a/b/c\n", files) == 3)
        #expect(try Self.quota("0::/other\n", files) == 0)
    }

    @Test("quotas of version 1 have two files")
    func readsQuotasOfVersion1() throws {
        let files = [
            "cpu,cpuacct/x/cpu.cfs_quota_us": "150000\n",
            "cpu,cpuacct/x/cpu.cfs_period_us": "50000\n",
            "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n",
        ]
        #expect(try Self.quota("5:cpu,cpuacct:/x\n4:memory:/x\n", files) == 3)
        #expect(try Self.quota("5:cpu:/\n", files) == 0)
        #expect(try Self.quota("5:cpuset:/x\n", files) == 0)
    }

    // MARK: Floating-point control

    @Test("pieces have the caller's floating-point control, which comes back")
    func carriesFloatControl() throws {
        // Numbers that the compiler does not know.
        let (tiny, one) = (try #require(Float("1e-39")), try #require(Float("1")))
        _ = weft_team_acquire(0)
        defer { weft_team_release() }
        for flushes in [true, false, true] {
            let saved = weft_denormals_set(flushes ? 1 : 0)
            let zeros = Atomic<Int>(0)
            for _ in 0..<50 {
                Self.divide(64) { range in
                    for _ in range where tiny * one == 0 {
                        zeros.add(1, ordering: .relaxed)
                    }
                }
            }
            weft_denormals_restore(saved)
            #expect(zeros.load(ordering: .relaxed) == (flushes ? 50 * 64 : 0))
            #expect(tiny * one != 0)
        }
    }
}
