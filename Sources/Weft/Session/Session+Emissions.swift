// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

extension Session {
    /// Computes tensors and runs updates, and hands over what the run emits.
    ///
    /// ```swift
    /// _ = try session.run([train], feeding: [x: images, y: labels]) { print($0) }
    /// ```
    ///
    /// - Parameter receive: Is given the values after the run, in the order in which they were emitted: see
    ///   `emit(_:as:)`. It may use the session.
    /// - Throws: as `run`; nothing is handed over then.
    public func run(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:], control: RunControl? = nil,
        emitting receive: (Emission) -> Void
    ) throws -> [NDArray] {
        let fetches = fetches.map(\.anyTensor)
        let (plan, feeds) = try prepare(fetches, feeds.pairs)
        return try complete(plan, fetches, feeds, control, emitting: receive) {
            try $0.executable.run(&$1, control: control)
        }
    }

    /// Computes one tensor, and hands over what the run emits.
    ///
    /// - Throws: as `run` of several.
    public func run(
        _ fetch: some TensorConvertible, feeding feeds: Feeds = [:], control: RunControl? = nil,
        emitting receive: (Emission) -> Void
    ) throws -> NDArray {
        try run([fetch], feeding: feeds, control: control, emitting: receive)[0]
    }
}
