// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What the errors of runs say: the function that was asked for, the values, the place.
@Suite struct ErrorTextTests {
    private let logits = Tensor<Float>.placeholder(shape: [nil, nil], name: "logits")
    private let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")

    /// The error that a run of `fetch` throws.
    private func failure(
        _ engine: TestedEngine, _ fetch: some TensorConvertible, _ feeds: Feeds
    ) -> RunError? {
        do {
            _ = try engine.session().run(fetch, feeding: feeds)
            return nil
        } catch { return error as? RunError }
    }

    @Test("a label that is no class: which, where, of how many", arguments: TestedEngine.allCases)
    func labelOutOfRange(_ engine: TestedEngine) throws {
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        let line = #line - 1
        let error = try #require(
            failure(
                engine, loss,
                [
                    logits: NDArray.zeros(.float32, [3, 4]),
                    labels: NDArray([2, 4, -1] as [Int32]),
                ]))
        #expect(error.code == .kernelFailure)
        #expect(
            error.description == "softmaxCrossEntropy (its check): a label is not the number of a "
                + "class: 4 at [1], it must be 0 to 3 (and 1 more of 3 are wrong). "
                + "Built at ErrorTextTests.swift:\(line).")
        #expect(error.location?.line == line)
    }

    @Test("sizes that do not fit name the function asked for", arguments: TestedEngine.allCases)
    func sizes(_ engine: TestedEngine) throws {
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        let line = #line - 1
        let error = try #require(
            failure(
                engine, loss,
                [
                    logits: NDArray.zeros(.float32, [3, 4]), labels: NDArray([0, 1] as [Int32]),
                ]))
        #expect(error.code == .invalidShape)
        #expect(error.description.hasPrefix("softmaxCrossEntropy (its "))
        #expect(error.description.contains("[3, 4]"))
        #expect(error.location?.line == line)
    }

    @Test("a placeholder without a name says its type and place")
    func missingFeed() throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 2])
        let line = #line - 1
        let error = try #require(failure(.cpu, (x + 1).sum(), [:]))
        #expect(
            error.description == "placeholder without a name of type f32[?, 2] must be fed: add it "
                + "to `feeding`. Built at ErrorTextTests.swift:\(line).")
    }

    @Test("kernels that fail say where their operation was built", arguments: TestedEngine.allCases)
    func kernels(_ engine: TestedEngine) throws {
        let n = Tensor<Int32>.placeholder(shape: [])
        var cases: [(AnyTensor, Int)] = []
        cases.append(((6 / n + 1).anyTensor, #line))
        let table = Tensor<Float>.zeros(shape: [3, 2])
        cases.append((table.gathered(at: n - 5).anyTensor, #line))
        cases.append((checkFinite(1 / n.cast(to: Float.self), "must be finite").anyTensor, #line))
        for (tensor, line) in cases {
            let error = try #require(failure(engine, tensor, [n: 0]))
            #expect(error.code == .kernelFailure)
            #expect(error.location?.line == line, "\(error)")
            #expect(error.location?.file == "ErrorTextTests.swift")
        }
    }

    @Test("nodes made in a loop share the place where they were made")
    func sharedPlaces() {
        let x = Tensor<Float>.placeholder(shape: [])
        var y = x
        for _ in 0..<100 { y = y * y + x }
        let nodes = GraphWalk.sorted([y.anyTensor.node]).filter {
            $0.op == .primitive(.binary(.multiply))
        }
        #expect(nodes.count == 100)
        // One for each copy of the loop's body that the compiler made.
        #expect(Set(nodes.compactMap { $0.origin.site.map(ObjectIdentifier.init) }).count <= 8)
    }
}
