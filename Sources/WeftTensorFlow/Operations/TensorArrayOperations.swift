// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Arrays of tensors that graphs of TensorFlow 1 write and read in loops.
///
/// The array is a resource whose state is a list. Its flow, a number that operations hand on, only says in which
/// order they come.
enum TensorArrayOperations {
    /// The versions differ in what the handle is.
    private static let versions = ["", "V2", "V3"]

    static let all: [OperationDefinition] = versions.flatMap(operations) + others

    private static func operations(version: String) -> [OperationDefinition] {
        func name(_ part: String) -> String { "TensorArray\(part)\(version)" }
        return [
            OperationDefinition(
                name(""), outputs: ["handle", "flow"],
                defaults: ["dynamic_size": false, "tensor_array_name": ""], values: make),
            OperationDefinition(
                name("Grad"), outputs: ["grad_handle", "flow_out"], values: gradients),
            OperationDefinition(
                name("Write"), outputs: ["flow_out"], effect: .changes([0]), values: write),
            OperationDefinition(name("Read"), outputs: ["value"], values: read),
            OperationDefinition(name("Gather"), outputs: ["value"], values: gather),
            OperationDefinition(
                name("Scatter"), outputs: ["flow_out"], effect: .changes([0]), values: scatter),
            OperationDefinition(name("Concat"), outputs: ["value", "lengths"], values: concat),
            OperationDefinition(
                name("Split"), outputs: ["flow_out"], effect: .changes([0]), values: split),
            OperationDefinition(name("Size")) { call in
                try list(call).list.count.cast(to: .int32)
            },
            OperationDefinition(name("Close"), values: { _ in [] }),
        ]
    }

    private static let others: [OperationDefinition] = [
        OperationDefinition(
            "TensorArrayGradWithShape", outputs: ["grad_handle", "flow_out"], values: gradients),
        OperationDefinition("TensorArrayPack") { call in
            try list(call).stacked(declaring: elementShape(call))
        },
        OperationDefinition(
            "TensorArrayUnpack", outputs: ["flow_out"], effect: .changes([0]),
            values: { call in
                let value = try call.tensor(1)
                return try put(call) { $0.put(slicesOf: value) }
            }),
    ]

    /// Whether a node makes the resource that it gives.
    static func makesResource(_ op: String) -> Bool {
        versions.contains { op == "TensorArray\($0)" } || StackOperations.makesResource(op)
            || TableOperations.makesTable(op)
    }

    /// Whether a node gives the gradients of the array that it is given.
    static func makesGradients(_ op: String) -> Bool { op.hasPrefix("TensorArrayGrad") }

    private static let flow = ImportedValue.tensor(.constant(NDArray(Float(0))))

    private static func make(_ call: NodeCall) throws -> [ImportedValue] {
        let type = TensorArrayType(
            dtype: try call.dtype("dtype"),
            elementShape: call.attribute("element_shape")?.shape.shape ?? .unknown,
            isGrowable: try call.bool("dynamic_size"))
        let array = Resource(.tensorArray(type), name: call.node.name)
        call.scope.state[array] = .list(
            ImportedList(
                of: type.dtype, count: try call.tensor(0), elementShape: type.elementShape,
                isGrowable: type.isGrowable))
        return [.resource(array), flow]
    }

    private static func gradients(_ call: NodeCall) throws -> [ImportedValue] {
        let array = try call.resource(0)
        guard case .tensorArray = array.kind else {
            throw call.error(.malformed, "'\(array.name)' is no tensor array")
        }
        let gradients = call.scope.source.gradientArray(of: array, try call.string("source"))
        if call.node.op == "TensorArrayGradWithShape", call.scope.state[gradients] == nil,
            case .list(let list) = try call.scope.current(gradients, in: call.scope.state)
        {
            let shape = Shape(try call.integers(2).map { $0 < 0 ? nil : $0 })
            call.scope.state[gradients] = .list(list.zeros(behind: shape))
        }
        return [.resource(gradients), flow]
    }

    // MARK: The array's list

    /// The list of the array that the first input is.
    private static func list(_ call: NodeCall) throws -> ImportedList {
        let array = try call.resource(0)
        guard case .tensorArray = array.kind,
            case .list(let list) = try call.scope.current(array, in: call.scope.state)
        else { throw call.error(.malformed, "'\(array.name)' is no tensor array") }
        return list
    }

