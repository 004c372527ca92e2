// SPDX-License-Identifier: Apache-2.0
import Weft

// Workloads about the graph itself: building it anew, and building a long one.

extension Workload {
    /// The first workload with the multiplication built anew in each step. In TensorFlow 1 each one
    /// is a new node, memory grows, and steps become slower.
    static let rebuilding = Workload(
        name: "W2-graph-leak",
        expected: [
            Expected(name: "check", value: 0.22870052, tolerance: 2e-5),
            Expected(name: "new_nodes", value: 0, tolerance: 0),
        ],
        body: .whole { effort, session in
            let (x, w, batches) = dispatchParts()
            var result = Measurement()
            let first = try session.run(x * w, feeding: [x: batches[0]])
            result.check = Numbers.weightedMean(first.doubles)
            let (nodes, resident) = (GraphStatistics.liveNodeCount, residentMegabytes())
            var times: [Double] = []
            var product = x * w
            for step in 0..<(effort.budget == nil ? 40 : 300) {
                let start = microseconds()
                product = x * w
                let result = try session.run(product, feeding: [x: batches[step & 3]])
                times.append(microseconds() - start)
                withExtendedLifetime(result) {}
            }
            // The newest product is alive, and may be a node; those before it may not.
            let live = withExtendedLifetime(product) { GraphStatistics.liveNodeCount }
            func median(_ part: ArraySlice<Double>) -> Double {
                let sorted = part.sorted()
                return (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
            }
            if effort.budget != nil { result.setTimes(times) }
            result.extras = [
                ("start_us", median(times.prefix(20))), ("end_us", median(times.suffix(20))),
                ("rss_growth_mb", (residentMegabytes() ?? .nan) - (resident ?? .nan)),
                ("nodes_before", Double(nodes)),
                ("nodes_after", Double(live)), ("new_nodes", Double(max(live - nodes - 1, 0))),
            ]
            return result
        })

    /// Ten thousand small nodes: what building, differentiating, compiling and running one costs.
    static let chain = Workload(
        name: "W14-chain-10000",
        expected: [
            Expected(name: "check", value: 16.818998, tolerance: 2e-5),
            Expected(name: "dw_wmean", value: 0.551596, tolerance: 2e-5),
            Expected(name: "dx_wmean", value: 0.7567565, tolerance: 2e-5),
        ],
        body: .steps { session in
            let weights = Numbers.uniform(14_501, [100], scale: 0.5).doubles.map { Float($0) + 1 }
            let arrays = (Numbers.uniform(14_500, [100]), NDArray(weights))
            let (nodes, resident) = (GraphStatistics.liveNodeCount, residentMegabytes() ?? .nan)
            let start = microseconds()
            let (x, w) = (held("x", arrays.0), held("w", arrays.1))
            var y = x
            for i in 0..<10_000 {
                switch i & 3 {
                case 0: y = y * x
                case 1: y = y + x
                case 2: y = tanh(y)
                default: y = y * w
                }
            }
            let loss = y.sum()
            let slopes = try gradients(of: loss, withRespectTo: [w, x]).map { try required($0) }
            let built = microseconds()
            let added = GraphStatistics.liveNodeCount - nodes
            let bytes = ((residentMegabytes() ?? .nan) - resident) * 1e6 / Double(added)
            let fetches = [loss] + slopes
            _ = try session.run(fetches)
            let ran = microseconds()
            return Bench(
                kind: .apply, session: session, fetches: fetches.map(\.anyTensor), feeds: [[:]],
                resultNames: ["loss", "dw", "dx"], check: { $0[0].doubles[0] },
                extras: {
                    [
                        ("build_grad_ms", (built - start) / 1e3),
                        ("first_run_ms", (ran - built) / 1e3),
                        ("nodes", Double(added)), ("bytes_a_node", bytes),
                        ("dw_wmean", Numbers.weightedMean($0[1].doubles)),
                        ("dx_wmean", Numbers.weightedMean($0[2].doubles)),
                    ]
                },
                step: { _ in try session.run(fetches) })
        })
}
