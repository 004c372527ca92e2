// SPDX-License-Identifier: Apache-2.0
import WeftArrays

extension Dataset where Element: Batchable {
    /// Elements put together, so many at a time: arrays along a new first axis, numbers and strings into arrays.
    ///
    /// - Parameters:
    ///   - size: The elements of a batch; at least 1.
    ///   - droppingRemainder: Whether a last batch of fewer elements is left out.
    public func batch(
        _ size: Int, droppingRemainder: Bool = false
    ) -> Dataset<Element.Batch> {
        batched("batch(\(size))", size, droppingRemainder) {
            try Element.batch($0, padding: nil)
        }
    }

    /// Elements of different lengths put together: each array is filled up behind its end to the longest of its batch,
    /// along every axis.
    ///
    /// - Parameters:
    ///   - size: The elements of a batch; at least 1.
    ///   - padding: What stands behind the ends, and to which lengths arrays are filled up.
    ///   - droppingRemainder: Whether a last batch of fewer elements is left out.
    public func paddedBatch(
        _ size: Int, padding: BatchPadding = BatchPadding(), droppingRemainder: Bool = false
    ) -> Dataset<Element.Batch> {
        batched("paddedBatch(\(size))", size, droppingRemainder, unless: padding.fault) {
            try Element.batch($0, padding: padding)
        }
    }
}

extension Dataset {
    /// Pairs put together, as of ``batch(_:droppingRemainder:)``.
    public func batch<A: Batchable, B: Batchable>(
        _ size: Int, droppingRemainder: Bool = false
    ) -> Dataset<(A.Batch, B.Batch)> where Element == (A, B) {
        batched("batch(\(size))", size, droppingRemainder) {
            (
                try A.batch($0.map(\.0), padding: nil), try B.batch($0.map(\.1), padding: nil)
            )
        }
    }

    /// Pairs put together, as of ``paddedBatch(_:padding:droppingRemainder:)``.
    public func paddedBatch<A: Batchable, B: Batchable>(
        _ size: Int, padding: BatchPadding = BatchPadding(), droppingRemainder: Bool = false
    ) -> Dataset<(A.Batch, B.Batch)> where Element == (A, B) {
        batched("paddedBatch(\(size))", size, droppingRemainder, unless: padding.fault) {
            (
                try A.batch($0.map(\.0), padding: padding),
                try B.batch($0.map(\.1), padding: padding)
            )
        }
    }

    private func batched<Output: Sendable>(
        _ name: String, _ size: Int, _ dropsRemainder: Bool, unless fault: String? = nil,
        _ assemble: @escaping @Sendable ([Element]) throws -> Output
    ) -> Dataset<Output> {
        guard size > 0 else {
            return stage(name, count: nil, unless: Self.noBatch(size)) {
                BatchCursor($0, stage: name, size: 1, dropsRemainder: false, assemble)
            }
        }
        let count = count.map { count in
            count / size + (dropsRemainder || count % size == 0 ? 0 : 1)
        }
        let stageName = dropsRemainder ? "\(name) without remainder" : name
        return stage(stageName, count: count, unless: fault) {
            BatchCursor($0, stage: name, size: size, dropsRemainder: dropsRemainder, assemble)
        }
    }

    static func noBatch(_ size: Int) -> String {
        "a batch of \(size) elements is none; give a size of 1 or more"
    }
}

private final class BatchCursor<Input: Sendable, Element: Sendable>: Cursor {
    private let upstream: any Cursor<Input>
    private let stage: String
    private let size: Int
    private let dropsRemainder: Bool
    private let assemble: ([Input]) throws -> Element
    /// The elements of a batch that an error has kept from being finished, and where it begins.
    private var pending: [Input] = []
    private var start: Position?

    init(
        _ upstream: any Cursor<Input>, stage: String, size: Int, dropsRemainder: Bool,
        _ assemble: @escaping ([Input]) throws -> Element
    ) {
        self.upstream = upstream
        self.stage = stage
        self.size = size
        self.dropsRemainder = dropsRemainder
        self.assemble = assemble
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        forget()
    }

    private func forget() {
        pending = []
        start = nil
    }

    func next() throws -> Element? {
        if pending.isEmpty {
            if Input.self == Element.self {
                switch try upstream.nextTogether(size) {
                case .unsupported: break
                case .end: return nil
                case .batch(let batch, let count):
                    return count < size && dropsRemainder ? nil : batch as? Element
                }
            }
            start = upstream.position
        }
        while pending.count < size, let element = try upstream.next() {
            do {
                try pending.makeRoom(for: 1)
            } catch {
                forget()
                throw DataError(stage, "\(error)")
            }
            pending.append(element)
        }
        let elements = pending
        forget()
        if elements.isEmpty || elements.count < size && dropsRemainder { return nil }
        do {
            return try assemble(elements)
        } catch {
            throw DataError(stage, of: nil, error)
        }
    }

    func skip(_ count: Int) throws -> Int {
        let (elements, isTooLarge) = count.multipliedReportingOverflow(by: size)
        let skipped = try upstream.skip(isTooLarge ? .max : elements)
        let (whole, rest) = skipped.quotientAndRemainder(dividingBy: size)
        return rest == 0 || dropsRemainder ? whole : whole + 1
    }

    var position: Position { start ?? upstream.position }

    func seek(to position: Position) throws {
        try upstream.seek(to: position)
        forget()
    }

    /// Of the last element; a batch has many.
    var origin: Origin? { upstream.origin }
}
