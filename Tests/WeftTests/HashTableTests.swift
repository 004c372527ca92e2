// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

@Suite("Hash tables") struct HashTableTests {
    private typealias S = Tensor<String>
    private typealias I = Tensor<Int64>

    private let x = S.placeholder(shape: [nil], name: "x")

    @Test("from any keys to any values", arguments: TestedEngine.allCases)
    func kinds(_ engine: TestedEngine) throws {
        let session = engine.session()
        let prices = try HashTable(
            keys: ["pear", "fig"], values: [1.5, 2.5], defaultValue: -1.0)
        #expect(
            try session.run(prices.lookup(x), feeding: [x: ["fig", "", "pear"]])
                == [2.5, -1.0, 1.5])
        #expect(
            try session.run(prices.contains(x), feeding: [x: ["fig", ""]]).doubles == [1, 0])
        let names = try HashTable(
            keys: [3, 5], values: ["three", "five"], defaultValue: "many")
        for dtype in [DType.int32, .int64, .uint8] {
            let keys = AnyTensor(try NDArray(rows: [[5, 3], [4, 5]]).cast(to: dtype))
            let found = try session.run(names.lookup(keys))
            #expect(try found.scalars() == ["five", "three", "many", "five"])
            #expect(found.shape == [2, 2])
        }
        let codes = try names.reversed(defaultValue: 0)
        #expect(try session.run(codes.lookup(x), feeding: [x: ["five", "six"]]).doubles == [5, 0])
        let doubled = try HashTable(keys: [1, 2], values: [2, 4], defaultValue: 0)
        #expect(try session.run(doubled.lookup(I([2, 1, 7]))).doubles == [4, 2, 0])
        let halved = try doubled.reversed(defaultValue: 0)
        #expect(doubled.count == 2)
        #expect(try session.run(halved.lookup(I([2, 1, 4]))).doubles == [1, 0, 2])
        let large = try HashTable(
            keys: NDArray([.max, 1] as [UInt64]), values: [1, 2], defaultValue: 0)
        let found = try session.run(large.lookup(Tensor<UInt64>([1, .max, .max - 1])))
        #expect(found.doubles == [2, 1, 0])
    }

    @Test("from the lines of a file")
    func file() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("vocabulary \(UUID()).txt").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("the\r\ncat\n\nsat".utf8).write(to: URL(fileURLWithPath: path))
        let table = try HashTable.vocabulary(contentsOf: path)
        #expect(table.count == 4)
        let found = try Session().run(table.lookup(x), feeding: [x: ["sat", "", "dog", "the"]])
        #expect(found.doubles == [3, 2, -1, 0])
        #expect(
            errorText { _ = try HashTable.vocabulary(contentsOf: path + "x") }
                .contains("cannot be opened"))
        for other in ["/dev/null", FileManager.default.temporaryDirectory.path] {
            #expect(
                errorText { _ = try HashTable.vocabulary(contentsOf: other) }.contains("is no file")
            )
        }
        try Data([0xFF]).write(to: URL(fileURLWithPath: path))
        #expect(
            errorText { _ = try HashTable.vocabulary(contentsOf: path) }.contains("no text"))
    }

    @Test("what is no table, and what is no key, say so")
    func errors() throws {
        func text(_ keys: NDArray, _ values: NDArray, _ none: NDArray) -> String {
            errorText { _ = try HashTable(keys: keys, values: values, defaultValue: none) }
        }
        #expect(text(["a", "b", "a"], [1, 2, 3], 0).contains(#"key "a" stands at 0 and at 2"#))
        #expect(text([7, 7], ["x", "y"], "").contains("key 7 stands at 0 and at 1"))
        #expect(text(["a", "a"], [1, 1], 0) == "no error")
        #expect(text([1.5], [1], 0).contains("strings or integers, not f32"))
        #expect(text(["a"], [1, 2], 0).contains("as many values"))
        #expect(text(["a"], [1], "x").contains("scalar i32"))
        #expect(text(["a"], ["b"], ["x"]).contains("scalar string"))
        #expect(text(["a"], NDArray([1] as [UInt8]), -1).contains("-1 is no u8"))
        #expect(text(["a"], NDArray([1] as [UInt8]), 300).contains("300 is no u8"))
        #expect(
            text(["a"], NDArray([Complex<Float>(1, 2)]), NDArray(Complex<Float>(0, 0)))
                .contains("are real"))
        #expect(
            errorText { _ = try HashTable.vocabulary(["a", "a"]) }.contains("stands at 0 and at 1"))
        #expect(
            errorText { _ = try HashTable.vocabulary(["a"], buckets: -1) }.contains("-1 buckets"))
        let table = try HashTable.vocabulary(["a"])
        #expect(
            table.lookup(I([1])).error?.description.contains("the keys must be string") == true)
        let numbers = try table.reversed(defaultValue: "")
        #expect(numbers.lookup(x).error?.description.contains("must be integers") == true)
        let unsigned = Tensor<UInt64>([1])
        #expect(numbers.lookup(unsigned).error?.description.contains("not u64") == true)
    }

    @Test("a plan counts the tables and words that it keeps")
    func keptBytes() throws {
        let words = (0..<1000).map { "word \($0)" }
        let table = try HashTable.vocabulary(words)
        for tensor in [table.lookup(x), (x .== S([words[0]])).anyTensor] {
            #expect(try Self.keptBytes(tensor, x) < 100_000)
        }
        #expect(try Self.keptBytes(table.lookup(x), x) > 16_000)
        #expect(try Self.keptBytes((x .== S(words)).anyTensor, x) > 8_000)
    }

    private static func keptBytes(_ tensor: AnyTensor, _ x: S) throws -> Int {
        let feeds = [(x.anyTensor, ArrayType(.string, [1000]))]
        return try LoweredGraph(fetches: [tensor], feeds: feeds).program.keptBytes
    }

    @Test("an equal graph finds the plan, another table makes another")
    func plans() throws {
        let session = Session()
        let (a, b) = (try HashTable.vocabulary(["a"]), try HashTable.vocabulary(["b"]))
        for _ in 0..<2 {
            #expect(try session.run(a.lookup(x), feeding: [x: ["a"]]).doubles == [0])
            #expect(try session.run(b.lookup(x), feeding: [x: ["a"]]).doubles == [-1])
        }
        #expect(session.compilationCount == 2)
        let graph = Graph(outputs: ["y": a.lookup(x)])
        #expect("\(graph)".contains("lookup"), "\(graph)")
        #expect(try session.explain([a.lookup(x)], feeding: [x: ["a"]]).contains("lookup"))
    }

    @Test(
        "words are fed, cut, looked up and embedded, and the embedding is trained",
        arguments: TestedEngine.allCases)
    func training(_ engine: TestedEngine) throws {
        let text = S.placeholder(shape: [nil], name: "text")
        let isGood = Tensor<Float>.placeholder(shape: [nil], name: "isGood")
        let words = try HashTable.vocabulary(["good", "bad", "film"], buckets: 2)

        let (rows, counts) = text.lowercased().splitRows()
        let table = Variable<Float>("embedding", shape: [5, 4], initializer: .randomNormal())
        let numbers = I(words.lookup(rows))
        let isWord = (rows .!= "").cast(to: Float.self)
        let embedded = table.value.gathered(at: numbers) * isWord.expandingDimensions(at: [2])
        let mean =
            embedded.sum(axes: [1])
            / maximum(counts.cast(to: Float.self), 1).expandingDimensions(at: [1])
        let score = Dense<Float>("score", inputs: 4, units: 1)(mean).reshaped(like: isGood)
        let loss = sigmoidCrossEntropy(logits: score, labels: isGood)
        let train = try GradientDescent(learningRate: 0.5).minimize(loss)

        let session = engine.session()
        let feeds: Feeds = [
            text: ["a GOOD film", "bad  film", "good", "", "Bad bad film"],
            isGood: [1.0, 0.0, 1.0, 0.0, 0.0],
        ]
        let before = try session.run(loss, feeding: feeds).number
        for _ in 0..<150 { _ = try session.run([loss, train], feeding: feeds) }
        #expect(try session.run(loss, feeding: feeds).number < min(0.2, before / 2))
        let scores = try session.run(
            score.reshaped(to: [-1]),
            feeding: [text: ["good good", "such BAD bad bad"], isGood: [0.0, 0.0]])
        #expect(scores.doubles[0] > 0 && scores.doubles[1] < 0)
        // Two shapes of rows, so two plans of the second segment; the first is one.
        #expect(session.compilationCount < 12)
    }
}
