// SPDX-License-Identifier: Apache-2.0

/// Looks for a text in others, by Knuth, Morris and Pratt: in time that is the sum of the lengths, whatever
/// stands in them.
struct ByteSearch {
    private let text: [UInt8]
    /// For each beginning of the text, how long the longest beginning is that it ends with, itself aside.
    private let borders: [Int]

    /// - Parameter text: Not empty.
    /// - Throws: `MemoryShortage` when there is no memory for it, `RunError` when the run is to stop.
    init(_ text: [UInt8], _ watch: inout Watch) throws {
        var borders: [Int] = []
        try borders.makeRoom(for: text.count + 1)
        borders += [0, 0]
        var length = 0
        for place in text.indices.dropFirst() {
            try watch.note()
            while length > 0, text[place] != text[length] { length = borders[length] }
            if text[place] == text[length] { length += 1 }
            borders.append(length)
        }
        self.text = text
        self.borders = borders
    }

    /// Where the text begins for the first time at `start` or behind it; nil where it does not.
    func first(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ watch: inout Watch
    ) throws -> Int? {
        var (place, length) = (start, 0)
        while bytes.count - place >= text.count - length {
            try watch.note()
            if bytes[place] == text[length] {
                place += 1
                length += 1
                if length == text.count { return place - length }
            } else if length > 0 {
                length = borders[length]
            } else {
                place += 1
            }
        }
        return nil
    }
}
