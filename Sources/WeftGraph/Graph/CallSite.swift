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

    #if canImport(Runtime)
    private static let mostPlaces = 1024
    private static let places = Guarded<[[Backtrace.Address]: SourceLocation?]>([:])

    /// What is made again from the same stack, as in a loop, finds its line in a cache.
    private static func place(_ trace: Backtrace) -> SourceLocation? {
        let stack = trace.frames.map(\.originalProgramCounter)
        if let known = places.withLock({ $0[stack] }) { return known }
        let place = FramePlaces(trace.architecture).first(of: stack)
        places.withLock {
            if $0.count >= mostPlaces { $0.removeAll() }
            $0[stack] = .some(place)
        }
        return place
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
