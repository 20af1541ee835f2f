"""How the pages of ../shared/ingest/ofd are read: OFD against its manifest, PDF against pdftotext.

    python eval/pages.py [--folder ../shared/ingest/ofd]

Prints two tables in Markdown. Characters are counted without white space, except in the manifest, which
counts all of them; `as drawn` is what all text objects of the file hold, page or not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import time
import zipfile
from collections import Counter
from pathlib import Path

from lxml import etree
from rapidfuzz.distance import LCSseq

from qa_bot.errors import SourceError
from qa_bot.ingest.ofd import read_ofd
from qa_bot.ingest.pdf import read_pdf
from qa_bot.text import strip_space


def drawn(path: Path) -> str:
    """What the text objects of an OFD file hold, in the order of its members."""
    texts = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            stem = name.rpartition("/")[2].lower()
            if not (stem.startswith(("content", "annot")) and stem.endswith(".xml")):
                continue
            try:
                root = etree.fromstring(package.read(name))
            except etree.XMLSyntaxError:
                continue
            texts.extend("".join(code.itertext()) for code in root.iter("{*}TextCode"))
    return "".join(texts)


def beginning(text: str, head: str) -> str:
    """How the manifest's first characters stand in a text."""
    if not head:
        return ""
    if text.startswith(head):
        return "same"
    if head in text:
        return "further on"
    return "in another order" if not Counter(head) - Counter(text) else "differs"


def ofd_rows(folder: Path) -> list[tuple[str, ...]]:
    rows = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        path = folder / entry["file"]
        if path.suffix != ".ofd":
            continue
        expected = len(strip_space(drawn(path)))
        try:
            found = read_ofd(path.read_bytes(), path.name)
        except SourceError as error:
            reason = str(error).split("：")[0].split("；")[0].removeprefix(path.name).strip()
            rows.append((path.name, str(entry["text_chars"]), str(expected), "", "", reason))
            continue
        text = strip_space(found.text)
        aside = sum(len(strip_space(found.text[a:b])) for a, b in found.asides)
        rows.append(
            (
                path.name,
                str(entry["text_chars"]),
                str(expected),
                str(len(text)),
                str(aside or ""),
                beginning(text, strip_space(entry["text_head"])),
            )
        )
    return rows


def pdf_rows(folder: Path) -> list[tuple[str, ...]]:
    rows = []
    for path in sorted(folder.glob("*.pdf")):
        start = time.perf_counter()
        try:
            text = strip_space(read_pdf(path.read_bytes(), path.name).text)
        except SourceError as error:
            rows.append((path.name, "", "", "", "", str(error)))
            continue
        seconds = time.perf_counter() - start
        done = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
        )
        other = strip_space(done.stdout)
        shared = sum((Counter(text) & Counter(other)).values()) / max(len(other), 1)
        order = LCSseq.similarity(text, other) / max(len(other), 1)
        rows.append(
            (
                path.name,
                str(len(other)),
                str(len(text)),
                f"{shared:.2%}",
                f"{order:.2%}",
                f"{seconds:.2f}",
            )
        )
    return rows


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("../shared/ingest/ofd"))
    folder = parser.parse_args().folder
    head = ("OFD", "manifest", "as drawn", "read", "of it beside", "beginning, or reason")
    print(table(head, ofd_rows(folder)))
    if shutil.which("pdftotext"):
        head = ("PDF", "pdftotext", "read", "same characters", "in the same order", "seconds")
        print()
        print(table(head, pdf_rows(folder)))


if __name__ == "__main__":
    main()
