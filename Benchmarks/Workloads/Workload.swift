// SPDX-License-Identifier: Apache-2.0
import Weft

/// Something that several frameworks have been measured on, with what they all computed.
public struct Workload: Sendable {
    /// A number that all frameworks agree on, within a relative tolerance.
    struct Expected: Sendable {
        let name: String
        let value: Double
        let tolerance: Double
    }

    /// A number that is off, with what it should be.
    public struct Deviation: Sendable, CustomStringConvertible {
        /// What is off and by how much.
        public let description: String
    }

    /// Its name, such as `W1-dispatch-mul`.
    public let name: String
    let expected: [Expected]
    let run: @Sendable (_ budget: Double, _ session: Session) throws -> Measurement

    /// The number before the dash: `W1`.
    public var number: String { String(name.prefix { $0 != "-" }) }

    /// All workloads, in order.
    public static let all: [Workload] =
        [dispatch] + training + elementwise + [crossEntropy] + products + [chain]

    /// The workloads of that name or number.
    public static func named(_ name: String) -> [Workload] {
        all.filter { $0.name == name || $0.number == name }
    }

    /// Runs the workload for about `budget` seconds of timed steps, on up to `threads` threads.
    ///
    /// - Throws: what a run throws.
    public func measure(budget: Double, threads: Int) throws -> Measurement {
        try run(budget, Session(.init(seed: 0, threads: threads)))
    }

    /// The checks that a measurement fails.
    public func deviations(of measurement: Measurement) -> [Deviation] {
        expected.compactMap { wanted in
            let found = measurement.value(wanted.name) ?? .nan
            // NaN is off too.
            if abs(found - wanted.value) <= wanted.tolerance * abs(wanted.value) { return nil }
            return Deviation(
                description: "\(name): \(wanted.name) is \(found), must be \(wanted.value) "
                    + "within \(wanted.tolerance) of it")
        }
    }
}

extension Workload {
    /// The line that the other frameworks' programs print, with the same fields.
    public func jsonLine(_ measurement: Measurement, threads: Int, version: String) -> String {
        var fields = [
            "\"workload\": \"\(name)\"", "\"peer\": \"weft\"", "\"unit\": \"us/step\"",
            "\"median\": \(json(measurement.median, decimals: 3))",
            "\"min\": \(json(measurement.minimum, decimals: 3))",
            "\"p90\": \(json(measurement.percentile90, decimals: 3))",
            "\"n\": \(measurement.count)", "\"threads\": \(threads)",
            "\"check\": \(json(measurement.check))", "\"version\": \"\(version)\"",
        ]
        for extra in measurement.extras { fields.append("\"\(extra.name)\": \(json(extra.value))") }
        if let load = loadAverage() { fields.append("\"load1\": \(json(load, decimals: 2))") }
        return "{" + fields.joined(separator: ", ") + "}"
    }

    /// JSON has neither NaN nor infinities.
    private func json(_ number: Double, decimals: Int? = nil) -> String {
        guard number.isFinite else { return "null" }
        guard let decimals else { return "\(number)" }
        let scale = decimals == 3 ? 1000.0 : 100.0
        return "\((number * scale).rounded() / scale)"
    }
}
