// SPDX-License-Identifier: Apache-2.0
public import Weft

extension Dataset {
    /// What a function makes of each element.
    ///
    /// With several threads the elements keep their order. The function must depend on its argument alone; one
    /// that draws random numbers takes them from ``map(seed:threads:_:)``.
    ///
    /// - Parameters:
    ///   - threads: How many threads call the function in advance, two elements each, from 1 to 1024; nil calls it when
    ///     an element is asked for, on the thread that asks.
    ///   - transform: What it throws is told with the record and the file.
    public func map<Result: Sendable>(
        threads: Int? = nil, _ transform: @escaping @Sendable (Element) throws -> Result
    ) -> Dataset<Result> {
        mapped("map", threads, transform)
    }

    /// What a function makes of each element, with random numbers: of a seed, the epoch and the element's place in it, so
    /// that they are the same in each run, whatever threads do, and when it goes on from a checkpoint.
    ///
    /// ```swift
    /// images.map(seed: 3) { image, random in random.nextUniform() < 0.5 ? try image.flipped() : image }
    /// ```
    ///
    /// - Parameters:
    ///   - seed: Two stages with one seed draw the same numbers.
    ///   - threads: As of ``map(threads:_:)``.
    ///   - transform: What it throws is told with the record and the file.
    public func map<Result: Sendable>(
        seed: UInt64, threads: Int? = nil,
        _ transform: @escaping @Sendable (Element, inout RandomStream) throws -> Result
    ) -> Dataset<Result> {
        stage("numbered") { NumberedCursor($0) }.mapped("map(seed: \(seed))", threads) { numbered in
            var random = RandomStream(
                seed: seed, name: "map/\(numbered.pass)/\(numbered.number)")
            return try transform(numbered.element, &random)
        }
    }

    private func mapped<Result: Sendable>(
        _ name: String, _ threads: Int?,
        _ transform: @escaping @Sendable (Element) throws -> Result
    ) -> Dataset<Result> {
        guard let threads else { return stage(name) { MapCursor($0, stage: name, transform) } }
        let isUsable = Threads.usable.contains(threads)
        return stage(
            name, unless: isUsable ? nil : "\(threads) threads; give from 1 to \(Threads.most)"
        ) {
            BackgroundCursor($0, stage: name, threads: threads, room: 2 * threads, transform)
        }
    }

    /// The elements for which a function is true. How many they are is known when they have been read.
    ///
    /// - Parameter isIncluded: What it throws is told with the record and the file.
    public func filter(
        _ isIncluded: @escaping @Sendable (Element) throws -> Bool
    ) -> Dataset {
        stage("filter", count: nil) { FilterCursor($0, isIncluded) }
    }

    /// Makes elements in advance, on a thread of its own, while those before are used: a step and the making of the
    /// next batch take as long as the longer of both.
    ///
    /// It is the last stage of a pipeline as a rule. What was made and not handed over is no part of a stream's position.
    ///
    /// - Parameter count: How many elements wait at most, from 1 to a million.
    public func prefetch(_ count: Int) -> Dataset {
        let isUsable = (1...Threads.mostWaiting).contains(count)
        return stage(
            "prefetch",
            unless: isUsable
                ? nil : "\(count) elements in advance; give from 1 to \(Threads.mostWaiting)"
        ) {
            BackgroundCursor($0, stage: "prefetch", threads: 1, room: count) { $0 }
        }
    }
}

/// How many threads and elements in advance make sense.
private enum Threads {
    static let most = 1024
    static let usable = 1...most
    static let mostWaiting = 1_000_000
}

private final class MapCursor<Input: Sendable, Element: Sendable>: Cursor {
    private let upstream: any Cursor<Input>
    private let stage: String
    private let transform: (Input) throws -> Element

    init(
        _ upstream: any Cursor<Input>, stage: String,
        _ transform: @escaping (Input) throws -> Element
    ) {
        self.upstream = upstream
        self.stage = stage
        self.transform = transform
    }

    func begin(pass: Int) throws { try upstream.begin(pass: pass) }
    func skip(_ count: Int) throws -> Int { try upstream.skip(count) }
    var position: Position { upstream.position }
    func seek(to position: Position) throws { try upstream.seek(to: position) }
    var origin: Origin? { upstream.origin }

    func next() throws -> Element? {
        guard let element = try upstream.next() else { return nil }
        do {
            return try transform(element)
        } catch {
            throw DataError(stage, of: upstream.origin, error)
        }
    }
}

private final class FilterCursor<Element: Sendable>: Cursor {
    private let upstream: any Cursor<Element>
    private let isIncluded: (Element) throws -> Bool

    init(_ upstream: any Cursor<Element>, _ isIncluded: @escaping (Element) throws -> Bool) {
        self.upstream = upstream
        self.isIncluded = isIncluded
    }

    func begin(pass: Int) throws { try upstream.begin(pass: pass) }
    var position: Position { upstream.position }
    func seek(to position: Position) throws { try upstream.seek(to: position) }
    var origin: Origin? { upstream.origin }

    func next() throws -> Element? {
        while let element = try upstream.next() {
            do {
                if try isIncluded(element) { return element }
            } catch {
                throw DataError("filter", of: upstream.origin, error)
            }
        }
        return nil
    }
}

/// An element and its place among those of its pass.
private struct Numbered<Element: Sendable>: Sendable {
    let pass: Int
    let number: Int
    let element: Element
}

private final class NumberedCursor<Base: Sendable>: Cursor {
    private let upstream: any Cursor<Base>
    private var pass = 0
    private var number = 0

    init(_ upstream: any Cursor<Base>) { self.upstream = upstream }

    var origin: Origin? { upstream.origin }
    var position: Position {
        Position(numbers: [pass, number], parts: [upstream.position])
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        (self.pass, number) = (pass, 0)
    }

    func next() throws -> Numbered<Base>? {
        do {
            guard let element = try upstream.next() else { return nil }
            defer { number += 1 }
            return Numbered(pass: pass, number: number, element: element)
        } catch {
            // An element that cannot be had has a number as well.
            number += 1
            throw error
        }
    }

    func skip(_ count: Int) throws -> Int {
        let skipped = try upstream.skip(count)
        number += skipped
        return skipped
    }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2, parts: 1)
        try upstream.seek(to: position.parts[0])
        (pass, number) = (numbers[0], numbers[1])
    }
}
