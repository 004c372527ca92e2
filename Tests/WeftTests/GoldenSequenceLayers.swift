// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftGraph

/// Recurrent networks and transformers as they were recorded.
extension GoldenLayer {
    private static var lengths: Tensor<Int32> { Tensor([4, 1, 3]) }

    static var networks: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        all["simpleRNN"] = .init(SimpleRNN<T>("l", units: 3))
        let lstm = LSTM<T>("l", units: 3)
        all["LSTM"] = .init(lstm) { inputs in
            let state = RecurrentState(hidden: inputs["h"], memory: inputs["c"])
            let output = lstm.run(inputs["x"], from: [state], mode: .training)
            let last = output.states[0]
            return [("y", output.sequence), ("h", last.hidden), ("c", last.memory ?? last.hidden)]
        }
        let deep = LSTM<T>("l", units: 3, layers: 2, isBidirectional: true)
        all["LSTM, deep"] = .init(deep) { inputs in
            let output = deep.run(inputs["x"], lengths: lengths, mode: .training)
            let memories = output.states.compactMap(\.memory)
            return [
                ("y", output.sequence), ("h", stacked(output.states.map(\.hidden))),
                ("c", stacked(memories)),
            ]
        }
        let gru = GRU<T>("l", units: 3, isBidirectional: true)
        all["GRU"] = .init(gru) { inputs in
            let output = gru.run(inputs["x"], lengths: lengths, mode: .training)
            return [("y", output.sequence), ("h", stacked(output.states.map(\.hidden)))]
        }
        all["GRU, last"] = .init(
            GRU<T>("l", units: 3, isBidirectional: true, givesSequence: false))
        return all
    }

    static var attentions: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        let plain = MultiHeadAttention<T>("l", width: 8, heads: 2)
        all["attention"] = .init(plain)
        all["attention, causal"] = .init(
            MultiHeadAttention<T>("l", width: 8, heads: 2, isCausal: true))
        all["attention, lengths"] = .init(plain) { inputs in
            let mask = AttentionMask<T>.lengths(Tensor([3, 2]), of: 4)
            return [("y", plain.attended(inputs["x"], mask: mask, mode: .training))]
        }
        all["attention, cross"] = .init(plain) { inputs in
            [("y", plain.attended(inputs["x"], to: inputs["context"], mode: .training))]
        }
        all["attention, added"] = .init(plain) { inputs in
            let y = plain.attended(inputs["x"], mask: .added(inputs["mask"]), mode: .training)
            return [("y", y)]
        }
        all["attention, grouped"] = .init(shared(nil))
        all["attention, rotary"] = .init(shared(RotaryPositions()))
        all["attention, rotary pairs"] = .init(shared(RotaryPositions(isInterleaved: true)))
        return all
    }

    private static func shared(_ rotary: RotaryPositions?) -> MultiHeadAttention<T> {
        MultiHeadAttention(
            "l", width: 8, heads: 4, keyValueHeads: 2, isCausal: true, rotary: rotary)
    }

    static var blocks: [String: GoldenLayer] {
        var all: [String: GoldenLayer] = [:]
        for (name, placement) in [("before", NormPlacement.before), ("after", .after)] {
            var options = TransformerOptions<T>()
            options.placement = placement
            all["encoder, \(name)"] = .init(
                TransformerEncoderBlock<T>("l", width: 8, heads: 2, hidden: 5, options: options))
            let decoder = TransformerDecoderBlock<T>(
                "l", width: 8, heads: 2, hidden: 5, options: options)
            all["decoder, \(name)"] = .init(decoder) { inputs in
                [("y", decoder(inputs["x"], memory: inputs["memory"], mode: .training))]
            }
        }
        return all
    }
}
