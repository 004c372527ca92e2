// SPDX-License-Identifier: Apache-2.0

/// Looks at a run's control now and then, for loops that may be long.
struct Watch {
    private static let interval = 1 << 13
    private let control: RunControl?
    private var left = interval

    init(_ control: RunControl?) { self.control = control }

    /// Notes that so many elements are about to be done.
    ///
    /// - Throws: `RunError` when the run is to stop.
    @inline(__always)
    mutating func note(_ elements: Int = 1) throws {
        left -= elements
        guard left < 0 else { return }
        left = Self.interval
        try control?.check()
    }
}

extension Evaluation {
    var watch: Watch { Watch(control) }

    /// Calls `body` with every index of the shape, in order, and looks at the run's control.
    func forEach(_ shape: [Int], _ body: ([Int]) throws -> Void) throws {
        var watch = watch
        try RowMajor.forEach(shape) { index in
            try watch.note()
            try body(index)
        }
    }
}
