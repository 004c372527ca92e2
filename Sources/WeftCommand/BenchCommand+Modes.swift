// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftBenchmarks

// What else `weft bench` can say of a workload than the time of a step.

extension BenchCommand {
    func inspect() throws {
        for workload in chosen {
            guard let inspection = try Inspection(workload, threads: threads) else {
                warn(withoutSteps: workload)
                continue
            }
            print(workload.name)
            if explain { print(try inspection.explain()) }
            guard profile || trace != nil else { continue }
            let taken = try inspection.profile()
            if profile { print(taken) }
            if let trace {
                do {
                    try taken.chromeTrace().write(toFile: trace, atomically: true, encoding: .utf8)
                } catch {
                    throw ValidationError("cannot write '\(trace)': \(error.localizedDescription)")
                }
            }
        }
    }

    func measureThroughput(_ callers: Int) throws {
        var isRight = true
        for workload in chosen {
            let measured = try Throughput(
                workload, callers: callers, threads: threads, budget: budget)
            guard let measured else {
                warn("\(workload.name) trains, or has no steps on a warm program")
                continue
            }
            if json {
                print(measured.jsonLine(workload, threads: threads, version: version))
            } else {
                print(
                    padded(workload.name) + "\(format(measured.alone, 0)) steps/s by one caller, "
                        + "\(format(measured.together, 0)) by \(callers), "
                        + "\(format(measured.together / measured.alone, 2)) times as many")
            }
            for deviation in measured.deviations {
                isRight = false
                warn("\(deviation)")
            }
        }
        if !isRight { throw ExitCode.failure }
    }

    private func warn(withoutSteps workload: Workload) {
        warn("\(workload.name) has no steps on a warm program")
    }

    func countAllocations() throws {
        var isRight = true
        for workload in chosen {
            guard let counted = try Allocations(workload, threads: threads) else {
                warn(withoutSteps: workload)
                continue
            }
            if json {
                print(counted.jsonLine(workload, threads: threads, version: version))
            } else {
                print(
                    padded(workload.name)
                        + "\(counted.own) allocations of \(counted.ownBytes) bytes a step, and oneDNN's "
                        + "\(counted.vendor) of \(counted.vendorBytes)")
            }
            if !counted.isRight {
                isRight = false
                warn(
                    "\(workload.name): must be at most \(counted.most) allocations of "
                        + "\(counted.mostBytes) bytes a step")
            }
        }
        if !isRight { throw ExitCode.failure }
    }
}
