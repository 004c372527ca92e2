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

extension AnyTensor {
    /// Row index minus column index on the last two axes, as i64.
    private func diagonalNumber() throws -> AnyTensor {
        let rank = try knownRank()
        guard rank >= 2 else {
            throw RuleViolation("it takes matrices on the last two axes, not \(type)")
        }
        let zeros = AnyTensor.filled(0, like: self, dtype: .int64)
        return .iota(like: zeros, axis: rank - 2) - .iota(like: zeros, axis: rank - 1)
    }

    /// Zero below the `lower`-th diagonal under the main one and above the `upper`-th; nil keeps all.
    package func banded(lower: Int?, upper: Int?, _ function: String) -> AnyTensor {
        .composed(function, [self]) {
            let number = try diagonalNumber()
            func bound(_ diagonals: Int) -> AnyTensor {
                .constant(NDArray(Int64(Swift.max(Swift.min(diagonals, 1 << 48), -1 << 48))))
            }
            var kept: [AnyTensor] = []
            if let lower { kept.append(number .<= bound(lower)) }
            if let upper { kept.append(-number .<= bound(upper)) }
            guard let first = kept.first else { return self }
            return select(
                kept.dropFirst().reduce(first, .&), self, .scalar(0, dtype))
        }
    }

    /// The main diagonal of the last two axes.
    package func diagonalPart() -> AnyTensor {
        .composed("diagonalPart", [self]) {
            let rank = try knownRank()
            let number = try diagonalNumber()
            guard dtype.isNumeric else { throw RuleViolation("it takes numbers, not \(dtype)") }
            let masked = select(
                number .== 0, self, .scalar(0, dtype))
            let (rows, columns) = (shape[rank - 2], shape[rank - 1])
            guard let rows, let columns else {
                throw RuleViolation(
                    "the sizes of the last two axes of \(type) must be known when the graph is built"
                )
            }
            // The shorter axis stays: along it every diagonal element has its own index.
            return masked.sum(axes: [rows <= columns ? rank - 1 : rank - 2])
        }
    }

    /// Matrices with the last axis on the main diagonal.
    package func diagonalMatrix() -> AnyTensor {
        .composed("diagonalMatrix", [self]) {
            let rank = try knownRank()
            guard rank > 0 else { throw RuleViolation("a scalar is no diagonal") }
            let size = try knownSize(-1)
            let mask = AnyTensor.identity(rows: size, columns: size, .bool)
            return select(mask, expandingDimensions(at: [rank - 1]), .scalar(0, dtype))
        }
    }

    /// The sum of the main diagonal of the last two axes.
    package func trace() -> AnyTensor {
        .composed("trace", [self]) {
            let number = try diagonalNumber()
            return select(
                number .== 0, self, .scalar(0, dtype)
            ).sum(axes: [-2, -1])
        }
    }

    package func padded(_ sizes: [(before: Int, after: Int)], value: AnyTensor) -> AnyTensor {
        .composed("pad", [self, value]) {
            guard sizes.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
                throw RuleViolation(
                    "the sizes must not be negative: \(sizes.map { [$0.before, $0.after] })")
            }
            return padded(low: sizes.map(\.before), high: sizes.map(\.after), value: value)
        }
    }

    package func padded(_ sizes: [(before: Int, after: Int)], mode: PaddingMode) -> AnyTensor {
        .composed("pad", [self]) {
            let rank = try knownRank()
            guard sizes.count == rank else {
                throw RuleViolation(
                    "\(sizes.count) paddings were given for the \(rank) axes of \(type)")
            }
            var result = self
            for (axis, size) in sizes.enumerated() where size != (0, 0) {
                result = try result.mirrored(axis, size.before, size.after, mode)
            }
            return result
        }
    }

    private func mirrored(
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

    /// Height, width and channels.
    private func requireBlocks(_ block: Int) throws -> (Int, Int, Int) {
        guard try knownRank() == 4 else {
            throw RuleViolation("the input must be of rank 4 with channels last, not \(type)")
        }
        guard block > 0, block < 1 << 16 else {
            throw RuleViolation("the block size must be in 1..<65536, not \(block)")
        }
        return (try knownSize(1), try knownSize(2), try knownSize(3))
    }

    /// Images of unknown number, their axes split: what a block has beside what there are of it.
    private func imagesSplit(_ sizes: Int...) -> AnyTensor {
        regrouped([.product(0..<1)] + sizes.map { .size($0) })
    }

    /// With the two block axes before the last one, or brought back from there.
    private var blocksSwapped: AnyTensor { transposed(permutation: [0, 1, 3, 2, 4, 5]) }

    /// Blocks of pixels become channels.
    package func spaceToDepth(_ block: Int) -> AnyTensor {
        .composed("spaceToDepth", [self]) {
            let (height, width, channels) = try requireBlocks(block)
            guard height % block == 0, width % block == 0 else {
                throw RuleViolation(
                    "\(height) x \(width) pixels cannot be divided into blocks of \(block) x \(block)"
                )
            }
            return imagesSplit(height / block, block, width / block, block, channels).blocksSwapped
                .regrouped([
                    .product(0..<1), .product(1..<2), .product(2..<3), .product(3..<6),
                ])
        }
    }

    /// Channels become blocks of pixels.
    package func depthToSpace(_ block: Int) -> AnyTensor {
        .composed("depthToSpace", [self]) {
            let (height, width, channels) = try requireBlocks(block)
            guard channels % (block * block) == 0 else {
                throw RuleViolation(
                    "\(channels) channels cannot be divided into blocks of \(block) x \(block)")
            }
            return imagesSplit(height, width, block, block, channels / (block * block))
                .blocksSwapped
                .regrouped([
                    .product(0..<1), .product(1..<3), .product(3..<5), .product(5..<6),
                ])
        }
    }

    /// Each vector along its own axis, in the shape of all together.
    package static func meshgrid(_ vectors: [AnyTensor]) -> [AnyTensor] {
        composedAll("meshgrid", vectors, count: vectors.count) {
            try requireSameDType(vectors)
            if let bad = vectors.first(where: { $0.shape.rank != 1 }) {
                throw RuleViolation("it takes vectors, not \(bad.type)")
            }
            let aligned = vectors.indices.map { i in
                vectors[i].expandingDimensions(at: vectors.indices.filter { $0 != i })
            }
            if let sizes = vectors.map({ $0.shape[0] }) as? [Int] {
                return aligned.map { $0.broadcasted(to: sizes) }
            }
            // The shape of all is that of any function of all.
            let flags = aligned.map { AnyTensor.compare(.equal, $0, $0) }
            let like = flags.dropFirst().reduce(flags[0]) { binary(.and, $0, $1) }
            return aligned.map { $0.broadcast(like: like) }
        }
    }
}
