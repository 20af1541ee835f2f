"""What an unknown id may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from qa_bot.gazette.grammar import numbers_in

__all__ = ["near_ids"]

_ALIKE = 0.6
# Characters of an unknown id that are looked at; no id here is longer.
_LONGEST = 200


def near_ids(
    identity: str,
    texts: Sequence[str],
    below: Callable[[str], Sequence[str]],
    limit: int = 5,
) -> list[str]:
    """Ids that exist, likeliest first: the text named or those written like it, and in it the nearest places.

    Guarantees: at most `limit`, none twice; none where nothing is alike.

    Args:
        identity: the unknown id.
        texts: ids of all documents.
        below: gives the ids of the clauses under an id, in order.
        limit: so many at most.
    """
    wanted = _in_normal_form(identity[:_LONGEST].strip("/ \t\r\n\u3000"))
    text = max((one for one in texts if _under(wanted, one)), key=len, default=None)
    steps = [step for step in wanted.split("/") if step]
    found: list[str] = []
    for one in [text] if text else _alike(steps, texts):
        found += _nearest(one, steps[one.count("/") + 1 :], below(one))
    return list(dict.fromkeys(found))[:limit]


def _in_normal_form(identity: str) -> str:
    """With a document number at its begin as ids have it: 温政办[2019] 35号/part_1."""
    number, start, end = next(iter(numbers_in(identity)), ("", 1, 1))
    return identity if start else number + identity[end:]


def _alike(steps: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The two texts whose ids are most like the first steps, if they are."""
    found: list[tuple[float, str]] = []
    for depth in {text.count("/") for text in texts}:
        # What is said once of the second sequence is kept by difflib.
        matcher = difflib.SequenceMatcher(None, "", "/".join(steps[: depth + 1]))
        for text in texts:
            if text.count("/") != depth:
                continue
            matcher.set_seq1(text)
            if (
                matcher.real_quick_ratio() >= _ALIKE
                and matcher.quick_ratio() >= _ALIKE
                and (alike := matcher.ratio()) >= _ALIKE
            ):
                found.append((-alike, text))
    return [text for _, text in sorted(found)[:2]]


def _under(identity: str, above: str) -> bool:
    return identity == above or identity.startswith(f"{above}/")


def _nearest(text: str, steps: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The clauses of a text nearest to a place in it: down the steps that exist, then by name and number."""
    at = text
    for step in steps:
        if not any(_under(one, f"{at}/{step}") for one in ids):
            beside = [one for one in ids if one.startswith(f"{at}/")]
            here = list(dict.fromkeys(f"{at}/{one[len(at) + 1 :].split('/')[0]}" for one in beside))
            here.sort(key=lambda one: _distance(one.rpartition("/")[2], step))
            return [next(i for i in beside if _under(i, one)) for one in here]
        at = f"{at}/{step}"
    return [one for one in ids if _under(one, at)]


def _distance(step: str, wanted: str) -> tuple[bool, int, float]:
    """Another kind of step last, then the numbers far off, then what is written otherwise."""
    (one, number), (other, near) = _parted(step), _parted(wanted)
    alike = difflib.SequenceMatcher(None, step, wanted).ratio()
    if number and near and one == other:
        return False, abs(int(number[:9]) - int(near[:9])), -alike
    return True, 0, -alike


def _parted(step: str) -> tuple[str, str]:
    """art_51 as art_ and 51."""
    name = step.rstrip("0123456789")
    return name, step[len(name) :]
