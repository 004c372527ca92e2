// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Runs of which nothing is left: what a trainer needs beside its steps.
extension Session {
    /// Why a run would give NaN or an infinity. Nothing comes of the run, and it does not count: the next one
    /// is given the random draws that it was given. Functions of the host are called by it.
    ///
    /// - Returns: the error of `Session.Options.findsNonFinite`; nil where all results are finite.
    /// - Throws: as `run`.
    package func nonFiniteError(
        of fetches: [AnyTensor], feeding feeds: Feeds, control: RunControl? = nil
    ) throws -> RunError? {
        let (plan, feeds) = try prepare(fetches, feeds.pairs)
        do {
            _ = try complete(plan, fetches, feeds, control, isTrial: true, emitting: { _ in }) {
                try $0.executable.run(&$1, control: control)
            }
        } catch is TrialEnd {
            return nil
        } catch let error as RunError {
            guard case .foundNotFinite = error.kind else { throw error }
            return error
        }
        return nil
    }

    /// Does one run that does not count, so that what is computed between the steps of a training does not change
    /// their random draws. Where others run meanwhile, it counts.
    package func uncounted<R>(_ run: () throws -> R) rethrows -> R {
        let before = step
        let result = try run()
        giveBack(before)
        return result
    }
}
