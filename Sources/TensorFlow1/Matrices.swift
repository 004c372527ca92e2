// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Products and functions of matrices.
extension tf {
    /// The product of the last two dimensions, for each index of those before.
    public static func matmul(
        _ a: some TensorOperand, _ b: some TensorOperand, transpose_a: Bool = false,
        transpose_b: Bool = false, name: String? = nil
    ) -> Tensor {
        let (a, b) = pair(a, b)
        if a.shape.rank ?? 2 > 2 || b.shape.rank ?? 2 > 2 {
            return call(
                "BatchMatMulV2", [a, b],
                ["adj_x": .bool(transpose_a), "adj_y": .bool(transpose_b)],
                name)
        }
        return call(
            "MatMul", [a, b],
            ["transpose_a": .bool(transpose_a), "transpose_b": .bool(transpose_b)], name)
    }

    /// The product of the last two dimensions, under its name before 1.0.
    public static func batch_matmul(
        _ x: some TensorOperand, _ y: some TensorOperand, adj_x: Bool = false, adj_y: Bool = false,
        name: String? = nil
    ) -> Tensor {
        matmul(x, y, transpose_a: adj_x, transpose_b: adj_y, name: name)
    }

    /// The product summed over pairs of axes: the last `axes` of `a` and the first of `b`.
    public static func tensordot(
        _ a: some TensorOperand, _ b: some TensorOperand, _ axes: Int, name: String? = nil
    ) -> Tensor {
        let (a, b) = pair(a, b)
        guard let rank = a.shape.rank, axes >= 0, axes <= rank else {
            return .invalid("tensordot", name, "the first operand has no \(axes) axes: \(a.type)")
        }
        return tensordot(a, b, [Array((rank - axes)..<rank), Array(0..<axes)], name: name)
    }

    /// The product summed over pairs of axes: those of `a`, and those of `b`.
    public static func tensordot(
        _ a: some TensorOperand, _ b: some TensorOperand, _ axes: [[Int]], name: String? = nil
    ) -> Tensor {
        let (a, b) = pair(a, b)
        guard axes.count == 2 else {
            return .invalid("tensordot", name, "axes must be two lists, not \(axes.count)")
        }
        return named(tensorDot(a, b, axes: (axes[0], axes[1])), name)
    }

    /// Products of elements, summed as an equation says: `"ij,jk->ik"`.
    public static func einsum(
        _ equation: String, _ inputs: any TensorOperand..., name: String? = nil
    ) -> Tensor {
        call("Einsum", inputs.map { $0.tensor(nil) }, ["equation": .string(equation)], name)
    }

    /// The length of a vector, over `axis` or all elements: `ord` is 2 (`"euclidean"`), 1 or infinity.
    public static func norm(
        _ tensor: some TensorOperand, ord: Double = 2, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        let x = tensor.tensor(nil)
        let keeps = keepdims || keep_dims
        switch ord {
        case 1: return reduce_sum(abs(x), axis: axis, keepdims: keeps, name: name)
        case 2: return sqrt(reduce_sum(x * x, axis: axis, keepdims: keeps), name: name)
        case .infinity: return reduce_max(abs(x), axis: axis, keepdims: keeps, name: name)
        default:
            let sum = reduce_sum(pow(abs(x), ord), axis: axis, keepdims: keeps)
            return pow(sum, 1 / ord, name: name)
        }
    }

    /// The tensor, shortened to the length `clip_norm` where it is longer.
    public static func clip_by_norm(
        _ t: some TensorOperand, _ clip_norm: some TensorOperand,
        axes: (any AxisConvertible)? = nil, name: String? = nil
    ) -> Tensor {
        let t = t.tensor(nil)
        let limit = clip_norm.tensor(t.dtype)
        let squares = reduce_sum(t * t, axis: axes, keepdims: true)
        let isPositive = squares > 0
        let safe = self.where(isPositive, squares, ones_like(squares))
        let norms = self.where(isPositive, sqrt(safe), squares)
        return named(t * limit / maximum(norms, limit), name)
    }

