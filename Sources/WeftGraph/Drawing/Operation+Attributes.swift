// SPDX-License-Identifier: Apache-2.0

extension Operation {
    /// What of the operation is neither its name nor an operand, for people: `axes: [1]`.
    var attributeText: String {
        switch self {
        case .constant(let value):
            value.array.count <= 4
                ? value.array.description.replacingNewlines : "\(value.array.count) elements"
        case .readVariable(let variable): "'\(variable.name)'"
        case .parameter(_, let index): "\(index)"
        case .iota(let axis): "axis: \(axis)"
        case .random(let attributes): "stream: '\(attributes.stream)'"
        case .cast(let dtype): "to: \(dtype)"
        case .reduce(_, let axes), .reverse(let axes), .expand(let axes): "axes: \(axes)"
        case .argReduce(_, let axis), .concatenate(let axis): "axis: \(axis)"
        case .cumulative(let attributes):
            "axis: \(attributes.axis)" + (attributes.isExclusive ? ", exclusive" : "")
                + (attributes.isReversed ? ", reversed" : "")
        case .dot(let dimensions): dimensions.text
        case .convolution(let attributes), .convolutionInputGradient(let attributes),
            .convolutionFilterGradient(let attributes):
            attributes.text
        case .window(_, let attributes), .windowSumGradient(let attributes),
            .maxPoolGradient(let attributes), .maxPoolPick(let attributes):
            attributes.text
        case .reshape(let dims): "to: \(Shape(dims: dims))"
        case .regroup(let groups): "to: " + groups.map(\.text).joined(separator: ", ")
        case .broadcast(let shape, let axes): "to: \(shape), axes: \(axes)"
        case .broadcastLike(let axes): "axes: \(axes)"
        case .transpose(let permutation): "\(permutation)"
        case .slice(let attributes), .sliceGradient(let attributes): attributes.text
        case .dynamicSlice(let sizes): "sizes: \(sizes)"
        case .pad(let attributes):
            "low: \(attributes.low), high: \(attributes.high)"
                + (attributes.interior.contains { $0 != 0 }
                    ? ", interior: \(attributes.interior)" : "")
        case .concatenateSlice(let axis, let index): "axis: \(axis), part: \(index)"
        case .gather(let attributes):
            "axes: \(attributes.startIndexMap), slices: \(attributes.sliceSizes)"
        case .scatter(let kind, let attributes):
            "\(kind.rawValue), axes: \(attributes.scatterAxesToOperandAxes)"
        case .sort(let attributes):
            "axis: \(attributes.axis)" + (attributes.isDescending ? ", descending" : "")
        case .topK(let k): "k: \(k)"
        case .whileLoop(let attributes):
            attributes.maximumIterations.map { "at most \($0) times" } ?? ""
        case .scan(let attributes):
            "carries: \(attributes.carries)" + (attributes.isReversed ? ", reversed" : "")
        case .rematerialized(_, let role): role == .forward ? "" : "again"
        case .check(.finite(let message)), .check(.condition(let message)),
            .check(.inRange(let message)):
            "'\(message)'"
        case .update(let attributes): "'\(attributes.variable.name)'"
        case .group(let attributes): attributes.runsUpdates ? "with updates" : ""
        case .invalid, .placeholder, .unary, .binary, .compare, .select, .reshapeLike,
            .unbroadcastLike, .dynamicUpdateSlice, .shapeOf, .cond, .listEmpty, .listAppend,
            .listPop, .listZerosLike, .listAdd, .stopGradient, .customGradient, .withUpdates,
            .after:
            ""
        }
    }
}

extension String {
    /// The text on one line.
    fileprivate var replacingNewlines: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}

extension GroupedAxis {
    fileprivate var text: String {
        switch self {
        case .size(let size): "\(size)"
        case .product(let axes): axes.count == 1 ? "axis \(axes.lowerBound)" : "axes \(axes)"
        }
    }
}

extension DotDimensions {
    fileprivate var text: String {
        "over: \(lhsContracting) x \(rhsContracting)"
            + (lhsBatch.isEmpty ? "" : ", batch: \(lhsBatch) x \(rhsBatch)")
    }
}

extension [ConvolutionAttributes.Padding] {
    fileprivate var text: String {
        if allSatisfy(\.isSame) { return ", same" }
        if allSatisfy({ $0.low == 0 && $0.high == 0 }) { return "" }
        return ", padding: ["
            + map { $0.isSame ? "same" : "\($0.low)+\($0.high)" }.joined(separator: ", ") + "]"
    }
}

extension ConvolutionAttributes {
    fileprivate var text: String {
        "strides: \(strides)" + padding.text
            + (inputDilation.contains { $0 != 1 } ? ", input dilation: \(inputDilation)" : "")
            + (filterDilation.contains { $0 != 1 } ? ", dilation: \(filterDilation)" : "")
            + (groups == 1 ? "" : ", groups: \(groups)")
    }
}

extension WindowAttributes {
    fileprivate var text: String {
        "sizes: \(sizes), strides: \(strides)" + padding.text
            + (dilations.contains { $0 != 1 } ? ", dilations: \(dilations)" : "")
    }
}

extension SliceAttributes {
    fileprivate var text: String {
        let ranges = zip(starts, limits).map { $1 == Int.max ? "\($0)..." : "\($0)..<\($1)" }
        return "["
            + zip(ranges, strides).map { $1 == 1 ? $0 : "\($0) by \($1)" }
            .joined(separator: ", ") + "]"
    }
}
