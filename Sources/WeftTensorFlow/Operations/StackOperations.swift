// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Stacks, on which loops of TensorFlow 1 keep what their gradients need.
enum StackOperations {
    static let all: [OperationDefinition] = ["", "V2"].flatMap { version in
        [
            OperationDefinition("Stack\(version)", outputs: ["handle"], values: make),
            OperationDefinition(
                "StackPush\(version)", outputs: ["output"], effect: .changes([0]), values: push),
            OperationDefinition(
                "StackPop\(version)", outputs: ["elem"], effect: .changes([0]), values: pop),
            OperationDefinition("StackClose\(version)", values: { _ in [] }),
        ]
    }

    /// Whether a node makes the resource that it gives, a popped one too.
    static func makesResource(_ op: String) -> Bool {
        ["Stack", "StackV2", "StackPop", "StackPopV2"].contains(op)
    }

    private static func make(_ call: NodeCall) throws -> [ImportedValue] {
        // Of a tensor array its count is kept: gradients need no more of it.
        let isOfArrays = call.attribute("elem_type")?.type.value == .dtResource
        let dtype = isOfArrays ? DType.int64 : try call.dtype("elem_type")
        let stack = Resource(.stack(dtype), name: call.node.name)
        call.scope.state[stack] = .list(ImportedList(of: dtype, elementShape: .unknown))
        return [.resource(stack)]
    }

    private static func stack(_ call: NodeCall) throws -> (Resource, ImportedList) {
        let stack = try call.resource(0)
        guard case .stack = stack.kind,
            case .list(let list) = try call.scope.current(stack, in: call.scope.state)
        else { throw call.error(.malformed, "'\(stack.name)' is no stack") }
        return (stack, list)
    }

    private static func push(_ call: NodeCall) throws -> [ImportedValue] {
        var (stack, list) = try stack(call)
        let value = try call.input(1)
        let element: AnyTensor
        if case .resource(let array) = value, case .tensorArray = array.kind {
            guard case .list(let elements) = try call.scope.current(array, in: call.scope.state)
            else { throw call.error(.malformed, "'\(array.name)' has no elements") }
            element = elements.list.count.cast(to: .int64)
            call.scope.source.note(array, on: stack)
        } else {
            element = try call.tensor(1)
        }
        guard element.dtype == list.dtype else {
            throw call.error(
                .unsupported, "a stack of \(list.dtype) does not take \(element.type)")
        }
        list.append(element)
        call.scope.state[stack] = .list(list)
        return [value]
    }

    private static func pop(_ call: NodeCall) throws -> [ImportedValue] {
        var (stack, list) = try stack(call)
        let element = list.removeLast()
        call.scope.state[stack] = .list(list)
        guard call.attribute("elem_type")?.type.value == .dtResource else {
            return [.tensor(element)]
        }
        guard let array = call.scope.source.arrays(on: stack),
            case .tensorArray(let type) = array.kind
        else {
            throw call.error(.unsupported, "only tensors and tensor arrays are kept on a stack")
        }
        // Several stacks may hold the array: it is taken off the first of them.
        if call.scope.state[array] == nil {
            call.scope.state[array] = .list(
                ImportedList(
                    of: type.dtype, count: element, elementShape: type.elementShape,
                    isGrowable: type.isGrowable))
        }
        return [.resource(array)]
    }
}
