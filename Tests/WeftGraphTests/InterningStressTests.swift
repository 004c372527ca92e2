// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing
import WeftGraph

/// Runs `body` on `count` threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for i in 0..<count {
        group.enter()
        let thread = Thread {
            body(i)
            group.leave()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
    group.wait()
}

@Suite struct InterningStressTests {
    @Test("eight threads that build the same nodes get the same nodes")
    func sameNodes() {
        func build(by threads: Int) -> (time: Duration, ids: [[UInt64]]) {
            let x = AnyTensor.placeholder(.float32, shape: [2])
            let kept = Guarded<[[AnyTensor]]>([])
            let time = ContinuousClock().measure {
                onThreads(threads) { _ in
                    let own = (0..<30_000).map { x + Double($0) }
                    kept.withLock { $0.append(own) }
                }
            }
            return (time, kept.withLock { $0.map { $0.map(\.node.id) } })
        }
        let (alone, together) = (build(by: 1), build(by: 8))
        #expect(together.ids.count == 8)
        for list in together.ids { #expect(list == together.ids[0]) }
        #expect(Set(together.ids[0]).count == 30_000)
        // Eight times the work; a lock that does not scale took fifty times that.
        #expect(
            together.time < alone.time * 100 + .seconds(1), "\(alone.time), \(together.time)")
    }

    @Test("eight threads that build different nodes do not hinder each other")
    func differentNodes() {
        let x = AnyTensor.placeholder(.float32, shape: [2])
        let count = Atomic<Int>(0)
        onThreads(8) { thread in
            var own: [AnyTensor] = []
            for i in 0..<30_000 { own.append(x * Double(thread * 100_000 + i)) }
            count.wrappingAdd(Set(own.map(\.node.id)).count, ordering: .relaxed)
        }
        #expect(count.load(ordering: .relaxed) == 240_000)
    }

    @Test("a node that one thread frees while others build it again is whole for all")
    func createAndFree() {
        let x = AnyTensor.placeholder(.float32, shape: [2])
        let failures = Atomic<Int>(0)
        onThreads(8) { thread in
            for i in 0..<30_000 {
                // Few different nodes, so that the last owner of one is about to let go all the time.
                let y = x + Double(i % 3)
                let z = y * y
                let again = (x + Double(i % 3)) * (x + Double(i % 3))
                if z != again || z.node.inputs != [y, y] || z.node.types[0].shape != [2] {
                    failures.wrappingAdd(1, ordering: .relaxed)
                }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    @Test("long chains are freed while others are built, on every thread")
    func chainsOnThreads() {
        let x = AnyTensor.placeholder(.float32, shape: [])
        onThreads(8) { thread in
            for _ in 0..<5 {
                var y = x
                for _ in 0..<5_000 { y = y + 1 }
                withExtendedLifetime(y) {}
            }
        }
        weak var gone: Node?
        do {
            let y = x + 1
            gone = y.node
        }
        #expect(gone == nil)
    }
}
