// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    private struct Window {
        var operand: [Int]
        var sizes: [Int]
        var strides: [Int]
        var padding: [(Int, Int)]
        var dilations: [Int]? = nil

        var attributes: WindowAttributes {
            WindowAttributes(
                sizes: sizes, strides: strides, padding: padding.map { .init($0.0, $0.1) },
                dilations: dilations ?? sizes.map { _ in 1 })
        }

        var output: [Int] {
            let attributes = attributes
            return operand.indices.map { axis in
                attributes.padding[axis].outputSize(
                    input: operand[axis],
                    window: ConvolutionAttributes.dilated(
                        sizes[axis], attributes.dilations[axis]
                    ).value ?? 0, stride: strides[axis]
                ).value ?? 0
            }
        }
    }

    private static let windows: [Window] = [
        Window(operand: [], sizes: [], strides: [], padding: []),
        Window(operand: [9], sizes: [3], strides: [2], padding: [(0, 0)]),
        Window(operand: [9], sizes: [2], strides: [1], padding: [(0, 0)], dilations: [4]),
        // The first and last windows lie wholly in the padding.
        Window(operand: [4], sizes: [2], strides: [2], padding: [(3, 4)]),
        Window(operand: [2, 6], sizes: [1, 3], strides: [1, 3], padding: [(0, 0), (1, 2)]),
        Window(
            operand: [2, 6, 7, 3], sizes: [1, 2, 2, 1], strides: [1, 2, 2, 1],
            padding: [(0, 0), (0, 0), (0, 1), (0, 0)]),
        Window(
            operand: [2, 6, 7, 3], sizes: [1, 3, 3, 1], strides: [1, 1, 2, 1],
            padding: [(0, 0), (1, 1), (1, 1), (0, 0)]),
        Window(
            operand: [1, 7, 7, 2], sizes: [1, 2, 3, 1], strides: [1, 1, 1, 1],
            padding: [(0, 0), (0, 2), (2, 0), (0, 0)], dilations: [1, 3, 2, 1]),
        Window(
            operand: [1, 4, 4, 4, 2], sizes: [1, 2, 2, 2, 1], strides: [1, 2, 2, 2, 1],
            padding: [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]),
        Window(
            operand: [0, 4, 4, 1], sizes: [1, 2, 2, 1], strides: [1, 2, 2, 1],
            padding: [(0, 0), (0, 0), (0, 0), (0, 0)]),
        Window(
            operand: [3, 4], sizes: [2, 2], strides: [1, 1], padding: [(1, 1), (1, 1)]),
    ]

    mutating func addWindows() {
        for dtype in DType.programTypes where dtype.isNumeric {
            var random = TestRandom("window \(dtype)")
            for window in Self.windows {
                addWindow(window, random.anything(dtype, window.operand), "", &random)
                addWindow(
                    window, random.array(dtype, window.operand, in: 0...2).rounded(), "ties ",
                    &random)
                guard dtype.isFloatingPoint else { continue }
                let salted = random.array(dtype, window.operand)
                    .salted(with: [.nan, .infinity, -.infinity], every: 5)
                addWindow(window, salted, "NaN and infinity ", &random)
            }
        }
    }

    private mutating func addWindow(
        _ window: Window, _ x: NDArray, _ what: String, _ random: inout TestRandom
    ) {
        let (dtype, attributes) = (x.dtype, window.attributes)
        let output = ArrayType(dtype, window.output)
        let gradient = random.anything(dtype, output.shape)
        let count = window.sizes.reduce(1, *)
        let note =
            "\(what)\(x.shape) by \(window.sizes) strides \(window.strides) padding "
            + "\(window.padding) dilations \(attributes.dilations)"
        for kind in WindowKind.allCases {
            add(
                .window(kind, attributes), [x], [output], dtype: dtype,
                kind == .sum ? .terms(count) : .ulps(0, ignoringZeroSign: true), note)
        }
        add(
            .windowSumGradient(attributes), [gradient], [x.type], dtype: dtype, .terms(count), note)
        // Positive gradients do not cancel, so that their sums have relative errors only.
        let positive = random.array(dtype, output.shape, in: 0.25...4)
        add(
            .maxPoolGradient(attributes), [x, positive], [x.type], dtype: dtype,
            .ulps(Double(count), ignoringZeroSign: true), note)
        let values = random.anything(dtype, x.shape)
        add(.maxPoolPick(attributes), [x, values], [output], dtype: dtype, note)
    }
}
