# SPDX-License-Identifier: Apache-2.0
"""Recurrent networks and transformers of PyTorch, for layers.py."""

import torch

F = torch.nn.functional
pack = torch.nn.utils.rnn.pack_padded_sequence
unpack = torch.nn.utils.rnn.pad_packed_sequence
LENGTHS = torch.tensor([4, 1, 3])


def cell_shapes(prefix, inputs, units, gates, recurrent_bias=False):
    shapes = {
        f"{prefix}kernel": (inputs, gates * units),
        f"{prefix}recurrent_kernel": (units, gates * units),
        f"{prefix}bias": (gates * units,),
    }
    if recurrent_bias:
        shapes[f"{prefix}recurrent_bias"] = (gates * units,)
    return shapes


def cell_weights(suffix, prefix, weights):
    """The weights of a cell under PyTorch's names."""
    key = prefix.replace("/", "_")
    bias = weights[f"{key}bias"]
    return {
        f"weight_ih_{suffix}": weights[f"{key}kernel"].T,
        f"weight_hh_{suffix}": weights[f"{key}recurrent_kernel"].T,
        f"bias_ih_{suffix}": bias,
        f"bias_hh_{suffix}": weights.get(f"{key}recurrent_bias", torch.zeros_like(bias)),
    }


def recurrent(case):
    def network(kind, prefixes, inputs, units, **options):
        module = kind(inputs, units, batch_first=True, dtype=torch.float64, **options)
        suffixes = [
            f"l{layer}{back}"
            for layer in range(options.get("num_layers", 1))
            for back in (["", "_reverse"] if options.get("bidirectional") else [""])
        ]

        def run(x, state=None, lengths=None, **weights):
            named = {}
            for suffix, prefix in zip(suffixes, prefixes):
                named.update(cell_weights(suffix, prefix, weights))
            given = pack(x, lengths, batch_first=True, enforce_sorted=False) if lengths is not None else x
            arguments = (given,) if state is None else (given, state)
            y, state = torch.func.functional_call(module, named, arguments)
            if lengths is not None:
                y, _ = unpack(y, batch_first=True, total_length=x.shape[1])
            return y, state

        return run

    x = {"x": (3, 4, 2)}
    simple = network(torch.nn.RNN, [""], 2, 3)
    case(
        "simpleRNN",
        x,
        cell_shapes("", 2, 3, 1),
        lambda x, **w: simple(x, **w)[0],
    )
    lstm = network(torch.nn.LSTM, [""], 2, 3)

    def lstm_from_state(x, h, c, **w):
        y, (hidden, memory) = lstm(x, (h[None], c[None]), **w)
        return {"y": y, "h": hidden[0], "c": memory[0]}

    case(
        "LSTM",
        {**x, "h": (3, 3), "c": (3, 3)},
        cell_shapes("", 2, 3, 4),
        lstm_from_state,
    )
    prefixes = [f"layer{i}/{side}/" for i in (0, 1) for side in ("forward", "backward")]
    deep = network(torch.nn.LSTM, prefixes, 2, 3, num_layers=2, bidirectional=True)
    shapes = {}
    for prefix in prefixes:
        shapes.update(cell_shapes(prefix, 2 if "layer0" in prefix else 6, 3, 4))

    def deep_with_lengths(x, **w):
        y, (hidden, memory) = deep(x, lengths=LENGTHS, **w)
        return {"y": y, "h": hidden, "c": memory}

    case("LSTM, deep", x, shapes, deep_with_lengths)
    gru = network(torch.nn.GRU, ["forward/", "backward/"], 2, 3, bidirectional=True)
    shapes = {}
    for prefix in ("forward/", "backward/"):
        shapes.update(cell_shapes(prefix, 2, 3, 3, recurrent_bias=True))

    def gru_with_lengths(x, **w):
        y, hidden = gru(x, lengths=LENGTHS, **w)
        return {"y": y, "h": hidden}

    case("GRU", x, shapes, gru_with_lengths)
    case("GRU, last", x, shapes, lambda x, **w: torch.cat(tuple(gru(x, **w)[1]), -1))


def dense_shapes(prefix, inputs, units):
    return {f"{prefix}/kernel": (inputs, units), f"{prefix}/bias": (units,)}


def attention_shapes(prefix, width, shared=None, inputs=None):
    shapes = dense_shapes(f"{prefix}query", width, width)
    for name in ("key", "value"):
        shapes.update(dense_shapes(f"{prefix}{name}", inputs or width, shared or width))
    shapes.update(dense_shapes(f"{prefix}output", width, width))
    return shapes


def attention_weights(prefix, theirs, weights):
    """The weights of an attention under PyTorch's names."""
    names = [f"{prefix}{name}" for name in ("query", "key", "value")]
    return {
        f"{theirs}in_proj_weight": torch.cat([weights[f"{name}_kernel"].T for name in names]),
        f"{theirs}in_proj_bias": torch.cat([weights[f"{name}_bias"] for name in names]),
        f"{theirs}out_proj.weight": weights[f"{prefix}output_kernel"].T,
        f"{theirs}out_proj.bias": weights[f"{prefix}output_bias"],
    }


