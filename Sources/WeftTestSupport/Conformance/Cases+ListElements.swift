// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    /// Lists whose arrays are reached by index.
    ///
    /// - Parameter arrays: Three of the type.
    mutating func addListElements(
        _ dtype: DType, _ type: ArrayType, _ arrays: [NDArray], _ random: inout TestRandom
    ) {
        let rows = ArrayType(dtype, [4, 2])
        let row = ArrayType(dtype, [2])
        let whole = random.anything(dtype, rows.shape)

        for bounds in [ListBounds.checked, .growing] {
            let set = ProgramBuilder()
            let inputs = arrays.map { _ in set.input(dtype, type.shape) }
            var value = set.listOf(inputs)
            let before = value
            let count = set.add(.listCount, [value], .int64, [])
            value =
                set.add(
                    .listSet(bounds), [value, inputs[0], set.index(2), count], [Self.list])[0]
            if bounds == .growing {
                value = set.add(.listSet(bounds), [value, inputs[1], count, count], [Self.list])[0]
            }
            // The list from before is still what it was.
            let outputs = [(value, 0), (value, 2), (before, 2)].map { list, place in
                set.add(
                    .listGet(type.tensorType, bounds), [list, set.index(place), count], dtype,
                    type.shape)
            }
            add(
                Primitive.listSet(bounds).kind, set.program(outputs + [count]), arrays,
                dtype: dtype, "with \(bounds) bounds")
        }

        let open = ProgramBuilder()
        let input = open.input(dtype, type.shape)
        var value = open.add(.listEmpty, [], [Self.list])[0]
        value =
            open.add(
                .listSet(.checked), [value, input, open.index(2), open.index(4)], [Self.list])[0]
        let got = (0..<4).map {
            open.add(
                .listGet(type.tensorType, .checked), [value, open.index($0), open.index(4)], dtype,
                type.shape)
        }
        add(
            Primitive.listGet(type.tensorType, .checked).kind, open.program(got), [arrays[0]],
            dtype: dtype, "holes")

        let cleared = ProgramBuilder()
        value = cleared.listOf(arrays.map { _ in cleared.input(dtype, type.shape) })
        let count = cleared.add(.listCount, [value], .int64, [])
        // Inside, where the list is too short, and behind what the list is said to have.
        for (bounds, place, size) in [
            (ListBounds.checked, 0, 3), (.checked, 5, 7), (.growing, 2, 2),
        ] {
            value =
                cleared.add(
                    .listClear(bounds), [value, cleared.index(place), cleared.index(size)],
                    [Self.list])[0]
        }
        let rest = cleared.add(.listCount, [value], .int64, [])
        let all = cleared.add(
            .listStack(TensorType(dtype, [3, 2, 3]), filling: true), [value], dtype, [3, 2, 3])
        add(
            Primitive.listClear(.checked).kind, cleared.program([all, count, rest]), arrays,
            dtype: dtype, "inside and behind")
        add(
            Primitive.listCount.kind, cleared.program([count]), arrays, dtype: dtype, "of 3 arrays")

        for (size, filling) in [(0, true), (2, false), (6, false), (8, true)] {
            let resized = ProgramBuilder()
            let input = resized.input(dtype, rows.shape)
            let list = resized.add(.listUnstack, [input], [Self.list])[0]
            let results = resized.add(
                .listResize, [list, resized.index(size == 8 ? 6 : size)],
                [Self.list, ArrayType(.int64, [])])
            let stacked = ArrayType(dtype, [size] + row.shape)
            let output = resized.add(
                .listStack(stacked.tensorType, filling: filling), [results[0]], dtype,
                stacked.shape)
            let program = resized.program([output, results[1]])
            for primitive in [
                Primitive.listResize, .listUnstack,
                .listStack(stacked.tensorType, filling: filling),
            ] {
                add(primitive.kind, program, [whole], dtype: dtype, "4 rows as \(size)")
            }
        }
    }
}

extension ProgramBuilder {
    fileprivate func listOf(_ inputs: [Int]) -> Int {
        let list = ArrayType(.list, [])
        return inputs.reduce(add(.listEmpty, [], [list])[0]) {
            add(.listAppend, [$0, $1], [list])[0]
        }
    }

    fileprivate func index(_ number: Int) -> Int { constant(NDArray(Int64(number))) }
}
