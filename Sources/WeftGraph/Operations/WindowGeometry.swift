// SPDX-License-Identifier: Apache-2.0

extension ConvolutionAttributes.AxisPadding {
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
    var isInRange: Bool {
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
