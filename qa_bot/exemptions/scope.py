"""Which texts of a document are lists of exemptions, what they grant, and what holds for a list as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa_bot.clauses import Clause
from qa_bot.exemptions.conditions import general_conditions, undecided
from qa_bot.exemptions.model import Passage
from qa_bot.exemptions.quoting import Quoted
from qa_bot.gazette import Document, Issue, Part
from qa_bot.gazette.dates import effective_from
from qa_bot.text import sentences, squeeze

__all__ = ["GRANT", "Scope", "is_list_title", "reliefs_in", "scopes"]

#: Words that grant: 不予行政处罚, 免予处罚, 从轻或者减轻处罚.
GRANT = (
    r"(?:不予|免予|免于|免除|不)(?:行政)?处罚|免罚|不罚|免予处理|从轻(?:或者?|、)?(?:减轻)?(?:行政)?(?:处罚)?|减轻(?:行政)?处罚"
)
_RELIEFS = (
    ("exempt", re.compile(r"不予(?:实施)?(?:行政)?处罚|免(?:予|于|除)?(?:行政)?处罚|免罚|不罚|不处罚|免予处理|首违|首次违法")),
    ("lighter", re.compile("从轻")),
    ("reduced", re.compile("减轻")),
)  # fmt: skip
# Names an offence as slight, and grants something only together with nothing else.
_SLIGHT = re.compile("轻微违法|包容(?:审慎|免罚)|容错|“?四张清单|柔性执法")
_LIST_NOUN = re.compile(r"清单|目录|名录|事项|情形|一览表|明细表|表$")
_CASE_BY_CASE = re.compile(r"从轻|减轻|不予|免予|免于|免罚|不罚")
_BODY_KINDS = ("title", "signature", "row")


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of exemptions, before its items are read.

    Attributes:
        issue: it is printed in.
        document: it is of.
        part: of that document.
        title: the list's own heading.
        reliefs: what its title grants.
        sure: whether the text itself bears the title of such a list, rather than its notice.
        general: conditions of the whole list.
        effective: from when it holds.
        commencement: the words that say so.
        until: its last day.
        covers: whether cases not yet decided are covered.
        undecided: the words that say so.
        clauses: of the part, in the order of the source.
    """

    issue: Issue
    document: Document
    part: Part
    title: str
    reliefs: tuple[str, ...]
    sure: bool
    general: tuple[Passage, ...]
    effective: date | None
    commencement: Passage | None
    until: date | None
    covers: bool | None
    undecided: Passage | None
    clauses: tuple[Clause, ...]

    @property
    def key(self) -> str:
        """What the ids of its clauses begin with."""
        return "/".join(filter(None, (self.document.id, self.part.id)))


def reliefs_in(text: str) -> tuple[str, ...]:
    """What a title or a heading grants: exempt, lighter, reduced; several, or nothing."""
    found = tuple(relief for relief, form in _RELIEFS if form.search(text))
    return found or (("exempt",) if _SLIGHT.search(text) else ())


def is_list_title(title: str) -> bool:
    """Whether a title is that of a list of exemptions: …轻微违法不予处罚事项清单, 首违不罚清单, 减轻处罚情形目录."""
    return bool(reliefs_in(title)) and bool(_LIST_NOUN.search(title))


def scopes(issue: Issue, clauses: Sequence[Clause]) -> Iterator[Scope]:
    """The lists of exemptions of an issue, and where the notice bears such a title, its tables, too."""
    by_part: dict[tuple[str, str], list[Clause]] = {}
    for clause in clauses:
        by_part.setdefault((clause.document_id, clause.part_id), []).append(clause)
    for document in issue.documents:
        if document.kind not in ("notice", "other"):
            continue
        named = is_list_title(document.title) or any(
            is_list_title(name) for part in document.parts for name in (part.title, *part.other_titles)
        )
        if not named:
            continue
        body = by_part.get((document.id, document.parts[0].id), [])
        own = [part for part in document.parts[1:] if _title(part)]
        for part in document.parts:
            held = sorted(by_part.get((document.id, part.id), []), key=lambda one: one.spans[0])
            title = _title(part)
            if part is document.parts[0]:
                title = title if not own else None
            elif title is None and own:
                continue  # another annex of a notice whose list is at hand
            if title is None and not any(clause.kind == "row" for clause in held):
                continue
            about = body if part is document.parts[0] else [*body, *held]
            yield _scope(issue, document, part, title, held, about)


def _title(part: Part) -> str | None:
    return next((name for name in (part.title, *part.other_titles) if is_list_title(name)), None)


def _scope(
    issue: Issue,
    document: Document,
    part: Part,
    title: str | None,
    held: Sequence[Clause],
    about: Sequence[Clause],
) -> Scope:
    names = (part.title, *part.other_titles, document.title)
    reliefs = next((found for name in names if (found := reliefs_in(name))), ())
    since = part.effective_from or document.effective_from
    tell = [clause for clause in about if clause.kind not in _BODY_KINDS and not clause.parent]
    quoted = [Quoted(clause.text, clause.spans, clause.id) for clause in tell]
    general: list[Passage] = []
    covers, words = None, None
    for text in quoted:
        for start, end in general_conditions(text.text):
            granted = reliefs_in(text.text[start:end])
            if not granted or not reliefs or set(granted) & set(reliefs):
                passage = text.cut(start, end, strip=text.text[end - 1] in "，,")
                general.extend([passage] if passage else [])
        if covers is None and (found := undecided(text.text)):
            (start, end), covers = found
            words = text.cut(start, end, strip=False)
    return Scope(
        issue,
        document,
        part,
        squeeze(part.title or title or document.title),
        reliefs,
        title is not None,
        tuple(general),
        since,
        _commencement(quoted, document, since),
        part.valid_until or document.valid_until,
        covers,
        words,
        tuple(held),
    )


def _commencement(
    texts: Iterable[Quoted], document: Document, since: date | None
) -> Passage | None:
    if since is None:
        return None
    for text in texts:
        for start, end in sentences(text.text):
            if effective_from([text.text[start:end]], document.issued_on) == since:
                return text.cut(start, end, strip=False)
    return None
