// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

extension tf {
    /// What is read of a record: a list of fixed length, or one of any.
    public protocol FeatureConfiguration: Sendable {}

    /// A list of as many values as a shape has elements.
    public struct FixedLenFeature: FeatureConfiguration {
        let shape: [Int]
        let dtype: DType
        let fallback: (any TensorOperand)?

        /// A list of so many values, of `tf.float32`, `tf.int64` or `tf.string`.
        ///
        /// - Parameter default_value: What stands for a missing list; nil when it must be there.
        public init(
            _ shape: [Int], _ dtype: DType, default_value: (any TensorOperand)? = nil
        ) {
            (self.shape, self.dtype, fallback) = (shape, dtype, default_value)
        }
        /// A list of so many values, the default unlabelled.
        public init(_ shape: [Int], _ dtype: DType, _ default_value: (any TensorOperand)?) {
            self.init(shape, dtype, default_value: default_value)
        }
        /// A list of so many values, all by labels.
        public init(shape: [Int], dtype: DType, default_value: (any TensorOperand)? = nil) {
            self.init(shape, dtype, default_value: default_value)
        }
    }

    /// A list of any length.
    public struct VarLenFeature: FeatureConfiguration {
        let dtype: DType
        /// A list of values of that type.
        public init(_ dtype: DType) { self.dtype = dtype }
    }

    /// What was read of records, by name.
    public struct ParsedFeatures: Sendable {
        let dense: [String: Tensor]
        let sparse: [String: SparseTensor<Tensor>]

        /// The values of a list of fixed length.
        public subscript(name: String) -> Tensor {
            dense[name]
                ?? .invalid(
                    "parse_example", nil,
                    "'\(name)' is no list of fixed length; there are \(dense.keys.sorted())")
        }
        /// The values of a list of any length, with their places; nil when there is none of that name.
        public subscript(sparse name: String) -> SparseTensor<Tensor>? { sparse[name] }
    }

    private static func parsed(
        _ operation: String, _ serialized: AnyTensor,
        _ features: [String: any FeatureConfiguration],
        _ name: String?
    ) -> ParsedFeatures {
        let isSingle = operation == "ParseSingleExample"
        let fixed = features.compactMapValues { $0 as? FixedLenFeature }
        let open = features.compactMapValues { $0 as? VarLenFeature }
        let (denseKeys, sparseKeys) = (fixed.keys.sorted(), open.keys.sorted())
        let dense = denseKeys.compactMap { fixed[$0] }
        let sparse = sparseKeys.compactMap { open[$0]?.dtype }
        let defaults = dense.map { feature -> AnyTensor in
            guard let fallback = feature.fallback else {
                return AnyTensor.empty(feature.dtype)
            }
            let value = convert_to_tensor(fallback, dtype: feature.dtype)
            let isScalar = value.shape.rank == 0 && !feature.shape.isEmpty
            return isScalar ? value.broadcasted(to: feature.shape) : value
        }
        var attributes: [String: OperationAttribute] = [
            "sparse_types": .types(sparse), "Tdense": .types(dense.map(\.dtype)),
            "dense_shapes": .shapes(dense.map { Shape($0.shape.map { Optional($0) }) }),
        ]
        var inputs = [serialized]
        if isSingle {
            attributes["sparse_keys"] = .strings(sparseKeys)
            attributes["dense_keys"] = .strings(denseKeys)
            attributes["num_sparse"] = .int(sparse.count)
        } else {
            attributes["Nsparse"] = .int(sparse.count)
            attributes["Ndense"] = .int(dense.count)
            inputs.append(AnyTensor(NDArray("")))
            inputs += (sparseKeys + denseKeys).map { AnyTensor(NDArray($0)) }
        }
        let results = calls(operation, inputs + defaults, attributes, name)
        guard results.count == 3 * sparse.count + dense.count else {
            let none = results.first ?? .invalid(operation, name, "nothing was asked for")
            return ParsedFeatures(
                dense: fixed.mapValues { _ in none }, sparse: [:])
        }
        let count = sparse.count
        // A list of one record has one axis, that of several has the records' before.
        let rank = operation == "ParseSingleExample" ? 1 : 2
        return ParsedFeatures(
            dense: Dictionary(
                uniqueKeysWithValues: zip(denseKeys, results[(3 * count)...])),
            sparse: Dictionary(
                uniqueKeysWithValues: sparseKeys.enumerated().map { place, key in
                    let tensor = SparseTensor<Tensor>(
                        indices: results[place].reshaped(to: [-1, rank]),
                        values: results[count + place],
                        sizes: results[2 * count + place].reshaped(to: [rank]))
                    return (key, tensor)
                }))
    }

    /// The lists of one record.
    ///
    /// - Parameter features: What is read, by name.
    public static func parse_single_example(
        _ serialized: some TensorOperand, features: [String: any FeatureConfiguration],
        name: String? = nil
    ) -> ParsedFeatures {
        parsed("ParseSingleExample", serialized.tensor(.string), features, name)
    }
    /// The lists of one record, unlabelled.
    public static func parse_single_example(
        _ serialized: some TensorOperand, _ features: [String: any FeatureConfiguration]
    ) -> ParsedFeatures {
        parse_single_example(serialized, features: features)
    }
    /// The lists of a vector of records, along a first axis.
    public static func parse_example(
        _ serialized: some TensorOperand, features: [String: any FeatureConfiguration],
        name: String? = nil
    ) -> ParsedFeatures {
        parsed("ParseExample", serialized.tensor(.string), features, name)
    }
    /// The lists of a vector of records, unlabelled.
    public static func parse_example(
        _ serialized: some TensorOperand, _ features: [String: any FeatureConfiguration]
    ) -> ParsedFeatures {
        parse_example(serialized, features: features)
    }

    /// All elements of a sparse tensor, `default_value` where it has none.
    public static func sparse_tensor_to_dense(
        _ sp_input: SparseTensor<Tensor>?, default_value: (any TensorOperand)? = nil,
        name: String? = nil
    ) -> Tensor {
        guard let sparse = sp_input else {
            return .invalid("sparse_tensor_to_dense", name, "there is no such sparse tensor")
        }
        let other = default_value.map { $0.tensor(sparse.values.dtype) }
        // Text has no sums: each element is put where it belongs.
        guard sparse.values.dtype == .string else { return named(sparse.dense(else: other), name) }
        return named(
            (other ?? "".tensor(.string))
                .broadcasted(like: AnyTensor.zeros(.bool, shape: sparse.sizes))
                .scatteringND(sparse.values, at: sparse.indices), name)
    }
}

extension AnyTensor {
    /// A vector without elements: there is no default.
    fileprivate static func empty(_ dtype: DType) -> AnyTensor {
        composed("constant", []) {
            .constant(try NDArray(stacking: [], dtype, []), name: nil)
        }
    }
}
