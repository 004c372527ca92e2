// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// What gradients flow through, besides the elementwise functions, whose rows are tested by kind.
enum DifferentiableOperation: String, CaseIterable {
    case select
    case reduce, cumulative
    case dot, convolution, convolutionInputGradient, convolutionFilterGradient
    case window, windowSumGradient, maxPoolGradient, maxPoolPick
    case reshape, reshapeLike, expand, regroup, broadcast, broadcastLike, unbroadcastLike, transpose
    case slice, sliceGradient, dynamicSlice, dynamicUpdateSlice
    case pad, concatenate, concatenateSlice, reverse
    case gather, scatter, sort, topK
    case cond, whileLoop, scan, rematerialized
    case listAppend, listPop, listAdd
    case customGradient, check, withUpdates, after

    /// nil when no gradient flows. Without a default: a new operation must be given its place.
    init?(_ op: WeftGraph.Operation) {
        switch op {
        case .invalid, .constant, .placeholder, .readVariable, .parameter, .iota, .random:
            return nil
        case .unary, .binary: return nil
        // It flows between the precisions only, where differences say nothing: it has a test.
        case .cast: return nil
        case .compare, .argReduce, .shapeOf, .stopGradient, .listEmpty, .listZerosLike:
            return nil
        case .update, .group: return nil
        case .select: self = .select
        case .reduce: self = .reduce
        case .cumulative: self = .cumulative
        case .dot: self = .dot
        case .convolution: self = .convolution
        case .convolutionInputGradient: self = .convolutionInputGradient
        case .convolutionFilterGradient: self = .convolutionFilterGradient
        case .window: self = .window
        case .windowSumGradient: self = .windowSumGradient
        case .maxPoolGradient: self = .maxPoolGradient
        case .maxPoolPick: self = .maxPoolPick
        case .reshape: self = .reshape
        case .reshapeLike: self = .reshapeLike
        case .expand: self = .expand
        case .regroup: self = .regroup
        case .broadcast: self = .broadcast
        case .broadcastLike: self = .broadcastLike
        case .unbroadcastLike: self = .unbroadcastLike
        case .transpose: self = .transpose
        case .slice: self = .slice
        case .sliceGradient: self = .sliceGradient
        case .dynamicSlice: self = .dynamicSlice
        case .dynamicUpdateSlice: self = .dynamicUpdateSlice
        case .pad: self = .pad
        case .concatenate: self = .concatenate
        case .concatenateSlice: self = .concatenateSlice
        case .reverse: self = .reverse
        case .gather: self = .gather
        case .scatter: self = .scatter
        case .sort: self = .sort
        case .topK: self = .topK
        case .cond: self = .cond
        case .whileLoop: self = .whileLoop
        case .scan: self = .scan
        case .rematerialized: self = .rematerialized
        case .listAppend: self = .listAppend
        case .listPop: self = .listPop
        case .listAdd: self = .listAdd
        case .customGradient: self = .customGradient
        case .check: self = .check
        case .withUpdates: self = .withUpdates
        case .after: self = .after
        }
    }
}

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

    @Test("every operation that gradients flow through has a case")
    func operations() throws {
        var covered: Set<DifferentiableOperation> = []
        for item in GradientCase.structured + GradientCase.controlFlow {
            for node in try differentiated(item) {
                if let operation = DifferentiableOperation(node.op) { covered.insert(operation) }
            }
        }
        let missing = Set(DifferentiableOperation.allCases).subtracting(covered)
        #expect(missing.isEmpty, "without a case: \(missing.map(\.rawValue).sorted())")
    }

    @Test("so has every kind of reduction, window and scatter")
    func kinds() throws {
        var covered: Set<String> = []
        for item in GradientCase.structured {
            for node in GraphWalk.sorted([try node(item)]) {
                switch node.op {
                case .reduce(let kind, _): covered.insert("reduce \(kind)")
                case .cumulative(let attributes): covered.insert("cumulative \(attributes.kind)")
                case .window(let kind, _): covered.insert("window \(kind)")
                case .scatter(let kind, _): covered.insert("scatter \(kind)")
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
