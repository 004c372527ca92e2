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

    /// How a workload is run.
    enum Body: Sendable {
        /// Single steps are timed on a warm program.
        case steps(@Sendable (_ session: Session) throws -> Bench)
        /// It has a timing of its own.
        case whole(@Sendable (_ effort: Effort, _ session: Session) throws -> Measurement)
        /// It must be the first thing that its process does.
        case freshProcess(FreshRun)
    }

    /// Its name, such as `W1-dispatch-mul`.
    public let name: String
    /// What its times, or its sizes, are in.
    public let unit: String
    let expected: [Expected]
    /// How many segments a run has.
    let segmentCount: Int
    let body: Body

    init(
        name: String, unit: String = "us/step", segmentCount: Int = 1, expected: [Expected],
        body: Body
    ) {
        self.name = name
        self.unit = unit
        self.segmentCount = segmentCount
        self.expected = expected
        self.body = body
    }

    /// The number before the dash: `W1`.
    public var number: String { String(name.prefix { $0 != "-" }) }

    /// All workloads, in order.
    public static let all: [Workload] =
        [dispatch, rebuilding] + dense + convolutional + [recurrent] + transformers + elementwise
        + [crossEntropy] + products + coldStarts + [chain, memory] + smallElements
        + embeddings

    /// The workloads of that name or number.
    public static func named(_ name: String) -> [Workload] {
        all.filter { $0.name == name || $0.number == name }
    }

    /// The workload ready to run in a session of its own; nil for one that has no steps on a warm program.
    func bench(threads: Int) throws -> Bench? {
        guard case .steps(let prepare) = body else { return nil }
        return try prepare(Session(.init(engine: .cpu(threads: threads))))
    }

    /// Runs the workload on up to `threads` threads.
    ///
    /// - Parameter command: A program and its first arguments, which with the workload's name after
    ///   them calls `measureHere` in a process of its own; without one, workloads that want a
    ///   fresh process run in this one, and only their checks mean something.
    /// - Throws: what a run throws; `FreshProcess.Failure` when a process does not end well.
    public func measure(
        _ effort: Effort, threads: Int, command: [String] = []
    ) throws -> Measurement {
        switch body {
        case .steps(let prepare):
            return try prepare(Session(.init(engine: .cpu(threads: threads)))).measure(effort)
        case .whole(let measure):
            return try measure(effort, Session(.init(engine: .cpu(threads: threads))))
        case .freshProcess(let run):
            return try run.measure(name, effort, threads: threads, command: command)
        }
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
            "\"workload\": \"\(name)\"", "\"peer\": \"weft\"", "\"unit\": \"\(unit)\"",
            "\"median\": \(json(measurement.median, decimals: 3))",
            "\"mean\": \(json(measurement.mean, decimals: 3))",
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
    func json(_ number: Double, decimals: Int? = nil) -> String {
        guard number.isFinite else { return "null" }
        guard let decimals else { return "\(number)" }
        let scale = decimals == 3 ? 1000.0 : 100.0
        return "\((number * scale).rounded() / scale)"
    }
}
