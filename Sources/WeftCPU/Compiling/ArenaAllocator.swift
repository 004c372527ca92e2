// SPDX-License-Identifier: Apache-2.0

/// Gives out ranges of an arena while a plan is made, and takes them back.
///
/// Free ranges are kept by size class and joined with their neighbours, so a request costs about
/// the same however many there are.
package struct ArenaAllocator {
    static let alignment = 64
    /// The size of the arena so far.
    package private(set) var size = 0

    package init() {}

    private struct Block {
        var offset: Int
        var size: Int
    }

    /// Free blocks by class: four to a power of two. Some entries are stale; see `isFree`.
    private var bins: [[Block]] = Array(repeating: [], count: 64 * 4)
    /// The sizes of the free blocks by their start, and their starts by their end.
    private var sizeByStart: [Int: Int] = [:]
    private var startByEnd: [Int: Int] = [:]

    static func rounded(_ bytes: Int) -> Int {
        max((bytes + alignment - 1) / alignment * alignment, alignment)
    }

    private static func bin(_ size: Int) -> Int {
        let units = size / alignment
        let exponent = Int.bitWidth - 1 - units.leadingZeroBitCount
        let quarter = exponent >= 2 ? units >> (exponent - 2) & 3 : 0
        return exponent * 4 + quarter
    }

    /// The free blocks, by their start.
    var freeBlocks: [(start: Int, bytes: Int)] {
        sizeByStart.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Whether a free block is known by its end, and by its size.
    func isFound(_ start: Int, _ bytes: Int) -> Bool {
        startByEnd[start + bytes] == start
            && bins[Self.bin(bytes)].contains { $0.offset == start && $0.size == bytes }
    }

    private func isFree(_ block: Block) -> Bool { sizeByStart[block.offset] == block.size }

    /// The offset of a range of at least `bytes`.
    package mutating func take(_ bytes: Int) -> Int {
        let size = Self.rounded(bytes)
        let first = Self.bin(size)
        // A block more than twice as large is left for something larger.
        for bin in first..<min(first + 5, bins.count) {
            if let block = takeBlock(from: bin, atLeast: size) { return cut(block, to: size) }
        }
        // Enlarge the arena, by less if its end is free.
        if let start = startByEnd[self.size], let last = sizeByStart[start] {
            remove(Block(offset: start, size: last))
            if last >= size { return cut(Block(offset: start, size: last), to: size) }
            self.size = start + size
            return start
        }
        defer { self.size += size }
        return self.size
    }

    /// The smallest that fits of the last few blocks of a class.
    private mutating func takeBlock(from bin: Int, atLeast size: Int) -> Block? {
        while let last = bins[bin].last, !isFree(last) { bins[bin].removeLast() }
        var best: Int?
        for i in bins[bin].indices.suffix(8)
        where bins[bin][i].size >= size && isFree(bins[bin][i]) {
            if best.map({ bins[bin][i].size < bins[bin][$0].size }) ?? true { best = i }
        }
        guard let best else { return nil }
        let block = bins[bin][best]
        bins[bin].swapAt(best, bins[bin].count - 1)
        bins[bin].removeLast()
        remove(block)
        return block
    }

    private mutating func remove(_ block: Block) {
        sizeByStart[block.offset] = nil
        startByEnd[block.offset + block.size] = nil
    }

    /// Gives back what is left of a block.
    private mutating func cut(_ block: Block, to size: Int) -> Int {
        if block.size > size {
            insert(Block(offset: block.offset + size, size: block.size - size))
        }
        return block.offset
    }

    private mutating func insert(_ block: Block) {
        sizeByStart[block.offset] = block.size
        startByEnd[block.offset + block.size] = block.offset
        bins[Self.bin(block.size)].append(block)
    }

    /// Takes back a range that `take` gave for as many bytes.
    package mutating func give(_ offset: Int, _ bytes: Int) {
        var block = Block(offset: offset, size: Self.rounded(bytes))
        if let size = sizeByStart[block.offset + block.size] {
            remove(Block(offset: block.offset + block.size, size: size))
            block.size += size
        }
        if let start = startByEnd[block.offset], let size = sizeByStart[start] {
            remove(Block(offset: start, size: size))
            block = Block(offset: start, size: block.size + size)
        }
        insert(block)
    }
}
