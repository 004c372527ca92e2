#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Documentation/Functions.md: every public function with what its documentation says.

    Scripts/functions.py            writes the page
    Scripts/functions.py --check    fails where the page is not what the sources say

The text is that of the documentation comments, and that of a file's heading for what all of its functions
have in common. Of the forms with and without element types, which say the same, one is listed.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "Documentation" / "Functions.md"
PARTS = [
    ("Functions of tensors", "Sources/WeftGraph/Functions"),
    ("Strings and hash tables", "Sources/WeftGraph/Strings"),
    ("Graphs and tensors", "Sources/WeftGraph/Graph"),
    ("Gradients", "Sources/WeftGraph/Gradients"),
    ("Arrays", "Sources/WeftArrays"),
    ("Files", "Sources/WeftFormats"),
    ("Arithmetic of arrays", "Sources/Weft/Arrays"),
    ("Layers", "Sources/Weft/Layers"),
    ("Training", "Sources/Weft/Training"),
    ("Vocabularies", "Sources/Weft/Data"),
    ("Data", "Sources/WeftData"),
    ("Images", "Sources/WeftImages"),
    ("Sessions", "Sources/Weft/Session"),
    ("Checkpoints", "Sources/WeftCheckpoints"),
    ("Trainers", "Sources/WeftTraining"),
    ("Charts", "Sources/WeftCharts"),
]
HEAD = """# The public functions

What each takes and gives, by theme. Written by `Scripts/functions.py` from the comments in the sources,
and checked by `Scripts/lint.sh`; the reference with all declarations and types is made by
`Scripts/reference.sh`.

A function of tensors whose operands do not fit gives a tensor that carries a `GraphError`; one whose operands
turn out not to fit when shapes or elements are known makes the run throw a `RunError`. Functions of arrays
throw an `ArrayError`. Axes count from 0, negative ones from the end; angles are in radians, and logarithms
natural, where nothing else is said.
"""
# Whose methods are listed by their names alone.
TENSORS = {
    "Tensor.", "AnyTensor.", "TensorProtocol.", "NumericTensor.", "FloatingTensor.", "IntegerTensor.",
    "LogicalTensor.", "StringTensor.", "OrderedTensor.",
}
DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?:(?:static|mutating|final|class|prefix|infix|convenience)\s+)*"
    r"(func|init|subscript|var)\b(.*)")


def balanced(lines, start):
    """The text of a declaration up to its parameters' closing parenthesis."""
    text = ""
    for line in lines[start:start + 40]:
        text += " " + line.strip()
        depth = 0
        seen = False
        for position, character in enumerate(text):
            if character == "(":
                depth, seen = depth + 1, True
            elif character == ")":
                depth -= 1
                if seen and depth == 0:
                    return text[:position + 1]
            elif character == "{" and not seen:
                return text
    return text


def labels(parameters):
    """The argument labels of a list of parameters."""
    names, depth, current = [], 0, ""
    for character in parameters:
        depth += character in "([<{"
        depth -= character in ")]}"
        if character == ">" and not current.endswith("-"):
            depth -= 1
        if character == "," and depth == 0:
            names.append(current)
            current = ""
        else:
            current += character
    if current.strip():
        names.append(current)
    return "".join(name.strip().split(":")[0].split()[0] + ":" for name in names)


def heading(kind, lines, index, rest):
    """How a declaration is called: `matmul(_:_:)`, `count`, `init(_:)`."""
    if kind == "var":
        return re.match(r"\s*`?(\w+)", rest)[1]
    text = balanced(lines, index)
    open_at = text.find("(", re.search(r"\b(func|init|subscript)\b", text).end())
    name = kind if kind != "func" else re.match(r"\s*`?([^\s(<`]+|[<>=!+*/&|.^~%-]+)", rest)[1]
    if kind == "func" and re.match(r"[.<>=!+*/&|^~%-]", name):
        name = re.match(r"\s*(\S+?)(?=\s|\(|<[A-Z])", rest)[1]
    if re.match(r"\W", name):
        return name
    return f"{name}({labels(text[open_at + 1:-1])})"


def paragraphs(comment):
    """The prose of a comment, and its fields: shape, parameters, results, errors."""
    prose, fields, current, inside = [], [], None, False
    for line in comment:
        if line.strip().startswith("```"):
            inside = not inside
            continue
        if inside:
            continue
        field = re.match(r"\s*- (Shape|Parameter|Parameters|Returns|Throws|Note|Precondition)\b ?(.*)", line)
        if field:
            current = [field[1], field[2].lstrip(": ")]
            fields.append(current)
        elif current and line.strip():
            current[1] += " " + line.strip()
        elif line.strip():
            prose.append(line.strip())
    return " ".join(prose), fields


def entry(name, comment):
    prose, fields = paragraphs(comment)
    text = f"- **`{name}`**: {prose or 'see above.'}"
    for kind, value in fields:
        if kind == "Parameters":
            value = re.sub(r"(?:^|\s)- (\w+): ", r" *\1*: ", value).strip()
        elif kind == "Parameter":
            value = re.sub(r"^(\w+): ", r"*\1*: ", value)
        else:
            value = f"*{kind}*: {value}"
        text += f" {value}" if text.endswith(".") else f". {value}"
    return text


def theme(path):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path.stem.replace("+", ": ")).capitalize()


def section(path):
    lines = path.read_text().splitlines()
    entries, comment, remarks, remark = [], [], [], []
    # What an extension says is of interest where something in it is public.
    pending = None
    owner = ""
    for index, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("///"):
            comment.append(stripped[3:][1:] if len(stripped) > 3 else "")
            continue
        if re.match(r"^// (?!SPDX|MARK)", line) or (remark and line == "//"):
            remark.append(line[2:].strip())
            continue
        if remark:
            remarks.append(" ".join(remark))
            remark = []
        named = re.match(
            r"^(?:\w+ )*?(?:extension|struct|class|enum|protocol) ([\w.]+)", line)
        if named or line == "}":
            owner = named[1] + "." if named else ""
        found = DECLARATION.match(line)
        if found and comment:
            if pending:
                remarks.append(pending)
                pending = None
            name = heading(found[1], lines, index, found[2])
            if name.startswith("init") or owner not in TENSORS and re.match(r"\w", name):
                name = owner + name
            text = entry(name, comment)
            if text not in entries:
                entries.append(text)
        elif re.match(r"^(?:public )?(?:final |indirect )?(extension|struct|class|enum|protocol)\b", line) and comment:
            about = paragraphs(comment)[0]
            kind, name = re.search(r"(extension|struct|class|enum|protocol) ([\w.]+)", line).groups()
            if kind == "extension":
                pending = about
            elif "public" in line:
                entries.append(f"- **`{name}`** ({kind}): {about}")
        if not stripped.startswith("@"):
            comment = []
    if not entries:
        return []
    return [f"### {theme(path)}", ""] + [text for remark in remarks for text in (remark, "")] + entries + [""]


def page():
    lines = [HEAD]
    for title, folder in PARTS:
        sections = [section(path) for path in sorted((ROOT / folder).rglob("*.swift"))]
        lines += [f"## {title}", ""] + [line for part in sections for line in part]
    return "\n".join(lines).rstrip() + "\n"


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            sys.exit("Documentation/Functions.md is not what the sources say: run Scripts/functions.py")
        return
    PAGE.write_text(text)


main()
