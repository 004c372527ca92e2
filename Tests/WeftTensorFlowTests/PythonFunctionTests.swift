// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTensorFlow

/// Functions in Python, in place of which the importer is given others.
@Suite struct PythonFunctionTests {
    private func text() -> GraphText {
        var text = GraphText()
        text.placeholder("x")
        text.add(
            "PyFunc", "twice", ["x"],
            [
                "token": "s: \"pyfunc_7\"", "Tin": "list { type: DT_FLOAT }",
                "Tout": "list { type: DT_FLOAT }",
            ])
        text.add("Neg", "y", ["twice"], ["T": "type: DT_FLOAT"])
        text.add("Mystery", "z", ["x"])
        text.add("Neg", "w", ["x"], ["T": "type: DT_FLOAT"])
        return text
    }

    private static let double = HostFunction("double", results: [.like(0)]) { inputs in
        [try NDArray(inputs[0].scalars(as: Float.self).map { 2 * $0 }, shape: inputs[0].shape)]
    }

    @Test(arguments: ["twice", "pyfunc_7"])
    func areCalled(_ name: String) throws {
        let graph = try text().graph(hostFunctions: [name: Self.double])
        let found = try graph.program(fetching: ["y"])
            .run(in: Session(), feeding: ["x": NDArray(Float(3))])
        #expect(found == [NDArray(Float(-6))])
    }

    @Test func areNamedWhereTheyAreMissing() throws {
        let graph = try text().graph()
        #expect {
            try graph.tensor("y")
        } throws: { error in
            let text = "\(error)"
            return text.contains("'twice' (PyFunc)") && text.contains("pyfunc_7")
        }
    }

    /// What there is nothing for names itself, and stands in the way of nothing else.
    @Test func leaveOthersAlone() throws {
        let graph = try text().graph()
        #expect(graph.unsupportedOperations == ["Mystery"])
        #expect {
            try graph.tensor("z")
        } throws: {
            "\($0)".contains("node 'z' (Mystery)")
        }
        let found = try graph.program(fetching: ["w"])
            .run(in: Session(), feeding: ["x": NDArray(Float(3))])
        #expect(found == [NDArray(Float(-3))])
    }

    @Test func mustGiveWhatIsWanted() throws {
        let other = HostFunction("other", results: [.array(.int32, [])]) { _ in [NDArray(Int32(1))]
        }
        let graph = try text().graph(hostFunctions: ["twice": other])
        #expect(throws: TensorFlowError.self) { try graph.tensor("y") }
    }
}
