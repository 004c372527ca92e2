// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a stage of the compiler must be for the passes after it, looked at after each pass when
/// programs are verified.
struct StageVerification {
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

    /// Does what may throw, and names the pass in what it throws.
    func naming(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as RunError {
            try require(false, "\(error)")
        }
    }
}