def rotated(x, interleaved, base=10_000.0):
    """[n, heads, positions, width], turned as complex numbers are."""
    count, width = x.shape[-2:]
    rates = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    turns = torch.polar(torch.ones(()).double(), torch.arange(count).double()[:, None] * rates)
    if interleaved:
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
        return torch.view_as_real(pairs * turns).reshape(x.shape)
    half = width // 2
    pairs = torch.complex(x[..., :half], x[..., half:]) * turns
    return torch.cat([pairs.real, pairs.imag], -1)


def attentions(case):
    x = {"x": (2, 4, 8)}
    module = torch.nn.MultiheadAttention(8, 2, batch_first=True, dtype=torch.float64)

    def attended(x, context=None, weights=None, **options):
        named = attention_weights("", "", weights)
        source = x if context is None else context
        return torch.func.functional_call(module, named, (x, source, source), options)[0]

    shapes = attention_shapes("", 8)
    case("attention", x, shapes, lambda x, **w: attended(x, weights=w))
    causal = torch.ones(4, 4, dtype=torch.bool).triu(1)
    case("attention, causal", x, shapes, lambda x, **w: attended(x, weights=w, attn_mask=causal))
    padding = torch.arange(4) >= torch.tensor([[3], [2]])
    case(
        "attention, lengths",
        x,
        shapes,
        lambda x, **w: attended(x, weights=w, key_padding_mask=padding),
    )
    case(
        "attention, cross",
        {**x, "context": (2, 5, 8)},
        shapes,
        lambda x, context, **w: attended(x, context, weights=w),
    )
    case(
        "attention, added",
        {**x, "mask": (4, 4)},
        shapes,
        lambda x, mask, **w: attended(x, weights=w, attn_mask=mask),
    )

    def shared(turning):
        def run(x, **w):
            def heads(name, count):
                y = x @ w[f"{name}_kernel"] + w[f"{name}_bias"]
                return y.reshape(2, 4, count, 2).transpose(1, 2)

            q, k, v = heads("query", 4), heads("key", 2), heads("value", 2)
            q, k = turning(q), turning(k)
            k, v = (part.repeat_interleave(2, 1) for part in (k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return y.transpose(1, 2).reshape(2, 4, 8) @ w["output_kernel"] + w["output_bias"]

        return run

    shapes = attention_shapes("", 8, shared=4)
    case("attention, grouped", x, shapes, shared(lambda y: y))
    case("attention, rotary", x, shapes, shared(lambda y: rotated(y, False)))
    case("attention, rotary pairs", x, shapes, shared(lambda y: rotated(y, True)))


def norm_shapes(prefix):
    return {f"{prefix}/gamma": (8,), f"{prefix}/beta": (8,)}


def blocks(case):
    x = {"x": (2, 3, 8)}
    network = {
        **dense_shapes("feed_forward/first", 8, 5),
        **dense_shapes("feed_forward/second", 5, 8),
    }

    def named_norm(theirs, name, weights):
        return {
            f"{theirs}.weight": weights[f"{name}_gamma"],
            f"{theirs}.bias": weights[f"{name}_beta"],
        }

    def named_network(weights):
        return {
            "linear1.weight": weights["feed_forward_first_kernel"].T,
            "linear1.bias": weights["feed_forward_first_bias"],
            "linear2.weight": weights["feed_forward_second_kernel"].T,
            "linear2.bias": weights["feed_forward_second_bias"],
        }

    def options(norm_first):
        return {
            "dim_feedforward": 5,
            "dropout": 0.0,
            "batch_first": True,
            "norm_first": norm_first,
            "dtype": torch.float64,
        }

    encoder_shapes = {
        **attention_shapes("attention/", 8),
        **norm_shapes("norm1"),
        **network,
        **norm_shapes("norm2"),
    }
    for title, norm_first in (("before", True), ("after", False)):
        encoder = torch.nn.TransformerEncoderLayer(8, 2, **options(norm_first))

        def encoded(x, encoder=encoder, **w):
            named = {
                **attention_weights("attention_", "self_attn.", w),
                **named_norm("norm1", "norm1", w),
                **named_norm("norm2", "norm2", w),
                **named_network(w),
            }
            return torch.func.functional_call(encoder, named, (x,))

        case(f"encoder, {title}", x, encoder_shapes, encoded)
        decoder = torch.nn.TransformerDecoderLayer(8, 2, **options(norm_first))

        def decoded(x, memory, decoder=decoder, **w):
            named = {
                **attention_weights("attention_", "self_attn.", w),
                **attention_weights("cross_attention_", "multihead_attn.", w),
                **{k: v for n in ("norm1", "norm2", "norm3") for k, v in named_norm(n, n, w).items()},
                **named_network(w),
            }
            mask = torch.ones(3, 3, dtype=torch.bool).triu(1)
            return torch.func.functional_call(decoder, named, (x, memory), {"tgt_mask": mask})

        case(
            f"decoder, {title}",
            {**x, "memory": (2, 4, 8)},
            {
                **attention_shapes("attention/", 8),
                **norm_shapes("norm1"),
                **attention_shapes("cross_attention/", 8),
                **norm_shapes("norm2"),
                **network,
                **norm_shapes("norm3"),
            },
            decoded,
        )


def add(case):
    recurrent(case)
    attentions(case)
    blocks(case)
