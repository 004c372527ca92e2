// SPDX-License-Identifier: Apache-2.0
import CFFTW
import WeftGraph

/// Fourier transforms, by FFTW.
extension KernelSelection {
    func fourier(_ index: Int, _ attributes: FourierAttributes) throws -> Recipe? {
        let instruction = program.instructions[index]
        let operand = inputType(index, 0)
        guard program.values[instruction.outputs[0]].byteCount > 0 else { return nil }
        let lines = FourierLines(attributes, operand.shape)
        let plan: FourierPlan
        do {
            plan = try FourierPlan(attributes, lines, isDouble: operand.dtype == .float64)
        } catch {
            throw instruction.error(.unsupported, "\(error)")
        }
        let length = Double(lines.length)
        let flops = 2.5 * Double(lines.outer * lines.inner) * length * length.logarithm
        return recipe(
            index, flops: flops,
            .frame { _, arguments, _ in weft_fft_run(plan.plan, arguments[0], arguments[1]) })
    }
}

extension Double {
    /// The number of halvings, at least one.
    fileprivate var logarithm: Double { Swift.max(Double(exponent), 1) }
}

/// A plan of FFTW's for one step.
///
/// `@unchecked Sendable`: FFTW lets any number of threads run a plan.
private final class FourierPlan: @unchecked Sendable {
    let plan: OpaquePointer

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    init(
        _ attributes: FourierAttributes, _ lines: FourierLines, isDouble: Bool
    ) throws(Refusal) {
        let kind =
            switch attributes.kind {
            case .forward: WEFT_FFT_FORWARD
            case .backward: WEFT_FFT_BACKWARD
            case .real: WEFT_FFT_REAL
            case .inverseReal: WEFT_FFT_INVERSE_REAL
            }
        var problem = weft_fft_problem(
            kind: kind, is_double: isDouble ? 1 : 0, outer: Int64(lines.outer),
            length: Int64(lines.length), inner: Int64(lines.inner),
            factor: attributes.factor(length: lines.length))
        var status = WEFT_FFT_OK
        guard let plan = weft_fft_make_plan(&problem, &status) else {
            let (file, package) =
                isDouble
                ? ("libfftw3", "libfftw3-double3") : ("libfftw3f", "libfftw3-single3")
            throw Refusal(
                description: status == WEFT_FFT_NO_LIBRARY
                    ? "Fourier transforms need FFTW, and \(file) is not on this machine: install "
                        + "\(package) (Debian, Ubuntu) or fftw, and start the program again"
                    : "FFTW has no plan for \(lines.length) elements; there may be no memory for it"
            )
        }
        self.plan = plan
    }

    deinit { weft_fft_free_plan(plan) }
}
