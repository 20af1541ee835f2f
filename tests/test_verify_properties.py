"""Verification, as what always holds: every clause and every piece of one is verified, no changed one ever is."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from eval.verify import STANDS as _STANDS
from eval.verify import Held, changed, noisy, plain
from qa_bot.index import ClauseRecord, Records
from qa_bot.ingest import Known, Source
from qa_bot.verify import Check, Verifier
from qa_bot.verify.alignment import align
from qa_bot.verify.characters import canonical, simplified
from qa_bot.verify.ngrams import Trigrams
from qa_bot.web.quoting import copy_text

_SLOW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def held(records: Records, corpus: tuple[Source, Known]) -> Held:
    return Held(records)


@pytest.fixture(scope="module")
def clauses(held: Held) -> list[ClauseRecord]:
    return held.clauses


@pytest.fixture(scope="module")
def verifier(held: Held) -> Verifier:
    return held.verifier


def one_check(verifier: Verifier, text: str) -> Check:
    (check,) = verifier.verify(text).checks
    return check


# ---- every clause


def test_every_clause_as_it_is_copied_is_verified_where_it_stands(
    verifier: Verifier, clauses: list[ClauseRecord]
) -> None:
    twice: dict[str, int] = {}
    for one in clauses:
        key = plain(one.clause.text)
        twice[key] = twice.get(key, 0) + 1
    for one in clauses:
        check = one_check(verifier, copy_text(one.clause.text, one.citation))
        ids = [place.record.clause.id for place in check.at if place.record]
        assert check.kind == "quote_with_citation", one.clause.id
        assert one.clause.id in ids, (one.clause.id, check.message)
        if twice[plain(one.clause.text)] == 1:
            assert check.verdict == "verified", (one.clause.id, check.message)
            assert ids == [one.clause.id]
        assert check.verdict in _STANDS
        assert not check.ignored, one.clause.id


def test_every_citation_alone_exists(verifier: Verifier, clauses: list[ClauseRecord]) -> None:
    for one in clauses:
        check = one_check(verifier, one.citation)
        assert (check.kind, check.cited is not None) == ("citation", True), one.citation
        assert check.verdict in ("exists", "ambiguous"), (one.citation, check.message)
        assert check.cited
        assert any(
            one.clause.id == key or one.clause.id.startswith(f"{key}/") for key in check.cited.keys
        ), (one.clause.id, check.cited.keys)


def test_spans_given_hold_the_quote(
    verifier: Verifier, clauses: list[ClauseRecord], records: Records
) -> None:
    for one in clauses:
        check = one_check(verifier, one.clause.text)
        assert check.verdict in _STANDS, one.clause.id
        for place in check.at:
            source = records.text(place.issue.id)
            held = "".join(source[start:end] for start, end in place.spans)
            assert plain(held) == plain(one.clause.text), one.clause.id


# ---- pieces and layout

_POSITION = st.integers(0, 10**6)


@given(_POSITION, _POSITION, st.integers(12, 400))
@_SLOW
def test_any_piece_of_twelve_characters_is_verified(
    held: Held, which: int, at: int, length: int
) -> None:
    text = held.clauses[which % len(held.clauses)].clause.text
    start = at % max(len(text) - 12, 1)
    piece = text[start : start + length]
    if len(plain(piece)) < 12:
        return
    checks = held.verifier.verify(piece).checks
    if not re.search(
        "号[)）]?$|[》”]", piece
    ):  # nothing but 温政办〔2019〕31号 is a citation, no quote
        assert len(checks) == 1
    for check in checks:
        if check.kind == "quote":
            assert check.verdict in _STANDS, piece
            assert not check.ignored


@given(_POSITION, st.integers(0, 2**32))
@_SLOW
def test_noise_of_the_layout_is_no_alteration(held: Held, which: int, seed: int) -> None:
    text = held.clauses[which % len(held.clauses)].clause.text
    typed = noisy(text, seed)
    check = one_check(held.verifier, typed)
    assert check.verdict in _STANDS, (check.message, check.differences, typed)
    assert bool(check.ignored) == (typed.strip() not in text) or not check.ignored


# ---- changes


@given(_POSITION, st.integers(0, 2**32))
@_SLOW
def test_one_character_changed_is_never_verified(held: Held, which: int, seed: int) -> None:
    one = held.clauses[which % len(held.clauses)]
    made = changed(one.clause.text, seed)
    if held.stands(made):
        return  # the last character left out: a piece of the clause
    for text in (made, copy_text(made, one.citation)):
        checks = held.verifier.verify(text).checks
        quotes = [check for check in checks if check.kind != "citation"]
        assert quotes or any(check.verdict == "not_found" for check in checks), text
        assert all(check.verdict not in (*_STANDS, "misattributed") for check in quotes), text


def test_a_change_in_every_clause_is_shown_as_it_is(held: Held) -> None:
    """One change for each clause: found, and told by character; a clause under twelve characters may be another text."""
    told = 0
    for seed, one in enumerate(held.clauses):
        made = changed(one.clause.text, seed)
        if held.stands(made):
            continue
        check = one_check(held.verifier, copy_text(made, one.citation))
        assert check.verdict in ("altered", "not_found"), one.clause.id
        if len(plain(made)) < 12:
            continue
        assert check.verdict == "altered", (one.clause.id, made)
        assert check.differences, one.clause.id
        assert "".join(piece.quote for piece in check.pieces) == made.strip()
        told += 1
    assert told > 500


def test_what_a_quote_is_to_be_corrected_to_is_the_clauses_own_text(
    held: Held, records: Records
) -> None:
    """王万里⏎兰晓轩 was given as 王万里兰晓轩: whoever corrected a quote to that altered it again."""
    texts = {one.clause.id: one.clause.text for one in held.clauses}
    whole = {issue.id: records.text(issue.id) for issue in records.issues}
    told = 0
    for seed, one in enumerate(held.clauses):
        for made in (
            changed(one.clause.text, seed),
            "不" + one.clause.text,
            one.clause.text + "不",
        ):
            if held.stands(made):
                continue
            check = one_check(held.verifier, copy_text(made, one.citation))
            for compared in filter(None, (check.compared, *check.near)):
                own = [texts[place.record.clause.id] for place in compared.places if place.record]
                if len(own) == 1:
                    assert compared.text in own[0], (one.clause.id, compared.text)
                else:  # through several clauses: each line is of one of them, or a heading
                    wholes = (*own, *whole.values())
                    for line in compared.text.split("\n"):
                        assert any(line in text for text in wholes), (one.clause.id, line)
            if check.compared and len(check.compared.places) == 1:
                for piece in check.pieces:
                    assert piece.source in check.compared.text, (one.clause.id, piece)
            told += check.compared is not None
    assert told > 1_500


def test_a_quote_corrected_to_what_it_was_compared_with_is_verified(held: Held) -> None:
    for seed, one in enumerate(held.clauses):
        made = changed(one.clause.text, seed)
        check = one_check(held.verifier, copy_text(made, one.citation))
        if check.compared is None:
            continue
        again = one_check(held.verifier, copy_text(check.compared.text, one.citation))
        assert again.verdict in _STANDS, (one.clause.id, check.compared.text)
        assert not again.ignored, (one.clause.id, again.ignored)


def test_names_on_two_lines_stay_on_two_lines(held: Held) -> None:
    (line,) = [one for one in held.clauses if one.clause.id == "wenzhou-2019-04/masthead/line_6"]
    assert "王万里\n兰晓轩" in line.clause.text
    check = one_check(held.verifier, copy_text(line.clause.text.replace("万", "千"), line.citation))
    assert check.compared
    assert check.compared.text == line.clause.text
    assert not any("王万里兰晓轩" in piece.source for piece in check.pieces)


def test_a_changed_digit_is_called_out_as_a_value(held: Held) -> None:
    seen = 0
    for one in held.clauses:
        text = one.clause.text
        digits = [i for i, char in enumerate(text) if char.isascii() and char.isdigit()]
        if not digits or len(plain(text)) < 20:
            continue
        at = digits[len(digits) // 2]
        made = text[:at] + str((int(text[at]) + 3) % 10) + text[at + 1 :]
        if held.stands(made):
            continue
        check = one_check(held.verifier, copy_text(made, one.citation))
        assert check.verdict == "altered", one.clause.id
        assert check.changed_values, (one.clause.id, made[at - 5 : at + 6])
        seen += 1
    assert seen > 150


# ---- against slow and obvious ways


@given(st.text("甲乙丙", min_size=1, max_size=9), st.text("甲乙丙", max_size=14))
def test_alignment_is_the_best_of_all_stretches(quote: str, text: str) -> None:
    made = align(quote, text)
    best = min(
        Levenshtein.distance(quote, text[i:j])
        for i in range(len(text) + 1)
        for j in range(i, len(text) + 1)
    )
    assert made.distance == best == Levenshtein.distance(quote, text[made.start : made.end])
    assert [one.quote for one in made.operations][:1] in ([], [(0, made.operations[0].quote[1])])
    for first, second in zip(made.operations, made.operations[1:], strict=False):
        assert first.quote[1] == second.quote[0]
        assert first.source[1] == second.source[0]


@given(st.text("甲乙丙\n", max_size=60), st.text("甲乙丙", min_size=1, max_size=6))
def test_trigrams_find_what_a_scan_finds(text: str, pattern: str) -> None:
    slow = [i for i in range(len(text)) if text.startswith(pattern, i)]
    assert Trigrams(text).find(pattern) == slow


@given(st.text(max_size=60), st.integers(0, 60))
def test_canonical_form_of_a_piece_is_a_piece_of_the_canonical_form(text: str, at: int) -> None:
    whole, first, second = canonical(text), canonical(text[:at]), canonical(text[at:])
    assert whole.text == first.text + second.text
    assert len(whole.text) == len(whole.kept)
    assert len(simplified(whole.text)) == len(whole.text)


@given(st.text(max_size=300))
@_SLOW
def test_any_text_gets_a_verdict(held: Held, text: str) -> None:
    made = held.verifier.verify(text)
    assert made.checks
    assert sum(made.summary.values()) == len(made.checks)
    for check in made.checks:
        for start, end in check.spans:
            assert 0 <= start <= end <= len(text)
