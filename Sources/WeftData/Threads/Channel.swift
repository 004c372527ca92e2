// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// Elements that threads make in advance, in their order: what a cursor gives, put through a function.
///
/// The threads take turns at the cursor, which is used by one at a time, and call the function side by side. The pass
/// that comes after the end of one is begun at once, so that its first elements are there when they are asked for.
///
/// `@unchecked Sendable`: the cursor and the pass are only touched under `turn`, the rest under `monitor`; what stands
/// in a place of `made` belongs to its maker or its taker.
final class Channel<Input: Sendable, Output: Sendable>: @unchecked Sendable {
    /// An element, the end of a pass (nil) or an error, and where the cursor stood behind it.
    struct Made {
        let outcome: Result<Output?, any Error>
        let position: Position
        let origin: Origin?
    }

    private let upstream: any Cursor<Input>
    private let transform: @Sendable (Input) throws -> Output
    private let stage: String
    private let turn = Lock()
    private var pass: Int
    private var mustBegin = false

    private let monitor = Monitor()
    /// A ring of as many as are made in advance.
    private var made: [Made?]
    private var begun = 0
    private var taken = 0
    private var isStopped = false

    init(
        _ upstream: any Cursor<Input>, pass: Int, stage: String, room: Int,
        _ transform: @escaping @Sendable (Input) throws -> Output
    ) {
        self.upstream = upstream
        self.transform = transform
        self.stage = stage
        self.pass = pass
        made = Array(repeating: nil, count: room)
    }

    /// What a thread does until it is stopped.
    func work() {
        while let (number, input, position, origin) = takeTurn() {
            let outcome = Result {
                do {
                    return try input.get().map { try transform($0) }
                } catch {
                    throw DataError(stage, of: origin, error)
                }
            }
            monitor.withLock {
                made[number % made.count] = Made(
                    outcome: outcome, position: position, origin: origin)
                monitor.wakeAll()
            }
        }
    }

    private typealias Turn = (
        number: Int, input: Result<Input?, any Error>, position: Position, origin: Origin?
    )

    /// The next element of the cursor and its number, when there is room for what becomes of it.
    private func takeTurn() -> Turn? {
        turn.withLock {
            let number: Int? = monitor.withLock {
                while !isStopped, begun - taken >= made.count { monitor.wait() }
                if isStopped { return nil }
                begun += 1
                return begun - 1
            }
            guard let number else { return nil }
            let input = Result { () throws -> Input? in
                if mustBegin {
                    try upstream.begin(pass: pass &+ 1)
                    pass &+= 1
                    mustBegin = false
                }
                let element = try upstream.next()
                mustBegin = element == nil
                return element
            }
            return (number, input, upstream.position, upstream.origin)
        }
    }

    /// Waits for the next of what is made.
    func take() -> Made {
        monitor.withLock {
            while true {
                if let next = made[taken % made.count] {
                    made[taken % made.count] = nil
                    taken += 1
                    monitor.wakeAll()
                    return next
                }
                monitor.wait()
            }
        }
    }

    /// Tells the threads to end.
    func stop() {
        monitor.withLock {
            isStopped = true
            monitor.wakeAll()
        }
    }
}
