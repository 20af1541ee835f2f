"""What was asked and answered before a question, as a client sends it: the server keeps nothing of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qa_bot.errors import HistoryError

__all__ = ["LAST", "Turn", "read_turns"]

#: So many turns are looked at, the latest; older ones are left out.
LAST = 3
_LONGEST_QUESTION = 2_000
_LONGEST_ID = 300
_MOST_IDS = 20
_LONGEST = 40_000  # characters of the JSON text of all turns


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation, and what was shown for it.

    Attributes:
        question: as it was asked.
        clause_ids: of the clauses that answered it, best first; empty where it was not answered.
        searched: what was searched for in its place (`context.searched` of its reply), where it went on from
            a turn before it; `None` where it stood alone.
    """

    question: str
    clause_ids: tuple[str, ...] = ()
    searched: str | None = None


def read_turns(value: object) -> tuple[Turn, ...]:
    """The last turns of a conversation from JSON, `[{"question": …, "clause_ids": […], "searched": …}]`.

    `clause_ids` and `searched` may be left out. An id that the corpus does not have is no mistake: the
    index may have been built anew since.

    Args:
        value: the list, or its JSON text; nothing at all (`None` or "") is no turn.

    Raises:
        HistoryError: it is something else, or too long.
    """
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        if len(value) > _LONGEST:
            raise _wrong(f"超过 {_LONGEST} 个字", f"it has more than {_LONGEST} characters")
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise _wrong("不是 JSON", "it is no JSON") from error
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong("不是列表", "it is no list")
    return tuple(_turn(one) for one in value[-LAST:])


def _turn(row: Any) -> Turn:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(row, dict):
        raise _wrong("有一项不是对象", "an entry is no object")
    question, searched = _text(row.get("question")), _text(row.get("searched") or "")
    if question is None or not any(char.isalnum() for char in question):
        raise _wrong("question 应是文字", "question is no text, or too long")
    if searched is None:
        raise _wrong("searched 应是文字", "searched is no text, or too long")
    ids = row.get("clause_ids", [])
    if (
        not isinstance(ids, list)
        or len(ids) > _MOST_IDS
        or any(not _text(one) or len(one) > _LONGEST_ID for one in ids)
    ):
        raise _wrong("clause_ids 应是编号的列表", "clause_ids is no list of ids, or too long")
    return Turn(question, tuple(ids), searched or None)


def _text(value: object) -> str | None:
    """A text that can be asked or shown, or `None`."""
    if not isinstance(value, str) or len(value) > _LONGEST_QUESTION:
        return None
    return None if any("\ud800" <= char <= "\udfff" for char in value) else value


def _wrong(chinese: str, english: str) -> HistoryError:
    return HistoryError(
        f"上文读不懂（{chinese}）；请不带上文再问一次 / "
        f"The turns before the question cannot be read ({english}): ask again without them."
    )
