// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The user's wish to end (control-C, or the system's SIGTERM).
///
/// `Trainer` looks at it where ``TrainerOptions/handlesInterruption`` is set; a program's own loop may do so, too.
public enum Interruption {
    private static let signals = Atomic<Int>(0)

    /// From here on the first signal is only noted, and the second ends the process at once, with the status 130.
    ///
    /// - Returns: what the process did before, for ``stopWatching(_:)``.
    @discardableResult
    public static func watch() -> Handlers {
        // Made here: a handler must not be the first to use it.
        signals.store(0, ordering: .relaxed)
        // Whoever started the process may have blocked them.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        var earlier: [(Int32, sigaction)] = []
        for number in [SIGINT, SIGTERM] {
            sigaddset(&wanted, number)
            var before = sigaction()
            sigaction(number, nil, &before)
            earlier.append((number, before))
            signal(number) { _ in
                if Interruption.signals.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
                    _exit(130)
                }
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
        return Handlers(earlier: earlier)
    }

    /// Whether there was a signal since ``watch()``.
    public static var isWanted: Bool { signals.load(ordering: .relaxed) > 0 }

    /// Puts the earlier handlers back.
    public static func stopWatching(_ handlers: Handlers) {
        for (number, action) in handlers.earlier {
            var action = action
            sigaction(number, &action, nil)
        }
    }

    /// What a process does when it gets the signals.
    public struct Handlers {
        fileprivate let earlier: [(Int32, sigaction)]
    }
}
