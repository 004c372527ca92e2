// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that does one piece of work, and is waited for by whoever began it.
struct WorkerThread {
    private let handle: pthread_t

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Functions of users run on it, which may need as much stack as on a main thread.
    private static let stackSize = 8 << 20

    /// Begins the work; nil when the system gives no thread.
    init?(_ body: @escaping @Sendable () -> Void) {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        guard pthread_attr_init(attributes) == 0 else { return nil }
        defer { pthread_attr_destroy(attributes) }
        pthread_attr_setstacksize(attributes, Self.stackSize)
        let work = Unmanaged.passRetained(Work(body))
        #if canImport(Darwin)
        var started: pthread_t?
        let status = pthread_create(&started, attributes, { Self.run($0) }, work.toOpaque())
        #else
        var thread: pthread_t = 0
        let status = pthread_create(
            &thread, attributes, { $0.flatMap { Self.run($0) } }, work.toOpaque())
        let started: pthread_t? = thread
        #endif
        guard status == 0, let started else {
            work.release()
            return nil
        }
        handle = started
    }

    private static func run(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
    }

    /// Waits until the work is done. A thread that would wait for itself is left to end alone.
    func join() {
        if pthread_equal(handle, pthread_self()) != 0 {
            pthread_detach(handle)
        } else {
            pthread_join(handle, nil)
        }
    }
}
