// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

@Suite("Checks that show values") struct CheckTests {
    private typealias F = Tensor<Float>

    private let x = F.placeholder(shape: [nil], name: "x")

    /// The error of a run that fails.
    private static func error(
        _ session: Session, _ fetch: some TensorConvertible, _ feeds: Feeds
    ) -> RunError? {
        do {
            _ = try session.run(fetch, feeding: feeds)
            return nil
        } catch {
            return error as? RunError
        }
    }

    @Test("the error has the first elements, types and names", arguments: TestedEngine.allCases)
    func values(_ engine: TestedEngine) throws {
        let sum = x.sum()
        let count = x.size(ofAxis: 0)
        let y = check(
            exp(x), that: sum .> 0, "the sum must be positive",
            showing: ["x": x, "sum": sum, "count": count, "empty": x.reshaped(to: [-1, 1])],
            mostElements: 2)
        let session = engine.session()
        #expect(try session.run(y, feeding: [x: [0.0, 1.0]]).shape == [2])
        let error = Self.error(session, y, [x: [-1.0, 0.5, -2.0]])
        #expect(
            error?.kind
                == .checkFailed(
                    "the sum must be positive",
                    showing: [
                        "x is f32[3] [-1.0, 0.5, ...]", "sum is f32[] -2.5", "count is i64[] 3",
                        "empty is f32[3, 1] [-1.0, 0.5, ...]",
                    ]))
        #expect(error?.code == .kernelFailure)
        #expect(
            error?.text.hasPrefix(
                "check: the sum must be positive; x is f32[3] [-1.0, 0.5, ...]; sum is") == true)
        let none = Self.error(session, y, [x: []])
        #expect(none?.description.contains("x is f32[0] []; sum is f32[] 0.0") == true)
    }

    @Test("how many are shown is bounded by what there is", arguments: TestedEngine.allCases)
    func bounds(_ engine: TestedEngine) throws {
        let session = engine.session()
        for (most, text) in [(Int.max, "[1.0, 2.0]"), (Int.min, "[...]"), (2, "[1.0, 2.0]")] {
            let y = check(
                x, that: x.sum() .< 0, "no", showing: ["x": x], mostElements: most)
            #expect(
                Self.error(session, y, [x: [1.0, 2.0]])?.kind
                    == .checkFailed("no", showing: ["x is f32[2] \(text)"]))
        }
    }

    @Test("inside loops and branches, and with gradients", arguments: TestedEngine.allCases)
    func inside(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (_, last) = whileLoop(
            Tensor<Int32>(0), F(1), condition: { i, _ in i .< 5 },
            body: { i, y in
                (i + 1, check(y * 3, that: y .< 20, "too large", showing: ["i": i, "y": y]))
            })
        #expect(
            Self.error(session, last, [:])?.kind
                == .checkFailed("too large", showing: ["i is i32[] 3", "y is f32[] 27.0"]))
        let (sum, _) = scan(over: x, initial: F(0)) { sum, slice in
            let y = cond(
                slice .> 0, then: { slice * slice },
                else: { check(slice, that: sum .< 3, "late", showing: ["sum": sum]) })
            return (sum + y, y)
        }
        let slope = try #require(try gradient(of: sum, withRespectTo: x))
        #expect(try session.run(slope, feeding: [x: [1.0, -2.0, 3.0]]).doubles == [2, 1, 6])
        for fetch in [sum, slope] {
            #expect(
                Self.error(session, fetch, [x: [1.0, 2.0, -3.0]])?.kind
                    == .checkFailed("late", showing: ["sum is f32[] 5.0"]))
        }
    }

    @Test("what is shown must be arrays, and errors go on")
    func malformed() {
        let bad = x.reshaped(to: [7, -1, -1])
        #expect(check(x, that: x.sum() .> 0, "", showing: ["bad": bad]).error != nil)
        let list = AnyTensor.make(.listEmpty, [])
        let error = check(x, that: x.sum() .> 0, "", showing: ["list": list]).error
        #expect(error?.description.contains("a list inside a loop cannot be shown") == true)
        #expect(check(x, that: x .> 0, "").error != nil)
    }
}
