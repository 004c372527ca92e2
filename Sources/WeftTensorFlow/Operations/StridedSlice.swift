// SPDX-License-Identifier: Apache-2.0
import Weft

/// A slice as TensorFlow writes it: positions and steps for some axes, and five masks that say which of them
/// mean something else.
///
/// What is known of the positions before anything runs becomes a slice of known places; the rest is computed
/// in the run.
struct StridedSlice {
    private enum Part {
        case all
        case newAxis
        case index(Int)
        case range(begin: Int?, end: Int?, stride: Int)
        /// A position that only the run knows.
        case computedIndex(AnyTensor)
        case computedRange(begin: AnyTensor?, end: AnyTensor?, stride: Int)
    }

    private let call: NodeCall
    private var parts: [Part] = []

    static let masks: [String: AttributeDefault] = [
        "begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0,
        "shrink_axis_mask": 0,
    ]

    /// The slice of an array with `rank` axes that the inputs from `position` on, begins, ends and strides,
    /// describe.
    init(_ call: NodeCall, at position: Int, rank: Int) throws {
        self.call = call
        let count = try call.length(position)
        let strides = try call.integers(position + 2)
        guard try call.length(position + 1) == count, strides.count == count, count < 32 else {
            throw call.error(.malformed, "begins, ends and strides are not as many")
        }
        let masks = try [
            "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask",
        ]
        .map { try call.int($0) }
        func isSet(_ mask: Int, _ bit: Int) -> Bool { masks[mask] & (1 << bit) != 0 }
        let ellipses = (0..<count).filter { isSet(2, $0) }
        guard ellipses.count <= 1 else { throw call.error(.malformed, "it has several ellipses") }
        let named = (0..<count).filter { !isSet(2, $0) && !isSet(3, $0) }.count
        guard named <= rank else {
            throw call.error(.malformed, "it takes \(named) axes of an array with \(rank)")
        }
        let (begins, ends) = (try call.tensor(position), try call.tensor(position + 1))
        for bit in 0..<count {
            if isSet(2, bit) {
                parts += Array(repeating: .all, count: rank - named)
                continue
            }
            if isSet(3, bit) {
                parts.append(.newAxis)
                continue
            }
            let stride = strides[bit]
            guard stride != 0, stride > Int.min else {
                throw call.error(.malformed, "the stride \(stride) leads nowhere")
            }
            let (begin, end) = (begins.element(bit, axis: 0), ends.element(bit, axis: 0))
            if isSet(4, bit) {
                guard stride > 0 else {
                    throw call.error(
                        .malformed, "a single element is taken with the stride \(stride)")
                }
                parts.append(
                    begin.knownIntegers.flatMap(\.first).map { .index($0) } ?? .computedIndex(begin)
                )
                continue
            }
            let (from, to) = (isSet(0, bit) ? nil : begin, isSet(1, bit) ? nil : end)
            let known = (from?.knownIntegers?.first, to?.knownIntegers?.first)
            if (from == nil) == (known.0 == nil), (to == nil) == (known.1 == nil) {
                parts.append(.range(begin: known.0, end: known.1, stride: stride))
            } else {
                parts.append(.computedRange(begin: from, end: to, stride: stride))
            }
        }
        if ellipses.isEmpty { parts += Array(repeating: .all, count: rank - named) }
    }

    /// The part of an array.
    func applied(to x: AnyTensor) throws -> AnyTensor {
        var x = x
        var axis = 0
        var ranges: [TensorRange] = []
        // Axes are whole until all computed parts were taken: these keep the axes' places.
        for part in parts {
            switch part {
            case .newAxis:
                ranges.append(.newAxis)
                continue
            case .all: ranges.append(.all)
            case .index(let position): ranges.append(.index(try index(position, axis, of: x)))
            case .range(let begin, let end, let stride):
                if let size = x.shape[axis] {
                    ranges.append(range(begin, end, stride, size: size))
                } else if begin == nil, end == nil {
                    ranges.append(.range(by: stride))
                } else {
                    x = computed(
                        x, axis, begin.map { Self.number($0) }, end.map { Self.number($0) }, stride)
                    ranges.append(.all)
                }
            case .computedIndex(let position):
                let size = x.size(ofAxis: axis)
                let place = Self.fromStart(position.cast(to: .int64), size)
                x = x.gathered(at: place.reshaped(to: [1]), axis: axis)
                ranges.append(.index(0))
            case .computedRange(let begin, let end, let stride):
                x = computed(
                    x, axis, begin?.cast(to: .int64), end?.cast(to: .int64), stride)
                ranges.append(.all)
            }
            axis += 1
        }
        return x.sliced(ranges)
    }

