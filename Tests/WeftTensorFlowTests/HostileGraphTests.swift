// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTensorFlow

private let float = ["T": "type: DT_FLOAT"]

/// Graphs that are wrong: each is an error that names a node, and none ends the process.
@Suite struct HostileGraphTests {
    private func expectError(
        _ fetch: String, names node: String, _ kind: TensorFlowError.Kind = .malformed,
        sourceLocation: Testing.SourceLocation = #_sourceLocation,
        _ build: (inout GraphText) -> Void
    ) {
        var text = GraphText()
        text.constant("one", 1)
        text.placeholder("x")
        text.placeholder("p", "DT_BOOL")
        build(&text)
        do {
            _ = try text.graph().tensor(fetch)
            Issue.record("there is no error", sourceLocation: sourceLocation)
        } catch let error as TensorFlowError {
            #expect(
                error.kind == kind && error.description.contains("'\(node)'"), "\(error)",
                sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test func circles() {
        expectError("a", names: "a") {
            $0.add("Neg", "a", ["b"], float)
            $0.add("Neg", "b", ["a"], float)
        }
        expectError("a", names: "a") { $0.add("Neg", "a", ["one", "^a"], float) }
    }

    @Test func missingInputs() {
        expectError("a", names: "none") { $0.add("Neg", "a", ["none"], float) }
        expectError("a", names: "a") { $0.add("Neg", "a", [], float) }
        expectError("a", names: "one") { $0.add("Neg", "a", ["one:3"], float) }
        expectError("a", names: "one:-1") { $0.add("Neg", "a", ["one:-1"], float) }
        expectError("a", names: "a") {
            $0.add("Neg", "a", ["one"], float)
            $0.add("Neg", "a", ["one"], float)
        }
    }

    @Test func branchesWithoutBeginningOrEnd() {
        expectError("m", names: "m") { $0.add("Merge", "m", [], float) }
        expectError("m", names: "m") { $0.add("Merge", "m", ["one", "x"], float) }
        expectError("m", names: "m") { $0.add("Merge", "m", ["one"], float) }
        expectError("s", names: "s") { $0.add("Switch", "s", ["one"], float) }
        expectError("m", names: "m") {
            $0.add("Switch", "s", ["x", "p"], float)
            $0.add("Merge", "m", ["s:1", "s:1"], float)
        }
        // A condition that is none.
        expectError("m", names: "x") {
            $0.add("Switch", "s", ["one", "x"], float)
            $0.add("Merge", "m", ["s", "s:1"], float)
        }
    }

    @Test func loopsThatAreNone() {
        let frame = float.merging(["frame_name": "s: \"f\""]) { $1 }
        expectError("e", names: "e") { $0.add("Exit", "e", ["one"], float) }
        // A loop that is entered from inside of itself, where no depth would be the last.
        expectError("b", names: "b") { text in
            text.add("Enter", "a", ["one"], frame)
            text.add("Enter", "b", ["a"], frame)
        }
        expectError("e", names: "i") { text in
            text.add("Enter", "i", ["one"], float)
            text.add("Exit", "e", ["i"], float)
        }
        expectError("m", names: "m") { text in
            text.add("NextIteration", "n", ["m"], float)
            text.add("Merge", "m", ["one", "n"], float)
        }
        // Without a condition.
        expectError("e", names: "i") { text in
            text.add("Enter", "i", ["one"], frame)
            text.add("Merge", "m", ["i", "n"], float)
            text.add("NextIteration", "n", ["m"], float)
            text.add("Exit", "e", ["m"], float)
        }
    }

    @Test func functionsThatCallThemselves() {
        let call = ["f": "func { name: \"f\" }"]
        expectError("y", names: "f", .unsupported) { text in
            text.function(
                "f", [("a", "DT_FLOAT")], [("b", "DT_FLOAT", "c:output:0")],
                [GraphText.node("PartitionedCall", "c", ["a"], call)])
            text.add("PartitionedCall", "y", ["x"], call)
        }
        expectError("y", names: "g") {
            $0.add("PartitionedCall", "y", ["x"], ["f": "func { name: \"g\" }"])
        }
        expectError("y", names: "f") { text in
            text.function("f", [("a", "DT_FLOAT")], [("b", "DT_FLOAT", "a")], [])
            text.add("PartitionedCall", "y", ["x", "x"], call)
        }
    }

    @Test func fewFunctionsThatAreManyCalls() {
        expectError("y", names: "f30", .unsupported) { text in
            for level in 0..<31 {
                let nodes = ["a", "b"].map {
                    GraphText.node(
                        "PartitionedCall", $0, [$0 == "a" ? "x" : "a:output:0"],
                        ["f": "func { name: \"f\(level + 1)\" }"])
                }
                let isLast = level == 30
                text.function(
                    "f\(level)", [("x", "DT_FLOAT")],
                    [("y", "DT_FLOAT", isLast ? "x" : "b:output:0")], isLast ? [] : nodes)
            }
            text.add("PartitionedCall", "y", ["x"], ["f": "func { name: \"f0\" }"])
        }
    }

    @Test func whatChangesAVariableThatIsNone() {
        expectError("a", names: "a") { $0.add("AssignAdd", "a", ["one", "one"], float) }
        expectError("a", names: "a") { $0.add("ScatterAdd", "a", ["one", "one", "one"], float) }
        expectError("a", names: "a") { $0.add("ApplyAdam", "a", ["one"], float) }
        expectError("a", names: "a", .invalidRequest) { text in
            text.variable("v", 1)
            text.add(
                "Const", "three", [],
                [
                    "dtype": "type: DT_FLOAT",
                    "value":
                        "tensor { dtype: DT_FLOAT tensor_shape { dim { size: 3 } } float_val: 2 }",
                ])
            text.add("ApplyGradientDescent", "a", ["v", "one", "three"], float)
        }
    }

    @Test func arraysAndStacksThatAreNone() {
        expectError("r", names: "r") {
            $0.add("TensorArrayReadV3", "r", ["one", "one", "one"], ["dtype": "type: DT_FLOAT"])
        }
        expectError("r", names: "r") {
            $0.add("StackPopV2", "r", ["one"], ["elem_type": "type: DT_FLOAT"])
        }
        expectError("r", names: "r") { text in
            text.add(
                "TensorListStack", "r", ["one", "one"], ["element_dtype": "type: DT_FLOAT"])
        }
        expectError("r", names: "table", .unsupported) { text in
            text.add(
                "HashTableV2", "table", [],
                ["key_dtype": "type: DT_STRING", "value_dtype": "type: DT_INT64"])
            text.add("LookupTableSizeV2", "r", ["table"])
        }
    }

    @Test func anUnknownOperationStandsInTheWayOfNothingElse() throws {
        var text = GraphText()
        text.constant("one", 1)
        text.add("NoSuchThing", "odd", ["one"])
        text.add("Neg", "y", ["one"], float)
        text.add("Neg", "z", ["odd"], float)
        let graph = try text.graph()
        #expect(graph.unsupportedOperations == ["NoSuchThing"])
        _ = try graph.tensor("y")
        #expect(throws: TensorFlowError.self) { try graph.tensor("z") }
    }
}
