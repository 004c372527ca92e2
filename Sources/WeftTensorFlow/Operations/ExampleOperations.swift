// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Records of examples, as TensorFlow's files of data have them: numbers and strings by name.
enum ExampleOperations {
    private static let outputs = [
        "sparse_indices", "sparse_values", "sparse_shapes", "dense_values", "ragged_values",
        "ragged_row_splits",
    ]

    static let all: [OperationDefinition] = [
        OperationDefinition(
            "ParseExample", outputs: Array(outputs[..<4]),
            tensors: { call in
                let (sparse, dense) = (try call.int("Nsparse"), try call.int("Ndense"))
                guard sparse >= 0, dense >= 0, sparse <= call.count, dense <= call.count else {
                    throw call.error(
                        .malformed, "it has \(sparse) sparse and \(dense) dense features")
                }
                return try parsed(
                    call, sparse: try (0..<sparse).map { try known(call, 2 + $0).first ?? "" },
                    dense: try (0..<dense).map { try known(call, 2 + sparse + $0).first ?? "" },
                    defaults: try call.tensors(from: 2 + sparse + dense))
            }
        ).listing(["Nsparse", "Nsparse", "Nsparse", "Ndense"]),
        OperationDefinition(
            "ParseExampleV2", outputs: outputs,
            tensors: { call in
                try parsed(
                    call, sparse: try known(call, 2), dense: try known(call, 3),
                    ragged: try known(call, 4), defaults: try call.tensors(from: 5))
            }
        ).listing([
            "num_sparse", "num_sparse", "num_sparse", "Tdense", "ragged_value_types",
            "ragged_value_types",
        ]),
        OperationDefinition(
            "ParseSingleExample", outputs: Array(outputs[..<4]),
            tensors: { call in
                try parsed(
                    call, sparse: try call.strings("sparse_keys"),
                    dense: try call.strings("dense_keys"), defaults: try call.tensors(from: 1))
            }
        ).listing(["num_sparse", "num_sparse", "num_sparse", "Tdense"]),
    ]

    /// The strings of an input that are known before anything runs.
    private static func known(_ call: NodeCall, _ position: Int) throws -> [String] {
        guard let strings = try call.tensor(position).knownStrings else {
            throw call.error(
                .unsupported, "input \(position), the names of features, must be a constant")
        }
        return strings
    }

