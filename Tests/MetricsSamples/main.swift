// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Foundation
import WeftOpenMetrics

// Serves metrics of all kinds, for `Scripts/metrics.sh` to be read by Prometheus's parsers: `MetricsSamples PORT`.

let registry = MetricsRegistry(prefix: "weft")
let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 6017
Counter(label: "train.steps", factory: registry).increment(by: 1000)
FloatingPointCounter(label: "energy", factory: registry).increment(by: 0.75)
for (split, value) in [("tr\"ai\\n\n🧵", 0.125), ("nan", .nan), ("inf", -.infinity)] {
    Gauge(label: "train.loss", dimensions: [("split", split)], factory: registry).record(value)
}
registry.describe("train.loss", "The \"loss\"\nof the last batch \\")
Meter(label: "open", factory: registry).set(2.5)
let timer = CoreMetrics.Timer(label: "step", factory: registry)
timer.recordMilliseconds(1)
timer.recordMilliseconds(50)
timer.recordSeconds(3)
let recorder = Recorder(label: "batch", factory: registry)
recorder.record(64)
recorder.record(0.5)
let server = try MetricsServer(registry, port: port, host: "127.0.0.1")
print("metrics at http://127.0.0.1:\(server.port)/metrics")
withExtendedLifetime(server) {
    while true { Thread.sleep(forTimeInterval: 3600) }
}
