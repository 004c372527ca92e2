// SPDX-License-Identifier: Apache-2.0

/// A stream of elements to be: where they come from, and what is done to them on the way. A value, which nothing
/// is read for until a ``DataStream`` goes through it.
///
/// ```swift
/// let training = Dataset(rowsOf: digits)
///     .shuffled(seed: 7)
///     .batch(64, droppingRemainder: true)
///     .prefetch(2)
/// let stream = training.stream()
/// while stream.epoch < 10 {
///     while let batch = try stream.next() { _ = try step(batch.images, batch.labels) }
/// }
/// ```
///
/// An element is a value with a type: a structure of arrays (``Example``), an array, a number, a string, a tuple of
/// these. Functions that are given to stages may run on other threads and must depend on their argument alone:
/// then a stream gives the same elements in each run, and goes on exactly from a position that a checkpoint holds.
///
/// A dataset that makes no sense, such as batches of no element, is told by the first
/// `next()` of its streams.
public struct Dataset<Element: Sendable>: Sendable, CustomStringConvertible {
    /// The number of elements of an epoch; nil where only reading them tells, or there is no end.
    public let count: Int?
    /// The stages, from the source on.
    public let description: String
    let fault: DataError?
    let ordered: Ordered<Element>?
    /// Whether an epoch has no end.
    var isEndless = false
    private let cursor: @Sendable () throws -> any Cursor<Element>

    /// A source whose elements have no indices.
    init(
        source name: String, count: Int? = nil, fault: DataError? = nil,
        _ cursor: @escaping @Sendable () throws -> any Cursor<Element>
    ) {
        self.count = count
        description = name
        self.fault = fault
        ordered = nil
        self.cursor = cursor
    }

    /// A dataset whose elements can be had in any order.
    init(_ description: String, _ ordered: Ordered<Element>, fault: DataError? = nil) {
        count = ordered.order.count
        self.description = description
        self.fault = fault
        self.ordered = ordered
        cursor = { try ordered.cursor(ordered.order) }
    }

    private init(
        _ description: String, count: Int?, fault: DataError?, ordered: Ordered<Element>?,
        _ cursor: @escaping @Sendable () throws -> any Cursor<Element>
    ) {
        self.count = count
        self.description = description
        self.fault = fault
        self.ordered = ordered
        self.cursor = cursor
    }

    /// Goes through the elements.
    func makeCursor() throws -> any Cursor<Element> {
        if let fault { throw fault }
        return try cursor()
    }

    /// A stream from the first epoch on. Nothing is read before its first `next()`.
    public func stream() -> DataStream<Element> { DataStream(self) }

    /// All elements of an epoch, read now: those of a file that fits into memory, to be split and shuffled as a whole.
    ///
    /// ```swift
    /// let rows = Dataset(try file.records().map { try $0.numbers(columns) }.elements())
    /// ```
    ///
    /// A dataset without an end must have been cut by ``prefix(_:)``.
    /// - Parameter epoch: Which epoch, counted from 0: what is shuffled has another order in each.
    /// - Throws: `DataError` when an element cannot be had, which says which one.
    public func elements(epoch: Int = 0) throws -> [Element] {
        let stream = stream()
        defer { stream.stop() }
        stream.begin(epoch: epoch)
        var elements: [Element] = []
        elements.reserveCapacity(min(count ?? 0, 1 << 16))
        while let element = try stream.next() { elements.append(element) }
        return elements
    }

    // MARK: Stages

    /// A stage that gives one element for each, in whatever order they come.
    func stage<Result>(
        _ name: String, unless fault: String? = nil,
        _ make: @escaping @Sendable (any Cursor<Element>) throws -> any Cursor<Result>
    ) -> Dataset<Result> {
        var result = Dataset<Result>(
            "\(description) → \(name)", count: count,
            fault: self.fault ?? fault.map { DataError(name, $0) },
            ordered: ordered.map { ordered in
                Ordered(order: ordered.order) { try make(try ordered.cursor($0)) }
            }, { try make(try makeCursor()) })
        result.isEndless = isEndless
        return result
    }

    /// A stage whose elements have no indices.
    func stage<Result>(
        _ name: String, count: Int?, unless fault: String? = nil,
        _ make: @escaping @Sendable (any Cursor<Element>) throws -> any Cursor<Result>
    ) -> Dataset<Result> {
        var result = Dataset<Result>(
            "\(description) → \(name)", count: count,
            fault: self.fault ?? fault.map { DataError(name, $0) }, ordered: nil,
            { try make(try makeCursor()) })
        result.isEndless = isEndless
        return result
    }

    /// Some of the elements, or the same ones in another order, by their indices; otherwise by a cursor.
    func reordered(
        _ name: String, count: Int?, unless fault: String? = nil,
        _ reorder: (IndexOrder) -> IndexOrder,
        _ make: @escaping @Sendable (any Cursor<Element>) throws -> any Cursor<Element>
    ) -> Dataset {
        guard fault == nil, let ordered else {
            return stage(name, count: count, unless: fault, make)
        }
        return Dataset(
            "\(description) → \(name)",
            Ordered(order: reorder(ordered.order), cursor: ordered.cursor), fault: self.fault)
    }
}

/// Elements that can be had in any order.
struct Ordered<Element: Sendable>: Sendable {
    /// The order in which they come.
    let order: IndexOrder
    /// Goes through them in any order of the same source.
    let cursor: @Sendable (IndexOrder) throws -> any Cursor<Element>
}
