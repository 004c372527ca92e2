// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Dispatch
import Foundation
import Testing
import WeftOpenMetrics

/// The text that readers of metrics get, byte by byte.
@Suite struct ExpositionTests {
    @Test("counters, gauges and histograms")
    func kinds() {
        let registry = MetricsRegistry(
            prefix: "weft", timerBuckets: [0.1, 0.001], recorderBuckets: [1, 10, .infinity, 1])
        Counter(label: "train.steps", factory: registry).increment(by: 3)
        let same = Counter(label: "train.steps", factory: registry)
        same.increment()
        FloatingPointCounter(label: "energy", factory: registry).increment(by: 0.5)
        FloatingPointCounter(label: "energy", factory: registry).increment(by: -1.0)
        Gauge(label: "loss", dimensions: [("split", "train")], factory: registry).record(0.25)
        Gauge(label: "loss", dimensions: [("split", "test")], factory: registry).record(Double.nan)
        let meter = Meter(label: "open", factory: registry)
        meter.set(5)
        meter.decrement(by: 2.5)
        let timer = CoreMetrics.Timer(label: "step", factory: registry)
        timer.recordMilliseconds(1)
        timer.recordMilliseconds(50)
        timer.recordSeconds(3)
        let recorder = Recorder(label: "batch", factory: registry)
        for value in [1.0, 1.5, 10, 11, .nan] { recorder.record(value) }
        registry.describe("loss", "what is\n\"lost\" \\")
        #expect(
            registry.text() == #"""
                # TYPE weft_batch histogram
                weft_batch_bucket{le="1.0"} 1
                weft_batch_bucket{le="10.0"} 3
                weft_batch_bucket{le="+Inf"} 4
                weft_batch_count 4
                weft_batch_sum 23.5
                # TYPE weft_energy counter
                weft_energy_total 0.5
                # TYPE weft_loss gauge
                # HELP weft_loss what is\n\"lost\" \\
                weft_loss{split="test"} NaN
                weft_loss{split="train"} 0.25
                # TYPE weft_open gauge
                weft_open 2.5
                # TYPE weft_step_seconds histogram
                # UNIT weft_step_seconds seconds
                weft_step_seconds_bucket{le="0.001"} 1
                weft_step_seconds_bucket{le="0.1"} 2
                weft_step_seconds_bucket{le="+Inf"} 3
                weft_step_seconds_count 3
                weft_step_seconds_sum 3.051
                # TYPE weft_train_steps counter
                weft_train_steps_total 4
                # EOF

                """#)
        let older = registry.text(.prometheus)
        #expect(older.contains("# TYPE weft_train_steps_total counter\nweft_train_steps_total 4\n"))
        #expect(older.contains("# HELP weft_loss what is\\n\"lost\" \\\\\n"))
        #expect(!older.contains("EOF") && !older.contains("UNIT"))
    }

    @Test("names and labels are made into what the format allows")
    func names() {
        let registry = MetricsRegistry()
        Gauge(
            label: "9 ü.läuft",
            dimensions: [
                ("__name__", "a\"b\\c\nd"), ("1x", ""), ("le", "1"), ("1x", "last"), ("é", "🧵"),
            ],
            factory: registry
        ).record(1)
        CoreMetrics.Timer(label: "t", dimensions: [("le", "1")], factory: registry).recordSeconds(1)
        Counter(label: "done_total", factory: registry).increment()
        let text = registry.text()
        #expect(
            text.contains(
                #"_9___l_uft{_="🧵",_1x="last",label__name__="a\"b\\c\nd",le="1"} 1.0"#), "\(text)")
        #expect(text.contains(#"t_seconds_bucket{le_="1",le="+Inf"} 1"#), "\(text)")
        #expect(text.contains("# TYPE done counter\ndone_total 1\n"), "\(text)")
        #expect(MetricsRegistry().text() == "# EOF\n")
    }

    @Test("a name of two kinds is two names, and what is destroyed is gone")
    func conflicts() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.increment()
        let gauge = Gauge(label: "x", factory: registry)
        gauge.record(2)
        #expect(
            registry.text().contains(
                "# TYPE x counter\nx_total 1\n# TYPE x_gauge gauge\nx_gauge 2.0\n"))
        counter.destroy()
        #expect(registry.text() == "# TYPE x_gauge gauge\nx_gauge 2.0\n# EOF\n")
    }

    @Test("large counts are exact, and threads lose none")
    func threads() {
        let registry = MetricsRegistry()
        let large = Counter(label: "large", factory: registry)
        large.increment(by: Int64.max - 1)
        large.increment(by: -5)
        #expect(registry.text().contains("large_total 9223372036854775806\n"))
        large.increment(by: Int64.max)
        #expect(registry.text().contains("large_total 1.8446744073709552e+19\n"))
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for _ in 0..<1000 {
                Counter(label: "c", dimensions: [("t", "\(thread % 2)")], factory: registry)
                    .increment()
                CoreMetrics.Timer(label: "d", factory: registry).recordNanoseconds(5)
            }
        }
        let text = registry.text()
        #expect(text.contains("c_total{t=\"0\"} 4000\nc_total{t=\"1\"} 4000\n"))
        #expect(text.contains("d_seconds_count 8000\n"))
    }

    @Test("a server answers in the format that is asked for, until it is stopped")
    func server() async throws {
        // The pool's threads are few, and servers need them: who waits for one does it elsewhere.
        try await withCheckedThrowingContinuation {
            (waiting: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { waiting.resume(with: Result { try Self.serve() }) }
        }
    }

    private static func serve() throws {
        let registry = MetricsRegistry()
        Counter(label: "x", factory: registry).increment()
        let server = try MetricsServer(registry, port: 0, host: "127.0.0.1")
        #expect(server.port > 0)
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/metrics"))
        func fetch(_ accept: String?) throws -> (String, String, Int) {
            try Exchange.fetch(url, accept: accept)
        }
        let open = try fetch("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
        #expect(open.0 == registry.text() && open.2 == 200)
        #expect(open.1 == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        let plain = try fetch(nil)
        #expect(plain.0 == registry.text(.prometheus) && plain.1.contains("0.0.4"))
        // The port is taken, and free again when the server has stopped.
        do {
            _ = try MetricsServer(registry, port: server.port, host: "127.0.0.1")
            Issue.record("two servers at one port")
        } catch let error as MetricsServer.StartError {
            #expect("\(error)".contains("\(server.port)"), "\(error)")
        }
        server.stop()
        let again = try MetricsServer(registry, port: server.port, host: "localhost")
        again.stop()
        for (port, host) in [(-1, "127.0.0.1"), (70_000, "127.0.0.1"), (0, "no address")] {
            #expect(throws: MetricsServer.StartError.self) {
                _ = try MetricsServer(registry, port: port, host: host)
            }
        }
    }
}

/// HTTP by hand, so that nothing but the server is tested.
enum Exchange {
    struct Failed: Error {}

    /// The body, its type, and the status.
    static func fetch(_ url: URL, accept: String?) throws -> (String, String, Int) {
        #if canImport(Darwin)
        let kind = SOCK_STREAM
        #else
        let kind = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(url.port ?? 0).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed() }
        let request = Array(
            ("GET \(url.path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + (accept.map { "Accept: \($0)\r\n" } ?? "") + "\r\n").utf8)
        guard write(descriptor, request, request.count) == request.count else { throw Failed() }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &part, part.count)
            guard count > 0 else { break }
            answer += part[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw Failed() }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let type = lines.first { $0.lowercased().hasPrefix("content-type:") }
            .map { $0.dropFirst(13).trimmingCharacters(in: .whitespaces) }
        return (
            String(text[end.upperBound...]), type ?? "", Int(lines[0].split(separator: " ")[1]) ?? 0
        )
    }
}
