// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftGraph

/// Functions of arrays, which compute at once.
let arrayCalls: [Call] = [
    Call("array arithmetic") { c in
        var (a, b) = (c.array(), c.array())
        _ = try? (a + b, a - b, a * b, a / b, a % b)
        _ = try? (a + c.number(), c.int() * a, -a)
        try? a += b
        try? b.assign(a, at: c.range(), c.range())
        try b.assign(c.array(), at: c.range())
    },
    Call("array comparison") { c in
        let (a, b) = (c.array(), c.array())
        _ = try? (a .== b, a .< c.number(), .!a)
        _ = try? ((a .> b) .& (a .<= b), isNaN(a), isFinite(a))
        _ = try select(a, b, c.array())
    },
    Call("array functions") { c in
        let (a, b) = (c.array(), c.array())
        _ = try? (exp(a), log(onePlus: a), abs(a), lgamma(a))
        _ = try? (pow(a, b), maximum(a, c.number()), atan2(a, b))
        _ = try a.clipped(to: -1...1)
    },
    Call("array reductions") { c in
        let (a, axes, keeps) = (c.array(), c.axes(), c.yes())
        _ = try? (a.sum(axes: axes, keepingDimensions: keeps), a.max(axes: axes))
        _ = try? (a.variance(axes: axes, isUnbiased: keeps), a.countNonZero(axes: axes))
        _ = try? (a.nanSum(axes: axes), a.nanMean(axes: axes))
        _ = try? (a.nanMax(axes: axes), a.nanMin(axes: axes))
        _ = try? (a.argMax(axis: c.axis()), a.argSorted(axis: c.axis()))
        _ = try a.softmax(axis: c.axis())
    },
    Call("array movement") { c in
        let (a, b) = (c.array(), c.array())
        _ = try? (a.transposed(permutation: c.ints()), a.squeezed(axes: c.axes()))
        _ = try? (a.expandingDimensions(at: c.ints()), a.reversed(axes: c.axes()))
        _ = try? (a.broadcasted(to: c.shape()), a.tiled(by: c.ints()))
        _ = try? (a.sliced(c.range(), c.range()), a.gathered(at: b, axis: c.axis()))
        _ = try? (concatenated([a, b], axis: c.axis()), stacked([a, b], axis: c.axis()))
        _ = try? (matmul(a, b), einsum("ij,jk->ik", a, b))
        _ = try matmul(a, b, accumulatingIn: c.choice(DType.allCases))
    },
    Call("array sources") { c in
        _ = try? NDArray.range(from: c.number(), to: c.number(), by: c.number())
        _ = try? NDArray.linspace(from: c.number(), to: c.number(), count: c.int())
        _ = try NDArray.identity(c.int(), columns: c.maybe(c.int()))
    },
    Call("immediately") { c in
        _ = try? immediately(c.array()) { _ in c.any() }
        _ = try immediately(c.array(), c.array()) { (x: Tensor<Float>) in relu(x) }
    },
    Call("RandomArrays") { c in
        let random = RandomArrays(seed: c.draws.bits())
        let dtype = c.choice(DType.allCases)
        _ = try? random.uniform(shape: c.shape(), from: c.number(), to: c.number(), as: dtype)
        _ = try? random.normal(shape: c.shape(), standardDeviation: c.number(), as: dtype)
        let (low, count) = (c.int() % (1 << 40), abs(c.int() % 1000))
        _ = try? random.integers(shape: c.shape(), in: low..<low + count, as: dtype)
        _ = try? random.bernoulli(shape: c.shape(), probability: c.number())
        _ = try random.permutation(count: c.int())
    },
]
