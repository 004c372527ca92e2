// SPDX-License-Identifier: Apache-2.0

/// Along one axis: which elements of a window (or of a filter) ever lie on an input of some size, in
/// any of its places. The others only ever see padding.
package struct UsedTaps: Hashable, Sendable {
    /// The elements from the first used to the last used one; at least one.
    package var range: Range<Int>
    /// The padding before and behind for a window of these elements alone, whose results are the same.
    package var padding: ConvolutionAttributes.AxisPadding
    package var dilation: Int

    /// - Parameters:
    ///   - input: The size of the axis, with the gaps that an input's own dilation makes.
    ///   - outputs: The number of places of the window.
    ///   - keepsPadding: Whether padding that is not negative is to stay so.
    package init(
        input: Int, outputs: Int, size: Int, stride: Int, dilation: Int,
        padding: ConvolutionAttributes.AxisPadding, keepsPadding: Bool = false
    ) {
        // The places start at −low, −low + stride, ...; an element is `dilation` times its number on.
        let last = (max(outputs, 1) - 1) * stride - padding.low
        var first = last >= 0 ? 0 : (-last + dilation - 1) / dilation
        var end = input + padding.low > 0 ? (input + padding.low - 1) / dilation + 1 : 0
        if keepsPadding {
            first = min(first, max(padding.low, 0) / dilation)
            end = max(end, size - max(padding.high, 0) / dilation)
        }
        first = min(max(first, 0), size - 1)
        end = min(max(end, first + 1), size)
        range = first..<end
        self.padding = .init(
            padding.low - first * dilation, padding.high - (size - end) * dilation)
        self.dilation = end - first == 1 ? 1 : dilation
    }
}

extension WindowAttributes {
    /// The same windows without elements that lie in the padding wherever the window is, so that work
    /// does not grow with them.
    package func clipped(to input: [Int], outputs: [Int]) -> WindowAttributes {
        var result = self
        for axis in input.indices where sizes[axis] > 1 && !padding[axis].isSame {
            let used = UsedTaps(
                input: input[axis], outputs: outputs[axis], size: sizes[axis],
                stride: strides[axis], dilation: dilations[axis], padding: padding[axis])
            result.sizes[axis] = used.range.count
            result.padding[axis] = used.padding
            result.dilations[axis] = used.dilation
        }
        return result
    }
}
