// SPDX-License-Identifier: Apache-2.0
import Weft

/// Branches, loops and marks.
let controlCalls: [Call] = {
    let f = Float.self
    return [
        Call("cond") { c in
            let (p, x, y) = (c.flag(), c.t(f), c.t(f))
            c.keep(cond(p, then: { x * 2 }, else: { y - 1 }))
        },
        Call("cond") { c in
            let (p, x, y) = (c.flag(), c.any(), c.any())
            c.keep(cond(p, then: { [x, y] }, else: { c.draws.once(in: 4) ? [] : [y, x] }))
        },
        Call("whileLoop") { c in
            let (x, n) = (c.t(f), c.int())
            let (_, y) = whileLoop(
                Tensor<Int32>(0), x, maximumIterations: c.draws.once(in: 3) ? c.int() : 5,
                condition: { i, _ in i .< Tensor<Int32>(Int32(clamping: n)) },
                body: { i, v in (i + 1, c.draws.once(in: 2) ? v * v : sin(v) + x) })
            c.keep(y)
        },
        Call("whileLoop") { c in
            let x = c.any()
            c.keep(
                whileLoop(
                    c.draws.once(in: 10) ? [] : [x], maximumIterations: 3,
                    shapeInvariants: c.maybe([Shape(c.ints())]),
                    condition: { _ in Tensor<Bool>(true) }, body: { $0 + (c.yes() ? [] : $0) }))
        },
        Call("scan") { c in
            let (x, start) = (c.t(f), c.t(f))
            let (carry, outputs) = scan(over: x, initial: start, isReversed: c.yes()) { s, x in
                (s + x, s * x)
            }
            c.keep(carry)
            c.keep(outputs)
        },
        Call("scan") { c in
            let (x, n, a, b) = (c.t(f), c.t(Int32.self), c.t(f), c.t(Bool.self))
            let (carry, outputs) = scan(over: x, n, initial: a, b) { a, b, x, n in
                ((a + x, b), (x, n))
            }
            c.keep(carry.0)
            c.keep(outputs.1)
        },
        Call("scan") { c in
            let (x, n, a, b) = (c.t(f), c.t(Int32.self), c.t(f), c.t(Bool.self))
            let (three, (first, second)) = scan(over: x, n, initial: a, b, n) { a, b, m, x, n in
                ((a + x, b, m + n), (a, b))
            }
            let (four, outputs) = scan(over: x, initial: a, b, n, x, isReversed: c.yes()) {
                a, b, n, y, x in ((a * x, b, n, y), x)
            }
            c.keep([three.0, four.3, first, outputs])
            c.keep(second)
        },
        Call("scan") { c in
            let (x, y) = (c.any(), c.any())
            let (carries, outputs) = scan(over: c.yes() ? [x, y] : [], initial: [y]) {
                (c.yes() ? $0 : [], $1)
            }
            c.keep(carries)
            c.keep(outputs)
        },
        Call("rematerialized") { c in c.keep(rematerialized(c.t(f)) { tanh($0) * $0 }) },
        Call("rematerialized") { c in
            let x = c.any()
            c.keep(rematerialized([x]) { c.yes() ? $0 : [] })
        },
        Call("call") { c in
            let (x, y) = (c.t(f), c.t(f))
            c.keep(call("body", x, y) { x, y in tanh(x) * y })
            let both = call("both", x, y) { x, y in (x + y, x) }
            c.keep([both.0, both.1])
        },
        Call("call") { c in
            let (x, y) = (c.any(), c.any())
            let inputs = c.yes() ? [x, y] : []
            c.keep(call("", inputs) { c.yes() ? $0 : [y] })
            c.keep(call("own", inputs, gradient: { _, _, g in [g[0], nil] }) { [y] + $0 })
        },
        Call("Function") { c in
            let function = Function("body") { inputs in inputs.map { $0 * $0 } }
            c.keep(function(function([c.any(), c.any()])))
            c.keep(function([]))
        },
        Call("withCustomGradient") { c in
            let x = c.t(f)
            c.keep(withCustomGradient(x, body: { $0 * $0 }, gradient: { _, _, g in g }))
        },
        Call("withCustomGradient") { c in
            let (x, y) = (c.any(), c.any())
            c.keep(
                withCustomGradient(
                    [x, y], body: { $0 }, gradient: { _, _, g in [g[0], nil, nil] }))
        },
        Call("gradient") { c in
            let x = c.t(f)
            if let g = try gradient(of: c.t(f), withRespectTo: x, seed: c.maybe(c.t(f))) {
                c.keep(g)
            }
        },
        Call("gradients") { c in
            let x = c.t(f)
            for case let g? in try gradients(
                of: [c.t(f), x * x], withRespectTo: [x, c.t(f)], stoppingAt: [c.t(f)],
                unconnected: c.choice([.none, .zeros]))
            { c.keep(g) }
        },
        Call("jvp") { c in
            let x = c.t(f)
            if let g = try jvp(of: c.t(f) * x, withRespectTo: x, tangent: c.t(f)) { c.keep(g) }
        },
        Call("jacobian") { c in
            let x = c.t(f)
            c.keep(try jacobian(of: x * c.t(f), withRespectTo: x))
        },
        Call("hessian") { c in
            let x = c.t(f)
            c.keep(try hessian(of: (x * x * c.t(f)).sum(), withRespectTo: x))
        },
        Call("hessianVectorProduct") { c in
            let x = c.t(f)
            c.keep(
                try hessianVectorProduct(
                    of: (x * x * x).sum(), withRespectTo: x, vector: c.t(f)))
        },
        Call("withNameScope") { c in c.keep(withNameScope(c.name()) { c.t(f) + 1 }) },
    ]
}()

