// SPDX-License-Identifier: Apache-2.0
import Weft

/// Numbers as text.
enum StringNumberOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("StringToNumber", defaults: ["out_type": .type(.float32)]) { call in
            try call.tensor(0).numbers(as: call.dtype("out_type"))
        },
        OperationDefinition(
            "AsString",
            defaults: [
                "precision": -1, "scientific": false, "shortest": false, "width": -1, "fill": "",
            ], text),
    ]

    private static func text(_ call: NodeCall) throws -> AnyTensor {
        let x = try call.tensor(0)
        if x.dtype == .string { return x }
        let (isScientific, isShortest) = (try call.bool("scientific"), try call.bool("shortest"))
        if isScientific && isShortest {
            throw call.error(.malformed, "it is to be both scientific and shortest")
        }
        let notation: NumberNotation =
            isScientific ? .scientific : isShortest ? .shortest : .decimal
        let (fill, sign) = try Self.fill(call)
        let (precision, width) = (try call.int("precision"), max(try call.int("width"), 0))
        func text(_ x: AnyTensor) -> AnyTensor {
            // Of truth values neither width nor fill count.
            if x.dtype == .bool { return x.text() }
            return x.text(
                precision: precision < 0 ? nil : precision, notation: notation, width: width,
                fill: fill, sign: sign)
        }
        guard x.dtype.isComplex else { return text(x) }
        func constant(_ text: String) -> AnyTensor { .constant(NDArray(text)) }
        return joined([
            constant("("), text(x.realPart), constant(","), text(x.imaginaryPart), constant(")"),
        ])
    }

    private static func fill(_ call: NodeCall) throws -> (NumberFill, NumberSign) {
        switch try call.string("fill") {
        case "": (.spaces, .minus)
        case "0": (.zeros, .minus)
        case "-": (.spacesBehind, .minus)
        case "+": (.spaces, .always)
        case " ": (.spaces, .minusOrSpace)
        case let fill: throw call.error(.malformed, "the attribute 'fill' is '\(fill)'")
        }
    }
}
