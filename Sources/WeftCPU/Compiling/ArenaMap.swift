// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What lies where in a plan's arena, and while which steps run.
package struct ArenaMap {
    package struct Allocation {
        package var offset: Int
        package var bytes: Int
        /// From the step that writes it to the last that needs it.
        package var steps: ClosedRange<Int>

        package init(offset: Int, bytes: Int, steps: ClosedRange<Int>) {
            self.offset = offset
            self.bytes = bytes
            self.steps = steps
        }
    }

    package var allocations: [Allocation] = []
    package var size = 0

    package init() {}

    /// Checks that nothing lies outside of the arena, and that no two arrays that are needed at once
    /// overlap.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(after pass: String) throws {
        let stage = StageVerification(pass: pass)
        var alive: [Allocation] = []
        for next in allocations.sorted(by: { $0.steps.lowerBound < $1.steps.lowerBound }) {
            try stage.require(
                next.offset >= 0 && next.offset % ArenaAllocator.alignment == 0
                    && next.offset + next.bytes <= size,
                "an array of \(next.bytes) bytes lies at \(next.offset) of an arena of \(size)")
            alive.removeAll { $0.steps.upperBound < next.steps.lowerBound }
            for other in alive {
                try stage.require(
                    other.offset + other.bytes <= next.offset
                        || next.offset + next.bytes <= other.offset,
                    "arrays of \(other.bytes) and \(next.bytes) bytes overlap at \(next.offset) "
                        + "in step \(next.steps.lowerBound)")
            }
            if next.bytes > 0 { alive.append(next) }
        }
    }
}

extension ArenaAllocator {
    /// Checks that the free blocks lie inside the arena, apart from each other, and are found from
    /// both ends.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(after pass: String) throws {
        let stage = StageVerification(pass: pass)
        var end = -1
        for (start, bytes) in freeBlocks {
            try stage.require(
                start > end && bytes > 0 && start + bytes <= size,
                "free memory from \(start) to \(start + bytes) of an arena of \(size) is free twice, "
                    + "or lies outside")
            end = start + bytes
        }
        try stage.require(
            freeBlocks.allSatisfy { isFound($0.start, $0.bytes) },
            "free memory is not found from both of its ends")
    }
}
