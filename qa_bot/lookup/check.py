"""What is odd in a corpus's lists of penalty exemptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa_bot.exemptions import Exemption, ExemptionList, LegalBasis
from qa_bot.index import Records
from qa_bot.references import Relation, title_key

__all__ = ["FINDINGS", "Finding", "check_lists"]

#: What `check_lists` finds.
FINDINGS = {
    "gap": "序号不连续 / gap in the serial numbers",
    "repeated": "序号重复 / serial number twice",
    "no_basis": "没有法律依据 / no legal basis",
    "no_penalty": "没有罚则，同一清单的其他事项有 / no penalty, though the list quotes it for others",
    "empty_list": "清单没有读出事项 / list without items",
    "not_understood": "表头不明，仍是表格 / header not known: stays a table",
    "changed_basis": "依据已被修改或废止 / legal basis amended or repealed",
}
_NORMAL = re.compile(r"^《(?P<title>.+?)》(?:（(?P<number>[^）]*)）)?(?P<place>第.*)?$")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should look at.

    Attributes:
        kind: a key of `FINDINGS`.
        where: the list, or the clause, that it is about.
        detail: what it is, as far as the kind does not say: the numbers that are missing.
    """

    kind: str
    where: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        """As `qa-bot exemptions --check --json` prints it."""
        return asdict(self)


def check_lists(records: Records) -> list[Finding]:
    """Everything that is odd in the lists of an index, list by list."""
    found: list[Finding] = []
    every = records.exemptions.all
    tables = {warning.partition(":")[0] for warning in records.exemptions.warnings}
    for one in records.exemptions.lists:
        own = [record for record in every if record.clause_id.startswith(f"{one.key}/")]
        if own or one.key not in tables:
            found.extend(_of_list(one, own))
    found.extend(
        Finding("not_understood", warning.partition(":")[0], warning.partition(": ")[2])
        for warning in records.exemptions.warnings
    )
    changes = [
        relation
        for kind in ("amends", "repeals")
        for relation in records.pointers.relations_of_kind(kind)
    ]
    found.extend(_changed(every, changes))
    return found


def _of_list(one: ExemptionList, records: Sequence[Exemption]) -> Iterator[Finding]:
    if not records:
        yield Finding("empty_list", one.key, one.title)
        return
    yield from _gaps(one, records)
    for record in records:
        if one.has_basis and not any(basis.role != "relief" for basis in record.legal_basis):
            yield Finding("no_basis", record.id, record.violation.text)
        if one.has_penalty and record.ordinary_penalty is None:
            yield Finding("no_penalty", record.id, record.violation.text)


def _gaps(one: ExemptionList, records: Sequence[Exemption]) -> Iterator[Finding]:
    """Numbers that a count leaves out or has twice; one that begins anew with 1 under another heading is none."""
    numbers = [record.number for record in records if record.number is not None]
    last = 0
    for number in numbers:
        if number == 1 and last > 1:
            last = 0
        if number == last:
            yield Finding("repeated", one.key, str(number))
        elif number != last + 1:
            missing = f"{last + 1}" if number == last + 2 else f"{last + 1}–{number - 1}"
            yield Finding("gap", one.key, missing if number > last else f"{last}, {number}")
        last = number


def _changed(records: Sequence[Exemption], changes: Sequence[Relation]) -> Iterator[Finding]:
    for record in records:
        for basis in record.legal_basis:
            for change in changes:
                if not change.in_text and _concerns(change, basis):
                    yield Finding(
                        "changed_basis",
                        record.id,
                        f"{basis.normal} ← {change.kind} {change.clause_id}",
                    )


def _concerns(change: Relation, basis: LegalBasis) -> bool:
    """Whether an amendment or a repeal is of the provision, of a part of it, or of all that it is in."""
    for target in change.targets:
        for own in basis.targets:
            if target == own or own.startswith(f"{target}/") or target.startswith(f"{own}/"):
                return True
    if change.targets:
        return False
    done, named = _NORMAL.match(change.normal), _NORMAL.match(basis.normal)
    if not done or not named or title_key(done["title"]) != title_key(named["title"]):
        return False
    if done["number"] and named["number"] and done["number"] != named["number"]:
        return False
    changed, own = done["place"] or "", named["place"] or ""
    return _within(changed, own) or _within(own, changed)


def _within(place: str, wider: str) -> bool:
    """Whether 第二十条第一款 is in 第二十条; all of a law is «»."""
    return not wider or place == wider or place.startswith(f"{wider}第")
