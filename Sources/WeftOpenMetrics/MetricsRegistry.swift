// SPDX-License-Identifier: Apache-2.0
public import CoreMetrics
import Logging
import WeftArrays

/// What a program measures, as text that Prometheus and others read: a backend of swift-metrics.
///
/// ```swift
/// let registry = MetricsRegistry(prefix: "weft")
/// MetricsSystem.bootstrap(registry)
/// let steps = Counter(label: "train.steps")
/// let loss = Gauge(label: "train.loss", dimensions: [("split", "train")])
/// let server = try MetricsServer(registry, port: 9090)
/// ```
///
/// Without `bootstrap`, `Counter(label:dimensions:factory:)` and its like take the registry itself.
///
/// Labels become names of metrics, with `_` for what names may not have: `weft_train_steps_total`. Counters and
/// floating-point counters are counters, gauges and meters gauges, recorders histograms, and timers histograms in seconds
/// whose names end with `_seconds`. Dimensions become labels.
public final class MetricsRegistry: MetricsFactory {
    private struct State {
        var families: [String: Family] = [:]
        var helps: [String: String] = [:]
    }

    private let prefix: String
    private let timerLimits: [Double]
    private let recorderLimits: [Double]
    private let state = Guarded(State())
    private let logger = Logger(label: "weft.metrics")

    /// A registry without metrics.
    ///
    /// - Parameters:
    ///   - prefix: What all names begin with; a `_` comes behind it.
    ///   - timerBuckets: The upper limits of the buckets of timers, in seconds.
    ///   - recorderBuckets: The upper limits of the buckets of recorders. Of both, limits that are not finite or come twice
    ///     are left out.
    public init(
        prefix: String = "", timerBuckets: [Double] = MetricsRegistry.usualTimerBuckets,
        recorderBuckets: [Double] = MetricsRegistry.usualRecorderBuckets
    ) {
        self.prefix = prefix
        timerLimits = Set(timerBuckets.filter(\.isFinite)).sorted()
        recorderLimits = Set(recorderBuckets.filter(\.isFinite)).sorted()
    }

    /// From 100 µs to 5 minutes.
    public static let usualTimerBuckets: [Double] = [
        1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        30,
        60, 300,
    ]
    /// From 0.001 to 1,000,000, in steps of about three.
    public static let usualRecorderBuckets: [Double] = [
        0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000,
        1_000_000,
    ]

    /// Says what a metric is about; readers show it.
    ///
    /// - Parameter label: As the metric is made with.
    public func describe(_ label: String, _ help: String) {
        let key = MetricName.metric(label, prefix: prefix)
        state.withLock { $0.helps[key] = help }
    }

    // MARK: What swift-metrics calls

    /// A counter, or the one there is.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter, CounterSeries.init)
    }

    /// A floating-point counter, or the one there is.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter, CounterSeries.init)
    }

    /// A gauge that goes up and down, or the one there is.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge, GaugeSeries.init)
    }

    /// A histogram, or a gauge where nothing is to be counted.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge, GaugeSeries.init) }
        let limits = recorderLimits
        return series(label, dimensions, .histogram) { HistogramSeries(limits: limits) }
    }

    /// A histogram of seconds, or the one there is.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let limits = timerLimits
        return series(label, dimensions, .seconds) { HistogramSeries(limits: limits) }
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    /// Forgets a counter.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        forget(handler)
    }
    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    /// Forgets a histogram or gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    /// Forgets a timer.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

    // MARK: Series

    /// The families with at least one series, by name.
    func families() -> [(name: String, family: Family, help: String?)] {
        state.withLock { state in
            state.families.sorted { $0.key < $1.key }.filter { !$0.value.series.isEmpty }
                .map { ($0.key, $0.value, state.helps[$0.value.label]) }
        }
    }

    /// The series of a name and labels. A name whose family is of another kind gets that of its own kind at its end,
    /// since nothing can be thrown here and a reader would refuse both.
    private func series<S: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Family.Kind,
        _ make: () -> S
    ) -> S {
        let key = MetricName.metric(label, prefix: prefix)
        let labels = Labels(dimensions, kind: kind)
        let name = kind.name(key)
        let (result, isMoved) = state.withLock { state -> (S, Bool) in
            for (attempt, name) in [name, "\(name)_\(kind.word)"].enumerated() {
                var family = state.families[name] ?? Family(kind: kind, label: key)
                guard family.kind == kind else { continue }
                if let known = family.series[labels] as? S { return (known, attempt > 0) }
                guard family.series[labels] == nil else { continue }
                let new = make()
                family.series[labels] = new
                state.families[name] = family
                return (new, attempt > 0)
            }
            return (make(), true)
        }
        if isMoved {
            logger.warning(
                "the metric '\(name)' is of another kind already, and this \(kind.word) has another name; give it one of its own"
            )
        }
        return result
    }

    private func forget(_ handler: AnyObject) {
        state.withLock { state in
            for (name, var family) in state.families {
                family.series = family.series.filter { $0.value !== handler }
                state.families[name] = family.series.isEmpty ? nil : family
            }
        }
    }
}

/// The series of one name.
struct Family: Sendable {
    enum Kind: Sendable {
        case counter
        case gauge
        case histogram
        /// A histogram in seconds.
        case seconds

        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram, .seconds: "histogram"
            }
        }

        /// What a label's name becomes: the unit behind it, and without what counters get behind theirs.
        func name(_ label: String) -> String {
            switch self {
            case .counter where label.hasSuffix("_total") && label.utf8.count > 6:
                String(label.dropLast(6))
            case .seconds where !label.hasSuffix("_seconds"): "\(label)_seconds"
            default: label
            }
        }
    }

    let kind: Kind
    /// What it was made with, as a name.
    let label: String
    var series: [Labels: any Series] = [:]
}

/// The labels of a series, in the order of their names.
struct Labels: Hashable, Comparable, Sendable {
    let text: String

    /// Names that are no names are mended; of two equal ones the last one counts. What histograms call their buckets by
    /// is taken there.
    init(_ dimensions: [(String, String)], kind: Family.Kind) {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            var name = MetricName.label(name)
            if name == "le", kind == .histogram || kind == .seconds { name = "le_" }
            values[name] = value
        }
        text = values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(MetricName.escaped($0.value, quotes: true))\"" }
            .joined(separator: ",")
    }

    static func < (a: Labels, b: Labels) -> Bool { a.text < b.text }
}

enum MetricName {
    /// A name of letters, digits, `_` and `:`, which does not begin with a digit.
    static func metric(_ label: String, prefix: String) -> String {
        clean(prefix.isEmpty ? label : "\(prefix)_\(label)", allowing: "_:")
    }

    /// The name of a label, which does not begin with two `_` either: those are Prometheus's own.
    static func label(_ name: String) -> String {
        let name = clean(name, allowing: "_")
        return name.hasPrefix("__") ? "label\(name)" : name
    }

    private static func clean(_ name: String, allowing signs: String) -> String {
        let clean = String(
            name.unicodeScalars.map { scalar -> Character in
                let isWord =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                    || ("0"..."9").contains(scalar) || signs.unicodeScalars.contains(scalar)
                return isWord ? Character(scalar) : "_"
            })
        guard let first = clean.first, !first.isNumber else { return "_\(clean)" }
        return clean
    }

    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
