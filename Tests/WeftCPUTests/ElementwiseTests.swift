// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph

@Suite struct ElementwiseTests {
    @Test func addsRowsAndColumns() throws {
        let w = ProgramBuilder()
        let (x, row, column) = (
            w.input(.float32, [2, 3]), w.input(.float32, [3]), w.input(.float32, [2, 1])
        )
        let y = w.binary(.multiply, w.binary(.add, x, row), column)
        let results = try w.run(
            [y],
            [
                floats([1, 2, 3, 4, 5, 6], [2, 3]), floats([10, 20, 30], [3]),
                floats([1, -1], [2, 1]),
            ])
        #expect(results[0].doubles == [11, 22, 33, -14, -25, -36])
        #expect(results[0].shape == [2, 3])
    }

    @Test func looksThroughBroadcasts() throws {
        let w = ProgramBuilder()
        let (x, v) = (w.input(.float32, [2, 3]), w.input(.float32, [2]))
        let wide = w.add(.broadcast(shape: [2, 3], axes: [0]), [v], .float32, [2, 3])
        let executable = try w.executable([w.binary(.subtract, x, wide)])
        #expect(executable.stepCount == 1)
        let results = try executable.run(
            [floats([1, 2, 3, 4, 5, 6], [2, 3]), floats([1, 2], [2])], control: nil)
        #expect(results[0].doubles == [0, 1, 2, 2, 3, 4])
    }

    @Test func readsATransposingBroadcastRight() throws {
        let w = ProgramBuilder()
        let (x, v) = (w.input(.float32, [2, 2]), w.input(.float32, [2, 2]))
        let turned = w.add(.broadcast(shape: [2, 2], axes: [1, 0]), [v], .float32, [2, 2])
        let results = try w.run(
            [w.binary(.add, x, turned)],
            [floats([0, 0, 0, 0], [2, 2]), floats([1, 2, 3, 4], [2, 2])])
        #expect(results[0].doubles == [1, 3, 2, 4])
    }

