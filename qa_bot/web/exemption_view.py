"""What the tab of penalty exemptions shows: search, filters, order, and the rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from qa_bot.bot import Bot
from qa_bot.errors import FilterError, InputError
from qa_bot.exemptions import Exemption, Tier
from qa_bot.lookup import choices_of, note_on_lists
from qa_bot.web.exemption_card import amount
from qa_bot.web.wording import Wording

__all__ = ["FILTERS", "SORTS", "Row", "Shown", "View", "choose", "penalty_in_short", "values_left"]

FILTERS = ("authority", "category", "law", "on")
# Records shown at first: of a search those that fit best, otherwise so many that a page stays quick.
_BEST = 5
_MOST = 200
_UNITS = {"yuan": 0, "multiple": 1, "percent": 2}


@dataclass(frozen=True, slots=True)
class View:
    """What somebody asks the tab for.

    Attributes:
        query: in everyday words; empty for none.
        authority: filter, as `Bot.exemptions`.
        category: filter.
        law: filter.
        on: a day on which the list holds.
        sort: a key of `SORTS`; empty for the order of the search, or of the lists.
        descending: whether the order is turned round.
        whole: show all, not only the first.
        open: id of the record whose card is to be open; empty for none.
    """

    query: str = ""
    authority: str = ""
    category: str = ""
    law: str = ""
    on: date | None = None
    sort: str = ""
    descending: bool = False
    whole: bool = False
    open: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> View:
        """From the values of an address; a sort that is unknown is none.

        Raises:
            FilterError: the day is none.
        """
        sort = values.get("sort", "")
        return cls(
            values.get("q", "").strip(),
            values.get("authority", "").strip(),
            values.get("category", "").strip(),
            values.get("law", "").strip(),
            _day(values.get("on", "").strip()),
            sort if sort in SORTS else "",
            values.get("order") == "desc",
            bool(values.get("all")),
            values.get("open", ""),
        )

    @property
    def address(self) -> str:
        """The values again, as the end of an address; the record that is open is left out."""
        values = {
            "q": self.query,
            "authority": self.authority,
            "category": self.category,
            "law": self.law,
            "on": self.on.isoformat() if self.on else "",
            "sort": self.sort,
            "order": "desc" if self.sort and self.descending else "",
            "all": "1" if self.whole else "",
        }
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def filters(self) -> tuple[str, ...]:
        """Names of the filters that are set."""
        return tuple(name for name in FILTERS if getattr(self, name))

    def without(self, name: str) -> View:
        """Everything that fits the other filters."""
        return View(
            authority="" if name == "authority" else self.authority,
            category="" if name == "category" else self.category,
            law="" if name == "law" else self.law,
            on=None if name == "on" else self.on,
            whole=True,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """The records that a view shows.

    Attributes:
        records: in order.
        total: how many fit the filters.
        note: what a reader should know besides, Chinese and English; or `None`.
    """

    records: tuple[Exemption, ...]
    total: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the table shows it: verbatim, but for the penalty in short.

    Attributes:
        id: of the record.
        serial: as printed, maybe empty.
        authority: maybe empty.
        category: maybe empty.
        violation: what was done.
        circumstances: cases of it.
        penalty: the upper bound in figures, or that there is none.
        open: whether its card is.
    """

    id: str
    serial: str
    authority: str
    category: str
    violation: str
    circumstances: tuple[str, ...]
    penalty: str
    open: bool

    @classmethod
    def of(cls, record: Exemption, words: Wording, opened: str) -> Row:
        """The row of a record."""
        return cls(
            record.id,
            record.serial.text if record.serial else "",
            record.authority or "",
            record.category.text if record.category else "",
            record.violation.text,
            tuple(one.text for one in record.circumstances),
            penalty_in_short(record, words),
            record.id == opened,
        )


def choose(bot: Bot, view: View) -> Shown:
    """The records that a view shows, in its order.

    Guarantees: a record that is to be open is among them if it fits the filters.

    Raises:
        FilterError: nothing fits; the message lists the values that there are.
        QuestionError: the query cannot be searched for.
    """
    found = bot.exemptions(
        view.query or None,
        authority=view.authority or None,
        category=view.category or None,
        law=view.law or None,
        on=view.on,
    )
    limit = None if view.whole else _BEST if view.query else _MOST
    shown = found[:limit]
    if view.open and all(one.id != view.open for one in shown):
        shown += [one for one in found[len(shown) :] if one.id == view.open]
    if view.sort:
        shown = _sorted(shown, SORTS[view.sort], view.descending)
    note = (
        note_on_lists(view.query, bot.generation.records.exemptions.lists) if view.query else None
    )
    return Shown(tuple(shown), len(found), note)


def values_left(bot: Bot, view: View) -> dict[str, tuple[str, ...]]:
    """For each filter that is set, the values that it can have beside the other filters.

    Guarantees: each of them leaves a record; a filter whose others leave none by themselves is left out.
    """
    left: dict[str, tuple[str, ...]] = {}
    for name in view.filters:
        try:
            records = list(choose(bot, view.without(name)).records)
        except InputError:
            continue
        choices = choices_of(records)
        left[name] = {
            "authority": choices.authorities,
            "category": choices.categories,
            "law": choices.laws,
            "on": tuple(day.isoformat() for day in choices.dates),
        }[name]
    return left


def penalty_in_short(record: Exemption, words: Wording) -> str:
    """The upper bound of what is due without the exemption, or that none is quoted, or named."""
    if record.ordinary_penalty is None:
        return words("ex_not_quoted")
    highest = _highest(record)
    if highest is None:
        return words("ex_no_figure")
    if highest.upper is not None:
        highest = replace(highest, lower=None)
    return amount(highest, words)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FilterError(
            f"日期“{text}”读不懂，请写成 2019-05-01 这样 / "
            f"The day {text!r} cannot be read: write it like 2019-05-01."
        ) from error


def _highest(record: Exemption) -> Tier | None:
    """The fine with the highest upper bound; amounts of money go before multiples and percentages."""
    tiers = record.ordinary_penalty.tiers if record.ordinary_penalty else ()
    known = [one for one in tiers if one.unit]
    return min(known, key=lambda one: (_UNITS[one.unit or ""], -_bound(one)), default=None)


def _bound(tier: Tier) -> float:
    """The upper bound, or the lower one where the text names no upper bound."""
    return float(tier.upper if tier.upper is not None else tier.lower or 0)


def _chinese(text: str) -> bytes:
    """Of a common word its place in GB 18030, whose first 3,755 characters stand in the order of their sounds."""
    return text.encode("gb18030", "replace")


def _by_penalty(record: Exemption) -> tuple[int, float] | None:
    tier = _highest(record)
    return None if tier is None else (_UNITS[tier.unit or ""], _bound(tier))


#: What the table can be sorted by. A record for which the key is `None` comes last in either order.
SORTS: Mapping[str, Callable[[Exemption], object | None]] = {
    "number": lambda one: one.number,
    "authority": lambda one: _chinese(one.authority) if one.authority else None,
    "category": lambda one: _chinese(one.category.text) if one.category else None,
    "violation": lambda one: _chinese(one.violation.text),
    "penalty": _by_penalty,
}


def _sorted(
    records: list[Exemption], key: Callable[[Exemption], object | None], descending: bool
) -> list[Exemption]:
    """Stable in both directions."""
    keyed = [(key(one), one) for one in records]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)  # type: ignore[arg-type, return-value]
    return [one for _, one in known] + [one for value, one in keyed if value is None]
