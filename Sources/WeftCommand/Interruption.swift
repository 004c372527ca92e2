// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The user's wish to end (control-C, or the system's SIGTERM).
enum Interruption {
    private static let signals = Atomic<Int>(0)

    /// From here on the first signal is only noted, and the second ends the process at once.
    static func watch() {
        // Made here: a handler must not be the first to use it.
        signals.store(0, ordering: .relaxed)
        // Whoever started the process may have blocked them.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&wanted, number)
            signal(number) { _ in
                if Interruption.signals.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
                    _exit(130)
                }
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }

    /// Whether there was one.
    static var isWanted: Bool { signals.load(ordering: .relaxed) > 0 }
}
