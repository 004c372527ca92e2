// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// A graph with its functions, and what is made of it once: variables, placeholders.
final class ImportSource: Sendable {
    let body: GraphBody
    let definitions: [String: TFFunctionDef]
    /// Whether the graph asks somewhere which variables have values.
    private let asksForInitialization: Bool
    /// Whether something depends on that, so that variables may be read in branches that are taken only when
    /// they have values.
    private let dependsOnInitialization: Bool
    let made = Guarded(Made())
    /// What Python functions are here, by the names that nodes have, or that TensorFlow gave the functions.
    let hostFunctions: [String: HostFunction]
    /// Tensors that stand in the place of the graph's own, by node and output.
    let replacements: [(place: Endpoint, tensor: AnyTensor)]

    struct Made {
        var functions: [String: GraphBody] = [:]
        var variables: [String: Resource] = [:]
        var placeholders: [String: AnyTensor] = [:]
        var changes: [String: Changes] = [:]
        var flags: [Resource: Resource] = [:]
        var gradientArrays: [Resource: [String: Resource]] = [:]
        var pushedArrays: [Resource: Resource] = [:]
        var standIns: [Resource: Resource] = [:]
        var tables: [String: Resource] = [:]
        var contents: [Resource: TableContents] = [:]
        var draws: [String: Int] = [:]
    }

    /// What calling a function changes: the states of what its parameters are, by position, and those of
    /// variables that it names itself.
    struct Changes {
        var parameters: [Int] = []
        var own: [Resource] = []
    }

    init(
        _ graph: TFGraphDef, hostFunctions: [String: HostFunction] = [:],
        replacing replaced: [String: AnyTensor] = [:]
    ) throws {
        self.hostFunctions = hostFunctions
        definitions = Dictionary(
            graph.library.function.map { ($0.signature.name, $0) },
            uniquingKeysWith: { first, _ in first })
        asksForInitialization =
            (graph.node + graph.library.function.flatMap(\.nodeDef)).contains {
                VariableOperations.asksForInitialization($0.op)
            }
        let body = try GraphBody(graph)
        self.body = body
        replacements = try replaced.sorted { $0.key < $1.key }.map { name, tensor in
            if let problem = tensor.error { throw problem }
            let place = try body.endpoint(name)
            let node = body.nodes[place.node]
            if let type = (node.attributes["dtype"] ?? node.attributes["T"])?.type.dtype,
                node.op.hasPrefix("Placeholder") || node.op == "Identity", type != tensor.dtype
            {
                throw TensorFlowError(
                    .invalidRequest, node: name, operation: node.op,
                    "it is of \(type), and what is to stand for it is of \(tensor.dtype)")
            }
            return (place, tensor)
        }
        dependsOnInitialization =
            graph.library.function.contains { function in
                function.nodeDef.contains { VariableOperations.asksForInitialization($0.op) }
            }
            || body.nodes.contains { node in
                node.inputs.contains {
                    VariableOperations.asksForInitialization(body.nodes[$0.node].op)
                }
            }
    }

    // MARK: Functions

    func isFunction(_ name: String) -> Bool { definitions[name] != nil }

    /// A function of the graph's library.
    func function(_ name: String) throws -> GraphBody {
        guard let function = try functionIfAny(name) else {
            throw TensorFlowError(
                .malformed, node: name, "the graph's library has no function of that name")
        }
        return function
    }

    func functionIfAny(_ name: String) throws -> GraphBody? {
        if let known = made.withLock({ $0.functions[name] }) { return known }
        guard let definition = definitions[name] else { return nil }
        let function = try GraphBody(definition) { node, output in
            try self.firstPlace(of: output, node)
        }
        made.withLock { $0.functions[name] = function }
        return function
    }

