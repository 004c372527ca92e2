// SPDX-License-Identifier: Apache-2.0
import WeftCPU
import WeftGraph

/// Vector instructions of x86-64 that the native engine has kernels for, each more than the one before. On
/// other processors there is the baseline alone.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    /// What every processor of its kind has: SSE2 for Weft's own kernels, SSE4.1 for oneDNN's.
    case baseline
    /// 256-bit vectors, with fused multiplication and addition.
    case avx2
    /// 512-bit vectors.
    case avx512

    /// What the native engine's own kernels use in this process.
    public static var inUse: InstructionSet { InstructionSet(CPUEngine.instructionSet) }

    /// Lets the native engine's kernels, oneDNN's included, use no more than these instructions from now on,
    /// to compare results with those of another machine, or to look for a fault. LAPACK's are chosen by itself.
    ///
    /// It is one setting for the process and not one of a session: kernels are looked up in one place, and
    /// oneDNN takes a limit only before its first use. So it is set once, before the first session compiles
    /// a graph. It is never raised again; a limit above what the machine has changes nothing.
    ///
    /// - Throws: `RunError` with `.unsupported` when oneDNN is in use already.
    public static func limit(to most: InstructionSet) throws {
        guard most < inUse else { return }
        guard CPUEngine.limitInstructions(to: most.engineSet) else {
            throw RunError(
                .unsupported,
                "instructions cannot be limited to \(most.rawValue) any more: oneDNN is in use; do it "
                    + "before the first session compiles a graph")
        }
    }

    private init(_ set: CPUEngine.InstructionSet) {
        self =
            switch set {
            case .baseline: .baseline
            case .avx2: .avx2
            case .avx512: .avx512
            }
    }

    private var engineSet: CPUEngine.InstructionSet {
        switch self {
        case .baseline: .baseline
        case .avx2: .avx2
        case .avx512: .avx512
        }
    }

    /// Whether `a` is less than `b`.
    public static func < (a: InstructionSet, b: InstructionSet) -> Bool {
        a.engineSet.rawValue < b.engineSet.rawValue
    }
}
