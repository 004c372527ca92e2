// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    mutating func addSources() {
        for dtype in DType.programTypes {
            var random = TestRandom("sources \(dtype)")
            for shape in Self.shapes {
                let array = random.anything(dtype, shape)
                add(.constant(ConstantValue(array)), [], [array.type], dtype: dtype, "\(shape)")
            }
            let special = SpecialValues.of(dtype)
            add(
                .constant(ConstantValue(special)), [], [special.type], dtype: dtype,
                "special values")
            guard dtype.isNumeric else { continue }
            for (shape, axis) in [
                ([0], 0), ([1], 0), ([5], 0), ([300], 0), ([2, 3], 0), ([2, 3], 1), ([2, 0, 3], 2),
                ([4, 1, 5], 1), ([3, 7, 2], 1),
            ] {
                add(
                    .iota(axis: axis), [], [ArrayType(dtype, shape)], dtype: dtype,
                    "\(shape) along \(axis)")
            }
        }
        addRandom()
    }

    private mutating func addRandom() {
        let states: [RandomState] = [
            RandomState(seed: 0, step: 0), RandomState(seed: 1, step: 7),
            RandomState(seed: .max, step: .max),
            RandomState(seed: 0x1234_5678_9ABC_DEF0, step: 1 << 40),
        ]
        let draws = [
            RandomDraw(stream: 0, ordinal: 0),
            RandomDraw(stream: StableHash.of("dropout"), ordinal: 3),
            RandomDraw(stream: .max, ordinal: .max),
        ]
        for (number, state) in states.enumerated() {
            for draw in draws {
                for shape in [[], [0], [1], [3], [4], [5], [2, 3], [1000], [63, 67]] {
                    add(
                        .randomBits(draw), [state.array], [ArrayType(.uint32, shape)],
                        dtype: .uint32, "\(shape) of state \(number), \(draw.stream)")
                }
            }
            for iteration: Int64 in [0, 1, -1, .max, .min, 1 << 33] {
                add(
                    .foldRandom, [state.array, NDArray(iteration)], [RandomState.type],
                    dtype: .uint32, "state \(number), iteration \(iteration)")
            }
        }
    }
}
