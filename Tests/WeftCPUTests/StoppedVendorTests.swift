// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import Testing

/// Long calls of oneDNN look at the flag between their pieces.
@Suite(.serialized) struct StoppedVendorTests {
    /// A run that is to stop at once, against one that is not.
    private func expectStopping(_ run: () -> weft_dnn_status) {
        _ = weft_team_acquire(0)
        defer { weft_team_release() }
        // What the first run touches or makes.
        #expect(run() == WEFT_DNN_OK)
        let clock = ContinuousClock()
        let whole = clock.measure { #expect(run() == WEFT_DNN_OK) }
        var flag: Int32 = 0
        weft_stop_watch(&flag, 1_000_000)
        let stopped = clock.measure { _ = run() }
        weft_stop_watch(nil, -1)
        #expect(flag == 2)
        #expect(stopped < whole * 0.6, "\(stopped) of \(whole)")
    }

    @Test(arguments: [false, true])
    func productsStop(_ isTransposed: Bool) {
        var spec = weft_dnn_matmul_spec()
        (spec.batch, spec.m, spec.k, spec.n) = (1, 1024, 6144, 6144)
        (spec.a, spec.b, spec.c) = (WEFT_DNN_F32, WEFT_DNN_F32, WEFT_DNN_F32)
        spec.transpose_b = isTransposed
        guard let handle = weft_dnn_matmul_create(&spec) else {
            Issue.record("no product")
            return
        }
        defer { weft_dnn_matmul_destroy(handle) }
        let (a, b) = (
            [Float](repeating: 1, count: 1024 * 6144), [Float](repeating: 1, count: 6144 * 6144)
        )
        var c = a
        expectStopping { weft_dnn_matmul_run(handle, a, b, nil, nil, &c) }
    }

    /// Of 3 by 3, which Winograd's algorithm does in few pieces, and of 5 by 5.
    @Test(arguments: [3, 5])
    func convolutionsStop(_ size: Int) {
        convolutionStops(size: size, images: size == 3 ? 24 : 12, extent: 40, channels: 512)
    }

    @Test("a convolution of one image with few channels stops between its rows")
    func oneImageStops() { convolutionStops(size: 5, images: 1, extent: 2000, channels: 16) }

    private func convolutionStops(size: Int, images: Int, extent: Int, channels: Int) {
        var spec = weft_dnn_conv_spec()
        spec.kind = WEFT_DNN_CONV_FORWARD
        spec.spatial_rank = 2
        (spec.batch, spec.groups) = (Int64(images), 1)
        (spec.input_channels, spec.output_channels) = (Int64(channels), Int64(channels))
        spec.input = (Int64(extent), Int64(extent), 1)
        spec.output = spec.input
        spec.kernel = (Int64(size), Int64(size), 1)
        (spec.strides, spec.dilations) = ((1, 1, 1), (1, 1, 1))
        spec.padding_low = (Int64(size / 2), Int64(size / 2), 0)
        spec.padding_high = spec.padding_low
        guard let handle = weft_dnn_conv_create(&spec) else {
            Issue.record("no convolution")
            return
        }
        defer { weft_dnn_conv_destroy(handle) }
        let pixels = images * extent * extent * channels
        let x = [Float](repeating: 1, count: pixels)
        let filter = [Float](repeating: 1, count: size * size * channels * channels)
        var y = x
        expectStopping { weft_dnn_conv_forward(handle, x, filter, nil, &y) }
    }
}
