// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import Weft
import WeftProtos

/// A record's features.
struct ExampleRecord {
    let features: [String: TFFeature]

    static func all(_ array: NDArray) throws -> [ExampleRecord] {
        try array.byteStrings().map { bytes in
            do {
                return ExampleRecord(
                    features: try TFExample(serializedBytes: bytes).features.feature)
            } catch {
                throw HostProblem("a record is no example: \(error)")
            }
        }
    }

    /// The values of a feature; none where the record does not have it.
    func values(_ name: String, _ dtype: DType) throws -> FeatureValues {
        guard let kind = features[name]?.kind else { return FeatureValues(dtype) }
        let values: FeatureValues
        switch kind {
        case .bytesList(let list): values = .strings(list.value.map { [UInt8]($0) })
        case .floatList(let list): values = .floats(list.value)
        case .int64List(let list): values = .integers(list.value)
        }
        guard values.dtype == dtype else {
            throw HostProblem(
                "the feature '\(name)' of a record is \(values.dtype), and \(dtype) is wanted")
        }
        return values
    }
}

/// The values of a feature, which are of one of three types.
enum FeatureValues {
    case floats([Float])
    case integers([Int64])
    case strings([[UInt8]])

    init(_ dtype: DType, joining parts: [FeatureValues] = []) {
        var floats: [Float] = []
        var integers: [Int64] = []
        var strings: [[UInt8]] = []
        for part in parts {
            switch part {
            case .floats(let all): floats += all
            case .integers(let all): integers += all
            case .strings(let all): strings += all
            }
        }
        switch dtype {
        case .string: self = .strings(strings)
        case .int64: self = .integers(integers)
        default: self = .floats(floats)
        }
    }

    init(_ array: NDArray) throws {
        switch array.dtype {
        case .string: self = .strings(try array.byteStrings())
        case .int64: self = .integers(try array.scalars())
        case .float32: self = .floats(try array.scalars())
        default: throw HostProblem("features are not \(array.dtype)")
        }
    }

    var dtype: DType {
        switch self {
        case .floats: .float32
        case .integers: .int64
        case .strings: .string
        }
    }

    var count: Int {
        switch self {
        case .floats(let all): all.count
        case .integers(let all): all.count
        case .strings(let all): all.count
        }
    }

    var array: NDArray { get throws { try array(shape: [count]) } }

    func array(shape: [Int]) throws -> NDArray {
        switch self {
        case .floats(let all): try NDArray(all, shape: shape)
        case .integers(let all): try NDArray(all, shape: shape)
        case .strings(let all): try NDArray(byteStrings: all, shape: shape)
        }
    }

    /// With a value, or a row of them, behind as often as it takes to be as many.
    func padded(to count: Int, with filler: FeatureValues) throws -> FeatureValues {
        guard filler.count > 0, (count - self.count) % filler.count == 0 else {
            throw HostProblem("a default of \(filler.count) values does not fill \(count)")
        }
        let times = (count - self.count) / filler.count
        return FeatureValues(
            dtype, joining: [self] + Array(repeating: filler, count: max(times, 0)))
    }
}

/// A feature that all records have alike.
struct DenseFeature: Sendable {
    let name: String
    let dtype: DType
    /// The shape in each record, without the first axis where its size is open.
    let shape: [Int]
    let count: Int
    let isOpen: Bool
    let byDefault: AnyTensor

    /// The feature of all records; of those without it the default, where there is one.
    func array(_ records: [ExampleRecord], _ outer: [Int], _ byDefault: NDArray) throws -> NDArray {
        let filler = try FeatureValues(byDefault)
        let rows = try records.map { record -> FeatureValues in
            let values = try record.values(name, dtype)
            if record.features[name]?.kind == nil {
                guard filler.count == count else {
                    throw HostProblem(
                        "the feature '\(name)' of a record is missing, and has no default")
                }
                return filler
            }
            guard values.count == count else {
                throw HostProblem(
                    "the feature '\(name)' of a record has \(values.count) values, and \(count) are "
                        + "wanted")
            }
            return values
        }
        return try FeatureValues(dtype, joining: rows).array(shape: outer + shape)
    }

    /// The feature of all records, filled up to the length of the longest.
    func padded(_ records: [ExampleRecord], _ outer: [Int], _ byDefault: NDArray) throws -> NDArray
    {
        let rows = try records.map { try $0.values(name, dtype) }
        let width = max(count, 1)
        if let wrong = rows.first(where: { $0.count % width != 0 }) {
            throw HostProblem(
                "the feature '\(name)' of a record has \(wrong.count) values, no multiple of "
                    + "\(count)")
        }
        let longest = rows.map(\.count).max() ?? 0
        var filler = try FeatureValues(byDefault)
        if filler.count == 0 {
            filler =
                switch dtype {
                case .string: .strings([[]])
                case .int64: .integers([0])
                default: .floats([0])
                }
        }
        let all = try rows.map { try $0.padded(to: longest, with: filler) }
        return try FeatureValues(dtype, joining: all).array(
            shape: outer + [longest / width] + shape)
    }
}
