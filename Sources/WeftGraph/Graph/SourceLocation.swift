// SPDX-License-Identifier: Apache-2.0

#if canImport(Runtime)
import Runtime
#endif

/// A line of a program's source.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The path of the file as the compiler saw it.
    public let path: String
    /// The line, from 1.
    public let line: Int

    /// A location from its parts.
    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }

    /// The file's name without its folders.
    public var file: String { String(path.split(separator: "/").last ?? "") }

    /// File and line: `Model.swift:41`.
    public var description: String { "\(file):\(line)" }
}

/// A place in the program that runs, kept as return addresses until somebody asks for it.
///
/// Taking the addresses costs microseconds; finding file and line in the debugging information may
/// cost a tenth of a second, which no variable and no error that nobody reads should.
package final class CallSite: Sendable {
    #if canImport(Runtime)
    /// What is loaded now. Reading that takes a hundred times as long as taking the addresses, for
    /// which it need not be complete; it is read again when a line is looked up.
    private static let images = ImageMap.capture()

    private let trace: Backtrace?
    private let found = Guarded<SourceLocation??>(nil)
    #endif

    /// The place from which the framework was called.
    package init() {
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

    /// The folders of this package's own sources; frames in them are not the user's.
    private static let ownFolders = [
        "Sources/WeftGraph/", "Sources/WeftCPU/", "Sources/Weft/", "Sources/TensorFlow1/",
    ]

    /// Paths are absolute or relative to the package, as the compiler was called.
    private static func isOwn(_ path: String) -> Bool {
        ownFolders.contains { path.hasPrefix($0) || path.contains("/" + $0) }
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
