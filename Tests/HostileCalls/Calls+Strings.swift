// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftGraph

/// Functions of strings and hash tables.
let stringCalls: [Call] = [
    Call("strings") { c in
        let x = c.t(String.self)
        let unit = c.choice(StringUnit.allCases)
        c.keep(x.lengths(in: unit))
        c.keep(x.substrings(from: c.int(), count: c.int(), in: unit))
        c.keep(x.substrings(from: c.numbers(), count: c.t(Int32.self), in: unit))
        c.keep(x.stripped())
        c.keep(x.uppercased(c.choice(StringAlphabet.allCases)))
        c.keep(x.lowercased(c.choice(StringAlphabet.allCases)))
        c.keep(x.base64Encoded(isPadded: c.yes()))
        c.keep(x.base64Decoded())
        c.keep(x.hashBuckets(count: c.int()))
    },
    Call("joined") { c in
        c.keep(joined(c.several(String.self), separator: c.name()))
        c.keep(
            c.t(String.self).joined(
                axes: c.axes(), separator: c.name(), keepingDimensions: c.yes()))
    },
    Call("split") { c in
        let separators: [StringSeparator] = [
            .whitespace, .string(c.name()), .string(","), .anyByte(of: c.name()), .bytes,
            .characters,
        ]
        let (parts, counts) = c.t(String.self).split(
            by: c.choice(separators), maxSplits: c.maybe(c.int()))
        c.keep(parts)
        c.keep(counts)
        let (rows, more) = c.t(String.self).splitRows(
            by: c.choice(separators), maxSplits: c.maybe(c.int()))
        c.keep(rows)
        c.keep(more)
        let (points, pointCounts) = c.t(String.self).codePoints()
        c.keep(points)
        c.keep(pointCounts)
        c.keep(c.t(Int32.self).encodedCodePoints())
    },
    Call("patterns") { c in
        let patterns = [
            "", "a", "(", "a)", "[", "[a-", "[z-a]", "a{2,1}", "a{1000}{1000}", "(a*)*b", "\\p{L}",
            "(?i)A|b", "^$", "\\", "(a|aa)+$", "[[:alpha:]]*", "(?P<n>.)", "a**",
            ".{0,1000}.{0,1000}", "(?:(?:(?:(?:){1000}){1000}){1000}){1000}",
            "((|){1000}){1000}", "\\Qa\\E*", "\\Q\\E*", "a(?i)*",
        ]
        let more = [
            "[[:alpha:]x]", "(?P<name>a)(?<other>b)", "\\x4A\\x{41}\\0\\12\\123",
            "(?i-smU:a+?)|(?U)b*",
            "[^a-z\\d\\]]{2,3}?", "\\Qa.b\\E\\b\\B\\A\\z",
        ]
        /// Now and then cut at some place.
        func pattern() -> String {
            let whole = c.choice(patterns + more)
            if !c.draws.once(in: 2) { return whole }
            let cut = String(whole.prefix(c.draws.below(whole.count + 1)))
            c.draws.say(" cut to \(cut)")
            return cut
        }
        let x = c.t(String.self)
        c.keep(x.matches(pattern()))
        c.keep(
            x.replacing(
                matchesOf: pattern(), with: c.choice(["", "\\1", "x", "\\", "\\\\"]),
                onlyFirst: c.yes()))
        c.keep(x.replacing(c.name(), with: c.name()))
    },
    Call("strings that grow") { c in
        let x = c.t(String.self)
        let long = String(repeating: "a", count: 1 << c.draws.below(21))
        c.draws.say(" \(long.utf8.count) letters")
        c.keep(x.replacing("a", with: long).replacing("a", with: long).lengths())
        c.keep(x.replacing(long + "b", with: "").lengths())
        c.keep(x.replacing(matchesOf: c.choice(["a", "", "(a)"]), with: long).lengths())
        c.keep(x.split(by: c.choice([.string(long), .anyByte(of: long)])).counts)
        let grown = (0..<1 + c.draws.below(12)).reduce(x) { y, _ in
            joined([y, y, y, y, y, y, y, y], separator: c.name())
        }
        c.keep(grown.lengths())
    },
    Call("numbers and text") { c in
        c.keep(c.t(String.self).numbers(as: Float.self))
        c.keep(c.t(String.self).numbers(as: Int64.self))
        c.keep(c.t(String.self).numbers(as: c.dtype()))
        c.keep(
            c.any().text(
                precision: c.maybe(c.int()), notation: c.choice(NumberNotation.allCases),
                width: c.int(), fill: c.choice(NumberFill.allCases),
                sign: c.choice(NumberSign.allCases)))
    },
    Call("order of strings") { c in
        let (x, y) = (c.t(String.self), c.t(String.self))
        c.keep(x .< y)
        c.keep(x .== y)
        c.keep(x.sorted(axis: c.axis(), isDescending: c.yes()))
        c.keep(x.argSorted(axis: c.axis()))
        c.keep(x.topK(c.int()).values)
        c.keep(x.unique().values)
    },
    Call("HashTable") { c in
        let table = try HashTable(
            c.name(), keys: c.array(), values: c.array(), defaultValue: c.array())
        c.keep(table.lookup(c.any()))
        c.keep(try table.reversed(defaultValue: c.array()).lookup(c.any()))
    },
    Call("vocabulary") { c in
        let words = (0..<c.draws.below(5)).map { _ in c.name() }
        let table = try HashTable.vocabulary(words, buckets: c.int())
        c.keep(table.lookup(c.t(String.self)))
        c.keep(table.contains(c.t(String.self)))
        _ = try HashTable.vocabulary(contentsOf: c.name(), buckets: c.int())
    },
    Call("arrays of strings") { c in
        let array = c.array()
        _ = try? array.byteStrings()
        _ = try? array.scalars(as: String.self)
        let strings = (0..<c.draws.below(4)).map { _ in c.draws.string() }
        _ = try NDArray(byteStrings: strings, shape: c.ints()).description
    },
]
