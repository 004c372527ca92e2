// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    /// A way to index: the same numbers describe a gather and the scatter that undoes it.
    private struct Indexing {
        var note: String
        var operand: [Int]
        var indices: [Int]
        /// The axes of the gather's output, or the scatter's updates, that hold windows.
        var windowAxes: [Int]
        /// The operand's axes that windows do not have.
        var collapsed: [Int]
        /// The operand's axes that the components of an index are for.
        var map: [Int]
        var vectorAxis: Int
        var sizes: [Int]

        var output: [Int] {
            var batch = indices.indices.filter { $0 != vectorAxis }.map { indices[$0] }[...]
            var window = operand.indices.filter { !collapsed.contains($0) }.map { sizes[$0] }[...]
            return (0..<batch.count + window.count).map {
                windowAxes.contains($0) ? window.removeFirst() : batch.removeFirst()
            }
        }
    }

    private static let ways: [Indexing] = [
        Indexing(
            note: "elements of a vector", operand: [7], indices: [5], windowAxes: [],
            collapsed: [0],
            map: [0], vectorAxis: 1, sizes: [1]),
        Indexing(
            note: "one element", operand: [7], indices: [], windowAxes: [], collapsed: [0],
            map: [0],
            vectorAxis: 0, sizes: [1]),
        Indexing(
            note: "rows", operand: [6, 4], indices: [5], windowAxes: [1], collapsed: [0], map: [0],
            vectorAxis: 1, sizes: [1, 4]),
        Indexing(
            note: "rows by a matrix", operand: [6, 4], indices: [2, 3], windowAxes: [2],
            collapsed: [0], map: [0], vectorAxis: 2, sizes: [1, 4]),
        Indexing(
            note: "columns", operand: [4, 6], indices: [5], windowAxes: [0], collapsed: [1],
            map: [1], vectorAxis: 1, sizes: [4, 1]),
        Indexing(
            note: "no rows", operand: [6, 4], indices: [0], windowAxes: [1], collapsed: [0],
            map: [0],
            vectorAxis: 1, sizes: [1, 4]),
        Indexing(
            note: "empty rows", operand: [6, 0], indices: [3], windowAxes: [1], collapsed: [0],
            map: [0], vectorAxis: 1, sizes: [1, 0]),
        Indexing(
            note: "points", operand: [4, 5], indices: [6, 2], windowAxes: [], collapsed: [0, 1],
            map: [0, 1], vectorAxis: 1, sizes: [1, 1]),
        Indexing(
            note: "points with swapped components", operand: [4, 5], indices: [6, 2],
            windowAxes: [],
            collapsed: [0, 1], map: [1, 0], vectorAxis: 1, sizes: [1, 1]),
        Indexing(
            note: "points, components first", operand: [4, 5], indices: [2, 6], windowAxes: [],
            collapsed: [0, 1], map: [0, 1], vectorAxis: 0, sizes: [1, 1]),
        Indexing(
            note: "blocks", operand: [6, 7], indices: [4, 2], windowAxes: [1, 2], collapsed: [],
            map: [0, 1], vectorAxis: 1, sizes: [3, 2]),
        Indexing(
            note: "blocks in front", operand: [6, 7], indices: [4, 2], windowAxes: [0, 1],
            collapsed: [], map: [0, 1], vectorAxis: 1, sizes: [3, 2]),
        Indexing(
            note: "planes", operand: [3, 5, 4], indices: [2, 3], windowAxes: [0, 3], collapsed: [1],
            map: [1], vectorAxis: 2, sizes: [3, 1, 4]),
        Indexing(
            note: "many rows", operand: [50, 16], indices: [200], windowAxes: [1], collapsed: [0],
            map: [0], vectorAxis: 1, sizes: [1, 16]),
        Indexing(
            note: "rows of nothing", operand: [0, 3], indices: [2], windowAxes: [1], collapsed: [0],
            map: [0], vectorAxis: 1, sizes: [1, 3]),
    ]

    mutating func addIndexing() {
        for dtype in DType.programTypes {
            var random = TestRandom("indexing \(dtype)")
            for way in Self.ways {
                for mode in IndexMode.allCases {
                    for index in [DType.int32, .int64] {
                        let inside = indices(way, index, isHostile: false, &random)
                        add(way, dtype, mode, inside, "\(way.note), \(mode), \(index)", &random)
                        let hostile = indices(way, index, isHostile: true, &random)
                        add(
                            way, dtype, mode, hostile, "\(way.note), \(mode), \(index), hostile",
                            &random)
                    }
                }
            }
        }
    }

    /// Start indices that fit, or with every third one outside.
    private func indices(
        _ way: Indexing, _ dtype: DType, isHostile: Bool, _ random: inout TestRandom
    ) -> NDArray {
        let extremes: [Int64] =
            dtype == .int32
            ? [-1, Int64(Int32.max), Int64(Int32.min), 1000] : [-1, .max, .min, 1 << 32]
        let vectorAxis = way.vectorAxis
        let stride =
            vectorAxis < way.indices.count ? way.indices[(vectorAxis + 1)...].reduce(1, *) : 1
        let numbers = way.indices.places.map { place in
            if isHostile, random.index(below: 3) == 0 { return extremes[random.index(below: 4)] }
            let component =
                vectorAxis < way.indices.count ? place / stride % way.indices[vectorAxis] : 0
            let axis = way.map[component]
            return Int64(random.index(below: max(way.operand[axis] - way.sizes[axis] + 1, 1)))
        }
        return NDArray(integers: numbers, dtype: dtype, shape: way.indices)
    }

    private mutating func add(
        _ way: Indexing, _ dtype: DType, _ mode: IndexMode, _ indices: NDArray, _ note: String,
        _ random: inout TestRandom
    ) {
        let x = random.anything(dtype, way.operand)
        let output = ArrayType(dtype, way.output)
        let gather = GatherAttributes(
            offsetAxes: way.windowAxes, collapsedAxes: way.collapsed, startIndexMap: way.map,
            indexVectorAxis: way.vectorAxis, sliceSizes: way.sizes, mode: mode)
        add(.gather(gather), [x, indices], [output], dtype: dtype, note)
        let scatter = ScatterAttributes(
            updateWindowAxes: way.windowAxes, insertedWindowAxes: way.collapsed,
            scatterAxesToOperandAxes: way.map, indexVectorAxis: way.vectorAxis, mode: mode)
        let count = output.count + 1
        for kind in ScatterKind.allCases {
            guard Primitive.scatter(kind, scatter).dtypes.contains(dtype) else { continue }
            let tolerance: Tolerance =
                switch kind {
                case .set: .exact
                case .maximum, .minimum: .ulps(0, ignoringZeroSign: true)
                case .add: .terms(min(count, 64))
                case .multiply: .ulps(Double(min(count, 64)) + 1, ignoringZeroSign: true)
                }
            let isProduct = kind == .multiply && dtype.isFloatingPoint
            let updates =
                isProduct
                ? random.array(dtype, output.shape, in: 0.5...2)
                : random.anything(dtype, output.shape)
            add(
                .scatter(kind, scatter), [x, indices, updates], [x.type], dtype: dtype, tolerance,
                note)
        }
    }
}
