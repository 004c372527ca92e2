// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftGraph

private struct Refusal: Error {}

/// What talks to the host: functions that give what they declare, that do not, and that throw.
let hostCalls: [Call] = {
    let f = Float.self
    return [
        Call("hostCall") { c in
            let results = c.yes() ? [c.result(), c.result()] : [c.result()]
            let function = HostFunction(
                c.name(), results: results, isStateful: c.yes(),
                gradient: c.yes() ? .graph { inputs, _, _ in inputs } : nil
            ) { inputs in
                if inputs.count == 1 { throw Refusal() }
                return inputs
            }
            c.keep(hostCall(function, c.yes() ? [c.any()] : [c.t(f), c.any()]))
        },
        Call("hostCall") { c in
            let (isWrong, isStateful) = (c.draws.once(in: 4), c.yes())
            let function = HostFunction(
                "", results: [.like(0)], isStateful: isStateful,
                gradient: .host { _, _, gradients in isWrong ? [] : gradients }
            ) { Array($0.prefix(1)) }
            let x = c.t(f)
            let y = Tensor<Float>(hostCall(function, [x])[0])
            c.keep(y)
            if let slope = try gradient(of: y * y, withRespectTo: x) { c.keep(slope) }
        },
        Call("hostCall") { c in
            let function = HostFunction("f", results: [.like(0)], isStateful: c.yes()) { $0 }
            let x = c.t(f)
            let (_, ys) = scan(over: x, initial: Tensor<Float>(0)) { sum, slice in
                let y = cond(
                    slice.sum() .> 0, then: { Tensor<Float>(hostCall(function, [slice])[0]) },
                    else: { slice.after([emit(sum, as: "sum")]) })
                return (sum + y.sum(), y)
            }
            c.keep(ys)
        },
        Call("hostUpdate") { c in
            let function = HostFunction(
                c.name(), results: c.yes() ? [] : [.like(0)], isStateful: c.yes()
            ) { Array($0.prefix(1)) }
            c.keep(hostUpdate(function, c.yes() ? [] : [c.any()]))
            c.keep(c.t(f).after([hostUpdate(function, [c.any()])]))
        },
        Call("emit") { c in
            c.keep(emit(c.any(), as: c.name()))
            c.keep(c.t(f).withUpdates([emit(c.any(), as: c.name())]))
        },
    ]
}()

extension Chain {
    /// What a function declares of a result.
    fileprivate func result() -> HostResult {
        switch draws.below(3) {
        case 0: .like(int())
        case 1: .array(dtype(), ints())
        default: .array(dtype()) { $0.first ?? [nil] }
        }
    }
}
