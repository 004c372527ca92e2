// SPDX-License-Identifier: Apache-2.0
import Weft

/// Layers of images, normalisations, the dropout family, and what models have as a whole.
func layerCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    windowCalls(s, OneAxis.self) + windowCalls(s, TwoAxes.self) + windowCalls(s, ThreeAxes.self)
        + marginCalls(s) + normCalls(s) + noiseCalls(s) + modelToolCalls(s)
}

private func windowCalls<T: FloatingScalar, Axes: SpatialAxes>(
    _ s: T.Type, _: Axes.Type
) -> [Call] {
    let n = Axes.count
    return [
        Call("Conv1D, Conv2D, Conv3D") { c in
            let layer = Convolution<Axes, T>(
                c.name(), inputs: c.maybe(c.int()), filters: c.int(), kernelSize: c.sizes(n),
                strides: c.sizes(n), padding: c.padding(n), dilations: c.sizes(n),
                groups: c.draws.once(in: 3) ? c.int() : 1, usesBias: c.yes())
            c.keep(layer(c.t(s, rank: n + 2)))
            c.keep(layer.kernel.value)
        },
        Call("TransposedConv1D, TransposedConv2D, TransposedConv3D") { c in
            let layer = TransposedConvolution<Axes, T>(
                c.name(), inputs: c.maybe(c.int()), filters: c.int(), kernelSize: c.sizes(n),
                strides: c.sizes(n), padding: c.padding(n), dilations: c.sizes(n),
                groups: c.draws.once(in: 3) ? c.int() : 1,
                outputSizes: c.draws.once(in: 3) ? c.sizes(n) : nil, usesBias: c.yes())
            c.keep(layer(c.t(s, rank: n + 2)))
        },
        Call("DepthwiseConv1D, DepthwiseConv2D, DepthwiseConv3D") { c in
            let layer = DepthwiseConvolution<Axes, T>(
                c.name(), inputs: c.maybe(c.int()), multiplier: c.int(), kernelSize: c.sizes(n),
                strides: c.sizes(n), padding: c.padding(n), dilations: c.sizes(n),
                usesBias: c.yes())
            c.keep(layer(c.t(s, rank: n + 2)))
        },
        Call("SeparableConv1D, SeparableConv2D, SeparableConv3D") { c in
            let layer = SeparableConvolution<Axes, T>(
                c.name(), inputs: c.maybe(c.int()), filters: c.int(), multiplier: c.int(),
                kernelSize: c.sizes(n), strides: c.sizes(n), padding: c.padding(n),
                dilations: c.sizes(n), usesBias: c.yes())
            c.keep(layer(c.t(s, rank: n + 2)))
        },
        Call("MaxPool1D, MaxPool2D, MaxPool3D") { c in
            let layer = Pool<Axes, MaximumPool<T>>(
                size: c.sizes(n), strides: c.maybe(c.sizes(n)), padding: c.padding(n),
                dilations: c.sizes(n))
            c.keep(layer(c.t(s, rank: n + 2)))
        },
        Call("AveragePool1D, AveragePool2D, AveragePool3D") { c in
            let layer = Pool<Axes, AveragePool<T>>(
                size: c.sizes(n), strides: c.maybe(c.sizes(n)), padding: c.padding(n),
                dilations: c.sizes(n))
            c.keep(layer(c.t(s, rank: n + 2)))
        },
        Call("AdaptivePool") { c in
            let sizes = c.sizes(n)
            let x = c.t(s, rank: n + 2)
            c.keep(AdaptivePool<Axes, AveragePool<T>>(outputSizes: sizes)(x))
            c.keep(AdaptivePool<Axes, MaximumPool<T>>(outputSizes: sizes)(x))
        },
        Call("pooled, reduced") { c in
            c.keep(
                MaximumPool<T>.pooled(
                    c.t(s), axes: c.int(), size: c.sizes(n), strides: nil, padding: c.padding(n),
                    dilations: c.sizes(n)))
            c.keep(
                AveragePool<T>.reduced(
                    c.any(), axes: c.draws.axes() ?? [], keepingDimensions: c.yes()))
        },
    ]
}

