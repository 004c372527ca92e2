// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// What `gradients` promises, with TensorFlow's answers.
@Suite struct GradientPassTests {
    let x = Tensor<Float>.placeholder(shape: [1, 2], name: "x")

    private func values(_ tensors: [AnyTensor?]) throws -> [[Double]?] {
        let present = tensors.compactMap(\.self)
        var results = try Reference.run(
            present, [x.anyTensor: NDArray(rows: [[2, 2]] as [[Float]])])[...]
        return tensors.map { $0 == nil ? nil : results.removeFirst().doubles }
    }

    @Test func theNotesGradients() throws {
        let a = x
        let aa = a * a
        let w = Tensor<Float>(.constant([[2.0, 0], [1, 3]]))
        let c = Tensor<Float>(
            .dot(aa.anyTensor, w.anyTensor, contracting: ([1], [0])))
        let g = try gradients(of: [c], withRespectTo: [aa])
        let weighted = try gradients(of: [c], withRespectTo: [aa], seeds: [a])
        // The seed is a constant, so weighting the output by a constant gives the same.
        let product = try gradients(of: [c * stopGradient(a)], withRespectTo: [aa])
        let all = try values([g[0]?.anyTensor, weighted[0]?.anyTensor, product[0]?.anyTensor])
        #expect(all == [[2, 4], [4, 8], [4, 8]])
    }

    @Test func severalOutputsAreSummed() throws {
        let ys = [3 * x, x * x]
        let seed1 = Tensor<Float>(.constant([[1.0, 2]]))
        let seed2 = Tensor<Float>(.constant([[10.0, 100]]))
        let plain = try gradients(of: ys, withRespectTo: [x])
        let seeded = try gradients(of: ys, withRespectTo: [x], seeds: [seed1, seed2])
        let half = try gradients(of: ys, withRespectTo: [x], seeds: [nil, seed2])
        let all = try values((plain + seeded + half).map { $0?.anyTensor })
        #expect(all == [[7, 7], [43, 406], [43, 403]])
    }

    @Test func anXTwiceAndYItself() throws {
        let y = x * x
        let twice = try gradients(of: [y], withRespectTo: [x, x])
        let itself = try gradients(of: [y], withRespectTo: [y])
        let both = try gradients(of: [y, 3 * y], withRespectTo: [y])
        let all = try values((twice + itself + both).map { $0?.anyTensor })
        #expect(all == [[4, 4], [4, 4], [1, 1], [4, 4]])
    }

    @Test func stops() throws {
        let y1 = 3 * x
        let y2 = x * x
        let product = try gradients(of: [y2 * y1], withRespectTo: [x], stoppingAt: [y2])
        let nothing = try gradients(of: [3 * y2], withRespectTo: [x], stoppingAt: [y2])
        let atX = try gradients(of: [3 * y2], withRespectTo: [x, y2], stoppingAt: [x])
        let mark = try gradients(of: [stopGradient(x) * x, stopGradient(x)], withRespectTo: [x])
        let none = try gradients(of: [stopGradient(x)], withRespectTo: [x])
        let all = try values((product + nothing + atX + mark + none).map { $0?.anyTensor })
        #expect(all == [[12, 12], nil, [12, 12], [3, 3], [2, 2], nil])
    }

