// SPDX-License-Identifier: Apache-2.0
#if canImport(Runtime)
import Runtime

/// What the runtime's types are decoded from where they have no other initialiser: one string, or
/// strings by name.
struct EncodedFields: Decoder {
    let string: String
    var fields: [String: String] = [:]
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// A stack of one return address.
    static func frame(_ address: UInt64, _ architecture: String) -> Self {
        // Version 0, words of 64 bits; a return address of eight bytes follows; the end.
        var bytes: [UInt8] = [0x02, 0x27]
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: address >> UInt64(shift)))
        }
        bytes.append(0)
        return Self(string: "", fields: ["architecture": architecture, "backtrace": base64(bytes)])
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var (text, bits, count) = ("", 0, 0)
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[bits >> count & 63])
            }
            bits &= 1 << count - 1
        }
        if count > 0 { text.append(digits[bits << (6 - count) & 63]) }
        return text
    }

    func container<Key>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(NamedStrings<Key>(fields: fields))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([Any].self) }
    func singleValueContainer() -> any SingleValueDecodingContainer { OneString(string: string) }
}

extension ImageMap {
    /// A map of no images, for which there is no initialiser but that from an encoded map; nil when
    /// this version of the runtime encodes maps otherwise.
    static let empty: ImageMap? = {
        // In base 64: version 0, addresses of 64 bits; a platform's name of no letters; no images.
        let map = try? ImageMap(from: EncodedFields(string: "AgAA"))
        return map?.isEmpty == true ? map : nil
    }()
}

private func mismatch(_ wanted: Any.Type) -> DecodingError {
    .typeMismatch(wanted, .init(codingPath: [], debugDescription: "there are only strings"))
}

private struct OneString: SingleValueDecodingContainer {
    let string: String
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { false }
    func decode(_: String.Type) -> String { string }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard let value = string as? T else { throw mismatch(type) }
        return value
    }
}

private struct NamedStrings<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [String: String]
    let codingPath: [any CodingKey] = []

    var allKeys: [Key] { fields.keys.compactMap(Key.init) }
    func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
    func decodeNil(forKey key: Key) -> Bool { !contains(key) }
    func decode(_: String.Type, forKey key: Key) throws -> String {
        try decode(String.self as any Decodable.Type, key) as? String ?? ""
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        guard let value = try decode(type as any Decodable.Type, key) as? T else {
            throw mismatch(type)
        }
        return value
    }
    private func decode(_ type: any Decodable.Type, _ key: Key) throws -> any Decodable {
        guard let string = fields[key.stringValue] else { throw mismatch(type) }
        return type == String.self ? string : try type.init(from: EncodedFields(string: string))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw mismatch(Nested.self) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw mismatch([Any].self)
    }
    func superDecoder() throws -> any Decoder { throw mismatch(Any.self) }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw mismatch(Any.self) }
}
#endif
