// SPDX-License-Identifier: Apache-2.0

extension ConvolutionAttributes.Padding {
    /// The elements before and after an axis; `same` is resolved as TensorFlow does it: the odd one goes after.
    /// Without room for the padding in an `Int`, which the rules refuse, it is none.
    package func resolved(input: Int, window: Int, stride: Int) -> (low: Int, high: Int) {
        guard isSame else { return (low, high) }
        let output = CheckedSize(input).dividedUp(by: stride)
        let wanted = (output - 1) * CheckedSize(stride) + CheckedSize(window)
        let total = max(0, (wanted - CheckedSize(input)).value ?? 0)
        return (total / 2, total - total / 2)
    }

    /// The number of window positions along an axis; −1 when the axis is unknown.
    package func outputSize(input: Int, window: Int, stride: Int) -> CheckedSize {
        if input < 0 { return -1 }
        let (low, high) = resolved(input: input, window: window, stride: stride)
        let padded = CheckedSize(input) + CheckedSize(low) + CheckedSize(high)
        return CheckedSize(padded.value.map { $0 < window ? 0 : ($0 - window) / stride + 1 })
    }

    /// Whether kernels can count with the padding: the mark for `same` is resolved first.
    fileprivate var isInRange: Bool {
        let range = -ConvolutionAttributes.largestStep...ConvolutionAttributes.largestStep
        return isSame || range.contains(low) && range.contains(high)
    }
}

extension ConvolutionAttributes {
    /// Strides, dilations, paddings and extents of windows lie below 2³¹, the numbers of kernels.
    package static let largestStep = (1 << 31) - 1

    /// The spatial extent of a filter with gaps of the dilation between its elements; −1 when the
    /// size is unknown.
    package static func dilated(_ size: Int, _ dilation: Int) -> CheckedSize {
        size <= 0
            ? CheckedSize(Swift.max(size, -1))
            : (CheckedSize(size) - 1) * CheckedSize(dilation) + 1
    }

    /// `dilated`, for a window.
    ///
    /// - Throws: `RuleViolation` when it is larger than kernels count.
    static func extent(_ size: Int, _ dilation: Int) throws -> Int {
        guard let extent = dilated(size, dilation).value, extent <= largestStep else {
            throw RuleViolation(
                "a window of \(size) elements with dilation \(dilation) is too large; "
                    + "it may span less than 2147483648 elements")
        }
        return extent
    }
}

extension Operation {
    /// - Parameter mayBeEmpty: Whether a filter that fits nowhere gives an empty result: a
    ///   transposed convolution of an empty input makes such shapes.
    func convolutionType(
        _ attributes: ConvolutionAttributes, _ x: TensorType, _ filter: TensorType,
        mayBeEmpty: Bool = false
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
        guard positive.allSatisfy({ (1...ConvolutionAttributes.largestStep).contains($0) }),
            attributes.groups > 0
        else { throw RuleViolation("strides, dilations and groups must be positive") }
        guard attributes.padding.allSatisfy(\.isInRange) else {
            throw RuleViolation("the padding is out of range")
        }
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
        if channels >= 0, perGroup >= 0,
            channels != (CheckedSize(perGroup) * CheckedSize(attributes.groups)).value
        {
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
            if window[i] == 0 {
                throw RuleViolation("a spatial axis of the filter \(filter.shape) is empty")
            }
            let size = try ConvolutionAttributes.dilated(input[i + 1], attributes.inputDilation[i])
                .required("\(x) with gaps of \(attributes.inputDilation[i]) is too large")
            let extent = try ConvolutionAttributes.extent(window[i], attributes.filterDilation[i])
            guard size >= 0, extent >= 0 else {
                result.append(-1)
                continue
            }
            let output = try attributes.padding[i].outputSize(
                input: size, window: extent, stride: attributes.strides[i]
            ).required("axis \(i + 1) of \(x) with its padding is too long")
            if output <= 0, size > 0, !mayBeEmpty {
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
        guard positive.allSatisfy({ (1...ConvolutionAttributes.largestStep).contains($0) }) else {
            throw RuleViolation("window sizes, strides and dilations must be positive")
        }
        guard
            attributes.padding.allSatisfy({
                $0.isInRange && ($0.isSame || $0.low >= 0 && $0.high >= 0)
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
            let extent = try ConvolutionAttributes.extent(
                attributes.sizes[i], attributes.dilations[i])
            let output = try attributes.padding[i].outputSize(
                input: dims[i], window: extent, stride: attributes.strides[i]
            ).required("axis \(i) of \(x) with its padding is too long")
            if output == 0, dims[i] > 0 {
                throw RuleViolation("the window \(attributes.sizes) is larger than \(x)")
            }
            result.append(output)
        }
        return TensorType(x.dtype, result)
    }
}
