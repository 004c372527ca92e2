// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Lists of tensors as values, which graphs with functions for branches and loops use.
enum TensorListOperations {
    static let all: [OperationDefinition] = making + changing + reading

    private static let making: [OperationDefinition] = [
        list("TensorListReserve", "handle") { call in
            ImportedList(
                of: try call.dtype("element_dtype"), count: try call.tensor(1),
                elementShape: try shape(call, 0), isGrowable: false)
        },
        list("EmptyTensorList", "handle") { call in
            ImportedList(of: try call.dtype("element_dtype"), elementShape: try shape(call, 0))
        },
        list("TensorListFromTensor", "output_handle") { call in
            ImportedList(
                unstacking: try call.tensor(0), elementShape: try shape(call, 1), isGrowable: false)
        },
        list("TensorListScatter", "output_handle") { call in
            let indices = try call.tensor(1)
            // As long as the greatest index says.
            let count = (indices.cast(to: .int64).max() + .scalar(1, .int64))
            return try scattered(call, shape: try shape(call, 2), count: count)
        },
        list("TensorListScatterV2", "output_handle") { call in
            let (indices, count) = (try call.tensor(1), try call.tensor(3))
            if count.knownIntegers == [-1] {
                let least = indices.cast(to: .int64).max() + .scalar(1, .int64)
                return try scattered(call, shape: try shape(call, 2), count: least)
            }
            return try scattered(call, shape: try shape(call, 2), count: count)
        },
        list("TensorListSplit", "output_handle") { call in
            let (value, lengths) = (try call.tensor(0), try call.tensor(2))
            guard let count = lengths.shape[0] else {
                throw call.error(
                    .unsupported, "how many parts there are must be known before the graph runs")
            }
            var list = ImportedList(
                of: value.dtype, count: .constant(NDArray(Int64(count))),
                elementShape: try shape(call, 1), isGrowable: false)
            list.put(value.split(sizes: lengths, axis: 0))
            return list
        },
    ]

    private static let changing: [OperationDefinition] = [
        OperationDefinition(
            "TensorListSetItem", outputs: ["output_handle"],
            defaults: ["resize_if_index_out_of_bounds": false],
            values: { call in
                var list = try call.list(0)
                let index = try call.tensor(1).cast(to: .int64)
                if try call.bool("resize_if_index_out_of_bounds") {
                    let count = list.list.count.cast(to: .int64)
                    list.grow()
                    list.resize(to: maximum(count, index + .scalar(1, .int64)))
                }
                list.set(index, to: try element(call, 2, of: list))
                return [.list(list)]
            }),
        list("TensorListPushBack", "output_handle") { call in
            var list = try call.list(0)
            list.append(try element(call, 1, of: list))
            return list
        },
        OperationDefinition(
            "TensorListPopBack", outputs: ["output_handle", "tensor"],
            values: { call in
                var list = try call.list(0).declaring(try shape(call, 1))
                let last = list.removeLast()
                return [.list(list), .tensor(last)]
            }),
        list("TensorListResize", "output_handle") { call in
            var list = try call.list(0)
            list.resize(to: try call.tensor(1).cast(to: .int64))
            return list
        },
        list("TensorListScatterIntoExistingList", "output_handle") { call in
            var list = try call.list(0)
            try list.scatter(try element(call, 1, of: list), at: try call.tensor(2))
            return list
        },
        list("TensorListConcatLists", "output") { call in
            let (first, second) = (try call.list(0), try call.list(1))
            var list = first
            list.grow()
            list.resize(to: first.list.count + second.list.count)
            try list.scatter(
                second.stacked(declaring: .unknown),
                at: AnyTensor.range(
                    from: first.list.count, to: first.list.count + second.list.count,
                    by: .scalar(1, .int64)))
            return list
        },
    ]

    private static let reading: [OperationDefinition] = [
        OperationDefinition("TensorListGetItem") { call in
            try call.list(0).declaring(try shape(call, 2)).element(try call.tensor(1))
        },
        OperationDefinition("TensorListStack", defaults: ["num_elements": -1]) { call in
            let count = try call.int("num_elements")
            return try call.list(0).stacked(
                declaring: try shape(call, 1), count: count < 0 ? nil : count)
        },
        OperationDefinition("TensorListGather") { call in
            try call.list(0).stacked(declaring: try shape(call, 2)).gathered(at: call.tensor(1))
        },
        OperationDefinition(
            "TensorListConcat", outputs: ["tensor", "lengths"],
            tensors: { call in
                let shape = call.attribute("element_shape")?.shape.shape ?? .unknown
                let (value, lengths) = try call.list(0).declaring(shape).concatenated()
                return [value, lengths]
            }),
        OperationDefinition(
            "TensorListConcatV2", outputs: ["tensor", "lengths"],
            tensors: { call in
                let (value, lengths) = try call.list(0).declaring(try shape(call, 1)).concatenated()
                return [value, lengths]
            }),
        OperationDefinition("TensorListLength") { call in
            try call.list(0).list.count.cast(to: .int32)
        },
        OperationDefinition(
            "TensorListElementShape", outputs: ["element_shape"],
            tensors: { call in
                let (shape, type) = (try call.list(0).elementShape, try call.dtype("shape_type"))
                guard let dims = shape.dims else { return [AnyTensor.scalar(-1, type)] }
                return [AnyTensor.constant(NDArray(dims.map { Int64($0) })).cast(to: type)]
            }),
    ]

    private static func list(
        _ name: String, _ output: String,
        _ value: @escaping @Sendable (NodeCall) throws -> ImportedList
    ) -> OperationDefinition {
        OperationDefinition(name, outputs: [output], values: { [.list(try value($0))] })
    }

    /// What an input says of a shape: sizes of −1 are unknown, and so is all where a scalar stands.
    private static func shape(_ call: NodeCall, _ position: Int) throws -> Shape {
        let tensor = try call.tensor(position)
        guard tensor.rank == 1, let known = tensor.knownIntegers else { return .unknown }
        return Shape(known.map { $0 < 0 ? nil : $0 })
    }

    private static func element(
        _ call: NodeCall, _ position: Int, of list: ImportedList
    ) throws -> AnyTensor {
        let tensor = try call.tensor(position)
        guard tensor.dtype == list.dtype else {
            throw call.error(
                .invalidRequest, "the list is one of \(list.dtype) and the tensor is \(tensor.type)"
            )
        }
        return tensor
    }

    private static func scattered(
        _ call: NodeCall, shape: Shape, count: AnyTensor
    ) throws -> ImportedList {
        let value = try call.tensor(0)
        var list = ImportedList(
            of: value.dtype, count: count, elementShape: shape, isGrowable: false)
        if try call.countsUp(1) {
            list.put(slicesOf: value)
        } else {
            try list.scatter(value, at: try call.tensor(1))
        }
        return list
    }
}
