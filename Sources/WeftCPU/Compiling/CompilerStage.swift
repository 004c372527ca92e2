// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What the compiler's passes take and make: a program, a draft, units, recipes with their places.
///
/// Each stage is one type that says what passes after it take for granted. Under verification that is
/// looked at after every pass; otherwise nothing is kept or looked at for it.
package protocol CompilerStage {
    /// Requires all that must hold.
    func verify(_ check: StageCheck) throws
}

extension CompilerStage {
    /// Looks at what a pass has made.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(after pass: String) throws { try verify(StageCheck(pass: pass)) }
}

/// The verification of a stage after one pass.
package struct StageCheck {
    /// The pass that has just run.
    let pass: String

    /// - Throws: `RunError` that names the pass and what does not hold after it.
    func require(_ holds: Bool, _ broken: @autoclosure () -> String) throws {
        if holds { return }
        throw RunError(
            .unsupported,
            "after the compiler's pass '\(pass)' \(broken()): the graph would give wrong results. "
                + "Please report it")
    }
}

extension Program: CompilerStage {
    package func verify(_ check: StageCheck) throws {
        do {
            try verify()
        } catch let error as RunError {
            try check.require(false, error.text)
        }
    }
}
