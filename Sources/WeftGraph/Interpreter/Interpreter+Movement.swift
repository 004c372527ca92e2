// SPDX-License-Identifier: Apache-2.0

/// Movement copies elements as they are: each function finds the place that an output element
/// comes from.
extension Step {
    /// The output whose element at an index is the operand's at `source(index)`; nil takes `fill`.
    private func moved(fill: NDArray? = nil, _ source: ([Int]) -> [Int]?) -> NDArray {
        let strides = RowMajor.strides(inputs[0].shape)
        var sources: [Int] = []
        sources.reserveCapacity(shape.reduce(1, *))
        RowMajor.forEach(shape) { index in
            sources.append(source(index).map { RowMajor.offset($0, strides) } ?? -1)
        }
        return inputs[0].taking(sources, shape: shape, fill: fill)
    }

    func reshape() throws -> NDArray { inputs[0].reinterpreted(shape: shape) }

    func broadcast(_ axes: [Int]) throws -> NDArray {
        let operand = inputs[0].shape
        return moved { index in
            operand.indices.map { operand[$0] == 1 ? 0 : index[axes[$0]] }
        }
    }

    /// Axis i of the output is axis `permutation[i]` of the operand.
    func transpose(_ permutation: [Int]) throws -> NDArray {
        moved { index in
            var source = index
            for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
            return source
        }
    }

    func slice(_ attributes: SliceAttributes) throws -> NDArray {
        moved { index in
            index.indices.map { attributes.starts[$0] + index[$0] * attributes.strides[$0] }
        }
    }

    func reverse(_ axes: [Int]) throws -> NDArray {
        moved { index in
            index.indices.map { axes.contains($0) ? shape[$0] - 1 - index[$0] : index[$0] }
        }
    }

    /// Negative paddings crop; interior padding goes between neighbours.
    func pad(_ attributes: PadAttributes) throws -> NDArray {
        let operand = inputs[0].shape
        return moved(fill: inputs[1]) { index in
            var source = index
            for axis in index.indices {
                let place = index[axis] - attributes.low[axis]
                let (position, gap) = place.quotientAndRemainder(
                    dividingBy: attributes.interior[axis] + 1)
                guard place >= 0, gap == 0, position < operand[axis] else { return nil }
                source[axis] = position
            }
            return source
        }
    }

    func concatenate(_ axis: Int) throws -> NDArray {
        let size = dtype.size
        let inner = shape[(axis + 1)...].reduce(size, *)
        let outer = shape[..<axis].reduce(1, *)
        return NDArray(dtype: dtype, shape: shape) { target in
            var place = target
            for row in 0..<outer {
                for input in inputs {
                    let length = input.shape[axis] * inner
                    input.withUnsafeBytes {
                        if length > 0, let base = $0.baseAddress {
                            place.copyMemory(from: base + row * length, byteCount: length)
                        }
                    }
                    place += length
                }
            }
        }
    }

    /// Start indices moved so that a slice of `sizes` lies inside `operand`.
    private func clampedStarts(_ starts: NDArray, _ operand: [Int], _ sizes: [Int]) -> [Int] {
        let starts = Int64.load(starts)
        return operand.indices.map {
            Int(min(max(starts[$0], 0), Int64(operand[$0] - sizes[$0])))
        }
    }

    func dynamicSlice() throws -> NDArray {
        let starts = clampedStarts(inputs[1], inputs[0].shape, shape)
        return moved { index in index.indices.map { starts[$0] + index[$0] } }
    }

    func dynamicUpdateSlice() throws -> NDArray {
        let update = inputs[1]
        let starts = clampedStarts(inputs[2], shape, update.shape)
        let strides = RowMajor.strides(shape)
        let size = dtype.size
        var result = inputs[0]
        result.withUnsafeMutableBytes { target in
            update.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                var position = 0
                RowMajor.forEach(update.shape) { index in
                    let place = RowMajor.offset(zip(index, starts).map { $0 + $1 }, strides)
                    (to + place * size).copyMemory(from: from + position * size, byteCount: size)
                    position += 1
                }
            }
        }
        return result
    }
}
