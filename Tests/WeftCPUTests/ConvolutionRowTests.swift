// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import Testing

/// Convolutions of one image with few channels, which are cut into rows, against those of two images, which
/// are cut between them.
@Suite struct ConvolutionRowTests {
    struct Geometry: Sendable, CustomTestStringConvertible {
        var size: [Int64]
        var channels: (Int64, Int64) = (8, 16)
        var groups: Int64 = 1
        var kernel: Int64 = 3
        var stride: Int64 = 1
        var dilation: Int64 = 1
        var low: Int64 = 1
        var high: Int64 = 1

        var testDescription: String {
            "\(size) x \(channels), \(groups) groups, kernel \(kernel), stride \(stride), "
                + "dilation \(dilation), padding \(low) and \(high)"
        }

        /// Of the first `rank` spatial axes.
        private func axes(_ number: Int64) -> (Int64, Int64, Int64) {
            (number, size.count > 1 ? number : 1, size.count > 2 ? number : 1)
        }

        var output: [Int64] {
            size.map { ($0 + low + high - (kernel - 1) * dilation - 1) / stride + 1 }
        }

        func spec(_ kind: weft_dnn_conv_kind, images: Int64) -> weft_dnn_conv_spec {
            func padded(_ sizes: [Int64]) -> (Int64, Int64, Int64) {
                (sizes[0], sizes.count > 1 ? sizes[1] : 1, sizes.count > 2 ? sizes[2] : 1)
            }
            var spec = weft_dnn_conv_spec()
            spec.kind = kind
            spec.spatial_rank = Int32(size.count)
            (spec.batch, spec.groups) = (images, groups)
            (spec.input_channels, spec.output_channels) = channels
            (spec.input, spec.output) = (padded(size), padded(output))
            spec.kernel = axes(kernel)
            (spec.strides, spec.dilations) = (axes(stride), axes(dilation))
            (spec.padding_low, spec.padding_high) = (axes(low), axes(high))
            return spec
        }

        var inputCount: Int { Int(size.reduce(channels.0, *)) }
        var outputCount: Int { Int(output.reduce(channels.1, *)) }
        var filterCount: Int {
            Int(size.reduce(channels.0 / groups * channels.1) { count, _ in count * kernel })
        }
    }

    static let geometries: [Geometry] = [
        Geometry(size: [64, 20]), Geometry(size: [63, 20], low: 0, high: 2),
        Geometry(size: [400, 300]),
        Geometry(size: [400, 300], kernel: 5, stride: 2, low: 2, high: 1),
        Geometry(size: [401, 200], kernel: 3, dilation: 4, low: 4, high: 4),
        Geometry(size: [300, 300], kernel: 7, stride: 3, low: 0, high: 0),
        // More is cropped at the end than the last piece sees.
        Geometry(size: [403, 200], kernel: 2, stride: 4, low: 0, high: 0),
        // Padding wider than a piece, which is not cut.
        Geometry(size: [8, 100], kernel: 9, low: 8, high: 8),
        Geometry(size: [600, 400], channels: (16, 16), groups: 16),
        Geometry(size: [100_000], channels: (16, 16), kernel: 5, low: 2, high: 2),
        Geometry(size: [40, 30, 20], channels: (4, 8)),
    ]

    private static func numbers(_ count: Int, _ seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) * 0x1p-23 - 1
        }
    }

    /// The largest difference, as a part of the largest number.
    private func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        let most = b.reduce(0) { max($0, abs($1)) }
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / most
    }

    @Test(arguments: geometries)
    func forward(_ geometry: Geometry) throws {
        let x = Self.numbers(geometry.inputCount, 1)
        let filter = Self.numbers(geometry.filterCount, 2)
        let results = try [x, x + x].map { x in
            let images = x.count / geometry.inputCount
            var spec = geometry.spec(WEFT_DNN_CONV_FORWARD, images: Int64(images))
            let handle = try #require(weft_dnn_conv_create(&spec))
            defer { weft_dnn_conv_destroy(handle) }
            _ = weft_team_acquire(0)
            defer { weft_team_release() }
            var y = [Float](repeating: .nan, count: images * geometry.outputCount)
            #expect(weft_dnn_conv_forward(handle, x, filter, nil, &y) == WEFT_DNN_OK)
            return y
        }
        #expect(distance(results[0][...], results[1].prefix(geometry.outputCount)) < 1e-5)
    }

    @Test(arguments: geometries)
    func backwardFilter(_ geometry: Geometry) throws {
        let x = Self.numbers(geometry.inputCount, 3)
        let slope = Self.numbers(geometry.outputCount, 4)
        let results = try [1, 2].map { images in
            var spec = geometry.spec(WEFT_DNN_CONV_BACKWARD_FILTER, images: Int64(images))
            let handle = try #require(weft_dnn_conv_create(&spec))
            defer { weft_dnn_conv_destroy(handle) }
            _ = weft_team_acquire(0)
            defer { weft_team_release() }
            // The second image has no slope.
            let slopes = slope + (images > 1 ? slope.map { _ in 0 } : [])
            var gradient = [Float](repeating: .nan, count: geometry.filterCount)
            let status = weft_dnn_conv_backward_filter(
                handle, images > 1 ? x + x : x, slopes, &gradient, nil)
            #expect(status == WEFT_DNN_OK)
            return gradient
        }
        #expect(distance(results[0][...], results[1][...]) < 1e-4)
    }
}