    @Test func fusesAcrossSeveralResults() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [4])
        let a = w.unary(.negate, x)
        let b = w.binary(.add, a, x)
        let c = w.binary(.multiply, a, a)
        let executable = try w.executable([b, c, a])
        #expect(executable.stepCount == 1)
        let results = try executable.run([floats([1, 2, 3, 4], [4])], control: nil)
        #expect(results[0].doubles == [0, 0, 0, 0])
        #expect(results[1].doubles == [1, 4, 9, 16])
        #expect(results[2].doubles == [-1, -2, -3, -4])
    }

    /// relu(x) > c, also where c is negative and where others need relu(x).
    @Test(
        arguments: [DType.float32, .float64, .float16, .bfloat16, .int32, .uint8],
        [Float(0), -0.0, 0.5, -1, .infinity, .nan])
    func comparesWhatReluMakes(_ dtype: DType, _ bound: Float) throws {
        if !dtype.isFloatingPoint && !(bound >= 0 && bound < 1) { return }
        let special: [Float] =
            dtype.isFloatingPoint ? [-0.5, -0.0, .infinity, .nan] : [7, 8, 9, 10]
        let numbers: [Float] =
            (dtype == .uint8 ? [2, 1] : [-2, -1]) + [0, 0.25, 0.5, 0.75, 3] + special
        let shape = [numbers.count]
        for isNeeded in [false, true] {
            let w = ProgramBuilder()
            let (x, y) = (
                w.add(.cast(dtype), [w.input(.float32, shape)], dtype, shape),
                w.add(.cast(dtype), [w.input(.float32, shape)], dtype, shape)
            )
            let relu = w.unary(.relu, x)
            let limit = w.add(.cast(dtype), [w.constant(NDArray(bound))], dtype, [])
            let above = w.add(.compare(.greater), [relu, limit], .bool, shape)
            let zero = w.add(.cast(dtype), [w.constant(NDArray(Float(0)))], dtype, [])
            let chosen = w.add(.select, [above, y, zero], dtype, shape)
            let outputs = isNeeded ? [chosen, relu] : [chosen]
            let given = [floats(numbers, shape), floats(numbers.reversed(), shape)]
            let expected = try ReferenceEngine().compile(w.program(outputs)).run(
                given, control: nil)
            let actual = try w.run(outputs, given)
            for (a, b) in zip(actual, expected) {
                #expect("\(a.doubles)" == "\(b.doubles)")
            }
        }
    }

    @Test func neverLeavesAGroupAndComesBack() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [4])
        let a = w.unary(.exp, x)
        // The sum belongs to the first step; what needs all of it cannot.
        let sum = w.add(.reduce(.sum, axes: [0]), [a], .float32, [])
        let executable = try w.executable([w.binary(.divide, a, sum)])
        #expect(executable.stepCount == 2)
        let results = try executable.run([floats([0, 0, 0, 0], [4])], control: nil)
        #expect(results[0].doubles == [0.25, 0.25, 0.25, 0.25])
    }

    @Test func reportsADivisionByZero() throws {
        let w = ProgramBuilder()
        let (a, b) = (w.input(.int32, [2]), w.input(.int32, [2]))
        let y = w.add(.binary(.divide), [a, b], .int32, [2], name: "ratio")
        let executable = try w.executable([w.unary(.negate, y)])
        #expect(throws: RunError.self) {
            try executable.run([NDArray([Int32(1), 2]), NDArray([Int32(1), 0])], control: nil)
        }
        do {
            _ = try executable.run(
                [NDArray([Int32(1), 2]), NDArray([Int32(1), 0])], control: nil)
        } catch let error as RunError {
            #expect(error.description.contains("divide 'ratio'"))
            #expect(error.code == .kernelFailure)
        }
        let results = try executable.run(
            [NDArray([Int32(7), 2]), NDArray([Int32(2), 1])], control: nil)
        #expect(results[0].doubles == [-3, -2])
    }

    @Test func returnsInputsConstantsAndDuplicatesWithoutCopies() throws {
        let w = ProgramBuilder()
        let x = w.input(.float32, [2])
        let constant = floats([5, 6], [2])
        let c = w.constant(constant)
        let y = w.binary(.add, x, c)
        let z = w.add(.reshape([2, 1]), [y], .float32, [2, 1])
        let given = floats([1, 2], [2])
        let results = try w.run([x, c, y, z], [given])
        #expect(results[0].storage === given.storage)
        #expect(results[1].storage === constant.storage)
        #expect(results[2].storage === results[3].storage)
        #expect(results[3].shape == [2, 1])
        #expect(results[3].doubles == [6, 8])
    }

    @Test func handlesEmptyArrays() throws {
        let w = ProgramBuilder()
        let (x, y) = (w.input(.float32, [0, 3]), w.input(.float32, [2, 3]))
        let negative = w.unary(.negate, x)
        let both = w.add(.concatenate(axis: 0), [negative, y], .float32, [2, 3])
        let sum = w.add(.reduce(.sum, axes: [0]), [negative], .float32, [3])
        let results = try w.run(
            [negative, both, sum],
            [floats([], [0, 3]), floats([1, 2, 3, 4, 5, 6], [2, 3])])
        #expect(results[0].shape == [0, 3])
        #expect(results[1].doubles == [1, 2, 3, 4, 5, 6])
        #expect(results[2].doubles == [0, 0, 0])
    }

    @Test func foldsConstants() throws {
        let w = ProgramBuilder()
        let (a, b) = (w.constant(floats([1, 2], [2])), w.constant(floats([3, 4], [2])))
        let sum = w.binary(.multiply, w.binary(.add, a, b), a)
        let executable = try w.executable([sum])
        #expect(executable.stepCount == 0)
        #expect(try executable.run([], control: nil)[0].doubles == [4, 12])
    }

    @Test func keepsARunThatFailsWhenFoldedFailing() throws {
        let w = ProgramBuilder()
        let (a, b) = (w.constant(NDArray([Int32(1)])), w.constant(NDArray([Int32(0)])))
        let executable = try w.executable([w.add(.binary(.divide), [a, b], .int32, [1])])
        #expect(throws: RunError.self) { try executable.run([], control: nil) }
    }
}
