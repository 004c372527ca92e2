// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// The functions that a graph's branches and loops name.
final class FunctionLibrary {
    private(set) var functions: [TFFunctionDef] = []

    /// Adds a function, and gives it a name of its own.
    func add(_ function: TFFunctionDef, named wanted: String) -> String {
        var function = function
        function.signature.name = "\(wanted)_\(functions.count)"
        functions.append(function)
        return function.signature.name
    }
}

/// Branches, loops and calls in TensorFlow: operations that name functions.
extension ExportCall {
    func control() throws -> [String] {
        switch node.op {
        case .call(let attributes):
            // A body is written where it is called.
            for (parameter, argument) in zip(attributes.body.parameters, node.inputs) {
                export.set(parameter, to: try export.output(argument))
            }
            try export.write(attributes.body.outputs)
            return try attributes.body.outputs.map { try export.output($0) }
        case .cond(let then, let otherwise):
            let captured = try captures([then, otherwise], hoisting: false)
            let names = try [(then, "then"), (otherwise, "else")].map {
                try function($0, captured, named: "\($1)_branch", carried: 0)
            }
            let first = writer.add(
                "StatelessIf", [try input(0)] + (try captured.map { try export.output($0) }),
                [
                    "Tcond": try .of(.bool), "Tin": try .of(captured.map(\.dtype)),
                    "Tout": try .of(node.types.map(\.dtype)), "then_branch": .function(names[0]),
                    "else_branch": .function(names[1]),
                ])
            return node.types.indices.map { writer.output($0, of: first) }
        case .whileLoop(let attributes):
            guard attributes.maximumIterations == nil else {
                throw failure("its iterations are limited; let the condition say it")
            }
            let captured = try captures(
                [attributes.condition, attributes.body], hoisting: true)
            let condition = try function(
                attributes.condition, captured, named: "while_cond", carried: 0)
            let body = try function(
                attributes.body, captured, named: "while_body", carried: captured.count)
            let types = node.inputs.map(\.dtype) + captured.map(\.dtype)
            let first = writer.add(
                "StatelessWhile", try inputs() + (try captured.map { try export.output($0) }),
                [
                    "T": try .of(types), "cond": .function(condition), "body": .function(body),
                    "parallel_iterations": .of(10),
                ])
            return node.types.indices.map { writer.output($0, of: first) }
        default:
            throw failure("write it as a loop of its own (`whileLoop`)")
        }
    }

    /// What bodies take from outside, written there.
    ///
    /// What a loop's body has that depends on nothing of the loop is computed once, outside; what a branch has
    /// is computed when it is taken, but for what is there anyway.
    private func captures(_ regions: [Region], hoisting: Bool) throws -> [AnyTensor] {
        let level = regions[0].level
        var found: [AnyTensor] = []
        var seen: Set<AnyTensor> = []
        var pending = Array(regions.flatMap(\.outputs).reversed())
        while let tensor = pending.popLast() {
            guard seen.insert(tensor).inserted else { continue }
            let node = tensor.node
            let isInner = node.freeLevels >> UInt64(level) != 0
            let isSource: Bool
            switch node.op {
            case .parameter(let own, _):
                // Those of bodies inside are their own.
                if own >= level { continue }
                isSource = true
            case .placeholder, .readVariable: isSource = true
            default: isSource = export.isWritten(tensor)
            }
            if isSource || hoisting && !isInner && !isConstant(node) {
                found.append(tensor)
                continue
            }
            pending += node.dependencies
        }
        try export.write(found)
        return found
    }

    private func isConstant(_ node: Node) -> Bool {
        if case .primitive(.constant(let value)) = node.op { return value.array.byteCount <= 4096 }
        return false
    }

    /// A body as a function of its parameters and what it takes from outside.
    ///
    /// - Parameter carried: How many of the captured tensors the function gives as they are, behind its results.
    private func function(
        _ region: Region, _ captured: [AnyTensor], named name: String, carried: Int
    ) throws -> String {
        let inner = GraphExport(bodyIn: export)
        var function = TFFunctionDef()
        for (index, tensor) in (region.parameters + captured).enumerated() {
            var argument = TFOpDef.ArgDef()
            argument.name = inner.writer.unique("arg\(index)")
            argument.type = try TFAttrValue.of(tensor.dtype).type
            function.signature.inputArg.append(argument)
            inner.set(tensor, to: argument.name)
        }
        try inner.write(region.outputs)
        for (index, tensor) in (region.outputs + captured.prefix(carried)).enumerated() {
            var result = TFOpDef.ArgDef()
            result.name = "result\(index)"
            result.type = try TFAttrValue.of(tensor.dtype).type
            function.signature.outputArg.append(result)
            // A function does not give a parameter as it is.
            function.ret[result.name] = inner.writer.add(
                "Identity", [try inner.output(tensor)], ["T": try .of(tensor.dtype)])
        }
        function.nodeDef = inner.writer.nodes
        return export.library.add(function, named: name)
    }
}

extension TFAttrValue {
    static func function(_ name: String) -> TFAttrValue {
        var value = TFAttrValue()
        value.func.name = name
        return value
    }
}
