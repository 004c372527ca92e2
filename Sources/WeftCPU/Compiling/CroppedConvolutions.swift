// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Convolutions without what only ever meets padding: elements of filters, and outputs.
///
/// Where a dilation or a padding is far larger than the input, that is nearly all of the work, and of
/// the code that oneDNN generates for it. The outputs are zeros put around the rest.
enum CroppedConvolutions {
    static func cropped(in program: Program) -> Program {
        let hasConvolution = program.instructions.contains {
            switch $0.primitive {
            case .convolution, .convolutionInputGradient, .convolutionFilterGradient: true
            default: false
            }
        }
        guard hasConvolution else { return program }
        return ConvolutionCropping(program).rewritten()
    }
}

/// What is left of a convolution.
private struct Crop {
    var attributes: ConvolutionAttributes
    /// By spatial axis: the elements of the filter, and the outputs.
    var taps: [Range<Int>]
    var outputs: [Range<Int>]

    /// nil where less than three quarters of the work would be saved.
    init?(_ attributes: ConvolutionAttributes, input: [Int], filter: [Int], output: [Int]) {
        let n = attributes.spatialRank
        self.attributes = attributes
        (taps, outputs) = (filter[..<n].map { 0..<$0 }, output[1...n].map { 0..<$0 })
        guard (input + filter + output).allSatisfy({ $0 > 0 }),
            !attributes.padding.contains(where: \.isSame)
        else { return nil }
        for axis in 0..<n { crop(axis, (input[axis + 1] - 1) * attributes.inputDilation[axis] + 1) }
        let work = { (taps: [Int], outputs: [Int]) in (taps + outputs).reduce(1) { $0 * Double($1) }
        }
        guard
            4 * work(taps.map(\.count), outputs.map(\.count))
                <= work(Array(filter[..<n]), Array(output[1...n]))
        else { return nil }
    }

    private mutating func crop(_ axis: Int, _ size: Int) {
        let stride = attributes.strides[axis]
        let used = UsedTaps(
            input: size, outputs: outputs[axis].count, size: taps[axis].count, stride: stride,
            dilation: attributes.filterDilation[axis], padding: attributes.padding[axis],
            keepsPadding: true)
        let (low, high) = (used.padding.low, used.padding.high)
        let reach = (used.range.count - 1) * used.dilation + 1
        // Place `o` reaches from o * stride − low on.
        let count = outputs[axis].count
        var first = low < reach ? 0 : (low - reach + stride) / stride
        first = min(first, count - 1)
        let last = size + low > 0 ? (size - 1 + low) / stride : 0
        let end = min(max(last, first) + 1, count)
        let start = low - first * stride
        attributes.padding[axis].low = start
        attributes.padding[axis].high =
            end == count ? high : max((end - first - 1) * stride + reach - size - start, 0)
        attributes.filterDilation[axis] = used.dilation
        taps[axis] = used.range
        outputs[axis] = first..<end
    }
}

private struct ConvolutionCropping {
    private let program: Program
    private let builder: ProgramBuilder

    init(_ program: Program) {
        self.program = program
        builder = ProgramBuilder(replacing: program)
    }

    func rewritten() -> Program {
        var isChanged = false
        for instruction in program.instructions {
            builder.origin = instruction.origin
            if rewrite(instruction) { isChanged = true } else { builder.append(instruction) }
        }
        return isChanged ? builder.program(program.outputs) : program
    }

    /// Whether the instruction was replaced.
    private func rewrite(_ instruction: Program.Instruction) -> Bool {
        let operands = instruction.inputs
        guard let result = instruction.outputs.first else { return false }
        func shape(_ value: Int) -> [Int] { program.values[value].shape }
        switch instruction.primitive {
        case .convolution(let attributes):
            guard
                let crop = Crop(
                    attributes, input: shape(operands[0]), filter: shape(operands[1]),
                    output: shape(result))
            else { return false }
            let filter = cut(operands[1], at: 0, crop.taps)
            pad(into: result, at: 1, crop.outputs) {
                builder.append(.convolution(crop.attributes), [operands[0], filter], [$0])
            }
        case .convolutionInputGradient(let attributes):
            guard
                let crop = Crop(
                    attributes, input: shape(result), filter: shape(operands[1]),
                    output: shape(operands[0]))
            else { return false }
            let gradient = cut(operands[0], at: 1, crop.outputs)
            let filter = cut(operands[1], at: 0, crop.taps)
            builder.append(
                .convolutionInputGradient(crop.attributes), [gradient, filter], [result])
        case .convolutionFilterGradient(let attributes):
            guard
                let crop = Crop(
                    attributes, input: shape(operands[0]), filter: shape(result),
                    output: shape(operands[1]))
            else { return false }
            let gradient = cut(operands[1], at: 1, crop.outputs)
            pad(into: result, at: 0, crop.taps) {
                builder.append(
                    .convolutionFilterGradient(crop.attributes), [operands[0], gradient], [$0])
            }
        default: return false
        }
        return true
    }

    /// The part of an array that the ranges of the axes from `first` on are.
    private func cut(_ value: Int, at first: Int, _ ranges: [Range<Int>]) -> Int {
        let type = builder.values[value]
        var (starts, limits) = (type.shape.map { _ in 0 }, type.shape)
        for (axis, range) in ranges.enumerated() {
            (starts[first + axis], limits[first + axis]) = (range.lowerBound, range.upperBound)
        }
        let shape = zip(limits, starts).map { $0 - $1 }
        if shape == type.shape { return value }
        let attributes = SliceAttributes(
            starts: starts, limits: limits, strides: shape.map { _ in 1 })
        return builder.add(.slice(attributes), [value], type.dtype, shape)
    }

    /// Puts zeros around what `make` computes, so that it is `result` in these ranges.
    private func pad(
        into result: Int, at first: Int, _ ranges: [Range<Int>], _ make: (Int) -> Void
    ) {
        let type = builder.values[result]
        var (shape, low, high) = (type.shape, type.shape.map { _ in 0 }, type.shape.map { _ in 0 })
        for (axis, range) in ranges.enumerated() {
            shape[first + axis] = range.count
            low[first + axis] = range.lowerBound
            high[first + axis] = type.shape[first + axis] - range.upperBound
        }
        if shape == type.shape { return make(result) }
        let part = builder.newValue(ArrayType(type.dtype, shape))
        make(part)
        let zero = builder.constant(.filled(type.dtype, [], 0))
        builder.append(
            .pad(PadAttributes(low: low, high: high, interior: shape.map { _ in 0 })),
            [part, zero], [result])
    }
}