/// Variables, layers and optimizers.
func trainingCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func minimize(_ c: Chain, _ optimizer: any Optimizer) throws {
        let v = c.variable(s)
        let loss = (v.value * c.t(s)).sum()
        let pairs = try optimizer.computeGradients(loss)
        if c.yes() { return c.keep(try optimizer.minimize(loss)) }
        let (gradients, norm) = clipped(pairs, toGlobalNorm: c.number())
        c.keep(norm)
        c.keep(try optimizer.apply(gradients, loss: loss.anyTensor))
    }
    @Sendable func mode(_ c: Chain) -> Mode {
        c.draws.pick([.training, .inference, .decided(by: c.flag())])
    }
    return [
        Call("Variable") { c in c.keep(c.variable(s).value) },
        Call("assign") { c in c.keep(c.variable(s).assign(c.t(s))) },
        Call("assignAdd") { c in c.keep(c.variable(s).assignAdd(c.t(s))) },
        Call("assignSubtract") { c in c.keep(c.variable(s).assignSubtract(c.t(s))) },
        Call("update") { c in
            let (x, dims) = (c.t(s), c.ints())
            c.keep(
                c.variable(s).update {
                    c.yes() ? $0 * x : c.yes() ? $0.flattened() : $0.reshaped(to: dims)
                })
        },
        Call("group") { c in
            c.keep(Update.group([c.variable(s).assign(c.t(s)), c.variable(s).assignAdd(c.t(s))]))
        },
        Call("withUpdates") { c in
            c.keep(c.t(s).withUpdates([c.variable(s).assignAdd(c.t(s))]))
        },
        Call("after") { c in c.keep(c.t(s).after([c.variable(s).assignAdd(c.t(s))])) },
        Call("Dense") { c in
            let layer = Dense<T>(
                c.name(), inputs: c.int(), units: c.int(), usesBias: c.yes(),
                kernelInitializer: c.initializer())
            c.keep(layer(c.t(s)))
        },
        Call("Embedding") { c in
            let layer = Embedding<T>(
                c.name(), entries: c.int(), width: c.int(), initializer: c.initializer())
            c.keep(layer(c.t(Int32.self)))
        },
        Call("Sequential") { c in
            let model = Sequential(c.name()) {
                Dense<T>(c.name(), inputs: c.maybe(c.int()), units: c.int())
                relu
                if c.yes() { Flatten() }
                for _ in 0..<c.draws.below(3) { Dropout(c.name(), rate: c.number()) }
            }
            _ = (model.variables.count, model.sublayers.count)
            c.keep(model(c.t(s), mode: mode(c)))
        },
        Call("Flatten") { c in c.keep(Flatten()(c.t(s))) },
        Call("Dropout") { c in c.keep(Dropout(c.name(), rate: c.number())(c.t(s), mode: mode(c))) },
        Call("BatchNorm") { c in
            let layer = BatchNorm<T>(
                c.name(), channels: c.int(), momentum: c.number(), epsilon: c.number(),
                usesScale: c.yes(), usesOffset: c.yes(),
                movingVarianceRule: c.choice([.population, .unbiased]))
            c.keep(layer(c.t(s), mode: mode(c)))
        },
        Call("Adam") { c in
            try minimize(
                c,
                Adam(
                    learningRate: c.rate(), beta1: c.number(), beta2: c.number(),
                    epsilon: c.number(),
                    epsilonPlacement: c.choice([.afterBiasCorrection, .beforeBiasCorrection])))
        },
        Call("Adagrad") { c in
            try minimize(c, Adagrad(learningRate: c.rate(), initialAccumulator: c.number()))
        },
        Call("RMSProp") { c in
            try minimize(
                c,
                RMSProp(
                    learningRate: c.rate(), decay: c.number(), momentum: c.number(),
                    epsilon: c.number(), isCentered: c.yes()))
        },
        Call("GradientDescent") { c in
            try minimize(c, GradientDescent(learningRate: c.rate()))
        },
        Call("slot, scalar, parameter, tensor") { c in
            let (v, slots) = (c.variable(s), OptimizerSlots(of: c.name()))
            let slot = slots.slot(
                c.name(), of: v.handle, shape: c.maybe(c.ints()), initial: c.number())
            let scalar = slots.scalar(
                c.name(), as: c.choice([.float32, .int64, .bool, .list]), initial: c.number())
            let number = Adam().parameter(
                c.name(), c.number(), in: c.choice([.decay, .share, .nonnegative]), as: .float32)
            c.keep([
                slot.value, scalar.value, number,
                c.rate().learningRate.tensor(as: .float32, step: slots.steps(of: c.name())),
            ])
            c.keep(v.handle.assign(lessenedBy: slot.value))
            _ = slots.all.count
        },
        Call("optimizers") { c in try minimize(c, c.optimizer()) },
        Call("optimizers around others") { c in
            let inner = c.optimizer()
            let averages = AveragedWeights(
                inner,
                c.choice([
                    .exponential(decay: c.number(), isWarmedUp: c.yes()),
                    .uniform(start: c.int(), every: c.int()),
                ]))
            let v = c.variable(s)
            c.keep(averages.average(of: v.handle).value)
            c.keep(averages.exchange(c.yes() ? [v.handle] : [v.handle, v.handle]))
            let groups = ParameterGroups(
                [.init(c.optimizer()) { $0.name.count % 2 == 0 }], others: inner)
            try minimize(
                c,
                c.draws.pick([
                    averages, groups, GradientAccumulation(inner, steps: c.int()),
                    Lookahead(inner, steps: c.int(), share: c.number()),
                ]))
        },
        Call("LazyRows") { c in
            let lazy = LazyRows(c.yes() ? Lookahead(c.optimizer()) : c.optimizer())
            let v = c.variable(s)
            _ = lazy.leavesRowsWithoutGradient(of: v.handle)
            let rows = v.value.gathered(at: c.t(Int32.self), outOfBounds: c.mode())
            let loss =
                (rows * rows).sum() + (c.yes() ? v.value.gathered(at: c.t(Int64.self)).sum() : 0)
            let rule: any Optimizer = c.yes() ? lazy : GradientDescent(learningRate: c.rate())
            c.keep(try rule.minimize(loss))
        },
        Call("clipped") { c in
            let v = c.variable(s)
            let pairs = [GradientOfVariable(c.any(), v.handle)]
            let all =
                clipped(pairs, toValue: c.number()) + clipped(pairs, toNorm: c.number())
                + clipped(pairs, toShareOfWeights: c.number(), least: c.number())
            c.keep(all.compactMap(\.gradient))
        },
        Call("schedules") { c in c.keep(c.schedule()(c.any())) },
        Call("ReduceOnPlateau") { c in
            let plateau = ReduceOnPlateau(
                from: c.number(), factor: c.number(), patience: c.int(), threshold: c.number(),
                thresholdKind: c.choice([.relative, .absolute]), cooldown: c.int(),
                least: c.number(), goal: c.choice([.minimum, .maximum]), name: c.name())
            c.keep(plateau.update(c.any()))
            try minimize(c, Adam(learningRate: plateau))
        },
        Call("Momentum") { c in
            try minimize(
                c, Momentum(learningRate: c.rate(), momentum: c.number(), usesNesterov: c.yes()))
        },
    ]
}

