// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What lies where in a plan's arena, and while which steps run.
package struct ArenaMap: CompilerStage {
    package struct Allocation {
        package var offset: Int
        package var bytes: Int
        /// From the step that writes it to the last that reads it.
        package var steps: ClosedRange<Int>

        package init(offset: Int, bytes: Int, steps: ClosedRange<Int>) {
            self.offset = offset
            self.bytes = bytes
            self.steps = steps
        }

        fileprivate var end: Int { offset + bytes }
    }

    package var allocations: [Allocation] = []
    package var size: Int

    package init(size: Int) { self.size = size }

    /// Nothing lies outside of the arena, and no two arrays that are needed at once overlap.
    package func verify(_ check: StageCheck) throws {
        let arrays = allocations.filter { $0.bytes > 0 }
            .sorted { $0.steps.lowerBound < $1.steps.lowerBound }
        var ending = arrays.sorted { $0.steps.upperBound < $1.steps.upperBound }[...]
        // What is needed at one step, by offset.
        var alive: [Allocation] = []
        for next in arrays {
            try check.require(
                next.offset >= 0 && next.offset % ArenaAllocator.alignment == 0 && next.end <= size,
                "an array of \(next.bytes) bytes lies at \(next.offset) of an arena of \(size)")
            while let over = ending.first, over.steps.upperBound < next.steps.lowerBound {
                alive.remove(at: Self.place(of: over.offset, in: alive))
                ending.removeFirst()
            }
            let place = Self.place(of: next.offset, in: alive)
            for other in alive[max(place - 1, 0)..<min(place + 1, alive.count)] {
                try check.require(
                    other.end <= next.offset || next.end <= other.offset,
                    "arrays of \(other.bytes) and \(next.bytes) bytes overlap at \(next.offset) "
                        + "in step \(next.steps.lowerBound)")
            }
            alive.insert(next, at: place)
        }
    }

    /// The place of the first allocation from an offset on.
    private static func place(of offset: Int, in alive: [Allocation]) -> Int {
        var places = alive.indices
        while let first = places.first {
            let middle = first + places.count / 2
            places =
                alive[middle].offset < offset ? middle + 1..<places.endIndex : first..<middle
        }
        return places.startIndex
    }
}

extension ArenaAllocator: CompilerStage {
    /// The free blocks lie inside the arena, apart from each other, and are found from both ends.
    package func verify(_ check: StageCheck) throws {
        var end = -1
        for (start, bytes) in freeBlocks {
            try check.require(
                start > end && bytes > 0 && start + bytes <= size,
                "free memory from \(start) to \(start + bytes) of an arena of \(size) is free twice, "
                    + "or lies outside")
            end = start + bytes
        }
        try check.require(
            freeBlocks.allSatisfy { isFound($0.start, $0.bytes) },
            "free memory is not found from both of its ends")
    }
}
