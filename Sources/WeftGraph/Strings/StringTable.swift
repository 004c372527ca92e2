// SPDX-License-Identifier: Apache-2.0

/// The strings of one run, each with its number: what stands for it in programs. Equal strings have one
/// number, and that of the empty one is 0, so that engines move, compare and pad strings as they do
/// integers.
package final class StringTable: Sendable {
    private let state = Guarded(StringIndex())

    package init() {}

    /// The numbers of strings, which get one where they have none yet.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package func numbers(of strings: NDArray) throws(MemoryShortage) -> NDArray {
        let numbers = state.withLock { state in
            (0..<strings.count).map { index in
                strings.withString(index) { Int64(state.number(of: $0)) }
            }
        }
        return try NDArray(wrapping: numbers, dtype: .int64, shape: strings.shape)
    }

    /// The strings that numbers stand for.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them; `RunError` for what is the number of
    ///   none.
    package func strings(_ numbers: NDArray) throws -> NDArray {
        var packer = StringPacker()
        try state.withLock { state in
            for number in numbers.integers ?? [] {
                guard number >= 0, number < state.count else {
                    throw RunError(.unsupported, "\(number) is the number of no string of the run")
                }
                packer.append(state[Int(number)])
            }
        }
        return try packer.array(numbers.shape)
    }
}

extension StringTable {
    /// Feeds a program the numbers of the strings that are fed.
    package func replaceStrings(
        in arguments: inout RunArguments, _ roles: Program.Roles
    ) throws {
        do {
            for position in roles.stringFeeds {
                let strings = try arguments.values[position].read()
                arguments.values[position] = .host(try numbers(of: strings))
            }
        } catch let shortage as MemoryShortage {
            throw shortage.runError("the strings that are fed")
        }
    }

    /// Gives the strings for the numbers that a program gave.
    package func replaceNumbers(in results: inout RunResults, _ roles: Program.Roles) throws {
        do {
            for position in roles.stringFetches {
                results.fetches[position] = try strings(results.fetches[position])
            }
        } catch let shortage as MemoryShortage {
            throw shortage.runError("the strings that are fetched")
        }
    }
}

extension DType {
    /// The type that stands for this one in programs.
    package var inPrograms: DType { self == .string ? .int64 : self }
}
