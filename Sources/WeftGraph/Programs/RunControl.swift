// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime
import Synchronization

/// Lets another thread stop a run, and gives it a deadline.
///
/// Looked at between the steps of a run, and by long steps between their pieces: of matrix products and
/// convolutions those are oneDNN's calls, of some hundredths of a second each. One of a convolution has at
/// least one image, or 16 channels.
///
/// `@unchecked Sendable`: the flag's memory lives as long as the control, and every access is atomic.
public final class RunControl: @unchecked Sendable {
    /// Why a run is to stop, as kernels see it.
    private enum Stop: Int32 { case none, cancelled, deadlineExceeded }

    private let flag: UnsafeMutablePointer<Atomic<Int32>>
    private let deadline: ContinuousClock.Instant?

    /// A control without or with a deadline.
    public init(deadline: ContinuousClock.Instant? = nil) {
        self.deadline = deadline
        flag = .allocate(capacity: 1)
        flag.initialize(to: Atomic(Stop.none.rawValue))
    }

    deinit {
        flag.deinitialize(count: 1)
        flag.deallocate()
    }

    /// Asks the run to stop; it throws `RunError` with `.cancelled` soon.
    public func cancel() { flag.pointee.store(Stop.cancelled.rawValue, ordering: .relaxed) }

    /// Whether `cancel` has been called.
    public var isCancelled: Bool {
        flag.pointee.load(ordering: .relaxed) == Stop.cancelled.rawValue
    }

    /// Whether the run is known to have to stop; unlike `check` this does not look at the clock.
    @inline(__always)
    package var isStopping: Bool { flag.pointee.load(ordering: .relaxed) != Stop.none.rawValue }

    /// An `Int32` for kernels: not 0 when the run is to stop. They put 2 there when they find that the
    /// deadline has passed.
    package var stopFlag: UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(flag).assumingMemoryBound(to: Int32.self)
    }

    /// The nanoseconds until the deadline; nil without one.
    package var nanosecondsLeft: Int64? {
        guard let deadline else { return nil }
        let left = (deadline - ContinuousClock.now).components
        // Whoever waits longer than a century waits for ever.
        if left.seconds > 1 << 32 { return nil }
        // Both parts of a duration have its sign.
        if left.seconds < 0 || left.attoseconds < 0 { return 0 }
        return left.seconds * 1_000_000_000 + left.attoseconds / 1_000_000_000
    }

    /// Orders what the run did before what follows `noteResumption`, for ThreadSanitizer.
    package func noteEnd() {
        weft_sanitizer_release(Unmanaged.passUnretained(self).toOpaque())
    }

    /// See `noteEnd`.
    package func noteResumption() {
        weft_sanitizer_acquire(Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Throws: `RunError` when the run is to stop.
    package func check() throws {
        if isCancelled { throw RunError(.cancelled) }
        if let deadline, isStopping || ContinuousClock.now >= deadline {
            throw RunError(.deadlineExceeded)
        }
    }
}
