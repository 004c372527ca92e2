// SPDX-License-Identifier: Apache-2.0

/// Blocks of pixels as channels or as images of their own, and patches that overlap.
///
/// Pixels stand in row-major order inside of a block and of a patch, channels last.
extension TensorProtocol {
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

    /// With the pixels at equal places in all blocks made into an image of its own: `blockShape[0]` x
    /// `blockShape[1]` images of each.
    ///
    /// As TensorFlow's `space_to_batch_nd`: images of one place stand together, in the order of the places.
    /// - Parameters:
    ///   - blockShape: The size of a block on each of the axes after the first.
    ///   - paddings: How many zeros go before and after each of these axes; none by default.
    /// - Shape: [n, h, w, ...] → [b0 · b1 · n, (h + paddings) / b0, (w + paddings) / b1, ...].
    public func spaceToBatch(
        blockShape: [Int], paddings: [(before: Int, after: Int)]? = nil
    ) -> Self {
        composed("spaceToBatch") { x in
            let sides = try x.blockSides(blockShape, paddings, "paddings")
            return try x.padded(low: sides.low, high: sides.high).dividedIntoBlocks(blockShape)
        }
    }

    /// With the pixels at equal places in all blocks made into an image of its own, behind a computed
    /// padding.
    ///
    /// - Parameters:
    ///   - blockShape: The size of a block on each of the axes after the first.
    ///   - paddings: How many zeros go before and after each of these axes.
    /// - Shape: paddings [2, 2]; [n, h, w, ...] → [b0 · b1 · n, (h + paddings) / b0, ...].
    public func spaceToBatch(blockShape: [Int], paddings: some IntegerTensor) -> Self {
        let paddings = paddings.anyTensor
        return composed("spaceToBatch", with: [paddings]) { x in
            let sides = try x.blockSides(blockShape, paddings, "the paddings")
            return try x.padded(with: .scalar(0, x.dtype), sizes: sides)
                .dividedIntoBlocks(blockShape)
        }
    }

    /// With images of single places of blocks put together again: what undoes `spaceToBatch`.
    ///
    /// - Parameters:
    ///   - blockShape: The size of a block on each of the axes after the first.
    ///   - crops: How many pixels are cut off before and after each of these axes; none by default.
    /// - Shape: [b0 · b1 · n, h, w, ...] → [n, h · b0 − crops, w · b1 − crops, ...].
    public func batchToSpace(
        blockShape: [Int], crops: [(before: Int, after: Int)]? = nil
    ) -> Self {
        composed("batchToSpace") { x in
            let sides = try x.blockSides(blockShape, crops, "crops")
            let whole = try x.joinedFromBlocks(blockShape)
            if sides.low + sides.high == Array(repeating: 0, count: 2 * sides.low.count) {
                return whole
            }
            for axis in sides.low.indices {
                if let size = whole.shape[axis], size < sides.low[axis] + sides.high[axis] {
                    throw RuleViolation(
                        "\(sides.low[axis]) and \(sides.high[axis]) pixels cannot be cut off axis "
                            + "\(axis) of \(whole.type)")
                }
            }
            return whole.padded(low: sides.low.map { -$0 }, high: sides.high.map { -$0 })
        }
    }

    /// With images of single places of blocks put together again, and a computed part cut off.
    ///
    /// - Parameters:
    ///   - blockShape: The size of a block on each of the axes after the first.
    ///   - crops: How many pixels are cut off before and after each of these axes.
    /// - Shape: crops [2, 2]; [b0 · b1 · n, h, w, ...] → [n, h · b0 − crops, w · b1 − crops, ...].
    public func batchToSpace(blockShape: [Int], crops: some IntegerTensor) -> Self {
        let crops = crops.anyTensor
        return composed("batchToSpace", with: [crops]) { x in
            let sides = try x.blockSides(blockShape, crops, "the crops")
            let whole = try x.joinedFromBlocks(blockShape)
            let before = sides.element(0, axis: 1)
            return whole.sliced(
                startingAt: before, sizes: whole.sizes - before - sides.element(1, axis: 1))
        }
    }

    /// The elements of each window, one after the other along the last axis: what a convolution multiplies
    /// with its filter.
    ///
    /// As TensorFlow's `extract_patches`. The axes between the first and the last are spatial; sizes,
    /// strides and dilations are one number for each, or one for all. Padding is 0, or false.
    /// - Shape: [n, h, w, channels] → [n, h', w', size[0] · size[1] · channels].
    public func patches(
        size: [Int], strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1]
    ) -> Self {
        composed("patches") { x in
            let rank = try x.knownRank() - 2
            guard rank >= 1 else {
                throw RuleViolation("\(x.type) has no spatial axes between the first and the last")
            }
            let sizes = try WindowSteps.expanded(size, rank: rank, "window sizes")
            let steps = try WindowSteps.expanded(strides, rank: rank, "strides")
            let dilations = try WindowSteps.expanded(dilations, rank: rank, "dilations")
            let sides = try padding.resolved(rank: rank)
            var result = x
            for axis in 0..<rank {
                // In front of each axis that is done stand its windows.
                let window = PatchAxis(
                    size: sizes[axis], stride: steps[axis], dilation: dilations[axis],
                    padding: sides[axis])
                let length = x.size(ofAxis: axis + 1).reshaped(to: [1])
                result = result.gathered(
                    at: window.positions(length), axis: 1 + 2 * axis, outOfBounds: .ignored)
            }
            let windows = (0..<rank).map { 1 + 2 * $0 }
            let last = 2 * rank + 1
            return result.transposed(permutation: [0] + windows + windows.map { $0 + 1 } + [last])
                .flattened(from: rank + 1, through: last)
        }
    }
}

