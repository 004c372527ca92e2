// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Functions of strings against what TensorFlow gave (Tests/Goldens/tf_strings.json).
@Suite("Functions of strings, beside TensorFlow") struct StringGoldenTests {
    private typealias S = Tensor<String>

    private let golden: Golden
    private let x = S.placeholder(shape: [nil], name: "x")

    init() throws { golden = try Golden("tf_strings.json") }

    private func strings(_ key: String) throws -> NDArray {
        try Golden.strings(golden.root[key])
    }

    private func numbers(_ value: Any?) throws -> [Double] {
        try #require(value as? [Int]).map { Double($0) }
    }

    @Test("of each by itself", arguments: TestedEngine.allCases)
    func each(_ engine: TestedEngine) throws {
        let words = try strings("words")
        let tail = x[5...]
        let (points, pointCounts) = x.codePoints()
        let encoded = x.base64Encoded(isPadded: true)
        let results = try engine.session().run(
            [
                x.lengths(), x.lengths(in: .characters), x.uppercased(), x.lowercased(),
                x.uppercased(.unicode), x.stripped(), x.hashBuckets(count: 1_000_000_007),
                x.base64Encoded(), encoded, tail.substrings(from: -3, count: 2),
                tail.substrings(from: -3, count: 2, in: .characters), points, pointCounts,
                encoded.base64Decoded(), joined([x, "-", "é"], separator: "+"),
            ], feeding: [x: words])
        for (index, key) in ["bytes", "characters"].enumerated() {
            #expect(results[index].doubles == (try numbers(golden.root[key])), "\(key)")
        }
        for (index, key) in ["upper", "lower", "upper unicode", "stripped"].enumerated() {
            #expect(results[2 + index] == (try strings(key)), "\(key)")
        }
        #expect(results[6].doubles == (try numbers(golden.root["hash"])))
        for (index, key) in ["base64", "base64 padded", "last", "last characters"].enumerated() {
            #expect(results[7 + index] == (try strings(key)), "\(key)")
        }
        let recorded = try golden.dictionary("code points")
        #expect(results[11].doubles == (try numbers(recorded["points"])))
        #expect(results[12].doubles == (try numbers(recorded["counts"])))
        #expect(results[13] == words)
        #expect(results[14] == (try strings("joined")))
    }

    @Test("cut and joined", arguments: TestedEngine.allCases)
    func parts(_ engine: TestedEngine) throws {
        let session = engine.session()
        let cut = try strings("cut")
        func expect(
            _ found: (parts: S, counts: Tensor<Int64>), _ recorded: [String: Any], _ what: String
        ) throws {
            let results = try session.run([found.parts, found.counts], feeding: [x: cut])
            let parts = try Golden.strings(recorded["parts"])
            #expect(results[0] == parts, "\(what)")
            #expect(results[1].doubles == (try numbers(recorded["counts"])), "\(what)")
        }
        for item in try golden.list("split") {
            let by = (item["by"] as? String).map { StringSeparator.string($0) } ?? .whitespace
            let most = try #require(item["most"] as? Int)
            // Between white space with so many cuts, Python is followed: see below.
            if by == .whitespace, most >= 0 { continue }
            try expect(x.split(by: by, maxSplits: most < 0 ? nil : most), item, "\(by) \(most)")
        }
        for item in try golden.list("split in Python") {
            let most = try #require(item["most"] as? Int)
            try expect(x.split(maxSplits: most), item, "white space \(most)")
        }
        try expect(
            x.split(by: .anyByte(of: ",; ")), try golden.dictionary("split anywhere"), "any of")
        try expect(x.split(by: .bytes), try golden.dictionary("bytes split"), "bytes")
        let rows = x.splitRows()
        let results = try session.run(
            [rows.rows, rows.counts, x.reshaped(to: [2, 3]).joined(axes: [0], separator: "|")],
            feeding: [x: cut])
        #expect(results[0].shape == [6, 3] && results[0][0] == ["a", "b", "c"])
        #expect(results[0][1] == ["", "", ""] && results[0][2] == ["x", "", ""])
        #expect(results[1].doubles == [3, 0, 1, 1, 1, 2])
        #expect(results[2] == (try strings("reduced")))
        let none = try session.run(
            [rows.rows, x.split().parts, x.joined(separator: ",")],
            feeding: [x: NDArray([String]())])
        #expect(none.map(\.shape) == [[0, 0], [0], []] && none[2] == "")
        let characters = try session.run(S(["é€", "a"]).split(by: .characters).parts)
        #expect(characters == ["é", "€", "a"])
        let again = try session.run(Tensor<Int32>([[97, 233], [8364, -1]]).encodedCodePoints())
        #expect(again == ["aé", "€\u{FFFD}"])
    }

