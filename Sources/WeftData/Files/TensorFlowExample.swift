// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
public import WeftArrays
import WeftProtos

/// A `tf.Example`: lists of bytes, floats or integers by name, as records of TFRecord files hold them.
public struct TensorFlowExample: Sendable, Hashable {
    /// A list of one of the three types that there are.
    public enum Feature: Sendable, Hashable {
        /// Strings, encoded images, serialised arrays.
        case bytes([[UInt8]])
        /// Numbers.
        case floats([Float])
        /// Integers.
        case integers([Int64])
    }

    /// The lists by name.
    public var features: [String: Feature]

    /// An example from its lists.
    public init(features: [String: Feature]) { self.features = features }

    /// Reads an example from a record.
    ///
    /// - Throws: `DataError` when the bytes are none of a `tf.Example`.
    public init(serialized bytes: [UInt8]) throws {
        let message: TFExample
        do {
            message = try TFExample(serializedBytes: bytes)
        } catch {
            throw DataError(
                "tf.Example", "the record is no tf.Example: \(error)", underlying: error)
        }
        features = message.features.feature.mapValues {
            switch $0.kind {
            case .bytesList(let list): .bytes(list.value.map { [UInt8]($0) })
            case .floatList(let list): .floats(list.value)
            case .int64List(let list): .integers(list.value)
            // A list without a type is one without values.
            case nil: .bytes([])
            }
        }
    }

    /// The example as a record. Equal examples make equal records.
    ///
    /// - Throws: `DataError` when it is larger than the format's 2 GiB.
    public func serialized() throws -> [UInt8] {
        var message = TFExample()
        message.features.feature = features.mapValues { feature in
            var result = TFFeature()
            switch feature {
            case .bytes(let values): result.bytesList.value = values.map { Data($0) }
            case .floats(let values): result.floatList.value = values
            case .integers(let values): result.int64List.value = values
            }
            return result
        }
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        do {
            return try message.serializedBytes(options: options)
        } catch {
            throw DataError(
                "tf.Example", "the example cannot be written: \(error)", underlying: error)
        }
    }

    /// A list as an array: floats as `f32`, integers as `i64`, bytes as strings.
    ///
    /// - Parameters:
    ///   - name: The name of the list.
    ///   - shape: The dimensions; nil for a vector.
    ///   - missing: What the array is where there is no such list or it is empty; nil when there must be one.
    /// - Throws: `DataError` when there is none, `ArrayError` when the shape is that of another number of
    ///   elements.
    public func array(
        named name: String, shape: [Int]? = nil, missing: NDArray? = nil
    ) throws -> NDArray {
        guard let feature = features[name], !feature.isEmpty else {
            if let missing { return missing }
            let names = features.keys.sorted().prefix(20).map { "'\($0)'" }
            throw DataError(
                "tf.Example",
                "there is no list '\(name)', or it is empty; there are "
                    + (names.isEmpty ? "none" : names.joined(separator: ", ")))
        }
        let vector: NDArray
        switch feature {
        case .bytes(let values): vector = try NDArray(byteStrings: values, shape: [values.count])
        case .floats(let values): vector = NDArray(values)
        case .integers(let values): vector = NDArray(values)
        }
        return try shape.map { try vector.reshaped(to: $0) } ?? vector
    }
}

extension TensorFlowExample.Feature {
    fileprivate var isEmpty: Bool {
        switch self {
        case .bytes(let values): values.isEmpty
        case .floats(let values): values.isEmpty
        case .integers(let values): values.isEmpty
        }
    }
}
