"""Real documents that are not part of the project: skipped where `../shared` is not at hand."""

from __future__ import annotations

import pytest

from eval.parsing import LAWS, WEB_PAGES, laws, read_articles, web_pages

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
