"""One text in two places, versions of a work: what documents are among all that are held."""

from __future__ import annotations

from datetime import date

import pytest
from gazettes import GAZETTES, NUMBER
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.clauses import coverage, parse_clauses
from qa_bot.gazette import Issue, parse_issue
from qa_bot.gazette.identity import (
    PRINTED_AGAIN,
    Held,
    Standing,
    apply,
    held_in,
    same_files,
    settle,
)
from qa_bot.ingest import Known, Source

OLD = f"{NUMBER}@2019-05-01"
DAY = "某市公安局公告\n\n某公告〔2020〕1号\n\n{text}\n\n某市公安局\n2020年1月1日\n"


def source(name: str, text: str) -> Source:
    return Source(f"{name}.txt", text, f"{len(text):064x}")


def issues_of(texts: dict[str, str], known: dict[str, Known] | None = None) -> list[Issue]:
    return [parse_issue(source(n, t), (known or {}).get(n)) for n, t in texts.items()]


def settled(texts: dict[str, str], **known: Known) -> dict[tuple[str, str], Standing]:
    found = issues_of(texts, {name.replace("_", "-"): one for name, one in known.items()})
    return settle(one for issue in found for one in held_in(issue))


def ids(texts: dict[str, str]) -> dict[tuple[str, str], tuple[str, bool]]:
    """The id of each document, and whether it is kept."""
    return {key: (one.id, one.same_as is None) for key, one in settled(texts).items()}


def test_a_reprint_an_excerpt_and_a_corrected_reprint():
    standings = settled(GAZETTES)
    first = standings[("hn-2019-04", NUMBER)]
    assert (first.id, first.same_as, first.superseded) == (OLD, None, True)
    assert [(one.issue_id, one.whole) for one in first.places] == [
        ("hn-2019-04", True), ("hn-2019-05", True), ("page", False),
    ]  # fmt: skip
    for other in ("hn-2019-05", "page"):
        assert standings[(other, NUMBER)].same_as == ("hn-2019-04", NUMBER)
    latest = standings[("hn-2019-09", NUMBER)]
    assert (latest.id, latest.superseded) == (NUMBER, False)
    assert [(one.id, one.day, one.latest) for one in latest.versions] == [
        (OLD, date(2019, 5, 1), False), (NUMBER, date(2019, 9, 30), True),
    ]  # fmt: skip


def test_two_states_of_a_law():
    standings = settled(GAZETTES)
    law = standings[("law-2015", "law-2015/海宁市市容条例")]
    assert law.latest == "law-2018/海宁市市容条例"
    assert [one.day for one in law.versions] == [date(2015, 5, 1), date(2018, 6, 1)]


@pytest.mark.parametrize("leave", [None, *GAZETTES])
def test_a_single_document_is_as_it_was(leave):
    """Without its like, a document has its own id and nothing is told of it."""
    names = [leave] if leave else ["hn-2019-04", "law-2015"]
    for key, one in settled({name: GAZETTES[name] for name in names}).items():
        assert (one.id, one.same_as, one.versions, one.places) == (key[1], None, (), ())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("夜间禁止鸣笛。", "夜间禁止鸣笛。", True),
        (
            "夜间禁止鸣笛，违者罚款50元。",
            "夜间禁止鸣笛,\n违者罚款５０元。",
            True,
        ),  # width, a line break
        ("实行“一窗”受理（试点）。", "实行「一窗」受理(试点)。", True),  # variants of one mark
        ("夜间禁止鸣笛。", "夜间禁止\u200b鸣 笛。", True),  # what nobody sees
        ("夜间禁止鸣笛。", "夜间不得鸣笛。", False),  # a word
        ("违者罚款50元。", "违者罚款500元。", False),
        ("甲、乙两区。", "甲，乙两区。", False),  # another mark is another text
        (
            "一、禁止鸣笛。\n二、禁止停车。",
            "二、禁止停车。\n一、禁止鸣笛。",
            False,
        ),  # another order
        ("一、禁止鸣笛。\n二、禁止停车。", "一、禁止鸣笛。", True),  # an excerpt
    ],
)
def test_what_may_differ_between_two_printings(one, other, same):
    standings = settled({"a": DAY.format(text=one), "b": DAY.format(text=other)})
    assert (standings[("b", "某公告〔2020〕1号")].same_as is not None) is same