/// The windows along an axis.
private struct PatchAxis {
    let size: Int
    let stride: Int
    let dilation: Int
    let padding: ConvolutionAttributes.AxisPadding

    /// Where the elements of each window lie, outside of the axis where they are padding: i64[windows,
    /// size]. The length is i64[1].
    func positions(_ length: AnyTensor) -> AnyTensor {
        let extent = Double((size - 1) * dilation + 1)
        let (step, zero) = (AnyTensor.scalar(Double(stride), .int64), AnyTensor.scalar(0, .int64))
        let (windows, before): (AnyTensor, AnyTensor)
        if padding.isSame {
            windows = (length + Double(stride - 1)).floorDivided(by: step)
            before = maximum((windows - 1) * step + extent - length, zero)
                .floorDivided(by: .scalar(2, .int64))
        } else {
            let room = length + Double(padding.low + padding.high) - extent
            windows = maximum((room + Double(stride)).floorDivided(by: step), zero)
            before = .numbers([padding.low])
        }
        let first = windows.indexed() * step - before
        let inside = AnyTensor.iota(.int64, shape: [1, size], axis: 1) * Double(dilation)
        return first.expandingDimensions(at: [1]) + inside
    }
}

extension AnyTensor {
    private func requireBlocks(_ blockShape: [Int], _ count: Int, _ name: String) throws -> Int {
        let rank = try knownRank()
        guard !blockShape.isEmpty, blockShape.count < rank,
            blockShape.allSatisfy({ $0 > 0 && $0 < 1 << 16 }), blockShape.count <= 8
        else {
            throw RuleViolation(
                .invalidArgument(
                    "the block shape", value: "\(blockShape)",
                    wanted: "a size in 1..<65536 for some of the axes after the first of \(type)"))
        }
        guard count == blockShape.count else {
            throw RuleViolation(.countsDiffer(name, count, for: "axes of blocks", blockShape.count))
        }
        return rank
    }

    /// What goes before and after each axis of the tensor.
    fileprivate func blockSides(
        _ blockShape: [Int], _ sides: [(before: Int, after: Int)]?, _ name: String
    ) throws -> (low: [Int], high: [Int]) {
        let rank = try requireBlocks(blockShape, sides?.count ?? blockShape.count, name)
        var (low, high) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for (axis, side) in (sides ?? []).enumerated() {
            guard side.before >= 0, side.after >= 0, Swift.max(side.before, side.after) < 1 << 32
            else {
                throw RuleViolation(
                    .negative("the \(name)", value: "\(side.before) and \(side.after)"))
            }
            (low[axis + 1], high[axis + 1]) = (side.before, side.after)
        }
        return (low, high)
    }

    /// The same as i64[rank, 2].
    fileprivate func blockSides(
        _ blockShape: [Int], _ sides: AnyTensor, _ name: String
    ) throws -> AnyTensor {
        let rank = try requireBlocks(blockShape, blockShape.count, name)
        let numbers = try sides.asNumbers(name, shape: [blockShape.count, 2])
        func none(_ count: Int) -> AnyTensor { .zeros(.int64, shape: [count, 2]) }
        return .concatenated([none(1), numbers, none(rank - 1 - blockShape.count)], axis: 0)
    }

    /// [n, h, w, ...] → [b0 · b1 · n, h / b0, w / b1, ...].
    fileprivate func dividedIntoBlocks(_ blockShape: [Int]) throws -> AnyTensor {
        let (rank, count) = (try knownRank(), blockShape.count)
        for (axis, block) in blockShape.enumerated() {
            if let size = shape[axis + 1], size % block != 0 {
                throw RuleViolation(
                    .notDivisible("\(size) pixels of axis \(axis + 1)", into: "blocks of \(block)"))
            }
        }
        let rest = (count + 1..<rank).map { GroupedAxis.product($0..<$0 + 1) }
        let blocks = blockShape.enumerated().flatMap { axis, block in
            [GroupedAxis.quotient(axis: axis + 1, by: block), .size(block)]
        }
        let places = (0..<count).map { 2 + 2 * $0 }
        return regrouped([.product(0..<1)] + blocks + rest)
            .transposed(
                permutation: places + [0] + places.map { $0 - 1 }
                    + Array(2 * count + 1..<rank + count)
            ).flattened(through: count)
    }

    /// [b0 · b1 · n, h, w, ...] → [n, h · b0, w · b1, ...].
    fileprivate func joinedFromBlocks(_ blockShape: [Int]) throws -> AnyTensor {
        let (rank, count) = (try knownRank(), blockShape.count)
        let area = blockShape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard area > 0, blockShape.reduce(1.0, { $0 * Double($1) }) < 0x1p48 else {
            throw RuleViolation(.tooLarge("blocks of \(blockShape)"))
        }
        if let size = shape[0], size % area != 0 {
            throw RuleViolation(.notDivisible("\(size) images", into: "blocks of \(blockShape)"))
        }
        let own = (1..<rank).map { GroupedAxis.product($0..<$0 + 1) }
        let order = (0..<count).flatMap { [count + 1 + $0, $0] }
        let joined = regrouped(
            blockShape.map { .size($0) } + [.quotient(axis: 0, by: area)] + own
        ).transposed(
            permutation: [count] + order + Array(2 * count + 1..<rank + count))
        let pairs = (0..<count).map { GroupedAxis.product(1 + 2 * $0..<3 + 2 * $0) }
        let rest = (2 * count + 1..<rank + count).map { GroupedAxis.product($0..<$0 + 1) }
        return joined.regrouped([.product(0..<1)] + pairs + rest)
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
