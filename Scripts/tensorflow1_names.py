#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Documentation/TensorFlow1Names.md: TensorFlow 1's names that `import TensorFlow1` has.

    Scripts/tensorflow1_names.py                 writes the page
    Scripts/tensorflow1_names.py --check         fails where the page is not what the sources say
    Scripts/tensorflow1_names.py --usage FILE    the share of a count of uses that is covered: lines of
                                                 symbol, repositories, files, class, gap, family; weighted
                                                 by files; and what is missing, most used first

Names are those of the public declarations inside of `tf`, of its extensions, and of aliases of them.
"""
import argparse
import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources" / "TensorFlow1"
PAGE = ROOT / "Documentation" / "TensorFlow1Names.md"
HEAD = """# TensorFlow 1's names

What `import TensorFlow1` has, with the labels of each form and the first sentence of its documentation. How
programs are ported is told in [Coming from TensorFlow 1](ComingFromTensorFlow1.md). Written by
`Scripts/tensorflow1_names.py` from the sources, and checked by `Scripts/lint.sh`.
"""
# Front ends of their own, which are no part of the package's aim.
OUTSIDE = re.compile(r"^tf\.(contrib\.(slim|keras|tpu|learn|estimator|eager)|estimator|keras|tpu|"
                     r"enable_eager_execution|executing_eagerly)\b")
SCOPE = re.compile(r"^\s*(?:public\s+|open\s+)?(?:final\s+)?(extension|enum|class|struct)\s+([\w.]+)")
NAME = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+(?:(?:static|final|class|override|mutating)\s+)*"
    r"(func|let|var|enum|struct|class|typealias|init)\b\s*(`?\w+`?)?(.*)")

CASE = re.compile(r"^\s*case\s+(\w+)")


def balanced(lines, start):
    text = ""
    for line in lines[start:start + 40]:
        text += " " + line.strip()
        if text.count("(") == text.count(")") and "(" in text:
            break
    return text


def labels(text):
    """`(_ x: T, axis: Int = 0)` → `_:axis:`."""
    start = text.find("(")
    if start < 0:
        return ""
    depth, parts, current = 0, [], ""
    for character in text[start + 1:]:
        if character in "([{<":
            depth += 1
        if character in ")]}" or (character == ">" and not current.endswith("-")):
            depth -= 1
            if depth < 0:
                break
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    parts.append(current)
    names = [part.strip().split(":")[0].split()[0] for part in parts if ":" in part]
    return "".join(name + ":" for name in names)


def first_sentence(lines, index):
    """Of the documentation comment that ends above a line."""
    while index > 0 and lines[index - 1].strip().startswith("@"):
        index -= 1
    end = index
    while index > 0 and lines[index - 1].strip().startswith("///"):
        index -= 1
    words = []
    for line in lines[index:end]:
        text = line.strip()[3:].strip()
        if not text or text.startswith("- "):
            break
        words.append(text)
    return re.split(r"(?<=\.)\s", " ".join(words))[0]


def collect():
    """Name → (kind, forms, first sentence)."""
    found, aliases = {}, {}
    for path in sorted(SOURCES.glob("*.swift")):
        lines = path.read_text().split("\n")
        scopes = []  # (depth of braces inside of it, path of names or None)
        depth = 0
        for index, line in enumerate(lines):
            code = re.sub(r'"(?:\\.|[^"\\])*"', '""', line).split("//")[0]
            scope = SCOPE.match(code)
            inside = scopes[-1][1] if scopes else None
            direct = bool(scopes) and depth == scopes[-1][0]
            declared = NAME.match(code)
            case = CASE.match(code)
            if case and inside and direct:
                add(found, inside + "." + case.group(1), "let", "", first_sentence(lines, index))
            if declared and inside and direct:
                kind, name = declared.group(1), (declared.group(2) or "").strip("`")
                if kind in ("func", "let", "var", "typealias") and name:
                    full = inside + "." + name
                    form = ""
                    if kind == "func":
                        form = "(" + labels(balanced(lines, index)[balanced(lines, index).find(name):]) + ")"
                    add(found, full, kind, form, first_sentence(lines, index))
                    if kind == "typealias" and "=" in code:
                        aliases[full] = code.split("=")[1].strip()
                elif kind == "init":
                    add(found, inside, "type", "(" + labels(balanced(lines, index)) + ")",
                        first_sentence(lines, index))
            opened = code.count("{") - code.count("}")
            if scope and "{" in code:
                kind, name = scope.groups()
                if kind == "extension":
                    full = name if name == "tf" or name.startswith("tf.") else None
                elif name == "tf":
                    full = "tf"
                else:
                    is_open = re.search(r"\b(public|open)\b", code)
                    full = inside + "." + name if inside and direct and is_open else None
                    if full and kind != "enum":
                        add(found, full, "type", None, first_sentence(lines, index))
                if opened > 0:
                    scopes.append((depth + 1, full))
            depth += opened
            while scopes and depth < scopes[-1][0]:
                scopes.pop()
    # What an alias of a namespace or a type stands for has all that it has.
    for alias, target in aliases.items():
        target = target if target.startswith("tf.") else "tf." + target
        for name in [n for n in found if n.startswith(target + ".")]:
            kind, forms, text = found[name]
            found.setdefault(alias + name[len(target):], (kind, list(forms), text))
        if target in found and found[target][0] == "type":
            found[alias] = found[target]
    return found


def add(found, name, kind, form, text):
    known = found.setdefault(name, (kind, [], text))
    if form and form not in known[1]:
        known[1].append(form)
    if not known[2] and text:
        found[name] = (known[0], known[1], text)


def page(found):
    groups = {}
    for name in found:
        groups.setdefault(name.rsplit(".", 1)[0], []).append(name)
    text = HEAD
    for group in sorted(groups, key=lambda g: (g.count("."), g)):
        text += f"\n## {group}\n\n"
        for name in sorted(groups[group], key=str.lower):
            kind, forms, words = found[name]
            shown = ", ".join(f"`{name}{form}`" for form in forms) or f"`{name}`"
            text += f"- {shown}" + (f": {words}" if words else "") + "\n"
    return text


def share(found, path):
    rows = [row for row in csv.DictReader(open(path), delimiter="\t")]
    inside = [row for row in rows if not OUTSIDE.match(row["symbol"])]
    total = sum(int(row["files"]) for row in inside)
    # `tf.app.run` and `tf.nn.rnn_cell` alike: a namespace counts where it has names.
    known = set(found) | {name.rsplit(".", 1)[0] for name in found}
    missing = [row for row in inside if row["symbol"] not in known]
    lost = sum(int(row["files"]) for row in missing)
    print(f"{len(inside) - len(missing)} of {len(inside)} names, "
          f"{100 * (1 - lost / total):.1f} % of {total} uses (a use is a file that has the name)")
    for row in sorted(missing, key=lambda row: -int(row["files"])):
        print(f"{row['files']:>5}  {row['symbol']}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--usage", type=pathlib.Path)
    options = parser.parse_args()
    found = collect()
    if options.usage:
        share(found, options.usage)
    elif options.check:
        if not PAGE.exists() or PAGE.read_text() != page(found):
            sys.exit(f"{PAGE.relative_to(ROOT)} is not what the sources say: run Scripts/tensorflow1_names.py")
    else:
        PAGE.write_text(page(found))


if __name__ == "__main__":
    main()