    @Test func unconnected() throws {
        let other = Tensor<Float>.placeholder(shape: [3])
        #expect(try gradients(of: [x * x], withRespectTo: [other])[0] == nil)
        let zeros = try #require(
            try gradients(of: [x * x], withRespectTo: [other], unconnected: .zeros)[0])
        #expect(zeros.shape == [3])
        let integer = AnyTensor.placeholder(.int32, shape: [2])
        #expect(try gradients(of: [integer * integer], withRespectTo: [integer])[0] == nil)
        let floor = Tensor<Float>(.unary(.floor, x.anyTensor))
        #expect(try gradients(of: [floor], withRespectTo: [x])[0] == nil)
        let sign = try gradients(
            of: [Tensor<Float>(.unary(.sign, x.anyTensor))], withRespectTo: [x])
        #expect(try values([sign[0]?.anyTensor]) == [[0, 0]])
        let constant = Tensor<Float>(.constant([[5.0, 6]]))
        let byConstant = try gradients(of: [x * constant], withRespectTo: [constant])
        #expect(try values([byConstant[0]?.anyTensor]) == [[2, 2]])
    }

    @Test func gatherAddsRepeatedRows() throws {
        let table = AnyTensor.placeholder(.float32, shape: [4, 2])
        let rows = AnyTensor.make(
            .gather(
                GatherAttributes(
                    offsetAxes: [1], collapsedAxes: [0], startIndexMap: [0], indexVectorAxis: 1,
                    sliceSizes: [1, -1], mode: .checked)),
            [table, .constant(NDArray([Int32(1), 1, 3]))])
        let g = try #require(try gradients(of: [rows], withRespectTo: [table])[0])
        let value = try Reference.run([g], [table: .zeros(.float32, [4, 2])])[0]
        #expect(value.doubles == [0, 0, 2, 2, 0, 0, 1, 1])
    }

    @Test func variablesHaveOneValue() throws {
        let w = Variable<Float>("gradients/w", shape: [2])
        let y = w.value * w.value
        let g = try gradients(of: [y], withRespectTo: [w])
        #expect(g[0]?.shape == [2])
    }

    @Test func anUnknownShapeIsResolvedWhenItRuns() throws {
        let a = AnyTensor.placeholder(.float64, shape: .unknown)
        let b = AnyTensor.placeholder(.float64, shape: .unknown)
        let gs = try gradients(of: [(a * b).unbroadcast(like: a)], withRespectTo: [a, b])
        let fed = [
            a: .from([1, 2, 3], .float64), b: try NDArray([10, 20] as [Double], shape: [2, 1]),
        ]
        let values = try Reference.run(gs.compactMap(\.self), fed)
        #expect(values.map(\.doubles) == [[30, 30, 30], [6, 6]])
    }

    @Test func errors() throws {
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        let y = x * x
        #expect(
            message { _ = try gradients(of: [y], withRespectTo: [x], seeds: [nil, nil]) }
                .contains("there are 2 seeds for 1 tensors to differentiate"))
        let long = Tensor<Float>(.constant([[1.0, 2, 3]]))
        #expect(
            message { _ = try gradients(of: [y], withRespectTo: [x], seeds: [long]) }
                .contains("seed 0 is f32[1, 3], but it weights the elements of"))
        let bad = Tensor<Float>(AnyTensor.make(.reshape([5]), [y.anyTensor]))
        #expect(
            message { _ = try gradients(of: [bad * bad], withRespectTo: [x]) }
                .contains("has 2 elements, [5] has 5"))
        let wrong = withCustomGradient(
            [x.anyTensor], body: { $0 }, gradient: { _, _, _ in [.scalar(1, .float64)] })
        #expect(
            message { _ = try gradients(of: wrong, withRespectTo: [x]) }
                .contains(
                    "customGradient: its gradient for operand 1 is f64[], the operand is f32[1, 2]")
        )
    }

    @Test func aLongChainInLinearTime() throws {
        try checkLinearTime { length in
            let x = AnyTensor.placeholder(.float32, shape: [])
            var y = x
            for _ in 0..<length { y = .unary(.sin, y) }
            let g = try gradients(of: [y], withRespectTo: [x])
            #expect(g[0] != nil)
        }
    }

    @Test func aNodeUsedTwiceIsDifferentiatedOnce() throws {
        // 2^60 paths, 60 nodes.
        let x = Tensor<Double>.placeholder(shape: [])
        var y = x
        for _ in 0..<60 { y = y + y }
        let g = try #require(try gradient(of: y, withRespectTo: x))
        #expect(
            try Reference.run([g], [x.anyTensor: .from([1], .float64, [])])[0].doubles == [0x1p60])
    }
}
