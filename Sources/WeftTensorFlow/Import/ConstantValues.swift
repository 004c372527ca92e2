// SPDX-License-Identifier: Apache-2.0
import Weft

/// The values of tensors that depend on nothing but constants and known shapes: what graphs compute axes and
/// permutations by, in more steps than are followed while other graphs are built.
enum ConstantValues {
    /// What is computed from more nodes is no axis.
    private static let mostNodes = 4096
    private static let session = Session()

    /// The elements of a tensor of integers, in row-major order; nil where they depend on the run.
    static func integers(of tensor: AnyTensor) throws -> [Int]? {
        guard tensor.dtype.isInteger || tensor.dtype == .bool, tensor.error == nil else {
            return nil
        }
        if tensor.shape.count == 0 { return [] }
        guard isConstant(tensor) else { return nil }
        let array = try session.run(tensor)
        return try array.cast(to: .int64).scalars(as: Int64.self).map { Int($0) }
    }

    private static func isConstant(_ tensor: AnyTensor) -> Bool {
        var count = 0
        var depends = false
        GraphWalk.visit([tensor.node]) { node in
            count += 1
            switch node.op {
            case .placeholder, .readVariable, .parameter, .random, .update, .emit, .hostCall:
                depends = true
            case .cond, .whileLoop, .scan, .call: depends = true
            case .unsettled(.shapeOf) where node.inputs[0].shape.isFullyKnown: return []
            default: break
            }
            return depends || count > mostNodes ? [] : node.inputs
        }
        return !depends && count <= mostNodes
    }
}