    @Test("matched and replaced", arguments: TestedEngine.allCases)
    func patterns(_ engine: TestedEngine) throws {
        let session = engine.session()
        let words = try strings("words")
        for item in try golden.list("matches") {
            let pattern = try #require(item["pattern"] as? String)
            let wanted = try #require(item["is"] as? [Bool])
            let found = try session.run(x.matches(pattern), feeding: [x: words])
            #expect(found.doubles == wanted.map { $0 ? 1 : 0 }, "\(pattern)")
        }
        for item in try golden.list("replaces") {
            let pattern = try #require(item["pattern"] as? String)
            let text = try #require(item["with"] as? String)
            let found = try session.run(
                [
                    x.replacing(matchesOf: pattern, with: text),
                    x.replacing(matchesOf: pattern, with: text, onlyFirst: true),
                ], feeding: [x: words])
            #expect(found[0] == (try Golden.strings(item["all"])), "\(pattern)")
            #expect(found[1] == (try Golden.strings(item["first"])), "\(pattern)")
        }
        let plain = x.replacing("l", with: "LL")
        #expect(try session.run(plain, feeding: [x: ["hello", "", "l"]]) == ["heLLLLo", "", "LL"])
    }

    @Test("to numbers and from numbers", arguments: TestedEngine.allCases)
    func numbers(_ engine: TestedEngine) throws {
        let session = engine.session()
        let texts = try strings("numbers")
        let found = try session.run(
            [x.numbers(as: Float.self), x.numbers(as: Double.self), x.numbers(as: BFloat16.self)],
            feeding: [x: texts])
        for (array, key) in zip(found, ["float32", "float64"]) {
            let wanted = try Golden.requiredArray(golden.root[key])
            #expect(array.description == wanted.description, "\(key)")
        }
        #expect(found[2].doubles[0] == 1)
        let integers = try session.run(
            x.numbers(as: Int32.self), feeding: [x: try strings("integers")])
        #expect(integers == (try Golden.requiredArray(golden.root["int32"])))

        func expect(_ values: NDArray, _ key: String) throws {
            for item in try golden.list(key) {
                let y = AnyTensor.placeholder(values.dtype, shape: [nil])
                let notation: NumberNotation =
                    item["scientific"] != nil
                    ? .scientific : item["shortest"] != nil ? .shortest : .decimal
                let fill: NumberFill =
                    switch item["fill"] as? String {
                    case "0": .zeros
                    case "-": .spacesBehind
                    default: .spaces
                    }
                let text = y.text(
                    precision: item["precision"] as? Int, notation: notation,
                    width: item["width"] as? Int ?? 0, fill: fill)
                #expect(
                    try session.run(text, feeding: [y: values])
                        == (try Golden.strings(item["text"])), "\(key) \(item)")
            }
        }
        let floats = try Golden.requiredArray(golden.root["floats"])
        try expect(floats.cast(to: .float32), "written float32")
        try expect(floats, "written float64")
        try expect(try Golden.requiredArray(golden.root["wholes"]), "written int32")
        #expect(try session.run(Tensor<Bool>([true, false]).text()) == ["true", "false"])
    }

    @Test("words to numbers, with buckets", arguments: TestedEngine.allCases)
    func vocabulary(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("vocabulary")
        let known = try Golden.strings(recorded["known"])
        let table = try HashTable.vocabulary(
            known.scalars(), buckets: try #require(recorded["buckets"] as? Int))
        let found = try engine.session().run(
            table.lookup(x), feeding: [x: try strings("words")])
        #expect(found.doubles == (try numbers(recorded["numbers"])))
    }
}
