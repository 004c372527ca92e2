// SPDX-License-Identifier: Apache-2.0

/// The body of a branch, a loop, a call or an update: parameters, and the tensors computed from them.
///
/// Parameters are numbered by the region's nesting level and their position, so equal bodies are
/// made of the same nodes and a region built again is equal to the first one. Tensors from outside
/// are used as they are; a program that is made of the body gets them as inputs.
package final class Region: Hashable, Sendable {
    /// How many regions enclose the body, itself included.
    package let level: Int
    package let parameterTypes: [TensorType]
    /// Written once more, by `deinit`, which has no company.
    nonisolated(unsafe) package private(set) var outputs: [AnyTensor]

    deinit {
        // Branches that return branches would recurse otherwise.
        if !outputs.isEmpty { NodeReclaimer.release(&outputs) }
    }

    package init(level: Int, parameterTypes: [TensorType], outputs: [AnyTensor]) {
        self.level = level
        self.parameterTypes = parameterTypes
        self.outputs = outputs
    }

    /// The level that a region built here would have.
    @TaskLocal package static var currentLevel = 0
    /// Levels fit a 64-bit mask.
    package static let maximumLevel = 62

    /// Builds a region from a body that gets its parameters.
    ///
    /// - Parameter level: Where the body was built before, such as that of a loop which
    ///   differentiation extends: its nodes name their parameters by that level. By default one more
    ///   than that of the region around.
    package static func build(
        parameters types: [TensorType], level: Int? = nil,
        _ body: ([AnyTensor]) throws -> [AnyTensor]
    ) rethrows -> Region {
        let level = level ?? currentLevel + 1
        guard level <= maximumLevel else {
            // The body is not asked: it could nest without end.
            let error = GraphError(
                operation: "region", .nestedTooDeep(level, most: maximumLevel))
            let outputs = types.isEmpty ? [TensorType(.float32, .unknown)] : types
            return Region(
                level: maximumLevel, parameterTypes: types,
                outputs: outputs.map { .invalid(error, type: $0) })
        }
        let parameters = types.indices.map { parameter(level: level, index: $0, type: types[$0]) }
        let outputs = try $currentLevel.withValue(level) { try body(parameters) }
        return Region(level: level, parameterTypes: types, outputs: outputs)
    }

    /// The region of a branch, which has no parameters, and the value that its body gives. For places
    /// where a region can be built: below `maximumLevel`.
    static func branch<Value: TensorConvertible>(
        _ body: () throws -> Value
    ) rethrows -> (region: Region, value: Value) {
        let level = currentLevel + 1
        let value = try $currentLevel.withValue(level, operation: body)
        return (Region(level: level, parameterTypes: [], outputs: [value.anyTensor]), value)
    }

    package static func parameter(level: Int, index: Int, type: TensorType) -> AnyTensor {
        AnyTensor.source(.parameter(level: level, index: index), type)
    }

    package var parameters: [AnyTensor] {
        parameterTypes.indices.map {
            Self.parameter(level: level, index: $0, type: parameterTypes[$0])
        }
    }

    /// What the outputs depend on of enclosing regions.
    package var freeLevels: UInt64 {
        outputs.reduce(0) { $0 | $1.node.freeLevels } & ~(1 << UInt64(level))
    }

    package static func == (a: Region, b: Region) -> Bool {
        a.level == b.level && a.parameterTypes == b.parameterTypes && a.outputs == b.outputs
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(level)
        hasher.combine(parameterTypes)
        hasher.combine(outputs)
    }
}
