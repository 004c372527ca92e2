// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How many nodes the chains have that show a pass to take linear time and a flat stack, or as many
/// as `WEFT_LONG_CHAIN` says in the environment (a multiple of 64, so that parts are alike).
///
/// A recursion along a chain ends on any small stack at this length already; a million nodes with
/// their gradients and plan hold gigabytes, which not every machine has at hand for tests side by side.
package let longChainLength =
    ProcessInfo.processInfo.environment["WEFT_LONG_CHAIN"].flatMap(Int.init) ?? 128_000

/// `body`, called with an eighth of a length and with the length, took more than linear time.
package struct NotLinear: Error, CustomStringConvertible {
    package var description: String
}

/// Throws ``NotLinear`` where `body`, called with an eighth of `length` and with `length`, takes more
/// than linear time.
///
/// Other tests run beside this one and the system may be slow to find memory, so the bound is three
/// times eight, and the best of three attempts counts; a quadratic pass takes 64 times as long.
package func checkLinearTime(
    _ length: Int = longChainLength, _ body: (_ length: Int) throws -> Void
) throws {
    let clock = ContinuousClock()
    var attempts: [String] = []
    for _ in 0..<3 {
        let short = try clock.measure { try body(length / 8) }
        let long = try clock.measure { try body(length) }
        if long < short * 24 + .milliseconds(100) { return }
        attempts.append("\(length / 8): \(short), \(length): \(long)")
    }
    throw NotLinear(description: "more than linear time: \(attempts)")
}
