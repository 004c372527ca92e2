// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Random tensors as nodes: functions of their streams.
@Suite struct RandomFunctionTests {
    typealias F = Tensor<Float>

    @Test("a dropout built again is the same draw")
    func dropouts() throws {
        let x = F.ones(shape: [1_000])
        let y = dropout(x, rate: 0.25, stream: "d")
        #expect(y == dropout(x, rate: 0.25, stream: "d"))
        #expect(y != dropout(x, rate: 0.25, stream: "e"))
        #expect(dropout(x, rate: 0, stream: "d") == x)
        #expect(try evaluate(y, seed: 1) == evaluate(y, seed: 1))
        #expect(try evaluate(y, seed: 1) != evaluate(y, seed: 2))
        #expect(try evaluate(y, seed: 1, step: 0) != evaluate(y, seed: 1, step: 1))
    }

    @Test("a stream is named under its scope, and what is not drawn from it does not change it")
    func streams() throws {
        let a = F.randomUniform(shape: [4], stream: "s")
        let b = withNameScope("layer") { F.randomUniform(shape: [4], stream: "s") }
        #expect(a != b)
        #expect(b == F.randomUniform(shape: [4], stream: "layer/s"))
        let other = F.randomUniform(shape: [9], stream: "other")
        #expect(try evaluate([a])[0] == evaluate([other, b, a])[2])
        let x = F.placeholder(shape: [nil])
        let like = F.randomUniform(like: x, stream: "s")
        let numbers: NDArray = [1.0, 2.0, 3.0, 4.0]
        #expect(try evaluate(like, feeding: [(x, numbers)]) == evaluate(a))
    }
}
