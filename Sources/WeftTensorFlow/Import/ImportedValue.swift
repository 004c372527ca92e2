// SPDX-License-Identifier: Apache-2.0
import Weft

/// What a node of a TensorFlow graph gives.
enum ImportedValue {
    case tensor(AnyTensor)
    /// A list of tensors, which TensorFlow has in a variant.
    case list(ImportedList)
    /// Something whose state is changed by operations.
    case resource(Resource)
    /// A reference variable behind an identity, which TensorFlow does not copy: what takes it reads what the
    /// variable is then. The tensor is what it was at the identity's own place.
    case alias(Resource, AnyTensor)
    /// Nothing to be used: what an operation has only to show its order by.
    case nothing
}

/// Something that operations refer to and whose state they change.
final class Resource: Hashable, Sendable {
    enum Kind: Sendable {
        /// A variable; its state before anything changes it is the session's.
        case variable(VariableHandle)
        /// A stack; its state is a list.
        case stack(DType)
        /// A tensor array; its state is a list.
        case tensorArray(TensorArrayType)
        /// A table, which has what the graph puts into it and no state.
        case table(TableType)
    }

    let kind: Kind
    /// For messages.
    let name: String

    init(_ kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    var variable: VariableHandle? {
        if case .variable(let handle) = kind { return handle }
        return nil
    }

    static func == (a: Resource, b: Resource) -> Bool { a === b }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What a tensor array was made with.
struct TensorArrayType: Sendable {
    let dtype: DType
    let elementShape: Shape
    let isGrowable: Bool
    /// The array that this one has the gradients of: what is written into one place of it adds up.
    var forward: Resource?
}

/// What a table was made with.
struct TableType: Sendable {
    let keys: DType
    let values: DType
}

/// The states of resources at one place in the order of a run, where they are not what the run began with.
struct ImportState {
    private(set) var values: [Resource: ImportedValue] = [:]
    /// What changes first stands first: an order that does not depend on hashing.
    private(set) var changed: [Resource] = []
    /// What the host is to see: prints, checks.
    var updates: [Update] = []

    subscript(resource: Resource) -> ImportedValue? {
        get { values[resource] }
        set {
            if values.updateValue(newValue ?? .nothing, forKey: resource) == nil {
                changed.append(resource)
            }
        }
    }
}
