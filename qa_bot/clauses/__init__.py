"""From an `Issue` to its `Clauses`.

Ids follow the law's structure, so that they last over rebuilds and can be read:

    温市监规〔2019〕1号/annex_1/art_51/para_1          first paragraph of article 51 of the annexed rules
    温市监规〔2019〕1号/annex_1/art_23/para_1/item_5   item （五） of it
    温政发〔2019〕5号/part_3                           point 三、 of the notice
    温政办〔2019〕35号/issued/part_2/item_3/point_2    二、（三）2. of the plan that the notice issues
    温政办〔2019〕34号/annex_1/line_7                  seventh line of a list
    温环发〔2019〕17号/annex_1/row_1                   row with serial number 1
    wenzhou-2019-04/records/2019-04-12/entry_3         third entry of a day
    wenzhou-2019-04/briefs/item_3/para_2               second paragraph of the third brief

A work with a document number begins with it, anything else with the issue and its section. A number
that comes twice in one place gets `~2`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.clauses.citation import book, cite
from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Cell, Clause, Context
from qa_bot.clauses.official import parse_official
from qa_bot.clauses.rules import holds_articles, parse_rules
from qa_bot.clauses.sections import SECTION_PARSERS, appoints, parse_appointments
from qa_bot.gazette import Document, Issue, Named, title_key
from qa_bot.ingest import Source
from qa_bot.text import Span

__all__ = [
    "Cell",
    "Clause",
    "Context",
    "Coverage",
    "Parsed",
    "book",
    "cite",
    "coverage",
    "line_number",
    "parse_clauses",
]


_WORD = re.compile(r"\S+")
_NOWHERE = re.compile(rb"\0+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The clauses of an issue, and everything in it that is none.

    Attributes:
        clauses: in the order of the source; a part of a clause follows it.
        named: titles, headings, numbers, signatures, furniture.
        warnings: what a person should look at.
    """

    clauses: tuple[Clause, ...]
    named: tuple[Named, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The account of a source's characters.

    Attributes:
        total: non-space characters of the source.
        clauses: of these in a clause.
        named: of these in a named piece and in no clause.
        missing: spans of non-space characters in neither.
    """

    total: int
    clauses: int
    named: int
    missing: tuple[Span, ...]


def parse_clauses(issue: Issue, source: Source) -> Parsed:
    """Parse every document of an issue.

    Guarantees: without white space, a clause's text equals its spans' characters; ids are unique;
    together with `Parsed.named` the clauses hold every non-space character of the source.
    """
    clauses: list[Clause] = []
    named = list(issue.named)
    warnings: list[tuple[int, str]] = []
    pieces: dict[str, list[Named]] = {}
    for piece in issue.named:
        pieces.setdefault(piece.document_id, []).append(piece)
    for document in issue.documents:
        clauses.extend(_headings(document, pieces.get(document.id, []), source))
        for part in document.parts:
            draft = Draft(source.text, document, part)
            parser = SECTION_PARSERS.get(document.kind)
            if parser:
                parser(draft, part.lines)
            elif holds_articles(part.lines):
                parse_rules(draft, part.lines)
            elif appoints(part.title) and not any(line.is_row for line in part.lines):
                parse_appointments(draft, part.lines)
            else:
                parse_official(draft, part.lines)
            clauses.extend(draft.clauses)
            named.extend(draft.named)
            warnings.extend(draft.warnings)
    parsed = Parsed(tuple(clauses), tuple(named), issue.warnings)
    account = coverage(source.text, parsed)
    warnings += [
        (line_number(source.text, start), f"not understood: {source.text[start:end]}")
        for start, end in account.missing[:100]
    ]
    told = tuple(f"line {line}: {message}" for line, message in sorted(warnings))
    return Parsed(parsed.clauses, parsed.named, (*issue.warnings, *told))


def _headings(document: Document, pieces: Sequence[Named], source: Source) -> list[Clause]:
    """A notice's head (registration, title and number) and signature as clauses that a reference can find.

    Of the other documents the signature only: 温州市统计局制 says whose the statistics are.
    """
    made: list[Clause] = []
    head = [("title", ("registration", "title", "number"), "")] if document.kind == "notice" else []
    for kind, roles, label in (*head, ("signature", ("signature", "date"), "落款")):
        chosen = []
        for role in roles:
            # The title may stand outside of the text, and later titles are those of annexes.
            chosen.extend(
                [
                    piece
                    for piece in pieces
                    if piece.role == role
                    and (role != "title" or title_key(piece.text) == title_key(document.title))
                ][:1]
            )
        if chosen:
            chosen.sort(key=lambda piece: piece.spans[0])
            draft = Draft(source.text, document, document.parts[0])
            made.append(draft.add(kind, kind, label, [piece.spans for piece in chosen]))
    return made


def coverage(text: str, parsed: Parsed) -> Coverage:
    """Count where each non-space character of `text` went."""
    where = bytearray(len(text))
    for piece in parsed.named:
        for start, end in piece.spans:
            where[start:end] = b"\1" * (end - start)
    for clause in parsed.clauses:
        if clause.parent is not None:
            continue  # what it is a part of holds its characters, too
        for start, end in clause.spans:
            where[start:end] = b"\2" * (end - start)
    counts = [0, 0, 0]
    missing: list[Span] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        held = where[start:end]
        if held.count(2) == end - start:
            counts[2] += end - start
            continue
        for kind in (0, 1, 2):
            counts[kind] += held.count(kind)
        missing.extend((start + gap.start(), start + gap.end()) for gap in _NOWHERE.finditer(held))
    return Coverage(sum(counts), counts[2], counts[1], tuple(missing))


def line_number(text: str, position: int) -> int:
    """The line of `text` that a character stands in, counted from 1 as `splitlines` counts."""
    return len(text[:position].splitlines()) or 1
