"""Linking issue by issue gives what linking all at once gives, and says when it has to be done anew.

Run as a program it prints the digest of everything that is read of the texts below: the same with any
`PYTHONHASHSEED`.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from qa_bot.clauses import Clause, Parsed, parse_clauses
from qa_bot.companions import Pair, pair_up, pairs_in
from qa_bot.exemptions import exemptions_in
from qa_bot.gazette import Issue, keep_apart, parse_issue
from qa_bot.ingest import Source, read_source
from qa_bot.references import (
    IssueLinks,
    Names,
    Shelf,
    Text,
    catalogue_of,
    link,
    link_issue,
    names_of,
    text_key,
)
from qa_bot.synonyms import definitions_in
from qa_bot.words import name_counts, people

ROOT = Path(__file__).parent.parent
SCALE = Path(ROOT.parent / "shared" / "scale" / "laws.jsonl.xz")
Unit = tuple[Issue, Parsed]
_KINDS = ("停车", "养犬", "供水", "排水", "路灯")
_DIGITS = "零一二三四五六七八九"
WORDING = "依照《某市供水管理办法》第四条和前条应当登记，但第二条第二款规定的除外。"


def rules(number: int, kind: str, articles: int, city: str = "某市", other: str = "供水") -> str:
    """A notice that issues rules of so many articles, which point at each other and at those of another kind."""
    title = f"{city}{kind}管理办法"
    lines = [
        f"{city}人民政府关于印发{title}的通知", f"某政发〔2020〕{number}号", "各区人民政府：",
        f"现将《{title}》印发给你们。", "某市人民政府", "2020年1月2日", title,
        f"第一条 根据《中华人民共和国道路交通安全法》、《某市{other}管理办法》（某政发〔2020〕2号），制定本办法。",
        f"第二条 本办法所称{kind}，是指面积不得少于40平方米的{kind}。",
        f"有下列情形之一的，{kind}可以不适用前款规定：", "（一）抢险；", "（二）救护。",
    ]  # fmt: skip
    lines.extend(f"第{_DIGITS[at]}条 {WORDING.replace('供水', other)}" for at in range(3, articles))
    lines.append(f"第{_DIGITS[articles]}条 本办法自2020年2月1日起施行。")
    return "\n".join(lines) + "\n"


def amendment(number: int, kind: str, said: str) -> str:
    """A decision that amends the rules of a kind, wherever these stand, and repeals a notice."""
    return "\n".join(
        [
            f"某市人民政府关于修改《某市{kind}管理办法》的决定", f"某政发〔2021〕{number}号", "各区人民政府：",
            f"一、第三条修改为：“第三条 {said}”", "二、删除第九条。",
            f"三、《某市人民政府关于印发某市{kind}管理办法的通知》（某政发〔2020〕{number}号）同时废止。",
            "某市人民政府", "2021年1月2日",
        ]
    ) + "\n"  # fmt: skip


def listed(number: int) -> str:
    """A notice with a list of exemptions whose basis is another text."""
    return "\n".join(
        [
            "某市公安局关于印发轻微违法行为不予行政处罚清单的通知", f"某公发〔2020〕{number}号", "各分局：",
            "对列入本清单的违法行为，同时符合下列条件的，不予行政处罚。附件所列的，适用《某市停车管理办法》第二条。",
            "附件：轻微违法行为不予行政处罚清单", "某市公安局", "2020年3月2日", "附件",
            "轻微违法行为不予行政处罚清单", "序号\t违法行为\t法律依据\t适用条件",
            "1\t未按规定登记的\t《某市停车管理办法》第三条\t首次违法且及时改正",
            "2\t未按规定办证的\t《某市养犬管理办法》第二条第一款\t首次违法且及时改正",
        ]
    ) + "\n"  # fmt: skip


def read(*sources: Source) -> list[Unit]:
    issues = keep_apart([parse_issue(source) for source in sources])
    return [
        (issue, parse_clauses(issue, source)) for issue, source in zip(issues, sources, strict=True)
    ]


def written(seed: int) -> list[Unit]:
    """Issues that point at each other; some titles and numbers stand in two of them."""
    draw = random.Random(seed)
    kinds = (*_KINDS, draw.choice(_KINDS))
    cities = ("某市", "某市", "某市", "乙市")
    texts = [
        rules(number, kind, draw.randint(4, 9), draw.choice(cities), draw.choice(_KINDS[2:]))
        for number, kind in enumerate(kinds, start=1)
    ]
    texts += [
        amendment(number, kind, draw.choice((WORDING, "应当登记。")))
        for number, kind in enumerate(_KINDS, start=1)
    ]
    texts += [listed(1), texts[0]]
    draw.shuffle(texts)
    bounds = [0, *sorted(draw.sample(range(1, len(texts)), 6)), len(texts)]
    return read(
        *(
            Source(f"f{at}.txt", "".join(texts[a:b]), "0" * 64)
            for at, (a, b) in enumerate(pairwise(bounds))
        )
    )


def found_texts() -> list[Source]:
    """The texts of the project's tests."""
    folders = (ROOT / "tests" / "documents", ROOT / "tests" / "exemption_lists", ROOT / "corpus")
    paths = [path for folder in folders for path in sorted(folder.iterdir())]
    return [read_source(path) for path in paths if path.suffix in (".txt", ".html")]


