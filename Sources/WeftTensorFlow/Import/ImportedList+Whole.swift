// SPDX-License-Identifier: Apache-2.0
import Weft

/// All tensors of a list at once.
extension ImportedList {
    /// The tensors along a new first axis, places without one as zeros.
    ///
    /// - Parameters:
    ///   - shape: What is known of the tensors' shape besides.
    ///   - count: How many there must be; nil for any number.
    func stacked(declaring shape: Shape, count: Int? = nil) -> AnyTensor {
        let list = declaring(shape).list
        guard let count else { return list.stacked() }
        return list.stacked(count: AnyTensor.constant(NDArray(Int64(count))))
    }

    /// Puts a tensor's slices into the first places; all places behind them hold zeros.
    mutating func put(slicesOf tensor: AnyTensor) {
        let count = list.count.cast(to: .int64)
        var result = ImportedList(
            unstacking: tensor, elementShape: declared, isGrowable: isGrowable)
        if isGrowable {
            result.resize(to: maximum(count, tensor.size(ofAxis: 0)))
        } else if count.knownIntegers == nil || count.knownIntegers != tensor.shape[0].map({ [$0] })
        {
            result.resize(to: count)
        }
        self = result
    }

    /// More tensors than these are handled by a loop.
    private static let mostWrittenOut = 256

    /// Puts tensors into the first places.
    mutating func put(_ parts: [AnyTensor]) {
        if isUntouched, list.count.knownIntegers == [parts.count] {
            // Appended they may differ in shape.
            let wasGrowable = isGrowable
            self = ImportedList(of: dtype, elementShape: declared)
            for part in parts { append(part) }
            if !wasGrowable { fix(count: .constant(NDArray(Int64(parts.count)))) }
            return
        }
        for (index, part) in parts.enumerated() {
            let index = AnyTensor.constant(NDArray(Int64(index)))
            reach(index)
            set(index, to: part)
        }
    }

    /// Puts a tensor's slices into the places that a vector names, one after the other.
    mutating func scatter(_ tensor: AnyTensor, at indices: AnyTensor) throws {
        let row = Shape(dims: tensor.shape.dims.map { Array($0.dropFirst()) })
        note(row)
        let form = entering
        let places = indices.cast(to: .int64)
        let count = places.size(ofAxis: 0)
        let results = whileLoop(
            [AnyTensor.scalar(0, .int64), list.anyTensor],
            condition: { $0[0] .< count },
            body: { values in
                var list = form.replaced(by: values[1])
                list.set(
                    places.gathered(at: values[0]), to: tensor.gathered(at: values[0]))
                return [values[0] + .scalar(1, .int64), list.list.anyTensor]
            })
        self = form.replaced(by: results.last ?? list.anyTensor)
    }

    /// The tensors one behind the other along their first axis, and how long each is there.
    func concatenated() throws -> (value: AnyTensor, lengths: AnyTensor) {
        let count = list.count.cast(to: .int64)
        guard elementShape.rank != 0 else {
            throw TensorFlowError(.malformed, "scalars are stacked, not concatenated")
        }
        if let length = elementShape[0] {
            let lengths = AnyTensor.constant(NDArray(Int64(length)))
                .broadcasted(to: count.reshaped(to: [1]))
            return (list.concatenated(), lengths)
        }
        // They may be of different lengths.
        if let known = count.knownIntegers?.first, (1...Self.mostWrittenOut).contains(known) {
            let elements = (0..<known).map { list[$0] }
            return (
                AnyTensor.concatenated(elements, axis: 0),
                AnyTensor.concatenated(
                    elements.map { $0.size(ofAxis: 0).cast(to: .int64).reshaped(to: [1]) }, axis: 0)
            )
        }
        guard let dims = Shape(dims: elementShape.dims.map { Array($0.dropFirst()) }).dimensions
        else {
            throw TensorFlowError(
                .unsupported, "all sizes of concatenated tensors but the first must be known")
        }
        let results = whileLoop(
            [
                AnyTensor.scalar(0, .int64), .zeros(dtype, shape: [0] + dims),
                .zeros(.int64, shape: [0]),
            ], shapeInvariants: [Shape([]), Shape(dims: [-1] + dims), [nil]],
            condition: { $0[0] .< count },
            body: { values in
                let element = list[values[0]]
                let length = element.size(ofAxis: 0).cast(to: .int64).reshaped(to: [1])
                return [
                    values[0] + .scalar(1, .int64),
                    AnyTensor.concatenated([values[1], element], axis: 0),
                    AnyTensor.concatenated([values[2], length], axis: 0),
                ]
            })
        guard results.count == 3 else { return (results[0], results[0]) }
        return (results[1], results[2])
    }
}
