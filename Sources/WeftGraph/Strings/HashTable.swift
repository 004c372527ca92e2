// SPDX-License-Identifier: Apache-2.0

/// A table from keys to values, such as from words to their numbers: what TensorFlow's `StaticHashTable` and
/// `StaticVocabularyTable` are, initialised when it is made, and never changed.
///
/// ```swift
/// let words = try HashTable.vocabulary(["the", "cat", "sat"], buckets: 1)
/// let numbers = Tensor<Int64>(words.lookup(text))
/// ```
///
/// Keys are strings or integers, values strings, numbers or truth values. Graphs hold the tables that they
/// look up; two tables are two, also with equal entries.
public final class HashTable: Sendable {
    /// What messages, profiles and drawings call it.
    public let name: String
    /// The keys: a vector.
    public let keys: NDArray
    /// The value of each key, in their order.
    public let values: NDArray
    /// The value of what is no key, where that is always the same; nil where buckets are for it.
    public let defaultValue: NDArray?
    /// How many buckets there are for what is no key.
    let buckets: Int
    private let places: Places

    /// A table of keys and values.
    ///
    /// - Parameters:
    ///   - keys: Strings or integers.
    ///   - values: As many as keys; a key that stands there twice must have one value.
    ///   - defaultValue: The value of what is no key: a scalar of the values' type, or an integer for values
    ///     of another integer type.
    /// - Throws: `ArrayError` when keys or values are of no such type, or differ in number; when the default
    ///   value is no such scalar; when a key has two values.
    public convenience init(
        _ name: String = "table", keys: NDArray, values: NDArray, defaultValue: NDArray
    ) throws {
        guard keys.dtype == .string || keys.dtype.isInteger else {
            throw ArrayError("keys of a hash table are strings or integers, not \(keys.dtype)")
        }
        guard !values.dtype.isComplex else {
            throw ArrayError(
                "values of a hash table are real, not \(values.dtype); keep both parts in tables")
        }
        guard values.dtype != .list, keys.rank == 1, values.shape == keys.shape else {
            throw ArrayError(
                "a hash table takes a vector of keys and one of as many values, not "
                    + "\(keys.dtype)\(keys.shape) and \(values.dtype)\(values.shape)")
        }
        var fallback = defaultValue
        if fallback.dtype != values.dtype, fallback.dtype.isInteger, values.dtype.isNumeric {
            fallback = try fallback.cast(to: values.dtype)
            // Of floating-point values the nearest one.
            guard !values.dtype.isInteger || fallback.integers == defaultValue.integers else {
                throw ArrayError(
                    "the default value \(defaultValue) is no \(values.dtype), which the values are")
            }
        }
        guard fallback.dtype == values.dtype, fallback.rank == 0 else {
            throw ArrayError(
                "the default value must be a scalar \(values.dtype), not "
                    + "\(defaultValue.dtype)\(defaultValue.shape)")
        }
        try self.init(name, keys, values, fallback, buckets: 0)
    }

    private init(
        _ name: String, _ keys: NDArray, _ values: NDArray, _ defaultValue: NDArray?, buckets: Int
    ) throws {
        self.name = name
        self.keys = keys
        self.values = values
        self.defaultValue = defaultValue
        self.buckets = buckets
        do {
            places = try Places(keys, values)
        } catch let shortage as MemoryShortage {
            throw ArrayError(shortage, keys.dtype, keys.shape)
        }
    }

    /// From words to their numbers, which count from 0.
    ///
    /// - Parameters:
    ///   - buckets: How many numbers behind those of the words there are for other strings, by their hash as
    ///     `hashBuckets` has it; 0 for none.
    ///   - defaultValue: The number of other strings where there are no buckets.
    /// - Throws: `ArrayError` when a word stands there twice, or the number of buckets is negative.
    public static func vocabulary(
        _ words: [String], buckets: Int = 0, defaultValue: Int64 = -1, name: String = "vocabulary"
    ) throws -> HashTable {
        guard buckets >= 0, buckets <= Int.max - words.count else {
            throw ArrayError("\(buckets) buckets are none; give 0 or more, and no huge number")
        }
        return try HashTable(
            name, NDArray(words), NDArray((0..<Int64(words.count)).map(\.self)),
            buckets > 0 ? nil : NDArray(defaultValue), buckets: buckets)
    }

    /// The table from the values to the keys.
    ///
    /// - Parameter defaultValue: The key of what is no value: a scalar of the keys' type.
    /// - Throws: `ArrayError` when a value has two keys, or is neither a string nor an integer, and when the
    ///   default is no such scalar.
    public func reversed(defaultValue: NDArray, name: String? = nil) throws -> HashTable {
        try HashTable(
            name ?? "\(self.name) reversed", keys: values, values: keys, defaultValue: defaultValue)
    }

    /// How many keys there are.
    public var count: Int { keys.count }

    /// The values of keys: of strings, or of integers of any type where the table's keys are integers.
    /// A table with keys of `UInt64` takes unsigned integers, and no other takes `UInt64`.
    ///
    /// - Shape: [...] → [...], of the values' type.
    public func lookup(_ keys: some TensorConvertible) -> AnyTensor {
        let x = keys.anyTensor
        return .composed("lookup", [x]) {
            .make(.strings(of: Lookup(table: self)), [try self.asKeys(x)])
        }
    }