def test_the_fuller_text_is_kept_though_it_comes_later():
    texts = {
        "a": DAY.format(text="一、禁止鸣笛。"),
        "b": DAY.format(text="一、禁止鸣笛。\n二、禁止停车。"),
    }
    assert settled(texts)[("a", "某公告〔2020〕1号")].same_as == ("b", "某公告〔2020〕1号")


def test_an_issue_goes_before_a_loose_file():
    page = GAZETTES["hn-2019-04"].partition("\n\n")[2]
    standings = settled({"a-page": page, "hn-2019-04": GAZETTES["hn-2019-04"]})
    assert standings[("a-page", NUMBER)].same_as == ("hn-2019-04", NUMBER)


def test_one_number_of_two_bodies_is_two_documents():
    """第1号 of another office under another title is no version of it."""
    other = (
        "某市水务局关于停水的通告\n\n某公告〔2020〕1号\n\n明日停水。\n\n某市水务局\n2020年2月1日\n"
    )
    assert ids({"a": DAY.format(text="禁止鸣笛。"), "b": other}) == {
        ("a", "某公告〔2020〕1号"): ("某公告〔2020〕1号", True),
        ("b", "某公告〔2020〕1号"): ("b/某公告〔2020〕1号", True),
    }


def test_texts_of_one_title_that_no_note_ties_together_are_two_documents():
    text = "通告\n\n因施工需要，{road}封闭一日。请绕行。\n\n某市公安局\n{day}\n"
    texts = {
        "a": text.format(road="人民路", day="2020年1月1日"),
        "b": text.format(road="中山路", day="2020年2月1日"),
        "c": text.format(road="人民路", day="2021年1月1日"),  # the same words a year later
    }
    assert all(kept and one == key[1] for key, (one, kept) in ids(texts).items())


def test_versions_are_told_apart_by_publication_and_by_the_order_of_issues():
    plain = {"x": DAY.format(text="罚款50元。"), "y": DAY.format(text="罚款60元。")}
    number = "某公告〔2020〕1号"
    later = settled(
        plain, x=Known(published_on=date(2020, 6, 1)), y=Known(published_on=date(2020, 3, 1))
    )
    assert later[("x", number)].id == number
    assert later[("y", number)].id == f"{number}@2020-01-01"
    assert later[("x", number)].version_on == date(2020, 6, 1)
    by_issue = settled(plain, x=Known(year=2020, number=6), y=Known(year=2020, number=3))
    assert by_issue[("y", number)].superseded
    assert by_issue[("x", number)].version_on is None


def test_a_file_twice_is_said_once():
    held = [
        one
        for name in ("copy", "hn-2019-05")
        for one in held_in(parse_issue(source(name, GAZETTES["hn-2019-05"])))
    ]
    assert same_files(held) == [("hn-2019-05.txt", "copy.txt")]
    kept = {key: one.same_as for key, one in settle(held).items()}
    assert all(same is None for (issue, _), same in kept.items() if issue == "copy")
    assert all(same is not None for (issue, _), same in kept.items() if issue == "hn-2019-05")


def test_records_and_mastheads_are_not_merged_by_their_text():
    standings = settled({"a": GAZETTES["hn-2019-04"], "b": GAZETTES["hn-2019-04"] + "\n编后语。\n"})
    assert standings[("b", "b/masthead")].same_as is None


