// SPDX-License-Identifier: Apache-2.0
import Weft

/// Recurrent networks and attention.
func sequenceCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    networkCalls(s) + attentionCalls(s) + blockCalls(s)
}

private func networkCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func run<Cell: RecurrentCell>(_ c: Chain, _ network: Recurrent<Cell>)
    where Cell.Scalar == T {
        c.keep(network(c.t(s, rank: 3), mode: c.mode()))
        let output = network.run(
            c.t(s, rank: 3), from: c.draws.once(in: 3) ? [c.state(s)] : nil,
            lengths: c.yes() ? c.t(Int32.self, rank: 1) : nil, mode: c.mode())
        c.keep(output.sequence)
        c.keep(output.states.map(\.hidden))
        if let cell = network.cells.first?.first {
            c.keep(cell(c.t(s, rank: 2), c.state(s)).hidden)
            c.keep(cell.projected(c.t(s)))
            c.keep(cell.next(c.t(s), c.state(s)).hidden)
        }
    }
    return [
        Call("SimpleRNN") { c in
            run(
                c,
                SimpleRNN<T>(
                    c.name(), inputs: c.maybe(c.int()), units: c.int(),
                    layers: c.draws.once(in: 3) ? c.int() : 1, isBidirectional: c.yes(),
                    givesSequence: c.yes(), dropout: c.number()))
        },
        Call("LSTM") { c in
            run(
                c,
                LSTM<T>(
                    c.name(), inputs: c.maybe(c.int()), units: c.int(),
                    layers: c.draws.once(in: 3) ? c.int() : 1, isBidirectional: c.yes(),
                    givesSequence: c.yes(), usesBias: c.yes(), forgetBias: c.number()))
        },
        Call("GRU") { c in
            run(
                c,
                GRU<T>(
                    c.name(), inputs: c.maybe(c.int()), units: c.int(),
                    layers: c.draws.once(in: 3) ? c.int() : 1, isBidirectional: c.yes(),
                    givesSequence: c.yes(), usesBias: c.yes()))
        },
    ]
}

private func attentionCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func layer(_ c: Chain) -> MultiHeadAttention<T> {
        MultiHeadAttention(
            c.name(), width: c.int(), heads: c.int(), headWidth: c.maybe(c.int()),
            keyValueHeads: c.draws.once(in: 3) ? c.int() : nil, isCausal: c.yes(),
            rotary: c.draws.once(in: 3) ? c.rotary() : nil,
            dropout: c.draws.once(in: 3) ? c.number() : 0, usesBias: c.yes())
    }
    return [
        Call("scaledDotProductAttention") { c in
            let x = c.t(s, rank: 4)
            c.keep(
                scaledDotProductAttention(
                    query: x, key: c.yes() ? x : c.t(s, rank: 4),
                    value: c.yes() ? x : c.t(s, rank: 4), mask: c.mask(s), isCausal: c.yes(),
                    scale: c.maybe(c.number())))
        },
        Call("MultiHeadAttention") { c in c.keep(layer(c)(c.t(s, rank: 3), mode: c.mode())) },
        Call("attended") { c in
            let context = c.yes() ? c.t(s, rank: 3) : nil
            c.keep(
                layer(c).attended(c.t(s, rank: 3), to: context, mask: c.mask(s), mode: c.mode()))
        },
        Call("emptyCache") { c in
            let layer = layer(c)
            let cache = layer.emptyCache(count: c.int(), capacity: c.int())
            let (output, next) = layer.attended(c.t(s, rank: 3), cache: cache, mode: c.mode())
            c.keep([output, next.keys])
            let odd = AttentionCache(
                keys: c.t(s), values: c.t(s, rank: 4), count: c.t(Int32.self, rank: 0))
            c.keep(layer.attended(c.t(s, rank: 3), cache: odd, mode: c.mode()).output)
        },
        Call("RotaryPositions") { c in
            let first = c.yes() ? c.t(Int32.self, rank: 0) : nil
            c.keep(c.rotary()(c.t(s, rank: 4), first: first))
        },
        Call("SinusoidalPositions") { c in c.keep(SinusoidalPositions()(c.t(s, rank: 3))) },
        Call("LearnedPositions") { c in
            let layer = LearnedPositions<T>(
                c.name(), most: c.int(), width: c.maybe(c.int()), initializer: c.initializer())
            c.keep(layer(c.t(s, rank: 3)))
        },
    ]
}

private func blockCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func options(_ c: Chain) -> TransformerOptions<T> {
        var options = TransformerOptions<T>()
        options.placement = c.yes() ? .before : .after
        options.dropout = c.draws.once(in: 3) ? c.number() : 0
        options.keyValueHeads = c.draws.once(in: 3) ? c.int() : nil
        options.rotary = c.draws.once(in: 3) ? c.rotary() : nil
        options.isGated = c.yes()
        options.usesBias = c.yes()
        return options
    }
    return [
        Call("FeedForward") { c in
            let layer = FeedForward<T>(
                c.name(), width: c.int(), hidden: c.int(), isGated: c.yes(), dropout: c.number())
            c.keep(layer(c.t(s), mode: c.mode()))
        },
        Call("TransformerEncoderBlock") { c in
            let block = TransformerEncoderBlock<T>(
                c.name(), width: c.int(), heads: c.int(), hidden: c.int(), isCausal: c.yes(),
                options: options(c))
            c.keep(block(c.t(s, rank: 3), mask: c.mask(s), mode: c.mode()))
        },
        Call("TransformerDecoderBlock") { c in
            let block = TransformerDecoderBlock<T>(
                c.name(), width: c.int(), heads: c.int(), hidden: c.int(), options: options(c))
            c.keep(
                block(
                    c.t(s, rank: 3), memory: c.t(s, rank: 3), mask: c.mask(s),
                    memoryMask: c.mask(s), mode: c.mode()))
        },
    ]
}

extension Chain {
    fileprivate func state<T: FloatingScalar>(_ s: T.Type) -> RecurrentState<T> {
        RecurrentState(hidden: t(s, rank: 2), memory: yes() ? t(s, rank: 2) : nil)
    }

    fileprivate func rotary() -> RotaryPositions {
        RotaryPositions(base: number(), isInterleaved: yes())
    }

    fileprivate func mask<T: FloatingScalar>(_ s: T.Type) -> AttentionMask<T> {
        switch draws.below(4) {
        case 0: .allowed(flag(draws.below(5)))
        case 1: .added(t(s))
        case 2: .lengths(t(Int32.self, rank: 1), of: int())
        default: .none
        }
    }
}
