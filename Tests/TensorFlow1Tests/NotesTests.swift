// SPDX-License-Identifier: Apache-2.0
import Notes
import Testing
import WeftBenchmarks
import WeftGraph

/// What uses TensorFlow 1's collection of variables, of which a process has one.
@Suite(.serialized) struct TensorFlow1Tests {}

extension TensorFlow1Tests {
    @Suite("The four notes, with few steps") struct NotesTests {
        @Test("agree with TensorFlow's numbers", arguments: 1...4)
        func numbers(_ note: Int) throws {
            let report = try Notes.run(note, steps: .quick)
            #expect(!report.checks.isEmpty)
            for check in report.checks {
                #expect(check.ok, "\(check.name): \(check.actual), must be \(check.expected)")
            }
        }

        @Test("say so when a number is off")
        func offNumbers() throws {
            var report = NoteReport("")
            report.check("equal", [1, 2], is: [1, 2])
            report.check("near", [10], isNear: [10.000001])
            #expect(report.isRight)
            for wrong in [[1.0], [1, 2.5], [1, .nan]] {
                report.check("wrong", wrong, is: [1, 2])
                report.check("wrong", wrong, isNear: [1, 2])
            }
            report.check("wrong", [-0.0], hasBitsOf: [0.0])
            report.check("wrong", throwsMentioning: "no") {}
            #expect(report.checks.filter { !$0.ok }.count == 8)
            #expect(!report.isRight)
            #expect("\(report)".contains("must be: [1, 2]"))
        }
    }
}

@Suite("The workloads of `weft bench`") struct WorkloadTests {
    @Test("begin with the numbers that all frameworks begin with")
    func inputs() {
        #expect(
            (0..<4).map { Numbers.hash32(1, $0) } == [
                520_022_130, 3_849_843_626, 349_597_239, 662_758_370,
            ])
        let expected: [Float] = [-0.7578459, 0.79272306, -0.8372061, -0.6913792]
        #expect(Numbers.uniform(1, [4]).doubles == expected.map(Double.init))
        let labels = Numbers.labels(1, 4, classes: 10).doubles
        #expect(labels == [0, 6, 9, 0])
    }

    @Test("compute what all frameworks compute", arguments: ["W1", "W4", "W12-matmul-64", "W14"])
    func checks(_ name: String) throws {
        for workload in Workload.named(name) {
            let measurement = try workload.measure(Effort(budget: 0.01), threads: 2)
            #expect(workload.deviations(of: measurement).isEmpty)
            let line = workload.jsonLine(measurement, threads: 2, version: "weft")
            #expect(line.hasPrefix("{\"workload\": \"\(workload.name)\", \"peer\": \"weft\""))
        }
        #expect(!Workload.named(name).isEmpty)
    }

    @Test("compute it in few steps too", arguments: ["W7", "W8", "W9", "W13-compile-W3", "W15"])
    func quickChecks(_ name: String) throws {
        for workload in Workload.named(name) {
            let measurement = try workload.measure(Effort(budget: nil), threads: 2)
            let deviations = workload.deviations(of: measurement)
            #expect(deviations.isEmpty, "\(deviations)")
        }
        #expect(!Workload.named(name).isEmpty)
    }

    @Test("run by several callers at once compute the same")
    func callers() throws {
        let workload = try #require(Workload.named("W12-matmul-64").first)
        let measured = try #require(
            try Throughput(workload, callers: 3, threads: 1, budget: 0.1))
        #expect(measured.callers == 3)
        #expect(measured.alone > 0 && measured.together > 0)
        #expect(measured.deviations.isEmpty)
        let training = try #require(Workload.named("W4").first)
        #expect(try Throughput(training, callers: 2, threads: 1, budget: 0.1) == nil)
    }

    @Test("say so when a check is off")
    func deviations() throws {
        let other = try #require(Workload.named("W12-matmul-256").first)
        let workload = try #require(Workload.named("W12-matmul-64").first)
        let measurement = try workload.measure(Effort(budget: nil), threads: 2)
        #expect(workload.deviations(of: measurement).isEmpty)
        #expect(other.deviations(of: measurement).count == 1)
    }

    @Test("keep what they computed when asked")
    func arrays() throws {
        let workload = try #require(Workload.named("W11").first)
        let kept = try workload.measure(Effort(budget: nil, keepsArrays: true), threads: 2)
        #expect(kept.arrays["gradient"]?.shape == [4096, 1000])
        #expect(kept.arrays["loss"]?.shape == [])
        #expect(try workload.measure(Effort(budget: nil), threads: 2).arrays.isEmpty)
    }

    @Test("have names and numbers that find them")
    func names() {
        #expect(Workload.named("W1").map(\.name) == ["W1-dispatch-mul"])
        #expect(Workload.named("W12").count == 4)
        #expect(Workload.named("W").isEmpty)
        #expect(Set(Workload.all.map(\.name)).count == Workload.all.count)
    }
}
