// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport

/// Runs executions in children, and says of each that failed which one it was.
struct Supervisor {
    private let options: Options
    private var failures: [String: Int] = [:]
    private var failed = 0

    init(_ options: Options, _ seeds: Seeds) throws {
        self.options = options
        let counts = Dictionary(grouping: seeds.all, by: \.format.name).mapValues(\.count)
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        Console.write("seeds: \(list.joined(separator: ", "))\n")
    }

    private static let inAChild = 20_000
    /// For one execution.
    private static let patience: TimeInterval = 20

    /// Whether no execution failed.
    mutating func run() throws -> Bool {
        let start = Date()
        var ranges: [Range<Int>] = stride(
            from: options.first, to: options.first + options.count, by: Self.inAChild
        ).map { $0..<min($0 + Self.inAChild, options.first + options.count) }.reversed()
        var children: [(child: ChildProcess, range: Range<Int>)] = []
        while !ranges.isEmpty || !children.isEmpty {
            while children.count < options.jobs, let range = ranges.popLast() {
                children.append((ChildProcess(options.child(range, ["--child"])), range))
            }
            // The oldest is heard first; the others' pipes hold what they say meanwhile, or they wait.
            let (child, range) = children.removeFirst()
            var last = range.lowerBound
            while let line = child.nextLine(within: Self.patience) { last = Int(line) ?? last }
            let ending = child.end()
            if !ending.isWell {
                report(last, ending)
                if last + 1 < range.upperBound { ranges.append(last + 1..<range.upperBound) }
            }
        }
        let seconds = Int(Date().timeIntervalSince(start))
        Console.write("\(options.count) executions in \(seconds) s: \(failed) failed\n")
        return failed == 0
    }

    /// Runs the execution again, alone, with its text and where the process ended.
    private mutating func report(_ number: Int, _ ending: ChildProcess.Ending) {
        failed += 1
        let keep = options.keep.map { ["--keep", $0] } ?? []
        let child = ChildProcess(options.child(number..<number + 1, ["--print"] + keep))
        var text = ""
        while let line = child.nextLine(within: Self.patience) { text += line + "\n" }
        let again = child.end()
        let words = again.isWell ? ending.errors : again.errors
        let lines = words.split(separator: "\n")
        let frames = lines.filter { $0.contains(" at /") || $0.contains("Fatal error") }
        let kind = ending.isHang ? "hangs" : frames.isEmpty ? "" : "ends the process"
        let told = frames.isEmpty ? lines.prefix(3) : frames.prefix(10)
        // The same line of the framework is the same fault; numbers and names are the file's.
        let signature =
            kind + (told.first.map { String($0.filter { !$0.isNumber }.prefix(120)) } ?? text)
        failures[signature, default: 0] += 1
        if failures[signature, default: 0] > 2 { return }
        Console.write(
            "execution \(number) of seed \(options.seed) \(kind)"
                + (again.isWell ? " but not alone" : "") + ":\n    \(text)"
                + told.map { "    \($0.prefix(400))\n" }.joined() + "\n")
    }
}