/// Arrays and sessions, which compute at once.
let valueCalls: [Call] = [
    Call("NDArray") { c in _ = try NDArray([1, 2, 3] as [Float], shape: c.ints()) },
    Call("NDArray") { c in _ = try NDArray(repeating: Int8(1), shape: c.shape()).description },
    Call("NDArray") { c in _ = try NDArray(rows: [[1.0, 2], [3.0]]) },
    Call("NDArray.reshaped") { c in _ = try c.array().reshaped(to: c.ints()) },
    Call("NDArray.cast") { c in _ = try c.array().cast(to: c.choice(DType.allCases)) },
    Call("NDArray.description") { c in
        _ = (c.array().description, c.array().debugDescription, c.array() == c.array())
    },
    Call("scalars") { c in _ = try c.array().scalars(as: Float.self) },
    Call("NDArray.scalar") { c in _ = try c.array().scalar(as: Int32.self) },
    Call("hasSameBits") { c in _ = c.array().hasSameBits(as: c.array()) },
    Call("Shape") { c in
        let shape = Shape(c.ints())
        _ = (shape.count, shape.description, shape.dimensions, shape[c.axis()])
    },
    Call("Session") { c in
        let session = Session()
        let v = c.variable(Float.self)
        try? session.set(v, to: c.array())
        try? session.initialize(v.handle, by: c.initializer())
        _ = try session.value(of: v)
        _ = try session.explain([v.value * 2])
        let profile = try session.profile([v.value * 2], runs: c.int() % 9, warmUp: c.int() % 9)
        _ = (profile.description, profile.scopes(depth: c.int()))
        session.close()
    },
    Call("importState") { c in
        let (session, v) = (Session(), c.variable(Float.self))
        _ = try? session.value(of: v)
        let state = SessionState(
            variables: Dictionary([(c.name(), c.array()), (v.name, c.array())]) { $1 },
            step: c.draws.bits(), seed: 0)
        try session.importState(state)
    },
    Call("importPartialState") { c in
        let (session, v) = (Session(), c.variable(Float.self))
        if c.yes() { _ = try? session.value(of: v) }
        let state = SessionState(
            variables: Dictionary([(c.name(), c.array()), (v.name, c.array())]) { $1 },
            step: c.draws.bits(), seed: 1)
        let report = try session.importPartialState(
            state, for: c.yes() ? [v.handle] : nil, resumesDraws: c.yes())
        _ = (report.description, try session.run(v.value))
    },
    Call("function") { c in
        let (session, x, y) = (Session(), c.t(Float.self), c.t(Float.self))
        let f = session.function(feeding: x, fetching: x * y)
        _ = try f(c.array())
    },
]
