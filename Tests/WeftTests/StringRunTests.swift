// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// What plans and engines do with strings: which graphs are the same, what is looked up how often, and what
/// is found in results.
@Suite("Strings in plans and runs") struct StringRunTests {
    private typealias S = Tensor<String>
    private typealias I = Tensor<Int64>

    private let x = S.placeholder(shape: [nil], name: "x")

    @Test("constants of the same bytes cut otherwise are others", arguments: TestedEngine.allCases)
    func cuts(_ engine: TestedEngine) throws {
        let session = engine.session()
        for words: NDArray in [["ab", "c"], ["a", "bc"], ["", "abc"], ["abc", ""]] {
            #expect(try session.run(S(words)) == words)
            let same = try session.run(x .== S(words), feeding: [x: ["abc", ""]])
            #expect(same == NDArray([words == ["abc", ""], words == ["abc", ""]]))
        }
    }

    @Test("a loop looks its words up once")
    func lifted() throws {
        let words = S(["stop", "end"])
        let (count, _) = whileLoop(
            I(0), x, condition: { i, y in i .< 3 .& (y .!= words).any() },
            body: { i, y in (i + 1, select(y .== words, y, S(""))) })
        let program = try LoweredGraph(
            fetches: [count.anyTensor], feeds: [(x.anyTensor, ArrayType(.string, [2]))]
        ).program
        func strings(_ program: Program) -> Int {
            program.instructions.count {
                if case .strings = $0.primitive { true } else { false }
            }
        }
        let loops = program.instructions.flatMap(\.primitive.programs)
        #expect(loops.count == 2 && strings(program) >= 1)
        for inner in loops { #expect(strings(inner) == 0) }
    }

    @Test("the least numbers are read as they are", arguments: TestedEngine.allCases)
    func leastNumbers(_ engine: TestedEngine) throws {
        // Below the least normal number of 32 bits, which kernels take for 0.
        let result = try engine.session().run(x.numbers(as: Float.self), feeding: [x: ["1e-40"]])
        #expect(try result.scalars(as: Float.self) == [try #require(Float("1e-40"))])
    }

    @Test("a number that is not finite is found where it is read", arguments: TestedEngine.allCases)
    func nonFinite(_ engine: TestedEngine) throws {
        var options = Session.Options(engine: engine.engine)
        options.findsNonFinite = true
        let session = Session(options)
        let y = exp(x.numbers(as: Float.self))
        let text = errorText { _ = try session.run(y, feeding: [x: ["1", "inf"]]) }
        #expect(text.contains("numbers") && !text.contains("constant"), "\(text)")
    }
}
