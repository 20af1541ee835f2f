"""Penalty exemptions as records, made of clauses: what may be exempt, on what condition, what would else be due.

Lists of this kind (不予处罚, 首违不罚, 免罚, 从轻, 减轻处罚清单) are tables or numbered paragraphs. A table whose header is
not understood stays a table, and a warning names it.
"""

from __future__ import annotations

from qa_bot.clauses import Parsed
from qa_bot.exemptions.building import Builder, Fields
from qa_bot.exemptions.general import frame_of
from qa_bot.exemptions.model import (
    RELIEFS,
    SCHEMA,
    Exemption,
    ExemptionList,
    Found,
    Further,
    LegalBasis,
    OrdinaryPenalty,
    Passage,
    Tier,
)
from qa_bot.exemptions.points import points_of
from qa_bot.exemptions.rows import tables_of
from qa_bot.exemptions.scope import Scope, scopes
from qa_bot.exemptions.terms import asks_for_exemptions, asks_for_terms, concerns
from qa_bot.gazette import Issue
from qa_bot.references import Links, Reference

__all__ = [
    "RELIEFS",
    "SCHEMA",
    "Exemption",
    "ExemptionList",
    "Found",
    "Further",
    "LegalBasis",
    "OrdinaryPenalty",
    "Passage",
    "Tier",
    "asks_for_exemptions",
    "asks_for_terms",
    "concerns",
    "exemptions_in",
]

_PENALTIES = ("penalty", "basis_penalty")


def exemptions_in(issue: Issue, parsed: Parsed, links: Links) -> Found:
    """The exemptions that an issue lists.

    Guarantees: every passage is verbatim, its spans count in the issue's source, and its clause exists; a
    record stands for one circumstance, or one violation where the list names no circumstances; no two
    records have one id. What is not understood is left out and warned of.

    Args:
        issue: that is read.
        parsed: its clauses.
        links: of the issue; those of other issues change nothing.
    """
    listed = list(scopes(issue, parsed))
    references: dict[str, list[Reference]] = {}
    for one in links.references if listed else ():
        references.setdefault(one.clause_id, []).append(one)
    records: list[Exemption] = []
    lists: list[ExemptionList] = []
    warnings: list[str] = []
    for scope in listed:
        made, found, said = _read(scope, references)
        warnings.extend(said)
        if made or scope.sure:
            lists.append(found)
        records.extend(made)
    return Found(tuple(records), tuple(lists), tuple(warnings))


def _read(
    scope: Scope, references: dict[str, list[Reference]]
) -> tuple[list[Exemption], ExemptionList, list[str]]:
    """The records of one list, what is known of it, and what is to be warned of."""
    warnings: list[str] = []
    columns: list[str] = []
    meanings: set[str] = set()
    items: list[Fields] = []
    used: set[int] = set()
    for table in tables_of(scope):
        if table.layout is None:
            if scope.sure:
                warnings.append(
                    f"{scope.key}: a table headed «{table.heading}» in the list «{scope.title}» has no column "
                    "that is known to hold violations; it stays a table"
                )
            continue
        columns.extend(name for name in table.columns if name not in columns)
        meanings.update(table.layout.meanings)
        items.extend(table.items())
    in_table = bool(items)
    if not items:
        items, used = points_of(scope)
    builder = Builder(scope, frame_of(scope, used, references), references)
    records: list[Exemption] = []
    for fields in items:
        record = builder.build(fields)
        if record is not None:
            records.append(record)
            meanings.update(fields.texts)
        elif in_table:
            warnings.append(f"{fields.clause.id}: a row of the list names no violation")
    found = ExemptionList(
        scope.key,
        scope.title,
        scope.document.issuer,
        scope.document.number,
        len(records),
        tuple(columns),
        bool(meanings & {"basis", "basis_prohibition", *_PENALTIES}),
        bool(meanings & set(_PENALTIES)) or any(one.ordinary_penalty for one in records),
        any(one.serial for one in records),
    )
    return records, found, warnings
