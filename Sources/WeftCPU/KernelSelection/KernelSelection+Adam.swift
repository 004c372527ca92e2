// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension KernelSelection {
    /// An update of Adam in one pass over its five arrays. Its divisions overlap with its loads, and
    /// nothing between them is stored.
    func adam(_ index: Int, isAfterCorrection: Bool) -> Recipe {
        let instruction = program.instructions[index]
        let count = outputType(index).count
        let first = instruction.inputs.count
        let kernel: KernelStep.Kernel = { a in
            var rates = weft_adam_rates()
            rates.rest1 = a.load(4)
            rates.rest2 = a.load(5)
            rates.epsilon = a.load(6)
            if isAfterCorrection {
                rates.rate = a.load(7)
                rates.correction1 = a.load(8)
                rates.correction2 = a.load(9)
                rates.after = 1
            } else {
                rates.alpha = a.load(7)
            }
            func floats(_ position: Int) -> UnsafeMutablePointer<Float> {
                a[position].assumingMemoryBound(to: Float.self)
            }
            weft_adam(
                Int64(count), &rates, floats(0), floats(1), floats(2), floats(3), floats(first),
                floats(first + 1), floats(first + 2))
            return WEFT_OK
        }
        var recipe = recipe(index, .kernel(kernel))
        recipe.inPlace = .pairs([(1, 0), (2, 1), (3, 2)])
        recipe.work = Work(
            nanoseconds: 30 + Double(count) * 0.6, bytes: count * 28, flops: Double(count) * 14)
        return recipe
    }
}
