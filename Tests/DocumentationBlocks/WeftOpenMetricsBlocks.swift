// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftOpenMetrics/WeftOpenMetrics.docc/WeftOpenMetrics.md; change that.
// swift-format-ignore-file
import CoreMetrics
import WeftOpenMetrics

enum WeftOpenMetricsBlocks: Page {
    static let path = "Sources/WeftOpenMetrics/WeftOpenMetrics.docc/WeftOpenMetrics.md"
    static let blocks: [(line: Int, run: Block)] = [
    ]

    static func line12() async throws {
#sourceLocation(file: "Sources/WeftOpenMetrics/WeftOpenMetrics.docc/WeftOpenMetrics.md", line: 15)
let registry = MetricsRegistry(prefix: "weft")
let steps = Counter(label: "train.steps", factory: registry)
let loss = Gauge(label: "train.loss", dimensions: [("split", "train")], factory: registry)
let seconds = Timer(label: "train.step", factory: registry)
registry.describe("train.loss", "The loss of the last batch.")
let server = try MetricsServer(registry, port: 9090)
#sourceLocation()
_ = registry
_ = steps
_ = loss
_ = seconds
_ = server
    }
}
