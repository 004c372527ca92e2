#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes small vocabularies, and records what the `tokenizers` package makes of texts with them.

    python3.11 -m venv venv
    venv/bin/pip install tokenizers==0.23.3
    venv/bin/python Scripts/goldens/tokens.py    writes Tests/Goldens/tokens

The pairs of bytes are learnt by the package. Its word pieces would be others each time; those are cut here. Running it
twice gives the same bytes.
"""

import json
import pathlib

import tokenizers
from tokenizers import ByteLevelBPETokenizer, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers import processors

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Tests" / "Goldens" / "tokens"
LEARNT = """
The weaver throws the shuttle through the warp, and the weft becomes the cloth. Threads that were loose are held;
threads that were many are one. It's said that there're 1,000 patterns, and we've woven 120 of them. He'll weave
tomorrow what she's woven today; they'd weave it again, if I'm not mistaken, and don't tire. Weaving, woven, weaves,
weaver, weavers; thread, threads, threaded, threading; pattern, patterned, patterns. Das Gewebe besteht aus Kette und
Schuß; l'étoffe est tissée très serrée. 織物は経糸と緯糸。 Ткань из основы и утка. 2026-11-29, 3.14, 42!
"""
TEXTS = [
    "", " ", "The weaver throws the shuttle.", "the  weft\tbecomes\n\n the cloth  ", "It's we've they'd I'm he'll there're 'tis",
    "IT'S WE'VE", "weaving threads, patterned threadings!", "Schuß und Kette, l'étoffe très serrée", "ÉTOFFE naïve Ångström",
    "織物は経糸と緯糸。weft織物", "Ткань из основы и утка", "1,000 patterns: 3.14 + 42 = ½ Ⅷ ٣", "$100 #weft @weaver <b>a_b</b> ~^`|",
    "emoji 🧵🪡 and 👩\u200d🏭", "tab\u000bvertical\u000cform\u0085next\u00a0hard\u2003em\u3000wide", "zero\u0000null\ufffdlost\u00adsoft\u200bwidth\ue000own",
    "İstanbul ǅ ﬁ ΣΊΣΥΦΟΣ", "e\u0301 and \u00e9; n\u0303 \u1e9b\u0323", "한국어 직물", "x" * 100 + " " + "x" * 101, "a" * 300, "\n\n\n", "   three", "end   ",
    "'s 's' ''s don''t", "\U00020000\U0002a6df ext", "…—“quoted”‘single’«guillemets»·", "a.b,c;d:e!f?g", "\r\nwindows\r\n lines\r\n",
]


def word_pieces(lowercase):
    """Of each word its beginnings and endings at some places, and its characters."""
    normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    splitter = pre_tokenizers.BertPreTokenizer()
    pieces = set()
    for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(LEARNT)):
        pieces.update([word[:1], word[:3], word[:5], word])
        pieces.update("##" + part for part in [*word[1:], word[3:6], word[3:], word[5:]] if part)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: number for number, piece in enumerate(special + sorted(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def byte_pairs():
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([LEARNT], vocab_size=420, min_frequency=1, special_tokens=["<|endoftext|>"], show_progress=False)
    return tokenizer


def rows(encode, decode):
    result = []
    for text in TEXTS:
        numbers = encode(text)
        result.append({"text": text, "numbers": numbers, "decoded": decode(numbers)})
    return result


def main():
    FOLDER.mkdir(exist_ok=True)
    expected = {"tokenizers": tokenizers.__version__}
    for name, lowercase in [("uncased", True), ("cased", False)]:
        tokenizer = word_pieces(lowercase)
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        (FOLDER / f"{name}.txt").write_text("".join(piece + "\n" for piece, _ in vocabulary))
        expected[name] = rows(lambda t: tokenizer.encode(t).ids, lambda n: tokenizer.decode(n))
    tokenizer = byte_pairs()
    model = json.loads(tokenizer._tokenizer.to_str())["model"]
    vocabulary = dict(sorted(model["vocab"].items(), key=lambda item: item[1]))
    (FOLDER / "vocab.json").write_text(json.dumps(vocabulary))
    merges = ["#version: 0.2"] + [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
    (FOLDER / "merges.txt").write_text("\n".join(merges) + "\n")
    expected["byte_pairs"] = rows(
        lambda t: tokenizer.encode(t).ids, lambda n: tokenizer.decode(n, skip_special_tokens=False))
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
