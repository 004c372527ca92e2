// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Chains that one kernel computes: that they are found, and that they round as the instructions
/// would alone, to the bit, with each instruction set.
extension ConformanceTests {
    struct Chain: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// How many of the inputs are arrays; the others are the constants.
        let arrays: Int
        let constants: [Float]
        /// Opcode and operands; operands are value numbers, inputs first.
        let code: [(weft_opcode, UInt16, UInt16, UInt16)]

        static let all = [
            Chain(
                testDescription: "sigmoid times tanh", arrays: 2, constants: [],
                code: [(WEFT_OP_TANH, 1, 0, 0), (WEFT_OP_SIGMOID, 0, 0, 0), (WEFT_OP_MUL, 2, 3, 0)]),
            Chain(
                testDescription: "sigmoid times another", arrays: 2, constants: [],
                code: [(WEFT_OP_SIGMOID, 0, 0, 0), (WEFT_OP_MUL, 1, 2, 0)]),
            Chain(
                testDescription: "gradient of relu", arrays: 2, constants: [0, -0.0],
                code: [(WEFT_OP_GT, 0, 2, 0), (WEFT_OP_SELECT, 4, 1, 3)]),
            Chain(
                testDescription: "silu", arrays: 1, constants: [],
                code: [(WEFT_OP_SIGMOID, 0, 0, 0), (WEFT_OP_MUL, 0, 1, 0)]),
        ]
    }

    @Test(arguments: Chain.all)
    func computesAChainInOnePassWithoutChangingABit(_ chain: Chain) throws {
        let inputs = chain.arrays + chain.constants.count
        let last = UInt16(inputs + chain.code.count - 1)
        for set in CPUEngine.InstructionSet.allCases {
            guard let choice = InstructionSetChoice(set) else { continue }
            defer { choice.end() }
            for count in [0, 1, 15, 17, 33, 1000, 4099] {
                let together = try run(chain, count, outputs: [last])
                // What is an output cannot be skipped.
                let apart = try run(chain, count, outputs: Array(UInt16(inputs)...last))
                if count > 1 {
                    #expect(together.passes == 1)
                    #expect(apart.passes >= chain.code.count)
                }
                let same = zip(together.results, apart.results).allSatisfy {
                    $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN)
                }
                #expect(same, "\(set), \(count) elements")
                #expect(together.results.count == count)
            }
        }
    }

    /// The chains as programs, on arrays and within programs of rows, against the interpreter. An
    /// error counts in units of the operand's last place where that is larger than the result's.
    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func computesChainsAsTheInterpreterDoes(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        let special: [Float] = [
            0, -0.0, .nan, .infinity, -.infinity, 0x1p-149, -0x1p-133, 1e-8, 3e18, -3e18, 88, -104,
            -13.5,
        ]
        for shape in [[0], [1], [17], [1000], [3, 17], [17, 1], [40, 64]] {
            let count = shape.reduce(1, *)
            let numbers = (0..<count).map { i in
                i % 5 == 4 && count < 1000
                    ? special[i / 5 % special.count] : Float(((i + 1) * 7919) % 20011) / 1000 - 10
            }
            for chain in Self.activations {
                let w = ProgramBuilder()
                let x = w.input(.float32, shape)
                let y = chain(w, x)
                var outputs = [y]
                if shape.count == 2 {
                    let sum = w.add(.reduce(.sum, axes: [1]), [y], .float32, [shape[0]])
                    let mean = w.add(.reshape([shape[0], 1]), [sum], .float32, [shape[0], 1])
                    outputs = [w.binary(.subtract, y, mean), sum]
                }
                let input = floats(numbers, shape)
                let program = w.program(outputs)
                let expected = try ReferenceEngine().compile(program).run([input], control: nil)
                let actual = try CPUEngine().compilePlan(program).run([input], control: nil)
                for (a, b) in zip(actual, expected) {
                    let (a, b) = (a.doubles, b.doubles)
                    let scale = shape.count == 2 ? 16 * Double(shape[1]) : 1
                    let isRight = a.indices.allSatisfy { i in
                        if a[i] == b[i] || (a[i].isNaN && b[i].isNaN) { return true }
                        let size = max(
                            abs(b[i]), a.count == count ? abs(Double(numbers[i])) : 0, 1e-37)
                        return abs(a[i] - b[i]) <= 6e-7 * scale * size
                    }
                    #expect(isRight, "\(set), \(shape)")
                }
            }
        }
    }

    /// What saturates does so exactly: gelu multiplies what is left of 1 + erf(x) by as much as 10³⁸.
    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func reachesTheLimitsOfErfAndGelu(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        let numbers: [Float] = [3.95, 4, 6, 10, 1e6, 3e38, .infinity, 0]
        let shape = [2 * numbers.count]
        let w = ProgramBuilder()
        let x = w.input(.float32, shape)
        let results = try w.run(
            [w.unary(.erf, x), Self.activations[1](w, x)],
            [floats(numbers + numbers.map(-), shape)])
        let (erf, gelu) = (results[0].doubles, results[1].doubles)
        for (i, number) in numbers.enumerated() {
            let limit: Double = number == 0 ? 0 : 1
            #expect(erf[i] == limit && erf[numbers.count + i] == -limit, "\(number)")
            // gelu takes erf(x / √2).
            if number != 0 && number < 6 { continue }
            #expect(gelu[i] == Double(number), "\(number)")
            // Minus infinity times 0 is not a number, as in the formula.
            #expect(
                number == .infinity
                    ? gelu[numbers.count + i].isNaN : gelu[numbers.count + i] == 0, "\(-number)")
        }
        #expect(erf.last?.sign == .minus && gelu.last?.sign == .minus)
    }

    private static var activations: [(ProgramBuilder, Int) -> Int] {
        func constant(_ w: ProgramBuilder, _ x: Float) -> Int { w.constant(NDArray(x)) }
        func gelu(_ w: ProgramBuilder, _ x: Int, _ hint: CallHint) -> Int {
            let type = ArrayType(.float32, w.shape(of: x))
            return w.add(.call(.gelu(hint, type)), [x], [type])[0]
        }
        return [
            { w, x in gelu(w, x, .geluByTanh) },
            { w, x in gelu(w, x, .geluByErf) },
            { w, x in
                // The gradient of relu, times x.
                let shape = w.shape(of: x)
                let above = w.add(
                    .compare(.greater), [w.unary(.relu, x), constant(w, 0)], .bool, shape)
                return w.add(
                    .select, [above, w.binary(.multiply, x, x), constant(w, 0)], .float32, shape)
            },
            { w, x in w.binary(.multiply, w.unary(.sigmoid, x), w.unary(.tanh, x)) },
            { w, x in w.binary(.multiply, x, w.unary(.sigmoid, x)) },
            { w, x in
                let gate = w.unary(.sigmoid, w.binary(.add, x, constant(w, 0.25)))
                return w.binary(.add, w.binary(.multiply, gate, x), x)
            },
        ]
    }

    /// The last output of a program of `count` elements, and its passes.
    private func run(
        _ chain: Chain, _ count: Int, outputs: [UInt16]
    ) throws -> (results: [Float], passes: Int) {
        let special: [Float] = [
            0, -0.0, .nan, .infinity, -.infinity, 0x1p-149, -0x1p-133, 1e-8, 3e38, -3e38, 88, -104,
            -13.5,
            9.05, -0.5,
        ]
        let arrays = (0..<chain.arrays).map { k in
            (0..<count).map { i in
                (i + k) % 7 == 3
                    ? special[(i / 7 + 3 * k) % special.count]
                    : Float(((i + 1) * (7919 + 104_729 * k)) % 20011) / 1000 - 10
            }
        }
        var declared = [weft_tile_input](
            repeating: weft_tile_input(), count: chain.arrays + chain.constants.count)
        for k in declared.indices {
            declared[k].dtype = UInt8(WEFT_F32.rawValue)
            declared[k].strides.0 = k < chain.arrays ? 1 : 0
        }
        let code = chain.code.map {
            weft_instruction(
                opcode: UInt16($0.0.rawValue), type: UInt8(WEFT_F32.rawValue), to_type: 0, a: $0.1,
                b: $0.2, c: $0.3)
        }
        // Not inside the macro, whose copies of the arguments would outlive the arrays' pointers.
        let created = weft_tile_create(
            1, [Int64(count)], Int32(declared.count), declared, Int32(code.count), code,
            Int32(outputs.count), outputs)
        let program = try #require(created)
        defer { weft_tile_destroy(program) }
        let memory = (arrays + chain.constants.map { [$0] }).map { values in
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
            _ = buffer.initialize(from: values)
            return buffer
        }
        let written = outputs.map { _ in
            UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        }
        defer { for buffer in memory + written { buffer.deallocate() } }
        let status = weft_tile_run(
            program, memory.map { UnsafeRawPointer($0.baseAddress) },
            written.map { UnsafeMutableRawPointer($0.baseAddress) })
        #expect(status == WEFT_OK)
        return (written.last.map(Array.init) ?? [], Int(weft_tile_pass_count(program)))
    }
}
