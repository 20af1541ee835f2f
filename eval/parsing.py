"""Parse real documents and generated texts, and print how much comes out right and how fast.

    python eval/parsing.py             all figures of docs/parsing.md
    python eval/parsing.py --misses    every law and page that differs, with what was read instead
    python eval/parsing.py --linear    only the generated texts of 12, 25 and 50 MB

Needs `../shared` for the laws and web pages; what is not there is left out and said.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_bot.clauses import parse_clauses
from qa_bot.gazette import parse_issue
from qa_bot.ingest import Source, read_corpus, read_source
from qa_bot.outline import account, outline
from qa_bot.text import chinese_number, parse_number

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
LAWS = SHARED / "scale" / "laws.jsonl.xz"
WEB_PAGES = SHARED / "ingest" / "govcn_html"
_ARTICLE = re.compile(r"/(art_\d+(?:之[^/~]+)?)(?:~\d+)?(?=/|$)")


@dataclass(frozen=True, slots=True)
class Law:
    """A law joined from its articles, and their ids in order (empty where it has none)."""

    file: str
    text: str
    articles: list[str]


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page of the State Council: whether title, issuer and number are those of the manifest."""

    file: str
    right: bool
    covered: bool
    found: tuple[str, str | None, str | None]
    wanted: tuple[str, str, str]


def laws() -> Iterator[Law]:
    """The laws of the scale set; `段N` are unnumbered paragraphs."""
    rows: dict[str, list[dict[str, str]]] = {}
    with lzma.open(LAWS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            rows.setdefault(row["file"], []).append(row)
    for file, articles in rows.items():
        pieces = [articles[0]["law"]]
        ids = []
        for row in articles:
            number = re.match(r"第(.+?)条(之.+)?", row["article"])
            pieces.append(f"{row['article']} {row['text']}" if number else row["text"])
            if number:
                ids.append(f"art_{parse_number(number[1])}{number[2] or ''}")
        yield Law(file, "\n\n".join(pieces), ids)


def read_articles(law: Law) -> tuple[list[str], bool]:
    """The ids of a law's articles as they are parsed, and whether every character is accounted for."""
    source = Source("law.txt", law.text, "0" * 64)
    parsed = parse_clauses(parse_issue(source), source)
    found: list[str] = []
    for clause in parsed.clauses:
        match = _ARTICLE.search(clause.id)
        if match and found[-1:] != [match[1]]:
            found.append(match[1])
    return found, not any("not understood" in warning for warning in parsed.warnings)


def web_pages() -> Iterator[WebPage]:
    """The pages of the State Council against their manifest."""
    for line in (WEB_PAGES / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        read = outline(read_source(WEB_PAGES / row["file"]))
        documents = read.issue.documents
        first = documents[0]
        found = (first.title, first.issuer, first.number)
        wanted = (row["title"], row["office"], row["number"])
        right = found == wanted and len(documents) == 1
        yield WebPage(row["file"], right, not read.coverage.missing, found, wanted)


def generated(megabytes: int) -> str:
    """A gazette-like text of that many megabytes of UTF-8: chapters, articles, items, tables, lists."""
    draw = random.Random(megabytes)
    words = [
        "企业应当建立健全管理制度",
        "主管部门依照职责监督检查",
        "申请人提交真实材料",
        "违反规定的责令改正",
    ]
    lines = ["某市药品经营管理办法"]
    size = number = 0
    while size < megabytes * 1_000_000:
        number += 1
        block = [f"第{chinese_number(number)}条 {'，'.join(draw.choices(words, k=4))}："]
        block += [
            f"（{chinese_number(n)}）{'，'.join(draw.choices(words, k=3))}；" for n in range(1, 6)
        ]
        block += [f"{'，'.join(draw.choices(words, k=8))}。" for _ in range(3)]
        if number % 50 == 0:
            block += ["序号\t行为\t处罚"] + [
                f"{n}\t{draw.choice(words)}\t{n * 100}元" for n in range(1, 20)
            ]
        lines.extend(block)
        size += sum(3 * len(line) for line in block)
    return "\n".join(lines)


def seconds(text: str) -> float:
    """Processor time of parsing a text, references not counted."""
    source = Source("t.txt", text, "0" * 64)
    began = time.process_time()
    parse_clauses(parse_issue(source), source)
    return time.process_time() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--linear", action="store_true")
    arguments = parser.parse_args()
    if not arguments.linear:
        for source, known in read_corpus(ROOT / "corpus"):
            print(account(source.file, outline(source, known).coverage))
        if WEB_PAGES.is_dir():
            pages = list(web_pages())
            print(
                f"web pages: title, issuer and number right {sum(p.right for p in pages)} of {len(pages)}, "
                f"covered {sum(p.covered for p in pages)}"
            )
            for page in pages:
                if arguments.misses and not page.right:
                    print(f"  {page.file}: {page.found} instead of {page.wanted}")
        if LAWS.is_file():
            _print_laws(arguments.misses)
        else:
            print("no ../shared: laws and web pages left out")
    _print_linear()


def _print_laws(misses: bool) -> None:
    total = right = uncovered = size = 0
    began = spent = 0.0
    for law in laws():
        began = time.process_time()
        found, covered = read_articles(law)
        spent += time.process_time() - began
        size += len(law.text.encode())
        uncovered += not covered
        if law.articles:
            total += 1
            right += found == law.articles
            if misses and found != law.articles:
                differs = next(
                    (pair for pair in zip(law.articles, found, strict=False) if pair[0] != pair[1]),
                    None,
                )
                print(f"  {law.file}: {len(law.articles)} articles, {len(found)} read, {differs}")
    print(
        f"laws: same articles in the same order {right} of {total} ({100 * right / total:.1f}%), "
        f"not covered {uncovered}; {size / 1e6 / spent:.1f} MB/s"
    )


def _print_linear() -> None:
    base = 0.0
    for megabytes in (12, 25, 50):
        text = generated(megabytes)
        spent = seconds(text)
        base = base or spent / megabytes
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"generated {megabytes} MB: {spent:.1f} s, {megabytes / spent:.1f} MB/s, "
            f"time per MB against the first {spent / megabytes / base:.2f}, peak {peak:.1f} GB"
        )


if __name__ == "__main__":
    main()
