// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// What programs see of a graph's operations.
@Suite("Operations of a graph") struct GraphNodeTests {
    typealias F = Tensor<Float>

    private let x = F.placeholder(shape: [nil, 2], name: "x")
    private let w = VariableHandle("layer/w", dtype: .float32, shape: [2, 1], initializer: .zeros)
    private var y: F {
        withNameScope("layer") { relu(matmul(x, F(w.value))) } * 3
    }

    @Test("operations come behind what they use, with what they are")
    func listing() throws {
        let nodes = Graph(inputs: ["x": x], outputs: ["y": y]).nodes
        #expect(
            nodes.map(\.operation) == [
                "placeholder", "variable", "matmul", "relu", "constant", "multiply",
            ])
        #expect(
            nodes.map(\.name) == ["x", "layer/w", "layer/matmul", "layer/relu", nil, nil])
        #expect(nodes.map(\.scope) == ["", "layer", "layer", "layer", "", ""])
        let product = nodes[2]
        #expect(
            product.attributes == "over: [1] x [0]" && product.description.contains("f32[?, 1]"))
        #expect(product.inputs == [x.anyTensor, w.value] && product.inputs[0].producer == nodes[0])
        #expect(product.outputs.map(\.type.description) == ["f32[?, 1]"])
        #expect(product.location?.path.hasSuffix("GraphNodeTests.swift") == true)
        #expect(nodes[1].variable == w && product.variable == nil)
        #expect(nodes.allSatisfy { !$0.isGradient && !$0.belongsToBody && $0.error == nil })
        for (place, node) in nodes.enumerated() {
            #expect(node.inputs.allSatisfy { nodes[..<place].contains($0.producer) })
        }
    }

    @Test("a gradient's operations have the scope of what is differentiated")
    func gradient() throws {
        let gradient = try #require(try gradients(of: [y.anyTensor], withRespectTo: [w.value])[0])
        let graph = Graph(outputs: ["gradient": gradient])
        let backward = graph.nodes.filter(\.isGradient)
        #expect(backward.contains { $0.operation == "matmul" && $0.scope == "layer" })
        #expect(backward.contains { $0.name == "layer/gradient/matmul" })
        #expect(graph.nodes(named: "layer/matmul").allSatisfy { !$0.isGradient })
    }

    @Test("a tensor is found by name, and not when none or several have it")
    func byName() throws {
        let y = y
        let pair = F.placeholder(shape: [4], name: "p").topK(2)
        let graph = Graph(outputs: ["y": y, "values": pair.values, "sum": y + y])
        #expect(try graph.tensor(named: "layer/matmul").producer.operation == "matmul")
        #expect(try graph.tensor(named: "layer/w") == w.value)
        #expect {
            try graph.tensor(named: "layers/matmul")
        } throws: {
            "\($0)".contains("no operation is named 'layers/matmul'; there are 'layer/matmul'")
        }
        let twice = withNameScope("twice") { (sin(y), cos(sin(y)), sin(cos(y))) }
        let doubled = Graph(outputs: ["a": twice.0, "b": twice.1, "c": twice.2])
        #expect(doubled.nodes(named: "twice/sin").count == 2)
        #expect {
            try doubled.tensor(named: "twice/sin")
        } throws: {
            "\($0)".contains("2 operations are named 'twice/sin'")
        }
    }

    @Test("the results of an operation with several are told apart by number")
    func severalResults() throws {
        let results = withNameScope("top") { F.placeholder(shape: [4], name: "p").topK(2) }
        let graph = Graph(outputs: ["values": results.values])
        let name = try #require(results.values.anyTensor.producer.name)
        #expect(try graph.tensor(named: name) == results.values.anyTensor)
        #expect(try graph.tensor(named: name + ":1") == results.positions.anyTensor)
        #expect(throws: GraphError.self) { try graph.tensor(named: name + ":7") }
    }

    @Test("the bodies of a loop stand before it and know that they are inside")
    func bodies() throws {
        let start = F.placeholder(shape: [], name: "start")
        let result = whileLoop(start, condition: { $0 .< 100 }, body: { $0 * 2 })
        let graph = Graph(outputs: ["result": result])
        let nodes = graph.nodes
        #expect(nodes.count == graph.nodeCount)
        let loop = try #require(nodes.firstIndex { $0.operation == "whileLoop" })
        #expect(nodes[loop].bodies.map(\.title) == ["condition", "body"])
        let product = try #require(nodes.firstIndex { $0.operation == "multiply" })
        #expect(product < loop && nodes[product].belongsToBody && !nodes[loop].belongsToBody)
        #expect(nodes[loop].bodies[1].outputs[0].producer == nodes[product])
    }
}
