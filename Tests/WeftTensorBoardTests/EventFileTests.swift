// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Testing
import WeftArrays
import WeftFormats
import WeftTensorBoard
import WeftTestSupport

/// Records, files, threads, and what is left of a file that was cut off or could not be written.
@Suite struct EventFileTests {
    @Test("a record is framed as TensorFlow frames it")
    func framing() {
        // Checksums by a program of their definition, bit by bit.
        let expected: [UInt8] = [
            0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xB0, 0x99,
            0x49, 0x0E, 0x61, 0x62, 0x63, 0x6E, 0x57, 0xF1, 0x21,
        ]
        #expect(RecordFraming.framed(Array("abc".utf8)) == expected)
    }

    @Test("the file's name and first event are TensorBoard's, and what is written is read")
    func roundTrip() throws {
        try inFolder { folder in
            let writer = try EventWriter("\(folder)/a/b", suffix: ".x y")
            let name = URL(fileURLWithPath: writer.path).lastPathComponent
            let pid = ProcessInfo.processInfo.processIdentifier
            #expect(name.hasPrefix("events.out.tfevents.") && name.hasSuffix(".x_y"), "\(name)")
            #expect(name.contains(".\(pid)."), "\(name)")
            // The first event is there at once, for TensorBoard to see the run.
            guard case .version("brain.Event:2", "weft") = try events(writer.path)[0].content else {
                Issue.record("no version")
                return
            }
            let time = Date(timeIntervalSince1970: 1_700_000_000.25)
            try writer.addScalar("loss", 0.5, step: 3, time: time)
            try writer.addScalar("loss", Float.nan, step: 4)
            try writer.addScalars(["b": 2, "a": -.infinity], step: .max)
            try writer.close()
            try writer.close()
            let all = try events(writer.path)
            #expect(all.map(\.step) == [0, 3, 4, .max])
            #expect(all[1].time == time)
            #expect(abs(all[2].time.timeIntervalSinceNow) < 60)
            let log = try EventLog("\(folder)/a/b")
            #expect(log.scalars("loss")[0].value == 0.5 && log.scalars("loss")[1].value.isNaN)
            #expect(log.scalars("a")[0].value == -.infinity)
            #expect(log.scalarTags == ["a", "b", "loss"])
            #expect(try EventLog.runs(in: folder) == ["a/b"])
            let closed = try error(SummaryError.self) { try writer.addScalar("x", 1.0, step: 0) }
            #expect(closed.kind == .closed && "\(closed)".contains(writer.path))
        }
    }

    @Test("a training that is resumed hides what earlier files say of later steps")
    func resuming() throws {
        try inFolder { folder in
            let first = try EventWriter(folder)
            for step in 0..<10 { try first.addScalar("loss", Double(step), step: step) }
            try first.close()
            let second = try EventWriter(folder, resumingAt: 6)
            try second.addScalar("loss", 60.0, step: 6)
            try second.close()
            let points = try EventLog(folder).scalars("loss")
            #expect(points.map(\.step) == [0, 1, 2, 3, 4, 5, 6])
            #expect(points.last?.value == 60)
        }
    }

