// SPDX-License-Identifier: Apache-2.0

/// A number of elements, positions or steps whose arithmetic cannot trap.
///
/// Sizes come from callers and files: a stride near 2³¹ times an axis of 2⁴⁸ is no `Int` any more.
/// What leaves `Int` on the way has no value and keeps none, so that a formula is written as it
/// stands and looked at once, at its end.
package struct CheckedSize: ExpressibleByIntegerLiteral {
    /// The size; nil when no `Int` could hold it, or what it was made from.
    package let value: Int?

    package init(_ value: Int?) { self.value = value }
    package init(integerLiteral value: Int) { self.value = value }

    /// The product of sizes.
    package init(product sizes: some Sequence<Int>) {
        self = sizes.reduce(1) { $0 * CheckedSize($1) }
    }

    /// The sum of sizes.
    package init(sum sizes: some Sequence<Int>) { self = sizes.reduce(0) { $0 + CheckedSize($1) } }

    private static func combined(
        _ a: CheckedSize, _ b: CheckedSize,
        _ combine: (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) -> CheckedSize {
        guard let x = a.value, let y = b.value else { return CheckedSize(nil) }
        let (result, overflow) = combine(x, y)
        return CheckedSize(overflow ? nil : result)
    }

    package static func + (a: CheckedSize, b: CheckedSize) -> CheckedSize {
        combined(a, b) { $0.addingReportingOverflow($1) }
    }

    package static func - (a: CheckedSize, b: CheckedSize) -> CheckedSize {
        combined(a, b) { $0.subtractingReportingOverflow($1) }
    }

    package static func * (a: CheckedSize, b: CheckedSize) -> CheckedSize {
        combined(a, b) { $0.multipliedReportingOverflow(by: $1) }
    }

    /// The quotient by a positive number, rounded up; the dividend is not negative.
    package func dividedUp(by step: Int) -> CheckedSize {
        CheckedSize(value.map { $0 / step + ($0 % step > 0 ? 1 : 0) })
    }
}
