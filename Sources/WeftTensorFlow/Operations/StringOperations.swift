// SPDX-License-Identifier: Apache-2.0
import Weft

/// Strings put together, cut and written in other letters.
enum StringOperations {
    static let all: [OperationDefinition] = joining + splitting + parts + codes

    // MARK: Joining

    private static let joining: [OperationDefinition] = [
        OperationDefinition("StringJoin", defaults: ["separator": ""]) { call in
            joined(try call.tensors(), separator: try call.string("separator"))
        },
        OperationDefinition("ReduceJoin", defaults: ["keep_dims": false, "separator": ""]) { call in
            try reduced(
                call.tensor(0), call.integers(1), separator: call.string("separator"),
                keepsAxes: call.bool("keep_dims"))
        },
        OperationDefinition("UnsortedSegmentJoin", defaults: ["separator": ""]) { call in
            let count = try call.tensor(2).cast(to: .int64).reshaped(to: [1])
            // Known by its shape, as what the host gives must be.
            let like = AnyTensor.zeros(.bool, shape: count)
            return hostCall(
                segmentJoin(Array(try call.string("separator").utf8)),
                [try call.tensor(0), try call.tensor(1).cast(to: .int64), like])[0]
        },
    ]

    /// Strings joined along axes, of which the first changes fastest.
    private static func reduced(
        _ x: AnyTensor, _ axes: [Int], separator: String, keepsAxes: Bool
    ) -> AnyTensor {
        if axes.isEmpty { return x }
        return .composed("ReduceJoin", [x]) {
            let resolved = try axes.map { try x.resolvedAxis($0) }
            let ascending = try x.resolvedAxes(axes)
            var order = Array(0..<(try x.knownRank()))
            for (place, axis) in zip(ascending, resolved.reversed()) { order[place] = axis }
            return x.transposed(permutation: order).joined(
                axes: ascending, separator: separator, keepingDimensions: keepsAxes)
        }
    }

    private static func segmentJoin(_ separator: [UInt8]) -> HostFunction {
        HostFunction("segmentJoin", results: [.array(.string) { $0[2] }]) { arrays in
            let strings = try arrays[0].byteStrings()
            let numbers: [Int64] = try arrays[1].scalars()
            var segments: [[UInt8]?] = Array(repeating: nil, count: arrays[2].count)
            for (string, number) in zip(strings, numbers)
            where number >= 0 && number < Int64(segments.count) {
                // As in TensorFlow, nothing separates what follows only empty strings.
                let known = segments[Int(number)] ?? []
                segments[Int(number)] = known.isEmpty ? string : known + separator + string
            }
            return [try NDArray(byteStrings: segments.map { $0 ?? [] }, shape: arrays[2].shape)]
        }
    }

    // MARK: Splitting

    private static let splitting: [OperationDefinition] = [
        OperationDefinition(
            "StringSplit", outputs: ["indices", "values", "shape"],
            defaults: ["skip_empty": true],
            tensors: { call in
                let (x, letters) = (try call.tensor(0), try call.text(1))
                if letters.isEmpty { return sparse(x.split(by: .bytes)) }
                if try call.bool("skip_empty") { return sparse(x.split(by: .anyByte(of: letters))) }
                return try withEmptyParts(call, x, letters)
            }),
        OperationDefinition(
            "StringSplitV2", outputs: ["indices", "values", "shape"], defaults: ["maxsplit": -1],
            tensors: { call in
                let (x, separator) = (try call.tensor(0), try call.text(1))
                let most = try call.int("maxsplit")
                return sparse(
                    x.split(
                        by: separator.isEmpty ? .whitespace : .string(separator),
                        maxSplits: most < 0 ? nil : most))
            }),
    ]

    /// Parts between any of several letters, empty ones too; an empty string has none.
    private static func withEmptyParts(
        _ call: NodeCall, _ x: AnyTensor, _ letters: String
    ) throws -> [AnyTensor] {
        guard let first = letters.utf8.first, first < 0x80, letters.utf8.allSatisfy({ $0 < 0x80 })
        else { throw call.error(.unsupported, "separators that are not ASCII") }
        let separator = String(decoding: [first], as: UTF8.self)
        let same = letters.utf8.dropFirst().reduce(x) { x, letter in
            x.replacing(String(decoding: [letter], as: UTF8.self), with: separator)
        }
        let (parts, counts) = same.split(by: .string(separator))
        let isUsed = x.lengths() .> .scalar(0, .int64)
        let used = select(isUsed, counts, .scalar(0, .int64))
        let row = AnyTensor.iota(like: counts, dtype: .int64).repeated(counts, axis: 0)
        let isPart = (isUsed.cast(to: .int64).gathered(at: row)) .== .scalar(1, .int64)
        return sparse((parts.masked(by: isPart), used))
    }

    /// The parts of each string of a vector as a sparse matrix: indices, values and shape.
    private static func sparse(_ split: (parts: AnyTensor, counts: AnyTensor)) -> [AnyTensor] {
        let counts = split.counts
        let row = AnyTensor.iota(like: counts, dtype: .int64).repeated(counts, axis: 0)
        let start = counts.cumulativeSum(axis: 0, isExclusive: true)
        let column =
            AnyTensor.iota(like: row, dtype: .int64)
            - start.gathered(at: row, outOfBounds: .clamped)
        let none = AnyTensor.scalar(0, .int64).reshaped(to: [1])
        let most = concatenated([counts, none]).max()
        return [
            stacked([row, column], axis: 1), split.parts, stacked([counts.size(ofAxis: 0), most]),
        ]
    }

    // MARK: Parts and letters

