// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `Tensor` and `AnyTensor` publish the same functions. What is written over `TensorProtocol` is of both
/// by itself; what the sources declare for one of the two is looked for on the other.
@Suite("The public surface")
struct SurfaceTests {
    /// What only one of the two has, and why.
    static let typedOnly: [String: String] = [
        "init(_:shape:)": "Swift's scalars say the element type",
        "init(integerLiteral:)": "a literal needs an element type",
        "init(floatLiteral:)": "a literal needs an element type",
        "init(booleanLiteral:)": "a literal needs an element type",
        "init(stringLiteral:)": "a literal needs an element type",
        "mean(axes:keepingDimensions:)":
            "of truth values it has another type than they; the untyped one has the general `mean`",
        "call(_:_:body:)": "packs of tensors of different types; untyped ones are a list",
        "scan(over:initial:_:isReversed:body:)":
            "packs of tensors of different types; untyped ones are a list",
        "scan(over:initial:_:_:isReversed:body:)":
            "packs of tensors of different types; untyped ones are a list",
        "scan(over:initial:_:_:_:isReversed:body:)":
            "packs of tensors of different types; untyped ones are a list",
    ]
    static let untypedOnly: [String: String] = [
        "scalar(_:)": "with an element type; a typed scalar is `Tensor(number)`",
        "type": "of a typed tensor it comes from the protocol",
        "dtype": "of a typed tensor it comes from the protocol",
        "shape": "of a typed tensor it comes from the protocol",
        "error": "of a typed tensor it comes from the protocol",
        "==(_:_:)": "synthesised for a typed tensor",
        "hash(into:)": "synthesised for a typed tensor",
        "call(_:_:gradient:body:)": "a list; typed tensors are a pack",
        "gradients(of:withRespectTo:seeds:stoppingAt:unconnected:)":
            "tensors of different types; those of one are of both",
        "jvp(of:withRespectTo:tangents:)": "tensors of different types; one is of both",
        "hostCall(_:_:)": "tensors of different types; the function says which it gives",
        "rematerialized(_:body:)": "tensors of different types; one is of both",
    ]

    /// The public declarations for each of the two types, without the element type that an untyped one
    /// is told.
    private static func surface() throws -> (typed: Set<String>, untyped: Set<String>, both: Int) {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/WeftGraph")
        let files = try #require(FileManager.default.enumerator(atPath: root.path))
        var (typed, untyped, both) = (Set<String>(), Set<String>(), 0)
        for case let path as String in files where path.hasSuffix(".swift") {
            let text = try String(
                contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            for declaration in Declaration.all(in: text) {
                switch declaration.owner {
                case .typed: typed.insert(declaration.name)
                case .untyped: untyped.insert(declaration.name)
                case .both: both += 1
                case .other: continue
                }
            }
        }
        return (typed, untyped, both)
    }

    @Test("is the same for typed and for untyped tensors")
    func sameForBoth() throws {
        let (typed, untyped, both) = try Self.surface()
        #expect(both > 200, "the sources are read: \(both) functions of both")
        #expect(typed.count > 40 && untyped.count > 40)
        #expect(typed.subtracting(untyped) == Set(Self.typedOnly.keys))
        #expect(untyped.subtracting(typed) == Set(Self.untypedOnly.keys))
    }

    @Test("is read from declarations of every kind")
    func declarationsAreRead() {
        let text = """
            extension Tensor {
                public static func zeros(shape: [Int], like other: some P) -> Tensor { }
                @_disfavoredOverload
                public static func .<= (a: Tensor, b: Scalar) -> Tensor<Bool> { }
                public var rank: Int? { 0 }
                func hidden() { }
            }
            extension AnyTensor {
                public static func ones(
                    _ dtype: DType, shape: [Int], of: (Int, Int), dtype: DType? = nil
                ) -> AnyTensor { }
            }
            extension NumericTensor {
                public func sum(axes: [Int]? = nil) -> Self { }
            }
            public func loss<each T>(_ x: Tensor<T>, body: (Tensor<T>, Int) -> Int) -> Int { }
            public func exp<T: FloatingTensor>(_ x: T) -> T { }
            """
        let found = Declaration.all(in: text).map { "\($0.owner) \($0.name)" }
        #expect(
            found == [
                "typed zeros(shape:like:)", "typed .<=(_:_:)", "typed rank",
                "untyped ones(shape:of:)",
                "both sum(axes:)", "typed loss(_:body:)", "both exp(_:)",
            ])
    }
}

