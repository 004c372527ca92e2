// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTensorFlow

private let float = ["T": "type: DT_FLOAT"]

/// In which order a run reads and changes variables.
@Suite struct EffectOrderTests {
    /// v is 1; `add` adds 10 and `double` doubles.
    private func counter() -> GraphText {
        var text = GraphText()
        text.variable("v", 1)
        text.constant("ten", 10)
        text.add("Identity", "read", ["v"], float)
        text.add("AssignAdd", "add", ["v", "ten"], float)
        return text
    }

    private func run(
        _ graph: TensorFlowGraph, _ session: Session, _ fetches: [String],
        _ operations: [String] = [],
        _ feeds: [String: NDArray] = [:]
    ) throws -> [Double] {
        try graph.program(
            fetching: fetches, running: operations,
            feeding: feeds.mapValues { TensorType($0.dtype, []) }
        ).run(in: session, feeding: feeds).flatMap(\.doubles)
    }

    @Test func readsThatNothingOrdersComeBeforeChanges() throws {
        let graph = try counter().graph()
        let session = Session()
        _ = try run(graph, session, [], ["init_v"])
        #expect(try run(graph, session, ["read"], ["add"]) == [1])
        #expect(try run(graph, session, ["read"]) == [11])
        #expect(try run(graph, session, ["add", "read"]) == [21, 11])
    }

    @Test func aReadAfterAChangeSeesIt() throws {
        var text = counter()
        text.add("Identity", "after", ["v", "^add"], float)
        let graph = try text.graph()
        let session = Session()
        _ = try run(graph, session, [], ["init_v"])
        #expect(try run(graph, session, ["after", "read"]) == [11, 1])
    }

    @Test func bothOfTwoIncrementsCount() throws {
        var text = counter()
        text.add("AssignAdd", "again", ["v", "ten"], float)
        text.add("NoOp", "both", ["^add", "^again"])
        let graph = try text.graph()
        let session = Session()
        _ = try run(graph, session, [], ["init_v"])
        _ = try run(graph, session, [], ["both"])
        #expect(try run(graph, session, ["read"]) == [21])
        // Named twice it runs once.
        _ = try run(graph, session, ["add"], ["add", "add"])
        #expect(try run(graph, session, ["read"]) == [31])
    }

    /// cond(p, v ← v + 10, v), and an assignment of the branch that holds that nothing is made of.
    private func branches() -> GraphText {
        var text = GraphText()
        text.variable("v", 1)
        text.variable("w", 1)
        text.constant("ten", 10)
        text.placeholder("p", "DT_BOOL")
        text.add("Identity", "read", ["v"], float)
        text.add("Identity", "w_read", ["w"], float)
        text.add("RefSwitch", "v_switch", ["v", "p"], float)
        text.add("Switch", "ten_switch", ["ten", "p"], float)
        text.add("AssignAdd", "add", ["v_switch:1", "ten_switch:1"], float)
        text.add("RefSwitch", "w_switch", ["w", "p"], float)
        text.add("AssignAdd", "aside", ["w_switch:1", "add"], float)
        text.add("Identity", "kept", ["v_switch"], float)
        text.add("Merge", "y", ["kept", "add"], ["N": "i: 2"].merging(float) { $1 })
        text.add("NoOp", "all", ["^y", "^aside"])
        return text
    }

    @Test func aBranchThatIsNotTakenChangesNothing() throws {
        let graph = try branches().graph()
        let session = Session()
        _ = try run(graph, session, [], ["init_v", "init_w"])
        let (yes, no) = (NDArray(true), NDArray(false))
        #expect(try run(graph, session, ["y"], [], ["p": no]) == [1])
        #expect(try run(graph, session, ["read", "w_read"]) == [1, 1])
        #expect(try run(graph, session, ["y"], [], ["p": yes]) == [11])
        #expect(try run(graph, session, ["read", "w_read"]) == [11, 1])
        // What two ends of the branch are made of happens once.
        #expect(try run(graph, session, ["y", "y:1"], ["aside"], ["p": yes]) == [21, 1])
        #expect(try run(graph, session, ["read", "w_read"]) == [21, 22])
        _ = try run(graph, session, [], ["aside"], ["p": no])
        #expect(try run(graph, session, ["read", "w_read"]) == [21, 22])
    }

    @Test func aLoopAssigns() throws {
        var text = GraphText()
        text.variable("v", 1)
        text.constant("zero", 0)
        text.constant("limit", 3)
        text.constant("one", 1)
        text.add("Identity", "read", ["v"], float)
        let frame = float.merging(["frame_name": "s: \"loop\""]) { $1 }
        let invariant = frame.merging(["is_constant": "b: true"]) { $1 }
        text.add("Enter", "i", ["zero"], frame)
        text.add("Enter", "most", ["limit"], invariant)
        text.add("Enter", "step", ["one"], invariant)
        text.add("RefEnter", "in", ["v"], invariant)
        text.add("Merge", "merge", ["i", "next"], ["N": "i: 2"].merging(float) { $1 })
        text.add("Less", "less", ["merge", "most"], float)
        text.add("LoopCond", "cond", ["less"])
        text.add("Switch", "switch", ["merge", "cond"], float)
        text.add("AssignAdd", "change", ["in", "switch:1"], float)
        text.add("Add", "sum", ["switch:1", "step", "^change"], float)
        text.add("NextIteration", "next", ["sum"], float)
        text.add("Exit", "count", ["switch"], float)
        text.add("Identity", "after", ["v", "^count"], float)
        let graph = try text.graph()
        let session = Session()
        _ = try run(graph, session, [], ["init_v"])
        #expect(try run(graph, session, ["count", "after", "read"]) == [3, 4, 1])
        #expect(try run(graph, session, ["read"]) == [4])
    }

    @Test func aFunctionChangesTheVariableThatItIsGiven() throws {
        var text = GraphText()
        text.add(
            "VarHandleOp", "v", [],
            ["dtype": "type: DT_FLOAT", "shape": "shape { }", "shared_name": "s: \"v\""])
        text.constant("one", 1)
        let type = ["dtype": "type: DT_FLOAT"]
        text.add("AssignVariableOp", "init", ["v", "one"], type)
        text.add("ReadVariableOp", "read", ["v"], type)
        text.function(
            "bump", [("handle", "DT_RESOURCE"), ("x", "DT_FLOAT")],
            [("y", "DT_FLOAT", "value:value:0")],
            [
                GraphText.node("AssignAddVariableOp", "add", ["handle", "x"], type),
                GraphText.node("ReadVariableOp", "value", ["handle", "^add"], type),
            ])
        let call = ["f": "func { name: \"bump\" }"]
        text.add("StatefulPartitionedCall", "call", ["v", "one"], call)
        text.add("StatefulPartitionedCall", "again", ["v", "call"], call)
        let graph = try text.graph()
        let session = Session()
        _ = try run(graph, session, [], ["init"])
        #expect(try run(graph, session, ["call", "again", "read"]) == [2, 4, 1])
        #expect(try run(graph, session, ["read"]) == [4])
    }
}
