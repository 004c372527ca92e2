// SPDX-License-Identifier: Apache-2.0

/// Goes through the elements of a dataset, pass after pass. One thread uses it at a time.
///
/// What it gives depends on the dataset, the pass and the position alone; so a position that was noted leads to the
/// same elements again. `begin` or `seek` comes before all else.
protocol Cursor<Element>: AnyObject {
    associatedtype Element: Sendable

    /// Goes to the beginning of a pass, wherever it stands. Passes count from 0, and each may have an order of its own.
    func begin(pass: Int) throws
    /// The next element; nil at the end of the pass, and whenever it is asked again there. After an error the
    /// next call goes on behind the element that could not be had.
    func next() throws -> Element?
    /// Passes over so many elements, making as little of them as it can.
    ///
    /// - Returns: how many there were.
    func skip(_ count: Int) throws -> Int
    /// Where it stands: behind the element that was handed over last.
    var position: Position { get }
    /// Goes to a position, of any pass.
    ///
    /// - Throws: `CheckpointPartError` for one of another pipeline.
    func seek(to position: Position) throws
    /// Where the last element comes from, for errors.
    var origin: Origin? { get }
    /// The next elements as one, where that can be had without each of them.
    func nextTogether(_ most: Int) throws -> Together<Element>
}

/// What a cursor gives of elements at once.
enum Together<Element> {
    /// This cursor gives one at a time.
    case unsupported
    /// There are no more in the pass.
    case end
    /// So many elements: fewer than were asked for only at the end of the pass.
    case batch(Element, count: Int)
}

extension Cursor {
    func skip(_ count: Int) throws -> Int { try skipOneByOne(count) }

    func skipOneByOne(_ count: Int) throws -> Int {
        var skipped = 0
        while skipped < count, try next() != nil { skipped += 1 }
        return skipped
    }

    func nextTogether(_ most: Int) throws -> Together<Element> { .unsupported }
}
