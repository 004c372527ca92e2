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

    /// With blocks of `blockSize` x `blockSize` pixels made into channels.
    ///
    /// - Shape: [n, h, w, c] → [n, h / b, w / b, b · b · c].
    public func spaceToDepth(blockSize: Int) -> Self {
        composed("spaceToDepth") { x in
            try x.requireBlocks(blockSize)
            if let height = x.shape[1], let width = x.shape[2],
                height % blockSize != 0 || width % blockSize != 0
            {
                throw RuleViolation(
                    .notDivisible(
                        "\(height) x \(width) pixels",
                        into: "blocks of \(blockSize) x \(blockSize)"))
            }
            return x.regrouped([
                .product(0..<1), .quotient(axis: 1, by: blockSize), .size(blockSize),
                .quotient(axis: 2, by: blockSize), .size(blockSize), .product(3..<4),
            ]).blocksSwapped.regrouped([
                .product(0..<1), .product(1..<2), .product(2..<3), .product(3..<6),
            ])
        }
    }

    /// With channels made into blocks of `blockSize` x `blockSize` pixels.
    ///
    /// - Shape: [n, h, w, b · b · c] → [n, h · b, w · b, c].
    public func depthToSpace(blockSize: Int) -> Self {
        composed("depthToSpace") { x in
            try x.requireBlocks(blockSize)
            let area = blockSize * blockSize
            if let channels = x.shape[3], channels % area != 0 {
                throw RuleViolation(
                    .notDivisible(
                        "\(channels) channels",
                        into: "blocks of \(blockSize) x \(blockSize)"))
            }
            return x.regrouped([
                .product(0..<1), .product(1..<2), .product(2..<3), .size(blockSize),
                .size(blockSize), .quotient(axis: 3, by: area),
            ]).blocksSwapped.regrouped([
                .product(0..<1), .product(1..<3), .product(3..<5), .product(5..<6),
            ])
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

    fileprivate func requireBlocks(_ block: Int) throws {
        guard try knownRank() == 4 else {
            throw RuleViolation(
                .invalidArgument(
                    "the input", value: "\(type)", wanted: "of rank 4 with channels last"))
        }
        guard block > 0, block < 1 << 16 else {
            throw RuleViolation(
                .invalidArgument("the block size", value: "\(block)", wanted: "in 1..<65536"))
        }
    }

    /// With the two block axes before the last one, or brought back from there.
    fileprivate var blocksSwapped: AnyTensor { transposed(permutation: [0, 1, 3, 2, 4, 5]) }
}