    @Test("events reach the file without flush, and many threads write whole events")
    func threads() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder, flushingEvery: .milliseconds(20))
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for step in 0..<500 {
                    try? writer.addScalar("thread \(thread)", Double(step), step: step)
                }
            }
            let deadline = Date(timeIntervalSinceNow: 20)
            while try events(writer.path).count < 4001, Date() < deadline {
                Thread.sleep(forTimeInterval: 0.02)
            }
            let log = try EventLog(folder)
            for thread in 0..<8 {
                #expect(log.scalars("thread \(thread)").map(\.step) == Array(0..<500))
            }
            try writer.close()
        }
    }

    @Test("a writer that is let go of writes what it has")
    func released() throws {
        try inFolder { folder in
            do {
                let writer = try EventWriter(folder)
                try writer.addScalar("x", 1.0, step: 0)
            }
            #expect(try EventLog(folder).scalars("x").count == 1)
        }
    }

    @Test("of a file that was cut off anywhere, the whole records are read")
    func torn() throws {
        try inFolder { folder in
            let writer = try EventWriter("\(folder)/whole")
            for step in 0..<3 { try writer.addScalar("x", Double(step), step: step) }
            try writer.close()
            let whole = try bytes(writer.path)
            var ends: [Int] = []
            var reader = try RecordReader(writer.path)
            while try reader.next() != nil { ends.append(reader.position) }
            #expect(ends.count == 4 && ends.last == whole.count)
            let path = "\(folder)/events.out.tfevents.cut"
            for length in 0...whole.count {
                try write(whole[..<length], to: path)
                let reader = try EventReader(path)
                var count = 0
                while try reader.next() != nil { count += 1 }
                #expect(count == ends.count { $0 <= length })
                let isWhole = length == 0 || ends.contains(length)
                #expect((reader.tornEnd == nil) == isWhole, "\(length)")
                #expect(reader.tornEnd?.kind == (isWhole ? nil : .truncated))
            }
        }
    }

    @Test("a byte that is changed anywhere is an error that names the file and the record")
    func damaged() throws {
        try inFolder { folder in
            let writer = try EventWriter("\(folder)/whole")
            try writer.addScalar("x", 1.0, step: 0)
            try writer.close()
            let whole = try bytes(writer.path)
            let path = "\(folder)/events.out.tfevents.damaged"
            for index in whole.indices {
                var damaged = whole
                damaged[index] ^= 0x10
                try write(damaged, to: path)
                let fault = try error(FileError.self) { _ = try events(path) }
                #expect(fault.kind == .malformed && fault.path == path, "\(fault)")
                #expect(fault.offset.map { $0 <= index } ?? false)
            }
            // A record that claims more than there is, with the right checksum.
            let length: [UInt8] = Array(repeating: 0xFF, count: 8)
            let sum = CRC32C(of: length).masked
            let hostile = length + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
            try write(hostile + [0, 0, 0, 0, 0, 0], to: path)
            let reader = try EventReader(path)
            #expect(try reader.next() == nil && reader.tornEnd != nil)
            // A whole record that is no event: what follows is still read.
            try write(
                RecordFraming.framed([0x0A, 0xFF]) + whole, to: path)
            let other = try EventReader(path)
            #expect(try error(FileError.self) { _ = try other.next() }.kind == .malformed)
            #expect(try other.next() != nil)
            #expect(
                try error(FileError.self) { _ = try EventReader("\(folder)/none") }.path.hasSuffix(
                    "none"))
        }
    }

    @Test("a folder that cannot be made is an error at once")
    func noFolder() throws {
        try inFolder { folder in
            try write([], to: "\(folder)/file")
            let fault = try error(FileError.self) { _ = try EventWriter("\(folder)/file/run") }
            guard case .system = fault.kind else {
                Issue.record("\(fault)")
                return
            }
        }
    }

    // MARK: A full disk

    private static let mark = "WEFT_FULL_DISK"
    private static let isLimited = ProcessInfo.processInfo.environment[mark] != nil

    /// A limit on the size of files is met as a full disk is.
    @Test(
        "a full disk is an error of the next call, and what was written stays",
        .enabled(if: !isLimited))
    func fullDisk() throws {
        let run = try FinishedProcess(
            try #require(FinishedProcess.executable),
            [
                "--testing-library", "swift-testing", "--filter", "EventFileTests/underLimit",
            ],
            setup: "trap '' XFSZ; ulimit -f 64", environment: [Self.mark: "1"], within: 120)
        #expect(run.status == 0, "\(run)")
        #expect("\(run)".contains("1 test"), "\(run)")
    }

    @Test("with 64 KiB of room", .enabled(if: isLimited))
    func underLimit() throws {
        try inFolder { folder in
            let writer = try EventWriter(folder)
            // As much as there is no room for is taken, and said by the flush.
            var taken = 0
            for step in 0..<1500 {
                try writer.addText("text", String(repeating: "x", count: 60), step: step)
                taken += 1
            }
            let full = try error(FileError.self) { try writer.flush() }
            guard case .system(EFBIG) = full.kind else {
                Issue.record("\(full)")
                return
            }
            #expect(full.path == writer.path)
            // Again and again: nothing more is taken, nothing is lost.
            for _ in 0..<3 {
                _ = try error(FileError.self) { try writer.addScalar("x", 1.0, step: 0) }
            }
            let reader = try EventReader(writer.path)
            var count = 0
            while try reader.next() != nil { count += 1 }
            #expect(count > 100 && count < taken)
            #expect(reader.tornEnd != nil)
            // Closing cuts off the record that has no room.
            _ = try error(FileError.self) { try writer.close() }
            #expect(try EventReader(writer.path).tornEnd == nil)
            #expect(try events(writer.path).count == count)
            #expect(try EventLog(folder).values["text"]?.map(\.step) == Array(0..<count - 1))
        }
    }
}
