// SPDX-License-Identifier: Apache-2.0

/// What stands beyond the edges of a padded tensor.
public enum PaddingMode: Hashable, Sendable, CaseIterable {
    /// The elements mirrored at the edge element: `c b | a b c | b a`.
    case reflect
    /// The elements mirrored behind the edge: `b a | a b c | c b`.
    case symmetric
    /// The edge element: `a a | a b c | c c`.
    case edge
}

extension TensorProtocol {
    /// With a value around it.
    ///
    /// - Parameter sizes: How many elements go before and after each axis.
    /// - Shape: [a] → [before + a + after].
    public func padded(with value: Self, sizes: [(before: Int, after: Int)]) -> Self {
        let value = value.anyTensor
        return composed("pad", with: [value]) { x in
            guard sizes.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
                throw RuleViolation(
                    .negative("the sizes", value: "\(sizes.map { [$0.before, $0.after] })"))
            }
            return x.padded(low: sizes.map(\.before), high: sizes.map(\.after), value: value)
        }
    }

    /// With its own elements around it.
    ///
    /// - Parameter sizes: How many elements go before and after each axis.
    /// - Shape: [a] → [before + a + after].
    public func padded(_ mode: PaddingMode, sizes: [(before: Int, after: Int)]) -> Self {
        composed("pad") { x in
            let rank = try x.knownRank()
            guard sizes.count == rank else {
                throw RuleViolation(
                    .countsDiffer("paddings", sizes.count, for: "axes of \(x.type)", rank))
            }
            var result = x
            for (axis, size) in sizes.enumerated() where size != (0, 0) {
                result = try result.mirrored(axis, size.before, size.after, mode)
            }
            return result
        }
    }
}

extension AnyTensor {
    fileprivate func mirrored(
        _ axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode
    ) throws -> AnyTensor {
        let skipped = mode == .reflect ? 1 : 0
        let longest = mode == .edge ? Int.max : (shape[axis] ?? Int.max) - skipped
        guard before >= 0, after >= 0, before <= longest, after <= longest,
            Swift.max(before, after) < 1 << 32
        else {
            throw RuleViolation(
                "\(before) and \(after) elements cannot be added around axis \(axis) of \(type)"
                    + (longest == Int.max ? "" : "; there are at most \(longest) to mirror"))
        }
        let backward = reversed(axes: [axis])
        func edge(_ x: AnyTensor, _ count: Int) -> AnyTensor {
            x.sliced(axis: axis, 0, 1).repeated(count, axis: axis)
        }
        var parts: [AnyTensor] = []
        if before > 0 {
            parts.append(
                mode == .edge
                    ? edge(self, before)
                    : sliced(axis: axis, skipped, skipped + before).reversed(axes: [axis]))
        }
        parts.append(self)
        if after > 0 {
            parts.append(
                mode == .edge
                    ? edge(backward, after)
                    : backward.sliced(axis: axis, skipped, skipped + after))
        }
        return .concatenated(parts, axis: axis)
    }
}
