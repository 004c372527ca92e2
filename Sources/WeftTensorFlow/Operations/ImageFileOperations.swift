// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftImages

/// Files of images, PNG and JPEG, in strings: their pixels, and such files of pixels.
enum ImageFileOperations {
    static let all: [OperationDefinition] = decoding + encoding

    // MARK: Pixels

    private static let decoding: [OperationDefinition] = [
        // Each reads either format, as TensorFlow's do.
        OperationDefinition("DecodeJpeg", defaults: ["channels": 0, "ratio": 1]) { call in
            guard try call.int("ratio") == 1 else {
                throw call.error(
                    .unsupported,
                    "an image is not made smaller while it is read; decode it with a ratio of 1, and resize it"
                )
            }
            return try decoded(call, .uint8)
        },
        OperationDefinition(
            "DecodePng", defaults: ["channels": 0, "dtype": .type(.uint8)]
        ) { call in try decoded(call, call.dtype("dtype")) },
        OperationDefinition(
            "DecodeImage",
            defaults: ["channels": 0, "dtype": .type(.uint8), "expand_animations": true]
        ) { call in
            let dtype = try call.dtype("dtype")
            guard dtype == .float32 else { return try decoded(call, dtype) }
            return try decoded(call, .uint8).cast(to: .float32)
                * AnyTensor.scalar(1.0 / 255.0, .float32)
        },
        OperationDefinition("DecodeAndCropJpeg", defaults: ["channels": 0, "ratio": 1]) { call in
            guard try call.int("ratio") == 1 else {
                throw call.error(.unsupported, "an image is not made smaller while it is read")
            }
            let channels = try wantedChannels(call)
            let window = try call.tensor(1)
            return call.measured([(.uint8, 3)], [try call.tensor(0), window]) { inputs in
                let image = try pixels(inputs[0], channels, .bits8)
                let numbers = try inputs[1].integers
                guard numbers.count == 4, numbers.allSatisfy({ $0 >= 0 }),
                    numbers[0] <= image.shape[0], numbers[2] <= image.shape[0] - numbers[0],
                    numbers[1] <= image.shape[1], numbers[3] <= image.shape[1] - numbers[1]
                else {
                    throw HostProblem("a window \(numbers) of an image of \(image.shape)")
                }
                let part = ArrayPart(
                    shape: image.shape,
                    ranges: [
                        numbers[0]..<numbers[0] + numbers[2], numbers[1]..<numbers[1] + numbers[3],
                        0..<image.shape[2],
                    ])
                return [try part.of(image)]
            }[0]
        },
        OperationDefinition(
            "ExtractJpegShape", defaults: ["output_type": .type(.int32)]
        ) { call in
            let dtype = try call.dtype("output_type")
            return call.hosted([.array(dtype, [3])], [try call.tensor(0)]) { inputs in
                let info = try header(inputs[0])
                return [
                    try NDArray.longs([info.height, info.width, info.channels.rawValue])
                        .cast(to: dtype)
                ]
            }[0]
        },
    ]

    /// The channels that are wanted; nil for those of the file.
    private static func wantedChannels(_ call: NodeCall) throws -> ImageChannels? {
        let number = try call.int("channels")
        if number == 0 { return nil }
        guard let channels = ImageChannels(rawValue: number) else {
            throw call.error(.malformed, "\(number) channels; they are 0 to 4")
        }
        return channels
    }

    private static func decoded(_ call: NodeCall, _ dtype: DType) throws -> AnyTensor {
        guard dtype == .uint8 || dtype == .uint16 else {
            throw call.error(.unsupported, "pixels are uint8 or uint16, not \(dtype)")
        }
        let channels = try wantedChannels(call)
        let contents = try call.tensor(0)
        guard contents.dtype == .string, contents.rank == 0 || contents.rank == nil else {
            throw call.error(.invalidRequest, "\(contents.type) is not the bytes of one file")
        }
        // The header, which is read first, tells the sizes.
        let sizes = call.hosted([.array(.int64, [3])], [contents]) { inputs in
            let info = try header(inputs[0])
            return [
                .longs([info.height, info.width, (channels ?? info.channels).rawValue])
            ]
        }[0]
        let like = AnyTensor.zeros(.bool, shape: sizes)
        let depth: ImageDepth = dtype == .uint8 ? .bits8 : .bits16
        return call.hosted(
            [.array(dtype) { Shape([$0[1][0], $0[1][1], channels?.rawValue ?? $0[1][2]]) }],
            [contents, like]
        ) { [try pixels($0[0], channels, depth)] }[0]
    }

    private static func content(_ array: NDArray) throws -> [UInt8] {
        guard let bytes = try array.byteStrings().first, array.count == 1 else {
            throw HostProblem("there are \(array.count) files instead of one")
        }
        return bytes
    }

    private static func header(_ array: NDArray) throws -> ImageInfo {
        let bytes = try content(array)
        return try told { try ImageInfo(of: bytes) }
    }

    private static func pixels(
        _ array: NDArray, _ channels: ImageChannels?, _ depth: ImageDepth
    ) throws -> NDArray {
        let bytes = try content(array)
        return try told { try NDArray(imageBytes: bytes, channels: channels, depth: depth) }
    }

    /// Lets what is wrong with an image be told of the node.
    private static func told<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            throw HostProblem("\(error)")
        }
    }

    // MARK: Files

    private static let encoding: [OperationDefinition] = [
        OperationDefinition("EncodePng", defaults: ["compression": -1]) { call in
            let level = try call.int("compression")
            return encoded(call, [try call.tensor(0)]) { inputs in
                try inputs[0].pngBytes(level: level < 0 ? 6 : level)
            }
        },
        OperationDefinition(
            "EncodeJpeg", defaults: ["quality": 95, "chroma_downsampling": true]
        ) { call in
            let (quality, halves) = (try call.int("quality"), try call.bool("chroma_downsampling"))
            return encoded(call, [try call.tensor(0)]) { inputs in
                try inputs[0].jpegBytes(quality: quality, halvesColours: halves)
            }
        },
        OperationDefinition("EncodeJpegVariableQuality") { call in
            encoded(call, try call.tensors(to: 2)) { inputs in
                try inputs[0].jpegBytes(quality: try inputs[1].integer)
            }
        },
    ]

    private static func encoded(
        _ call: NodeCall, _ inputs: [AnyTensor],
        _ body: @escaping @Sendable ([NDArray]) throws -> [UInt8]
    ) -> AnyTensor {
        call.hosted([.array(.string, [])], inputs) { inputs in
            let bytes = try told { try body(inputs) }
            return [try NDArray(byteStrings: [bytes], shape: [])]
        }[0]
    }
}
