// SPDX-License-Identifier: Apache-2.0

extension Step {
    /// The offsets of the elements in each window, in row-major order of the windows, each in
    /// row-major order of its elements. Padding holds none.
    private func forEachWindow(
        _ attributes: WindowAttributes, _ operand: [Int], _ windows: [Int],
        _ body: (_ window: Int, _ elements: [Int]) -> Void
    ) {
        let attributes = attributes.clipped(to: operand, outputs: windows)
        let strides = RowMajor.strides(operand)
        var window = 0
        RowMajor.forEach(windows) { index in
            var elements: [Int] = []
            RowMajor.forEach(attributes.sizes) { place in
                var offset = 0
                for axis in operand.indices {
                    let position =
                        index[axis] * attributes.strides[axis]
                        + place[axis] * attributes.dilations[axis] - attributes.padding[axis].low
                    guard position >= 0, position < operand[axis] else { return }
                    offset += position * strides[axis]
                }
                elements.append(offset)
            }
            body(window, elements)
            window += 1
        }
    }

    private func requireResolved(_ attributes: WindowAttributes) throws {
        guard !attributes.padding.contains(where: \.isSame) else {
            throw unsupported("the padding must be resolved in a program")
        }
    }

    func window(_ kind: WindowKind, _ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        let reduction: ReductionKind =
            switch kind {
            case .sum: .sum
            case .maximum: .maximum
            case .minimum: .minimum
            }
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let operand = T.load(inputs[0])
            let function = T.function(reduction.binary, dtype)
            var result: [T] = []
            forEachWindow(attributes, inputs[0].shape, shape) { _, elements in
                result.append(
                    elements.reduce(reduction.identity(T.self, dtype)) {
                        function($0, operand[$1]) ?? $0
                    })
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }

    /// Every element gets the sum of the gradients of the windows that hold it.
    func windowSumGradient(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let gradient = T.load(inputs[0])
            var result = [T](repeating: T.zero, count: shape.reduce(1, *))
            forEachWindow(attributes, shape, inputs[0].shape) { window, elements in
                for element in elements {
                    result[element] = T.sum(result[element], gradient[window])
                }
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }

    /// A window's first maximum, the first NaN if there is one; nil for a window in the padding.
    private func firstMaximum<T: WideNumber>(
        _ elements: [Int], _ operand: [T], _ dtype: DType
    ) -> Int? {
        guard var best = elements.first else { return nil }
        for element in elements.dropFirst()
        where isMoreExtreme(operand[element], than: operand[best], greatest: true, dtype) {
            best = element
        }
        return best
    }

    func maxPoolGradient(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let (operand, gradient) = (T.load(inputs[0]), T.load(inputs[1]))
            var result = [T](repeating: T.zero, count: operand.count)
            forEachWindow(attributes, inputs[0].shape, inputs[1].shape) { window, elements in
                if let place = firstMaximum(elements, operand, dtype) {
                    result[place] = T.sum(result[place], gradient[window])
                }
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }

    func maxPoolPick(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let operand = T.load(inputs[0])
            var sources: [Int] = []
            forEachWindow(attributes, inputs[0].shape, shape) { _, elements in
                sources.append(firstMaximum(elements, operand, inputs[0].dtype) ?? -1)
            }
            return inputs[1].taking(sources, shape: shape)
        }
        return widened(inputs[0].dtype) { evaluate($0) }
    }
}
