// SPDX-License-Identifier: Apache-2.0

/// Different strings, numbered in the order in which they came; the empty one is number 0.
struct StringIndex: Sendable {
    /// All strings, one after the other, and where they begin.
    private var bytes: [UInt8] = []
    private var starts = [0, 0]
    /// By hash, with linear probing, the numbers of strings that are not empty; 0 for none.
    private var places: [Int] = []

    /// How many there are, the empty one included.
    var count: Int { starts.count - 1 }

    subscript(number: Int) -> ArraySlice<UInt8> { bytes[starts[number]..<starts[number + 1]] }

    /// The number of a string; nil where it has none.
    func knownNumber(of string: UnsafeBufferPointer<UInt8>) -> Int? {
        if string.isEmpty { return 0 }
        if places.isEmpty { return nil }
        let number = places[place(of: string)]
        return number == 0 ? nil : number
    }

    /// The number of a string, which gets one where it has none.
    mutating func number(of string: UnsafeBufferPointer<UInt8>) -> Int {
        if string.isEmpty { return 0 }
        if 2 * starts.count > places.count { grow() }
        let place = place(of: string)
        if places[place] != 0 { return places[place] }
        places[place] = count
        bytes.append(contentsOf: string)
        starts.append(bytes.count)
        return places[place]
    }

    /// Where the number of a string stands, or would.
    private func place(of string: UnsafeBufferPointer<UInt8>) -> Int {
        var place = Self.hash(UnsafeRawBufferPointer(string)) & (places.count - 1)
        while places[place] != 0, !self[places[place]].elementsEqual(string) {
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    private mutating func grow() {
        places = [Int](repeating: 0, count: max(2 * places.count, 64))
        for number in 1..<count {
            let hash = self[number].withUnsafeBytes { Self.hash($0) }
            var place = hash & (places.count - 1)
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = number
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }
}
