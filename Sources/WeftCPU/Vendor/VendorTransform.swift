// SPDX-License-Identifier: Apache-2.0
import CFFTW
import WeftGraph

/// A Fourier transform of FFTW.
///
/// `@unchecked Sendable`: any number of threads may run a plan.
final class VendorTransform: @unchecked Sendable {
    struct Spec: Hashable {
        var kind: FourierAttributes.Kind
        /// What results are multiplied with.
        var factor: Double
        var lines: FourierLines
        var isDouble: Bool

        init(_ attributes: FourierAttributes, _ operand: ArrayType) {
            kind = attributes.kind
            lines = FourierLines(attributes, operand.shape)
            factor = attributes.factor(length: lines.length)
            isDouble = operand.dtype == .float64
        }

        fileprivate var problem: weft_fft_problem {
            let kind =
                switch kind {
                case .forward: WEFT_FFT_FORWARD
                case .backward: WEFT_FFT_BACKWARD
                case .real: WEFT_FFT_REAL
                case .inverseReal: WEFT_FFT_INVERSE_REAL
                }
            return weft_fft_problem(
                kind: kind, is_double: isDouble ? 1 : 0, outer: Int64(lines.outer),
                length: Int64(lines.length), inner: Int64(lines.inner), factor: factor)
        }
    }

    /// Why there is no transform.
    enum Refusal: Error {
        case noLibrary(isDouble: Bool)
        case noPlan(length: Int)
        case noMemory(MemoryShortage)
    }

    private let plan: OpaquePointer

    init(_ spec: Spec) throws(Refusal) {
        var problem = spec.problem
        let bytes = Int(weft_fft_planning_bytes(&problem))
        do {
            try MachineMemory.require(bytes)
        } catch {
            throw .noMemory(error)
        }
        var status = WEFT_FFT_OK
        guard let plan = weft_fft_make_plan(&problem, &status) else {
            switch status {
            case WEFT_FFT_NO_LIBRARY: throw .noLibrary(isDouble: spec.isDouble)
            case WEFT_FFT_NO_MEMORY: throw .noMemory(MemoryShortage(bytes: bytes))
            default: throw .noPlan(length: spec.lines.length)
            }
        }
        self.plan = plan
    }

    deinit { weft_fft_free_plan(plan) }

    /// What a run on so many threads takes for itself.
    func scratchBytes(threads: Int) -> Int {
        Int(weft_fft_scratch_bytes(plan, Int32(clamping: threads)))
    }

    /// Whether there was memory for it.
    func run(_ arrays: Arguments) -> Bool {
        weft_fft_run(plan, arrays[0], arrays[1]) == WEFT_FFT_OK
    }
}
