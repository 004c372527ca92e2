// SPDX-License-Identifier: Apache-2.0
import Weft

/// Products of matrices and arrays.
enum MatrixOperations {
    static let all: [OperationDefinition] =
        [
            OperationDefinition(
                "MatMul", defaults: ["transpose_a": false, "transpose_b": false]
            ) { call in
                try product(call, try call.tensor(0), try call.tensor(1))
            },
            OperationDefinition(
                "SparseMatMul",
                defaults: [
                    "transpose_a": false, "transpose_b": false, "a_is_sparse": false,
                    "b_is_sparse": false,
                ]
            ) { call in
                try product(
                    call, try call.tensor(0).cast(to: .float32),
                    try call.tensor(1).cast(to: .float32))
            },
            OperationDefinition("Einsum") { call in
                einsum(try call.string("equation"), of: try call.tensors())
            },
            OperationDefinition("L2Loss") { call in
                let x = try call.tensor(0)
                let wide = x.widened
                return (square(wide).sum() * .scalar(0.5, wide.dtype)).cast(to: x.dtype)
            },
        ]
        + ["BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"].map { name in
            OperationDefinition(name, defaults: ["adj_x": false, "adj_y": false]) { call in
                try batchProduct(call)
            }
        }

    private static func product(
        _ call: NodeCall, _ a: AnyTensor, _ b: AnyTensor
    ) throws -> AnyTensor {
        for (tensor, name) in [(a, "a"), (b, "b")] {
            if let rank = tensor.rank, rank != 2 {
                throw call.error(.malformed, "\(name), \(tensor.type), is no matrix")
            }
        }
        return matmul(
            a, b, transposingFirst: try call.bool("transpose_a"),
            transposingSecond: try call.bool("transpose_b"))
    }

    private static func batchProduct(_ call: NodeCall) throws -> AnyTensor {
        var (a, b) = (try call.tensor(0), try call.tensor(1))
        guard try call.rank(0) >= 2, try call.rank(1) >= 2 else {
            throw call.error(.malformed, "\(a.type) and \(b.type) are no matrices")
        }
        let (isFirst, isSecond) = (try call.bool("adj_x"), try call.bool("adj_y"))
        if isFirst { a = a.conjugate() }
        if isSecond { b = b.conjugate() }
        if call.attribute("Tout") != nil {
            let type = try call.dtype("Tout")
            if type != a.dtype || type != b.dtype {
                return matmul(
                    a, b, accumulatingIn: type, transposingFirst: isFirst,
                    transposingSecond: isSecond)
            }
        }
        return matmul(a, b, transposingFirst: isFirst, transposingSecond: isSecond)
    }
}
