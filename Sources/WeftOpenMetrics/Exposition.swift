// SPDX-License-Identifier: Apache-2.0

extension MetricsRegistry {
    /// A form of text that readers of metrics know.
    public enum Format: Sendable {
        /// OpenMetrics 1.0.
        case openMetrics
        /// Prometheus's older format, 0.0.4.
        case prometheus

        /// What HTTP calls it.
        public var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    /// All metrics as they are now, family by family in the order of their names.
    public func text(_ format: Format = .openMetrics) -> String {
        var text = ""
        for (name, family, help) in families() {
            // Only the older format has the ending in the family's name.
            let title =
                format == .prometheus && family.kind == .counter ? "\(name)_total" : name
            text += "# TYPE \(title) \(family.kind.word)\n"
            if family.kind == .seconds, format == .openMetrics {
                text += "# UNIT \(title) seconds\n"
            }
            if let help {
                let help = MetricName.escaped(help, quotes: format == .openMetrics)
                text += "# HELP \(title) \(help)\n"
            }
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                write(name, family.kind, labels.text, series.samples, into: &text)
            }
        }
        return format == .openMetrics ? text + "# EOF\n" : text
    }

    private func write(
        _ name: String, _ kind: Family.Kind, _ labels: String, _ samples: SeriesSamples,
        into text: inout String
    ) {
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        let ending = kind == .counter ? "_total" : ""
        switch samples {
        case .integer(let number): text += "\(name)\(ending)\(braced) \(number)\n"
        case .number(let number): text += "\(name)\(ending)\(braced) \(Self.number(number))\n"
        case .buckets(let limits, let counts, let sum):
            var total: UInt64 = 0
            for (limit, count) in zip(limits + [.infinity], counts) {
                total &+= count
                let bound = "le=\"\(Self.number(limit))\""
                let all = labels.isEmpty ? bound : "\(labels),\(bound)"
                text += "\(name)_bucket{\(all)} \(total)\n"
            }
            text += "\(name)_count\(braced) \(total)\n"
            // A histogram of values below zero has no sum that only grows.
            if limits.first.map({ $0 >= 0 }) ?? true {
                text += "\(name)_sum\(braced) \(Self.number(sum))\n"
            }
        }
    }

    private static func number(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        return "\(number)"
    }
}
