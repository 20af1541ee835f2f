"""Which records a filter leaves; one that leaves none says which values there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from qa_bot.errors import FilterError
from qa_bot.exemptions import Exemption
from qa_bot.exemptions.departments import departments_in
from qa_bot.references import title_key
from qa_bot.text import strip_space

__all__ = ["Choices", "choices_of", "is_named", "select"]


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that filters can have over some records, each in the order in which it comes first.

    Attributes:
        authorities: who issued lists, or enforces items.
        categories: groups within lists, without the blanks of a layout.
        laws: titles of the laws named.
        dates: first days of lists, earliest first.
    """

    authorities: tuple[str, ...]
    categories: tuple[str, ...]
    laws: tuple[str, ...]
    dates: tuple[date, ...]


def choices_of(records: Iterable[Exemption]) -> Choices:
    """The values that `select` would find among records."""
    held = list(records)
    return Choices(
        _unique(one.authority for one in held),
        _unique(strip_space(one.category.text) for one in held if one.category),
        _unique(basis.law or basis.law_number for one in held for basis in one.legal_basis),
        tuple(sorted({one.effective_from for one in held if one.effective_from})),
    )


def select(
    records: Sequence[Exemption],
    authority: str | None = None,
    category: str | None = None,
    law: str | None = None,
    on: date | None = None,
) -> list[Exemption]:
    """The records that fit all filters, in order.

    Args:
        records: to choose from.
        authority: a part of its name; a department as people call it (环保局) fits its official name, too.
        category: a part of its name.
        law: a part of its title, or of its number; 中华人民共和国 and book title marks do not count.
        on: a day on which the list holds; a list that names no day holds on any.

    Raises:
        FilterError: nothing fits; the message lists the values that there are.
    """
    chosen = list(records)
    choices = choices_of(records)
    steps = (
        (authority, "机关", "authority", choices.authorities, _of_authority),
        (category, "类别", "category", choices.categories, _of_category),
        (law, "法律", "law", choices.laws, _under_law),
    )
    for wanted, name, english, values, fits in steps:
        if wanted is None:
            continue
        if not any(fits(one, wanted) for one in records):
            raise FilterError(
                f"没有{name}是“{wanted}”的免罚事项；有的是：{_listed(values)} / "
                f"No exemption has the {english} {wanted!r}. These exist: {_listed(values)}"
            )
        chosen = [one for one in chosen if fits(one, wanted)]
    if on is not None:
        chosen = [one for one in chosen if _holds(one, on)]
    if records and not chosen:
        days = [day.isoformat() for day in choices.dates]
        raise FilterError(
            f"没有同时符合这些条件的免罚事项；请放宽一项。机关：{_listed(choices.authorities)}；"
            f"类别：{_listed(choices.categories)}；施行日期：{_listed(days)} / "
            "No exemption fits all of these filters together: leave one out. "
            f"Authorities: {_listed(choices.authorities)}; in force from: {_listed(days)}"
        )
    return chosen


def _unique(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _listed(values: Sequence[str]) -> str:
    return "、".join(values) or "（无 / none）"


def is_named(name: str, wanted: str) -> bool:
    """Whether the name of a public body is what is wanted: a part of it, or a department as people call it."""
    if _key(wanted) in _key(name):
        return True
    asked = set(departments_in(wanted))
    return bool(asked) and asked <= set(departments_in(name)) and not _place_differs(wanted, name)


def _key(name: str) -> str:
    """市政府 is 市人民政府."""
    return title_key(name).replace("人民政府", "政府")


def _of_authority(record: Exemption, wanted: str) -> bool:
    return is_named(record.authority or "", wanted)


def _place_differs(wanted: str, name: str) -> bool:
    """杭州市财政局 is not 温州市财政局."""
    for sign in ("市", "县", "区", "省"):
        head, found, _ = wanted.partition(sign)
        if found and len(head) > 1 and head not in name:
            return True
    return False


def _of_category(record: Exemption, wanted: str) -> bool:
    return record.category is not None and title_key(wanted) in title_key(record.category.text)


def _under_law(record: Exemption, wanted: str) -> bool:
    key = title_key(wanted)
    return any(
        key in title_key(one.law) or key in title_key(one.law_number or "")
        for one in record.legal_basis
    )


def _holds(record: Exemption, on: date) -> bool:
    begun = record.effective_from is None or record.effective_from <= on
    return begun and (record.valid_until is None or on <= record.valid_until)
