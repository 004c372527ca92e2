// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The different strings of several arrays in bytewise order.
struct StringOrder {
    private var strings = StringIndex()
    /// The numbers of the strings by rank, and the reverse.
    private let order: [Int]
    private var ranks: [Int]
    private var numbers: [[Int]] = []

    /// - Throws: `MemoryShortage` when there is no memory for it, `RunError` when the run is to stop.
    init(_ arrays: [NDArray], _ watch: Watch) throws {
        var watch = watch
        var strings = StringIndex()
        // Whether the empty string is among them: it has a number in any case.
        var hasEmpty = false
        for array in arrays {
            numbers.append(
                try (0..<array.count).map { index in
                    try array.withString(index) {
                        try watch.note(1 + $0.count)
                        hasEmpty = hasEmpty || $0.isEmpty
                        return try strings.number(of: $0)
                    }
                })
        }
        let own = strings
        order = try ((hasEmpty ? 0 : 1)..<own.count).sorted { a, b in
            try own.withString(a) { a in
                try own.withString(b) { b in
                    try watch.note(1 + min(a.count, b.count))
                    return a.order(b) < 0
                }
            }
        }
        ranks = [Int](repeating: 0, count: own.count)
        for (rank, number) in order.enumerated() { ranks[number] = rank }
        self.strings = own
    }

    /// How many different ones there are.
    var count: Int { order.count }

    /// The rank of each string of an array.
    func ranks(_ array: Int) -> [Int64] { numbers[array].map { Int64(ranks[$0]) } }

    /// The bytes of the string that has a rank.
    func withString<R>(
        _ rank: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        try strings.withString(order[rank], body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Less than 0 where it stands before another bytewise, 0 where both are equal.
    func order(_ other: Self) -> Int {
        if let own = baseAddress, let its = other.baseAddress {
            let order = memcmp(own, its, Swift.min(count, other.count))
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }
}