    /// Which elements are keys of the table.
    ///
    /// - Shape: [...] → [...].
    public func contains<T: OrderedTensor>(_ keys: T) -> T.Mask {
        let x = keys.anyTensor
        return T.Mask(
            .composed("contains", [x]) {
                .make(.strings(of: Contains(table: self)), [try self.asKeys(x)])
            })
    }

    private func asKeys(_ x: AnyTensor) throws -> AnyTensor {
        if keys.dtype == .string {
            try requireElements(x.dtype, [.string])
            return x
        }
        try requireElements(x.dtype, DTypeClass.integer.dtypes)
        // The same 64 bits stand for different numbers with and without a sign.
        if keys.dtype == .uint64 {
            try requireElements(x.dtype, [.uint8, .uint16, .uint32, .uint64])
        } else if x.dtype == .uint64 {
            try requireElements(x.dtype, [.int64, keys.dtype])
        }
        return x.cast(to: .int64)
    }

    private func requireElements(_ dtype: DType, _ wanted: [DType]) throws {
        guard wanted.contains(dtype) else {
            throw RuleViolation(.wrongElementType(.argument("the keys"), dtype, wanted: wanted))
        }
    }
}

extension HashTable: Hashable {
    /// Whether both are the same object.
    public static func == (a: HashTable, b: HashTable) -> Bool { a === b }
    /// Adds what `==` compares to a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension HashTable: CustomStringConvertible {
    /// The name, the types and how many entries there are: `vocabulary string → i64, 3 entries`.
    public var description: String {
        "\(name) \(keys.dtype) → \(values.dtype), \(count) entries"
            + (buckets > 0 ? " and \(buckets) buckets" : "")
    }
}

extension HashTable {
    /// Where keys stand among those of a table.
    fileprivate enum Places: Sendable {
        /// By the number of a string, which are counted from 1 in the order of their first places.
        case strings(StringIndex, [Int])
        case integers([Int64: Int])

        init(_ keys: NDArray, _ values: NDArray) throws {
            func requireSame(_ place: Int, _ other: Int) throws {
                guard values[place] == values[other] else {
                    throw ArrayError(
                        "key \(keys[place]) stands at \(other) and at \(place) of a hash table, with the "
                            + "values \(values[other]) and \(values[place])")
                }
            }
            guard keys.dtype == .string else {
                // With what stands free in a dictionary.
                try MachineMemory.require(4 * MemoryLayout<(Int64, Int)>.size * keys.count)
                var places: [Int64: Int] = [:]
                for (place, key) in (keys.integers ?? []).enumerated() {
                    if let other = places[key] {
                        try requireSame(place, other)
                    } else {
                        places[key] = place
                    }
                }
                self = .integers(places)
                return
            }
            var index = StringIndex()
            // Of the empty string, then of each other one.
            var places = [-1]
            for place in 0..<keys.count {
                let number = try keys.withString(place) { try index.number(of: $0) }
                if number == places.count {
                    try places.makeRoom(for: 1)
                    places.append(-1)
                }
                if places[number] >= 0 {
                    try requireSame(place, places[number])
                } else {
                    places[number] = place
                }
            }
            self = .strings(index, places)
        }
    }

    /// The bytes of keys, values and places, about: each key stands in the array and among the places.
    fileprivate var keptBytes: Int {
        2 * keys.byteCount + values.byteCount + 4 * MemoryLayout<Int>.stride * count
    }

    /// The place of each key in an array; −1 for what is none.
    fileprivate func places(of array: NDArray, _ watch: Watch) throws -> [Int] {
        var watch = watch
        switch places {
        case .integers(let places):
            return try (array.integers ?? []).map {
                try watch.note()
                return places[$0] ?? -1
            }
        case .strings(let index, let places):
            return try (0..<array.count).map { place in
                try watch.note()
                return array.withString(place) { bytes in
                    index.knownNumber(of: bytes).map { places[$0] } ?? -1
                }
            }
        }
    }

    fileprivate func values(of array: NDArray, _ call: StringCall) throws -> NDArray {
        let places = try places(of: array, call.watch)
        if let defaultValue {
            if values.dtype == .string {
                var writer = call.writer
                for place in places {
                    let (from, index) = place >= 0 ? (values, place) : (defaultValue, 0)
                    try from.withString(index) { try writer.append($0) }
                }
                return try writer.array(call.shape)
            }
            return try values.taking(places, shape: call.shape, fill: defaultValue)
        }
        let numbers = places.enumerated().map { position, place in
            guard place < 0 else { return Int64(place) }
            let hash = array.withString(position) { FarmHash.fingerprint($0) }
            return Int64(count) + Int64(hash % UInt64(buckets))
        }
        return try NDArray(wrapping: numbers, dtype: values.dtype, shape: call.shape)
    }
}

private struct Lookup: StringFunction {
    let table: HashTable

    var name: String { "lookup" }
    var attributeText: String { "in: \(table)" }
    var keptBytes: Int { table.keptBytes }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(table.values.dtype, operands[0].shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        [try table.values(of: call.operands[0], call)]
    }
}

private struct Contains: StringFunction {
    let table: HashTable

    var name: String { "contains" }
    var attributeText: String { "\(table)" }
    var keptBytes: Int { table.keptBytes }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(.bool, operands[0].shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let places = try table.places(of: call.operands[0], call.watch)
        return [
            try NDArray(
                wrapping: places.map { $0 >= 0 ? 1 : 0 }, dtype: .bool, shape: call.shape)
        ]
    }
}
