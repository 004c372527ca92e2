// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Calls: bodies without a hint, and with one, whose kernels must give what the body gives.
extension CaseCollection {
    mutating func addCalls() {
        for dtype in DTypeClass.any.dtypes {
            var random = TestRandom("calls \(dtype)")
            addBodies(dtype, &random)
            guard dtype.isFloatingPoint else { continue }
            addAdam(dtype, &random)
            addGelu(dtype, &random)
        }
    }

    private mutating func addBodies(_ dtype: DType, _ random: inout TestRandom) {
        let shape = [2, 3]
        let type = ArrayType(dtype, shape)
        let builder = ProgramBuilder()
        let (x, y) = (builder.input(dtype, shape), builder.input(dtype, shape))
        let reversed = builder.add(.reverse(axes: [1]), [x], dtype, shape, name: "inner")
        // A result twice, an argument, and a constant.
        let constant = builder.constant(random.anything(dtype, shape))
        let body = builder.program([reversed, y, reversed, constant])
        let call = Primitive.call(CalledProgram(body, name: "body"))
        let inputs = [random.anything(dtype, shape), random.anything(dtype, shape)]
        add(call, inputs, [type, type, type, type], dtype: dtype, "\(shape)")

        // A call of calls: the second one's arguments are the first one's results.
        let outer = ProgramBuilder()
        let (a, b) = (outer.input(dtype, shape), outer.input(dtype, shape))
        let first = outer.add(call, [a, b], [type, type, type, type])
        let second = outer.add(call, [first[1], first[0]], [type, type, type, type])
        let both = CalledProgram(outer.program([second[0], second[1], first[3]]), name: "both")
        add(.call(both), inputs, [type, type, type], dtype: dtype, "of calls")
    }

    private mutating func addAdam(_ dtype: DType, _ random: inout TestRandom) {
        for hint in [CallHint.adamBeforeCorrection, .adamAfterCorrection] {
            for shape in [[], [1], [0], [17], [3, 1000]] {
                var scalars = [0.1, 0.001, 1e-3, 0.01]
                if hint == .adamAfterCorrection { scalars += [0.19, 0.002] }
                let inputs =
                    [-1.0...1, -1...1, -0.1...0.1, 0...0.01].map {
                        random.array(dtype, shape, in: $0)
                    } + scalars.map { .from([$0], dtype, []) }
                let type = ArrayType(dtype, shape)
                add(
                    .call(.adam(hint, type)), inputs, [type, type, type], dtype: dtype,
                    "\(shape)")
            }
        }
    }

    private mutating func addGelu(_ dtype: DType, _ random: inout TestRandom) {
        for hint in [CallHint.geluByTanh, .geluByErf] {
            for shape in [[], [0], [17], [3, 1000]] {
                let type = ArrayType(dtype, shape)
                let x = random.array(dtype, shape, in: -1...6)
                // Errors of tanh and erf count more where their sum with 1 is small.
                add(
                    .call(.gelu(hint, type)), [x], [type], dtype: dtype, .ulps(32), "\(shape)")
            }
        }
    }
}

extension CalledProgram {
    /// Gelu, as the hint says.
    package static func gelu(_ hint: CallHint, _ type: ArrayType) -> CalledProgram {
        let b = ProgramBuilder()
        let x = b.input(type.dtype, type.shape)
        func scaled(_ x: Int, _ kind: BinaryKind, _ number: Double) -> Int {
            let constant = b.constant(.from([number], type.dtype, []))
            return b.add(.binary(kind), [x, constant], type.dtype, type.shape)
        }
        func binary(_ kind: BinaryKind, _ x: Int, _ y: Int) -> Int {
            b.add(.binary(kind), [x, y], type.dtype, type.shape)
        }
        let inner: Int
        if hint == .geluByTanh {
            let cube = binary(.multiply, binary(.multiply, x, x), x)
            let sum = binary(.add, x, scaled(cube, .multiply, 0.044715))
            inner = b.add(
                .unary(.tanh), [scaled(sum, .multiply, 0.7978845608028654)], type.dtype,
                type.shape)
        } else {
            inner = b.add(
                .unary(.erf), [scaled(x, .multiply, 0.7071067811865476)], type.dtype, type.shape)
        }
        let y = binary(.multiply, scaled(x, .multiply, 0.5), scaled(inner, .add, 1))
        return CalledProgram(b.program([y]), name: "gelu", hint: hint)
    }

    /// A step of Adam, as the hint says.
    package static func adam(_ hint: CallHint, _ type: ArrayType) -> CalledProgram {
        let b = ProgramBuilder()
        let arrays = (0..<4).map { _ in b.input(type.dtype, type.shape) }
        let scalars = (0..<(hint == .adamAfterCorrection ? 6 : 4)).map { _ in
            b.input(type.dtype, [])
        }
        func binary(_ kind: BinaryKind, _ x: Int, _ y: Int) -> Int {
            b.add(.binary(kind), [x, y], type.dtype, type.shape)
        }
        func sqrt(_ x: Int) -> Int { b.add(.unary(.sqrt), [x], type.dtype, type.shape) }
        let (g, w, m, v) = (arrays[0], arrays[1], arrays[2], arrays[3])
        let nextM = binary(.add, m, binary(.multiply, binary(.subtract, g, m), scalars[0]))
        let square = binary(.multiply, g, g)
        let nextV = binary(.add, v, binary(.multiply, binary(.subtract, square, v), scalars[1]))
        let change: Int
        if hint == .adamAfterCorrection {
            let root = sqrt(binary(.divide, nextV, scalars[5]))
            let top = binary(.multiply, scalars[3], binary(.divide, nextM, scalars[4]))
            change = binary(.divide, top, binary(.add, root, scalars[2]))
        } else {
            change = binary(
                .divide, binary(.multiply, nextM, scalars[3]),
                binary(.add, sqrt(nextV), scalars[2]))
        }
        let next = binary(.subtract, w, change)
        return CalledProgram(b.program([next, nextM, nextV]), name: "adam", hint: hint)
    }
}
