// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct GradientCoverageTests {
    /// What a case differentiates: the function, and its first gradient. What stands in the second
    /// gradient alone is computed there, but its own rule is not used.
    private func differentiated(_ item: GradientCase) throws -> [Node] {
        let xs = item.operands.map {
            AnyTensor.placeholder(.float64, shape: Shape($0.shape.map { $0 }))
        }
        let y = try item.body(xs).validated()
        let first = try gradients(of: [y], withRespectTo: xs).compactMap { $0 }
        return GraphWalk.sorted(([y] + first).map(\.node))
    }

    /// Operations without gradients, those that only programs have, the elementwise functions, whose
    /// rows are tested by kind, and `cast`, whose gradient flows between the precisions, where
    /// differences say nothing: it has a test of its own.
    private static let untested: Set<String> = [
        "invalid", "placeholder", "readVariable", "parameter", "random", "constant", "iota",
        "randomBits", "foldRandom", "unary", "binary", "compare", "cast", "argReduce", "iotaLike",
        "shapeOf", "shaped", "listEmpty", "listZerosLike", "listCount", "stopGradient", "update",
        "emit", "group", "strings",
        // Programs have them; graphs have what becomes one of them.
        "convolutionInputGradient", "convolutionFilterGradient", "windowSumGradient", "listStack",
        "fourierPairs",
        // Made where loops are written out, of graphs that have their gradients.
        "declared", "slices",
        // What holds others.
        "primitive", "unsettled",
    ]

    @Test("every operation that gradients flow through has a case")
    func operations() throws {
        var covered: Set<String> = []
        for item in GradientCase.structured + GradientCase.controlFlow {
            for node in try differentiated(item) { covered.insert(node.op.caseName) }
        }
        let declared = try Primitive.declaredNames() + WeftGraph.Operation.declaredNames()
        let missing = Set(declared).subtracting(covered).subtracting(Self.untested)
        #expect(missing.isEmpty, "without a case: \(missing.sorted())")
    }

    @Test("so has every kind of reduction, window and scatter")
    func kinds() throws {
        var covered: Set<String> = []
        for item in GradientCase.structured {
            for node in GraphWalk.sorted([try node(item)]) {
                switch node.op {
                case .primitive(.reduce(let kind, _)): covered.insert("reduce \(kind)")
                case .primitive(.cumulative(let attributes)):
                    covered.insert("cumulative \(attributes.kind)")
                case .primitive(.window(let kind, _)): covered.insert("window \(kind)")
                case .primitive(.scatter(let kind, _)): covered.insert("scatter \(kind)")
                default: break
                }
            }
        }
        var wanted = WindowKind.allCases.map { "window \($0)" }
        wanted += ScatterKind.allCases.map { "scatter \($0)" }
        let numeric = ReductionKind.allCases.filter { $0 != .all && $0 != .any }
        wanted += numeric.flatMap { ["reduce \($0)", "cumulative \($0)"] }
        #expect(Set(wanted).subtracting(covered).isEmpty)
    }

    private func node(_ item: GradientCase) throws -> Node {
        let xs = item.operands.map {
            AnyTensor.placeholder(.float64, shape: Shape($0.shape.map { $0 }))
        }
        return try item.body(xs).node
    }
}
