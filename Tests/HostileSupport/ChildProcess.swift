// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// This program, once more.
public final class ChildProcess {
    /// How the process ended.
    public struct Ending {
        /// Whether it ended by itself, with status 0.
        public let isWell: Bool
        /// Whether it was ended, for it said nothing for too long.
        public let isHang: Bool
        /// What it wrote to standard error.
        public let errors: String
    }

    private let process = Process()
    private let output = Pipe()
    private let errors: URL
    private var buffer: [UInt8] = []
    private var hangs = false

    /// Starts this program with other arguments; with `--print` among them, a fault is told with its frames.
    public init(_ arguments: [String]) {
        errors = FileManager.default.temporaryDirectory
            .appendingPathComponent("hostile-\(UUID().uuidString)")
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
    public func nextLine(within seconds: TimeInterval) -> String? {
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

    /// Waits for the end.
    public func end() -> Ending {
        process.waitUntilExit()
        let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        try? FileManager.default.removeItem(at: errors)
        let isWell = process.terminationReason == .exit && process.terminationStatus == 0
        return Ending(isWell: isWell && !hangs, isHang: hangs, errors: text)
    }
}
