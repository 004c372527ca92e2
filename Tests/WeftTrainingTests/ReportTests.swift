// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCharts
import WeftData
import WeftTraining

#if canImport(FoundationXML)
import FoundationXML
#endif

/// What a training shows and leaves: lines, tables, pictures.
@Suite struct ReportTests {
    /// Lines that were written. `@unchecked Sendable`: one thread at a time.
    private final class Lines: @unchecked Sendable {
        var all: [String] = []
        var output: ProgressBar.Output { .init { self.all.append($0) } }
    }

    @Test("without a terminal there are plain lines, one for each tenth")
    func plainLines() throws {
        let lines = Lines()
        let small = try SmallTraining()
        try small.trainer.fit(
            small.data, epochs: 5, validatingOn: small.data, progress: lines.output)
        // 35 steps, ten tenths, and the time.
        #expect(lines.all.count == 11, "\(lines.all)")
        #expect(lines.all.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\u{1B}") })
        #expect(lines.all[4].contains("epoch 3/5  loss "), "\(lines.all[4])")
        #expect(lines.all[4].contains("  val_loss ") && lines.all[4].contains(" examples/s  "))
        #expect(lines.all[9].hasPrefix("[========================] 100%"), "\(lines.all[9])")
        #expect(lines.all[10].hasSuffix(" s\n"))
    }

    @Test("of a job whose size is not known, lines come when it has doubled")
    func unknownSize() {
        let lines = Lines()
        let bar = ProgressBar(total: nil, unit: "rows", to: lines.output)
        for done in 1...100 { bar.update(done: done, units: done, "text") }
        #expect(lines.all.count == 7 && lines.all[6].hasPrefix("64 done  text  "), "\(lines.all)")
    }

    private func history() throws -> History {
        let small = try SmallTraining()
        return try small.trainer.fit(
            small.data, epochs: 3, validatingOn: small.data, progress: nil)
    }

    @Test("the history as a table, as JSON and as a picture")
    func files() throws {
        let history = try history()
        let rows = history.csv.split(separator: "\n")
        #expect(rows.count == 4)
        #expect(rows[0] == "epoch,step,learning_rate,loss,distance,val_loss,val_distance")
        #expect(rows[3].hasPrefix("3,21,"))
        let parsed = try JSONSerialization.jsonObject(with: Data(history.json.utf8))
        let objects = try #require(parsed as? [[String: Any]])
        #expect(objects.count == 3 && objects[2]["step"] as? Int == 21)
        let loss = try #require(history.epochs[0].metrics["loss"])
        #expect(history.json.contains("\"loss\": \(loss), "))
        let parser = XMLParser(data: Data(history.svg().utf8))
        #expect(parser.parse())
        #expect(history.svg().contains(">distance</text>"))
    }

    @Test("charts of hostile numbers and names are documents")
    func hostileCharts() {
        let numbers: [Double] = [
            .nan, .infinity, -1e308, 1e308, Double(bitPattern: 1), 0, 3,
        ]
        let texts = [
            LineChart(
                title: "<&\">", x: "\u{1}",
                series: [
                    .init("a<b", x: numbers, y: numbers), .init("", x: [], y: []),
                    .init("one", x: [1], y: [1]), .init("long", x: [1, 2], y: [3]),
                ]
            ).svg(),
            LineChart.svg([]),
            ConfusionChart(counts: [], classes: ["a"]).svg(),
            ConfusionChart(counts: [[.max, 1], [1]], classes: ["<a>"]).svg(),
            ConfusionChart(counts: Array(repeating: Array(repeating: 1, count: 60), count: 60))
                .svg(),
        ]
        for text in texts {
            #expect(XMLParser(data: Data(text.utf8)).parse(), "\(text.prefix(500))")
        }
        #expect(
            ConfusionChart.counts(
                labels: [0, 1, 1, 2, 9], predictions: [0, 1, 0, -1, 0], classes: 3)
                == [[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    }
}
