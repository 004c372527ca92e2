// SPDX-License-Identifier: Apache-2.0
import Weft

/// Parts of arrays, arrays of several, and what stands around them.
enum SlicingOperations {
    static let all: [OperationDefinition] = parts + joined + padded + moved

    private static let parts: [OperationDefinition] = [
        OperationDefinition("Slice") { try slice($0) },
        OperationDefinition("Split", outputs: ["output"], tensors: split),
        OperationDefinition("SplitV", outputs: ["output"], tensors: splitBySizes),
        OperationDefinition(
            "Unpack", outputs: ["output"], defaults: ["axis": 0],
            tensors: { call in
                let count = try call.int("num")
                if count == 0 { return [] }
                return try call.tensor(0).unstacked(axis: try call.int("axis"), count: count)
            }),
    ]

    private static func slice(_ call: NodeCall) throws -> AnyTensor {
        let (x, rank) = (try call.tensor(0), try call.rank(0))
        guard let begins = try call.knownIntegers(1), let sizes = try call.knownIntegers(2) else {
            // −1 is what remains behind the begin.
            let begins = try call.tensor(1).cast(to: .int64)
            let sizes = try call.tensor(2).cast(to: .int64)
            let isRest = AnyTensor.compare(.equal, sizes, .scalar(-1, .int64)).cast(to: .int64)
            let counts = sizes + isRest * (x.sizes - begins + .scalar(1, .int64))
            let checked = check(
                begins,
                that: (begins .>= AnyTensor.scalar(0, .int64)).all()
                    .& (begins + counts .<= x.sizes).all(),
                "\(call.node.name): the slice is not within the array",
                showing: ["begin": begins, "size": sizes, "shape": x.sizes])
            return x.sliced(startingAt: checked, sizes: counts)
        }
        guard begins.count == rank, sizes.count == rank else {
            throw call.error(
                .malformed, "\(begins.count) begins and \(sizes.count) sizes for \(rank) axes")
        }
        let ranges = try (0..<rank).map { axis -> TensorRange in
            let (begin, size) = (begins[axis], sizes[axis])
            let (end, overflows) = begin.addingReportingOverflow(size)
            guard begin >= 0, size >= -1, !overflows, size < 0 || end <= x.shape[axis] ?? end else {
                throw call.error(
                    .malformed,
                    "\(size) elements from \(begin) on are not within axis \(axis) of \(x.type)")
            }
            return .range(from: begin, to: size < 0 ? nil : end)
        }
        return x.sliced(ranges)
    }

    private static func split(_ call: NodeCall) throws -> [AnyTensor] {
        let axis = try call.axis(try call.integer(0), rank: try call.rank(1))
        return try call.tensor(1).split(into: try call.int("num_split"), axis: axis)
    }

    private static func splitBySizes(_ call: NodeCall) throws -> [AnyTensor] {
        let x = try call.tensor(0)
        let axis = try call.axis(try call.integer(2), rank: try call.rank(0))
        guard try call.int("num_split") == call.length(1) else {
            throw call.error(.malformed, "there are \(try call.length(1)) sizes of parts")
        }
        let sizes = try call.tensor(1).cast(to: .int64)
        if var known = sizes.knownIntegers {
            // One size may be −1: what remains.
            let rest = known.indices.filter { known[$0] == -1 }
            if rest.isEmpty { return x.split(sizes: known, axis: axis) }
            if rest.count == 1, let size = x.shape[axis] {
                var remaining = size
                for (index, part) in known.enumerated() where index != rest[0] {
                    guard part >= 0, part <= remaining else {
                        throw call.error(.malformed, "parts of \(known) elements of \(size)")
                    }
                    remaining -= part
                }
                known[rest[0]] = remaining
                return x.split(sizes: known, axis: axis)
            }
        }
        let isRest = AnyTensor.compare(.equal, sizes, .scalar(-1, .int64)).cast(to: .int64)
        let others = (sizes * (.scalar(1, .int64) - isRest)).sum()
        let all = sizes + isRest * (x.size(ofAxis: axis) - others + .scalar(1, .int64))
        return x.split(sizes: all, axis: axis)
    }

    private static let joined: [OperationDefinition] = [
        OperationDefinition("Pack", defaults: ["axis": 0]) { call in
            stacked(try call.tensors(), axis: try call.int("axis"))
        },
        OperationDefinition("Concat") { call in
            try concatenated(try call.tensors(from: 1), try call.integer(0), call)
        },
        OperationDefinition("ConcatV2") { call in
            try concatenated(
                try call.tensors(to: call.count - 1), try call.integer(call.count - 1), call)
        },
        OperationDefinition("ParallelConcat") { call in
            try concatenated(try call.tensors(), 0, call)
        },
    ]

