"""Where an answer may come from: an issue, a document, an issuing body, a kind of document, dates, what is or was in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from qa_bot.errors import FilterError
from qa_bot.force import ENDED, force_of
from qa_bot.gazette.grammar import numbers_in
from qa_bot.index import DocumentRecord, Records
from qa_bot.index.records import PartRecord
from qa_bot.lookup.filters import is_named
from qa_bot.versions import Key, begins, left_out_on

__all__ = ["KINDS", "FilterChoices", "Filters", "filter_choices", "positions_within"]

#: Kinds of documents and what they are called, in Chinese and in English.
KINDS: dict[str, tuple[str, str]] = {
    "notice": ("文件", "official documents"),
    "personnel": ("机构人事", "personnel"),
    "briefs": ("政务简讯", "briefs"),
    "records": ("政府记事", "records"),
    "catalogue": ("发文目录", "catalogue"),
    "statistics": ("统计资料", "statistics"),
    "feature": ("专版", "feature"),
    "other": ("其他文件", "other documents"),
    "masthead": ("刊头", "masthead"),
    "contents": ("目录", "contents"),
    "imprint": ("版权页", "imprint"),
    "cover": ("封面", "cover"),
    "captions": ("图片", "captions"),
}
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """Where an answer may come from; what is `None` leaves everything.

    Attributes:
        issue: id of an issue.
        document: id of a document, or its number.
        issuer: a part of the issuing body's name; a department as people call it (环保局) fits its official
            name, too.
        kind: kind of document, one of `KINDS` or its name.
        since: not issued before that day. What bears no date of its own, as records and statistics, goes
            by the day on which its issue came out.
        until: not issued after that day.
        in_force: leave out works that are known to have expired or to be repealed.
        as_of: what was in force on that day, as far as the corpus tells: of each work the latest version that
            there was; nothing that was issued or took effect after it, or had ended by then. What
            bears no day at all stays.
    """

    issue: str | None = None
    document: str | None = None
    issuer: str | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None
    in_force: bool = False
    as_of: date | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self != _NONE

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Filters:
        """From strings, as an address or a form has them; other keys and empty values are passed over.

        Raises:
            FilterError: a value is no date (2019-04-12), no yes or no, or too long.
        """
        read: dict[str, Any] = {}
        for one in fields(cls):
            value = values.get(one.name)
            if value is None or value == "" or value is False:
                continue
            if one.name == "in_force":
                read[one.name] = _truth(value)
            elif one.name in ("since", "until", "as_of"):
                read[one.name] = value if isinstance(value, date) else _day(str(value))
            else:
                read[one.name] = _short(str(value).strip()) or None
        return cls(**read)

    def to_json(self) -> dict[str, str | bool]:
        """What is set, as `read` reads it."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in named.items()
            if value not in (None, False)
        }


_NONE = Filters()


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """The values that filters can have over a corpus.

    Attributes:
        issues: id and label of each, the latest first.
        issuers: issuing bodies, in the order in which they come first.
        kinds: of documents that there are, in the order of `KINDS`.
    """

    issues: tuple[tuple[str, str], ...]
    issuers: tuple[str, ...]
    kinds: tuple[str, ...]


def filter_choices(records: Records) -> FilterChoices:
    """The values that filters can have over a corpus."""
    there = {document.kind for document in records.documents}
    latest = sorted(records.issues, key=lambda one: (one.published_on or date.min, one.id))
    return FilterChoices(
        tuple((one.id, one.label) for one in reversed(latest)),
        tuple(dict.fromkeys(one.issuer for one in records.documents if one.issuer)),
        tuple(kind for kind in KINDS if kind in there),
    )


def positions_within(
    records: Records, filters: Filters, without: Collection[Key] = frozenset()
) -> list[int] | None:
    """Positions of the clauses that filters leave, in order; `None` where they leave all.

    Args:
        records: of the corpus.
        filters: where to look.
        without: documents that are left out, too, unless `filters` name one by its id: versions that are
            not asked for (`qa_bot.versions`). Which there were on `filters.as_of` is told by that day alone.

    Raises:
        FilterError: nothing is left; the message lists the values that there are.
    """
    if not filters and not without:
        return None
    day = filters.as_of
    if day is not None:
        without = left_out_on(records, day)
    wanted = records.standings.current_id(filters.document or "")
    positions: list[int] = []
    for document in _documents(records, filters):
        named = document.id == wanted and day is None
        if (document.issue_id, document.id) in without and not named:
            continue
        own = records.positions(document.issue_id, document.id)
        if day is not None:
            own = _there_on(records, document, own, day)
        if own and (filters.in_force or day) and document.kind in ("notice", "other"):
            own = _in_force(records, document, own, day)
        positions += own
    if not positions and day is not None:
        days = [begun for one in records.documents if (begun := begins(records, one))]
        first = f"；最早的是 {min(days)} 的" if days else ""
        english = f" The earliest is of {min(days)}." if days else ""
        raise FilterError(
            f"所收的公报里没有 {day} 已有且符合这些条件的原文{first} / "
            f"Nothing held here was there on {day} and fits these filters.{english}"
        )
    if not positions:
        raise FilterError(
            "没有同时符合这些条件的原文；请放宽一项 / "
            "Nothing fits all of these filters together: leave one out."
        )
    return sorted(positions)


