// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport

/// Runs chains in children, and says of each that ended its process which one it was.
struct Parent {
    let options: Options
    private var failures: [String: Int] = [:]
    private var count = (ends: 0, memory: 0, hangs: 0)

    init(_ options: Options) { self.options = options }

    private static let chainsInAChild = 500
    /// Far longer than the deadline of a run.
    private static let patience: TimeInterval = 20

    /// Whether no chain ended its process.
    mutating func run() -> Bool {
        let end = options.first + options.count
        var first = options.first
        let start = Date()
        while first < end {
            let number = min(Self.chainsInAChild, end - first)
            let child = ChildProcess(arguments(first, number))
            var last = first
            while let line = child.nextLine(within: Self.patience) { last = Int(line) ?? last }
            let ending = child.end()
            if ending.isWell {
                first += number
            } else {
                report(last, ending)
                first = last + 1
            }
        }
        let seconds = Int(Date().timeIntervalSince(start))
        Console.write(
            "\(options.count) chains in \(seconds) s: \(count.ends) ended the process, "
                + "\(count.hangs) hung, \(count.memory) ran out of memory\n")
        return count.ends + count.hangs + count.memory == 0
    }

    private func arguments(_ first: Int, _ number: Int) -> [String] {
        var list = [
            "--child", "--seed", "\(options.seed)", "--first", "\(first)", "--chains", "\(number)",
            "--gigabytes", "\(options.gigabytes)",
        ]
        if let only = options.only { list += ["--only", only] }
        return list
    }

    /// Runs the chain again, alone, with its text and where the process ended.
    private mutating func report(_ number: Int, _ ending: ChildProcess.Ending) {
        let child = ChildProcess(arguments(number, 1) + ["--print"])
        var text = ""
        while let line = child.nextLine(within: Self.patience) { text += line + "\n" }
        let again = child.end()
        let words = again.isWell ? ending.errors : again.errors
        let kind: String
        if ending.isHang {
            count.hangs += 1
            kind = "hangs"
        } else if ["memory", "bad_alloc", "allocat"].contains(where: { words.contains($0) }) {
            count.memory += 1
            kind = "runs out of memory"
        } else {
            count.ends += 1
            kind = "ends the process"
        }
        // The same line of the framework is the same fault.
        let frames = words.split(separator: "\n").filter {
            $0.contains(" at /") || $0.contains("Fatal error")
        }
        let signature =
            kind + (frames.first.map(String.init) ?? text.split(separator: " ")[0...1].joined())
        failures[signature, default: 0] += 1
        if failures[signature, default: 0] > 2 { return }
        Console.write(
            "chain \(number) of seed \(options.seed) \(kind)"
                + (again.isWell ? ", but not alone" : "") + ":\n\(text)"
                + frames.prefix(8).map { "    \($0)\n" }.joined() + "\n")
    }
}
