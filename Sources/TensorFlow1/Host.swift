// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// `input`; wherever it is computed, the values of `data` are given to the run's owner, each under
    /// `message`: `Session.Options.emissionHandler` logs them unless told otherwise. TensorFlow prints them
    /// while the run goes on; here they come when it has succeeded.
    public static func Print(
        _ input: some TensorConvertible, _ data: [any TensorConvertible], message: String = ""
    ) -> Tensor {
        input.anyTensor.after(data.map { emit($0.anyTensor, as: message) })
    }
}
