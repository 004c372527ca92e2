// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The bytes that a run of a plan takes besides its inputs, known before it runs. Lists, which grow
/// while a loop runs, are not among them.
struct PlanMemory {
    /// What is kept between runs: the arena, and those of branches and loop bodies.
    var frame = 0
    /// The results that steps write into new memory.
    var results = 0
    /// The most that a step takes for itself while it runs.
    var scratch = 0
    /// The step that needs the most, by its recipe's first instruction, and how much that is.
    var largest: (instruction: Int, bytes: Int) = (-1, 0)

    var total: Int { frame + results + scratch }
}

extension Plan {
    /// The words for what needs the most memory.
    private var largestStep: String {
        memory.largest.instruction < 0
            ? "the run"
            : "\(program.instructions[memory.largest.instruction].label) "
                + "(\(memory.largest.bytes) bytes)"
    }

    /// - Throws: `RunError` when a run needs more than `limit` bytes, or than the process can have.
    func requireMemory(within limit: Int?) throws {
        let bytes = memory.total
        if let limit, bytes > limit {
            throw RunError(.memoryLimit(bytes: bytes, limit: limit, largest: largestStep))
        }
        if !ArraySize.fits(bytes: bytes) { throw shortage }
    }

    /// - Throws: `RunError` when a run needs more memory than can be had now.
    func requireMemory() throws {
        do {
            try MachineMemory.require(memory.total)
        } catch {
            throw shortage
        }
    }

    private var shortage: RunError {
        MemoryShortage(bytes: memory.total).runError(
            "the run, the most of it for \(largestStep)")
    }

    /// - Throws: `RunError` when there is no memory for the arena.
    func makeFrame() throws -> Frame {
        do {
            return try Frame(self)
        } catch {
            throw shortage
        }
    }
}
