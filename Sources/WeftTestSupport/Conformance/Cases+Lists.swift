// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Lists do not leave programs: each case pops what it wants to see.
extension CaseCollection {
    static let list = ArrayType(.list, [])

    mutating func addLists() {
        for dtype in DType.programTypes {
            var random = TestRandom("lists \(dtype)")
            let (type, other) = (ArrayType(dtype, [2, 3]), ArrayType(dtype, [0]))
            let arrays = (0..<3).map { _ in random.anything(dtype, type.shape) }

            let empty = ProgramBuilder()
            let none = empty.add(.listEmpty, [], [Self.list])[0]
            let popped = empty.add(.listPop(type.tensorType), [none], [Self.list, type])
            let again = empty.add(.listPop(other.tensorType), [popped[0]], [Self.list, other])
            add(
                Primitive.listEmpty.kind, empty.program([popped[1], again[1]]), [], dtype: dtype,
                "popped twice")

            for primitive in [Primitive.listAppend, .listPop(type.tensorType)] {
                let pops = primitive == .listAppend ? 2 : 6
                let builder = ProgramBuilder()
                let inputs = arrays.map { _ in builder.input(dtype, type.shape) }
                let last = builder.input(dtype, other.shape)
                var value = builder.add(.listEmpty, [], [Self.list])[0]
                for input in inputs + [last] {
                    value = builder.add(.listAppend, [value, input], [Self.list])[0]
                }
                // The list from before is still what it was after others have grown from it.
                let branch = builder.add(.listAppend, [value, inputs[0]], [Self.list])[0]
                let top = builder.add(.listPop(type.tensorType), [branch], [Self.list, type])
                var outputs = [top[1]]
                for position in 0..<pops {
                    let wanted = position == 0 ? other : type
                    let results = builder.add(
                        .listPop(wanted.tensorType), [value], [Self.list, wanted])
                    value = results[0]
                    outputs.append(results[1])
                }
                add(
                    primitive.kind, builder.program(outputs),
                    arrays + [NDArray.zeros(dtype, other.shape)], dtype: dtype, "of 4 arrays")
            }

            let zeros = ProgramBuilder()
            let input = zeros.input(dtype, type.shape)
            var value = zeros.add(.listEmpty, [], [Self.list])[0]
            value = zeros.add(.listAppend, [value, input], [Self.list])[0]
            let like = zeros.add(.listZerosLike, [value], [Self.list])[0]
            let results = zeros.add(.listPop(type.tensorType), [like], [Self.list, type])
            let original = zeros.add(.listPop(type.tensorType), [value], [Self.list, type])
            add(
                Primitive.listZerosLike.kind, zeros.program([results[1], original[1]]),
                [arrays[0]], dtype: dtype, "of one array")
            addListElements(dtype, type, arrays, &random)
            if dtype.isNumeric { addListSums(dtype, type, &random) }
        }
        addListLoops()
    }

    private mutating func addListSums(
        _ dtype: DType, _ type: ArrayType, _ random: inout TestRandom
    ) {
        for (m, n) in [(0, 0), (0, 2), (2, 0), (2, 2), (3, 1), (1, 3)] {
            let builder = ProgramBuilder()
            var inputs: [NDArray] = []
            var lists: [Int] = []
            for count in [m, n] {
                var list = builder.add(.listEmpty, [], [Self.list])[0]
                for _ in 0..<count {
                    inputs.append(random.anything(dtype, type.shape))
                    let input = builder.input(dtype, type.shape)
                    list = builder.add(.listAppend, [list, input], [Self.list])[0]
                }
                lists.append(list)
            }
            var sum = builder.add(.listAdd, lists, [Self.list])[0]
            var outputs: [Int] = []
            for _ in 0..<max(m, n) + 1 {
                let results = builder.add(.listPop(type.tensorType), [sum], [Self.list, type])
                sum = results[0]
                outputs.append(results[1])
            }
            add(
                Primitive.listAdd.kind, builder.program(outputs), inputs, dtype: dtype,
                .ulps(0, ignoringZeroSign: true), "of \(m) and \(n) arrays")
        }
    }

    /// A loop that pushes the powers of a number and one that adds them up from the end.
    private mutating func addListLoops() {
        func condition(_ types: [ArrayType], _ limit: Int64) -> Program {
            let builder = ProgramBuilder()
            let inputs = types.map { builder.input($0.dtype, $0.shape) }
            let bound = builder.constant(NDArray(limit))
            let holds = builder.add(.compare(.less), [inputs[0], bound], .bool, [])
            return builder.program([holds])
        }
        let counter = ArrayType(.int64, [])
        let number = ArrayType(.float64, [2])
        let types = [counter, Self.list, number]
        func body(_ isPushing: Bool) -> Program {
            let builder = ProgramBuilder()
            let inputs = types.map { builder.input($0.dtype, $0.shape) }
            let one = builder.constant(NDArray(Int64(1)))
            let next = builder.add(.binary(.add), [inputs[0], one], .int64, [])
            if isPushing {
                let pushed = builder.add(.listAppend, [inputs[1], inputs[2]], [Self.list])[0]
                let half = builder.constant(NDArray(0.5 as Double))
                let product = builder.add(.binary(.multiply), [inputs[2], half], .float64, [2])
                return builder.program([next, pushed, product])
            }
            let popped = builder.add(.listPop(number.tensorType), [inputs[1]], [Self.list, number])
            let sum = builder.add(.binary(.add), [inputs[2], popped[1]], .float64, [2])
            return builder.program([next, popped[0], sum])
        }
        for count: Int64 in [0, 1, 20] {
            let builder = ProgramBuilder()
            let x = builder.input(.float64, [2])
            let zero = builder.constant(NDArray(Int64(0)))
            let empty = builder.add(.listEmpty, [], [Self.list])[0]
            let loop = Primitive.whileLoop(
                condition: condition(types, count), body: body(true), carries: 3,
                maximumIterations: nil)
            let pushed = builder.add(loop, [zero, empty, x], types)
            // One pop more than there are arrays.
            let summed = builder.add(
                .whileLoop(
                    condition: condition(types, count + 1), body: body(false), carries: 3,
                    maximumIterations: nil), [zero, pushed[1], pushed[2]], types)
            add(
                loop.kind, builder.program([pushed[0], pushed[2], summed[2]]),
                [NDArray([1.0, -3.0] as [Double])], dtype: .float64, "over a list of \(count)")
        }
    }
}
