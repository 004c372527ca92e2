// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// The strings put one behind the other, element by element.
    public static func string_join(
        _ inputs: [any TensorConvertible], separator: String = ""
    ) -> Tensor {
        joined(inputs.map(\.anyTensor), separator: separator)
    }

    /// The strings along `axis` put one behind the other, first along the first one; along all axes, the last
    /// one first, when nil.
    public static func reduce_join(
        _ inputs: some TensorConvertible, axis: [Int]? = nil, keep_dims: Bool = false,
        separator: String = ""
    ) -> Tensor {
        let x = inputs.anyTensor
        let rank = x.shape.rank ?? 0
        let axes = (axis ?? []).map { $0 < 0 ? $0 + rank : $0 }
        guard Set(axes).count == axes.count, axes.allSatisfy((0..<rank).contains), axes.count > 1
        else {
            return x.joined(axes: axis, separator: separator, keepingDimensions: keep_dims)
        }
        let kept = (0..<rank).filter { !axes.contains($0) }
        let joined = x.transposed(permutation: kept + axes.reversed()).joined(
            axes: Array(kept.count..<rank), separator: separator)
        return keep_dims ? joined.expandingDimensions(at: axes.sorted()) : joined
    }

    /// The parts of a vector of strings: row i has those of string i.
    ///
    /// Each byte of `delimiter` separates; without any, each byte is a part. Empty parts are kept for one
    /// delimiter only; an empty string has none in any case.
    public static func string_split(
        _ source: some TensorConvertible, delimiter: String = " ", skip_empty: Bool = true
    ) -> SparseTensor<Tensor> {
        var source = source.anyTensor
        if !skip_empty, delimiter.utf8.count > 1 {
            source = .invalid(
                "string_split", nil, "empty parts are kept for a delimiter of one byte only",
                type: source.type)
        }
        let separator: StringSeparator =
            delimiter.isEmpty ? .bytes : skip_empty ? .anyByte(of: delimiter) : .string(delimiter)
        var (parts, counts) = source.split(by: separator)
        if case .string = separator {
            let isText = source .!= AnyTensor(NDArray(""))
            parts = parts.masked(by: isText.repeated(counts, axis: 0))
            counts = counts * isText.cast(to: .int64)
        }
        let rows = AnyTensor.iota(like: counts).repeated(counts, axis: 0)
        let starts = counts.cumulativeSum(axis: 0, isExclusive: true)
        let columns = AnyTensor.iota(like: rows) - starts.gathered(at: rows)
        let none = AnyTensor(NDArray([Int64(0)]))
        let most = concatenated([counts, none]).max()
        return SparseTensor(
            indices: stacked([rows, columns], axis: 1), values: parts,
            sizes: stacked([source.size(ofAxis: 0), most]))
    }

    /// Each number as text. `fill` is a flag of C's `printf`, of which `#` is missing; truth values have no
    /// width.
    public static func as_string(
        _ input: some TensorConvertible, precision: Int = -1, scientific: Bool = false,
        shortest: Bool = false, width: Int = -1, fill: String = ""
    ) -> Tensor {
        let x = input.anyTensor
        let flags: [String: (NumberFill, NumberSign)] = [
            "": (.spaces, .minus), " ": (.spaces, .minusOrSpace), "+": (.spaces, .always),
            "0": (.zeros, .minus), "-": (.spacesBehind, .minus),
        ]
        guard let (fill, sign) = flags[fill] else {
            return .invalid(
                "as_string", nil, "fill is '\(fill)', of which '', ' ', '+', '0' and '-' are known")
        }
        guard !(scientific && shortest), x.dtype.isFloatingPoint || !scientific && !shortest else {
            return .invalid(
                "as_string", nil,
                "numbers with a fraction are written either shortest or scientific, others neither")
        }
        return x.text(
            precision: precision < 0 ? nil : precision,
            notation: scientific ? .scientific : shortest ? .shortest : .decimal,
            width: x.dtype == .bool ? 0 : max(width, 0), fill: fill, sign: sign)
    }

    /// The number that each string says.
    public static func string_to_number(
        _ string_tensor: some TensorConvertible, out_type: DType = .float32
    ) -> Tensor {
        string_tensor.anyTensor.numbers(as: out_type)
    }

    /// With each match of a regular expression, or the first, replaced.
    public static func regex_replace(
        _ input: some TensorConvertible, _ pattern: String, _ rewrite: String,
        replace_global: Bool = true
    ) -> Tensor {
        input.anyTensor.replacing(
            matchesOf: pattern, with: rewrite, onlyFirst: !replace_global)
    }

    /// Where all of the string is a match of a regular expression.
    public static func regex_full_match(
        _ input: some TensorConvertible, _ pattern: String
    ) -> Tensor {
        input.anyTensor.matches(pattern)
    }

    /// `len` bytes of each string from `pos` on, or characters (`"UTF8_CHAR"`).
    public static func substr(
        _ input: some TensorConvertible, _ pos: Int, _ len: Int, unit: String = "BYTE"
    ) -> Tensor {
        inUnit(unit, "substr") { input.anyTensor.substrings(from: pos, count: len, in: $0) }
    }

    /// `len` bytes of each string from `pos` on, or characters (`"UTF8_CHAR"`), both tensors.
    public static func substr(
        _ input: some TensorConvertible, _ pos: some TensorConvertible,
        _ len: some TensorConvertible, unit: String = "BYTE"
    ) -> Tensor {
        inUnit(unit, "substr") {
            input.anyTensor.substrings(from: pos.anyTensor, count: len.anyTensor, in: $0)
        }
    }

    private static func inUnit(
        _ name: String, _ function: String, _ body: (StringUnit) -> Tensor
    ) -> Tensor {
        let units: [String: StringUnit] = ["BYTE": .bytes, "UTF8_CHAR": .characters]
        guard let unit = units[name] else {
            return .invalid(
                function, nil, "the unit is '\(name)', which must be \"BYTE\" or \"UTF8_CHAR\"")
        }
        return body(unit)
    }

    /// Without white space at both ends.
    public static func string_strip(_ input: some TensorConvertible) -> Tensor {
        input.anyTensor.stripped()
    }

    /// The number of a bucket for each string.
    public static func string_to_hash_bucket_fast(
        _ input: some TensorConvertible, _ num_buckets: Int
    ) -> Tensor {
        input.anyTensor.hashBuckets(count: num_buckets)
    }

    /// In Base64 with the letters for addresses.
    public static func encode_base64(_ input: some TensorConvertible, pad: Bool = false) -> Tensor {
        input.anyTensor.base64Encoded(isPadded: pad)
    }

    /// What is written in Base64 with the letters for addresses.
    public static func decode_base64(_ input: some TensorConvertible) -> Tensor {
        input.anyTensor.base64Decoded()
    }

    /// Functions of strings under TensorFlow's later names.
    public enum strings {
        /// The strings put one behind the other, element by element.
        public static func join(
            _ inputs: [any TensorConvertible], separator: String = ""
        ) -> Tensor { string_join(inputs, separator: separator) }

        /// How many bytes each string has, or characters (`"UTF8_CHAR"`).
        public static func length(
            _ input: some TensorConvertible, unit: String = "BYTE"
        ) -> Tensor {
            inUnit(unit, "length") { input.anyTensor.lengths(in: $0) }
        }

        /// In small letters of ASCII.
        public static func lower(_ input: some TensorConvertible) -> Tensor {
            input.anyTensor.lowercased()
        }

        /// In capital letters of ASCII.
        public static func upper(_ input: some TensorConvertible) -> Tensor {
            input.anyTensor.uppercased()
        }

        /// Without white space at both ends.
        public static func strip(_ input: some TensorConvertible) -> Tensor { string_strip(input) }

        /// `len` bytes of each string from `pos` on, or characters (`"UTF8_CHAR"`).
        public static func substr(
            _ input: some TensorConvertible, _ pos: Int, _ len: Int, unit: String = "BYTE"
        ) -> Tensor { tf.substr(input, pos, len, unit: unit) }

        /// The parts of a vector of strings; without `sep`, or with an empty one, those between white space.
        public static func split(
            _ source: some TensorConvertible, sep: String? = nil
        ) -> (values: Tensor, row_lengths: Tensor) {
            let separator: StringSeparator =
                if let sep, !sep.isEmpty { .string(sep) } else { .whitespace }
            let (values, counts) = source.anyTensor.split(by: separator)
            return (values, counts)
        }

        /// With each match of a regular expression, or the first, replaced.
        public static func regex_replace(
            _ input: some TensorConvertible, _ pattern: String, _ rewrite: String,
            replace_global: Bool = true
        ) -> Tensor {
            tf.regex_replace(input, pattern, rewrite, replace_global: replace_global)
        }

        /// Where all of the string is a match of a regular expression.
        public static func regex_full_match(
            _ input: some TensorConvertible, _ pattern: String
        ) -> Tensor { tf.regex_full_match(input, pattern) }

        /// The number that each string says.
        public static func to_number(
            _ input: some TensorConvertible, out_type: DType = .float32
        ) -> Tensor { string_to_number(input, out_type: out_type) }

        /// The number of a bucket for each string.
        public static func to_hash_bucket_fast(
            _ input: some TensorConvertible, _ num_buckets: Int
        ) -> Tensor { string_to_hash_bucket_fast(input, num_buckets) }
    }
}
