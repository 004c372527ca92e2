// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Products, convolutions, windows, and elements by their places in TensorFlow.
extension ExportCall {
    func product(_ primitive: Primitive) throws -> [String] {
        switch primitive {
        case .dot(let dimensions): return [try dot(dimensions)]
        case .convolution(let attributes): return [try convolution(attributes, .output)]
        case .convolutionInputGradient(let attributes):
            return [
                try convolution(attributes, .input, sizes: try writer.vector(try knownSizes()))
            ]
        case .convolutionFilterGradient(let attributes):
            return [
                try convolution(attributes, .filter, sizes: try writer.vector(try knownSizes()))
            ]
        case .window(let kind, let attributes): return [try window(kind, attributes)]
        case .windowSumGradient(let attributes):
            return [
                try windowSum(attributes, gradientOf: try writer.vector(try knownSizes()))
            ]
        case .maxPoolGradient(let attributes):
            let pool = try self.pool(attributes)
            let maxima = writer.add("MaxPool", [try input(0)], pool)
            return [writer.add("MaxPoolGrad", [try input(0), maxima, try input(1)], pool)]
        case .gather(let attributes): return [try gather(attributes)]
        case .scatter(let kind, let attributes): return [try scatter(kind, attributes)]
        case .cholesky: return [try unary("Cholesky")]
        case .qr:
            let q = writer.add(
                "Qr", [try input(0)], ["T": try .of(dtype), "full_matrices": .of(false)])
            return [q, writer.output(1, of: q)]
        default: throw failure("write what does not depend on it")
        }
    }

    // MARK: Products

    private func dot(_ dimensions: DotDimensions) throws -> String {
        let (a, b) = (try rank(0), try rank(1))
        if dimensions.lhsBatch.isEmpty, dimensions.lhsContracting.count == 1, a == 2, b == 2,
            node.inputs[1].dtype == dtype, type.dtype == dtype
        {
            return writer.add(
                "MatMul", try inputs(),
                [
                    "T": try .of(dtype),
                    "transpose_a": .of(dimensions.lhsContracting == [0]),
                    "transpose_b": .of(dimensions.rhsContracting == [1]),
                ])
        }
        guard a + b <= 26 else { throw failure("it has \(a + b) axes") }
        // Axes that go together have one letter.
        let letters = (0..<26).map { String(Unicode.Scalar(UInt8(97 + $0))) }
        let left = Array(letters[..<a])
        var right = Array(letters[a..<a + b])
        for (x, y) in zip(dimensions.lhsContracting, dimensions.rhsContracting) {
            right[y] = left[x]
        }
        for (x, y) in zip(dimensions.lhsBatch, dimensions.rhsBatch) { right[y] = left[x] }
        let used = Set(dimensions.lhsBatch + dimensions.lhsContracting)
        let usedRight = Set(dimensions.rhsBatch + dimensions.rhsContracting)
        let result =
            dimensions.lhsBatch.map { left[$0] }
            + (0..<a).filter { !used.contains($0) }.map { left[$0] }
            + (0..<b).filter { !usedRight.contains($0) }.map { right[$0] }
        let operands = try node.inputs.indices.map {
            try writer.cast(try input($0), from: node.inputs[$0].dtype, to: type.dtype)
        }
        return writer.add(
            "Einsum", operands,
            [
                "T": try .of(type.dtype), "N": .of(2),
                "equation": .of("\(left.joined()),\(right.joined())->\(result.joined())"),
            ])
    }

    // MARK: Convolutions

    enum ConvolutionPart { case output, input, filter }

