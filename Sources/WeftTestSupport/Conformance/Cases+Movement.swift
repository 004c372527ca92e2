// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    mutating func addMovement() {
        for dtype in DType.programTypes {
            var random = TestRandom("movement \(dtype)")
            addReshapes(dtype, &random)
            addSlices(dtype, &random)
            addPads(dtype, &random)
            addConcatenations(dtype, &random)
            addDynamicSlices(dtype, &random)
        }
    }

    private mutating func addReshapes(_ dtype: DType, _ random: inout TestRandom) {
        for (from, to) in [
            ([], []), ([], [1, 1]), ([1], []), ([0], [3, 0]), ([6], [2, 3]), ([4, 1, 5], [20]),
            ([7, 33], [33, 7]),
        ] {
            add(
                .reshape(to), [random.anything(dtype, from)], [ArrayType(dtype, to)], dtype: dtype,
                "\(from) to \(to)")
        }
        let broadcasts: [(from: [Int], axes: [Int], to: [Int])] = [
            ([], [], []), ([], [], [3]), ([], [], [0]), ([], [], [4, 5]), ([3], [0], [3, 4]),
            ([3], [1], [2, 3]), ([1], [0], [5]), ([2, 3], [0, 2], [2, 4, 3]),
            ([3, 2], [2, 0], [2, 4, 3]), ([2, 1], [0, 1], [2, 7]), ([1, 3], [0, 2], [4, 2, 3]),
            ([33], [1], [7, 33]), ([0], [0], [0, 3]), ([1], [0], [0, 3]),
        ]
        for (from, axes, to) in broadcasts {
            add(
                .broadcast(shape: to, axes: axes), [random.anything(dtype, from)],
                [ArrayType(dtype, to)],
                dtype: dtype, "\(from) along \(axes) to \(to)")
        }
        let transposes: [(shape: [Int], permutation: [Int])] = [
            ([], []), ([4], [0]), ([2, 3], [0, 1]), ([2, 3], [1, 0]), ([7, 33], [1, 0]),
            ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [1, 2, 0]), ([2, 0, 4], [2, 0, 1]),
            ([2, 3, 4, 5], [0, 2, 1, 3]), ([2, 3, 4, 5], [3, 1, 0, 2]),
            ([2, 1, 3, 1, 2], [4, 3, 2, 1, 0]),
            ([40, 50], [1, 0]),
        ]
        for (shape, permutation) in transposes {
            add(
                .transpose(permutation), [random.anything(dtype, shape)],
                [ArrayType(dtype, permutation.map { shape[$0] })], dtype: dtype,
                "\(shape) by \(permutation)")
        }
        let reversals: [(shape: [Int], axes: [Int])] = [
            ([], []), ([0], [0]), ([5], [0]), ([2, 3], []), ([2, 3], [1]), ([2, 3, 4], [0, 2]),
            ([7, 33], [1]), ([7, 33], [0, 1]),
        ]
        for (shape, axes) in reversals {
            let x = random.anything(dtype, shape)
            add(.reverse(axes: axes), [x], [x.type], dtype: dtype, "\(shape) along \(axes)")
        }
    }

    private mutating func addSlices(_ dtype: DType, _ random: inout TestRandom) {
        let slices: [(shape: [Int], starts: [Int], limits: [Int], strides: [Int])] = [
            ([], [], [], []), ([5], [0], [5], [1]), ([5], [1], [4], [1]), ([5], [0], [5], [2]),
            ([5], [1], [5], [3]), ([5], [2], [2], [1]), ([0], [0], [0], [1]), ([5], [0], [5], [9]),
            ([2, 3], [1, 0], [2, 3], [1, 1]), ([7, 33], [1, 2], [6, 31], [2, 5]),
            ([4, 1, 5], [0, 0, 1], [4, 1, 4], [3, 1, 1]),
            ([2, 0, 3], [0, 0, 0], [2, 0, 2], [1, 1, 1]),
        ]
        for (shape, starts, limits, strides) in slices {
            let output = shape.indices.map {
                (limits[$0] - starts[$0] + strides[$0] - 1) / strides[$0]
            }
            let attributes = SliceAttributes(starts: starts, limits: limits, strides: strides)
            add(
                .slice(attributes), [random.anything(dtype, shape)], [ArrayType(dtype, output)],
                dtype: dtype, "\(shape) from \(starts) to \(limits) by \(strides)")
        }
    }

    private mutating func addPads(_ dtype: DType, _ random: inout TestRandom) {
        let pads: [(shape: [Int], low: [Int], high: [Int], interior: [Int])] = [
            ([], [], [], []), ([3], [0], [0], [0]), ([3], [1], [2], [0]), ([3], [0], [0], [2]),
            ([3], [-1], [2], [0]), ([3], [1], [-2], [1]), ([3], [-2], [-1], [0]),
            ([0], [2], [1], [0]),
            ([0], [0], [0], [3]), ([5], [-3], [-3], [2]), ([2, 3], [1, 0], [0, 2], [0, 1]),
            ([2, 3], [-1, 4], [3, -5], [2, 1]), ([7, 33], [2, 3], [1, 4], [0, 0]),
            ([4, 1, 5], [0, 2, 1], [1, 0, 0], [1, 1, 0]),
        ]
        for (shape, low, high, interior) in pads {
            let output = shape.indices.map {
                shape[$0] + max(shape[$0] - 1, 0) * interior[$0] + low[$0] + high[$0]
            }
            let attributes = PadAttributes(low: low, high: high, interior: interior)
            add(
                .pad(attributes), [random.anything(dtype, shape), random.anything(dtype, [])],
                [ArrayType(dtype, output)], dtype: dtype,
                "\(shape) by \(low) \(high) \(interior)")
        }
    }

    private mutating func addConcatenations(_ dtype: DType, _ random: inout TestRandom) {
        let lists: [(shapes: [[Int]], axis: Int)] = [
            ([[3]], 0), ([[3], [4]], 0), ([[0], [2], [0]], 0), ([[2, 3], [4, 3]], 0),
            ([[2, 3], [2, 1], [2, 5]], 1), ([[4, 1, 5], [4, 2, 5]], 1), ([[0, 3], [0, 2]], 1),
            ([[7, 33], [7, 33], [7, 1]], 1), ([[2, 2, 2], [2, 2, 3]], 2), ([[0], [0]], 0),
        ]
        for (shapes, axis) in lists {
            var output = shapes[0]
            output[axis] = shapes.reduce(0) { $0 + $1[axis] }
            add(
                .concatenate(axis: axis), shapes.map { random.anything(dtype, $0) },
                [ArrayType(dtype, output)], dtype: dtype, "\(shapes) along \(axis)")
        }
    }

    private mutating func addDynamicSlices(_ dtype: DType, _ random: inout TestRandom) {
        let slices: [(shape: [Int], sizes: [Int], starts: [[Int64]])] = [
            ([], [], [[]]), ([5], [2], [[0], [3], [4], [-7], [.max], [.min]]), ([5], [5], [[2]]),
            ([5], [0], [[5], [9]]), ([0], [0], [[0], [3]]),
            ([7, 33], [3, 10], [[1, 20], [5, 30], [-1, -1], [.max, .min]]),
            ([4, 1, 5], [2, 1, 5], [[1, 0, 0], [9, 9, 9]]),
        ]
        for (shape, sizes, starts) in slices {
            for (start, index) in starts.flatMap({ start in
                [DType.int32, .int64].map { (start, $0) }
            }) {
                let vector = NDArray(
                    // In i32 the extremes are those of 32 bits.
                    integers: index == .int32
                        ? start.map { min(max($0, Int64(Int32.min)), Int64(Int32.max)) } : start,
                    dtype: index, shape: [start.count])
                let x = random.anything(dtype, shape)
                let update = random.anything(dtype, sizes)
                let note = "\(sizes) of \(shape) at \(start) \(index)"
                add(
                    .dynamicSlice(sizes: update.shape), [x, vector], [update.type], dtype: dtype,
                    note)
                add(.dynamicUpdateSlice, [x, update, vector], [x.type], dtype: dtype, note)
            }
        }
    }
}
