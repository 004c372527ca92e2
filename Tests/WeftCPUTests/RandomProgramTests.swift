// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Random graphs with their gradients, on the engine and on the reference interpreter.
///
/// `WEFT_RANDOM_PROGRAMS` in the environment says how many (1,000 without), `WEFT_RANDOM_SEED` which, and
/// `WEFT_RANDOM_NUMBER` that only the one of this number is to run.
@Suite struct RandomProgramTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["WEFT_RANDOM_PROGRAMS"].flatMap(Int.init) ?? 1000
    private static let seed = environment["WEFT_RANDOM_SEED"] ?? "0"
    private static let number = environment["WEFT_RANDOM_NUMBER"].flatMap(Int.init)
    /// In long runs one in so many is on large arrays, which takes as long as a hundred others.
    private static let largeEvery = count > 1000 ? 1000 : Int.max

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func agreesWithTheReference(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        let sets = CPUEngine.InstructionSet.allCases.count
        var failures = 0
        for number in 0..<Self.count where number % sets == Int(set.rawValue) {
            if let only = Self.number, only != number { continue }
            let isLarge = number % Self.largeEvery == Self.largeEvery - 1
            let graph = try RandomGraph(seed: Self.seed, number: number, isLarge: isLarge)
            let threads = 1 + number / sets % 2
            guard let report = try Self.fault(graph, threads) else { continue }
            Issue.record(
                """
                \(set), \(threads) threads; again with WEFT_RANDOM_SEED=\(Self.seed) \
                WEFT_RANDOM_PROGRAMS=\(Self.count) WEFT_RANDOM_NUMBER=\(number)
                \(report)
                """)
            failures += 1
            if failures == 5 { return }
        }
    }

    /// What is wrong with a graph's results on the engine; nil if nothing is.
    ///
    /// A comparison of nearly equal numbers may go either way, and a gradient with it, so only what is
    /// wrong for three different feeds is.
    private static func fault(_ graph: RandomGraph, _ threads: Int) throws -> String? {
        let program = try graph.program()
        try program.verify()
        for round in 0..<3 {
            let arrays = round == 0 ? graph.arrays : graph.otherArrays(round)
            if difference(program, arrays, graph.results.count, threads) == nil { return nil }
        }
        let run = ProgramRun(program, graph.otherArrays(2))
        let smallest = run.reduced {
            difference($0.program, $0.arrays, $0.program.outputs.count, threads) != nil
        }
        let reason = difference(
            smallest.program, smallest.arrays, smallest.program.outputs.count, threads)
        return "\(reason ?? "only with all outputs")\n\(smallest.program.text)"
    }

    /// How the engine's results differ: with all outputs, and with the first ones alone, where what
    /// is inside need not be stored.
    private static func difference(
        _ program: Program, _ arrays: [NDArray], _ resultCount: Int, _ threads: Int
    ) -> String? {
        let expected: ExpectedResults
        do {
            expected = try ExpectedResults(program, arrays)
        } catch {
            return failure(program, arrays, threads).map {
                $0 == (error as? RunError)?.code ? nil : "fails with \($0), not with \(error)"
            } ?? "succeeds where the reference fails: \(error)"
        }
        for count in Set([program.outputs.count, resultCount]) {
            let part = Program(
                values: program.values, inputs: program.inputs,
                instructions: program.instructions, outputs: Array(program.outputs.prefix(count)))
            do {
                let executable = try CPUEngine(threads: threads, verifiesPrograms: true)
                    .compilePlan(part)
                let first = try executable.run(arrays, control: nil)
                if let difference = expected.difference(from: first) { return difference }
                // What a run leaves behind shows in the next, which is profiled.
                var arguments = RunArguments(feeds: arrays)
                let (second, timings) = try executable.profile(&arguments, control: nil)
                if !zip(first, second.fetches).allSatisfy({ $0.hasSameBits(as: $1) }) {
                    return "the second run gives other bits"
                }
                if timings.count(where: { $0.depth == 0 }) != executable.stepCount {
                    return "the profile has \(timings.count) steps"
                }
            } catch {
                return "fails: \(error)"
            }
        }
        return nil
    }

    private static func failure(
        _ program: Program, _ arrays: [NDArray], _ threads: Int
    ) -> RunError.Code? {
        do {
            _ = try CPUEngine(threads: threads).compilePlan(program).run(arrays, control: nil)
            return nil
        } catch {
            return (error as? RunError)?.code
        }
    }
}
