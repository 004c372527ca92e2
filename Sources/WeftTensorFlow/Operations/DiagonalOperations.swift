// SPDX-License-Identifier: Apache-2.0
import Weft

/// Diagonals and bands of matrices.
enum DiagonalOperations {
    static let all: [OperationDefinition] =
        [
            OperationDefinition("Diag") { call in
                let x = try call.tensor(0)
                let sizes = x.sizes
                let matrix = x.reshaped(to: [-1]).diagonalMatrix()
                if let known = x.shape.dimensions { return matrix.reshaped(to: known + known) }
                return matrix.reshaped(to: concatenated([sizes, sizes]))
            },
            OperationDefinition("DiagPart") { call in
                let x = try call.tensor(0)
                let rank = try call.rank(0)
                guard rank % 2 == 0, rank > 0 else {
                    throw call.error(.malformed, "\(x.type) has not an even number of axes")
                }
                let sizes = x.sizes.sliced(axis: 0, 0, rank / 2)
                let count = sizes.product()
                let square = x.reshaped(to: stacked([count, count])).diagonalPart()
                return square.reshaped(to: sizes)
            },
        ]
        + ["MatrixBandPart", "BatchMatrixBandPart"].map { name in
            OperationDefinition(name) { call in
                let (lower, upper) = (try call.integer(1), try call.integer(2))
                return try call.tensor(0).bandPart(
                    lower: lower < 0 ? nil : lower, upper: upper < 0 ? nil : upper)
            }
        }
        + ["MatrixDiag", "BatchMatrixDiag"].map { name in
            OperationDefinition(name) { try $0.tensor(0).diagonalMatrix() }
        }
        + ["MatrixDiagPart", "BatchMatrixDiagPart"].map { name in
            OperationDefinition(name) { try $0.tensor(0).diagonalPart() }
        }
        + ["MatrixSetDiag", "BatchMatrixSetDiag"].map { name in
            OperationDefinition(name) { call in
                try MatrixBand(call, lower: 0, upper: 0).set(
                    try call.tensor(1), in: try call.tensor(0))
            }
        }
        + [("V2", "LEFT_LEFT"), ("V3", "RIGHT_LEFT")].flatMap { version, align in
            [
                OperationDefinition(
                    "MatrixDiag" + version, defaults: ["align": .string(align)]
                ) { call in
                    try MatrixBand(call, at: 1).matrix(
                        of: try call.tensor(0), rows: try call.integer(2),
                        columns: try call.integer(3), padding: try call.tensor(4))
                },
                OperationDefinition(
                    "MatrixDiagPart" + version, defaults: ["align": .string(align)]
                ) { call in
                    try MatrixBand(call, at: 1).part(
                        of: try call.tensor(0), padding: try call.tensor(2))
                },
                OperationDefinition(
                    "MatrixSetDiag" + version, defaults: ["align": .string(align)]
                ) { call in
                    try MatrixBand(call, at: 2).set(try call.tensor(1), in: try call.tensor(0))
                },
            ]
        }
}

/// Some diagonals of matrices that lie beside one another, and how those shorter than the longest stand in
/// rows of one length.
private struct MatrixBand {
    let call: NodeCall
    /// The diagonals: 0 is the main one, positive ones lie above it.
    let lower: Int
    let upper: Int
    private var isUpperLeft = true
    private var isLowerLeft = true

    init(_ call: NodeCall, lower: Int, upper: Int) throws {
        self.call = call
        self.lower = lower
        self.upper = upper
        // Sizes of arrays are far below: sums with them stay within their type.
        guard lower <= upper, lower.magnitude < 1 << 40, upper.magnitude < 1 << 40 else {
            throw call.error(.malformed, "the diagonals \(lower) to \(upper) are none")
        }
    }

    /// The diagonals that an input gives, one or the first and the last.
    init(_ call: NodeCall, at position: Int) throws {
        let diagonals = try call.integers(position)
        guard let first = diagonals.first, let last = diagonals.last, diagonals.count <= 2 else {
            throw call.error(.malformed, "the diagonals \(diagonals) are not one or two numbers")
        }
        try self.init(call, lower: first, upper: last)
        let align = try call.string("align")
        guard ["LEFT_LEFT", "LEFT_RIGHT", "RIGHT_LEFT", "RIGHT_RIGHT"].contains(align) else {
            throw call.error(.malformed, "the alignment '\(align)' is none")
        }
        isUpperLeft = align.hasPrefix("LEFT")
        isLowerLeft = align.hasSuffix("LEFT")
    }

    private var isSingle: Bool { lower == upper }
    private var count: Int { upper - lower + 1 }

    private func longest(_ rows: Int, _ columns: Int) -> Int {
        min(rows + min(upper, 0), columns - max(lower, 0))
    }

    private static func number(_ number: Int) -> AnyTensor { .constant(NDArray(Int64(number))) }

    /// Of diagonals by their numbers, where they begin in a row of the longest one's length, and how long they
    /// are.
    private func places(
        _ diagonal: AnyTensor, _ rows: Int, _ columns: Int
    ) -> (offset: AnyTensor, length: AnyTensor) {
        let zero = Self.number(0)
        let length = minimum(
            Self.number(rows) + minimum(diagonal, zero),
            Self.number(columns) - maximum(diagonal, zero))
        let rest = Self.number(longest(rows, columns)) - length
        let isLeft =
            ((diagonal .>= zero) .& AnyTensor.constant(NDArray(isUpperLeft)))
            .| ((diagonal .<= zero) .& AnyTensor.constant(NDArray(isLowerLeft)))
        return (select(isLeft, zero, rest), length)
    }