    /// Changes the array's list. Of gradients, what `body` puts into an array of zeros is added.
    private static func put(
        _ call: NodeCall, _ body: (inout ImportedList) throws -> Void
    ) throws -> [ImportedValue] {
        let array = try call.resource(0)
        var list = try list(call)
        if case .tensorArray(let type) = array.kind, type.forward != nil, !list.isUntouched {
            var added = list.zeros
            try body(&added)
            list.add(added)
        } else {
            try body(&list)
        }
        call.scope.state[array] = .list(list)
        return [flow]
    }

    private static func requireElement(_ call: NodeCall, _ value: AnyTensor) throws {
        let list = try list(call)
        guard value.dtype == list.dtype else {
            throw call.error(
                .invalidRequest, "the array is one of \(list.dtype) and the tensor is \(value.type)"
            )
        }
    }

    private static func write(_ call: NodeCall) throws -> [ImportedValue] {
        let (index, value) = (try call.tensor(1), try call.tensor(2))
        try requireElement(call, value)
        let array = try call.resource(0)
        if case .tensorArray(let type) = array.kind, type.forward != nil {
            // One place of gradients: what is there is added, and nothing else is touched.
            var list = try list(call)
            let isUntouched = list.isUntouched
            list.note(value.shape)
            list.reach(index)
            list.set(index, to: isUntouched ? value : list.element(index) + value)
            call.scope.state[array] = .list(list)
            return [flow]
        }
        return try put(call) {
            $0.reach(index)
            $0.set(index, to: value)
        }
    }

    private static func read(_ call: NodeCall) throws -> [ImportedValue] {
        [.tensor(try list(call).element(try call.tensor(1)))]
    }

    private static func elementShape(_ call: NodeCall) -> Shape {
        call.attribute("element_shape")?.shape.shape ?? .unknown
    }

    private static func gather(_ call: NodeCall) throws -> [ImportedValue] {
        let all = try list(call).stacked(declaring: elementShape(call))
        return [.tensor(try call.takesAll(1) ? all : all.gathered(at: try call.tensor(1)))]
    }

    private static func scatter(_ call: NodeCall) throws -> [ImportedValue] {
        let (indices, value) = (try call.tensor(1), try call.tensor(2))
        try requireElement(call, value)
        let isAll = try call.countsUp(1)
        return try put(call) { list in
            if isAll {
                list.put(slicesOf: value)
            } else {
                list.reach(indices.max())
                try list.scatter(value, at: indices)
            }
        }
    }

    private static func concat(_ call: NodeCall) throws -> [ImportedValue] {
        var shape = Shape.unknown
        if let rest = call.attribute("element_shape_except0")?.shape.shape.dims {
            shape = Shape(dims: [-1] + rest)
        }
        let (value, lengths) = try list(call).declaring(shape).concatenated()
        return [.tensor(value), .tensor(lengths)]
    }

    private static func split(_ call: NodeCall) throws -> [ImportedValue] {
        let (value, lengths) = (try call.tensor(1), try call.tensor(2))
        try requireElement(call, value)
        guard lengths.shape[0] != nil else {
            throw call.error(
                .unsupported, "how many parts there are must be known before the graph runs")
        }
        let parts = value.split(sizes: lengths, axis: 0)
        return try put(call) { $0.put(parts) }
    }
}

extension NodeCall {
    /// Whether an input is the numbers from 0 up, as files write what takes all of something.
    func countsUp(_ position: Int) throws -> Bool {
        if let known = try tensor(position).knownIntegers { return known == Array(known.indices) }
        guard let range = origin(position), range.op == "Range", range.inputs.count == 3 else {
            return false
        }
        func known(_ input: Int) -> [Int]? {
            guard case .tensor(let tensor)? = try? scope.value(range.inputs[input]) else {
                return nil
            }
            return tensor.knownIntegers
        }
        return known(0) == [0] && known(2) == [1]
    }

    /// Whether an input is the numbers of all elements of the tensor array that the first input is.
    func takesAll(_ position: Int) throws -> Bool {
        guard try countsUp(position) else { return false }
        if let length = try tensor(position).shape[0],
            case .list(let list) = try scope.current(resource(0), in: scope.state),
            list.list.count.knownIntegers == [length]
        {
            return true
        }
        guard let range = origin(position), range.op == "Range", range.inputs.count == 3 else {
            return false
        }
        return scope.body.nodes[range.inputs[1].node].op.hasPrefix("TensorArraySize")
    }

    /// The node behind those that only hand on what it gives.
    private func origin(_ position: Int) -> GraphNode? {
        guard node.inputs.indices.contains(position) else { return nil }
        var origin = scope.body.nodes[node.inputs[position].node]
        for _ in 0...scope.body.nodes.count {
            guard origin.op == "Identity", let input = origin.inputs.first else { break }
            origin = scope.body.nodes[input.node]
        }
        return origin
    }
}
