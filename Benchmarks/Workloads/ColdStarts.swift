// SPDX-License-Identifier: Apache-2.0
import Weft

// Workloads that only a fresh process can show: how soon it has a result, how much memory it takes.

extension Workload {
    /// From the definition of a model to the loss of its first training step.
    static let coldStarts: [Workload] = [
        coldStart("W13-compile-W3", .mlp, check: 2.4442282, tolerance: 2e-5),
        coldStart("W13-compile-W5", .convolutions, check: 2.3849893, tolerance: 2e-5),
        coldStart("W13-compile-W9", .transformer, check: 1.3384106, tolerance: 4e-4),
    ]

    private static func coldStart(
        _ name: String, _ model: TrainingModel, check: Double, tolerance: Double
    ) -> Workload {
        let run = FreshRun(processes: 3, measured: ["compile", "with_import"]) { threads, startup in
            let numerals = model.makeNumerals()
            let start = microseconds()
            let session = Session(.init(engine: .cpu(threads: threads)))
            let loss = try model.makeBench(session, numerals).step(0)[0].doubles[0]
            let compile = microseconds() - start
            return [
                "check": loss, "compile": compile / 1e3, "with_import": (compile + startup) / 1e3,
            ]
        }
        return Workload(
            name: name, unit: "ms",
            expected: [Expected(name: "check", value: check, tolerance: tolerance)],
            body: .freshProcess(run))
    }

    /// The most memory that training takes.
    static let memory = Workload(
        name: "W15-memory-W5", unit: "MB peak RSS",
        expected: [Expected(name: "check", value: 2.1246278, tolerance: 2e-4)],
        body: .freshProcess(
            FreshRun(processes: 1, measured: ["peak"]) { threads, _ in
                let atStart = residentMegabytes()
                let numerals = TrainingModel.convolutions.makeNumerals()
                let withNumerals = residentMegabytes()
                let session = Session(.init(engine: .cpu(threads: threads)))
                let bench = try TrainingModel.convolutions.makeBench(session, numerals)
                let losses = try (0..<50).map { try bench.step($0)[0].doubles[0] }
                var result = ["check": losses[Bench.checkedSteps - 1]]
                result["peak"] = peakResidentMegabytes()
                // Weft is there when its process begins: its import is over before the arrays are made.
                result["rss_after_import"] = atStart
                result["rss_after_data"] = withNumerals
                return result
            }))
}
