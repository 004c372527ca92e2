// SPDX-License-Identifier: Apache-2.0
import Dispatch
public import WeftGraph

extension Session {
    /// Computes tensors on another thread; cancelling the task stops the run.
    ///
    /// - Throws: as `run`.
    public func runDetached(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [NDArray] {
        try await runDetached(fetches.map(\.anyTensor), feeds.pairs, deadline)
    }

    /// Computes one tensor on another thread; cancelling the task stops the run.
    ///
    /// - Throws: as `run`.
    public func runDetached(
        _ fetch: some TensorConvertible, feeding feeds: Feeds = [:],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> NDArray {
        try await runDetached([fetch.anyTensor], feeds.pairs, deadline)[0]
    }

    func runDetached(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ deadline: ContinuousClock.Instant?
    ) async throws -> [NDArray] {
        let control = RunControl(deadline: deadline)
        return try await withTaskCancellationHandler {
            defer { control.noteResumption() }
            return try await withCheckedThrowingContinuation { continuation in
                // A thread of its own: a run computes without suspending, so that a few of them
                // would stop all other tasks of the cooperative pool, their cancellation included.
                // A serial queue gets one, whatever else is running.
                DispatchQueue(label: "weft.run").async {
                    let result = Result { try self.run(fetches, feeds, control) }
                    control.noteEnd()
                    continuation.resume(with: result)
                }
            }
        } onCancel: {
            control.cancel()
        }
    }
}
