// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCharts

extension History {
    /// A table of values separated by commas: a line of names, and one for each epoch. What is not known is empty.
    public var csv: String {
        let names = names
        let header = ["epoch", "step", "learning_rate"] + names.map(Self.quoted)
        let rows = epochs.map { epoch in
            ["\(epoch.epoch)", "\(epoch.step)", Self.text(epoch.learningRate)]
                + names.map { Self.text(epoch.metrics[$0]) }
        }
        return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }

    private static func quoted(_ name: String) -> String {
        guard name.contains(where: { ",\"\n\r".contains($0) }) else { return name }
        var result = "\""
        for character in name { result += character == "\"" ? "\"\"" : String(character) }
        return result + "\""
    }

    /// An array of objects in JSON, one for each epoch. Numbers that JSON does not have are null.
    public var json: String {
        let names = names
        let objects = epochs.map { epoch in
            let rate = epoch.learningRate.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
            let fields =
                [
                    "\"epoch\": \(epoch.epoch)", "\"step\": \(epoch.step)",
                    "\"learning_rate\": \(rate)",
                ]
                + names.map { name in
                    let value =
                        epoch.metrics[name].flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
                    return "\(Self.inJSON(name)): \(value)"
                }
            return "  {\(fields.joined(separator: ", "))}"
        }
        return objects.isEmpty ? "[]\n" : "[\n\(objects.joined(separator: ",\n"))\n]\n"
    }

    private static func inJSON(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The curves as a picture in SVG: a chart for the loss and for each metric, that of the validation in the
    /// same one, and one for the learning rate where it changes.
    public func svg() -> String {
        let x = epochs.map { Double($0.epoch) }
        let all = names
        let own = all.filter { !$0.hasPrefix(MetricName.validationPrefix) }
        let alone = all.filter {
            $0.hasPrefix(MetricName.validationPrefix)
                && !own.contains(String($0.dropFirst(MetricName.validationPrefix.count)))
        }
        var charts = (own + alone).map { name in
            var series = [LineChart.Series("training", x: x, y: values(of: name))]
            if alone.contains(name) {
                series = []
            }
            let other = alone.contains(name) ? name : MetricName.validationPrefix + name
            if all.contains(other) {
                series.append(.init("validation", x: x, y: values(of: other), isDashed: true))
            }
            return LineChart(title: name, x: "epoch", series: series)
        }
        let rates = epochs.map { $0.learningRate ?? .nan }
        if Set(rates.filter { !$0.isNaN }).count > 1 {
            charts.append(
                LineChart(
                    title: "learning rate", x: "epoch",
                    series: [.init("learning rate", x: x, y: rates)]))
        }
        return LineChart.svg(charts)
    }
}
