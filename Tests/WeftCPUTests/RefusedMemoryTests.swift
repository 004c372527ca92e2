// SPDX-License-Identifier: Apache-2.0
#if os(Linux)
import Foundation
import Testing

/// oneDNN without memory: errors, never the end of the process.
@Suite struct RefusedMemoryTests {
    @Test("operations are made and run where there is next to no memory")
    func oneDNN() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(filePath: tests).deletingLastPathComponent()
            .appending(path: "RefusedMemory")
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(text)")
    }
}
#endif
