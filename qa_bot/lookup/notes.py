"""What a reply says of lists that a corpus does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.exemptions import ExemptionList, asks_for_exemptions
from qa_bot.exemptions.departments import departments_in, in_english

__all__ = ["note_on_lists"]


def note_on_lists(question: str, lists: Sequence[ExemptionList]) -> str | None:
    """Where a question asks for the exemptions of a department without a list here: whose lists there are.

    Chinese first, English beside. `None` for any other question, or where the department has one.
    """
    if not asks_for_exemptions(question):
        return None
    asked = departments_in(question)
    held = [one for one in lists if one.records]
    named = {name for one in held for name in departments_in(f"{one.authority or ''} {one.title}")}
    lacking = [name for name in asked if name not in named]
    if not lacking:
        return None
    if not held:
        return (
            f"公报里没有{'、'.join(lacking)}方面的免罚清单，也没有别的 / "
            f"The gazette holds no list of penalty exemptions, of {_english(lacking)} or any other."
        )
    authorities = "、".join(dict.fromkeys(one.authority or one.title for one in held))
    order = list(departments_in(" ".join(f"{one.authority} {one.title}" for one in held)))
    which = "、".join(order) or authorities
    return (
        f"公报里没有{'、'.join(lacking)}方面的免罚清单，只有{which}的（{authorities}） / "
        f"The gazette holds lists of penalty exemptions for {_english(order) or authorities} only, "
        f"none for {_english(lacking)}."
    )


def _english(departments: Sequence[str]) -> str:
    return " and ".join(in_english(one) for one in departments)
