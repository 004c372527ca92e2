// SPDX-License-Identifier: Apache-2.0

/// Hands over what threads have made in advance, and stands where that stood in the cursor beneath.
final class BackgroundCursor<Input: Sendable, Element: Sendable>: Cursor {
    private let upstream: any Cursor<Input>
    private let transform: @Sendable (Input) throws -> Element
    private let stage: String
    private let threadCount: Int
    private let room: Int

    private var pass = 0
    private var isAtEnd = false
    /// Where the cursor beneath stood behind what was handed over last; nil at the beginning of a pass.
    private var place: Position?
    private(set) var origin: Origin?
    /// There is none as long as the cursor beneath is used by this one.
    private var channel: Channel<Input, Element>?
    private var threads: [WorkerThread] = []

    init(
        _ upstream: any Cursor<Input>, stage: String, threads: Int, room: Int,
        _ transform: @escaping @Sendable (Input) throws -> Element
    ) {
        self.upstream = upstream
        self.stage = stage
        threadCount = threads
        self.room = room
        self.transform = transform
    }

    deinit { stop() }

    private func stop() {
        channel?.stop()
        for thread in threads { thread.join() }
        threads = []
        channel = nil
    }

    private func startedChannel() throws -> Channel<Input, Element> {
        if let channel { return channel }
        let channel = Channel(upstream, pass: pass, stage: stage, room: room, transform)
        for _ in 0..<threadCount {
            guard let thread = WorkerThread({ channel.work() }) else { break }
            threads.append(thread)
        }
        if threads.isEmpty {
            throw DataError(stage, "the system gives the process no more threads")
        }
        self.channel = channel
        return channel
    }

    func begin(pass: Int) throws {
        // The threads went on to the next pass by themselves.
        let isThere = channel != nil && isAtEnd && pass == self.pass &+ 1
        if !isThere {
            stop()
            try upstream.begin(pass: pass)
        }
        self.pass = pass
        isAtEnd = false
        place = nil
    }

    func next() throws -> Element? {
        if isAtEnd { return nil }
        let made = try startedChannel().take()
        place = made.position
        origin = made.origin
        let element = try made.outcome.get()
        isAtEnd = element == nil
        return element
    }

    func skip(_ count: Int) throws -> Int {
        if channel != nil || isAtEnd { return try skipOneByOne(count) }
        let skipped = try upstream.skip(count)
        place = upstream.position
        return skipped
    }

    var position: Position {
        Position(numbers: [pass], parts: place.map { [$0] } ?? [])
    }

    func seek(to position: Position) throws {
        let pass = try position.numbers(1, parts: position.parts.isEmpty ? 0 : 1)[0]
        stop()
        if let place = position.parts.first {
            try upstream.seek(to: place)
        } else {
            try upstream.begin(pass: pass)
        }
        self.pass = pass
        place = position.parts.first
        isAtEnd = false
    }
}
