// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What programs write in the types that they have at hand.
@Suite struct SessionFunctionTests {
    /// Functions stored where their types can be read.
    private struct Model {
        let predict: SessionFunction<NDArray, NDArray>
        let train: SessionFunction<(NDArray, NDArray), (NDArray, NDArray)>
        let read: SessionFunction<(), NDArray>

        init(_ session: Session) throws {
            let x = Tensor<Float>.placeholder(shape: [nil])
            let rate = Tensor<Float>.placeholder(shape: [])
            let w = Variable<Float>("w", shape: [], initializer: .ones)
            let loss = (x * w.value).sum()
            predict = session.function(feeding: x, fetching: x * w.value)
            let step = try GradientDescent(learningRate: rate).minimize(loss)
            train = session.function(feeding: x, rate, fetching: loss, step)
            read = session.function(fetching: w)
        }
    }

    @Test("a session's functions are stored in properties, and run on other threads")
    func stored() async throws {
        let model = try Model(TestedEngine.cpu.session())
        #expect(try model.predict([1.0, 2.0]).doubles == [1, 2])
        let (loss, _) = try model.train([1.0, 2.0], 0.5)
        #expect(loss.number == 3)
        #expect(try model.read().number == -0.5)
        #expect(try await model.predict.detached([2.0]).doubles == [-1])
        let (next, _) = try await model.train.detached([2.0], 0.5, deadline: .now + .seconds(60))
        #expect(next.number == -1)
        await #expect {
            _ = try await model.predict.detached([2.0], deadline: ContinuousClock.now)
        } throws: { ($0 as? RunError)?.code == .deadlineExceeded }
    }

    @Test("a detached run of one fetch gives one array")
    func detached() async throws {
        let x = Tensor<Float>.placeholder(shape: [])
        let session = TestedEngine.cpu.session()
        let result: NDArray = try await session.runDetached(x * 2, feeding: [x: 3.0])
        #expect(result.number == 6)
    }

    @Test("integers are fed in any integer type that holds them")
    func integerFeeds() throws {
        let session = TestedEngine.cpu.session()
        func run<S: IntegerScalar>(_: S.Type, _ array: NDArray) throws -> NDArray {
            let labels = Tensor<S>.placeholder(shape: [nil], name: "labels")
            return try session.run(labels + 0, feeding: [labels: array])
        }
        let numbers = [0, 1, 127]
        #expect(try run(UInt8.self, [0, 1, 127]) == NDArray([UInt8(0), 1, 127]))
        #expect(try run(Int64.self, NDArray([0, 1, 127])) == NDArray([Int64(0), 1, 127]))
        #expect(try run(Int8.self, NDArray(numbers)) == NDArray([Int8(0), 1, 127]))
        #expect(try run(UInt64.self, NDArray([Int64.max])).doubles == [0x1p63])
        #expect(try run(Int16.self, NDArray([Int64(-32768)])).doubles == [-32768])
        #expect(
            errorTextWithoutPlace { _ = try run(UInt8.self, [1, 300]) }
                == "placeholder 'labels' u8[?] is fed an array of i32, whose element 1 is 300; "
                + "u8 does not hold it")
        for (text, call) in [
            ("-1", { try run(UInt64.self, [-1]) }), ("128", { try run(Int8.self, [128]) }),
            ("18446744073709551615", { try run(Int64.self, NDArray([UInt64.max])) }),
            ("-2147483649", { try run(Int32.self, [-2_147_483_649]) }),
        ] as [(String, () throws -> NDArray)] {
            #expect(errorText { _ = try call() }.contains("element 0 is \(text);"))
        }
        // A plan is found again, in whatever type its integers come.
        let labels = Tensor<Int64>.placeholder(shape: [nil])
        let before = session.compilationCount
        for fed in [NDArray([Int8(1)]), NDArray([2]), NDArray([Int64(3)])] {
            #expect(try session.run(labels + 1, feeding: [labels: fed]).dtype == .int64)
        }
        #expect(session.compilationCount == before + 1)
    }

    @Test("comparisons of positions with labels, and shares of what is true")
    func accuracy() throws {
        let session = TestedEngine.cpu.session()
        let logits = Tensor<Float>([[1, 2], [3, 1], [0, 1]])
        let labels = Tensor<Int32>([1, 1, 1])
        let right = logits.argMax(axis: 1) .== labels
        #expect(try session.run(right).doubles == [1, 0, 1])
        #expect(try session.run(right.mean()) == NDArray(Float(2) / 3))
        let signed = Tensor<Int32>([-1, 0, 5])
        let unsigned = Tensor<UInt64>([.max, 0, 4])
        let byte = Tensor<UInt8>([255, 1, 5])
        func check(_ comparison: Tensor<Bool>, _ expected: [Double]) throws {
            #expect(try session.run(comparison).doubles == expected)
        }
        try check(signed .== unsigned, [0, 1, 0])
        try check(signed .!= unsigned, [1, 0, 1])
        try check(signed .< unsigned, [1, 0, 0])
        try check(signed .<= unsigned, [1, 1, 0])
        try check(signed .> unsigned, [0, 0, 1])
        try check(signed .>= unsigned, [0, 1, 1])
        try check(unsigned .> signed, [1, 0, 0])
        try check(unsigned .<= signed, [0, 1, 1])
        try check(signed .< byte, [1, 1, 0])
        try check(unsigned .>= byte, [1, 0, 0])
    }
}
