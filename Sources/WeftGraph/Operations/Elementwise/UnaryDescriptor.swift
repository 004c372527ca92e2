// SPDX-License-Identifier: Apache-2.0

/// Which element types an operation takes.
package enum DTypeClass: Hashable, Sendable {
    case floating, numeric, integer, integerOrBool, any

    package func contains(_ dtype: DType) -> Bool {
        switch self {
        case .floating: dtype.isFloatingPoint
        case .numeric: dtype.isNumeric
        case .integer: dtype.isInteger
        case .integerOrBool: dtype.isInteger || dtype == .bool
        case .any: dtype != .list && dtype != .string && !dtype.isComplex
        }
    }

    /// The types of the class.
    package var dtypes: [DType] { DType.programTypes.filter(contains) }

    package var description: String {
        switch self {
        case .floating: "floating-point numbers"
        case .numeric: "numbers"
        case .integer: "integers"
        case .integerOrBool: "integers or bool"
        case .any: "numbers or bool"
        }
    }

    /// A list of types in words: by the class that they are, else one by one.
    static func words(_ dtypes: [DType]) -> String {
        let all: [DTypeClass] = [.floating, .numeric, .integer, .integerOrBool, .any]
        return all.first { $0.dtypes == dtypes }?.description
            ?? dtypes.map(\.description).joined(separator: " or ")
    }
}

/// The facts about a function of one operand, for shape rules, gradients, the interpreter and tests.
/// What belongs to an engine stands in that engine.
package struct UnaryDescriptor: Sendable {
    package typealias Gradient =
        @Sendable (_ x: AnyTensor, _ y: AnyTensor, _ g: AnyTensor) -> AnyTensor?

    package var operands: DTypeClass = .floating
    /// The result's type when it is not the operand's.
    package var result: DType? = nil
    /// The definition for floating-point numbers.
    package var reference: @Sendable (Double) -> Double
    /// The definition for integers and bool, sign- or zero-extended to 64 bits; the result wraps.
    package var integer: (@Sendable (Int64, DType) -> Int64)? = nil
    /// The operand's gradient; nil when none flows.
    package var gradient: Gradient? = nil
    /// Where tests draw operands: inside the domain, away from kinks and poles.
    package var domain: ClosedRange<Double> = -2...2
    /// How far an engine may be off, in units of the last place.
    package var tolerance: Double = 4
}
