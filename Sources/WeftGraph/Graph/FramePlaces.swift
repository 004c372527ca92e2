// SPDX-License-Identifier: Apache-2.0
#if canImport(Runtime)
import Runtime

/// Finds the lines of return addresses one at a time.
///
/// A line takes some hundredths of a second in a program of the size of a test bundle, and the calls
/// that were inlined into a frame take seconds to read when they are first asked for. A stack of twenty
/// frames, of which the first few are the framework's, is therefore read from its inside up to the
/// first line of the user's, and inlined calls are asked for only where they hide that line.
struct FramePlaces {
    private let architecture: String
    private let images = ImageMap.capture()

    init(_ architecture: String) { self.architecture = architecture }

    /// The targets of this package that build graphs; frames in their sources are not the user's.
    private static let ownModules = [
        "WeftArrays", "WeftGraph", "WeftCPU", "Weft", "WeftComplex", "WeftTraining",
        "WeftTensorFlow", "TensorFlow1",
    ]

    /// The innermost line outside the framework; nil where there is none.
    func first(of stack: [Backtrace.Address]) -> SourceLocation? {
        for address in stack {
            if let place = place(of: address) { return place }
        }
        return nil
    }

    private static let mostKnown = 4096
    private static let known = Guarded<[Backtrace.Address: SourceLocation?]>([:])

    /// The innermost line outside the framework at one address.
    private func place(of address: Backtrace.Address) -> SourceLocation? {
        if let place = Self.known.withLock({ $0[address] }) { return place }
        let place = lookUp(address)
        Self.known.withLock {
            if $0.count >= Self.mostKnown { $0.removeAll() }
            $0[address] = .some(place)
        }
        return place
    }

    private func lookUp(_ address: Backtrace.Address) -> SourceLocation? {
        guard let number = UInt64(address),
            let frame = try? Backtrace(from: EncodedFields.frame(number, architecture)),
            let symbol = symbols(of: frame, [.showSourceLocations, .useSymbolCache]).first
        else { return nil }
        if let place = Self.usersPlace(symbol) { return place }
        if !symbol.rawName.hasPrefix("$s") || Self.isOwnFunction(symbol) { return nil }
        // A function of the user's into which others were inlined: the framework's, or what a macro
        // wrote.
        return symbols(of: frame, .default).lazy.compactMap(Self.usersPlace).first
    }

    private func symbols(
        of frame: Backtrace, _ options: Backtrace.SymbolicationOptions
    ) -> [SymbolicatedBacktrace.Symbol] {
        let symbolicated = frame.symbolicated(with: images, options: options)
        return symbolicated?.frames.compactMap(\.symbol) ?? []
    }

    /// Paths are absolute or relative to the package, as the compiler was called.
    private static func isOwn(_ path: String) -> Bool {
        ownModules.contains { module in
            let folder = "Sources/\(module)/"
            return path.hasPrefix(folder) || path.contains("/" + folder)
        }
    }

    /// The line of a function, unless it is the framework's, or what the compiler or a macro wrote.
    private static func usersPlace(_ symbol: SymbolicatedBacktrace.Symbol) -> SourceLocation? {
        guard let place = symbol.sourceLocation, place.line > 0 else { return nil }
        let path = place.path
        let isWritten =
            path.hasPrefix("<") || path.contains("/<")
            || path.contains("/swift-generated-sources/") || path.contains("/swift/stdlib/")
        return isWritten || isOwn(path) ? nil : SourceLocation(path: path, line: place.line)
    }

    /// Whether a function is one of this package: of its types, and not an extension of the user's.
    private static func isOwnFunction(_ symbol: SymbolicatedBacktrace.Symbol) -> Bool {
        let module = ownModules.first { symbol.rawName.hasPrefix("$s\($0.utf8.count)\($0)") }
        guard module != nil else { return false }
        let marks = symbol.name.split(separator: "(extension in ", omittingEmptySubsequences: false)
        return marks.dropFirst().allSatisfy { mark in
            ownModules.contains { mark.hasPrefix($0 + ")") }
        }
    }
}
#endif
