// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion {
    /// The order in which the units run: each after those that it uses, otherwise in the order of
    /// their last instructions, so that memory is needed for as short a time as the program asked.
    package func schedule(_ draft: Draft) -> [Int32] {
        var order: [Int32] = []
        order.reserveCapacity(units.count)
        var isDone = [Bool](repeating: false, count: units.count)
        // Depth-first, with a stack of its own: chains may be a million units long.
        var stack: [Int32] = []
        for start in units.indices {
            stack.append(Int32(start))
            while let current = stack.last {
                if isDone[Int(current)] {
                    stack.removeLast()
                    continue
                }
                let before = stack.count
                for member in units[Int(current)] {
                    for operand in draft.operands(of: Int(member)) {
                        let maker = draft.definition[Int(operand.value)]
                        guard maker >= 0 else { continue }
                        let producer = unit[Int(maker)]
                        if producer >= 0, producer != current, !isDone[Int(producer)] {
                            stack.append(producer)
                        }
                    }
                }
                if stack.count == before {
                    isDone[Int(current)] = true
                    order.append(current)
                    stack.removeLast()
                }
            }
        }
        return order
    }
}