    /// The tensor, shortened to the length `clip_norm` where it is longer.
    public static func clip_by_norm(
        _ t: some TensorOperand, clip_norm: some TensorOperand, axes: (any AxisConvertible)? = nil,
        name: String? = nil
    ) -> Tensor {
        clip_by_norm(t, clip_norm, axes: axes, name: name)
    }

    /// The length of all tensors together, as one vector; nil ones are left out.
    public static func global_norm(_ t_list: [Tensor?], name: String? = nil) -> Tensor {
        let halves = t_list.compactMap(\.self).map { nn.l2_loss($0) }
        guard let first = halves.first else { return .scalar(0, .float32) }
        let sum = halves.dropFirst().reduce(first) { $0 + $1.cast(to: first.dtype) }
        return sqrt(sum * 2, name: name)
    }

    /// The tensors, all shortened by one factor where together they are longer than `clip_norm`, and how long
    /// they were. A norm that is not finite makes all NaN.
    public static func clip_by_global_norm(
        _ t_list: [Tensor?], _ clip_norm: some TensorOperand, use_norm: Tensor? = nil,
        name: String? = nil
    ) -> ([Tensor?], Tensor) {
        let norm = use_norm ?? global_norm(t_list)
        let limit = clip_norm.tensor(norm.dtype)
        let scale = limit * minimum(1 / norm, 1 / limit) + (norm - norm)
        return (t_list.map { $0.map { $0 * scale.cast(to: $0.dtype) } }, norm)
    }

    /// The tensors, shortened, the length labelled.
    public static func clip_by_global_norm(
        _ t_list: [Tensor?], clip_norm: some TensorOperand, use_norm: Tensor? = nil,
        name: String? = nil
    ) -> ([Tensor?], Tensor) {
        clip_by_global_norm(t_list, clip_norm, use_norm: use_norm, name: name)
    }

    /// Matrices with a vector on the main diagonal.
    public static func diag(_ diagonal: some TensorOperand, name: String? = nil) -> Tensor {
        call("Diag", [diagonal.tensor(nil)], [:], name)
    }
    /// Matrices with the last axis on the main diagonal.
    public static func matrix_diag(_ diagonal: some TensorOperand, name: String? = nil) -> Tensor {
        call("MatrixDiag", [diagonal.tensor(nil)], [:], name)
    }
    /// The main diagonals of matrices.
    public static func matrix_diag_part(_ input: some TensorOperand, name: String? = nil) -> Tensor
    {
        call("MatrixDiagPart", [input.tensor(nil)], [:], name)
    }
    /// The main diagonal of a matrix.
    public static func diag_part(_ input: some TensorOperand, name: String? = nil) -> Tensor {
        call("DiagPart", [input.tensor(nil)], [:], name)
    }
    /// The sums of the main diagonals.
    public static func trace(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        named(x.tensor(nil).trace(), name)
    }
    /// The identity matrix.
    public static func eye(
        _ num_rows: Int, num_columns: Int? = nil, dtype: DType = .float32, name: String? = nil
    ) -> Tensor {
        named(AnyTensor.identity(dtype, num_rows, columns: num_columns), name)
    }
    /// The matrices with which the product is the identity.
    public static func matrix_inverse(_ input: some TensorOperand, name: String? = nil) -> Tensor {
        call("MatrixInverse", [input.tensor(nil)], [:], name)
    }
    /// The determinants of matrices.
    public static func matrix_determinant(
        _ input: some TensorOperand, name: String? = nil
    ) -> Tensor {
        call("MatrixDeterminant", [input.tensor(nil)], [:], name)
    }
    /// The solution x of `matrix` · x = `rhs`.
    public static func matrix_solve(
        _ matrix: some TensorOperand, _ rhs: some TensorOperand, adjoint: Bool = false,
        name: String? = nil
    ) -> Tensor {
        call(
            "MatrixSolve", [matrix.tensor(nil), rhs.tensor(nil)], ["adjoint": .bool(adjoint)], name)
    }
    /// The lower triangular L with L · Lᵀ = `input`.
    public static func cholesky(_ input: some TensorOperand, name: String? = nil) -> Tensor {
        call("Cholesky", [input.tensor(nil)], [:], name)
    }
}
