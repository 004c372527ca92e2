// SPDX-License-Identifier: Apache-2.0
import CWeftRuntime

#if canImport(Runtime)
import Runtime
#endif

/// A place in the program that runs, kept as return addresses until somebody asks for it.
///
/// Taking the addresses costs microseconds; finding file and line in the debugging information may
/// cost a tenth of a second, which no variable and no error that nobody reads should.
package final class CallSite: Sendable {
    #if canImport(Runtime)
    /// Finding out what is loaded, and reading its symbols, takes a thousand times as long as taking
    /// the addresses, which needs neither: that waits until a line is looked up.
    private static let images = ImageMap.empty ?? .capture()

    private let trace: Backtrace?
    private let found = Guarded<SourceLocation??>(nil)
    #endif

    /// What the addresses are known by; 0 where there are none.
    private let stack: UInt64

    /// The sites seen last, by what their paths hash to.
    private struct SiteTable {
        static let size = 4096
        private var entries = [CallSite?](repeating: nil, count: size)

        subscript(stack: UInt64) -> CallSite? {
            get {
                let site = entries[Int(stack % UInt64(Self.size))]
                return site?.stack == stack ? site : nil
            }
            set { entries[Int(stack % UInt64(Self.size))] = newValue }
        }
    }

    private static let sites = Guarded(SiteTable())

    /// The place from which the framework is called: one object for all calls along the same path, so
    /// that the addresses are taken once for each place that builds nodes and not for each node.
    package static var current: CallSite {
        let stack = weft_call_stack()
        if stack == 0 { return CallSite(stack) }
        if let known = sites.withLock({ $0[stack] }) { return known }
        let site = CallSite(stack)
        sites.withLock { $0[stack] = site }
        return site
    }

    private init(_ stack: UInt64) {
        self.stack = stack
        #if canImport(Runtime)
        trace = try? Backtrace.capture(limit: 64, images: Self.images)
        #endif
    }

    /// The innermost frame outside the framework; nil when the platform cannot tell.
    package var location: SourceLocation? {
        #if canImport(Runtime)
        found.withLock { known in
            if let known { return known }
            let location = trace.flatMap { Self.place($0) }
            known = .some(location)
            return location
        }
        #else
        nil
        #endif
    }

    /// Whether the line has been looked up.
    package var isLocated: Bool {
        #if canImport(Runtime)
        found.withLock { $0 != nil }
        #else
        false
        #endif
    }

    /// The folders of this package's own sources; frames in them are not the user's.
    private static let ownFolders = [
        "Sources/WeftArrays/", "Sources/WeftGraph/", "Sources/WeftCPU/", "Sources/Weft/",
        "Sources/TensorFlow1/",
    ]

    /// Paths are absolute or relative to the package, as the compiler was called.
    private static func isOwn(_ path: String) -> Bool {
        // What the compiler wrote has no place either.
        path.contains("/<") || path.hasPrefix("<")
            || ownFolders.contains { path.hasPrefix($0) || path.contains("/" + $0) }
    }

    #if canImport(Runtime)
    private static let mostPlaces = 1024
    private static let places = Guarded<[[Backtrace.Address]: SourceLocation?]>([:])

    /// What is made again from the same stack, as in a loop, finds its line in a cache.
    private static func place(_ trace: Backtrace) -> SourceLocation? {
        let stack = trace.frames.map(\.originalProgramCounter)
        if let known = places.withLock({ $0[stack] }) { return known }
        let place = symbolicated(trace)
        places.withLock {
            if $0.count >= mostPlaces { $0.removeAll() }
            $0[stack] = .some(place)
        }
        return place
    }

    private static func symbolicated(_ trace: Backtrace) -> SourceLocation? {
        let symbols = trace.symbolicated(with: ImageMap.capture())
        for frame in symbols?.frames ?? [] {
            guard let place = frame.symbol?.sourceLocation, place.line > 0 else { continue }
            if isOwn(place.path) { continue }
            let isGenerated = place.path.contains("/swift-generated-sources/")
            if isGenerated || place.path.contains("/swift/stdlib/") || place.path.hasPrefix("<") {
                continue
            }
            return SourceLocation(path: place.path, line: place.line)
        }
        return nil
    }
    #endif
}

extension CallSite: Hashable {
    /// Whether both are the same path of calls; two calls in one line are two.
    package static func == (a: CallSite, b: CallSite) -> Bool {
        a === b || (a.stack != 0 && a.stack == b.stack)
    }

    package func hash(into hasher: inout Hasher) {
        if stack == 0 { hasher.combine(ObjectIdentifier(self)) } else { hasher.combine(stack) }
    }
}

#if canImport(Runtime)
extension ImageMap {
    /// A map of no images, for which there is no initialiser but that from an encoded map; nil when
    /// this version of the runtime encodes maps otherwise.
    fileprivate static let empty: ImageMap? = {
        // In base 64: version 0, addresses of 64 bits; a platform's name of no letters; no images.
        let map = try? ImageMap(from: EncodedString(string: "AgAA"))
        return map?.isEmpty == true ? map : nil
    }()
}

/// Decodes one string.
private struct EncodedString: Decoder, SingleValueDecodingContainer {
    let string: String
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    private func mismatch(_ wanted: Any.Type) -> DecodingError {
        .typeMismatch(wanted, .init(codingPath: [], debugDescription: "there is one string"))
    }

    func container<Key>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw mismatch(Key.self)
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([Any].self) }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }
    func decode(_: String.Type) -> String { string }
    func decode<T: Decodable>(_: T.Type) throws -> T { throw mismatch(T.self) }
    func decode(_: Bool.Type) throws -> Bool { throw mismatch(Bool.self) }
    func decode(_: Double.Type) throws -> Double { throw mismatch(Double.self) }
    func decode(_: Float.Type) throws -> Float { throw mismatch(Float.self) }
    func decode(_: Int.Type) throws -> Int { throw mismatch(Int.self) }
    func decode(_: Int8.Type) throws -> Int8 { throw mismatch(Int8.self) }
    func decode(_: Int16.Type) throws -> Int16 { throw mismatch(Int16.self) }
    func decode(_: Int32.Type) throws -> Int32 { throw mismatch(Int32.self) }
    func decode(_: Int64.Type) throws -> Int64 { throw mismatch(Int64.self) }
    func decode(_: UInt.Type) throws -> UInt { throw mismatch(UInt.self) }
    func decode(_: UInt8.Type) throws -> UInt8 { throw mismatch(UInt8.self) }
    func decode(_: UInt16.Type) throws -> UInt16 { throw mismatch(UInt16.self) }
    func decode(_: UInt32.Type) throws -> UInt32 { throw mismatch(UInt32.self) }
    func decode(_: UInt64.Type) throws -> UInt64 { throw mismatch(UInt64.self) }
}
#endif
