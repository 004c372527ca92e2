#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the lines of the examples that are written for Weft and for Keras: all that are neither blank nor a comment,
imports and closing brackets included, as the formatters leave them (swift-format at 100 columns, black at 100).

    Scripts/example_lines.py            prints the table of Examples/README.md
    Scripts/example_lines.py --check    fails where the page has another table, or Weft needs more than 1.3 times
                                        the lines
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "Examples"
MOST = 1.3
PAIRS = [
    ("digits", "DigitsConvNet", "digits"), ("table", "Table", "table"), ("series", "TimeSeries", "series"),
    ("text", "Characters", "text"), ("autoencoder", "Autoencoder", "autoencoder"),
    ("gan", "AdversarialNetworks", "gan"),
]


def lines(path, comment):
    """How many lines of a file are program."""
    texts = (line.strip() for line in path.read_text().splitlines())
    return sum(1 for line in texts if line and not line.startswith(comment))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    table = ["| example | Weft | Keras | Weft / Keras |", "|---|---|---|---|"]
    totals = [0, 0]
    for name, swift, python in PAIRS:
        weft = lines(EXAMPLES / "Training" / f"{swift}.swift", "//")
        keras = lines(EXAMPLES / "Keras" / f"{python}.py", "#")
        totals = [totals[0] + weft, totals[1] + keras]
        table.append(f"| {name} | {weft} | {keras} | {weft / keras:.2f} |")
        if options.check and weft / keras > MOST:
            sys.exit(f"{name}: {weft} lines, {weft / keras:.2f} times Keras's; at most {MOST}")
    table.append(f"| all | {totals[0]} | {totals[1]} | {totals[0] / totals[1]:.2f} |")
    text = "\n".join(table) + "\n"
    if not options.check:
        print(text, end="")
    elif text not in (EXAMPLES / "README.md").read_text():
        sys.exit("Examples/README.md has another table than Scripts/example_lines.py prints")


if __name__ == "__main__":
    main()