    /// Where the outputs of a node begin that are called by a name. Only the last one of an operation may be
    /// a list.
    private func firstPlace(of output: String, _ node: TFNodeDef) throws -> Int {
        if let definition = OperationTable.byName[node.op], !definition.outputs.isEmpty {
            guard let place = definition.place(of: output, node.attr) else {
                throw TensorFlowError(
                    .malformed, node: node.name, operation: node.op,
                    "it has no output '\(output)', only "
                        + definition.outputs.joined(separator: ", "))
            }
            return place
        }
        if let function = definitions[node.op] {
            return function.signature.outputArg.firstIndex { $0.name == output } ?? 0
        }
        return 0
    }

    /// What a function gives for these arguments, and the states that it leaves.
    func call(
        _ function: GraphBody, _ arguments: [ImportedValue], _ state: ImportState
    ) throws -> ([ImportedValue], ImportState) {
        guard arguments.count == function.parameters.count else {
            throw TensorFlowError(
                .malformed, node: function.function,
                "the function is called with \(arguments.count) arguments instead of "
                    + "\(function.parameters.count)")
        }
        guard ImportDepth.current < ImportDepth.most else {
            throw TensorFlowError(
                .unsupported, node: function.function,
                "calls nest more than \(ImportDepth.most) deep; recursive functions are not supported"
            )
        }
        guard ImportDepth.admitsCall() else {
            throw TensorFlowError(
                .unsupported, node: function.function,
                "the graph calls its functions more than \(ImportDepth.mostCalls) times")
        }
        return try ImportDepth.$current.withValue(ImportDepth.current + 1) {
            let scope = ImportScope(self, function, arguments: arguments, state: state)
            try scope.build(function.results, running: function.effects)
            return (try function.results.map { try scope.current($0) }, scope.state)
        }
    }

    // MARK: What is made once

    /// The `shared_name` of resources that nothing else shares, whatever has the same.
    private static let anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347"

    /// The variable that a node stands for. Nodes of one `shared_name` are one variable.
    func variable(_ node: GraphNode, in body: GraphBody) throws -> Resource {
        let label = GraphBody.label(node.name, in: body.function)
        let shared = node.attributes["shared_name"].map { String(decoding: $0.s, as: UTF8.self) }
        let name =
            shared.flatMap { $0.isEmpty || $0 == Self.anonymous ? nil : $0 } ?? node.name
        if let known = made.withLock({ $0.variables[name] }) { return known }
        guard let dtype = node.attributes["dtype"]?.type.dtype else {
            throw TensorFlowError(
                .unsupported, node: label, operation: node.op,
                "a variable of its type has no place here")
        }
        guard let dims = node.attributes["shape"]?.shape.shape.dimensions else {
            throw TensorFlowError(
                .unsupported, node: label, operation: node.op,
                "the variable's shape must be known")
        }
        let handle = NameScope.$path.withValue("") {
            // What a branch reads is looked for before the run, whether it is taken or not.
            VariableHandle(
                name, dtype: dtype, shape: dims,
                initializer: dependsOnInitialization ? .zeros : .explicit)
        }
        let resource = Resource(.variable(handle), name: name)
        return made.withLock { made in
            if let known = made.variables[name] { return known }
            made.variables[name] = resource
            return resource
        }
    }

    /// What says whether a variable has been given a value, in graphs that ask: a variable of its own. Nil
    /// in other graphs, and for what is no variable.
    func initializationFlag(of resource: Resource) -> Resource? {
        // A flag, which nothing trains, has none itself.
        guard asksForInitialization, resource.variable?.isTrainable == true else { return nil }
        return made.withLock { made in
            if let known = made.flags[resource] { return known }
            let name = "\(resource.name)/has_value"
            let handle = NameScope.$path.withValue("") {
                VariableHandle(
                    name, dtype: .bool, shape: [], initializer: .zeros, isTrainable: false)
            }
            let flag = Resource(.variable(handle), name: name)
            made.flags[resource] = flag
            return flag
        }
    }

    /// What has to hold when a variable is read, in graphs in which that may depend on whether it has a value.
    func readCondition(of resource: Resource) -> Resource? {
        dependsOnInitialization ? initializationFlag(of: resource) : nil
    }

