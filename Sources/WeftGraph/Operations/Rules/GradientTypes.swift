// SPDX-License-Identifier: Apache-2.0

/// The rules of operations that only gradients use. A tensor inside the graph may be fed in another
/// size than it has there; then a gradient meets a result that it does not belong to, and its
/// kernel would read outside of one of them. So every operand is compared with the others.
extension Operation {
    /// - Parameter result: What the differentiated operation gives for the operands at hand.
    private func requireGradient(_ gradient: TensorType, of result: TensorType) throws {
        guard gradient.dtype == result.dtype, gradient.shape.merged(with: result.shape) != nil
        else {
            throw RuleViolation(
                "the gradient is \(gradient), what it belongs to is \(result)")
        }
    }

    /// Inputs: the result's gradient, the filter, a tensor of the convolution's input's type.
    func convolutionInputGradientType(
        _ attributes: ConvolutionAttributes, _ inputs: [TensorType]
    ) throws -> TensorType {
        let result = try convolutionType(attributes, inputs[2], inputs[1], mayBeEmpty: true)
        try requireGradient(inputs[0], of: result)
        return inputs[2]
    }

    /// Inputs: the convolution's input, the result's gradient, a tensor of the filter's type.
    func convolutionFilterGradientType(
        _ attributes: ConvolutionAttributes, _ inputs: [TensorType]
    ) throws -> TensorType {
        let result = try convolutionType(attributes, inputs[0], inputs[2], mayBeEmpty: true)
        try requireGradient(inputs[1], of: result)
        return inputs[2]
    }

    func windowGradientType(
        _ attributes: WindowAttributes, of x: TensorType, _ gradient: TensorType
    ) throws -> TensorType {
        try requireGradient(gradient, of: try windowType(attributes, x))
        return x
    }

    /// Inputs: what has the maxima, what is picked from.
    func maxPoolPickType(
        _ attributes: WindowAttributes, _ inputs: [TensorType]
    ) throws -> TensorType {
        try requireGradient(inputs[1], of: inputs[0])
        return try windowType(attributes, inputs[0])
    }

    func unbroadcastType(_ x: TensorType, like target: TensorType) throws -> TensorType {
        guard let dims = x.shape.dims, let wanted = target.shape.dims else {
            return TensorType(x.dtype, target.shape)
        }
        let extra = dims.count - wanted.count
        guard extra >= 0,
            zip(dims[extra...], wanted).allSatisfy({ $0 == $1 || $1 == 1 || $0 < 0 || $1 < 0 })
        else {
            throw RuleViolation("\(x.shape) is not what broadcasting \(target.shape) gives")
        }
        return TensorType(x.dtype, target.shape)
    }

    func sliceGradientType(
        _ attributes: SliceAttributes, _ gradient: TensorType, of x: TensorType
    ) throws -> TensorType {
        let slice = try sliceType(attributes, x)
        try requireGradient(gradient, of: TensorType(gradient.dtype, slice.shape))
        return TensorType(gradient.dtype, x.shape)
    }

    /// Inputs: the result's gradient, the operands of the concatenation.
    func concatenateSliceType(
        _ axis: Int, _ index: Int, _ inputs: [TensorType]
    ) throws -> TensorType {
        guard index >= 0, index < inputs.count - 1 else {
            throw RuleViolation("there is no part \(index) of \(inputs.count - 1)")
        }
        let whole = try concatenateType(axis, Array(inputs.dropFirst()))
        try requireGradient(inputs[0], of: TensorType(inputs[0].dtype, whole.shape))
        return TensorType(inputs[0].dtype, inputs[index + 1].shape)
    }
}
