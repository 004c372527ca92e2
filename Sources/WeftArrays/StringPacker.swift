// SPDX-License-Identifier: Apache-2.0

/// Strings one after the other, on their way into an array. What does not fit into memory is refused before
/// it is added.
package struct StringPacker: Sendable {
    private var starts = [0]
    private var bytes: [UInt8] = []

    package init() {}

    /// How many strings there are.
    package var count: Int { starts.count - 1 }
    /// How many bytes have been added.
    package var byteCount: Int { bytes.count }

    /// Makes room for so many more bytes.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package mutating func makeRoom(forBytes more: Int) throws(MemoryShortage) {
        try bytes.makeRoom(for: more)
    }

    /// Adds bytes to the string that is being made.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package mutating func add(_ part: some Collection<UInt8>) throws(MemoryShortage) {
        try bytes.makeRoom(for: part.count)
        let isAdded: Void? = part.withContiguousStorageIfAvailable {
            bytes.append(contentsOf: $0)
        }
        if isAdded == nil { bytes.append(contentsOf: part) }
    }

    /// Ends the string that is being made.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for one more.
    package mutating func end() throws(MemoryShortage) {
        try starts.makeRoom(for: 1)
        starts.append(bytes.count)
    }

    /// Adds a string.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package mutating func append(_ string: some Collection<UInt8>) throws(MemoryShortage) {
        try add(string)
        try end()
    }

    /// The bytes of the string at an index.
    package func withString<R>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        try bytes.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[starts[index]..<starts[index + 1]]))
        }
    }

    /// The array of the strings. The shape must be one of as many elements.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package func array(_ shape: [Int]) throws(MemoryShortage) -> NDArray {
        let first = NDArray.bytesOfStarts(count)
        let storage = try Storage(allocating: first + bytes.count)
        starts.withUnsafeBytes {
            guard let base = $0.baseAddress else { return }
            storage.address.copyMemory(from: base, byteCount: first)
        }
        bytes.withUnsafeBytes {
            guard let base = $0.baseAddress else { return }
            (storage.address + first).copyMemory(from: base, byteCount: $0.count)
        }
        return NDArray(dtype: .string, shape: shape, storage: storage)
    }
}

extension NDArray {
    /// The array of strings that are in memory already, where nothing can be thrown.
    static func copying(
        _ shape: [Int], _ fill: (inout StringPacker) throws(MemoryShortage) -> Void
    ) -> NDArray {
        var packer = StringPacker()
        do {
            try fill(&packer)
            return try packer.array(shape)
        } catch {
            fatalError("\(error)")
        }
    }
}
