// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftGraph

/// What tensors are worth, by the reference interpreter.
func evaluate(
    _ tensors: [any TensorConvertible], feeding feeds: [(any TensorConvertible, NDArray)] = [],
    seed: UInt64 = 0, step: UInt64 = 0
) throws -> [NDArray] {
    let typed = feeds.map { ($0.0.anyTensor, ArrayType($0.1.dtype, $0.1.shape)) }
    let graph = try LoweredGraph(fetches: tensors.map(\.anyTensor), feeds: typed)
    var inputs = feeds.map(\.1)
    if graph.usesRandomState { inputs.append(RandomState(seed: seed, step: step).array) }
    return try ReferenceEngine().compile(graph.program).run(inputs, control: nil)
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

/// One of the recorded files of `Tests/Goldens`.
struct Golden {
    let root: [String: Any]

    init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Goldens")
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// The dictionary under some keys.
    func dictionary(_ keys: String...) throws -> [String: Any] {
        try keys.reduce(root) { try #require($0[$1] as? [String: Any]) }
    }

    /// The array of an object with `dtype`, `shape` and `bits`; nil for a null.
    static func array(_ object: Any?) throws -> NDArray? {
        guard let object = object as? [String: Any] else { return nil }
        let shape = try #require(object["shape"] as? [Int])
        let text = try #require(object["bits"] as? String)
        let words = text.split(separator: " ").map { UInt64($0, radix: 16) ?? 0 }
        let dtype = try #require(
            ["float32": DType.float32, "int32": .int32, "int64": .int64][
                object["dtype"] as? String ?? ""])
        if dtype == .float32 {
            return try NDArray(
                words.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }, shape: shape)
        }
        return NDArray(integers: words.map { Int64(bitPattern: $0) }, dtype: dtype, shape: shape)
    }
}
