// SPDX-License-Identifier: Apache-2.0
import Weft

/// Comparisons, logic, bits, choices between elements, and element types.
enum LogicOperations {
    static let all: [OperationDefinition] = comparisons + logic + bits + choices + types + parts

    private static let comparisons: [OperationDefinition] = [
        .binary("Less") { $0 .< $1 },
        .binary("LessEqual") { $0 .<= $1 },
        .binary("Greater") { $0 .> $1 },
        .binary("GreaterEqual") { $0 .>= $1 },
        equality("Equal", whereShapesDiffer: false) { $0 .== $1 },
        equality("NotEqual", whereShapesDiffer: true) { $0 .!= $1 },
        OperationDefinition("ApproximateEqual", defaults: ["tolerance": 1e-5]) { call in
            let (a, b) = (try call.tensor(0), try call.tensor(1))
            let distance = abs(a - b)
            return distance .< .scalar(try call.float("tolerance"), distance.dtype)
        },
    ]

    /// A comparison that may say of arrays that cannot be broadcast that they differ.
    private static func equality(
        _ name: String, whereShapesDiffer isDifferent: Bool,
        _ compare: @escaping @Sendable (AnyTensor, AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(name, defaults: ["incompatible_shape_error": true]) { call in
            let (a, b) = (try call.tensor(0), try call.tensor(1))
            if !(try call.bool("incompatible_shape_error")), a.error == nil, b.error == nil,
                (try? Shape.broadcast(a.shape, b.shape)) == nil
            {
                return .constant(NDArray(isDifferent))
            }
            return compare(a, b)
        }
    }

    private static let logic: [OperationDefinition] = [
        .binary("LogicalAnd") { logicalAnd($0, $1) },
        .binary("LogicalOr") { logicalOr($0, $1) },
        .unary("LogicalNot") { logicalNot($0) },
    ]

    private static let bits: [OperationDefinition] = [
        .binary("BitwiseAnd") { $0 & $1 },
        .binary("BitwiseOr") { $0 | $1 },
        .binary("BitwiseXor") { $0 ^ $1 },
        .unary("Invert") { ~$0 },
        .unary("PopulationCount") { $0.populationCount.cast(to: .uint8) },
        .binary("LeftShift") { $0 << shift($1) },
        .binary("RightShift") { $0 >> shift($1) },
    ]

    /// How far numbers are shifted: not less than not at all, and not by all bits.
    private static func shift(_ places: AnyTensor) -> AnyTensor {
        let most = AnyTensor.scalar(Double(places.dtype.size * 8 - 1), places.dtype)
        return maximum(minimum(places, most), .scalar(0, places.dtype))
    }

    // MARK: Choices

    private static let choices: [OperationDefinition] = [
        OperationDefinition("Select", choice),
        OperationDefinition("SelectV2") {
            select(try $0.tensor(0), try $0.tensor(1), try $0.tensor(2))
        },
        // The gradient of what lies between the bounds, and of NaN, flows on.
        OperationDefinition("ClipByValue") { call in
            let (x, low, high) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
            let least = select(x .> high, high, x)
            return select(least .< low, low, least)
        },
    ]

    /// A vector chooses between sub-tensors; nothing else is broadcast.
    private static func choice(_ call: NodeCall) throws -> AnyTensor {
        let (condition, a, b) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
        guard let rank = a.shape.rank ?? b.shape.rank, condition.shape.rank == 1, rank > 1 else {
            return select(condition, a, b)
        }
        return select(condition.expandingDimensions(at: Array(1..<rank)), a, b)
    }

    // MARK: Types

    private static let types: [OperationDefinition] = [
        OperationDefinition("Cast", defaults: ["Truncate": false]) { call in
            let (x, target) = (try call.tensor(0), try call.dtype("DstT"))
            if try call.bool("Truncate"), x.dtype.isFloatingPoint, target.isFloatingPoint,
                target.size < x.dtype.size
            {
                throw call.error(
                    .unsupported,
                    "a cast that cuts digits off; save the graph with casts that round")
            }
            return x.cast(to: target)
        }
    ]

    private static let parts: [OperationDefinition] = [
        OperationDefinition(
            "Complex", defaults: ["T": .type(.float32), "Tout": .type(.complex64)]
        ) { call in
            complex(try call.tensor(0), try call.tensor(1)).cast(to: try call.dtype("Tout"))
        },
        part("Real") { $0.realPart },
        part("Imag") { $0.imaginaryPart },
        part("Angle") { $0.angle },
        part("ComplexAbs") { $0.magnitude },
        .unary("Conj") { $0.dtype.isComplex ? $0.conjugate() : $0 },
    ]

    private static func part(
        _ name: String, _ function: @escaping @Sendable (AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, defaults: ["T": .type(.complex64), "Tout": .type(.float32)]
        ) { call in
            function(try call.tensor(0)).cast(to: try call.dtype("Tout"))
        }
    }
}
