// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftCharts/WeftCharts.docc/WeftCharts.md; change that.
// swift-format-ignore-file
import Foundation
import WeftCharts

enum WeftChartsBlocks: Page {
    static let path = "Sources/WeftCharts/WeftCharts.docc/WeftCharts.md"
    static let blocks: [(line: Int, run: Block)] = [
        (8, line8),
    ]

    static func line8() async throws {
#sourceLocation(file: "Sources/WeftCharts/WeftCharts.docc/WeftCharts.md", line: 11)
let chart = LineChart(
    title: "loss", x: "epoch",
    series: [
        .init("training", x: [1, 2, 3], y: [0.9, 0.5, 0.4]),
        .init("validation", x: [1, 2, 3], y: [0.95, 0.6, 0.55], isDashed: true),
    ])
try chart.svg().write(toFile: "loss.svg", atomically: true, encoding: .utf8)
#sourceLocation()
_ = chart
    }
}
