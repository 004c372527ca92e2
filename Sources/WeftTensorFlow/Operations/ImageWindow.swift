// SPDX-License-Identifier: Apache-2.0
import Weft

/// Windows over images or volumes, as attributes describe them: steps and paddings for all axes, in the
/// order that the data have.
struct ImageWindow {
    let spatialRank: Int
    let isChannelsFirst: Bool
    /// Of each spatial axis; empty where the operation has none.
    let sizes: [Int]
    let strides: [Int]
    let dilations: [Int]
    let padding: Padding

    static let defaults: [String: AttributeDefault] = [
        "data_format": "NHWC", "dilations": [1, 1, 1, 1], "explicit_paddings": [],
    ]
    static let volumeDefaults: [String: AttributeDefault] = [
        "data_format": "NDHWC", "dilations": [1, 1, 1, 1, 1],
    ]

    /// - Parameters:
    ///   - sizes: The sizes of windows, for all axes; nil for those of the attribute 'ksize', where there is one.
    ///   - strides: The steps, for all axes; nil for those of the attribute.
    init(
        _ call: NodeCall, spatialRank: Int, sizes: [Int]? = nil, strides: [Int]? = nil,
        dilations: String = "dilations"
    ) throws {
        self.spatialRank = spatialRank
        let isFirst = try ImageWindow.isChannelsFirst(call)
        isChannelsFirst = isFirst
        func spatial(_ all: [Int], _ name: String) throws -> [Int] {
            guard all.count == spatialRank + 2 else {
                throw call.error(
                    .malformed, "'\(name)' has \(all.count) numbers instead of \(spatialRank + 2)")
            }
            let others = [all[0], all[isFirst ? 1 : spatialRank + 1]]
            guard others == [1, 1] else {
                throw call.error(
                    .unsupported,
                    "'\(name)' is \(all); windows over examples or channels are not supported")
            }
            let part = Array(isFirst ? all[2...] : all[1...spatialRank])
            guard part.allSatisfy({ $0 > 0 }) else {
                throw call.error(.malformed, "'\(name)' is \(all), and must be positive")
            }
            return part
        }
        let named = try sizes ?? (call.attribute("ksize") == nil ? nil : call.ints("ksize"))
        self.sizes = try named.map { try spatial($0, "ksize") } ?? []
        self.strides = try spatial(try strides ?? call.ints("strides"), "strides")
        self.dilations =
            call.attribute(dilations) == nil
            ? Array(repeating: 1, count: spatialRank)
            : try spatial(try call.ints(dilations), dilations)
        switch try call.string("padding") {
        case "SAME": padding = .same
        case "VALID": padding = .valid
        case "EXPLICIT":
            let all = try call.ints("explicit_paddings")
            guard all.count == 2 * (spatialRank + 2) else {
                throw call.error(.malformed, "'explicit_paddings' has \(all.count) numbers")
            }
            let axes = (0..<spatialRank).map { isFirst ? $0 + 2 : $0 + 1 }
            padding = .explicit(low: axes.map { all[2 * $0] }, high: axes.map { all[2 * $0 + 1] })
        case let other: throw call.error(.malformed, "the padding '\(other)' is none")
        }
    }

    /// Whether the channels are the second axis.
    static func isChannelsFirst(_ call: NodeCall) throws -> Bool {
        if call.attribute("data_format") == nil { return false }
        switch try call.string("data_format") {
        case "NHWC", "NDHWC", "": return false
        case "NCHW", "NCDHW": return true
        case let other:
            throw call.error(
                .unsupported, "the data format '\(other)' is not supported; use NHWC or NCHW")
        }
    }

    /// What a function of images with the channels last gives of images in the data's order.
    func channelsLast(_ x: AnyTensor, _ body: (AnyTensor) throws -> AnyTensor) rethrows -> AnyTensor
    {
        isChannelsFirst
            ? try body(x.movingChannelsLast()).movingChannelsFirst() : try body(x)
    }

    /// The sums of products with a filter.
    func convolved(_ x: AnyTensor, _ filter: AnyTensor) -> AnyTensor {
        channelsLast(x) { x in
            var groups = 1
            if let channels = x.shape[-1], let own = filter.shape[spatialRank], own > 0,
                channels % own == 0
            {
                groups = max(channels / own, 1)
            }
            switch (spatialRank, x.dtype.isInteger) {
            case (2, true):
                return conv2D(
                    x, filter: filter, accumulatingIn: DType.int32, strides: strides,
                    padding: padding, dilations: dilations, groups: groups
                ).cast(to: x.dtype)
            case (2, false):
                return conv2D(
                    x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                    groups: groups)
            default:
                return conv3D(
                    x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                    groups: groups)
            }
        }
    }

    /// The sums of products with filters of each channel.
    func depthwiseConvolved(_ x: AnyTensor, _ filter: AnyTensor) -> AnyTensor {
        channelsLast(x) { x in
            depthwiseConv2D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations)
        }
    }

    /// The greatest elements of the windows.
    func maximum(_ x: AnyTensor) -> AnyTensor {
        channelsLast(x) { x in
            spatialRank == 2
                ? maxPool2D(x, size: sizes, strides: strides, padding: padding)
                : maxPool3D(x, size: sizes, strides: strides, padding: padding)
        }
    }

    /// The means of the windows' elements; padding does not count.
    func mean(_ x: AnyTensor) -> AnyTensor {
        channelsLast(x) { x in
            spatialRank == 2
                ? averagePool2D(x, size: sizes, strides: strides, padding: padding)
                : averagePool3D(x, size: sizes, strides: strides, padding: padding)
        }
    }
}
