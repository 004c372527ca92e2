// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Notes

/// `weft notes`: the four notes on TensorFlow that Weft began from.
struct NotesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notes",
        abstract: "Replay four small TensorFlow programs and compare with TensorFlow's numbers.",
        discussion: "Ends with an error when a number is off. Times and memory are shown besides.")

    @Flag(help: "Take few steps: the numbers, but nothing about memory.")
    var quick = false

    func run() throws {
        let start = ContinuousClock.now
        let reports = try Notes.runAll(steps: quick ? .quick : .full)
        for report in reports { print("\(report)\n") }
        let checks = reports.flatMap(\.checks)
        let wrong = checks.filter { !$0.ok }.count
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\(checks.count - wrong) of \(checks.count) checks hold (\(format(seconds, 1)) s)")
        if wrong > 0 { throw ExitCode.failure }
    }
}
