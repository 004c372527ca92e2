// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text on one line.
    var onOneLine: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}

extension DotDimensions {
    var text: String {
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
    var text: String {
        "strides: \(strides)" + padding.text
            + (inputDilation.contains { $0 != 1 } ? ", input dilation: \(inputDilation)" : "")
            + (filterDilation.contains { $0 != 1 } ? ", dilation: \(filterDilation)" : "")
            + (groups == 1 ? "" : ", groups: \(groups)")
    }
}

extension WindowAttributes {
    var text: String {
        "sizes: \(sizes), strides: \(strides)" + padding.text
            + (dilations.contains { $0 != 1 } ? ", dilations: \(dilations)" : "")
    }
}

extension SliceAttributes {
    var text: String {
        let ranges = zip(starts, limits).map { $1 == Int.max ? "\($0)..." : "\($0)..<\($1)" }
        return "["
            + zip(ranges, strides).map { $1 == 1 ? $0 : "\($0) by \($1)" }
            .joined(separator: ", ") + "]"
    }
}

extension GroupedAxis {
    var text: String {
        switch self {
        case .size(let size): "\(size)"
        case .product(let axes): axes.count == 1 ? "axis \(axes.lowerBound)" : "axes \(axes)"
        }
    }
}
