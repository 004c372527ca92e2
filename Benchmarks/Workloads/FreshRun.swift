// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// A workload that must be the first thing that its process does.
struct FreshRun: Sendable {
    /// How many processes are measured.
    let processes: Int
    /// The numbers that are a measurement's median, minimum and 90th percentile over the processes:
    /// the first as such, the others under their own names.
    let measured: [String]
    /// What the process does; `startup` is the microseconds that it took to begin.
    let body: @Sendable (_ threads: Int, _ startup: Double) throws -> [String: Double]

    func measure(
        _ name: String, _ effort: Effort, threads: Int, command: [String]
    ) throws -> Measurement {
        let runs = try (0..<(effort.budget == nil ? 1 : processes)).map { _ in
            command.isEmpty
                ? try body(threads, 0)
                : try FreshProcess.run(command + [name, "--threads", "\(threads)"])
        }
        var result = Measurement()
        result.check = runs.first?["check"] ?? .nan
        for (index, key) in measured.enumerated() {
            var part = Measurement()
            part.setTimes(runs.compactMap { $0[key] })
            if index == 0 {
                (result.median, result.minimum) = (part.median, part.minimum)
                (result.percentile90, result.count) = (part.percentile90, part.count)
            } else {
                result.extras += [
                    ("\(key)_median", part.median), ("\(key)_min", part.minimum),
                    ("\(key)_p90", part.percentile90),
                ]
            }
        }
        let others = Set(runs.first?.keys.map(\.self) ?? []).subtracting(measured + ["check"])
        for key in others.sorted() { result.extras.append((key, runs[0][key] ?? .nan)) }
        return result
    }
}

extension Workload {
    /// Does in this process what must be the first thing that a process does.
    ///
    /// - Parameter started: When the process was started, on this machine's monotonic clock in microseconds.
    /// - Returns: What was measured, for `FreshProcess` to read; nil when the workload needs no such process.
    /// - Throws: what a run throws.
    public func measureHere(threads: Int, started: Double) throws -> Data? {
        guard case .freshProcess(let run) = body else { return nil }
        return try JSONEncoder().encode(try run.body(threads, microseconds() - started))
    }
}

/// Runs the program again.
public enum FreshProcess {
    /// A process that did not end well.
    public struct Failure: Error, CustomStringConvertible {
        /// What was run, and how it ended.
        public let description: String
    }

    /// The numbers that the process prints as JSON.
    static func run(_ command: [String]) throws -> [String: Double] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        let output = Pipe()
        process.standardOutput = output
        process.arguments = command.dropFirst() + ["--started", "\(microseconds())"]
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = command.joined(separator: " ")
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Failure(description: "'\(text)' ended with \(process.terminationStatus)")
        }
        guard let result = try? JSONDecoder().decode([String: Double].self, from: data) else {
            throw Failure(description: "'\(text)' printed no numbers")
        }
        return result
    }
}
