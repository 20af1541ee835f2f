"""The tree of the gazette, as it was read line by line against the text.

After a change that is right, and was read: qa-bot show corpus/wenzhou-2019-04.txt --full > tests/golden/wenzhou-2019-04.txt
"""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

import pytest

from qa_bot.inspect import file_outline
from qa_bot.outline import Outline

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def gazette() -> Outline:
    return file_outline(ROOT / "corpus" / "wenzhou-2019-04.txt")


def test_tree(gazette: Outline) -> None:
    golden = (ROOT / "tests" / "golden" / "wenzhou-2019-04.txt").read_text(encoding="utf-8")
    found = "\n".join(gazette.lines(full=True)) + "\n"
    changed = difflib.unified_diff(golden.split("\n"), found.split("\n"), "golden", "parsed", n=1)
    assert found == golden, "\n".join(changed)


def test_internal_references(gazette: Outline) -> None:
    """Every reference to a place in the gazette itself, and what it means, by reading the text."""
    rules = "温市监规〔2019〕1号/annex_1"
    wanted = {
        ("本细则第二章", f"{rules}/art_7/para_1", 22),
        ("本细则第十八条", f"{rules}/art_18/para_1", 1),
        ("本章第二十九条至第三十二条", f"{rules}/art_29", 4),
        ("本章第二十九条至第三十五条", f"{rules}/art_29", 7),
        ("第五十一条", f"{rules}/art_51", 1),
        ("本细则第三十六条", f"{rules}/art_36/para_1", 1),
        ("第二十九条第一款", f"{rules}/art_29/para_1", 1),
        ("第三十八条", f"{rules}/art_38/para_1", 1),
        ("第五十一条第一款", f"{rules}/art_51/para_1", 1),
        ("第六十三条第一款", f"{rules}/art_63/para_1", 1),
        ("附件", rules, 1),
    }
    found = {
        (one.text, one.targets[0], len(one.targets))
        for one in gazette.links.references
        if one.status == "internal" and not one.text.startswith("《") and "号" not in one.text
    }
    assert found == wanted
    # What a notice calls by its title is the text that it prints.
    titled = {
        one.targets
        for one in gazette.links.references
        if one.status == "internal" and one.text.startswith("《")
    }
    assert titled == {
        ("温政办〔2019〕35号/issued",), ("温政办〔2019〕37号/issued",), (rules,),
        ("温财法〔2019〕119号/annex_1",), ("温环发〔2019〕17号/annex_1",),
    }  # fmt: skip


def test_what_is_left_open(gazette: Outline) -> None:
    """款 counted before or after the amendment, and a short form that the paper never explains."""
    left = Counter(one.text for one in gazette.links.references if one.status == "unresolved")
    assert left == {"第三款": 3, "第四款": 1, "第二款": 2, "《举措》": 1}


def test_relations(gazette: Outline) -> None:
    kinds = Counter(one.kind for one in gazette.links.relations)
    assert (kinds["amends"], kinds["repeals"], kinds["prevails_over"], kinds["commences"]) == (
        9,
        7,
        2,
        5,
    )
    (reworded,) = gazette.warnings
    # 应当符合 in the notice, 应符合 in the rules that it prints: the gazette contradicts itself.
    assert "第三十八条" in reworded
