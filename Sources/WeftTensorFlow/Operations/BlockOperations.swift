// SPDX-License-Identifier: Apache-2.0
import Weft

/// Blocks of pixels as channels or as examples, and patches of images.
enum BlockOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("SpaceToDepth", defaults: ["data_format": "NHWC"]) { call in
            try channelsLast(call) { $0.spaceToDepth(blockSize: $1) }
        },
        OperationDefinition("DepthToSpace", defaults: ["data_format": "NHWC"]) { call in
            try channelsLast(call) { $0.depthToSpace(blockSize: $1) }
        },
        OperationDefinition("SpaceToBatch") { call in
            let size = try call.int("block_size")
            return try spaceToBatch(call, blocks: [size, size], paddings: 1)
        },
        OperationDefinition("SpaceToBatchND") { call in
            try spaceToBatch(call, blocks: try call.integers(1), paddings: 2)
        },
        OperationDefinition("BatchToSpace") { call in
            let size = try call.int("block_size")
            return try batchToSpace(call, blocks: [size, size], crops: 1)
        },
        OperationDefinition("BatchToSpaceND") { call in
            try batchToSpace(call, blocks: try call.integers(1), crops: 2)
        },
        OperationDefinition("DataFormatDimMap", defaults: formats) { call in
            let (source, target) = (try format(call, "src_format"), try format(call, "dst_format"))
            let x = try call.tensor(0)
            let places = try placed(source, in: target, call)
            // Axes may count from the end.
            return AnyTensor.vector(places, x.dtype)
                .gathered(at: x % .scalar(Double(source.count), x.dtype))
        },
        OperationDefinition("DataFormatVecPermute", defaults: formats) { call in
            var (source, target) = (try format(call, "src_format"), try format(call, "dst_format"))
            let x = try call.tensor(0)
            // Two numbers are those of the spatial axes.
            if x.shape[0] == source.count - 2 {
                source.removeAll { "NC".contains($0) }
                target.removeAll { "NC".contains($0) }
            }
            return x.gathered(at: AnyTensor.numbers(try placed(target, in: source, call)))
        },
        OperationDefinition("ExtractImagePatches") { call in
            try patches(call, spatialRank: 2)
        },
        OperationDefinition("ExtractVolumePatches") { call in
            try patches(call, spatialRank: 3)
        },
    ]

    private static let formats: [String: AttributeDefault] = [
        "src_format": "NHWC", "dst_format": "NCHW",
    ]

    private static func format(_ call: NodeCall, _ name: String) throws -> [Character] {
        let axes = Array(try call.string(name))
        guard (4...5).contains(axes.count), Set(axes).count == axes.count else {
            throw call.error(.malformed, "'\(String(axes))' is no order of axes")
        }
        return axes
    }

    /// Where each axis of an order is in another.
    private static func placed(
        _ axes: [Character], in other: [Character], _ call: NodeCall
    ) throws -> [Int] {
        let places = axes.compactMap { other.firstIndex(of: $0) }
        guard places.count == other.count else {
            throw call.error(
                .malformed, "'\(String(axes))' and '\(String(other))' have not the same axes")
        }
        return places
    }

    private static func channelsLast(
        _ call: NodeCall, _ body: (AnyTensor, Int) -> AnyTensor
    ) throws -> AnyTensor {
        let (x, size) = (try call.tensor(0), try call.int("block_size"))
        guard size >= 1, size < 1 << 20 else {
            throw call.error(.malformed, "blocks of \(size) x \(size) pixels")
        }
        return try ImageWindow.isChannelsFirst(call)
            ? body(x.movingChannelsLast(), size).movingChannelsFirst() : body(x, size)
    }

    private static func spaceToBatch(
        _ call: NodeCall, blocks: [Int], paddings: Int
    ) throws -> AnyTensor {
        let x = try call.tensor(0)
        if let sides = try call.sides(paddings, rank: blocks.count) {
            return blocks.isEmpty ? x : x.spaceToBatch(blockShape: blocks, paddings: sides)
        }
        return x.spaceToBatch(blockShape: blocks, paddings: try call.tensor(paddings))
    }

    private static func batchToSpace(
        _ call: NodeCall, blocks: [Int], crops: Int
    ) throws -> AnyTensor {
        let x = try call.tensor(0)
        if let sides = try call.sides(crops, rank: blocks.count) {
            return blocks.isEmpty ? x : x.batchToSpace(blockShape: blocks, crops: sides)
        }
        return x.batchToSpace(blockShape: blocks, crops: try call.tensor(crops))
    }

    private static func patches(_ call: NodeCall, spatialRank: Int) throws -> AnyTensor {
        let window = try ImageWindow(
            call, spatialRank: spatialRank, sizes: try call.ints("ksizes"), dilations: "rates")
        return try call.tensor(0).patches(
            size: window.sizes, strides: window.strides, padding: window.padding,
            dilations: window.dilations)
    }
}
