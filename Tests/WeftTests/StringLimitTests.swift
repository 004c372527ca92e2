// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Strings and patterns that are too much for memory or time: errors, and soon.
@Suite("Limits of strings") struct StringLimitTests {
    private typealias S = Tensor<String>
    private typealias I = Tensor<Int64>

    private let x = S.placeholder(shape: [nil], name: "x")

    private func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test("a pattern whose repetitions never end is refused while the graph is built")
    func patterns() {
        for pattern in [
            "(?:(?:(?:(?:){1000}){1000}){1000}){1000}", "((((){1000}){1000}){1000}){1000}",
            "(?:(?:(?:|){0,1000}){1000}){1000}", "(?:(?:a{1000}){1000}){1000}",
            "(?:(?:\\Q\\E){1000}){1000}", "(?:^{2}){1000}{1000}",
        ] {
            let text = x.matches(pattern).error?.description ?? "none"
            #expect(text.contains("repeat less") || text.contains("repeats nothing"), "\(text)")
        }
        #expect(x.matches("(?:abcdefgh){1000}").error == nil)
    }

    @Test(
        "results that do not fit are refused before they are made", arguments: TestedEngine.allCases
    )
    func memory(_ engine: TestedEngine) throws {
        let session = engine.session()
        let million = NDArray([letters(1 << 20)])
        let long = letters(1 << 20)
        let many = x.broadcasted(to: [1 << 21])
        let (_, grown) = whileLoop(
            I(0), x, condition: { i, _ in i .< 3 },
            body: { i, y in (i + 1, y.replacing("a", with: letters(100_000))) })
        let cases: [(String, S, NDArray)] = [
            ("replacing", x.replacing("a", with: long), million),
            ("pattern", x.replacing(matchesOf: "a", with: long), million),
            (
                "groups",
                x.replacing(matchesOf: "(a+)", with: String(repeating: "\\1", count: 1 << 20)),
                million
            ),
            ("empty pattern", x.replacing(matchesOf: "", with: long), million),
            ("in a loop", grown, NDArray([letters(100)])),
            ("joined", many.joined(), million),
            ("joined along an axis", many.joined(separator: long), NDArray([""])),
            ("broadcast", many.stripped(), million),
        ]
        for (name, graph, fed) in cases {
            let start = ContinuousClock.now
            let code = errorCode { _ = try session.run(graph.lengths(), feeding: [x: fed]) }
            #expect(code == .outOfMemory, "\(name)")
            #expect(ContinuousClock.now - start < .seconds(20), "\(name)")
        }
    }

    @Test("what leaves a run is refused where it does not fit", arguments: TestedEngine.allCases)
    func leaving(_ engine: TestedEngine) throws {
        let session = engine.session()
        let feeds: Feeds = [x: NDArray([letters(1 << 20)])]
        let many = x.broadcasted(to: [1 << 21])
        let count = HostFunction("count", results: [.array(.int64, [])]) { _ in [NDArray(Int64(0))]
        }
        let cases: [(String, AnyTensor)] = [
            ("fetched", many.anyTensor),
            ("emitted", x.after([emit(many, as: "many")]).anyTensor),
            ("given to the host", hostCall(count, [many])[0]),
        ]
        for (name, graph) in cases {
            let code = errorCode { _ = try session.run(graph, feeding: feeds) { _ in } }
            #expect(code == .outOfMemory, "\(name)")
        }
        // Of what a check shows only the first are made.
        let checked = check(I(0), that: x.lengths().sum() .< 0, "holds", showing: ["many": many])
        #expect(errorCode { _ = try session.run(checked, feeding: feeds) } == .kernelFailure)
    }

    @Test("as many equal strings as are asked for, or an error")
    func repeated() throws {
        #expect(try NDArray(repeating: "ab", shape: [2, 2]) == [["ab", "ab"], ["ab", "ab"]])
        #expect(try NDArray(repeating: "", shape: [2]) == ["", ""])
        #expect(try NDArray(repeating: "a", shape: [0]) == NDArray([String]()))
        let bytes = try NDArray(byteStrings: [[0xFF]], shape: [])
        #expect(try NDArray(repeating: bytes, shape: [2]).byteStrings() == [[0xFF], [0xFF]])
        for shape in [[1 << 36], [1 << 20, 1 << 20], [-1], [.max, 2]] {
            #expect(throws: ArrayError.self) { try NDArray(repeating: "ab", shape: shape) }
        }
        let long = letters(1 << 20)
        #expect(throws: ArrayError.self) { try NDArray(repeating: long, shape: [1 << 24]) }
    }

