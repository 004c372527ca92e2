// SPDX-License-Identifier: Apache-2.0

extension ConvolutionAttributes.Padding {
    /// The elements before and after an axis; `same` is resolved as TensorFlow does it: the odd one goes after.
    package func resolved(input: Int, window: Int, stride: Int) -> (low: Int, high: Int) {
        guard isSame else { return (low, high) }
        let output = (input + stride - 1) / stride
        let total = max(0, (output - 1) * stride + window - input)
        return (total / 2, total - total / 2)
    }

    /// The number of window positions along an axis; −1 when the axis is unknown.
    package func outputSize(input: Int, window: Int, stride: Int) -> Int {
        if input < 0 { return -1 }
        let (low, high) = resolved(input: input, window: window, stride: stride)
        let (sum, overflow) = input.addingReportingOverflow(low)
        let (padded, overflow2) = sum.addingReportingOverflow(high)
        if overflow || overflow2 { return Int.min }
        return padded < window ? 0 : (padded - window) / stride + 1
    }
}

extension ConvolutionAttributes {
    /// The spatial extent of a filter with gaps of the dilation between its elements.
    package static func dilated(_ size: Int, _ dilation: Int) -> Int {
        if size <= 0 { return Swift.max(size, -1) }
        let (gaps, overflow) = (size - 1).multipliedReportingOverflow(by: dilation)
        return overflow ? ArraySize.maximumCount : gaps + 1
    }
}

extension Operation {
    func convolutionType(
        _ attributes: ConvolutionAttributes, _ x: TensorType, _ filter: TensorType
    ) throws -> TensorType {
        guard x.dtype == filter.dtype else {
            throw RuleViolation(
                "element types differ: \(x) and \(filter); convert one with `cast(to:)`")
        }
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        let n = attributes.spatialRank
        guard (1...3).contains(n) else {
            throw RuleViolation("it has 1 to 3 spatial axes, not \(n)")
        }
        guard attributes.padding.count == n, attributes.inputDilation.count == n,
            attributes.filterDilation.count == n
        else {
            throw RuleViolation("padding and dilations must have \(n) elements like the strides")
        }
        let positive = attributes.strides + attributes.inputDilation + attributes.filterDilation
        guard positive.allSatisfy({ $0 > 0 && $0 < 1 << 31 }), attributes.groups > 0 else {
            throw RuleViolation("strides, dilations and groups must be positive")
        }
        guard
            attributes.padding.allSatisfy({
                $0.isSame || Swift.abs($0.low) < 1 << 31 && Swift.abs($0.high) < 1 << 31
            })
        else { throw RuleViolation("the padding is out of range") }
        if let rank = x.shape.rank, rank != n + 2 {
            throw RuleViolation("the input must be of rank \(n + 2), not \(x)")
        }
        if let rank = filter.shape.rank, rank != n + 2 {
            throw RuleViolation("the filter must be of rank \(n + 2), not \(filter)")
        }
        guard let input = x.shape.dims, let window = filter.shape.dims else {
            return TensorType(x.dtype, Shape(dims: Array(repeating: -1, count: n + 2)))
        }
        let (channels, perGroup) = (input[n + 1], window[n])
        if channels >= 0, perGroup >= 0, channels != perGroup * attributes.groups {
            throw RuleViolation(
                "the input has \(channels) channels, the filter wants \(perGroup)"
                    + (attributes.groups > 1 ? " in each of \(attributes.groups) groups" : "")
                    + ": \(x.shape) with \(filter.shape)")
        }
        if window[n + 1] >= 0, window[n + 1] % attributes.groups != 0 {
            throw RuleViolation(
                "\(window[n + 1]) output channels cannot be divided into \(attributes.groups) groups"
            )
        }
        var result = [input[0]]
        for i in 0..<n {
            let size = ConvolutionAttributes.dilated(input[i + 1], attributes.inputDilation[i])
            let extent = ConvolutionAttributes.dilated(window[i], attributes.filterDilation[i])
            guard size >= 0, extent >= 0 else {
                result.append(-1)
                continue
            }
            let output = attributes.padding[i].outputSize(
                input: size, window: extent, stride: attributes.strides[i])
            if output <= 0, size > 0 {
                throw RuleViolation(
                    "the filter \(filter.shape) is larger than the padded input \(x.shape)")
            }
            result.append(output)
        }
        return TensorType(x.dtype, result + [window[n + 1]])
    }

    func windowType(_ attributes: WindowAttributes, _ x: TensorType) throws -> TensorType {
        guard x.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(x.dtype); convert with `cast(to:)`")
        }
        let rank = attributes.sizes.count
        guard attributes.strides.count == rank, attributes.padding.count == rank,
            attributes.dilations.count == rank
        else { throw RuleViolation("sizes, strides, padding and dilations must be of one length") }
        let positive = attributes.sizes + attributes.strides + attributes.dilations
        guard positive.allSatisfy({ $0 > 0 && $0 < 1 << 31 }) else {
            throw RuleViolation("window sizes, strides and dilations must be positive")
        }
        guard
            attributes.padding.allSatisfy({
                $0.isSame || $0.low >= 0 && $0.high >= 0 && $0.low < 1 << 31 && $0.high < 1 << 31
            })
        else { throw RuleViolation("the padding of a window must not be negative") }
        guard let dims = x.shape.dims else {
            return TensorType(x.dtype, Shape(dims: Array(repeating: -1, count: rank)))
        }
        guard dims.count == rank else {
            throw RuleViolation("the window is of rank \(rank), the operand \(x) is not")
        }
        var result: [Int] = []
        for i in 0..<rank {
            let extent = ConvolutionAttributes.dilated(attributes.sizes[i], attributes.dilations[i])
            let output = attributes.padding[i].outputSize(
                input: dims[i], window: extent, stride: attributes.strides[i])
            if output == 0, dims[i] > 0 {
                throw RuleViolation("the window \(attributes.sizes) is larger than \(x)")
            }
            result.append(output)
        }
        return TensorType(x.dtype, result)
    }
}
