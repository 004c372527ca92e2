// SPDX-License-Identifier: Apache-2.0
import Foundation

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

/// This program, once more.
final class ChildProcess {
    struct Ending {
        var isWell: Bool
        var isHang: Bool
        var errors: String
    }

    private let process = Process()
    private let output = Pipe()
    private let errors: URL
    private var buffer: [UInt8] = []
    private var hangs = false

    init(_ arguments: [String]) {
        errors = FileManager.default.temporaryDirectory
            .appendingPathComponent("hostile-\(getpid())-\(arguments[4])")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errors.path)
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] =
            arguments.contains("--print")
            ? "enable=yes,color=no,limit=24,threads=crashed,images=none,registers=none,sanitize=no"
            : "enable=no"
        process.environment = environment
        do { try process.run() } catch { Console.write("\(error)\n", to: 2) }
    }

    /// The next line of output; nil at its end, and after `seconds` without one.
    func nextLine(within seconds: TimeInterval) -> String? {
        let descriptor = output.fileHandleForReading.fileDescriptor
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&poller, 1, Int32(seconds * 1000)) <= 0 {
                hangs = true
                process.terminate()
                kill(process.processIdentifier, SIGKILL)
                return rest()
            }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &bytes, bytes.count)
            if count <= 0 { return rest() }
            buffer += bytes.prefix(count)
        }
    }

    private func rest() -> String? {
        if buffer.isEmpty { return nil }
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    func end() -> Ending {
        process.waitUntilExit()
        let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        try? FileManager.default.removeItem(at: errors)
        let isWell = process.terminationReason == .exit && process.terminationStatus == 0
        return Ending(isWell: isWell && !hangs, isHang: hangs, errors: text)
    }
}
