"""Where a question counts to from the clause answered before: 下一条, 第三款, the next one."""

from __future__ import annotations

import re

from qa_bot.conversation.signs import Step
from qa_bot.index import ClauseRecord, Records

__all__ = ["key_of", "step_to"]

_STEMS = {"条": "art", "款": "para", "项": "item"}
_NUMBERED = re.compile(r"([a-z]+)_")


def key_of(record: ClauseRecord) -> str:
    """What the ids of all clauses of the same text begin with: the document, or the part of it."""
    return "/".join(filter(None, (record.clause.document_id, record.clause.part_id)))


def step_to(records: Records, start: ClauseRecord, step: Step) -> ClauseRecord | None:
    """The clause that lies `step` from `start`, within the same text, or `None` where there is none."""
    key = key_of(start)
    steps = start.clause.id.removeprefix(f"{key}/").split("/")
    if not step.by:
        return _named_part(records, key, steps, step)
    stem = _STEMS.get(step.unit) or ("art" if steps[0].startswith("art_") else _stem(steps[-1]))
    depth = next((at for at, one in enumerate(steps) if _stem(one) == stem), None)
    if depth is None:
        stem, depth = _stem(steps[-1]), len(steps) - 1
    here = "/".join((key, *steps[: depth + 1]))
    ids = [one.clause.id for one in records.of(start.issue_id, start.clause.document_id)]
    places = list(dict.fromkeys(filter(None, (_place(one, key, stem, depth) for one in ids))))
    if here not in places:
        return None
    at = places.index(here) + step.by
    return _first(records, places[at]) if 0 <= at < len(places) else None


def _named_part(records: Records, key: str, steps: list[str], step: Step) -> ClauseRecord | None:
    """第三款 or 第（二）项 of the article, or of the clause, that was answered."""
    article = steps[0].startswith("art_")
    above = steps[:1] if article else steps
    paragraph = f"para_{step.paragraph}" if step.paragraph else next(
        (one for one in steps if one.startswith("para_")), "para_1"
    )  # fmt: skip
    if article:
        above = [*above, paragraph]
    elif step.paragraph:
        return records.by_id("/".join((key, *above, paragraph)))
    if not step.item:
        return records.by_id("/".join((key, *above)))
    below = records.by_id("/".join((key, *above, f"item_{step.item}")))
    return below or records.by_id("/".join((key, *above[:-1], f"item_{step.item}")))


def _stem(step: str) -> str:
    match = _NUMBERED.match(step)
    return match[1] if match else step


def _place(identity: str, key: str, stem: str, depth: int) -> str | None:
    """The id of the place of that kind and depth that a clause is or lies in."""
    if not identity.startswith(f"{key}/"):
        return None
    steps = identity.removeprefix(f"{key}/").split("/")
    if len(steps) <= depth or _stem(steps[depth]) != stem:
        return None
    return "/".join((key, *steps[: depth + 1]))


def _first(records: Records, identity: str) -> ClauseRecord | None:
    """The clause with that id, or the first in it."""
    found = records.by_id(identity)
    if found:
        return found
    below = records.below(identity)
    return records.at(below[:1])[0] if below else None