def _documents(records: Records, filters: Filters) -> list[DocumentRecord]:
    """The documents that fit, by each filter in turn."""
    all_of_them = records.documents
    choices = filter_choices(records)
    kind = _kind(filters.kind)
    issue, document, issuer = filters.issue, filters.document, filters.issuer
    if document is not None:
        document = records.standings.current_id(document)
    # The id of an earlier version means it alone, a number all that bear it.
    alone = document in {identity for _, identity in records.standings.earlier}
    # 温政办[2019] 35号 is 温政办〔2019〕35号.
    number = next((number for number, *_ in numbers_in(document or "")), document)
    since, until = filters.since or date.min, filters.until or date.max
    named: list[tuple[str | None, str, str, Sequence[str], Callable[[DocumentRecord], bool]]] = [
        (
            issue, "期", "issue", [f"{one}（{label}）" for one, label in choices.issues],
            lambda one: one.issue_id == issue,
        ),
        (
            document, "文件", "document", [one.id for one in all_of_them if one.number],
            lambda one: one.id == document
            or (not alone and bool({document, number} & {one.id, one.number})),
        ),
        (issuer, "发文机关", "issuing body", choices.issuers, lambda one: _issued_by(one, issuer or "")),
        (
            filters.kind, "文件种类", "kind of document", [KINDS[one][0] for one in choices.kinds],
            lambda one: one.kind == kind,
        ),
    ]  # fmt: skip
    chosen = all_of_them
    for wanted, name, english, values, fits in named:
        if wanted is None:
            continue
        if not any(map(fits, all_of_them)):
            raise FilterError(
                f"没有{name}“{wanted}”；有的是：{_listed(values)} / "
                f"There is no {english} {wanted!r}. These exist: {_listed(values)}"
            )
        chosen = [one for one in chosen if fits(one)]
    days = {one.id: one.published_on for one in records.issues}
    chosen = [
        one
        for one in chosen
        if since <= (one.issued_on or days[one.issue_id] or one.month or since) <= until
    ]
    if not chosen:
        known = sorted({one.issued_on for one in all_of_them if one.issued_on})
        dated = f"{known[0]} – {known[-1]}" if known else "（无 / none）"
        raise FilterError(
            f"没有同时符合这些条件的文件；请放宽一项。成文日期：{dated} / "
            f"No document fits all of these filters together: leave one out. Issued: {dated}"
        )
    return chosen


def _there_on(
    records: Records, document: DocumentRecord, own: Sequence[int], day: date
) -> list[int]:
    """Those of a document's clauses that were issued and had taken effect on a day, or bear none."""
    begun = begins(records, document)
    if begun and begun > day:
        return []
    if document.issued_on and document.issued_on > day:
        return []
    late = {part.id for part in document.parts if _takes_effect(document, part) > day}
    if "" in late:
        return []
    return _without_parts(records, document, own, late)


def _takes_effect(document: DocumentRecord, part: PartRecord) -> date:
    return part.effective_from or document.effective_from or date.min


def _in_force(
    records: Records, document: DocumentRecord, own: Sequence[int], on: date | None
) -> list[int]:
    """Those of a document's clauses whose work is not known to have ended."""
    if force_of(records, document, on=on) in ENDED:
        return []
    ended = {
        part.id
        for part in document.parts
        if part.id and force_of(records, document, part.id, on) in ENDED
    }
    return _without_parts(records, document, own, ended)


def _without_parts(
    records: Records, document: DocumentRecord, own: Sequence[int], parts: Iterable[str]
) -> list[int]:
    gone = {one for part in parts for one in records.below(f"{document.id}/{part}")}
    return [position for position in own if position not in gone]


def _issued_by(document: DocumentRecord, wanted: str) -> bool:
    return bool(document.issuer) and is_named(document.issuer or "", wanted)


def _kind(wanted: str | None) -> str | None:
    if wanted is None:
        return None
    said = wanted.strip().lower()
    return next((kind for kind, names in KINDS.items() if said in (kind, *names)), wanted)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise FilterError(
            f"“{text[:_LONGEST]}”不是日期，请写成 2019-04-12 / "
            f"{text[:_LONGEST]!r} is no date: write 2019-04-12."
        ) from error


def _truth(value: object) -> bool:
    said = str(value).strip().lower()
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    raise FilterError(
        f"“{said[:_LONGEST]}”应为 true 或 false / {said[:_LONGEST]!r} should be true or false."
    )


def _short(value: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise FilterError(
            "筛选条件里有残缺的字符，请重新选 / A filter holds a lone surrogate, which is no character."
        )
    if len(value) > _LONGEST:
        raise FilterError(
            f"筛选条件超过 {_LONGEST} 个字，请缩短 / A filter is longer than {_LONGEST} characters: shorten it."
        )
    return value


def _listed(values: Iterable[str], most: int = 20) -> str:
    held = list(values)
    more = f" … ({len(held)})" if len(held) > most else ""
    return ("、".join(held[:most]) or "（无 / none）") + more
