"""A target for time: a piece repeated until the text is long, which a pattern or a loop may stumble over.

An input is `["txt", before, piece, behind]`; what is read is about 40 kB. `eval/benchmarks/adversarial.py` measures
texts that were thought of; here they are made up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from hypothesis import strategies as st

from eval.fuzzing.files import MARKS, TAGS
from eval.fuzzing.target import ROOT, Features, Target, TooSlowError
from eval.fuzzing.texts import LINES
from qa_bot.conversation.signs import read_signs
from qa_bot.errors import SourceError
from qa_bot.ingest import Source
from qa_bot.ingest.formats import read_bytes
from qa_bot.outline import outline
from qa_bot.references import find

__all__ = ["HELD"]

_SIZE = 40_000  # bytes
_QUESTION = 2_000  # characters; a longer question is refused
_SECONDS, _QUESTION_SECONDS = 2.0, 0.5  # 5 s for 100 kB
_NAMES = {"txt": "t.txt", "html": "t.html", "md": "t.md"}


def _check(data: bytes) -> Features:
    try:
        kind, before, piece, behind = json.loads(data)
        text = before + piece * (_SIZE // max(len(piece.encode("utf-8", "replace")), 1)) + behind
        written = text.encode("utf-8", "replace")[: 2 * _SIZE]
    except (ValueError, TypeError, RecursionError, AttributeError, MemoryError):
        return frozenset()
    if kind == "question":
        began = time.process_time()
        find(text[:_QUESTION])
        read_signs(text[:_QUESTION])
        return _within(began, _QUESTION_SECONDS, kind)
    if kind not in _NAMES:
        return frozenset()
    began = time.process_time()
    try:
        found = read_bytes(written, _NAMES[kind])
        outline(Source(_NAMES[kind], found.text, "0" * 64, found.asides, found.titles))
    except SourceError:
        pass
    return _within(began, _SECONDS, kind)


def _within(began: float, limit: float, kind: str) -> Features:
    """Ten times as slow is a failure even while lines are watched; otherwise `tried` looks again without."""
    took = time.process_time() - began
    if took > 10 * limit:
        raise TooSlowError(f"{kind}: {took:.1f} s, {limit} s are allowed")
    return frozenset({f"{kind} {int(took / limit * 4)}"})


def _seeds() -> Iterator[bytes]:
    path = ROOT / "eval" / "benchmarks" / "adversarial.py"
    if path.is_file():
        from eval.benchmarks.adversarial import PAGES, TEXTS

        for kind, table in (("txt", TEXTS), ("html", PAGES)):
            for before, piece, behind in table.values():
                yield json.dumps([kind, before[:200], piece[:200], behind[:200]]).encode()


_CHARACTERS = "（）()《》“”〔〕【】第一二1９条款项章号、，。；：:… \t\u3000\n\f-—.<>|#*`_[]年月日"


def _any() -> st.SearchStrategy[bytes]:
    piece = st.one_of(
        st.text(_CHARACTERS, min_size=1, max_size=4), st.sampled_from(LINES), st.sampled_from(TAGS),
        st.sampled_from(MARKS), st.lists(st.sampled_from(LINES), min_size=2, max_size=3).map("\n".join),
    )  # fmt: skip
    piece = st.tuples(piece, st.sampled_from(("", "\n", "，"))).map("".join)
    around = st.one_of(
        st.just(""),
        st.sampled_from(LINES).map(lambda line: line + "\n"),
        st.text(_CHARACTERS, max_size=3),
    )
    kind = st.sampled_from(("txt", "txt", "html", "md", "question"))
    return st.tuples(kind, around, piece, around).map(lambda drawn: json.dumps(drawn).encode())


HELD = (
    Target(
        name="repeats",
        about="同一段重复成长文：时间有界 / a piece repeated into a long text: time is bounded",
        check=_check,
        seeds=_seeds,
        strategy=_any,
        shape="json",
        words=(*LINES[::3], *TAGS[::3], *MARKS),
        longest=2_000,
        slow=_SECONDS,
    ),
)
