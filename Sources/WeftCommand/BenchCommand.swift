// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftBenchmarks

/// `weft bench`: workloads that other frameworks have been measured on.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure workloads that other frameworks were measured on.",
        discussion: """
            Steps are timed one at a time, but for --callers. Ends with an error when a result is not \
            the other frameworks' within its tolerance.
            """)

    @Option(
        help: "A workload by name or number (W1, W3-mlp-train); may be repeated. All by default.")
    var workload: [String] = []
    @Option(help: "The seconds of timed steps for each workload.")
    var budget = 3.0
    @Option(help: "The most threads that a step uses.")
    var threads = 2
    @Option(
        help: "The most that kernels may use: baseline, avx2 or avx512.",
        transform: InstructionSet.init(argument:))
    var instructionSet: InstructionSet?
    @Option(
        help: """
            Measure how many steps a second this many threads get that run a workload's graph at \
            once, beside one thread alone; for workloads that do not train.
            """)
    var callers: Int?
    @Flag(help: "Print one line of JSON for each workload.")
    var json = false
    @Flag(help: "Only check what is computed, in few steps; no times.")
    var quick = false
    @Option(help: "A folder for the arrays that workloads without training compute, as .npy files.")
    var arrays: String?
    @Flag(help: "Show what the steps of a workload's plan take, instead of measuring it.")
    var profile = false
    @Option(
        help: """
            A file for that, in the trace event format of chrome://tracing and Perfetto; for one \
            workload.
            """)
    var trace: String?
    @Flag(help: "Show a workload's plan, what was fused and why no more, instead of measuring it.")
    var explain = false
    @Flag(help: "Count what a step allocates; for Benchmarks/allocations, which counts.")
    var allocations = false

    func validate() throws {
        for name in workload where Workload.named(name).isEmpty {
            let known = Workload.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no workload '\(name)'. There are: \(known).")
        }
        if !(budget > 0 && budget < 3600) {
            throw ValidationError("--budget must be a number of seconds above 0, not \(budget).")
        }
        if threads < 1 || threads > 1024 {
            throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
        }
        if let callers, callers < 1 || callers > 1024 {
            throw ValidationError("--callers must be from 1 to 1024, not \(callers).")
        }
        let ways = [
            callers != nil, profile || trace != nil || explain, allocations, quick || arrays != nil,
        ]
        if ways.filter(\.self).count > 1 {
            throw ValidationError(
                "Only one at a time: --callers, --allocations, --quick with or without --arrays, or "
                    + "--profile, --trace and --explain together.")
        }
        if trace != nil, chosen.count != 1 {
            throw ValidationError("--trace wants one workload, not \(chosen.count).")
        }
    }

    var chosen: [Workload] {
        workload.isEmpty ? Workload.all : workload.flatMap(Workload.named)
    }

    func run() throws {
        if let instructionSet { try InstructionSet.limit(to: instructionSet) }
        if profile || trace != nil || explain { return try inspect() }
        if let callers { return try measureThroughput(callers) }
        if allocations { return try countAllocations() }
        if let arrays { try ArrayFolder.prepare(arrays) }
        let effort = Effort(budget: quick ? nil : budget, keepsArrays: arrays != nil)
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        var isRight = true
        for workload in chosen {
            let measurement = try workload.measure(
                effort, threads: threads,
                command: [program, BenchProcessCommand.configuration.commandName ?? ""])
            if json {
                print(workload.jsonLine(measurement, threads: threads, version: version))
            } else {
                print(line(workload, measurement))
            }
            if let arrays {
                for (name, array) in measurement.arrays {
                    try ArrayFolder.write(["\(workload.name).\(name)": array], to: arrays)
                }
            }
            for deviation in workload.deviations(of: measurement) {
                isRight = false
                warn("\(deviation)")
            }
        }
        if !isRight { throw ExitCode.failure }
    }

    var version: String { "weft \(WeftCommand.configuration.version)" }

    func warn(_ message: String) {
        FileHandle.standardError.write(Data("weft: \(message)\n".utf8))
    }

    func padded(_ name: String) -> String {
        name.padding(toLength: 23, withPad: " ", startingAt: 0)
    }

    private func line(_ workload: Workload, _ measurement: WeftBenchmarks.Measurement) -> String {
        let name = padded(workload.name)
        if quick {
            return name
                + (workload.deviations(of: measurement).isEmpty ? "is right" : "is not right")
        }
        return "\(name)median \(format(measurement.median, 2)) \(workload.unit), "
            + "minimum \(format(measurement.minimum, 2)), "
            + "90% below \(format(measurement.percentile90, 2)), n = \(measurement.count)"
    }
}

extension InstructionSet {
    fileprivate init(argument: String) throws {
        guard let set = InstructionSet(rawValue: argument) else {
            let known = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(argument)' is none of \(known).")
        }
        self = set
    }
}

/// What `weft bench` runs in processes of their own.
struct BenchProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-process", abstract: "Measure what only a fresh process can show.",
        shouldDisplay: false)

    @Argument(help: "A workload by its name.")
    var workload: String
    @Option(help: "The most threads that a step uses.")
    var threads = 2
    @Option(help: "When the process was started, in microseconds of the monotonic clock.")
    var started: Double

    func run() throws {
        for workload in Workload.named(workload) {
            if let numbers = try workload.measureHere(threads: threads, started: started) {
                FileHandle.standardOutput.write(numbers)
                return
            }
        }
        throw ValidationError("'\(workload)' is no workload that needs a process of its own.")
    }
}
