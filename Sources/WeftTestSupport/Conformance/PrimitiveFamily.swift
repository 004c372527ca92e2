// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// The cases of `Primitive` without what they carry.
package enum PrimitiveFamily: String, CaseIterable, Sendable {
    case constant, iota, randomBits, foldRandom
    case unary, binary, compare, select, cast
    case reduce, argReduce, cumulative
    case dot, convolution, convolutionInputGradient, convolutionFilterGradient
    case window, windowSumGradient, maxPoolGradient, maxPoolPick
    case reshape, broadcast, transpose, slice, dynamicSlice, dynamicUpdateSlice
    case pad, concatenate, reverse, gather, scatter, sort, topK
    case cond, whileLoop, scan
    case listEmpty, listAppend, listPop, listZerosLike, listAdd
    case check
}

/// What one case of the suite is about: a primitive, and which of its functions.
package struct PrimitiveKind: Hashable, Sendable, CustomStringConvertible {
    package let family: PrimitiveFamily
    /// The raw value of a kind enum, if the family has one.
    package let variant: String?

    package init(_ family: PrimitiveFamily, _ variant: String? = nil) {
        self.family = family
        self.variant = variant
    }

    package var description: String { variant.map { "\(family).\($0)" } ?? "\(family)" }

    /// Every kind there is.
    package static let all: [PrimitiveKind] = PrimitiveFamily.allCases.flatMap { family in
        variants(of: family).map { PrimitiveKind(family, $0) }
    }

    private static func variants(of family: PrimitiveFamily) -> [String?] {
        switch family {
        case .unary: UnaryKind.allCases.map(\.rawValue)
        case .binary: BinaryKind.allCases.map(\.rawValue)
        case .compare: ComparisonKind.allCases.map(\.rawValue)
        case .reduce: ReductionKind.allCases.map(\.rawValue)
        case .argReduce: ArgReductionKind.allCases.map(\.rawValue)
        case .cumulative:
            ReductionKind.allCases.filter { $0 != .all && $0 != .any }.map(\.rawValue)
        case .window: WindowKind.allCases.map(\.rawValue)
        case .scatter: ScatterKind.allCases.map(\.rawValue)
        case .check: ["finite", "condition"]
        case .constant, .iota, .randomBits, .foldRandom, .select, .cast, .dot, .convolution,
            .convolutionInputGradient, .convolutionFilterGradient, .windowSumGradient,
            .maxPoolGradient, .maxPoolPick, .reshape, .broadcast, .transpose, .slice,
            .dynamicSlice, .dynamicUpdateSlice, .pad, .concatenate, .reverse, .gather, .sort,
            .topK, .cond, .whileLoop, .scan, .listEmpty, .listAppend, .listPop, .listZerosLike,
            .listAdd:
            [nil]
        }
    }

    /// The element types that the kind takes, by its first operand (or output without one; of
    /// lists the type of their arrays).
    package var dtypes: [DType] {
        let arrays = DType.arrayTypes
        let numeric = arrays.filter(\.isNumeric)
        switch family {
        case .unary:
            let row = UnaryKind(rawValue: variant ?? "")?.descriptor
            return arrays.filter { row?.operands.contains($0) ?? false }
        case .binary:
            let row = BinaryKind(rawValue: variant ?? "")?.descriptor
            return arrays.filter { row?.operands.contains($0) ?? false }
        case .reduce:
            switch ReductionKind(rawValue: variant ?? "") {
            case .all, .any: return [.bool]
            case .maximum, .minimum: return numeric + [.bool]
            case .sum, .product, nil: return numeric
            }
        case .scatter:
            switch ScatterKind(rawValue: variant ?? "") {
            case .add, .multiply: return numeric
            case .set, .maximum, .minimum, nil: return arrays
            }
        case .randomBits, .foldRandom: return [.uint32]
        case .check where variant == "inRange": return [.int64]
        case .iota, .argReduce, .cumulative, .dot, .convolution, .convolutionInputGradient,
            .convolutionFilterGradient, .window, .windowSumGradient, .maxPoolGradient,
            .maxPoolPick, .sort, .topK, .whileLoop, .scan, .listAdd:
            return numeric
        case .constant, .compare, .select, .cast, .reshape, .broadcast, .transpose, .slice,
            .dynamicSlice, .dynamicUpdateSlice, .pad, .concatenate, .reverse, .gather, .cond,
            .listEmpty, .listAppend, .listPop, .listZerosLike, .check:
            return arrays
        }
    }
}

extension Primitive {
    /// Which kind the primitive is of. A new primitive stops here first: it needs a family, that
    /// family its types above, and then the suite misses cases for it until somebody adds them.
    package var kind: PrimitiveKind {
        switch self {
        case .constant: PrimitiveKind(.constant)
        case .iota: PrimitiveKind(.iota)
        case .randomBits: PrimitiveKind(.randomBits)
        case .foldRandom: PrimitiveKind(.foldRandom)
        case .unary(let kind): PrimitiveKind(.unary, kind.rawValue)
        case .binary(let kind): PrimitiveKind(.binary, kind.rawValue)
        case .compare(let kind): PrimitiveKind(.compare, kind.rawValue)
        case .select: PrimitiveKind(.select)
        case .cast: PrimitiveKind(.cast)
        case .reduce(let kind, _): PrimitiveKind(.reduce, kind.rawValue)
        case .argReduce(let kind, _): PrimitiveKind(.argReduce, kind.rawValue)
        case .cumulative(let attributes): PrimitiveKind(.cumulative, attributes.kind.rawValue)
        case .dot: PrimitiveKind(.dot)
        case .convolution: PrimitiveKind(.convolution)
        case .convolutionInputGradient: PrimitiveKind(.convolutionInputGradient)
        case .convolutionFilterGradient: PrimitiveKind(.convolutionFilterGradient)
        case .window(let kind, _): PrimitiveKind(.window, kind.rawValue)
        case .windowSumGradient: PrimitiveKind(.windowSumGradient)
        case .maxPoolGradient: PrimitiveKind(.maxPoolGradient)
        case .maxPoolPick: PrimitiveKind(.maxPoolPick)
        case .reshape: PrimitiveKind(.reshape)
        case .broadcast: PrimitiveKind(.broadcast)
        case .transpose: PrimitiveKind(.transpose)
        case .slice: PrimitiveKind(.slice)
        case .dynamicSlice: PrimitiveKind(.dynamicSlice)
        case .dynamicUpdateSlice: PrimitiveKind(.dynamicUpdateSlice)
        case .pad: PrimitiveKind(.pad)
        case .concatenate: PrimitiveKind(.concatenate)
        case .reverse: PrimitiveKind(.reverse)
        case .gather: PrimitiveKind(.gather)
        case .scatter(let kind, _): PrimitiveKind(.scatter, kind.rawValue)
        case .sort: PrimitiveKind(.sort)
        case .topK: PrimitiveKind(.topK)
        case .cond: PrimitiveKind(.cond)
        case .whileLoop: PrimitiveKind(.whileLoop)
        case .scan: PrimitiveKind(.scan)
        case .listEmpty: PrimitiveKind(.listEmpty)
        case .listAppend: PrimitiveKind(.listAppend)
        case .listPop: PrimitiveKind(.listPop)
        case .listZerosLike: PrimitiveKind(.listZerosLike)
        case .listAdd: PrimitiveKind(.listAdd)
        case .check(.finite): PrimitiveKind(.check, "finite")
        case .check(.condition): PrimitiveKind(.check, "condition")
        case .check(.inRange): PrimitiveKind(.check, "inRange")
        }
    }
}
