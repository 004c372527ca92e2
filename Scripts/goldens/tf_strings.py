# SPDX-License-Identifier: Apache-2.0
"""Functions of strings; strings are written as hexadecimal bytes, a list of them with its shape."""

import numpy

from golden_json import tensor
from tf_session import tensorflow

from tensorflow.python.eager import context

strings = tensorflow.strings

WORDS = ["", "a", "hello", "Hello World", " a\tb \n", "wörld é€😀", "x" * 9, "y" * 20, "z" * 40,
         "0123456789" * 7, "abc" * 100]
CUT = ["a b  c", "", " x ", "a,b,,c", ",", "one, two;three"]
NUMBERS = ["1", "-1.5e3", " 2 ", "0x10", "inf", "-nan", "1.", "1e400", "+3", "1e-50", ".5", "0.1"]
INTEGERS = ["1", " -2\n", "+3", "2147483647", "-2147483648"]
FLOATS = [0.0, -0.0, 1.5, 3.14159265, 1e10, 1e-7, -2.5, 123456789012.0, float("nan"), float("-inf")]
WHOLES = [0, 5, -5, 123456, -2147483648]
MATCHES = [
    "a.c", "h[a-l]+o", "(?i)HELLO", "\\w+", "[^ ]*", "(a|ab)(c|bcd)*", "x{3,9}", ".*", "",
    "[[:alpha:]]+", "\\S+ \\S+", "(?:ab?c?)+", "^hello$", "w.rld .€.", "(?s).*", "\\d+", "y{20}|z{40}",
    "\\Qhel\\E*o", "hel\\Q\\E*o", "hel(?i)*O", "(?:\\Qabc\\E)*", "x*\\Q\\E*", "\\Qhello",
]
REPLACES = [
    ["l", "L"], ["(o)", "<\\1>"], ["", "-"], ["[aeiou]", ""], ["x*", "-"], ["(\\w+) (\\w+)", "\\2 \\1"],
    ["\\b", "|"], ["a|b|ab", "[\\0]"], ["o+?", "0"], ["(?i)h", "\\\\"], ["(b)|a", "<\\1>"], ["^", ">"],
    ["€|é", "E"], ["[^a-z]", "_"], ["(?m)$", "$"],
]


def text(value):
    array = numpy.asarray(value, dtype=object)
    return {"shape": list(array.shape), "bytes": [item.hex() for item in array.reshape(-1)]}


def ragged(value):
    return {"parts": text(value.flat_values.numpy()), "counts": value.row_lengths().numpy().tolist()}


def as_string(kinds, numbers, dtype):
    return [
        {**kind, "text": text(strings.as_string(tensorflow.constant(numbers, dtype), **kind).numpy())}
        for kind in kinds
    ]


def cases():
    with context.eager_mode():
        return eager_cases()


def eager_cases():
    words = tensorflow.constant(WORDS)
    cut = tensorflow.constant(CUT)
    floating = [
        {}, {"precision": 2}, {"scientific": True}, {"shortest": True}, {"precision": 0},
        {"scientific": True, "precision": 1}, {"shortest": True, "precision": 3},
        {"precision": 2, "width": 8}, {"precision": 2, "width": 8, "fill": "0"},
        {"precision": 2, "width": 8, "fill": "-"},
    ]
    whole = [{}, {"width": 4}, {"width": 4, "fill": "0"}, {"width": 4, "fill": "-"}]
    return {
        "words": text(words.numpy()),
        "bytes": strings.length(words).numpy().tolist(),
        "characters": strings.length(words, unit="UTF8_CHAR").numpy().tolist(),
        "upper": text(strings.upper(words).numpy()),
        "lower": text(strings.lower(words).numpy()),
        "upper unicode": text(strings.upper(words, encoding="utf-8").numpy()),
        "stripped": text(strings.strip(words).numpy()),
        "hash": strings.to_hash_bucket_fast(words, 1000000007).numpy().tolist(),
        "base64": text(tensorflow.io.encode_base64(words).numpy()),
        "base64 padded": text(tensorflow.io.encode_base64(words, pad=True).numpy()),
        "last": text(strings.substr(words[5:], -3, 2).numpy()),
        "last characters": text(strings.substr(words[5:], -3, 2, unit="UTF8_CHAR").numpy()),
        "code points": {
            "points": strings.unicode_decode(words, "UTF-8").flat_values.numpy().tolist(),
            "counts": strings.unicode_decode(words, "UTF-8").row_lengths().numpy().tolist(),
        },
        "joined": text(strings.join([words, "-", "é"], "+").numpy()),
        "reduced": text(strings.reduce_join(tensorflow.reshape(cut, [2, 3]), axis=0, separator="|").numpy()),
        "cut": text(cut.numpy()),
        "split": [
            {"by": by, "most": most, **ragged(strings.split(cut, by, maxsplit=most))}
            for by in [None, ",", " ", "b,"] for most in [-1, 1]
        ],
        "split in Python": [split_in_python(most) for most in range(4)],
        "split anywhere": ragged_sparse(cut, ",; "),
        "bytes split": ragged(strings.bytes_split(cut)),
        "matches": [
            {"pattern": pattern, "is": strings.regex_full_match(words, pattern).numpy().tolist()}
            for pattern in MATCHES
        ],
        "replaces": [
            {
                "pattern": pattern,
                "with": with_,
                "all": text(strings.regex_replace(words, pattern, with_).numpy()),
                "first": text(strings.regex_replace(words, pattern, with_, replace_global=False).numpy()),
            }
            for pattern, with_ in REPLACES
        ],
        "numbers": text(tensorflow.constant(NUMBERS).numpy()),
        "float32": tensor(strings.to_number(NUMBERS, tensorflow.float32).numpy()),
        "float64": tensor(strings.to_number(NUMBERS, tensorflow.float64).numpy()),
        "integers": text(tensorflow.constant(INTEGERS).numpy()),
        "int32": tensor(strings.to_number(INTEGERS, tensorflow.int32).numpy()),
        "written float32": as_string(floating, FLOATS, tensorflow.float32),
        "written float64": as_string(floating, FLOATS, tensorflow.float64),
        "written int32": as_string(whole, WHOLES, tensorflow.int32),
        "floats": tensor(numpy.asarray(FLOATS)),
        "wholes": tensor(numpy.asarray(WHOLES, numpy.int32)),
        "vocabulary": vocabulary(words),
    }


def split_in_python(most):
    """What the documentation of strings.split says it does between white space. Its kernel does otherwise: it
    gives an empty last part where white space ends before so many cuts, and keeps that at the ends for none."""
    parts = [item.encode().split(None, most) for item in CUT]
    flat = [part for row in parts for part in row]
    return {"most": most, "parts": text(flat), "counts": [len(row) for row in parts]}


def ragged_sparse(cut, separators):
    split = tensorflow.compat.v1.string_split(cut, separators)
    counts = numpy.bincount(split.indices[:, 0], minlength=len(CUT))
    return {"parts": text(split.values.numpy()), "counts": counts.tolist()}


def vocabulary(words):
    lookup = tensorflow.lookup
    known = tensorflow.constant(["hello", "a", ""])
    table = lookup.StaticVocabularyTable(
        lookup.KeyValueTensorInitializer(known, tensorflow.range(3, dtype=tensorflow.int64)), 5)
    return {"known": text(known.numpy()), "buckets": 5, "numbers": table.lookup(words).numpy().tolist()}
