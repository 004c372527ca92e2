// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import WeftBenchmarks

/// `weft bench`: workloads that other frameworks have been measured on.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure workloads that other frameworks were measured on.",
        discussion: """
            Steps are timed one at a time. Ends with an error when a result is not the other \
            frameworks' within its tolerance.
            """)

    @Option(
        help: "A workload by name or number (W1, W3-mlp-train); may be repeated. All by default.")
    var workload: [String] = []
    @Option(help: "The seconds of timed steps for each workload.")
    var budget = 3.0
    @Option(help: "The most threads that a step uses.")
    var threads = 2
    @Flag(help: "Print one line of JSON for each workload.")
    var json = false

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
    }

    func run() throws {
        let workloads = workload.isEmpty ? Workload.all : workload.flatMap { Workload.named($0) }
        var isRight = true
        for workload in workloads {
            let measurement = try workload.measure(budget: budget, threads: threads)
            if json {
                let version = "weft \(WeftCommand.configuration.version)"
                print(workload.jsonLine(measurement, threads: threads, version: version))
            } else {
                let name = workload.name.padding(toLength: 22, withPad: " ", startingAt: 0)
                print(
                    "\(name)median \(format(measurement.median, 2)) us, "
                        + "minimum \(format(measurement.minimum, 2)), "
                        + "90% below \(format(measurement.percentile90, 2)), "
                        + "\(measurement.count) steps")
            }
            for deviation in workload.deviations(of: measurement) {
                isRight = false
                FileHandle.standardError.write(Data("weft: \(deviation)\n".utf8))
            }
        }
        if !isRight { throw ExitCode.failure }
    }
}