ALL = [one for issue in issues_of(GAZETTES) for one in held_in(issue)]
_DAYS = st.none() | st.dates(date(2019, 1, 1), date(2019, 1, 4))
_PIECES = st.lists(st.sampled_from(["a" * 8, "b" * 8, "c" * 8]), max_size=3).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> list[Held]:
    """Documents that are near to each other in every way."""
    made: dict[tuple[str, str], Held] = {}
    for issue in draw(st.lists(st.sampled_from("pqrs"), min_size=1, max_size=4, unique=True)):
        published, number = draw(_DAYS), draw(st.none() | st.integers(1, 2))
        for position in range(draw(st.integers(1, 3))):
            numbered = draw(st.booleans())
            pieces = draw(_PIECES)
            identity = (
                draw(st.sampled_from(["一号", "一号~2", "二号"]))
                if numbered
                else f"{issue}/t{position}"
            )
            made[(issue, identity)] = Held(
                issue, identity, position, draw(st.sampled_from(["notice", "records"])),
                identity.partition("~")[0] if numbered else None, draw(st.sampled_from(["甲市通知", "通知", "决定"])),
                pieces, pieces, draw(st.sampled_from([None, "甲", "乙"])), draw(_DAYS), draw(_DAYS), draw(_DAYS),
                None, published, 2019 if number else None, number, f"{issue}.txt", "0" * 64, draw(st.sampled_from(["w", issue])),
            )  # fmt: skip
    return list(made.values())


@given(st.one_of(documents(), st.lists(st.sampled_from(ALL), unique=True)), st.randoms())
def test_what_documents_are_does_not_depend_on_their_order(held, random):
    settled_once = settle(held)
    shuffled = list(held)
    random.shuffle(shuffled)
    assert settle(shuffled) == settled_once
    assert same_files(shuffled) == same_files(held)
    assert settle([*held, *shuffled]) == settled_once, "it is a set"
    kept = {key: one for key, one in settled_once.items() if one.same_as is None}
    assert set(settled_once) == {one.key for one in held}
    assert len({one.id for one in kept.values()}) == len(kept), "ids are unique"
    for one in settled_once.values():
        root = kept[one.same_as] if one.same_as else one
        assert one.id == root.id
        assert root.latest in {other.id for other in kept.values()}
        days = [version.day for version in root.versions if version.day]
        assert days == sorted(set(days))
        assert Standing.from_json(one.to_json()) == one
    assert [Held.from_json(one.to_json()) for one in held] == held


@given(st.permutations(list(GAZETTES)))
def test_names_of_files_decide_nothing_but_the_id_of_the_issue(names):
    """Which stem holds which text changes what is shown where only through the id of the issue."""
    renamed = dict(zip(names, GAZETTES, strict=True))
    texts = {new: GAZETTES[old] for new, old in renamed.items()}
    said = {
        (renamed[issue], identity.removeprefix(f"{issue}/")): (
            one.id.replace(issue, renamed[issue]) if not one.same_as else "",
            one.version_on,
            len(one.places),
        )
        for (issue, identity), one in settled(texts).items()
    }
    wanted = {
        (issue, identity.removeprefix(f"{issue}/")): (
            one.id if not one.same_as else "", one.version_on, len(one.places),
        )
        for (issue, identity), one in settled(GAZETTES).items()
    }  # fmt: skip
    assert said == wanted


def test_every_character_is_still_accounted_for():
    issues = issues_of(GAZETTES)
    standings = settle(one for issue in issues for one in held_in(issue))
    seen: set[str] = set()
    for issue in issues:
        own = source(issue.id, GAZETTES[issue.id])
        made = apply(issue, standings)
        parsed = parse_clauses(made, own)
        account = coverage(own.text, parsed)
        assert not account.missing
        assert account.total == sum(not char.isspace() for char in own.text)
        before = coverage(own.text, parse_clauses(issue, own))
        assert account.clauses <= before.clauses
        again = [one for one in made.named if one.role == PRINTED_AGAIN]
        assert bool(again) == (issue.id in ("hn-2019-05", "page"))
        assert not seen & {clause.id for clause in parsed.clauses}
        seen |= {clause.id for clause in parsed.clauses}
    assert f"{OLD}/issued/art_3/para_1" in seen
    assert f"{NUMBER}/issued/art_3/para_1" in seen


def test_an_issue_of_which_nothing_changes_is_the_same():
    (issue,) = issues_of({"hn-2019-04": GAZETTES["hn-2019-04"]})
    assert apply(issue, settle(held_in(issue))) is issue
