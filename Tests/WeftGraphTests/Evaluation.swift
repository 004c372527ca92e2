// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// What tensors are worth, by the reference interpreter.
func evaluate(
    _ tensors: [any TensorConvertible], feeding feeds: [(any TensorConvertible, NDArray)] = [],
    seed: UInt64 = 0, step: UInt64 = 0
) throws -> [NDArray] {
    let typed = feeds.map { ($0.0.anyTensor, ArrayType($0.1.dtype, $0.1.shape)) }
    let graph = try LoweredGraph(fetches: tensors.map(\.anyTensor), feeds: typed)
    let draws = graph.program.roles.drawsRandomNumbers
    var arguments = RunArguments(
        feeds: feeds.map(\.1), randomState: draws ? RandomState(seed: seed, step: step) : nil)
    return try ReferenceEngine().compile(graph.program).run(&arguments, control: nil).fetches
}

func evaluate(
    _ tensor: any TensorConvertible, feeding feeds: [(any TensorConvertible, NDArray)] = [],
    seed: UInt64 = 0, step: UInt64 = 0
) throws -> NDArray {
    try evaluate([tensor], feeding: feeds, seed: seed, step: step)[0]
}

/// Whether numbers are equal up to a relative and absolute tolerance; NaN is NaN.
func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    if a == b { return true }
    return abs(a - b) <= tolerance * max(1, abs(b))
}

/// Expects an array of these dimensions and elements.
func expect(
    _ tensor: any TensorConvertible, _ shape: [Int], _ numbers: [Double], tolerance: Double = 1e-6,
    feeding feeds: [(any TensorConvertible, NDArray)] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    do {
        let array = try evaluate(tensor, feeding: feeds)
        #expect(array.shape == shape, sourceLocation: sourceLocation)
        let found = array.doubles
        let fits =
            found.count == numbers.count
            && zip(found, numbers).allSatisfy { isClose($0, $1, tolerance) }
        #expect(fits, "\(found) is not \(numbers)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}

typealias SourceLocation = Testing.SourceLocation
