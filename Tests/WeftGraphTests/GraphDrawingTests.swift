// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftGraph

/// Graphs as text, for Graphviz, and as pictures.
@Suite struct GraphDrawingTests {
    typealias F = Tensor<Float>

    private func perceptron() -> Graph {
        let x = F.placeholder(shape: [nil, 2], name: "x")
        let w = VariableHandle("w", dtype: .float32, shape: [2, 1], initializer: .explicit)
        let y = withNameScope("layer") { relu(matmul(x, F(w.value)) + 1) }
        return Graph(inputs: ["x": x], outputs: ["y": y])
    }

    @Test("a listing has a line for each operation, behind what it uses")
    func listing() {
        let graph = perceptron()
        #expect(
            graph.description == """
                graph(x: f32[?, 2]) -> (y: f32[?, 1])
                  %0 = placeholder 'x' : f32[?, 2]
                  %1 = variable 'w' : f32[2, 1]
                  %2 = matmul 'layer/matmul'(%0, %1) over: [1] x [0] : f32[?, 1]
                  %3 = constant 1.0 : f32[]
                  %4 = add 'layer/add'(%2, %3) : f32[?, 1]
                  %5 = relu 'layer/relu'(%4) : f32[?, 1]
                  return y: %5

                """)
        #expect(graph.variables.map(\.name) == ["w"])
        #expect(graph.nodeCount == 6)
    }

    @Test("branches stand below the operation that runs them")
    func branches() {
        let x = AnyTensor.placeholder(.float32, shape: [], name: "x")
        let p = AnyTensor.placeholder(.bool, shape: [], name: "p")
        let shared = x * x
        let y = AnyTensor.make(
            .cond(
                Region.build(parameters: []) { _ in [shared + 1] },
                Region.build(parameters: []) { _ in [x - 1] }), [p])
        #expect(
            graphDescription(of: [y, shared]) == """
                graph() -> (0: f32[], 1: f32[])
                  %0 = placeholder 'p' : bool[]
                  %1 = placeholder 'x' : f32[]
                  %2 = multiply(%1, %1) : f32[]
                  %3 = cond(%0) : f32[]
                    then:
                      %4 = constant 1.0 : f32[]
                      %5 = add(%2, %4) : f32[]
                      return %5
                    else:
                      %6 = constant 1.0 : f32[]
                      %7 = subtract(%1, %6) : f32[]
                      return %7
                  return 0: %3, 1: %2

                """)
    }

    @Test("Graphviz and SVG hold every node, quoted")
    func pictures() {
        let graph = perceptron()
        let dot = graph.graphviz()
        #expect(dot.hasPrefix("digraph weft {") && dot.hasSuffix("}\n"))
        #expect(dot.contains("subgraph cluster_0") && dot.contains("label=\"layer\""))
        // From x to the product, on to the sum and to relu, and to the name of the result.
        #expect(dot.split(separator: "\n").count { $0.contains("->") } == 4)
        #expect(dot.contains("w f32[2, 1]") && dot.contains("\\n1.0\\n"))
        #expect(dot.count { $0 == "{" } == dot.count { $0 == "}" })
        let svg = graph.svg()
        #expect(svg.hasPrefix("<svg") && svg.contains("matmul 'layer/matmul'"))
        #expect(svg.components(separatedBy: "<g>").count == 6)
        // The variable has its name and shape, the constant its value, the result its name.
        for text in [">w f32[2, 1]<", ">1.0<", ">y<"] { #expect(svg.contains(text), "\(text)") }
        let closed = graph.svg(depth: 0)
        #expect(closed.components(separatedBy: "<g>").count == 4)
        #expect(closed.contains(">3 operations: matmul, add, relu<"))
        #expect(
            graph.graphviz(depth: 0).contains("label=\"layer\\n3 operations: matmul, add, relu"))

        let odd = Graph(outputs: ["y": F.placeholder(shape: [1], name: "a\"<b>&\\")])
        #expect(odd.svg().contains("a&quot;&lt;b&gt;&amp;\\"))
        #expect(odd.graphviz().contains("a\\\"<b>&\\\\"))
    }

    @Test("scopes that use each other are drawn, and a body only where its operation is open")
    func circlesAndBodies() {
        let x = F.placeholder(shape: [3], name: "x")
        let a = withNameScope("a") { sin(x) }
        let b = withNameScope("b") { cos(a) }
        let y = withNameScope("a") { b * a }
        let z = withNameScope("c") {
            cond(y.sum() .> 0, then: { tanh(y) }, else: { y })
        }
        let graph = Graph(outputs: ["z": z])
        let (closed, open) = (graph.svg(depth: 0), graph.svg(depth: 1))
        #expect(!closed.contains("then of cond") && open.contains("then of cond"))
        // x, a, b, c and the result's name.
        #expect(closed.components(separatedBy: "<g>").count == 6)
        #expect(closed.contains(">2 operations: sin, multiply<"))
        #expect(graph.svg(depth: -1) == closed)
    }

    @Test("a long chain is printed and drawn without recursion")
    func longChain() {
        var y = F.placeholder(shape: [1])
        for _ in 0..<20_000 { y = sin(y) }
        let graph = Graph(outputs: ["y": y])
        #expect(graph.nodeCount == 20_001)
        #expect(graph.description.split(separator: "\n").count == 20_003)
        #expect(graph.graphviz().count > 20_000)
        #expect(graph.svg().count > 20_000)
    }
}