    @Test("a text is searched in time in proportion to it, whatever is looked for")
    func search() throws {
        let session = Session()
        let n = 1 << 22
        let (text, near) = (letters(n), letters(n / 2) + "b")
        let feeds: Feeds = [x: NDArray([text + "b"])]
        let replaced = x.replacing(near, with: "c").lengths()
        #expect(try session.run(replaced, feeding: feeds).doubles == [Double(n / 2 + 1)])
        let parts = x.split(by: .string(near)).parts.lengths()
        #expect(try session.run(parts, feeding: feeds).doubles == [Double(n / 2), 0])
        let bytes = x.split(by: .anyByte(of: text)).counts
        #expect(try session.run(bytes, feeding: feeds).doubles == [1])
    }

    @Test("deadlines end long matches")
    func deadline() {
        let session = Session()
        let fed = NDArray([letters(1 << 24)])
        for graph in [
            x.matches("(?:a?){300}(a|aa)+$").cast(to: Int64.self).sum(),
            x.replacing(matchesOf: "a.*b|aa", with: "").lengths().sum(),
        ] {
            let start = ContinuousClock.now
            let control = RunControl(deadline: start + .milliseconds(50))
            #expect(
                errorCode { _ = try session.run(graph, feeding: [x: fed], control: control) }
                    == .deadlineExceeded)
            #expect(ContinuousClock.now - start < .seconds(2))
        }
    }

    @Test("occurrences are found as a naive search finds them", arguments: TestedEngine.allCases)
    func naive(_ engine: TestedEngine) throws {
        let session = engine.session()
        var random = TestRandom("occurrences")
        for _ in 0..<40 {
            let sought = String(
                (0..<1 + random.index(below: 4)).map { _ in "ab".randomLetter(&random) })
            let texts = (0..<20).map { _ in
                String((0..<random.index(below: 24)).map { _ in "ab".randomLetter(&random) })
            }
            let wanted = texts.map { text -> String in
                var (rest, result) = (text[...], "")
                while let first = rest.first {
                    let isThere = rest.hasPrefix(sought)
                    result += isThere ? "-" : String(first)
                    rest = rest.dropFirst(isThere ? sought.count : 1)
                }
                return result
            }
            let found = try session.run(
                x.replacing(sought, with: "-"), feeding: [x: NDArray(texts)])
            #expect(found == NDArray(wanted), "\(sought) in \(texts)")
            let pattern = try session.run(
                x.replacing(matchesOf: sought, with: "-"), feeding: [x: NDArray(texts)])
            #expect(pattern == found)
        }
    }

    @Test("numbers of 16 bits are rounded once", arguments: TestedEngine.allCases)
    func halves(_ engine: TestedEngine) throws {
        let session = engine.session()
        let short: [(String, Double)] = [
            ("1.00390625", 1), ("1.00390625000001", 1.0078125), ("1.00390624999999", 1),
            ("1.01171875", 1.015625), ("1.0117187499999999999999999999999999", 1.0078125),
            ("-1.00390625000000000000000000000000001", -1.0078125),
            ("0x1.01p0", 1), ("0x1.0100000000000000000001p0", 1.0078125),
            ("0x101000000000000000000000001p-104", 1.0078125), ("-0x1.00ffffffffffffffffffp0", -1),
            ("10039062500000000000000000000001e-31", 1.0078125), ("0x0.0000p5", 0),
            ("339617752923046005526922703901628039168.0000001", .infinity),
            ("339617752923046005526922703901628039167.9999999", 0x1.FEp127),
            ("4.591774807899560578002877098524397178e-41", 0),
            ("4.591774807899560578002877098524397179e-41", 0x1p-133), ("inf", .infinity),
            ("1e400", .infinity), ("1e-400", 0),
        ]
        let found = try session.run(
            x.numbers(as: BFloat16.self), feeding: [x: NDArray(short.map(\.0))])
        for (value, (text, wanted)) in zip(found.doubles, short) {
            #expect(value == wanted, "\(text)")
        }
        let half: [(String, Double)] = [
            ("1.00048828125", 1), ("1.000488281250000000000000000001", 1.0009765625),
            ("65519.99999999999999999999", 65504), ("65520", .infinity),
            ("2.98023223876953125e-8", 0), ("2.980232238769531250000000000001e-8", 0x1p-24),
        ]
        let narrow = try session.run(
            x.numbers(as: Float16.self), feeding: [x: NDArray(half.map(\.0))])
        for (value, (text, wanted)) in zip(narrow.doubles, half) {
            #expect(value == wanted, "\(text)")
        }
    }
}

extension String {
    fileprivate func randomLetter(_ random: inout TestRandom) -> Character {
        self[index(startIndex, offsetBy: random.index(below: count))]
    }
}
