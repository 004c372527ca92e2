// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How numbers with a fraction are written.
public enum NumberNotation: Hashable, Sendable, CaseIterable {
    /// With all digits before the point: `12.500000`.
    case decimal
    /// With a power of ten: `1.250000e+01`.
    case scientific
    /// The shorter one of both, without zeros at the end: `12.5`.
    case shortest
}

/// What stands where a number is shorter than its place.
public enum NumberFill: Hashable, Sendable, CaseIterable {
    /// Spaces before it.
    case spaces
    /// Zeros before its digits.
    case zeros
    /// Spaces behind it.
    case spacesBehind
}

/// Which numbers have a sign.
public enum NumberSign: Hashable, Sendable, CaseIterable {
    /// Those that are less than zero.
    case minus
    /// All: those that are not less than zero have a plus. Of unsigned integers and truth values none.
    case always
    /// As with all, but a space in place of the plus.
    case minusOrSpace
}

extension TensorProtocol {
    /// Each number as text, as C's `printf` and TensorFlow write it; of truth values `true` and `false`.
    ///
    /// - Parameters:
    ///   - precision: How many digits follow the point, of the shortest notation how many there are; nil for
    ///     six. Integers have none.
    ///   - width: How long the text is at least.
    /// - Shape: [...] → [...].
    public func text(
        precision: Int? = nil, notation: NumberNotation = .decimal, width: Int = 0,
        fill: NumberFill = .spaces, sign: NumberSign = .minus
    ) -> Text {
        Text(
            .composed("text", [anyTensor]) {
                let x = anyTensor
                let mostDigits = 1000
                guard width >= 0, width <= mostDigits else {
                    throw RuleViolation(
                        .invalidArgument(
                            "the width", value: "\(width)", wanted: "0 to \(mostDigits)"))
                }
                if let precision {
                    guard precision >= 0, precision <= mostDigits else {
                        throw RuleViolation(
                            .invalidArgument(
                                "the precision", value: "\(precision)", wanted: "0 to \(mostDigits)"
                            ))
                    }
                    guard x.dtype.isFloatingPoint else {
                        throw RuleViolation(
                            .wrongElementType(
                                .operand, x.dtype, wanted: DTypeClass.floating.dtypes))
                    }
                }
                return .make(
                    .strings(
                        of: NumberText(
                            precision: precision, notation: notation, width: width, fill: fill,
                            sign: sign)),
                    [x])
            })
    }
}

extension StringTensor {
    /// The number that each string says: of a floating-point type in decimal or hexadecimal, `inf` or
    /// `nan`, of an integer type in decimal. Spaces, tabs and line ends around it count for nothing.
    ///
    /// A string that says no number, or one that the type does not hold, fails the run.
    /// - Shape: [...] → [...].
    public func numbers<Scalar: NumericScalar>(as type: Scalar.Type) -> Tensor<Scalar> {
        Tensor(numbers(as: Scalar.dtype))
    }

    /// The number that each string says, in an element type that is known at run time.
    ///
    /// - Shape: [...] → [...].
    public func numbers(as dtype: DType) -> AnyTensor {
        .composed("numbers", [anyTensor]) {
            try requireElements(dtype, .numeric, of: .result)
            return .make(.strings(of: NumberOfText(result: dtype)), [anyTensor])
        }
    }
}

private struct NumberText: StringFunction {
    let precision: Int?
    let notation: NumberNotation
    let width: Int
    let fill: NumberFill
    let sign: NumberSign

    var name: String { "text" }
    var attributeText: String {
        [
            precision.map { "precision: \($0)" }, notation == .decimal ? nil : "\(notation)",
            width == 0 ? nil : "width: \(width), \(fill)", sign == .minus ? nil : "sign: \(sign)",
        ].compactMap(\.self).joined(separator: ", ")
    }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireElements(operands[0].dtype, .any)
        return [TensorType(.string, operands[0].shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let x = call.operands[0]
        var writer = call.writer
        func append(_ text: String) throws { try writer.append(padded(text).utf8) }
        if x.dtype == .bool {
            for number in x.integers ?? [] { try append(number == 0 ? "false" : "true") }
        } else if let integers = x.integers {
            for number in integers {
                let text = x.dtype == .uint64 ? "\(UInt64(bitPattern: number))" : "\(number)"
                try append(x.dtype.isSignedInteger ? signed(text) : text)
            }
        } else {
            for number in x.doubles { try append(signed(written(number))) }
        }
        return [try writer.array(call.shape)]
    }

    private func written(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let format =
            switch notation {
            case .decimal: "%.*f"
            case .scientific: "%.*e"
            case .shortest: "%.*g"
            }
        let arguments: [any CVarArg] = [Int32(precision ?? 6), number]
        return withVaList(arguments) { list in
            // No text is longer than all digits that a number has before and behind its point.
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1400) { buffer in
                let length = vsnprintf(buffer.baseAddress, buffer.count, format, list)
                return String(
                    decoding: UnsafeRawBufferPointer(buffer).prefix(Int(max(length, 0))),
                    as: UTF8.self)
            }
        }
    }

    private func signed(_ text: String) -> String {
        if text.hasPrefix("-") { return text }
        switch sign {
        case .minus: return text
        case .always: return "+" + text
        case .minusOrSpace: return " " + text
        }
    }

    private func padded(_ text: String) -> String {
        let missing = width - text.utf8.count
        guard missing > 0 else { return text }
        switch fill {
        case .spaces: return String(repeating: " ", count: missing) + text
        case .spacesBehind: return text + String(repeating: " ", count: missing)
        case .zeros:
            let zeros = String(repeating: "0", count: missing)
            guard text.last?.isNumber == true else {
                return String(repeating: " ", count: missing) + text
            }
            let start = text.first?.isNumber == true ? 0 : 1
            return String(text.prefix(start)) + zeros + text.dropFirst(start)
        }
    }
}