    /// A convolution of images, or a gradient of it, which `sizes` says the shape of.
    func convolution(
        _ attributes: ConvolutionAttributes, _ part: ConvolutionPart, sizes: String = ""
    ) throws -> String {
        guard attributes.inputDilation.allSatisfy({ $0 == 1 }) else {
            throw failure("elements are put between those of its input")
        }
        let rank = attributes.spatialRank
        guard rank == 2 || rank == 3 && part == .output else {
            throw failure("a convolution over \(rank) axes; give images or volumes")
        }
        func all(_ spatial: [Int]) -> TFAttrValue { .of([1] + spatial + [1]) }
        var result: [String: TFAttrValue] = [
            "T": try .of(dtype), "strides": all(attributes.strides),
            "dilations": all(attributes.filterDilation),
            "data_format": .of(rank == 2 ? "NHWC" : "NDHWC"),
        ]
        var inputs = try [self.input(0), self.input(1)]
        if attributes.padding.allSatisfy(\.isSame) {
            result["padding"] = .of("SAME")
        } else if attributes.padding.allSatisfy({ $0.low == 0 && $0.high == 0 }) {
            result["padding"] = .of("VALID")
        } else if rank == 2, !attributes.padding.contains(where: \.isSame),
            !attributes.padding.contains(where: { $0.low < 0 || $0.high < 0 })
        {
            result["padding"] = .of("EXPLICIT")
            result["explicit_paddings"] = .of(
                [0, 0] + attributes.padding.flatMap { [$0.low, $0.high] } + [0, 0])
        } else {
            throw failure("its padding, \(attributes.padding)")
        }
        if rank == 2 { result["use_cudnn_on_gpu"] = .of(true) }
        // Sizes are of 32 bits.
        let shape = try sizes.isEmpty ? "" : writer.cast(sizes, from: .int64, to: .int32)
        switch part {
        case .output: return writer.add(rank == 2 ? "Conv2D" : "Conv3D", inputs, result)
        case .input:
            inputs = [shape, inputs[1], inputs[0]]
            return writer.add("Conv2DBackpropInput", inputs, result)
        case .filter:
            inputs = [inputs[0], shape, inputs[1]]
            return writer.add("Conv2DBackpropFilter", inputs, result)
        }
    }

    // MARK: Windows

    private func window(_ kind: WindowKind, _ attributes: WindowAttributes) throws -> String {
        switch kind {
        case .maximum: return writer.add("MaxPool", [try input(0)], try pool(attributes))
        case .minimum:
            let maxima = writer.add(
                "MaxPool", [try writer.unary("Neg", try input(0), dtype)], try pool(attributes))
            return try writer.unary("Neg", maxima, dtype)
        case .sum:
            return writer.add(
                "DepthwiseConv2dNative", [try input(0), try ones(attributes)],
                try depthwise(attributes))
        }
    }

    /// The gradient of a sum of windows, of an array of these sizes.
    func windowSum(_ attributes: WindowAttributes, gradientOf sizes: String) throws -> String {
        let shape = try writer.cast(sizes, from: .int64, to: .int32)
        return writer.add(
            "DepthwiseConv2dNativeBackpropInput",
            [shape, try ones(attributes), try input(0)], try depthwise(attributes))
    }

    /// A filter that sums the elements of each channel.
    private func ones(_ attributes: WindowAttributes) throws -> String {
        guard let channels = node.inputs[0].shape[3], attributes.sizes.count == 4 else {
            throw failure("the number of channels is not known")
        }
        return try writer.constant(
            .filled(dtype, [attributes.sizes[1], attributes.sizes[2], channels, 1], 1))
    }

    private func depthwise(_ attributes: WindowAttributes) throws -> [String: TFAttrValue] {
        var result = try pool(attributes)
        result["ksize"] = nil
        result["dilations"] = .of([1, 1, 1, 1])
        guard attributes.strides[1] == attributes.strides[2] else {
            throw failure("windows move by \(attributes.strides)")
        }
        return result
    }

    private func pool(_ attributes: WindowAttributes) throws -> [String: TFAttrValue] {
        let outer = [0, 3]
        guard attributes.sizes.count == 4, attributes.dilations.allSatisfy({ $0 == 1 }),
            outer.allSatisfy({ attributes.sizes[$0] == 1 && attributes.strides[$0] == 1 })
        else { throw failure("only windows of images, without gaps, are written") }
        let padding = attributes.padding[1...2]
        var result: [String: TFAttrValue] = [
            "T": try .of(dtype), "ksize": .of(attributes.sizes), "strides": .of(attributes.strides),
            "data_format": .of("NHWC"),
        ]
        if padding.allSatisfy(\.isSame) {
            result["padding"] = .of("SAME")
        } else if padding.allSatisfy({ $0.low == 0 && $0.high == 0 }) {
            result["padding"] = .of("VALID")
        } else if !padding.contains(where: { $0.isSame || $0.low < 0 || $0.high < 0 }) {
            result["padding"] = .of("EXPLICIT")
            result["explicit_paddings"] = .of(
                [0, 0] + padding.flatMap { [$0.low, $0.high] } + [0, 0])
        } else {
            throw failure("the padding of its windows")
        }
        return result
    }
}
