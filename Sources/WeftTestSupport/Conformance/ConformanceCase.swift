// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// How far an engine may be from the reference. Integers and bool are always exact, an infinity
/// matches only itself, and any NaN matches any NaN.
package enum Tolerance: Sendable {
    /// The same value; −0 is not 0.
    case exact
    /// So many units in the last place of the result. `ignoringZeroSign` where a function of
    /// several elements may meet zeros of both signs in any order.
    case ulps(Double, ignoringZeroSign: Bool = false)
    /// A quotient rounded down: where rounding carries the quotient up to an integer the engine
    /// may take that one.
    case flooredQuotient
    /// The result is a sum of so many products: see `Comparison.sumBound`.
    case terms(Int)
    /// So many units in the last place of the result's greatest element: of results whose elements all depend
    /// on all others.
    case unitsOfGreatest(Double)
    /// A chain of elementwise functions: see `ErrorPropagation`.
    case propagated
}

/// A small program and its inputs.
package struct ConformanceCase: Sendable {
    /// `unary.exp f32 [7, 33]`.
    package let name: String
    /// What the case is there for; nil for chains, which are about their combination.
    package let kind: PrimitiveKind?
    package let dtype: DType
    package let program: Program
    package let inputs: [NDArray]
    package let tolerance: Tolerance
}

/// Where an engine differs from the reference.
package struct Mismatch: Sendable, CustomStringConvertible {
    package let caseName: String
    package let reason: String
    package var description: String { "\(caseName): \(reason)" }
}

/// Collects cases; the families add theirs in extensions.
package struct CaseCollection {
    package private(set) var cases: [ConformanceCase] = []

    /// Adds a program of one instruction on `inputs`.
    mutating func add(
        _ primitive: Primitive, _ inputs: [NDArray], _ outputs: [ArrayType], dtype: DType,
        _ tolerance: Tolerance, _ note: String
    ) {
        let program = Program.single(
            primitive, inputs.map(\.type), outputs, origin: Origin(name: "case"))
        add(primitive.kind, program, inputs, dtype: dtype, tolerance, note)
    }

    mutating func add(
        _ kind: PrimitiveKind?, _ program: Program, _ inputs: [NDArray], dtype: DType,
        _ tolerance: Tolerance, _ note: String
    ) {
        let subject = kind.map { "\($0)" } ?? "chain"
        cases.append(
            ConformanceCase(
                name: "\(subject) \(dtype) \(note)", kind: kind, dtype: dtype, program: program,
                inputs: inputs, tolerance: tolerance))
    }

    /// Adds a program whose results must be exact.
    mutating func add(
        _ primitive: Primitive, _ inputs: [NDArray], _ outputs: [ArrayType], dtype: DType,
        _ note: String
    ) {
        add(primitive, inputs, outputs, dtype: dtype, .exact, note)
    }

    mutating func add(
        _ kind: PrimitiveKind?, _ program: Program, _ inputs: [NDArray], dtype: DType,
        _ note: String
    ) {
        add(kind, program, inputs, dtype: dtype, .exact, note)
    }
}
