// SPDX-License-Identifier: Apache-2.0

/// A function of strings at work.
struct StringCall {
    let operands: [NDArray]
    /// The types of the results, as graphs have them.
    let types: [ArrayType]
    let control: RunControl?
    /// An error of the instruction.
    let error: (RunError.Kind) -> RunError

    var watch: Watch { Watch(control) }
    var writer: StringWriter { StringWriter(watch) }
    var shape: [Int] { types[0].shape }

    /// What `body` writes for each string of the first operand.
    func mapStrings(
        _ body: (UnsafeBufferPointer<UInt8>, _ index: Int, inout StringWriter) throws -> Void
    ) throws -> NDArray {
        var writer = writer
        for index in 0..<operands[0].count {
            try operands[0].withString(index) { string in
                try writer.note(1 + string.count)
                try body(string, index, &writer)
            }
            try writer.end()
        }
        return try writer.array(shape)
    }

    /// What `body` makes of each string of the first operand, in 64-bit integers of any type.
    func mapNumbers(
        _ body: (UnsafeBufferPointer<UInt8>, _ index: Int, inout Watch) throws -> Int64
    ) throws -> NDArray {
        var watch = watch
        let numbers = try (0..<operands[0].count).map { index in
            try operands[0].withString(index) { string in
                try watch.note(1 + string.count)
                return try body(string, index, &watch)
            }
        }
        return try NDArray(wrapping: numbers, dtype: types[0].dtype, shape: shape)
    }

    /// Refuses what takes too much on its way: lists of a number for each element of operands and
    /// results.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    func requireRoom() throws(MemoryShortage) {
        var elements = 0
        for operand in operands { elements += operand.count }
        for type in types { elements += (operands.count + 2) * type.shape.reduce(1, *) }
        try MachineMemory.require(2 * MemoryLayout<Int>.size * elements)
    }

    /// - Throws: `RunError` when there are not as many elements as the result has: what says how many was fed.
    func require(_ count: Int) throws {
        guard count == shape.reduce(1, *) else {
            throw error(
                .other(
                    .kernelFailure, "it gives \(count) elements, but its sizes were fed as \(shape)"
                ))
        }
    }

    /// Where each element of the result comes from in an operand that is broadcast.
    func sources(_ operand: Int) -> [Int] {
        RowMajor.broadcastSources(operands[operand].shape, to: shape)
    }
}

/// The strings that a function gives, as it writes them: what is written is looked at for memory and for the
/// run's end before it is.
struct StringWriter {
    private var packer = StringPacker()
    private var watch: Watch
    /// While only the bytes are counted, how many there are.
    private var measured: Int?

    init(_ watch: Watch) { self.watch = watch }

    /// How many strings have been written.
    var count: Int { packer.count }

    /// Notes that so many bytes are about to be looked at.
    ///
    /// - Throws: `RunError` when the run is to stop.
    mutating func note(_ count: Int) throws { try watch.note(count) }

    /// Does what notes itself what it looks at.
    mutating func watching<R>(_ body: (inout Watch) throws -> R) throws -> R { try body(&watch) }

    /// Adds bytes to the string that is being written.
    mutating func add(_ part: some Collection<UInt8>) throws {
        let count = part.count
        if let bytes = measured {
            let (sum, isTooLarge) = bytes.addingReportingOverflow(count)
            if isTooLarge { throw MemoryShortage(bytes: .max) }
            measured = sum
            try watch.note()
            return
        }
        try watch.note(1 + count)
        try packer.add(part)
    }

    /// Adds what `body` makes of a string, a piece of a multiple of twelve bytes after the other.
    mutating func addChunks(
        of string: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> [UInt8]
    ) throws {
        for start in stride(from: 0, to: string.count, by: Self.chunk) {
            let end = min(start + Self.chunk, string.count)
            try add(body(UnsafeBufferPointer(rebasing: string[start..<end])))
        }
    }

    private static let chunk = 12 << 10

    /// Ends the string that is being written.
    mutating func end() throws { if measured == nil { try packer.end() } }

    /// Adds a string.
    mutating func append(_ string: some Collection<UInt8>) throws {
        try add(string)
        try end()
    }

    /// Writes what `body` writes; where that can be more than `bound` admits, only when all of it fits.
    ///
    /// - Parameter bound: What is not less than what is written; nil where no integer is.
    mutating func whole(
        bound: Int?, _ body: (inout StringWriter) throws -> Void
    ) throws {
        if measured == nil, bound.map({ $0 > Self.leastMeasured }) ?? true {
            var ruler = StringWriter(watch)
            ruler.measured = 0
            try body(&ruler)
            watch = ruler.watch
            try packer.makeRoom(forBytes: ruler.measured ?? 0)
        }
        try body(&self)
    }

    /// Less is written without asking first how much it will be.
    private static let leastMeasured = 1 << 20

    /// The array of what has been written.
    func array(_ shape: [Int]) throws -> NDArray {
        try packer.array(shape)
    }
}
