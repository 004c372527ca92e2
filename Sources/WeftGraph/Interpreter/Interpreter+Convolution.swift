// SPDX-License-Identifier: Apache-2.0

/// Which of the three arrays of a convolution is computed from the other two.
enum ConvolutionRole { case output, inputGradient, filterGradient }

extension Step {
    /// All three are the same sum over triples (output element, filter element, input element),
    /// accumulated where the role says.
    func convolution(_ attributes: ConvolutionAttributes, _ role: ConvolutionRole) throws -> NDArray
    {
        guard !attributes.padding.contains(where: \.isSame) else {
            throw unsupported("the padding must be resolved in a program")
        }
        let shapes: (output: [Int], input: [Int], filter: [Int])
        switch role {
        case .output: shapes = (shape, inputs[0].shape, inputs[1].shape)
        case .inputGradient: shapes = (inputs[0].shape, shape, inputs[1].shape)
        case .filterGradient: shapes = (inputs[1].shape, inputs[0].shape, shape)
        }
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let (first, second) = (T.load(inputs[0]), T.load(inputs[1]))
            var result = [T](repeating: T.zero, count: shape.reduce(1, *))
            forEachTriple(attributes, shapes) { output, input, filter in
                switch role {
                case .output:
                    result[output] = T.sum(result[output], T.product(first[input], second[filter]))
                case .inputGradient:
                    result[input] = T.sum(result[input], T.product(first[output], second[filter]))
                case .filterGradient:
                    result[filter] = T.sum(result[filter], T.product(first[input], second[output]))
                }
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }

    /// Offsets of the elements that meet; what lies in padding or between dilated elements is 0
    /// and meets nobody.
    private func forEachTriple(
        _ attributes: ConvolutionAttributes, _ shapes: (output: [Int], input: [Int], filter: [Int]),
        _ body: (_ output: Int, _ input: Int, _ filter: Int) -> Void
    ) {
        let n = attributes.spatialRank
        let (inputStrides, filterStrides) = (
            RowMajor.strides(shapes.input), RowMajor.strides(shapes.filter)
        )
        let perGroup = shapes.filter[n]
        let outputChannels = shapes.filter[n + 1]
        if outputChannels == 0 || perGroup == 0 { return }
        let outputsPerGroup = max(outputChannels / attributes.groups, 1)
        let taps = Array(shapes.filter.prefix(n))
        var output = 0
        RowMajor.forEach(Array(shapes.output.dropLast())) { index in
            RowMajor.forEach(taps) { tap in
                var input = index[0] * inputStrides[0]
                for axis in 0..<n {
                    let place =
                        index[axis + 1] * attributes.strides[axis]
                        + tap[axis] * attributes.filterDilation[axis] - attributes.padding[axis].low
                    let (position, gap) = place.quotientAndRemainder(
                        dividingBy: attributes.inputDilation[axis])
                    guard place >= 0, gap == 0, position < shapes.input[axis + 1] else { return }
                    input += position * inputStrides[axis + 1]
                }
                var filter = 0
                for axis in 0..<n { filter += tap[axis] * filterStrides[axis] }
                for channel in 0..<outputChannels {
                    let group = channel / outputsPerGroup
                    for inner in 0..<perGroup {
                        body(
                            output + channel, input + group * perGroup + inner,
                            filter + inner * outputChannels + channel)
                    }
                }
            }
            output += outputChannels
        }
    }
}
