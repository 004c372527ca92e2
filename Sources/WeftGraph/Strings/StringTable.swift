// SPDX-License-Identifier: Apache-2.0

/// The strings of one run, each with its number: what stands for it in programs. Equal strings have one
/// number, and that of the empty one is 0, so that engines move, compare and pad strings as they do
/// integers.
package final class StringTable: Sendable {
    private let state = Guarded(StringIndex())

    package init() {}

    /// The numbers of strings, which get one where they have none yet.
    ///
    /// - Throws: `RunError` when there is no memory for them, and when the run is to stop.
    func numbers(of strings: NDArray, _ watch: Watch = Watch(nil)) throws -> NDArray {
        try shortageAsRunError {
            var watch = watch
            try MachineMemory.require(MemoryLayout<Int64>.size * strings.count)
            let numbers = try state.withLock { state in
                try (0..<strings.count).map { index in
                    try strings.withString(index) {
                        try watch.note(1 + $0.count)
                        return Int64(try state.number(of: $0))
                    }
                }
            }
            return try NDArray(wrapping: numbers, dtype: .int64, shape: strings.shape)
        }
    }

    /// The strings that numbers stand for.
    ///
    /// - Throws: `RunError` when there is no memory for them, for what is the number of none, and when the
    ///   run is to stop.
    func strings(_ array: NDArray, _ watch: Watch = Watch(nil)) throws -> NDArray {
        try shortageAsRunError {
            var writer = StringWriter(watch)
            let numbers = array.integers ?? []
            try state.withLock { state in
                let (bound, isTooLarge) = numbers.count.multipliedReportingOverflow(
                    by: state.byteCount)
                try writer.whole(bound: isTooLarge ? nil : bound) { writer in
                    for number in numbers {
                        guard number >= 0, number < state.count else {
                            throw RunError(
                                .unsupported, "\(number) is the number of no string of the run")
                        }
                        try state.withString(Int(number)) { try writer.append($0) }
                    }
                }
            }
            return try writer.array(array.shape)
        }
    }

    private func shortageAsRunError<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let shortage as MemoryShortage {
            throw shortage.runError("the strings of the run")
        }
    }

    /// Feeds a program the numbers of the strings that are fed.
    package func replaceStrings(
        in arguments: inout RunArguments, _ roles: Program.Roles, _ control: RunControl?
    ) throws {
        for position in roles.stringFeeds {
            let strings = try arguments.values[position].read()
            arguments.values[position] = .host(try numbers(of: strings, Watch(control)))
        }
    }

    /// Gives the strings for the numbers that a program gave.
    package func replaceNumbers(
        in results: inout RunResults, _ roles: Program.Roles, _ control: RunControl?
    ) throws {
        for position in roles.stringFetches {
            results.fetches[position] = try strings(results.fetches[position], Watch(control))
        }
    }
}

extension DType {
    /// The type that stands for this one in programs.
    package var inPrograms: DType { self == .string ? .int64 : self }
}
