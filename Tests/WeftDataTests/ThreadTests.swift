// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing
import Weft
import WeftData

/// Counts calls from any thread.
final class Counter: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}

/// Elements that are made in advance. One after the other, since threads are counted and time is taken.
@Suite(.serialized) struct ThreadTests {
    @Test("several threads keep the order, whatever each element takes")
    func order() throws {
        let mixed = Dataset(Array(0..<200)).map(threads: 5) { number in
            usleep(UInt32((number * 7919) % 13) * 50)
            return number
        }
        #expect(try mixed.elements() == Array(0..<200))
        #expect(try mixed.shuffled(seed: 3).prefetch(7).elements().sorted() == Array(0..<200))
    }

    @Test("the making of a batch costs nothing beside a step that takes as long")
    func overlap() throws {
        let batches = Dataset(count: 40) { number in
            usleep(10_000)
            return number
        }
        func time(_ dataset: Dataset<Int>) throws -> Double {
            let stream = dataset.stream()
            let start = Date()
            // Two epochs: the first batch of the second one is made in advance, too.
            while stream.epoch < 2 {
                while try stream.next() != nil { usleep(10_000) }
            }
            return Date().timeIntervalSince(start)
        }
        let (apart, together) = (try time(batches), try time(batches.prefetch(2)))
        #expect(apart > 1.6)
        #expect(together < 0.7 * apart, "\(together) s beside \(apart) s")
        let parallel = try time(
            batches.map(threads: 4) { number in
                usleep(20_000)
                return number
            }.prefetch(2))
        #expect(parallel < 0.8 * apart, "\(parallel) s")
    }

    @Test("no thread stays when a stream is stopped, dropped or never begun")
    func ends() throws {
        let threads = Mutex<Set<String>>([])
        // Which thread makes an element: three stages have threads of their own.
        @Sendable func noted(_ number: Int) throws -> Int {
            let thread = try currentThread()
            threads.withLock { _ = $0.insert(thread) }
            return number
        }
        let endless = Dataset(count: 1000) { $0 }.map(threads: 4, noted).shuffled(seed: 1)
            .repeated().map(noted).prefetch(10).map(threads: 2, noted)
        for round in 0..<20 {
            do {
                let stream = endless.stream()
                for _ in 0..<round { _ = try stream.next() }
                #expect(threads.withLock { $0.isEmpty } == (round == 0))
                if round % 2 == 0 {
                    stream.stop()
                    #expect(try areGone(threads.withLock { $0 }), "stopped after \(round)")
                    _ = try stream.next()
                }
            }
            #expect(try areGone(threads.withLock { $0 }), "dropped after \(round)")
            threads.withLock { $0 = [] }
        }
    }

    /// The system's name of this thread.
    private func currentThread() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        return String(path.split(separator: "/").last ?? "")
    }

    /// Whether none of the threads is there any more, or shortly.
    private func areGone(_ threads: Set<String>) throws -> Bool {
        for _ in 0..<200 {
            let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
            // A number is given again, but hardly so soon.
            if threads.isDisjoint(with: all) { return true }
            usleep(5000)
        }
        return false
    }

    @Test("a stream of several users gives each element once")
    func users() throws {
        let stream = Dataset(Array(0..<5000)).map(threads: 2) { $0 }.prefetch(8).stream()
        let found = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<1250 {
                if let number = try? stream.next() { found.withLock { $0.append(number) } }
            }
        }
        #expect(found.withLock { $0.sorted() } == Array(0..<5000))
        #expect(stream.count == 5000)
    }

    @Test("an error comes in its place, and the stream goes on behind it")
    func errors() throws {
        for threads in [nil, 3] as [Int?] {
            let stream = Dataset(Array(0..<8)).shuffled(seed: 1).map(threads: threads) { number in
                if number % 4 == 2 { throw Refusal() }
                return number
            }.prefetch(2).stream()
            let order = try Dataset(Array(0..<8)).shuffled(seed: 1).elements()
            for number in order {
                if number % 4 == 2 {
                    let text = errorText { _ = try stream.next() }
                    #expect(text == "map, record \(number): refused")
                } else {
                    #expect(try stream.next() == number)
                }
            }
            #expect(try stream.next() == nil)
            #expect(stream.epoch == 1)
        }
    }
}