    private static let parts: [OperationDefinition] = [
        OperationDefinition("Substr", defaults: ["unit": "BYTE"]) { call in
            try call.tensor(0).substrings(
                from: call.tensor(1), count: call.tensor(2), in: unit(call))
        },
        OperationDefinition("StringLength", defaults: ["unit": "BYTE"]) { call in
            try call.tensor(0).lengths(in: unit(call)).cast(to: .int32)
        },
        .unary("StringStrip") { $0.stripped() },
        OperationDefinition("StringLower", defaults: ["encoding": ""]) { call in
            try call.tensor(0).lowercased(alphabet(call))
        },
        OperationDefinition("StringUpper", defaults: ["encoding": ""]) { call in
            try call.tensor(0).uppercased(alphabet(call))
        },
        OperationDefinition("StaticRegexFullMatch") { call in
            try call.tensor(0).matches(call.string("pattern"))
        },
        .init("RegexFullMatch") { call in try call.tensor(0).matches(call.text(1)) },
        OperationDefinition("StaticRegexReplace", defaults: ["replace_global": true]) { call in
            try call.tensor(0).replacing(
                matchesOf: call.string("pattern"), with: call.string("rewrite"),
                onlyFirst: !call.bool("replace_global"))
        },
        OperationDefinition("RegexReplace", defaults: ["replace_global": true]) { call in
            try call.tensor(0).replacing(
                matchesOf: call.text(1), with: call.text(2),
                onlyFirst: !call.bool("replace_global"))
        },
    ]

    private static func unit(_ call: NodeCall) throws -> StringUnit {
        switch try call.string("unit") {
        case "BYTE": .bytes
        case "UTF8_CHAR": .characters
        case let unit: throw call.error(.malformed, "the attribute 'unit' is '\(unit)'")
        }
    }

    private static func alphabet(_ call: NodeCall) throws -> StringAlphabet {
        switch try call.string("encoding") {
        case "": .ascii
        case "utf-8": .unicode
        case let encoding: throw call.error(.unsupported, "the encoding '\(encoding)'")
        }
    }

    // MARK: Codes

    private static let codes: [OperationDefinition] = [
        OperationDefinition("EncodeBase64", defaults: ["pad": false]) { call in
            try call.tensor(0).base64Encoded(isPadded: call.bool("pad"))
        },
        .unary("DecodeBase64") { $0.base64Decoded() },
        OperationDefinition("StringToHashBucketFast") { call in
            try call.tensor(0).hashBuckets(count: call.int("num_buckets"))
        },
        OperationDefinition("StringToHashBucket") { call in
            try hashed(call, StringHashes.murmur)
        },
        OperationDefinition("StringToHashBucketStrong") { call in
            let key = try call.ints("key")
            guard key.count == 2 else {
                throw call.error(.malformed, "the attribute 'key' has not two numbers")
            }
            return try hashed(call) {
                StringHashes.sip(
                    $0, UInt64(bitPattern: Int64(key[0])), UInt64(bitPattern: Int64(key[1])))
            }
        },
        OperationDefinition(
            "UnicodeDecode", outputs: ["row_splits", "char_values"],
            defaults: [
                "errors": "replace", "replacement_char": 0xFFFD,
                "replace_control_characters": false, "Tsplits": .type(.int64),
            ],
            tensors: { call in
                try requireReplacing(call, "input_encoding")
                let (points, counts) = try call.tensor(0).codePoints()
                let none = AnyTensor.scalar(0, .int64).reshaped(to: [1])
                let ends = concatenated([none, counts.flattened().cumulativeSum(axis: 0)])
                return [ends.cast(to: try call.dtype("Tsplits")), points]
            }),
        OperationDefinition(
            "UnicodeEncode",
            defaults: [
                "errors": "replace", "replacement_char": 0xFFFD,
                "replace_control_characters": false,
            ]
        ) { call in
            try requireReplacing(call, "output_encoding")
            let (points, ends) = (try call.tensor(0), try call.tensor(1).cast(to: .int64))
            let starts = ends.sliced(axis: 0, 0, -1 + (ends.shape[0] ?? Int.max))
            let place = AnyTensor.iota(like: points, dtype: .int64)
            // As many ends, the first 0 left out, as are not behind a place.
            let row = searchSorted(ends.sliced(axis: 0, 1, nil), place, side: .right)
            let letters = points.expandingDimension(at: 1).encodedCodePoints()
            return hostCall(
                segmentJoin([]), [letters, row, AnyTensor.zeros(like: starts, dtype: .bool)])[0]
        },
    ]

    /// - Parameter encoding: The attribute that names the encoding.
    private static func requireReplacing(_ call: NodeCall, _ encoding: String) throws {
        guard try call.string(encoding) == "UTF-8", try call.string("errors") == "replace",
            try call.int("replacement_char") == 0xFFFD,
            try !call.bool("replace_control_characters")
        else {
            throw call.error(
                .unsupported, "texts other than in UTF-8 whose faults U+FFFD stands for")
        }
    }

    /// The bucket of each string by a hash.
    private static func hashed(
        _ call: NodeCall, _ hash: @escaping @Sendable ([UInt8]) -> UInt64
    ) throws -> AnyTensor {
        let count = try call.int("num_buckets")
        guard count > 0 else { throw call.error(.malformed, "there are \(count) buckets") }
        let function = HostFunction("hash", results: [.array(.int64) { $0[0] }]) { arrays in
            let buckets = try arrays[0].byteStrings().map { Int64(hash($0) % UInt64(count)) }
            return [try NDArray(buckets, shape: arrays[0].shape)]
        }
        return hostCall(function, [try call.tensor(0)])[0]
    }
}
