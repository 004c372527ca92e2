// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

extension Lowering {
    /// An update of Adam in one pass over its five arrays.
    func adam(_ update: AdamUpdate) -> Recipe {
        let count = outputType(Int(update.next)).count
        var scalars = [update.rest1, update.rest2, update.epsilon]
        let isAfter: Bool
        switch update.form {
        case .beforeCorrection(let alpha):
            scalars.append(alpha)
            isAfter = false
        case .afterCorrection(let rate, let correction1, let correction2):
            scalars += [rate, correction1, correction2]
            isAfter = true
        }
        let arrays = [update.gradient, update.variable, update.m, update.v]
        let outputs = [update.next, update.nextM, update.nextV].map {
            program.instructions[Int($0)].outputs[0]
        }
        let first = arrays.count + scalars.count
        let flops = Double(count) * 14
        var recipe = Recipe(
            members: update.members, inputs: (arrays + scalars).map(Int.init), outputs: outputs,
            inPlace: [(1, 0), (2, 1), (3, 2)],
            work: Work(nanoseconds: 30 + Double(count) * 0.6, bytes: count * 28, flops: flops),
            body: .kernel { _ in WEFT_OK })
        recipe.body = .kernel { a in
            var rates = weft_adam_rates()
            rates.rest1 = a.load(4)
            rates.rest2 = a.load(5)
            rates.epsilon = a.load(6)
            if isAfter {
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
        return recipe
    }
}
