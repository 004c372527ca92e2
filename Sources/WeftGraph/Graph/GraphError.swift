// SPDX-License-Identifier: Apache-2.0
#if canImport(Runtime)
import Runtime
import Synchronization
#endif

/// A graph that was built wrongly: which operation, what it was given, what it wants, and where.
public struct GraphError: Error, Hashable, Sendable {
    /// The operation's name: `matmul`.
    public let operation: String
    /// The name of the tensor, if it has one.
    public let name: String?
    /// What was given and what is wanted.
    public let reason: String
    /// Where the program asked for it; nil when the platform cannot tell.
    public let location: SourceLocation?

    package init(
        operation: String, name: String? = nil, reason: String, location: SourceLocation? = .caller()
    ) {
        self.operation = operation
        self.name = name
        self.reason = reason
        self.location = location
    }
}

extension GraphError: CustomStringConvertible {
    /// `matmul 'layer1/matmul': inner dimensions differ: ... Built at Model.swift:41.`
    public var description: String {
        let subject = name.map { "\(operation) '\($0)'" } ?? operation
        let place = location.map { " Built at \($0)." } ?? ""
        return "\(subject): \(reason).\(place)"
    }
}

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

    /// The folders of this package's own sources; frames in them are not the user's.
    private static let ownFolders = [
        "Sources/WeftGraph/", "Sources/WeftCPU/", "Sources/Weft/", "Sources/TensorFlow1/",
    ]

    /// Paths are absolute or relative to the package, as the compiler was called.
    private static func isOwn(_ path: String) -> Bool {
        ownFolders.contains { path.hasPrefix($0) || path.contains("/" + $0) }
    }

    /// The innermost frame of the calling thread that is outside the framework.
    ///
    /// Finding the lines of a new stack takes about a tenth of a second, since debug information is
    /// read; an error that is made again from the same place finds them in a cache.
    package static func caller() -> SourceLocation? {
        #if canImport(Runtime)
        guard let trace = try? Backtrace.capture(limit: 64) else { return nil }
        let stack = trace.frames.map(\.originalProgramCounter)
        if let known = places.withLock({ $0[stack] }) { return known }
        let place = innermostPlace(of: trace)
        places.withLock {
            if $0.count >= mostPlaces { $0.removeAll() }
            $0[stack] = .some(place)
        }
        return place
        #else
        return nil
        #endif
    }

    #if canImport(Runtime)
    private static let mostPlaces = 1024
    private static let places = Mutex<[[Backtrace.Address]: SourceLocation?]>([:])

    private static func innermostPlace(of trace: Backtrace) -> SourceLocation? {
        guard let frames = trace.symbolicated()?.frames else { return nil }
        for frame in frames {
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

/// What a shape rule says when its operands do not fit; the builder adds operation and place.
package struct RuleViolation: Error {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}