    private func index(_ position: Int, _ axis: Int, of x: AnyTensor) throws -> Int {
        if let size = x.shape[axis], position < -size || position >= size {
            throw call.error(
                .malformed, "there is no element \(position) on axis \(axis) of \(x.type)")
        }
        return position
    }

    /// The elements of an axis of known size. Positions beyond it are those at its ends.
    private func range(_ begin: Int?, _ end: Int?, _ stride: Int, size: Int) -> TensorRange {
        func place(_ position: Int) -> Int {
            let place = position < 0 ? max(position, -size - 1) + size : position
            return stride > 0 ? min(max(place, 0), size) : min(max(place, -1), size - 1)
        }
        let first = begin.map(place) ?? (stride > 0 ? 0 : size - 1)
        let limit = end.map(place) ?? (stride > 0 ? size : -1)
        if stride > 0 {
            return first < limit
                ? .range(from: first, to: limit, by: stride) : .range(from: 0, to: 0)
        }
        // Weft's ranges name their lower end first.
        return first > limit
            ? .range(from: limit + 1, to: first + 1, by: stride) : .range(from: 0, to: 0)
    }

    private static func number(_ number: Int) -> AnyTensor { .constant(NDArray(Int64(number))) }

    /// A position counted from the start of an axis.
    private static func fromStart(_ position: AnyTensor, _ size: AnyTensor) -> AnyTensor {
        let isNegative = AnyTensor.compare(.less, position, number(0)).cast(to: .int64)
        return position + size * isNegative
    }

    /// The elements of an axis whose size or ends only the run knows.
    private func computed(
        _ x: AnyTensor, _ axis: Int, _ begin: AnyTensor?, _ end: AnyTensor?, _ stride: Int
    ) -> AnyTensor {
        let size = x.size(ofAxis: axis)
        let (low, high) = (stride > 0 ? 0 : -1, stride > 0 ? size : size - Self.number(1))
        func place(_ position: AnyTensor) -> AnyTensor {
            minimum(maximum(Self.fromStart(position, size), Self.number(low)), high)
        }
        let first = begin.map(place) ?? (stride > 0 ? Self.number(0) : high)
        let limit = end.map(place) ?? (stride > 0 ? size : Self.number(-1))
        if stride == 1, let rank = x.rank {
            // From an empty part's start, too, none of the axis is left.
            let count = maximum(limit - first, Self.number(0))
            var starts = Array(repeating: Self.number(0), count: rank)
            var sizes = Array(repeating: Self.number(-1), count: rank)
            (starts[axis], sizes[axis]) = (first, count)
            return x.sliced(startingAt: stacked(starts), sizes: stacked(sizes))
        }
        return x.gathered(
            at: AnyTensor.range(from: first, to: limit, by: Self.number(stride)), axis: axis)
    }
}

/// Parts of arrays between two positions.
enum StridedSliceOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("StridedSlice", defaults: StridedSlice.masks) { call in
            let x = try call.tensor(0)
            return try StridedSlice(call, at: 1, rank: try call.rank(0)).applied(to: x)
        },
        OperationDefinition("StridedSliceGrad", defaults: StridedSlice.masks) { call in
            let gradient = try call.tensor(4)
            let x = try call.zeros(gradient.dtype, sizes: 0)
            let slice = try StridedSlice(call, at: 1, rank: try call.rank(of: x, "the array"))
            return try call.gradient(at: x, from: gradient) { try slice.applied(to: $0) }
        },
        OperationDefinition("TensorStridedSliceUpdate", defaults: StridedSlice.masks) { call in
            try replaced(call)
        },
        OperationDefinition(
            "StridedSliceAssign", outputs: ["output_ref"], defaults: StridedSlice.masks,
            effect: .changes([0]), values: assigned),
        OperationDefinition(
            "ResourceStridedSliceAssign", defaults: StridedSlice.masks, effect: .changes([0]),
            values: { call in
                _ = try assigned(call)
                return []
            }),
    ]

    private static func replaced(_ call: NodeCall) throws -> AnyTensor {
        let (x, value) = (try call.tensor(0), try call.tensor(4))
        let slice = try StridedSlice(call, at: 1, rank: try call.rank(0))
        // The slice of the elements' numbers says which of them are replaced.
        let flat = x.reshaped(to: [-1])
        let numbers = AnyTensor.iota(like: flat, dtype: .int64).reshaped(like: x)
        let places = try slice.applied(to: numbers)
        let values = value.broadcasted(like: places).reshaped(to: [-1])
        return flat.scattering(values, at: places.reshaped(to: [-1])).reshaped(like: x)
    }

    private static func assigned(_ call: NodeCall) throws -> [ImportedValue] {
        let resource = try call.resource(0)
        try call.set(resource, to: try replaced(call))
        return [.resource(resource)]
    }
}