    private static func concatenated(
        _ tensors: [AnyTensor], _ axis: Int, _ call: NodeCall
    ) throws -> AnyTensor {
        guard let rank = tensors.lazy.compactMap(\.rank).first else {
            throw call.error(.unsupported, "the rank of what is joined must be known")
        }
        return Weft.concatenated(tensors, axis: try call.axis(axis, rank: rank))
    }

    private static let padded: [OperationDefinition] = [
        OperationDefinition("Pad") { call in
            try pad(call, with: .scalar(0, try call.tensor(0).dtype))
        },
        OperationDefinition("PadV2") { call in
            try pad(call, with: try call.tensor(2).reshaped(to: []))
        },
        OperationDefinition("MirrorPad") { call in
            let sides = try mirroredSides(call)
            return try call.tensor(0).padded(try mode(call), sizes: sides)
        },
        OperationDefinition("MirrorPadGrad") { call in
            let (gradient, sides) = (try call.tensor(0), try mirroredSides(call))
            let paddings = sides.map { Int64($0.before) + Int64($0.after) }
            let x = AnyTensor.zeros(
                gradient.dtype,
                shape: paddings.isEmpty
                    ? gradient.sizes : gradient.sizes - .constant(NDArray(paddings)))
            let mode = try mode(call)
            return try call.gradient(at: x, from: gradient) { $0.padded(mode, sizes: sides) }
        },
    ]

    private static func pad(_ call: NodeCall, with value: AnyTensor) throws -> AnyTensor {
        let (x, rank) = (try call.tensor(0), try call.rank(0))
        if let sides = try call.sides(1, rank: rank) { return x.padded(with: value, sizes: sides) }
        return x.padded(with: value, sizes: try call.tensor(1))
    }

    private static func mirroredSides(_ call: NodeCall) throws -> [(before: Int, after: Int)] {
        guard let sides = try call.sides(1, rank: try call.rank(0)) else {
            _ = try call.integers(1)
            return []
        }
        // No tensor is so large; sums of both stay within their type.
        guard sides.allSatisfy({ $0.before < 1 << 40 && $0.after < 1 << 40 }) else {
            throw call.error(.malformed, "the paddings are too large")
        }
        return sides
    }

    private static func mode(_ call: NodeCall) throws -> PaddingMode {
        switch try call.string("mode") {
        case "REFLECT": return .reflect
        case "SYMMETRIC": return .symmetric
        case let other: throw call.error(.malformed, "the mode '\(other)' is none")
        }
    }

    private static let moved: [OperationDefinition] = [
        OperationDefinition("Reverse") { call in
            let flags = try call.integers(1)
            let axes = flags.indices.filter { flags[$0] != 0 }
            guard flags.count == (try call.rank(0)) else {
                throw call.error(.malformed, "\(flags.count) flags for \(try call.rank(0)) axes")
            }
            let x = try call.tensor(0)
            return axes.isEmpty ? x : x.reversed(axes: axes)
        },
        OperationDefinition("ReverseV2") { call in
            let (x, axes) = (try call.tensor(0), try call.integers(1))
            return axes.isEmpty ? x : x.reversed(axes: axes)
        },
        OperationDefinition("ReverseSequence", defaults: ["batch_dim": 0]) { call in
            try call.tensor(0).reversedSequences(
                lengths: try call.tensor(1), axis: try call.int("seq_dim"),
                batchAxis: try call.int("batch_dim"))
        },
        OperationDefinition("Roll") { call in
            var x = try call.tensor(0)
            let (shift, axes) = (try call.tensor(1).reshaped(to: [-1]), try call.integers(2))
            if let shifts = shift.knownIntegers, x.shape.isFullyKnown {
                guard shifts.count == axes.count else {
                    throw call.error(.malformed, "\(shifts.count) shifts for \(axes.count) axes")
                }
                return axes.isEmpty ? x : x.rolled(by: shifts, axes: axes)
            }
            let rank = try call.rank(0)
            for (place, axis) in axes.enumerated() {
                let axis = try call.axis(axis, rank: rank)
                let size = x.size(ofAxis: axis)
                let numbers = AnyTensor.range(
                    from: .scalar(0, .int64), to: size, by: .scalar(1, .int64))
                let places = (numbers - shift.element(place, axis: 0).cast(to: .int64)) % size
                x = x.gathered(at: places, axis: axis)
            }
            return x
        },
    ]
}
