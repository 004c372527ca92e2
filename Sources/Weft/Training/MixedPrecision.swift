// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The same value, with the matrix products and convolutions on the way to it computed in 16 bits: mixed precision.
///
/// Operands of `f32` are rounded where a product uses them, and its result goes on in `f32`: variables stay of 32 bits (what is
/// called master weights) and are cast at use; activations, normalisations and losses are computed in 32 bits.
/// Products in the backward pass are of 16 bits, too, and gradients of variables of 32. It is what PyTorch calls `autocast`.
///
/// ```swift
/// let logits = mixedPrecision(model(images, mode: .training))
/// let loss = softmaxCrossEntropy(logits: logits, labels: labels)
/// let train = try AdamW().minimize(loss)
/// ```
///
/// Bodies of loops, branches and calls are changed, too; what is of another type than `f32` is not. `f16` has few
/// exponents: its gradients need ``LossScaling``.
/// - Parameters:
///   - type: `.bfloat16` or `.float16`.
///   - applies: Which operations are changed, by their names (`decoder/logits/matmul`); by default all.
/// - Shape: that of x.
public func mixedPrecision<T: TensorProtocol>(
    _ x: T, in type: DType = .bfloat16,
    where applies: @escaping (_ name: String) -> Bool = { _ in true }
) -> T {
    let x = x.anyTensor
    guard type == .bfloat16 || type == .float16 else {
        return T(
            .invalid(
                "mixedPrecision", nil,
                .invalidArgument("the type", value: "\(type)", wanted: "bf16 or f16")))
    }
    if x.error != nil { return T(x) }
    var rewriting = Rewriting()
    rewriting.rebuilding = { node, inputs in
        guard node.isProduct, inputs.allSatisfy({ $0.dtype == .float32 }), applies(node.name ?? "")
        else { return nil }
        return (inputs: inputs.map { $0.cast(to: type) }, result: { $0.cast(to: .float32) })
    }
    do {
        return T(try rewriting.apply(to: [x])[0])
    } catch {
        return T(.invalid("mixedPrecision", nil, GraphError.Kind(error)))
    }
}

extension Node {
    fileprivate var isProduct: Bool {
        switch op {
        case .primitive(.dot), .primitive(.convolution),
            .unsettled(.convolutionInputGradientLike), .unsettled(.convolutionFilterGradientLike):
            true
        default: false
        }
    }
}
