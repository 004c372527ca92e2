// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// Fourier transforms, by FFTW.
extension KernelSelection {
    func fourier(_ index: Int, _ attributes: FourierAttributes) throws -> Recipe? {
        let instruction = program.instructions[index]
        let operand = inputType(index, 0)
        guard program.values[instruction.outputs[0]].byteCount > 0 else { return nil }
        let spec = VendorTransform.Spec(attributes, operand)
        let vendor: VendorTransform
        do {
            vendor = try compiler.kernels.transform(spec)
        } catch {
            throw instruction.error(error.kind)
        }
        let length = Double(spec.lines.length)
        let flops = 2.5 * Double(spec.lines.outer * spec.lines.inner) * length * length.logarithm
        var recipe = recipe(
            index, flops: flops,
            .frame { frame, arguments, step in
                if !vendor.run(arguments) { throw frame.failure(of: step, WEFT_OUT_OF_MEMORY) }
            })
        recipe.scratchBytes = vendor.scratchBytes(threads: compiler.teamSize)
        return recipe
    }
}

extension VendorTransform.Refusal {
    fileprivate var kind: RunError.Kind {
        switch self {
        case .noLibrary(let isDouble):
            let (file, package) =
                isDouble
                ? ("libfftw3", "libfftw3-double3") : ("libfftw3f", "libfftw3-single3")
            return .other(
                .unsupported,
                "Fourier transforms need FFTW, and \(file) is not on this machine: install "
                    + "\(package) (Debian, Ubuntu) or fftw, and start the program again")
        case .noPlan(let length):
            return .other(.unsupported, "FFTW has no plan for \(length) elements")
        case .noMemory(let shortage):
            return .memoryShortage(bytes: shortage.bytes, shortage.description)
        }
    }
}

extension Double {
    /// The number of halvings, at least one.
    fileprivate var logarithm: Double { Swift.max(Double(exponent), 1) }
}