private func marginCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    [
        Call("GlobalPool") { c in
            c.keep(GlobalAveragePool<T>(keepsDimensions: c.yes())(c.t(s)))
            c.keep(GlobalMaxPool<T>(keepsDimensions: c.yes())(c.t(s)))
        },
        Call("Pad") { c in
            let filling = c.draws.pick(
                [.zeros, .reflect, .edge, .own(.symmetric), .constant(c.number())]
                    as [Pad<T>.Filling])
            let (low, high) = (c.ints(), c.ints())
            c.keep(Pad<T>(low: low, high: c.yes() ? low : high, filling: filling)(c.t(s)))
            c.keep(Pad<T>(low, filling: filling)(c.t(s)))
        },
        Call("Crop") { c in c.keep(Crop<T>(low: c.ints(), high: c.ints())(c.t(s))) },
        Call("Upsample") { c in
            let method = c.draws.pick([.nearest, .linear, .cubic()] as [ResizeMethod])
            c.keep(Upsample<T>(by: c.ints(), method: method)(c.t(s)))
        },
        Call("PReLU") { c in
            let layer = PReLU<T>(
                c.name(), channels: c.maybe(c.int()), isShared: c.yes(),
                initializer: c.initializer())
            c.keep(layer(c.t(s)))
            c.keep(layer.alpha.value)
        },
    ]
}

private func normCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    [
        Call("LayerNorm") { c in
            let layer = LayerNorm<T>(
                c.name(), channels: c.maybe(c.int()), epsilon: c.number(), usesScale: c.yes(),
                usesOffset: c.yes())
            c.keep(layer(c.t(s)))
        },
        Call("RMSNorm") { c in
            let layer = RMSNorm<T>(
                c.name(), channels: c.maybe(c.int()), epsilon: c.number(), usesScale: c.yes())
            c.keep(layer(c.t(s)))
        },
        Call("GroupNorm") { c in
            let layer = GroupNorm<T>(
                c.name(), groups: c.int(), channels: c.maybe(c.int()), epsilon: c.number(),
                usesScale: c.yes(), usesOffset: c.yes())
            c.keep(layer(c.t(s)))
        },
        Call("InstanceNorm") { c in
            let layer = InstanceNorm<T>(
                c.name(), channels: c.maybe(c.int()), epsilon: c.number(), usesScale: c.yes(),
                usesOffset: c.yes())
            c.keep(layer(c.t(s)))
        },
    ]
}

private func noiseCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    [
        Call("SpatialDropout") { c in
            c.keep(SpatialDropout(c.name(), rate: c.number())(c.t(s), mode: c.mode()))
        },
        Call("AlphaDropout") { c in
            c.keep(AlphaDropout(c.name(), rate: c.number())(c.t(s), mode: c.mode()))
        },
        Call("GaussianDropout") { c in
            c.keep(GaussianDropout(c.name(), rate: c.number())(c.t(s), mode: c.mode()))
        },
        Call("GaussianNoise") { c in
            let layer = GaussianNoise<T>(c.name(), standardDeviation: c.number())
            c.keep(layer(c.t(s), mode: c.mode()))
        },
    ]
}

private func modelToolCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func model(_ c: Chain) -> Sequential<Tensor<T>, Tensor<T>> {
        let regularizer = c.yes() ? Regularizer.l1(c.number()) : .l2(c.number())
        let (low, high) = (c.number(), c.number())
        let range = low <= high ? low...high : 0...1
        let constraints: [Constraint] = [
            .nonNegative, .maxNorm(c.number(), axes: c.draws.axes()),
            .unitNorm(axes: c.draws.axes()), .normRange(range),
        ]
        let constraint = c.draws.pick(constraints)
        return Sequential {
            Residual<T> {
                Dense<T>(c.name(), units: c.int()).regularized(by: regularizer)
                relu
            }
            Dense<T>(c.name(), inputs: c.maybe(c.int()), units: c.int())
                .constrained(by: constraint).regularized(by: .l1L2(l1: c.number(), l2: c.number()))
        }
    }
    return [
        Call("regularized, penalty") { c in
            let model = model(c)
            c.keep(model(c.t(s), mode: c.mode()))
            c.keep(model.penalty(as: Float.self))
        },
        Call("constrained, ProjectedOptimizer") { c in
            let model = model(c)
            let optimizer = ProjectedOptimizer(GradientDescent(learningRate: c.rate()), model)
            c.keep(try optimizer.minimize(model(c.t(s), mode: c.mode()).sum()))
        },
        Call("sized") { c in _ = try model(c).sized(for: Shape(c.ints())).variables.count },
        Call("summary") { c in
            let sizes = c.ints().map { c.yes() ? $0 : nil }
            _ = try model(c).summary(for: Shape(sizes)).description
        },
    ]
}

extension Chain {
    func mode() -> Mode { draws.pick([.training, .inference, .decided(by: flag())]) }
}
