// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Examples in memory: arrays whose first axes go together, such as images and labels.
public struct Examples: Sendable {
    /// The arrays; all have the same first dimension.
    public let arrays: [NDArray]
    /// The number of examples.
    public let count: Int

    /// Examples from arrays.
    ///
    /// - Throws: `ArrayError` when there is no array, one is a scalar, or the first dimensions differ.
    public init(_ arrays: NDArray...) throws {
        guard let count = arrays.first?.shape.first else {
            throw ArrayError("examples need at least one array with a first axis")
        }
        if let other = arrays.first(where: { $0.shape.first != count }) {
            throw ArrayError(
                "the arrays' first dimensions differ: \(arrays[0].shape) and \(other.shape)")
        }
        self.arrays = arrays
        self.count = count
    }

    /// The examples at `indices`, gathered.
    ///
    /// - Throws: `ArrayError` when an index is out of range, or there is no memory for the examples.
    public func picked(_ indices: [Int]) throws -> [NDArray] {
        if let bad = indices.first(where: { $0 < 0 || $0 >= count }) {
            throw ArrayError("example \(bad) is none of \(count)")
        }
        return try gathered(indices)
    }

    /// The examples at indices that are known to be in range.
    ///
    /// - Throws: `ArrayError` when there is no memory for them.
    func gathered(_ indices: some Collection<Int>) throws(ArrayError) -> [NDArray] {
        try arrays.map { (array) throws(ArrayError) in
            let stride = array.shape.dropFirst().reduce(array.dtype.size, *)
            let shape = [indices.count] + array.shape.dropFirst()
            func copy(to target: UnsafeMutableRawPointer) {
                array.withUnsafeBytes { source in
                    guard stride > 0, let base = source.baseAddress else { return }
                    for (row, index) in indices.enumerated() {
                        (target + row * stride).copyMemory(
                            from: base + index * stride, byteCount: stride)
                    }
                }
            }
            do throws(MemoryShortage) {
                if array.dtype == .string {
                    let width = array.shape.dropFirst().reduce(1, *)
                    return try array.strings(
                        at: indices.lazy.flatMap { $0 * width..<($0 + 1) * width }, shape: shape)
                }
                return try NDArray(dtype: array.dtype, shape: shape, initializingWith: copy)
            } catch {
                throw ArrayError(error, array.dtype, shape)
            }
        }
    }

    /// The bytes of a batch of so many examples, which are not more than there are.
    private func batchBytes(_ size: Int) -> Int {
        arrays.reduce(0) { $0 + (count == 0 ? 0 : $1.byteCount / count * size) }
    }

    /// Batches of one epoch, in an order that depends on seed and epoch alone.
    ///
    /// - Parameters:
    ///   - size: the examples in a batch; at least 1.
    ///   - shuffleSeed: nil keeps the examples in their order.
    ///   - dropsRemainder: whether a last batch of fewer examples is left out.
    /// - Throws: `ArrayError` when the size is less than 1, there are too many examples to shuffle (more
    ///   than 2³²), or there is no memory for a batch.
    public func batches(
        of size: Int, shuffleSeed: UInt64? = nil, epoch: Int = 0, dropsRemainder: Bool = false
    ) throws -> Batches {
        guard size > 0 else {
            throw ArrayError("a batch of \(size) examples is none; give a size of 1 or more")
        }
        do {
            try MachineMemory.require(batchBytes(Swift.min(size, count)))
        } catch {
            throw ArrayError("a batch of \(size) examples: \(error)")
        }
        var order: [Int]?
        if let shuffleSeed {
            guard count <= 1 << 32 else {
                throw ArrayError("\(count) examples are too many to shuffle")
            }
            var shuffled = Array(0..<count)
            var stream = RandomStream(seed: shuffleSeed, name: "shuffle/\(epoch)")
            // Fisher and Yates; the modulo's bias is below 2⁻³² times the number of examples.
            for i in stride(from: count - 1, to: 0, by: -1) {
                let word = UInt64(stream.nextBits()) << 32 | UInt64(stream.nextBits())
                shuffled.swapAt(i, Int(word % UInt64(i + 1)))
            }
            order = shuffled
        }
        return Batches(
            examples: self, order: order, size: size, dropsRemainder: dropsRemainder)
    }
}

/// The batches of one epoch.
public struct Batches: Sequence, Sendable {
    let examples: Examples
    /// A permutation of the examples' indices; nil for their own order.
    let order: [Int]?
    let size: Int
    let dropsRemainder: Bool

    /// The number of batches.
    public var count: Int {
        let (whole, rest) = examples.count.quotientAndRemainder(dividingBy: size)
        return dropsRemainder || rest == 0 ? whole : whole + 1
    }

    /// Goes through the batches.
    public struct Iterator: IteratorProtocol {
        let batches: Batches
        var position = 0

        /// The next batch, nil at the end of the epoch. A sequence cannot throw: where the memory that was
        /// there for a batch when the batches were made has gone since, the process ends.
        public mutating func next() -> [NDArray]? {
            guard position < batches.count else { return nil }
            defer { position += 1 }
            let start = position * batches.size
            let end = start + Swift.min(batches.size, batches.examples.count - start)
            do {
                return try batches.order.map { try batches.examples.gathered($0[start..<end]) }
                    ?? batches.examples.gathered(start..<end)
            } catch {
                fatalError("\(error)")
            }
        }
    }

    /// An iterator from the first batch on.
    public func makeIterator() -> Iterator { Iterator(batches: self) }
}
