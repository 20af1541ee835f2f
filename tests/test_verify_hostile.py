"""Verification of texts that nobody writes: each takes seconds at most, and what is left out is said."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.index import Records
from qa_bot.verify import MAX_CHECKS, MAX_TEXT, Verification, Verifier
from qa_bot.verify.quotes import MAX_PARTS
from qa_bot.verify.reading import _Spans

LOAN = "其中新创办个体工商户可申请不超过30万元的贷款"
RULES = "《温州市药品零售（连锁）经营许可实施细则》"
# CPU time; the slowest takes a third of it.
_MOST_SECONDS = 5.0


@pytest.fixture(scope="module")
def verifier(records: Records) -> Verifier:
    return Verifier(records)


def timed(verifier: Verifier, text: str) -> Verification:
    text = text[:MAX_TEXT]
    began = time.process_time()
    made = verifier.verify(text)
    assert time.process_time() - began < _MOST_SECONDS, text[:40]
    assert made.checks
    assert len(made.checks) <= MAX_CHECKS
    return made


@pytest.mark.parametrize(
    "text",
    [
        # 的…: 379 s, each of 10,000 parts was looked up again and again
        "的…" * 10_000,
        "的…" * 1_000,
        "企业经营场所…" * 2_800,
        "企业经营场所…的…" * 24 + "的",
        # a\x20…b: 68 s, the pattern of …… began with white space
        "a" + " " * 19_998 + "b",
        "a" + "\n" * 19_998 + "b",
        "\t" * 10_000 + "a" + "\u3000" * 9_999,
        # quotes of two characters on either side of …, each of which stands at hundreds of places
        "".join(
            f"“{a}{b}…{b}{a}…{a}”" for a in "的市应当企业温州人民" for b in "一二三法规定办理局"
        ),
        "".join(
            f"“{a}…{b}”" for a in "的市应当企业温州人民政府" for b in "一二三法规定办理局年月日"
        ),
        "——a" + " " * 19_996 + "b",
        ("的" + " " * 50 + "…") * 380,
        # “““…: 19.5 s; “a”“a”…: 6,666 checks
        "“" * 19_999 + "a",
        "“a”" * 6_666,
        "“" * 10_000 + "”" * 9_999 + "a",
        '"' * 19_999 + "a",
        '"ab"' * 5_000,
        # quotes and citations of other kinds
        "《" * 19_999 + "a",
        "《a》" * 6_666,
        "第一条" * 6_666,
        "第五十一条“的”" * 2_500,
        "第" * 19_999 + "条",
        "《a》2019年第" * 2_000,
        "温政发〔2019〕5号" * 1_800,
        "〔" * 19_999 + "a",
        "（" * 19_999 + "a",
        f"的\n——{RULES}第五十一条\n\n" * 600,
        f"{RULES}第五十一条：“的”" * 700,
        ">a\n" * 6_666,
        ">" * 19_999 + "a",
        "—" * 19_999 + "a",
        # one character, digits, short lines
        "的" * 20_000,
        "一" * 20_000,
        "1" * 20_000,
        "1234567890" * 2_000,
        "第一百" * 6_666,
        "個體" * 10_000,
        "的\n" * 10_000,
        "1\n2\n" * 5_000,
        "…" * 19_999 + "a",
        "." * 19_999 + "a",
    ],
    ids=lambda text: f"{text[:8]!r}",
)
def test_a_text_made_to_be_slow_is_not(verifier: Verifier, text: str) -> None:
    timed(verifier, text)


_ALPHABETS = [
    '“”「」『』"《》…\n>—第条一1 的',
    "“”a",
    "的一第条款、，。",
    "《》（）〔〕第条号1",
    " \n…的",
    '>"\n的 ',
    "0123456789\t\n",
    "…的企业\n",
]


@given(st.sampled_from(_ALPHABETS), st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=12, deadline=None)
def test_random_texts_of_such_characters_are_not_slow(
    verifier: Verifier, alphabet: str, seed: int, longest: int
) -> None:
    """Runs of up to `longest` of one character each."""
    chance = random.Random(seed)
    text = "的"
    while len(text) < MAX_TEXT:
        text += chance.choice(alphabet) * chance.randint(1, longest)
    timed(verifier, text)


def test_too_many_ellipses_are_said_to_be_too_many(verifier: Verifier) -> None:
    (check,) = verifier.verify("的…" * (MAX_PARTS + 1)).checks
    assert check.verdict == "not_found"
    assert "省略号太多" in check.message[0]
    assert "too many ellipses" in check.message[1]
    (check,) = verifier.verify("的…" * MAX_PARTS).checks
    assert "省略号太多" not in check.message[0]


def test_what_was_not_checked_is_counted(verifier: Verifier) -> None:
    few = verifier.verify(f"“{LOAN}”" * MAX_CHECKS)
    assert (len(few.checks), few.unchecked, few.message, few.holds) == (MAX_CHECKS, 0, ("", ""), True)  # fmt: skip
    many = verifier.verify(f"“{LOAN}”" * (MAX_CHECKS + 3))
    assert (len(many.checks), many.unchecked) == (MAX_CHECKS, 3)
    assert not many.holds  # a draft of which three quotes were not looked at is not verified
    assert "其余 3 处没有核对" in many.message[0]
    assert "3 were not" in many.message[1]
    made = many.to_json()
    assert made["unchecked"] == 3
    assert made["message"] == " / ".join(many.message)


_SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)).map(lambda t: (t[0], sum(t))))


@given(_SPANS, st.integers(0, 12), st.integers(1, 6))
def test_spans_hold_and_meet_what_a_look_at_each_says(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    end = start + length
    spans = [(a, b) for a, b in spans if a < b]
    assert _Spans(spans).hold((start, end)) == any(a <= start and end <= b for a, b in spans)
    assert _Spans(spans).meet((start, end)) == any(start < b and a < end for a, b in spans)
