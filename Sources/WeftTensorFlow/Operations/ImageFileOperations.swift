// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftImages

/// Pixels of image files that strings hold, and such files of pixels.
enum ImageFileOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition(
            "DecodeJpeg",
            defaults: [
                "channels": 0, "ratio": 1, "fancy_upscaling": true, "try_recover_truncated": false,
                "acceptable_fraction": 1.0, "dct_method": "",
            ]
        ) { call in
            guard try call.int("ratio") == 1 else {
                throw call.error(.unsupported, "a ratio other than 1: resize what it gives")
            }
            return try decoded(call, .uint8)
        },
        OperationDefinition("DecodePng", defaults: ["channels": 0, "dtype": .type(.uint8)]) {
            call in
            try decoded(call, try call.dtype("dtype"))
        },
        OperationDefinition(
            "DecodeImage",
            defaults: ["channels": 0, "dtype": .type(.uint8), "expand_animations": true]
        ) { call in
            let dtype = try call.dtype("dtype")
            guard dtype == .float32 else { return try decoded(call, dtype) }
            return try decoded(call, .uint8).cast(to: .float32) / AnyTensor(NDArray(Float(255)))
        },
        OperationDefinition("EncodePng", defaults: ["compression": -1]) { call in
            let level = try call.int("compression")
            guard (-1...9).contains(level) else {
                throw call.error(.malformed, "a compression of \(level) is not from -1 to 9")
            }
            return try encoded(call) { try $0.pngBytes(level: level < 0 ? 6 : level) }
        },
        OperationDefinition(
            "EncodeJpeg",
            defaults: [
                "format": "", "quality": 95, "progressive": false, "optimize_size": false,
                "chroma_downsampling": true, "density_unit": "in", "x_density": 300,
                "y_density": 300, "xmp_metadata": "",
            ]
        ) { call in
            let quality = try call.int("quality")
            let halves = try call.bool("chroma_downsampling")
            return try encoded(call) {
                try $0.jpegBytes(quality: quality, halvesColours: halves)
            }
        },
    ]

    /// The pixels, `[height, width, channels]`; their number is read from the file's header first.
    private static func decoded(_ call: NodeCall, _ dtype: DType) throws -> AnyTensor {
        let depth: ImageDepth
        switch dtype {
        case .uint8: depth = .bits8
        case .uint16: depth = .bits16
        default: throw call.error(.unsupported, "pixels of \(dtype)")
        }
        let contents = try call.tensor(0)
        guard contents.dtype == .string, contents.rank ?? 0 == 0 else {
            throw call.error(.invalidRequest, "\(contents.type) is no string with a file's bytes")
        }
        let number = try call.int("channels")
        let channels = ImageChannels(rawValue: number)
        guard number == 0 || channels != nil else {
            throw call.error(.malformed, "an image of \(number) channels")
        }
        let name = call.node.name
        let sizes = call.hosted([.array(.int64, [3])], [contents]) { inputs in
            let info = try ImageInfo(of: bytes(inputs[0]), named: name)
            let channels = channels ?? info.channels
            return [.longs([info.height, info.width, channels.rawValue])]
        }[0]
        let like = AnyTensor.zeros(.bool, shape: sizes)
        let last = channels.map(\.rawValue)
        return call.hosted(
            [.array(dtype) { Shape([$0[1][0], $0[1][1], last ?? $0[1][2]]) }], [contents, like]
        ) { inputs in
            [
                try NDArray(
                    imageBytes: bytes(inputs[0]), named: name, channels: channels, depth: depth)
            ]
        }[0]
    }

    /// A string with a file's bytes.
    private static func encoded(
        _ call: NodeCall, _ body: @escaping @Sendable (NDArray) throws -> [UInt8]
    ) throws -> AnyTensor {
        let image = try call.tensor(0)
        guard image.rank ?? 3 == 3 else {
            throw call.error(
                .invalidRequest, "\(image.type) is no image [height, width, channels]")
        }
        return call.hosted([.array(.string, [])], [image]) { inputs in
            [try NDArray(byteStrings: [body(inputs[0])], shape: [])]
        }[0]
    }

    private static func bytes(_ array: NDArray) throws -> [UInt8] {
        guard let bytes = try array.byteStrings().first else {
            throw HostProblem("there is no string with a file's bytes")
        }
        return bytes
    }
}