class Loader:
    """Gives the texts of issues by key, each made anew of the clauses, and counts them."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.clauses: dict[str, list[Clause]] = {}
        self.loaded: list[str] = []
        for _, parsed in units:
            for clause in parsed.clauses:
                key = text_key(clause.document_id, clause.part_id)
                self.clauses.setdefault(key, []).append(clause)

    def __call__(self, key: str) -> Text:
        self.loaded.append(key)
        return Text.of(key, self.clauses.get(key, []))


def shelf_of(units: Sequence[Unit]) -> tuple[Shelf, Loader]:
    """A shelf as an index has it: names that were written to a file, texts that are read when needed."""
    names = [
        Names.from_json(json.loads(json.dumps(names_of(issue).to_json()))) for issue, _ in units
    ]
    loader = Loader(units)
    return Shelf(catalogue_of(names), loader, kept=2), loader


def linked(units: Sequence[Unit]) -> list[IssueLinks]:
    """Every issue linked by itself."""
    shelf, _ = shelf_of(units)
    return [link_issue(issue, parsed.clauses, shelf) for issue, parsed in units]


def clause_of(units: Sequence[Unit]) -> dict[str, Clause]:
    return {clause.id: clause for _, parsed in units for clause in parsed.clauses}


def assert_same(units: Sequence[Unit]) -> None:
    """What is read issue by issue is what is read at once."""
    corpus = [(issue, parsed.clauses) for issue, parsed in units]
    whole, each = link(corpus), linked(units)
    assert tuple(one for links in each for one in links.references) == whole.references
    assert tuple(one for links in each for one in links.relations) == whole.relations
    assert tuple(one for links in each for one in links.warnings) == whole.warnings
    by_id = clause_of(units)
    pairs = [
        pairs_in(issue, parsed.clauses, links, by_id.get)
        for (issue, parsed), links in zip(units, each, strict=True)
    ]
    flat = [pair for some in pairs for pair in some]
    assert tuple(flat) == pair_up(corpus, whole)
    assert len({(p.clause_id, p.role, p.other_id, p.term) for p in flat}) == len(flat)
    for (issue, parsed), links in zip(units, each, strict=True):
        assert exemptions_in(issue, parsed, links) == exemptions_in(issue, parsed, whole)


@pytest.mark.parametrize("seed", range(12))
def test_issue_by_issue_is_as_all_at_once(seed: int) -> None:
    units = written(seed)
    assert_same(units)
    draw = random.Random(seed)
    for _ in range(3):  # parts of them, in another order
        assert_same(draw.sample(units, draw.randint(1, len(units))))


def test_the_generated_texts_point_at_each_other() -> None:
    """Or the test above would prove nothing."""
    crossing: dict[str, int] = {}
    for seed in range(12):
        units = written(seed)
        home = {name: issue.id for issue, parsed in units for name in clause_of([(issue, parsed)])}
        for (issue, _), links in zip(units, linked(units), strict=True):
            for one in links.references:
                others = [t for t in one.targets if home.get(t, issue.id) != issue.id]
                crossing[one.status] = crossing.get(one.status, 0) + 1
                crossing["across"] = crossing.get("across", 0) + len(others)
            for relation in links.relations:
                crossing[relation.kind] = crossing.get(relation.kind, 0) + 1
                crossing["in_text"] = crossing.get("in_text", 0) + relation.in_text
    for kind in ("internal", "unresolved", "across", "amends", "repeals", "in_text", "based_on"):
        assert crossing[kind] >= 5, crossing


@pytest.mark.parametrize("seed", range(3))
def test_real_texts_in_any_order(seed: int) -> None:
    sources = found_texts()
    draw = random.Random(seed)
    assert_same(read(*draw.sample(sources, 24 if seed else len(sources))))


def test_laws() -> None:
    if not SCALE.is_file():
        pytest.skip("../shared/scale is not here")
    from eval.parsing import laws

    some = random.Random(7).sample(list(laws()), 120)
    assert_same(read(*(Source(f"{at}.txt", law.text, "0" * 64) for at, law in enumerate(some))))


def test_only_issues_that_asked_for_a_changed_name_are_linked_anew() -> None:
    """Issues come, go and change; what is kept of the others is what linking everything gives."""
    assert sum(spared_of(seed) for seed in range(20)) > 50


def spared_of(seed: int) -> int:
    """How many issues need not be linked anew in some steps, each of which is checked."""
    draw = random.Random(100 + seed)
    every = written(seed)
    kept: dict[str, tuple[Unit, IssueLinks, tuple[Pair, ...]]] = {}
    present: list[Unit] = []
    spared = 0
    for _ in range(8):
        changed: set[str] = set()
        absent = [unit for unit in every if unit[0].id not in {one.id for one, _ in present}]
        step = draw.choice(("add", "remove", "change")) if present and absent else "add"
        if step == "add" and absent:
            added = draw.choice(absent)
            present.insert(draw.randint(0, len(present)), added)
            changed |= names_of(added[0]).offered
        else:
            at = draw.randrange(len(present))
            issue, parsed = present.pop(at)
            changed |= names_of(issue).offered
            del kept[issue.id]
            if step == "change":  # the texts of its last document lose what they say at their end
                last = issue.documents[-1].id
                ends = [c for c in parsed.clauses if c.document_id == last][-3:]
                left = tuple(c for c in parsed.clauses if c not in ends)
                present.insert(at, (issue, Parsed(left, parsed.named, parsed.warnings)))
        shelf, _ = shelf_of(present)
        by_id = clause_of(present)
        for issue, parsed in present:
            if issue.id in kept and not changed & set(kept[issue.id][1].asked):
                spared += 1
                continue
            links = link_issue(issue, parsed.clauses, shelf)
            pairs = pairs_in(issue, parsed.clauses, links, by_id.get)
            kept[issue.id] = ((issue, parsed), links, pairs)
        anew = linked(present)
        assert [kept[issue.id][1] for issue, _ in present] == anew
        assert [kept[issue.id][2] for issue, _ in present] == [
            pairs_in(issue, parsed.clauses, links, by_id.get)
            for (issue, parsed), links in zip(present, anew, strict=True)
        ]
    return spared


def test_texts_are_read_only_where_a_place_in_them_is_named() -> None:
    silent = "某市人民政府关于收费的通知\n某政发〔2022〕1号\n各区人民政府：\n依照《某市停车管理办法》、某政发〔2020〕3号和《某法》第三条执行。\n某市人民政府\n2022年1月2日\n"
    units = read(
        Source("a.txt", rules(1, "停车", 5), "0" * 64),
        Source("b.txt", rules(3, "供水", 5), "0" * 64),
        Source("c.txt", silent, "0" * 64),
        Source("d.txt", silent.replace("办法》、", "办法》第四条、").replace("〔2022〕1", "〔2022〕2"), "0" * 64),
    )  # fmt: skip
    shelf, loader = shelf_of(units)
    whole, placed = (link_issue(issue, parsed.clauses, shelf) for issue, parsed in units[2:])
    assert [one.status for one in whole.references] == ["internal", "internal", "external"]
    assert whole.asked == ("某市停车管理办法", "某政发〔2020〕3号", "某法")
    assert loader.loaded == ["某政发〔2020〕1号/issued"]
    assert placed.references[0].targets == ("某政发〔2020〕1号/issued/art_4/para_1",)
    assert placed.asked == whole.asked


def test_an_amendment_and_its_article_are_pairs_of_the_amendments_issue() -> None:
    units = read(
        Source("a.txt", rules(1, "停车", 5), "0" * 64),
        Source("b.txt", amendment(9, "停车", WORDING), "0" * 64),
    )
    article, new = "某政发〔2020〕1号/issued/art_3/para_1", "某政发〔2021〕9号/part_1"
    by_id = clause_of(units)
    first, second = (
        pairs_in(issue, parsed.clauses, links, by_id.get)
        for (issue, parsed), links in zip(units, linked(units), strict=True)
    )
    assert {Pair(article, "same", new), Pair(new, "same", article)} <= set(second)
    assert not [pair for pair in first if new in (pair.clause_id, pair.other_id)]


def test_names_of_an_order_and_what_it_issues() -> None:
    """The title means the rules, the number alone the notice; both are found by the title of the notice."""
    ((issue, _),) = read(Source("a.txt", rules(1, "停车", 5), "0" * 64))
    notice, issued = names_of(issue).texts
    assert notice.offer == ("某政发〔2020〕1号", "某政发〔2020〕1号", True)
    assert notice.titles == ("某市人民政府关于印发某市停车管理办法的通知",)
    assert issued.offer == ("某政发〔2020〕1号/issued", "某政发〔2020〕1号", False)
    assert issued.titles == ("某市停车管理办法",)


def digest() -> str:
    """Of everything that is read of the written and the found texts."""
    found: list[object] = []
    for units in (*map(written, range(3)), read(*found_texts())):
        by_id = clause_of(units)
        for (issue, parsed), links in zip(units, linked(units), strict=True):
            found += [names_of(issue).to_json(), links]
            found.append(pairs_in(issue, parsed.clauses, links, by_id.get))
            found.append(exemptions_in(issue, parsed, links))
            texts = [clause.text for clause in parsed.clauses]
            found += [definitions_in(texts), name_counts(texts), people(texts)]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_nothing_depends_on_the_order_of_sets() -> None:
    digests = {
        subprocess.run(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(digests) == 1


if __name__ == "__main__":
    print(digest())