/// A public declaration as the sources have it.
private struct Declaration {
    enum Owner { case typed, untyped, both, other }

    let owner: Owner
    let name: String

    static func all(in text: String) -> [Declaration] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var scope = ""
        var result: [Declaration] = []
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("}") { scope = "" }
            let outer =
                /^((public|package|fileprivate|private) )?(final )?(extension|struct|enum|class|protocol) (\w+)/
            if let match = line.firstMatch(of: outer) { scope = String(match.output.5) }
            let inner =
                /^( {4})?public ((static|prefix|mutating) )*(func|var|let|init|subscript)\b ?(.*)/
            guard let match = line.firstMatch(of: inner) else { continue }
            let kind = match.output.4
            var signature = String(match.output.5)
            if kind != "var" && kind != "let" {
                var next = index
                while !lines[next].contains("{"), next + 1 < lines.count {
                    next += 1
                    signature += " " + lines[next].drop { $0 == " " }
                }
            }
            let word = signature.prefix { !" (<:".contains($0) }
            let isNamed = kind == "func" || kind == "var" || kind == "let"
            // An operator may begin with one of the characters that end a name.
            let symbol = signature.prefix { !" (a".contains($0) }
            let name =
                isNamed ? String(word.count < 2 || word == "." ? symbol : word) : String(kind)
            let isFunction = kind != "var" && kind != "let"
            result.append(
                Declaration(
                    owner: owner(scope, isMember: match.output.1 != nil, signature),
                    name: name + (isFunction ? labels(signature) : "")))
        }
        return result
    }

    private static func owner(_ scope: String, isMember: Bool, _ signature: String) -> Owner {
        let protocols = /\b(TensorProtocol|(Numeric|Floating|Integer|Logical)Tensor)\b/
        if isMember {
            switch scope {
            case "Tensor": return .typed
            case "AnyTensor": return .untyped
            default: return scope.contains(protocols) ? .both : .other
            }
        }
        if signature.contains(/\bTensor</) { return .typed }
        if signature.contains("AnyTensor") { return .untyped }
        return signature.contains(protocols) ? .both : .other
    }

    /// The labels of the parameters but those of an element type; of operators there are none.
    private static func labels(_ signature: String) -> String {
        guard let open = signature.firstIndex(of: "(") else { return "" }
        let isOperator = !(signature.first.map { $0.isLetter || $0 == "(" } ?? true)
        var (depth, parameters, current) = (0, [String](), "")
        var previous: Character = " "
        scan: for character in signature[open...] {
            switch character {
            case "(", "[", "{", "<":
                depth += 1
                if depth > 1 { current.append(character) }
            case ">" where previous == "-": current.append(character)
            case ")", "]", "}", ">":
                depth -= 1
                if depth == 0 { break scan }
                current.append(character)
            case "," where depth == 1:
                parameters.append(current)
                current = ""
            default: current.append(character)
            }
            previous = character
        }
        parameters.append(current)
        let labels = parameters.map { $0.drop { $0 == " " } }
            .filter { !$0.isEmpty && !$0.contains(": DType") && !$0.contains(".Type") }
            .map { isOperator ? "_:" : $0.prefix { $0 != " " && $0 != ":" } + ":" }
        return "(" + labels.joined() + ")"
    }
}
