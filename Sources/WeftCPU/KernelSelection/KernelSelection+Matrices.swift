// SPDX-License-Identifier: Apache-2.0
import CLapack
import CWeftKernels
import WeftGraph

/// Factorizations of matrices, by LAPACK.
extension KernelSelection {
    /// The matrices of an operand.
    private struct Matrices {
        let dtype: weft_lapack_type
        let batch: Int64
        let rows: Int64
        let columns: Int64

        init(_ type: ArrayType) {
            dtype = type.dtype == .float32 ? WEFT_LAPACK_F32 : WEFT_LAPACK_F64
            batch = Int64(type.shape.dropLast(2).volume)
            rows = Int64(type.shape[type.shape.count - 2])
            columns = Int64(type.shape[type.shape.count - 1])
        }

        /// The multiplications of all with a square one.
        var products: Double {
            Double(batch) * Double(rows) * Double(columns) * Double(min(rows, columns))
        }
    }

    /// The step of an instruction that reports which matrix is at fault.
    private func matrixStep(
        _ index: Int, isOrthogonal: Bool = false, flops: Double,
        _ body: @escaping (Arguments) -> weft_lapack_outcome
    ) throws -> Recipe? {
        let instruction = program.instructions[index]
        if instruction.outputs.allSatisfy({ program.values[$0].byteCount == 0 }) { return nil }
        let side = Int64(
            isOrthogonal ? WEFT_LAPACK_GREATEST_ORTHOGONAL_SIDE : WEFT_LAPACK_GREATEST_SIDE)
        let inner = isOrthogonal ? Int64(WEFT_LAPACK_GREATEST_ORTHOGONAL_INNER) : side
        for operand in instruction.inputs.map({ Matrices(program.values[$0]) }) {
            if max(operand.rows, operand.columns) > side {
                throw unsupported(index, "matrices of more than \(side) rows or columns")
            }
            if min(operand.rows, operand.columns) > inner {
                throw unsupported(index, "matrices of more than \(inner) rows and columns here")
            }
        }
        let batch = Array(inputType(index, 0).shape.dropLast(2))
        return recipe(
            index, flops: flops,
            .frame { frame, arguments, step in
                let outcome = body(arguments)
                if outcome.fault == WEFT_LAPACK_OK { return }
                guard let fault = RunError.MatrixFault(outcome) else {
                    throw frame.failure(of: step, WEFT_OUT_OF_MEMORY)
                }
                let place = RowMajor.index(of: Int(outcome.matrix), in: batch)
                throw step.error(.unsuitableMatrix(fault, at: place), in: frame.plan.program)
            })
    }

    func cholesky(_ index: Int) throws -> Recipe? {
        let a = Matrices(inputType(index, 0))
        let n = Double(a.rows)
        let recipe = try matrixStep(index, flops: Double(a.batch) * n * n * n / 3) {
            weft_lapack_cholesky(a.dtype, a.batch, a.rows, $0[0], $0[1])
        }
        return recipe.map(Self.updatingInPlace)
    }

    func lu(_ index: Int) throws -> Recipe? {
        let a = Matrices(inputType(index, 0))
        let n = Double(a.rows)
        let recipe = try matrixStep(index, flops: Double(a.batch) * n * n * n * 2 / 3) {
            weft_lapack_lu(
                a.dtype, a.batch, a.rows, $0[0], $0[1],
                $0[2].assumingMemoryBound(to: Int32.self), $0[3])
        }
        return recipe.map(Self.updatingInPlace)
    }

    func qr(_ index: Int) throws -> Recipe? {
        let a = Matrices(inputType(index, 0))
        let recipe = try matrixStep(index, isOrthogonal: true, flops: a.products * 3) {
            weft_lapack_qr(a.dtype, a.batch, a.rows, a.columns, $0[0], $0[1], $0[2])
        }
        return taking(
            recipe, weft_lapack_qr_scratch_bytes(a.dtype, a.rows, a.columns), for: a.batch)
    }

    func svd(_ index: Int, hasVectors: Bool) throws -> Recipe? {
        let a = Matrices(inputType(index, 0))
        let recipe = try matrixStep(
            index, isOrthogonal: true, flops: a.products * (hasVectors ? 20 : 4)
        ) {
            weft_lapack_svd(
                a.dtype, a.batch, a.rows, a.columns, $0[0], $0[1], hasVectors ? $0[2] : nil,
                hasVectors ? $0[3] : nil)
        }
        return taking(
            recipe, weft_lapack_svd_scratch_bytes(a.dtype, a.rows, a.columns, hasVectors),
            for: a.batch)
    }

    func selfAdjointEigen(_ index: Int, hasVectors: Bool) throws -> Recipe? {
        let a = Matrices(inputType(index, 0))
        let recipe = try matrixStep(
            index, isOrthogonal: true, flops: a.products * (hasVectors ? 9 : 2)
        ) {
            weft_lapack_eigen(
                a.dtype, a.batch, a.rows, $0[0], $0[1], hasVectors ? $0[2] : nil)
        }
        return taking(
            recipe, weft_lapack_eigen_scratch_bytes(a.dtype, a.rows, hasVectors), for: a.batch)
    }

    /// With the memory that each of the threads takes.
    private func taking(_ recipe: Recipe?, _ bytes: Int64, for matrices: Int64) -> Recipe? {
        var recipe = recipe
        recipe?.scratchBytes = Int(bytes) * min(compiler.teamSize, Int(matrices))
        return recipe
    }

    func triangularSolve(
        _ index: Int, _ attributes: TriangularSolveAttributes
    ) throws -> Recipe? {
        let b = Matrices(inputType(index, 1))
        let triangle = weft_lapack_triangle(
            lower: attributes.isLower, transpose: attributes.isTransposed, unit: attributes.isUnit)
        let n = Double(b.rows)
        var recipe = try matrixStep(index, flops: Double(b.batch * b.columns) * n * n) {
            weft_lapack_triangular_solve(
                b.dtype, triangle, b.batch, b.rows, b.columns, $0[0], $0[1], $0[2])
        }
        if let inputs = recipe?.inputs, inputs[0] != inputs[1] {
            recipe?.inPlace = .pairs([(1, 0)])
        }
        return recipe
    }
}

extension RunError.MatrixFault {
    /// nil for what is no fault of a matrix.
    fileprivate init?(_ outcome: weft_lapack_outcome) {
        switch outcome.fault {
        case WEFT_LAPACK_NOT_POSITIVE_DEFINITE:
            self = .notPositiveDefinite(order: Int(outcome.order))
        case WEFT_LAPACK_SINGULAR: self = .singular(row: Int(outcome.order) - 1)
        case WEFT_LAPACK_NOT_FINITE: self = .notFinite
        case WEFT_LAPACK_NO_CONVERGENCE: self = .noConvergence
        default: return nil
        }
    }
}
