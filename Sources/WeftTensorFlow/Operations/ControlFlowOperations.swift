// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Branches, loops and calls: as operations that name functions, and what is left to build of those that are
/// drawn with nodes, which `ImportScope` finds.
enum ControlFlowOperations {
    static let all: [OperationDefinition] =
        ["Switch", "RefSwitch"].map { name in
            // What depends on an output is built in the branch of it.
            OperationDefinition(
                name, outputs: ["output_false", "output_true"],
                values: { call in Array(repeating: try StructureOperations.settled(call), count: 2)
                })
        }
        + optionals
        + ["Merge", "RefMerge"].map { name in
            OperationDefinition(
                name, outputs: ["output", "value_index"],
                values: { call in
                    throw call.error(.malformed, "it ends no branch, and is no variable of a loop")
                })
        }
        + ["PartitionedCall", "StatefulPartitionedCall"].map { name in
            OperationDefinition(
                name, outputs: ["output"], calling: ["f"],
                values: { try $0.scope.call(try $0.function("f"), $0.inputs) })
        }
        + ["If", "StatelessIf"].map { name in
            OperationDefinition(
                name, outputs: ["output"], calling: ["then_branch", "else_branch"], values: branch)
        }
        + ["While", "StatelessWhile"].map { name in
            OperationDefinition(name, outputs: ["output"], calling: ["cond", "body"], values: loop)
        }
        + ["Case", "StatelessCase"].map { name in
            OperationDefinition(name, outputs: ["output"], calling: ["branches"], values: choice)
        }

    /// What branches keep for TensorFlow's own gradients of them: a list with one tensor, or none.
    private static let optionals: [OperationDefinition] = [
        OperationDefinition(
            "OptionalFromValue", outputs: ["optional"],
            values: { call in
                guard call.count == 1, case .tensor(let tensor) = try call.input(0) else {
                    // Of others nothing is kept that could be read again.
                    return [.list(ImportedList(of: .float32, elementShape: .unknown))]
                }
                var list = ImportedList(of: tensor.dtype, elementShape: tensor.shape)
                list.append(tensor)
                return [.list(list)]
            }),
        OperationDefinition(
            "OptionalNone", outputs: ["optional"],
            values: { _ in [.list(ImportedList(of: .float32, elementShape: .unknown))] }),
        OperationDefinition(
            "OptionalGetValue", outputs: ["components"],
            values: { call in
                let list = try call.list(0)
                let dtypes = try call.dtypes("output_types")
                guard dtypes == [list.dtype] else {
                    throw call.error(
                        .unsupported,
                        "only optionals of one tensor are supported, and this is of \(dtypes)")
                }
                let shape = call.attribute("output_shapes")?.list.shape.first?.shape ?? .unknown
                return [.tensor(list.declaring(shape).element(.scalar(0, .int64)))]
            }),
        OperationDefinition("OptionalHasValue") { call in
            AnyTensor.compare(
                .greater, try call.list(0).list.count.cast(to: .int64), .scalar(0, .int64))
        },
        OperationDefinition("ToBool") { call in
            let x = try call.tensor(0)
            if x.rank == 0 {
                return x.dtype == .string ? x.lengths() .> .scalar(0, .int64) : truth(x)
            }
            // An array counts as true where it has elements.
            return AnyTensor.compare(
                .greater, x.sizes.product().cast(to: .int64), .scalar(0, .int64))
        },
    ]

    /// A condition as a truth value: a number counts as true where it is not 0.
    private static func truth(_ condition: AnyTensor) -> AnyTensor {
        condition.dtype == .bool
            ? condition : AnyTensor.compare(.notEqual, condition, .scalar(0, condition.dtype))
    }

    private static func branch(_ call: NodeCall) throws -> [ImportedValue] {
        let scope = call.scope
        let arguments = Array(call.inputs.dropFirst())
        let (then, otherwise) = (try call.function("then_branch"), try call.function("else_branch"))
        return try scope.conditional(
            truth(try call.tensor(0)), changing: try scope.changes(by: call.node, call.inputs),
            then: { try scope.source.call(then, arguments, $0) },
            else: { try scope.source.call(otherwise, arguments, $0) })
    }

    private static func loop(_ call: NodeCall) throws -> [ImportedValue] {
        let scope = call.scope
        let (condition, body) = (try call.function("cond"), try call.function("body"))
        return try scope.loop(
            call.inputs, changing: try scope.changes(by: call.node, call.inputs),
            condition: { values, state in
                let (results, after) = try scope.source.call(condition, values, state)
                if let changed = try scope.source.change(by: condition) {
                    throw call.error(.unsupported, "the loop's condition changes '\(changed)'")
                }
                guard case .tensor(let test)? = results.first else {
                    throw call.error(.malformed, "its condition gives no tensor")
                }
                return (truth(test), after)
            },
            body: { try scope.source.call(body, $0, $1) })
    }

    private static func choice(_ call: NodeCall) throws -> [ImportedValue] {
        let scope = call.scope
        let functions = try call.functions("branches")
        if functions.isEmpty { throw call.error(.malformed, "it names no branches") }
        let index = try call.tensor(0).cast(to: .int64)
        let arguments = Array(call.inputs.dropFirst())
        let changing = try scope.changes(by: call.node, call.inputs)
        // An index out of range is the last branch.
        func choose(_ position: Int, _ state: ImportState) throws -> ([ImportedValue], ImportState)
        {
            if position == functions.count - 1 {
                return try scope.source.call(functions[position], arguments, state)
            }
            let inner = ImportScope(scope.source, scope.body, state: state)
            let isThis = AnyTensor.compare(
                .equal, index, .constant(NDArray(Int64(position))))
            let values = try inner.conditional(
                isThis, changing: changing,
                then: { try scope.source.call(functions[position], arguments, $0) },
                else: { try choose(position + 1, $0) })
            return (values, inner.state)
        }
        let (values, after) = try choose(0, scope.state)
        scope.state = after
        return values
    }
}
