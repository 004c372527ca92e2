// SPDX-License-Identifier: Apache-2.0
import Dispatch
import FlyingFox
import FlyingSocks
import Foundation
import WeftArrays

/// Serves the metrics of a registry by HTTP, at `/metrics`, for Prometheus to fetch.
///
/// ```swift
/// let server = try MetricsServer(registry, port: 9090)
/// …
/// server.stop()
/// ```
///
/// It answers in OpenMetrics to readers that ask for it, and otherwise in Prometheus's older format. There is neither
/// encryption nor a password: in a network that others are in, give the address of an interface that they do not reach,
/// or `127.0.0.1`.
public final class MetricsServer: Sendable {
    /// Why a server could not be started.
    public struct StartError: Error, CustomStringConvertible {
        /// The address and port, and what the system said.
        public let description: String
    }

    /// The port, which the system has chosen where 0 was asked for.
    public let port: Int
    private let server: HTTPServer
    private let task: Task<Void, any Error>

    /// Starts a server, which runs in the background until `stop()`, or until nobody has it any more.
    ///
    /// - Parameters:
    ///   - registry: Whose metrics are served.
    ///   - port: 1 to 65,535; 0 for one that is free.
    ///   - host: The address of the interface that it is reached by; nil for all.
    /// - Throws: `StartError` when the port is taken or may not be used, or the address is none.
    public init(_ registry: MetricsRegistry, port: Int, host: String? = nil) throws {
        guard let number = UInt16(exactly: port) else {
            throw StartError(description: "a port is from 0 to 65535, not \(port)")
        }
        let place = "port \(port)" + (host.map { " of '\($0)'" } ?? "")
        var failures: [any Error] = []
        for address in try Self.addresses(host, number) {
            let server = HTTPServer(config: .init(address: address, logger: .disabled))
            let started = Self.start(server, registry)
            switch started {
            case .success(let (port, task)):
                (self.port, self.server, self.task) = (port, server, task)
                return
            case .failure(let error): failures.append(error)
            }
        }
        let reason = failures.last.map { Self.words($0) } ?? "there is no such address"
        throw StartError(
            description:
                "no server can be started at \(place): \(reason); give another port or address")
    }

    deinit { task.cancel() }

    /// Ends the server: the port is free when this returns.
    public func stop() {
        let done = DispatchSemaphore(value: 0)
        Task.detached { [server, task] in
            await server.stop()
            task.cancel()
            _ = try? await task.value
            done.signal()
        }
        done.wait()
    }

    /// Both ways to reach all interfaces, since some machines have no IPv6.
    private static func addresses(
        _ host: String?, _ port: UInt16
    ) throws -> [any SocketAddress] {
        guard let host else {
            return [sockaddr_in6.inet6(port: port), sockaddr_in.inet(port: port)]
        }
        if host == "localhost" { return [try sockaddr_in.inet(ip4: "127.0.0.1", port: port)] }
        do {
            return host.contains(":")
                ? [try sockaddr_in6.inet6(ip6: host, port: port)]
                : [try sockaddr_in.inet(ip4: host, port: port)]
        } catch {
            throw StartError(
                description: "'\(host)' is no address; give one such as 127.0.0.1 or ::1")
        }
    }

    /// Starts a server, and waits until it listens.
    private static func start(
        _ server: HTTPServer, _ registry: MetricsRegistry
    ) -> Result<(port: Int, task: Task<Void, any Error>), any Error> {
        let outcome = Guarded<Result<Int, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let task = Task.detached {
            await server.appendRoute("GET,HEAD /metrics") { request in
                let format = Self.format(request.headers[HTTPHeader("Accept")] ?? "")
                return HTTPResponse(
                    statusCode: .ok, headers: [.contentType: format.contentType],
                    body: Data(registry.text(format).utf8))
            }
            await server.appendRoute("GET,HEAD /") { _ in
                HTTPResponse(
                    statusCode: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                    body: Data("<a href=\"/metrics\">metrics</a>\n".utf8))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        try await server.run()
                    } catch {
                        outcome.withLock { $0 = $0 ?? .failure(error) }
                        done.signal()
                        throw error
                    }
                }
                group.addTask {
                    try await server.waitUntilListening(timeout: 10)
                    let address = await server.listeningAddress
                    outcome.withLock { $0 = $0 ?? .success(Self.port(of: address)) }
                    done.signal()
                }
                try await group.waitForAll()
            }
        }
        done.wait()
        switch outcome.withLock(\.self) {
        case .success(let port): return .success((port, task))
        case .failure(let error): return .failure(error)
        case nil: return .failure(SocketError.disconnected)
        }
    }

    private static func port(of address: Socket.Address?) -> Int {
        switch address {
        case .ip4(_, let port), .ip6(_, let port): Int(port)
        case .unix, nil: 0
        }
    }

    private static func format(_ accepted: String) -> MetricsRegistry.Format {
        accepted.contains("application/openmetrics-text") ? .openMetrics : .prometheus
    }

    private static func words(_ error: any Error) -> String {
        if case SocketError.failed(_, _, let message) = error { return message }
        return error.localizedDescription
    }
}
