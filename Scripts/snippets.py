#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a program of the code blocks in the documentation, so that each compiles and runs.

    Scripts/snippets.py            writes Tests/DocumentationBlocks/*Blocks.swift
    Scripts/snippets.py --check    fails where they are not what the pages say

A page's Swift blocks become functions, which the program DocumentationBlocks calls; what a reader has anyway,
such as arrays to feed, is said in a comment of the page that nobody sees, directly in front of the block:

    <!-- snippet
    let images = NDArray.zeros([8, 784])
    -->

`<!-- snippet: goes on -->` puts a block behind the one before, in one function; `<!-- snippet: not run -->` only
compiles it; `<!-- snippet: none -->` leaves out what is no program of the package's. Each runs in a folder of
its own, so files that it writes are nobody's.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCKS = ROOT / "Tests" / "DocumentationBlocks"
BLOCK = re.compile(
    r"(?:<!-- snippet(?P<how>:[^\n]*?)?(?:\n(?P<before>.*?)\n)?\s*-->\n+)?^```swift\n(?P<code>.*?)^```$",
    re.S | re.M)
BOUND = re.compile(r"^(?:let|var) (?:\(([^)]*)\)|`?(\w+)`?)", re.M)


def pages():
    paths = [ROOT / "README.md", *sorted((ROOT / "Documentation").rglob("*.md")),
             *sorted((ROOT / "Sources").rglob("*.docc/**/*.md"))]
    for path in paths:
        if "```swift\n" in path.read_text():
            yield path


def names(code):
    """What a block binds, in the order of its lines."""
    found = []
    for match in BOUND.finditer(code):
        for name in (match.group(1) or match.group(2)).split(","):
            name = name.strip()
            if name and name != "_" and name not in found:
                found.append(name)
    return found


def block_file(path):
    page = path.relative_to(ROOT)
    text = path.read_text()
    imports, bodies = set(), []
    for match in BLOCK.finditer(text):
        how = (match.group("how") or "").strip(": ")
        if how == "none":
            continue
        line = text[:match.start("code")].count("\n") + 1
        lines = []
        for number, content in enumerate(match.group("code").split("\n")[:-1], line):
            imported = re.match(r"^(?:@\w+ )*import (\w+)$", content)
            if imported:
                imports.add(imported.group(1))
            else:
                lines.append((number, content))
        before = match.group("before") or ""
        for imported in re.findall(r"^import (\w+)$", before, re.M):
            imports.add(imported)
        before = re.sub(r"^import \w+\n?", "", before, flags=re.M)
        body = []
        if before.strip():
            body += before.split("\n")
        while lines and not lines[0][1].strip():
            lines.pop(0)
        if lines:
            body.append(f'#sourceLocation(file: "{page}", line: {lines[0][0]})')
            body += [content for _, content in lines]
            body.append("#sourceLocation()")
        bound = names(before + "\n" + "\n".join(content for _, content in lines))
        if how == "goes on" and bodies:
            bodies[-1]["lines"] += body
            bodies[-1]["bound"] += [name for name in bound if name not in bodies[-1]["bound"]]
        else:
            bodies.append({"line": line, "lines": body, "bound": bound, "runs": how != "not run"})
    if not bodies:
        return None
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]", page.stem)) + "Blocks"
    out = ["// SPDX-License-Identifier: Apache-2.0",
           f"// Written by Scripts/snippets.py from {page}; change that.",
           "// swift-format-ignore-file"]
    out += [f"import {imported}" for imported in sorted(imports)]
    out += ["", f"enum {name}: Page {{", f'    static let path = "{page}"',
            "    static let blocks: [(line: Int, run: Block)] = ["]
    out += [f"        ({body['line']}, line{body['line']})," for body in bodies if body["runs"]]
    out += ["    ]", ""]
    for body in bodies:
        out.append(f"    static func line{body['line']}() async throws {{")
        out += body["lines"]
        out += [f"_ = {bound}" for bound in body["bound"]]
        out += ["    }", ""]
    out[-1] = "}"
    return name, "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wanted = {}
    for path in pages():
        made = block_file(path)
        if made:
            name = f"{made[0]}.swift"
            if name in wanted:
                sys.exit(f"two pages are called {path.name}")
            wanted[name] = made[1]
    wanted["Pages.swift"] = (
        "// SPDX-License-Identifier: Apache-2.0\n// Written by Scripts/snippets.py.\n\n"
        "/// The pages that have blocks.\nvar pages: [any Page.Type] {\n    [\n"
        + "".join(f"        {name[:-6]}.self,\n" for name in sorted(wanted)) + "    ]\n}\n")
    there = {path.name: path for path in BLOCKS.glob("*.swift") if path.name != "main.swift"}
    if options.check:
        wrong = sorted(set(wanted) ^ set(there)) + [
            name for name in wanted if name in there and there[name].read_text() != wanted[name]]
        if wrong:
            sys.exit(f"{', '.join(wrong)}: not what the pages say; run Scripts/snippets.py")
        return
    BLOCKS.mkdir(parents=True, exist_ok=True)
    for name, path in there.items():
        if name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        if name not in there or there[name].read_text() != text:
            (BLOCKS / name).write_text(text)


if __name__ == "__main__":
    main()
