// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

@Suite struct InterningTests {
    @Test("equal pure nodes are one node")
    func equalNodes() {
        let x = AnyTensor.placeholder(.float32, shape: [nil, 2])
        let y = AnyTensor.placeholder(.float32, shape: [nil, 2])
        #expect(x + y == x + y)
        #expect((x + y) * 2 == (x + y) * 2)
        #expect(x + y != y + x)
        #expect(x.sum(axes: [1]) == x.sum(axes: [-1]))
        #expect(x.sum(axes: [0]) != x.sum(axes: [1]))
        #expect(x.reshaped(to: [4, -1]) == x.reshaped(to: [4, -1]))
        #expect(x.cast(to: .float64) == x.cast(to: .float64))
    }

    @Test("a name is no part of a node's identity")
    func names() {
        let x = AnyTensor.placeholder(.float32, shape: [2])
        let plain = x + 1
        let named = withNameScope("layer") { x + 1 }
        #expect(plain == named)
    }

    @Test("constants are equal when their bits are")
    func constants() {
        func scalar(_ value: Double) -> AnyTensor { .constant(NDArray(value)) }
        #expect(scalar(1) == scalar(1))
        #expect(scalar(0) != scalar(-0.0))
        #expect(scalar(.nan) == scalar(.nan))
        #expect(scalar(.nan) != scalar(Double(bitPattern: 0x7FF8_0000_0000_0001)))
        #expect(scalar(.infinity) != scalar(-.infinity))
        #expect(
            AnyTensor.constant(NDArray(Float(1))) != AnyTensor.constant(NDArray(Int32(0x3F80_0000)))
        )
        #expect(AnyTensor.constant(NDArray([Float(1)])) != AnyTensor.constant(NDArray(Float(1))))
        #expect(AnyTensor.constant(NDArray([Float]())) == AnyTensor.constant(NDArray([Float]())))
    }

    @Test("small constants compare by content, large ones by identity")
    func largeConstants() {
        let small = (
            NDArray([Float](repeating: 1, count: 64)), NDArray([Float](repeating: 1, count: 64))
        )
        #expect(AnyTensor.constant(small.0) == AnyTensor.constant(small.1))
        let large = NDArray([Float](repeating: 1, count: 65))
        let twin = NDArray([Float](repeating: 1, count: 65))
        #expect(AnyTensor.constant(large) == AnyTensor.constant(large))
        #expect(AnyTensor.constant(large) != AnyTensor.constant(twin))
    }

    @Test("writing to an array after it became a constant leaves the constant as it was")
    func constantsAreValues() {
        var array = NDArray([Float](repeating: 1, count: 100))
        let tensor = AnyTensor.constant(array)
        array.withUnsafeMutableBytes { $0.assumingMemoryBound(to: Float.self)[0] = 7 }
        guard case .primitive(.constant(let value)) = tensor.node.op else {
            Issue.record("no constant")
            return
        }
        #expect(value.array.doubles[0] == 1)
        #expect(array.doubles[0] == 7)
        #expect(AnyTensor.constant(array) != tensor)
    }

    @Test("placeholders, variables and updates are never merged")
    func identities() {
        #expect(
            AnyTensor.placeholder(.float32, shape: [2], name: "x")
                != AnyTensor.placeholder(.float32, shape: [2], name: "x"))
        let a = VariableHandle("v", dtype: .float32, shape: [], initializer: .zeros)
        let b = VariableHandle("v", dtype: .float32, shape: [], initializer: .zeros)
        #expect(a.value == a.value)
        #expect(a.value != b.value)
        let one = AnyTensor.scalar(Double(1), .float32)
        #expect(a.assign(one).anyTensor != a.assign(one).anyTensor)
        #expect(a.update { $0 + one }.anyTensor != a.update { $0 + one }.anyTensor)
        let update = a.assign(one)
        #expect(Update.group([update]).anyTensor != Update.group([update]).anyTensor)
        #expect(one.withUpdates([update]) == one.withUpdates([update]))
        #expect(one.withUpdates([update]) != one.withUpdates([a.assign(one)]))
    }

    @Test("a random draw is keyed by stream, shape, input and region")
    func randomDraws() {
        let x = Tensor<Float>.placeholder(shape: [nil, 3])
        let y = Tensor<Float>.placeholder(shape: [nil, 3])
        #expect(dropout(x, rate: 0.5, stream: "a") == dropout(x, rate: 0.5, stream: "a"))
        #expect(dropout(x, rate: 0.5, stream: "a") != dropout(x, rate: 0.5, stream: "b"))
        #expect(dropout(x, rate: 0.5, stream: "a") != dropout(y, rate: 0.5, stream: "a"))
        #expect(dropout(x, rate: 0.5, stream: "a") != dropout(x, rate: 0.25, stream: "a"))
        let inside = Region.$currentLevel.withValue(1) {
            AnyTensor.randomBits(.dimensions([3]), stream: "a")
        }
        #expect(inside != AnyTensor.randomBits(.dimensions([3]), stream: "a"))
    }

    @Test("equal branches and loops are one node")
    func regions() {
        let x = Tensor<Float>.placeholder(shape: [])
        func branch(_ factor: Float) -> Tensor<Float> {
            cond(x .> 0, then: { x * factor }, else: { x - 1 })
        }
        #expect(branch(2) == branch(2))
        #expect(branch(2) != branch(3))
        func loop(_ limit: Float) -> Tensor<Float> {
            let (result, _) = whileLoop(
                x, Tensor<Float>(0), condition: { _, i in i .< limit }, body: { ($0 * 2, $1 + 1) })
            return result
        }
        #expect(loop(3) == loop(3))
        #expect(loop(3) != loop(4))
    }

    @Test("nodes live as long as somebody uses them")
    func lifetimes() {
        weak var inner: Node?
        weak var outer: Node?
        do {
            let x = AnyTensor.placeholder(.float32, shape: [2])
            let y = x * 3
            inner = y.node
            let z = Optional(y + 1)
            outer = z?.node
            #expect(inner != nil && outer != nil)
            withExtendedLifetime(z) {}
        }
        #expect(inner == nil)
        #expect(outer == nil)
    }

    @Test("what is alive is found when others were dropped, in a table that has grown and shrunk")
    func survivors() {
        let x = AnyTensor.placeholder(.float32, shape: [2])
        var nodes: [Int: AnyTensor] = [:]
        // Up to so many nodes that the table grows several times; then most are dropped, in an order
        // that has nothing to do with that of their making.
        for i in 0..<20_000 { nodes[i] = x + Double(i) }
        for i in 0..<20_000 where (i &* 2_654_435_761) >> 7 % 16 != 0 { nodes[i] = nil }
        #expect(nodes.count > 500 && nodes.count < 3000)
        #expect(nodes.allSatisfy { i, node in x + Double(i) == node })
        for i in 0..<20_000 where nodes[i] == nil { nodes[i] = x + Double(i) }
        #expect(nodes.allSatisfy { i, node in x + Double(i) == node })
    }

    @Test("the number of nodes returns to its start when they are dropped")
    func liveNodes() async {
        // In a process of its own: other tests build nodes too.
        await #expect(processExitsWith: .success) {
            let x = AnyTensor.placeholder(.float32, shape: [2])
            func build() -> [AnyTensor] {
                (0..<1000).map { i in
                    let predicate = Tensor<Bool>(AnyTensor.compare(.less, x.sum(), x.sum() + 1))
                    return cond(predicate, then: { [x + Double(i)] }, else: { [x] })[0]
                }
            }
            let start = GraphStatistics.liveNodeCount
            var nodes = build()
            let more = GraphStatistics.liveNodeCount
            precondition(more >= start + 3000, "\(more)")
            nodes = build()
            precondition(GraphStatistics.liveNodeCount == more)
            nodes = []
            precondition(GraphStatistics.liveNodeCount == start, "\(nodes)")
        }
    }
}