    private static func parsed(
        _ call: NodeCall, sparse: [String], dense: [String], ragged: [String] = [],
        defaults: [AnyTensor]
    ) throws -> [AnyTensor] {
        let serialized = try call.tensor(0)
        guard serialized.dtype == .string, let rank = serialized.rank, rank <= 1 else {
            throw call.error(.invalidRequest, "\(serialized.type) is no list of records")
        }
        let features = try self.features(call, dense, defaults)
        let fixed = features.filter { !$0.isOpen }
        let fixedArrays =
            fixed.isEmpty
            ? []
            : call.hosted(
                fixed.map { feature in
                    .array(feature.dtype) { operands in
                        let outer = operands[0]
                        return Shape(
                            (0..<rank).map { outer[$0] } + feature.shape.map { Optional($0) })
                    }
                }, [serialized] + fixed.map(\.byDefault)
            ) { inputs in
                let records = try ExampleRecord.all(inputs[0])
                return try zip(fixed, inputs.dropFirst()).map { feature, byDefault in
                    try feature.array(records, inputs[0].shape, byDefault)
                }
            }
        let open = features.filter(\.isOpen)
        let sparseTypes = try sparse.isEmpty ? [] : call.dtypes("sparse_types")
        let raggedTypes = try ragged.isEmpty ? [] : call.dtypes("ragged_value_types")
        let splitTypes = try ragged.isEmpty ? [] : call.dtypes("ragged_split_types")
        guard sparseTypes.count == sparse.count, raggedTypes.count == ragged.count,
            splitTypes.count == ragged.count, ragged.isEmpty || rank == 1
        else { throw call.error(.malformed, "features and their types differ in number") }
        let wanted: [(dtype: DType, rank: Int)] =
            sparse.map { _ in (.int64, 2) } + sparseTypes.map { ($0, 1) }
            + sparse.map { _ in (.int64, 1) } + open.map { ($0.dtype, rank + 1 + $0.shape.count) }
            + raggedTypes.map { ($0, 1) } + splitTypes.map { ($0, 1) }
        let measured =
            wanted.isEmpty
            ? []
            : call.measured(wanted, [serialized] + open.map(\.byDefault)) { inputs in
                let records = try ExampleRecord.all(inputs[0])
                let lists = try zip(sparse, sparseTypes).map { name, dtype in
                    try records.map { try $0.values(name, dtype) }
                }
                let padded = try zip(open, inputs.dropFirst()).map { feature, byDefault in
                    try feature.padded(records, inputs[0].shape, byDefault)
                }
                let rows = try zip(ragged, raggedTypes).map { name, dtype in
                    try records.map { try $0.values(name, dtype) }
                }
                return try lists.map { try indices(of: $0, rank) }
                    + zip(lists, sparseTypes).map { try FeatureValues($1, joining: $0).array }
                    + lists.map { list in
                        .longs(
                            (rank == 1 ? [list.count] : []) + [list.map(\.count).max() ?? 0])
                    } + padded
                    + zip(rows, raggedTypes).map { try FeatureValues($1, joining: $0).array }
                    + zip(rows, splitTypes).map { rows, dtype in
                        let ends = rows.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
                        return try NDArray.longs(ends).cast(to: dtype)
                    }
            }
        guard fixedArrays.count >= fixed.count, measured.count == wanted.count else {
            return fixedArrays + measured
        }
        var (fixedRest, openRest) = (
            fixedArrays.makeIterator(), measured.dropFirst(3 * sparse.count).makeIterator()
        )
        let denseArrays = features.compactMap { $0.isOpen ? openRest.next() : fixedRest.next() }
        return measured.prefix(3 * sparse.count) + denseArrays
            + measured.suffix(2 * ragged.count)
    }

    /// Where the values of each record stand: the number of the record, if there may be several, and that of
    /// the value.
    private static func indices(of lists: [FeatureValues], _ rank: Int) throws -> NDArray {
        let all = lists.enumerated().flatMap { record, list in
            (0..<list.count).flatMap { rank == 1 ? [record, $0] : [$0] }
        }
        return try .longs(all, shape: [all.count / (rank + 1), rank + 1])
    }

    private static func features(
        _ call: NodeCall, _ names: [String], _ defaults: [AnyTensor]
    ) throws -> [DenseFeature] {
        let dtypes = try names.isEmpty ? [] : call.dtypes("Tdense")
        let shapes = (call.attribute("dense_shapes")?.list.shape ?? []).map(\.shape)
        guard shapes.count == names.count, dtypes.count == names.count,
            defaults.count == names.count
        else {
            throw call.error(
                .malformed,
                "\(names.count) features have \(dtypes.count) types, \(shapes.count) shapes and "
                    + "\(defaults.count) defaults")
        }
        return try names.indices.map { index in
            let (name, dtype, shape) = (names[index], dtypes[index], shapes[index])
            let dims = shape.dims ?? [-1, -1]
            let isOpen = dims.first.map { $0 < 0 } ?? false
            let inner = isOpen ? Array(dims.dropFirst()) : dims
            guard !inner.contains(where: { $0 < 0 }), let count = ArraySize.count(inner),
                ArraySize.fits(inner, dtype)
            else {
                throw call.error(.unsupported, "'\(name)' is of the shape \(shape)")
            }
            return DenseFeature(
                name: name, dtype: dtype, shape: inner, count: count, isOpen: isOpen,
                byDefault: defaults[index])
        }
    }
}