    /// The array of an array's gradients that are called by a name, which stands for one computation of them.
    func gradientArray(of array: Resource, _ name: String) -> Resource {
        made.withLock { made in
            if let known = made.gradientArrays[array]?[name] { return known }
            guard case .tensorArray(var type) = array.kind else { return array }
            type.forward = array
            let gradients = Resource(.tensorArray(type), name: "\(array.name)/\(name)")
            made.gradientArrays[array, default: [:]][name] = gradients
            return gradients
        }
    }

    /// What stands for the tensor arrays that a stack holds, of which only the counts are kept: one for all
    /// stacks that hold the same array. Nil for a stack of others.
    func arrays(on stack: Resource) -> Resource? {
        made.withLock { made in
            guard let array = made.pushedArrays[stack] else { return nil }
            if let known = made.standIns[array] { return known }
            let standIn = Resource(array.kind, name: array.name)
            made.standIns[array] = standIn
            return standIn
        }
    }

    func note(_ array: Resource, on stack: Resource) {
        made.withLock { $0.pushedArrays[stack] = array }
    }

    /// The table that a node stands for. Nodes of one `shared_name` are one table.
    func table(_ name: String, make: () throws -> TableType) rethrows -> Resource {
        if let known = made.withLock({ $0.tables[name] }) { return known }
        let resource = Resource(.table(try make()), name: name)
        return made.withLock { made in
            if let known = made.tables[name] { return known }
            made.tables[name] = resource
            return resource
        }
    }

    /// What is in a table, found once.
    func contents(
        of table: Resource, find: () throws -> TableContents
    ) rethrows -> TableContents {
        if let known = made.withLock({ $0.contents[table] }) { return known }
        let found = try find()
        made.withLock { $0.contents[table] = found }
        return found
    }

    /// What says of variables that have values that they do.
    func initializationFlags(of names: Set<String>) -> [VariableHandle] {
        let resources = made.withLock { made in names.compactMap { made.variables[$0] } }
        return resources.compactMap { initializationFlag(of: $0)?.variable }
    }

    /// The variables that were met so far, by name.
    var variables: [String: VariableHandle] {
        made.withLock { $0.variables.compactMapValues(\.variable) }
    }

    /// The placeholder that a node is, of the type that it is given the first time.
    func placeholder(_ name: String, _ type: TensorType) -> AnyTensor {
        if let known = made.withLock({ $0.placeholders["\(name) \(type)"] }) { return known }
        let tensor = NameScope.$path.withValue("") {
            AnyTensor.placeholder(type.dtype, shape: type.shape, name: name)
        }
        return made.withLock { made in
            if let known = made.placeholders["\(name) \(type)"] { return known }
            made.placeholders["\(name) \(type)"] = tensor
            return tensor
        }
    }

    /// A name for the random numbers of a node of a function, another one each time that it is built.
    func draw(_ label: String) -> String {
        let number = made.withLock { made in
            made.draws[label, default: 0] += 1
            return made.draws[label, default: 0]
        }
        return "\(label)/call\(number)"
    }

    /// How many nodes there are of each kind of operation.
    var operations: [String: Int] {
        var counts: [String: Int] = [:]
        for node in body.nodes { counts[node.op, default: 0] += 1 }
        for node in definitions.values.flatMap(\.nodeDef) { counts[node.op, default: 0] += 1 }
        return counts
    }

    /// All variables of the graph, by name.
    func allVariables() throws -> [String: VariableHandle] {
        for node in body.nodes where VariableOperations.makesVariable(node.op) {
            _ = try variable(node, in: body)
        }
        return variables
    }
}

/// How deep calls of functions are nested while they are built, and how many there are: few functions that
/// call one another twice each make more calls than any machine can build.
enum ImportDepth {
    @TaskLocal static var current = 0
    static let most = 100
    /// The calls of one program so far.
    @TaskLocal static var calls: Guarded<Int>?
    static let mostCalls = 100_000

    /// Counts a call; false for one too many.
    static func admitsCall() -> Bool {
        calls?.withLock { count in
            count += 1
            return count <= mostCalls
        } ?? true
    }
}
