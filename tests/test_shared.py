"""Real documents that are not part of the project: skipped where `../shared` is not at hand."""

from __future__ import annotations

import json
import re

import pytest
from rapidfuzz.distance import Indel

from eval.parsing import LAWS, SHARED, WEB_PAGES, laws, read_articles, web_pages
from qa_bot.ingest import Source, read_source
from qa_bot.outline import outline
from qa_bot.text import squeeze, strip_space

pytestmark = pytest.mark.skipif(not WEB_PAGES.is_dir(), reason="../shared is not here")


def test_web_pages_of_the_state_council() -> None:
    rows = list(web_pages())
    assert sum(row.right for row in rows) >= 39
    assert all(row.covered for row in rows)
    assert len(rows) == len((WEB_PAGES / "manifest.jsonl").read_text(encoding="utf-8").splitlines())


def test_laws() -> None:
    """Of the files with articles at least 99 in 100 give the same articles in the same order."""
    if not LAWS.is_file():
        pytest.skip("../shared/scale is not here")
    total = right = 0
    for law in laws():
        found, covered = read_articles(law)
        assert covered, law.file
        total += bool(law.articles)
        right += bool(law.articles) and found == law.articles
    assert total == 3321
    assert right >= 0.99 * total


def without_asides(source: Source) -> str:
    text, at = "", 0
    for start, end in source.asides:
        text, at = text + source.text[at:start], end
    return text + source.text[at:]


def test_characters_of_web_pages() -> None:
    """The manifest counts a line break for each paragraph and cell; no page differs by more than 2 %."""
    exact = 0
    for line in (WEB_PAGES / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = without_asides(read_source(WEB_PAGES / row["file"]))
        pieces = [piece.strip() for piece in re.split("[\u2029\n\t]", text)]
        count = len("\n".join(piece for piece in pieces if piece))
        assert abs(count - row["chars"]) <= 0.02 * row["chars"], row["file"]
        exact += count == row["chars"]
    assert exact >= 35


WORD = SHARED / "ingest" / "doc_docx"


@pytest.mark.skipif(not WORD.is_dir(), reason="../shared/ingest/doc_docx is not here")
def test_word_documents_have_the_text_of_their_twins() -> None:
    """White space aside, and what the twins' makers draw: [pic], the borders of tables, lines over notes.

    Heads, feet and boxes stand elsewhere and more than once in the twins, so that they are compared by
    themselves: each of ours is in the twin. Automatic numbers are in ours only: antiword has none.
    """
    paths = [path for path in WORD.iterdir() if path.suffix in (".doc", ".docx")]
    assert len(paths) == 6
    for path in paths:
        source = read_source(path)
        twin = path.with_suffix(".txt").read_text(encoding="utf-8")
        twin = strip_space(re.sub(r"\[pic\]|[|]|-{5,}", "", twin))
        for start, end in source.asides:
            for aside in source.text[start:end].split("\u2029"):
                twin = twin.replace(strip_space(aside), "") if strip_space(aside) else twin
        ours = strip_space(without_asides(source))
        assert Indel.normalized_similarity(ours, twin) >= 0.995, path.name
        assert abs(len(ours) - len(twin)) <= 0.005 * len(twin), path.name


@pytest.mark.skipif(not WORD.is_dir(), reason="../shared/ingest/doc_docx is not here")
def test_word_documents_are_understood() -> None:
    for path in WORD.glob("*.doc*"):
        found = outline(read_source(path))
        assert found.coverage.missing == ()
        title = found.issue.documents[0].title
        assert title is not None
        assert squeeze(title) in squeeze(path.stem), path.name
