// SPDX-License-Identifier: Apache-2.0

/// Resolves a negative axis and checks that it is one of the operand's.
package func normalizedAxis(_ axis: Int, rank: Int) throws -> Int {
    let index = axis < 0 ? axis + rank : axis
    guard index >= 0, index < rank else {
        throw RuleViolation("axis \(axis) \(axisRange(rank))")
    }
    return index
}

/// Checks that axes are distinct and those of the operand; they must be non-negative already.
package func requireAxes(_ axes: [Int], rank: Int?) throws {
    if Set(axes).count != axes.count { throw RuleViolation("an axis is given twice: \(axes)") }
    guard let rank else { return }
    if let bad = axes.first(where: { $0 < 0 || $0 >= rank }) {
        throw RuleViolation("axis \(bad) \(axisRange(rank))")
    }
}

/// Why an axis is none, for messages.
package func axisRange(_ rank: Int, of type: String? = nil) -> String {
    rank == 0
        ? "is asked for, but a scalar has no axes"
        : "is none of \(type ?? "rank \(rank)"): axes are 0 to \(rank - 1), or \(-rank) to -1 from the end"
}
