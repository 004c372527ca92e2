// SPDX-License-Identifier: Apache-2.0

/// Different strings, numbered in the order in which they came; the empty one is number 0.
struct StringIndex: Sendable {
    /// All but the empty one.
    private var strings = StringPacker()
    /// By hash, with linear probing, the numbers of strings that are not empty; 0 for none.
    private var places: [Int] = []

    /// How many there are, the empty one included.
    var count: Int { strings.count + 1 }

    /// How many bytes all of them have.
    var byteCount: Int { strings.byteCount }

    /// The bytes of the string that has a number.
    func withString<R>(
        _ number: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        number == 0
            ? try body(UnsafeBufferPointer(start: nil, count: 0))
            : try strings.withString(number - 1, body)
    }

    /// The number of a string; nil where it has none.
    func knownNumber(of string: UnsafeBufferPointer<UInt8>) -> Int? {
        if string.isEmpty { return 0 }
        if places.isEmpty { return nil }
        let number = places[place(of: string)]
        return number == 0 ? nil : number
    }

    /// The number of a string, which gets one where it has none.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    mutating func number(of string: UnsafeBufferPointer<UInt8>) throws(MemoryShortage) -> Int {
        if string.isEmpty { return 0 }
        if 2 * (count + 1) > places.count { try grow() }
        let place = place(of: string)
        if places[place] != 0 { return places[place] }
        try strings.append(string)
        places[place] = strings.count
        return strings.count
    }

    /// Where the number of a string stands, or would.
    private func place(of string: UnsafeBufferPointer<UInt8>) -> Int {
        var place = Self.hash(string) & (places.count - 1)
        while places[place] != 0, !isString(places[place], string) {
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    private func isString(_ number: Int, _ string: UnsafeBufferPointer<UInt8>) -> Bool {
        strings.withString(number - 1) { own in
            own.count == string.count && own.order(string) == 0
        }
    }

    private mutating func grow() throws(MemoryShortage) {
        let size = Swift.max(2 * places.count, 64)
        places = []
        try places.makeRoom(for: size)
        places.append(contentsOf: repeatElement(0, count: size))
        for number in 1..<count {
            var place = strings.withString(number - 1, Self.hash) & (size - 1)
            while places[place] != 0 { place = (place + 1) & (size - 1) }
            places[place] = number
        }
    }

    private static func hash(_ string: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(string))
        return hasher.finalize()
    }
}
