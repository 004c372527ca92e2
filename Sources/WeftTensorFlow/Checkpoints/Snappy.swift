// SPDX-License-Identifier: Apache-2.0

/// The compression Snappy, which blocks of tables may have: literal bytes, and copies of what came before.
enum Snappy {
    /// No three bytes stand for more than a copy of 64.
    private static let mostExpansion = 32

    /// The bytes that a compressed block stands for.
    ///
    /// - Throws: what `reader` throws where the block is damaged.
    static func uncompressed(_ reader: inout FieldReader) throws -> [UInt8] {
        let compressed = reader.remaining
        let size = try reader.size()
        guard size / mostExpansion <= compressed else {
            throw reader.error("\(compressed) compressed bytes cannot stand for \(size)")
        }
        var result: [UInt8] = []
        result.reserveCapacity(size)
        while reader.remaining > 0 {
            let tag = Int(try reader.byte())
            let (length, offset): (Int, Int)
            switch tag & 3 {
            case 0:
                let short = tag >> 2
                let literal = short < 60 ? short : Int(try reader.fixed(short - 59))
                guard literal < size - result.count else {
                    throw reader.error("there are more bytes than the \(size) that were said")
                }
                result += try reader.take(literal + 1)
                continue
            case 1:
                length = 4 + tag >> 2 & 7
                offset = (tag >> 5) << 8 | Int(try reader.byte())
            case 2:
                length = 1 + tag >> 2
                offset = Int(try reader.fixed(2))
            default:
                length = 1 + tag >> 2
                offset = Int(try reader.fixed(4))
            }
            guard offset > 0, offset <= result.count else {
                throw reader.error(
                    "a copy begins \(offset) bytes back, and there are \(result.count)")
            }
            guard length <= size - result.count else {
                throw reader.error("there are more bytes than the \(size) that were said")
            }
            // A copy may reach into itself: bytes are repeated then.
            for _ in 0..<length { result.append(result[result.count - offset]) }
        }
        guard result.count == size else {
            throw reader.error(
                "there are \(result.count) bytes instead of the \(size) that were said")
        }
        return result
    }
}