    private func requireWithin(_ rows: Int, _ columns: Int) throws {
        guard lower > -rows || lower == 0, upper < columns || upper == 0,
            upper > -rows || upper == 0,
            lower < columns || lower == 0
        else {
            throw call.error(
                .malformed,
                "matrices of \(rows) x \(columns) have no diagonals \(lower) to \(upper)")
        }
    }

    /// The diagonals of matrices.
    func part(of x: AnyTensor, padding: AnyTensor) throws -> AnyTensor {
        if isSingle, lower == 0 { return x.diagonalPart() }
        let (rows, columns) = try matrixSizes(x)
        let length = max(longest(rows, columns), 0)
        let zero = Self.number(0)
        let row = AnyTensor.iota(.int64, shape: [count, length], axis: 0)
        let diagonal = Self.number(upper) - row
        let (offset, own) = places(diagonal, rows, columns)
        let place = AnyTensor.iota(.int64, shape: [count, length], axis: 1) - offset
        let isWithin = (place .>= zero) .& (place .< own)
        let number =
            (place - minimum(diagonal, zero)) * Self.number(columns) + place
            + maximum(diagonal, zero)
        let rank = try call.rank(of: x, "the matrices")
        let found = x.flattened(from: rank - 2, through: rank - 1)
            .gathered(at: select(isWithin, number, zero), axis: rank - 2)
        let result = select(isWithin, found, padding.reshaped(to: []))
        return isSingle ? result.squeezed(axes: [rank - 2]) : result
    }

    /// Matrices with the given diagonals, and something else around them.
    func matrix(
        of diagonals: AnyTensor, rows: Int, columns: Int, padding: AnyTensor
    ) throws -> AnyTensor {
        let rank = try call.rank(of: diagonals, "the diagonals")
        guard rank >= (isSingle ? 1 : 2), let length = diagonals.shape[rank - 1],
            rows < 1 << 40, columns < 1 << 40
        else {
            throw call.error(.unsupported, "the shape of \(diagonals.type) must be known")
        }
        let least = (length - min(upper, 0), length + max(lower, 0))
        let size = max(least.0, least.1)
        let sizes = (
            rows < 0 ? (columns < 0 ? size : least.0) : rows,
            columns < 0 ? (rows < 0 ? size : least.1) : columns
        )
        guard sizes.0 >= least.0, sizes.1 >= least.1, sizes.0 == least.0 || sizes.1 == least.1
        else {
            throw call.error(
                .malformed,
                "diagonals of \(length) elements do not go into matrices of \(sizes.0) x \(sizes.1)"
            )
        }
        try requireWithin(sizes.0, sizes.1)
        let (isWithin, found) = try spread(diagonals, sizes.0, sizes.1)
        return select(isWithin, found, padding.reshaped(to: []))
    }

    /// Matrices with their diagonals replaced.
    func set(_ diagonals: AnyTensor, in x: AnyTensor) throws -> AnyTensor {
        let (rows, columns) = try matrixSizes(x)
        let (isWithin, found) = try spread(diagonals, rows, columns)
        return select(isWithin, found, x)
    }

    private func matrixSizes(_ x: AnyTensor) throws -> (Int, Int) {
        let rank = try call.rank(of: x, "the matrices")
        guard rank >= 2, let rows = x.shape[rank - 2], let columns = x.shape[rank - 1] else {
            throw call.error(.unsupported, "the sizes of the matrices, \(x.type), must be known")
        }
        try requireWithin(rows, columns)
        return (rows, columns)
    }

    /// Where the diagonals lie in matrices, and their elements in these places.
    private func spread(
        _ diagonals: AnyTensor, _ rows: Int, _ columns: Int
    ) throws -> (isWithin: AnyTensor, found: AnyTensor) {
        let rank = try call.rank(of: diagonals, "the diagonals")
        let length = longest(rows, columns)
        guard rank >= (isSingle ? 1 : 2), diagonals.shape[rank - 1] ?? length == length,
            isSingle || diagonals.shape[rank - 2] ?? count == count
        else {
            throw call.error(
                .malformed,
                "\(diagonals.type) are not \(count) diagonals of matrices of \(rows) x \(columns)")
        }
        let row = AnyTensor.iota(.int64, shape: [rows, columns], axis: 0)
        let column = AnyTensor.iota(.int64, shape: [rows, columns], axis: 1)
        let diagonal = column - row
        let isWithin =
            (diagonal .>= Self.number(lower)) .& (diagonal .<= Self.number(upper))
        let place = minimum(row, column) + places(diagonal, rows, columns).offset
        let number = (Self.number(upper) - diagonal) * Self.number(length) + place
        let flat = isSingle ? diagonals : diagonals.flattened(from: rank - 2, through: rank - 1)
        let axis = isSingle ? rank - 1 : rank - 2
        return (isWithin, flat.gathered(at: select(isWithin, number, Self.number(0)), axis: axis))
    }
}
