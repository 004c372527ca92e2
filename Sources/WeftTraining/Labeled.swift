// SPDX-License-Identifier: Apache-2.0
public import Weft
public import WeftData

/// Inputs and what a model is to make of them: the `Example` of those who need no names of their own.
///
/// ```swift
/// let training = Dataset(rowsOf: Labeled(features, kinds)).shuffled(seed: 1).batch(32)
/// ```
public struct Labeled: Example {
    /// What goes into the model.
    public var inputs: NDArray
    /// What is to come out, or the number of its class.
    public var targets: NDArray

    /// The inputs and the targets.
    public static var arrays: [WritableKeyPath<Labeled, NDArray>] { [\.inputs, \.targets] }

    /// An example, or several along the arrays' first axes.
    public init(_ inputs: NDArray, _ targets: NDArray) {
        self.inputs = inputs
        self.targets = targets
    }
}
