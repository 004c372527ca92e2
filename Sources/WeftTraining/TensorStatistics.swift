// SPDX-License-Identifier: Apache-2.0
import Weft

/// What a gradient, a variable or an activation looks like in a step.
public struct TensorStatistics: Sendable, Hashable {
    /// What the tensor is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The gradient of a variable, before it is clipped.
        case gradient
        /// A variable before the step.
        case variable
        /// What the step watches.
        case activation
    }

    /// What the tensor is.
    public let kind: Kind
    /// The name of the variable, or that under which the tensor is watched.
    public let name: String
    /// The square root of the sum of all squares.
    public let norm: Double
    /// The largest absolute value.
    public let greatest: Double
    /// The share of elements that are 0: of units that have died, for example.
    public let zeroShare: Double

    /// What a step computes for them, of one vector for each tensor.
    struct Source {
        let kind: Kind
        let name: String
        let vector: AnyTensor

        /// - Returns: nil for what has no floating-point numbers.
        init?(_ kind: Kind, _ name: String, _ tensor: AnyTensor) {
            guard tensor.error == nil, tensor.dtype.isFloatingPoint else { return nil }
            let x = stopGradient(tensor).cast(to: tensor.dtype == .float64 ? .float64 : .float32)
            let size = AnyTensor.unary(.abs, x)
            let zeros = (x .== .scalar(0, x.dtype)).cast(to: x.dtype)
            self.kind = kind
            self.name = name
            vector = stacked([sqrt((x * x).sum()), size.max(), zeros.mean()])
        }

        func statistics(_ array: NDArray) -> TensorStatistics {
            let numbers = array.doubles
            func number(_ place: Int) -> Double { place < numbers.count ? numbers[place] : .nan }
            return TensorStatistics(
                kind: kind, name: name, norm: number(0), greatest: number(1), zeroShare: number(2))
        }
    }
}
