// SPDX-License-Identifier: Apache-2.0
import Foundation
import WeftGraph

/// What one case of the suite is about: a primitive, and which of its functions.
package struct PrimitiveKind: Hashable, Sendable, CustomStringConvertible {
    /// The name of the case of `Primitive`.
    package let primitive: String
    /// The function, if the primitive has several.
    package let function: String?

    init(_ primitive: String, _ function: String?) {
        self.primitive = primitive
        self.function = function
    }

    package var description: String { function.map { "\(primitive).\($0)" } ?? primitive }
}

extension Primitive {
    /// Which kind the primitive is of.
    package var kind: PrimitiveKind { PrimitiveKind(caseName, function) }

    /// All kinds of the primitives of this case, and the element types that each takes.
    package var kinds: [(kind: PrimitiveKind, dtypes: [DType])] {
        functions.map { (PrimitiveKind(caseName, $0.name), $0.dtypes) }
    }

    /// The element types that the primitive's function takes.
    package var dtypes: [DType] { functions.first { $0.name == function }?.dtypes ?? [] }

    /// The name of the case.
    package var caseName: String { Declaration.caseName(of: self) }

    /// The names of all cases.
    package static func declaredNames() throws -> [String] {
        try Declaration.names("Operations/Primitive.swift", "enum Primitive:")
    }
}

extension WeftGraph.Operation {
    /// The name of the case; of a primitive, and of what becomes one, that of theirs.
    package var caseName: String {
        switch self {
        case .primitive(let primitive): primitive.caseName
        case .unsettled(let unsettled): Declaration.caseName(of: unsettled)
        default: Declaration.caseName(of: self)
        }
    }

    /// The names of all cases, and of those that shapes have still to settle.
    package static func declaredNames() throws -> [String] {
        try Declaration.names("Operations/Operation.swift", "enum Operation:")
            + Declaration.names("Operations/Operation.swift", "enum Unsettled:")
    }
}

/// The cases of enums, read from where they are declared: nobody keeps a list of them.
private enum Declaration {
    static func caseName(of value: Any) -> String {
        // Without associated values there is no child to ask for its label.
        Mirror(reflecting: value).children.first?.label ?? String(describing: value)
    }

    static func names(_ file: String, _ head: String) throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let source = folder.appending(path: "../../WeftGraph").appending(path: file)
        let text = try String(contentsOf: source, encoding: .utf8)
        guard let start = text.range(of: head)?.upperBound else { return [] }
        let body = text[start...].components(separatedBy: "\n}")[0]
        return body.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 1, words[0] == "case" else { return nil }
            return String(words[1].prefix { $0.isLetter || $0.isNumber })
        }
    }
}
