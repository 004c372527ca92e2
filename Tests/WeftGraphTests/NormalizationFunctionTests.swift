// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Normalisations by hand-computed numbers.
@Suite struct NormalizationFunctionTests {
    typealias F = Tensor<Float>

    @Test("batch normalisation uses the moments it is given")
    func batch() {
        let x = F([[1, 2], [3, 4]])
        let y = batchNormalized(
            x, mean: F([1, 2]), variance: F([3.999, 0.249]), offset: F([10, 20]),
            scale: F([1, 2]), epsilon: 0.001)
        expect(y, [2, 2], [10, 20, 11, 28])
        expect(
            batchNormalized(x, mean: F([1, 2]), variance: F([1, 1]), epsilon: 0), [2, 2],
            [0, 0, 2, 2])
    }

    @Test("layer, group and root-mean-square normalisation use their own")
    func others() {
        let x = F([[1, 3], [2, 6]])
        expect(layerNormalized(x, epsilon: 0), [2, 2], [-1, 1, -1, 1])
        expect(
            layerNormalized(x, scale: F([2, 3]), offset: F([1, 1]), epsilon: 0), [2, 2],
            [-1, 4, -1, 4])
        expect(layerNormalized(x, axes: [0], epsilon: 0), [2, 2], [-1, -1, 1, 1])
        expect(rmsNormalized(F([[3, 4]]), epsilon: 0), [1, 2], [0.84852814, 1.1313709])
        expect(l2Normalized(F([3, 4])), [2], [0.6, 0.8])
        expect(l2Normalized(F([0, 0])), [2], [0, 0])
        let image = F([1, 10, 3, 30], shape: [1, 2, 1, 2])
        expect(groupNormalized(image, groups: 2, epsilon: 0), [1, 2, 1, 2], [-1, -1, 1, 1])
        let open = F.placeholder(shape: [nil, 2, 1, 2])
        expect(
            groupNormalized(open, groups: 2, scale: F([1, 2]), offset: F([0, 5]), epsilon: 0),
            [1, 2, 1, 2], [-1, 3, 1, 7],
            feeding: [(open, [[[[1.0, 10.0]], [[3.0, 30.0]]]])])
    }
}
