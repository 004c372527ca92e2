// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftCPU

/// An instruction set in use. It is one for the process, so who chooses one waits until nobody else has.
///
/// ```swift
/// guard let choice = InstructionSetChoice(set) else { return }
/// defer { choice.end() }
/// ```
struct InstructionSetChoice {
    private static let taken = NSLock()
    private let best: CPUEngine.InstructionSet

    /// nil if the machine does not have it.
    init?(_ set: CPUEngine.InstructionSet) {
        Self.taken.lock()
        best = CPUEngine.instructionSet
        guard CPUEngine.selectInstructionSet(set) else {
            Self.taken.unlock()
            return nil
        }
    }

    /// Restores what was in use before.
    func end() {
        _ = CPUEngine.selectInstructionSet(best)
        Self.taken.unlock()
    }
}
