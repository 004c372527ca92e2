// SPDX-License-Identifier: Apache-2.0
import Weft

/// Lists of tensors.
let listCalls: [Call] = {
    let f = Float.self
    return [
        Call("TensorList") { c in
            var list = TensorList<Tensor<Float>>(elementShape: Shape(c.ints()))
            for _ in 0..<c.draws.below(4) { list.append(c.t(f)) }
            let before = list
            c.keep(list.removeLast())
            list.resize(to: c.t(Int32.self, rank: 0))
            c.keep(list.count)
            c.keep(before.stacked(count: c.t(Int64.self, rank: 0)))
            c.keep(list.concatenated())
        },
        Call("TensorList") { c in
            var list = TensorList<AnyTensor>(
                of: c.dtype(), count: c.t(Int32.self, rank: 0), elementShape: Shape(c.ints()),
                isGrowable: c.yes())
            list[c.int()] = c.any()
            list[c.t(Int32.self)] = c.any()
            c.keep(list[c.int()])
            c.keep(list.stacked())
        },
        Call("TensorList") { c in
            var list = TensorList(unstacking: c.t(f), isGrowable: c.yes())
            list[0] = list[c.t(Int64.self, rank: 0)] * 2
            list.append(c.t(f))
            let (_, looped) = whileLoop(
                Tensor<Int64>(0), list, maximumIterations: 4,
                condition: { i, list in i .< list.count }
            ) { i, list in
                var list = list
                list[i] = list[i] * list[0]
                if c.yes() { list.append(list[i]) }
                return (i + 1, list)
            }
            let chosen = cond(c.flag(), then: { looped }, else: { list })
            c.keep(chosen.stacked())
            c.keep(chosen.concatenated())
        },
    ]
}()
