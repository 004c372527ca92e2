// SPDX-License-Identifier: Apache-2.0

/// A Protocol Buffers message taken apart, so that it can be damaged where its lengths stay right: what
/// stands behind the parser of the wire format sees only such files.
struct Message {
    indirect enum Value {
        case varint(UInt64)
        /// Of four or eight bytes.
        case fixed([UInt8])
        case bytes([UInt8])
        case message(Message)
    }

    struct Field {
        var tag: UInt64
        var value: Value
    }

    var fields: [Field]

    /// nil when the bytes are no message. What could be text or a message is taken as a message.
    init?(_ bytes: ArraySlice<UInt8>, depth: Int = 0) {
        guard depth < 12 else { return nil }
        var rest = bytes
        fields = []
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest), tag >> 3 > 0, tag >> 3 < 20_000 else { return nil }
            let value: Value
            switch tag & 7 {
            case 0:
                guard let number = Self.varint(&rest) else { return nil }
                value = .varint(number)
            case 1, 5:
                let count = tag & 7 == 1 ? 8 : 4
                guard rest.count >= count else { return nil }
                value = .fixed(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            case 2:
                guard let count = Self.varint(&rest), count <= UInt64(rest.count) else {
                    return nil
                }
                let content = rest.prefix(Int(count))
                rest = rest.dropFirst(Int(count))
                if !content.isEmpty, let inner = Message(content, depth: depth + 1) {
                    value = .message(inner)
                } else {
                    value = .bytes(Array(content))
                }
            default: return nil
            }
            fields.append(Field(tag: tag, value: value))
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while let byte = rest.popFirst(), shift < 64 {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// The message in bytes, with lengths that are right.
    var serialized: [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            Self.append(field.tag, to: &bytes)
            switch field.value {
            case .varint(let number): Self.append(number, to: &bytes)
            case .fixed(let content): bytes += content
            case .bytes(let content):
                Self.append(UInt64(content.count), to: &bytes)
                bytes += content
            case .message(let inner):
                let content = inner.serialized
                Self.append(UInt64(content.count), to: &bytes)
                bytes += content
            }
        }
        return bytes
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var value = value
        while value > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    // MARK: Damage

    /// Changes one field somewhere inside; `texts` are byte fields of this or another message.
    mutating func damage(_ draws: inout Damage, _ texts: [[UInt8]]) {
        guard !fields.isEmpty else { return }
        let index = draws.below(fields.count)
        if case .message(var inner) = fields[index].value, draws.below(6) > 0 {
            inner.damage(&draws, texts)
            fields[index].value = .message(inner)
            return
        }
        switch draws.below(8) {
        case 0: fields.remove(at: index)
        case 1: fields.insert(fields[index], at: draws.below(fields.count + 1))
        case 2: fields.swapAt(index, draws.below(fields.count))
        default:
            switch fields[index].value {
            case .varint(let number):
                fields[index].value = .varint(
                    draws.below(2) == 0 ? draws.edge() : number ^ 1 << UInt64(draws.below(7)))
            case .fixed(let content):
                fields[index].value = .fixed(
                    draws.apply(to: content, other: content, keepsCount: true))
            case .bytes(let content):
                let text = texts.isEmpty ? content : texts[draws.below(texts.count)]
                fields[index].value = .bytes(
                    draws.below(2) == 0 ? text : draws.apply(to: content, other: text))
            case .message: fields[index].value = .bytes([])
            }
        }
    }

    /// The byte fields inside: names, kinds of operations, contents of arrays.
    var texts: [[UInt8]] {
        fields.flatMap { field -> [[UInt8]] in
            switch field.value {
            case .bytes(let content): [content]
            case .message(let inner): inner.texts
            case .varint, .fixed: []
            }
        }
    }
}
