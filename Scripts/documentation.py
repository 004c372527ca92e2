#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a DocC catalogue of the module Weft with the pages of Documentation as articles, for Scripts/reference.sh.

    Scripts/documentation.py FOLDER     writes FOLDER/Weft.docc

Links between pages become DocC's; links to other files of the repository, which the site does not have, become their text.
"""
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "Documentation"
# In the order of the site; what is not here is for people who work on Weft, or too long for a page.
GUIDES = {
    "Learning Weft": [
        "GettingStarted", "SessionsAndPlans", "Gradients", "BatchNormalization", "Data", "Checkpoints",
        "Reproducibility", "Debugging", "Performance", "Limitations"],
    "Coming from elsewhere": [
        "ComingFromKerasAndPyTorch", "ComingFromTensorFlow1", "ComingFromSwiftForTensorFlow"],
    "Adding to it": ["AddingALayer", "AddingAnOperation", "Architecture", "Glossary"],
}
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def linked(match):
    text, target = match.groups()
    if re.match(r"^[a-z]+:", target):
        return match.group(0)
    page = pathlib.PurePosixPath(target.split("#")[0])
    known = page.suffix == ".md" and len(page.parts) == 1 and any(page.stem in pages for pages in GUIDES.values())
    return f"[{text}](doc:{page.stem})" if known else text


def article(text):
    """A page without what only GitHub shows, and with DocC's links."""
    text = re.sub(r"<!--.*?-->\n*", "", text, flags=re.S)
    parts = re.split(r"(^```.*?^```$)", text, flags=re.S | re.M)
    text = "".join(part if part.startswith("```") else LINK.sub(linked, part) for part in parts)
    # A page begins with what it is about; DocC wants a line of prose behind the title.
    return re.sub(r"\A(# [^\n]*\n)\n(?=##|\||```|- )", r"\1\nA page of Weft's documentation.\n\n", text)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    catalogue = pathlib.Path(sys.argv[1]) / "Weft.docc"
    shutil.rmtree(catalogue, ignore_errors=True)
    shutil.copytree(ROOT / "Sources" / "Weft" / "Weft.docc", catalogue)
    topics = ""
    for title, pages in GUIDES.items():
        topics += f"### {title}\n\n" + "".join(f"- <doc:{page}>\n" for page in pages) + "\n"
        for page in pages:
            (catalogue / f"{page}.md").write_text(article((PAGES / f"{page}.md").read_text()))
    main_page = catalogue / "Weft.md"
    text = main_page.read_text()
    assert "## Topics\n\n" in text
    main_page.write_text(text.replace("## Topics\n\n", "## Topics\n\n" + topics, 1))


if __name__ == "__main__":
    main()
