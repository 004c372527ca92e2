// SPDX-License-Identifier: Apache-2.0

/// Resolves a negative axis and checks that it is one of the operand's.
package func normalizedAxis(_ axis: Int, rank: Int) throws -> Int {
    let index = axis < 0 ? axis + rank : axis
    guard index >= 0, index < rank else {
        throw RuleViolation(.axisOutOfRange(axis, rank: rank, type: nil))
    }
    return index
}

/// Checks that axes are distinct and those of the operand; they must be non-negative already.
package func requireAxes(_ axes: [Int], rank: Int?) throws {
    if Set(axes).count != axes.count { throw RuleViolation(.axisRepeated(axes, rank: rank)) }
    guard let rank else { return }
    if let bad = axes.first(where: { $0 < 0 || $0 >= rank }) {
        throw RuleViolation(.axisOutOfRange(bad, rank: rank, type: nil))
    }
}
