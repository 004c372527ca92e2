// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// What is a regular expression, and what is none.
@Suite("Patterns") struct PatternTests {
    private typealias S = Tensor<String>

    private let x = S.placeholder(shape: [nil], name: "x")

    private static let wholes = [
        "[[:alpha:]x]", "[[:^digit:]\\]-z]{2,3}?", "(?P<name>a)(?<other>b)", "\\x4A\\x{41}\\0\\12",
        "(?i-smU:a+?)|(?U)b*", "a{12,13}|\\Qa.b\\E\\b\\B\\A\\z", "((a|b)*?c)+$",
        "[\\x{10FFFF}-\\x{10ffff}]",
    ]

    @Test("a pattern that ends anywhere is read, or refused", arguments: wholes)
    func cut(_ whole: String) {
        #expect(x.matches(whole).error == nil)
        for start in 0...whole.count {
            for length in 0...whole.count - start {
                let part = String(whole.dropFirst(start).prefix(length))
                if let error = x.matches(part).error {
                    #expect("\(error)".contains("is none"), "\(part)")
                }
            }
        }
    }

    @Test(
        "what is none says so",
        arguments: [
            "[[:alpha", "[[:alpha:", "[[:alpha:]", "[[:letter:]]", "(?P<n", "(?<n",
            "(?P<>a)", "(?P<n>a)(?P<n>b)",
            "(?P<n-m>a)", "\\x4", "\\x{41", "\\x{}", "\\x+1", "\\xg1", "\\x{110000}", "\\1", "\\8",
            "\\08\\9",
            "(?i", "(?-)", "(?i-)", "(?i--s)", "(?", "\\C", "\\p{L}", "[\\", "[a-\\",
        ])
    func refused(_ pattern: String) {
        let text = x.matches(pattern).error.map { "\($0)" } ?? "no error"
        #expect(text.contains("is none"), "\(text)")
    }

    @Test("characters by number, letters in brackets, and greed", arguments: TestedEngine.allCases)
    func syntax(_ engine: TestedEngine) throws {
        let session = engine.session()
        let cases: [(String, String, Bool)] = [
            ("\\077", "?", true), ("\\0", "\0", true), ("\\12", "\n", true), ("\\123", "S", true),
            ("\\0123", "\n3", true), ("[\\077]", "?", true), ("\\x{41}\\x4a", "AJ", true),
            ("[[:a]", ":", true), ("[[:a]", "[", true), ("[[:a]", "b", false),
            ("[[:a]]", "a]", true),
        ]
        for (pattern, text, wanted) in cases {
            let found = try session.run(x.matches(pattern), feeding: [x: NDArray([text])])
            #expect(found == NDArray([wanted]), "\(pattern) in \(text)")
        }
        let replaced: [(String, String)] = [
            ("(?U)a+", "-aa b"), ("(?U)a+?", "- b"), ("(?U:a+)a", "-a b"), ("(?U)(?-U)a+", "- b"),
            ("(?U)a{2,}", "-a b"),
        ]
        for (pattern, wanted) in replaced {
            let found = x.replacing(matchesOf: pattern, with: "-", onlyFirst: true)
            #expect(
                try session.run(found, feeding: [x: ["aaa b"]]) == NDArray([wanted]), "\(pattern)")
        }
    }

    @Test("texts that look alike are told apart", arguments: TestedEngine.allCases)
    func bytes(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (one, two) = ("\u{E9}", "e\u{301}")
        let feeds: Feeds = [x: NDArray([one, two])]
        let parts: (StringSeparator) -> Tensor<Int64> = { self.x.split(by: $0).counts }
        // Each in a run of its own, and both in one: neither nodes nor plans are shared.
        let graphs = [
            x.matches(one).cast(to: Int64.self), x.matches(two).cast(to: Int64.self),
            x.replacing(matchesOf: one, with: "").lengths(),
            x.replacing(matchesOf: two, with: "").lengths(),
            parts(.string(one)), parts(.string(two)),
            parts(.anyByte(of: one + "c")), parts(.anyByte(of: two + "c")),
        ]
        let wanted: [[Double]] = [
            [1, 0], [0, 1], [0, 3], [2, 0], [2, 1], [1, 2], [0, 1], [1, 0],
        ]
        for (graph, wanted) in zip(graphs, wanted) {
            #expect(try session.run(graph, feeding: feeds).doubles == wanted)
        }
        #expect(try session.run(graphs, feeding: feeds).map(\.doubles) == wanted)
    }
}
