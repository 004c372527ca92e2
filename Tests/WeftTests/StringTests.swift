// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

@Suite("Tensors of strings") struct StringTests {
    private typealias S = Tensor<String>
    private typealias I = Tensor<Int64>

    private let x = S.placeholder(shape: [nil], name: "x")

    @Test("arrays have them: literals, access, equality, text, parts")
    func arrays() throws {
        let words: NDArray = ["a", "", "déjà"]
        #expect(words.dtype == .string && words.shape == [3])
        #expect(try words.scalars() == ["a", "", "déjà"])
        #expect(try words[2].scalar() == "déjà")
        #expect(words.description == #"["a", "", "déjà"]"#)
        #expect(
            words == ["a", "", "déjà"] && words != ["a", "b", "déjà"] && words != ["ab", "", ""])
        let rows = try NDArray(rows: [["a", "b"], ["c", "d"]])
        #expect(rows[1] == ["c", "d"] && rows[0..<1].shape == [1, 2])
        #expect(try rows.reshaped(to: [4]) == ["a", "b", "c", "d"])
        var changed = rows
        try changed.assign("long", at: 0..<2, 1)
        #expect(try changed.scalars() == ["a", "long", "c", "long"])
        #expect(try rows.scalars() == ["a", "b", "c", "d"])
        #expect(try NDArray(repeating: "x", shape: [2, 1]) == NDArray(rows: [["x"], ["x"]]))
        #expect(words.byteCount == 8 * 4 + 7)
    }

    @Test("bytes that are no text survive", arguments: TestedEngine.allCases)
    func bytes(_ engine: TestedEngine) throws {
        let raw: [[UInt8]] = [[0xFF, 0, 65], [], Array("ok".utf8)]
        let array = try NDArray(byteStrings: raw, shape: [3])
        #expect(array.description == #"["\xFF\0A", "", "ok"]"#)
        #expect(
            errorText { _ = try array.scalars(as: String.self) }.contains("string 0 of the array"))
        let back = try engine.session().run(x.reversed(axes: [0]), feeding: [x: array])
        #expect(try back.byteStrings() == raw.reversed())
    }

    @Test("arrays of numbers are none, and say so")
    func arrayErrors() throws {
        let words: NDArray = ["1"]
        #expect(errorText { _ = try words.cast(to: .int32) }.contains("not converted"))
        #expect(errorText { _ = try words.scalars(as: Int32.self) }.contains("holds string"))
        #expect(errorText { _ = try ([1] as NDArray).byteStrings() }.contains("holds i32"))
        #expect(
            errorText { _ = try NDArray(byteStrings: [[1]], shape: [2]) }.contains("do not fill"))
        #expect(
            errorText { _ = try NDArray(dtype: .string, shape: [1], bytes: [1]) }
                .contains("where strings end"))
        var numbers: NDArray = [1, 2]
        #expect(errorText { try numbers.assign("a", at: 0) }.contains("cannot be assigned"))
        #expect(words.doubles[0].isNaN)
    }

    @Test("are fed, moved and fetched", arguments: TestedEngine.allCases)
    func movement(_ engine: TestedEngine) throws {
        let session = engine.session()
        func run(
            _ y: some TensorConvertible, _ words: NDArray = ["b", "a", "", "b"]
        ) throws
            -> NDArray
        { try session.run(y, feeding: [x: words]) }
        let square = x.reshaped(to: [2, 2])
        #expect(try run(square.transposed()).scalars() == ["b", "", "a", "b"])
        #expect(try run(x[1..<3]) == ["a", ""])
        #expect(try run(concatenated([x, S(["c"])])) == ["b", "a", "", "b", "c"])
        #expect(try run(stacked([x, x], axis: 1)).shape == [4, 2])
        #expect(try run(x.padded(with: "", sizes: [(1, 2)])) == ["", "b", "a", "", "b", "", ""])
        #expect(try run(x.gathered(at: I([3, 2]))) == ["b", ""])
        #expect(
            try run(x.scattering(S(["z"]), at: I([1]), combining: .set)) == ["b", "z", "", "b"])
        #expect(try run(select(x .== "b", "yes", x)) == ["yes", "a", "", "yes"])
        #expect(try run(x.tiled(by: [2])).count == 8)
        #expect(try run(S("w").broadcasted(to: [2])) == ["w", "w"])
        #expect(try run(S.zeros(shape: [2])) == ["", ""])
        #expect(try run(x.shape[0] == nil ? x.sizes : x.sizes) == NDArray([Int64(4)]))
        #expect(try run(S(["only"]), NDArray([String]())) == ["only"])
    }

    @Test("are compared and sorted bytewise", arguments: TestedEngine.allCases)
    func order(_ engine: TestedEngine) throws {
        let session = engine.session()
        let words: NDArray = ["b", "a", "é", "Z", "ab", "b"]
        func run(_ y: some TensorConvertible) throws -> NDArray {
            try session.run(y, feeding: [x: words])
        }
        #expect(try run(x .== "b").doubles == [1, 0, 0, 0, 0, 1])
        #expect(try run(x .!= "b").doubles == [0, 1, 1, 1, 1, 0])
        #expect(try run(x .< "b").doubles == [0, 1, 0, 1, 1, 0])
        #expect(try run(x .<= "b").doubles == [1, 1, 0, 1, 1, 1])
        #expect(try run(x .> "ab").doubles == [1, 0, 1, 0, 0, 1])
        #expect(try run(x .>= "b").doubles == [1, 0, 1, 0, 0, 1])
        #expect(try run(x.sorted()) == ["Z", "a", "ab", "b", "b", "é"])
        #expect(try run(x.sorted(isDescending: true)) == ["é", "b", "b", "ab", "a", "Z"])
        #expect(try run(x.argSorted()).doubles == [3, 1, 4, 0, 5, 2])
        #expect(try run(x.topK(2).values) == ["é", "b"])
        let square = x.reshaped(to: [2, 3]).sorted(axis: 0)
        #expect(try run(square).scalars() == ["Z", "a", "b", "b", "ab", "é"])
    }

    @Test("in segments: different ones, those that a mask keeps", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (values, places, counts) = x.unique()
        let kept = x.masked(by: x .!= "")
        let results = try session.run(
            [values, places, counts, kept], feeding: [x: ["b", "", "a", "b", "b"]])
        #expect(results[0] == ["b", "", "a"] && results[3] == ["b", "a", "b", "b"])
        #expect(results[1].doubles == [0, 1, 2, 0, 0] && results[2].doubles == [3, 1, 1])
        #expect(try session.run(kept, feeding: [x: ["", ""]]).count == 0)
    }

    @Test("through branches, loops and calls", arguments: TestedEngine.allCases)
    func controlFlow(_ engine: TestedEngine) throws {
        let session = engine.session()
        let feeds: Feeds = [x: ["b", "a", "c"]]
        let first = cond(
            (x[0] .== "b"), then: { x.sorted() }, else: { x.reversed(axes: [0]) })
        #expect(try session.run(first, feeding: feeds) == ["a", "b", "c"])
        #expect(try session.run(first, feeding: [x: ["c", "a", "b"]]) == ["b", "a", "c"])
        let (greatest, steps) = scan(over: x, initial: S("")) { before, word in
            let after = select(word .> before, word, before)
            return (after, after)
        }
        let results = try session.run([greatest, steps], feeding: feeds)
        #expect(results[0] == "c" && results[1] == ["b", "b", "c"])
        let (count, last) = whileLoop(
            I(0), x, condition: { i, y in i .< 2 .& (y[0] .!= "c") },
            body: { i, y in (i + 1, y.rolled(by: 1, axis: 0)) })
        let rolled = try session.run([count, last], feeding: feeds)
        #expect(rolled[0].number == 1 && rolled[1] == ["c", "b", "a"])
        let called = call("same", x) { $0.reversed(axes: [0]) }
        #expect(try session.run(called, feeding: feeds) == ["c", "a", "b"])
    }

    @Test(
        "emitted, shown by checks, given to functions of the host", arguments: TestedEngine.allCases
    )
    func host(_ engine: TestedEngine) throws {
        let session = engine.session()
        var emitted: [NDArray] = []
        _ = try session.run([emit(x, as: "words")], feeding: [x: ["a", "b"]]) {
            emitted.append($0.value)
        }
        #expect(emitted == [["a", "b"]])
        let checked = check(x, that: (x .== "a").all(), "all are a", showing: ["x": x])
        let text = errorText { _ = try session.run(checked, feeding: [x: ["a", "b"]]) }
        #expect(text.contains(#"x is string[2] ["a", "b"]"#), "\(text)")
        for isStateful in [false, true] {
            let shout = HostFunction("shout", results: [.like(0)], isStateful: isStateful) {
                let words = try $0[0].scalars(as: String.self)
                return [NDArray(words.map { $0.uppercased() })]
            }
            let loud = S(hostCall(shout, [x])[0])
            #expect(
                try session.run(loud.reversed(axes: [0]), feeding: [x: ["a", "b"]]) == ["B", "A"])
        }
    }

    @Test("what is no function of strings says so when the graph is built")
    func errors() {
        let untyped = x.anyTensor
        for (wrong, words) in [
            (untyped + untyped, "it takes numbers"), (untyped.cast(to: .float32), "not cast"),
            (untyped.sum(), "it takes numbers"), (exp(untyped), "it takes floating"),
            (untyped.max(), "it takes"), (matmul(untyped, untyped), "it takes"),
            (untyped .== AnyTensor.scalar(1, as: .int64), "differ"),
            (AnyTensor.scalar(1, as: .string), "no number"),
            (
                untyped.scattering(untyped, at: AnyTensor([0] as NDArray), combining: .add),
                "it takes numbers"
            ),
        ] {
            #expect(wrong.error?.description.contains(words) == true, "\(wrong) \(words)")
        }
        #expect(
            errorText { _ = try Session().run(x, feeding: [x: [1, 2]]) }
                .contains("is fed an array of i32"))
        let variable = Variable<String>("v", shape: [2], initializer: .zeros)
        #expect(variable.value.error?.description.contains("cannot be a variable") == true)
    }

    @Test("one plan serves all runs, in threads too", arguments: TestedEngine.allCases)
    func threads(_ engine: TestedEngine) throws {
        let session = engine.session()
        let y = concatenated([x, S(["end"])]).sorted()
        _ = try session.run(y, feeding: [x: ["a", "b"]])
        onThreads(4) { thread in
            for round in 0..<50 {
                let word = "word \(thread) \(round)"
                let result = try? session.run(y, feeding: [x: NDArray([word, "b"])])
                #expect(result == NDArray(["b", "end", word]))
            }
        }
        #expect(session.compilationCount == 1)
    }

    @Test("arrays are computed with at once")
    func immediate() throws {
        let words: NDArray = ["b", "a"]
        #expect(try immediately(words) { $0[0].sorted() } == ["a", "b"])
        #expect(try immediately(words) { (x: Tensor<String>) in x .== "a" }.doubles == [0, 1])
    }
}
