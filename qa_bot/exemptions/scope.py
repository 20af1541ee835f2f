"""Which texts of a document are lists of exemptions, and what their titles grant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa_bot.clauses import Clause, Parsed
from qa_bot.exemptions.pieces import Piece, tree_of
from qa_bot.gazette import Document, Issue, Named, Part
from qa_bot.text import squeeze

__all__ = ["GRANT", "Scope", "reliefs_in", "scopes"]

#: Words that grant: 不予行政处罚, 免予处罚, 从轻或者减轻处罚.
GRANT = (
    r"(?:(?:不予|免予|免于|免除|不)(?:行政)?处罚|免罚|不罚|免予处理"
    r"|从轻(?:(?:或者?|、)减轻)?(?:行政)?处罚|减轻(?:行政)?处罚)"
)
_RELIEFS = (
    ("exempt", re.compile(r"不予(?:实施)?(?:行政)?处罚|免(?:予|于|除)?(?:行政)?处罚|免罚|不罚|不处罚|免予处理|首违|首次违法")),
    ("lighter", re.compile("从轻")),
    ("reduced", re.compile("减轻(?!(?:违法|危害|或者消除|损害|后果))")),
)  # fmt: skip
# Names an offence as slight, and grants the most by that, where no other word does.
_SLIGHT = re.compile("轻微违法|包容(?:审慎|免罚)|容错")
_OTHER = re.compile(r"(?:不予|免予|免于)(?:实施|采取)?(?:行政)?强制")
_LIST_NOUN = re.compile(r"清单|目录|名录|事项|一览表|明细表|表$")
# Rules may hold a list, but need not.
_RULES_NOUN = re.compile("规定|办法|情形|标准|意见|细则|基准|通知|公告|通告")


@dataclass(frozen=True, slots=True)
class Scope:
    """A text that is, or may hold, a list of exemptions.

    Attributes:
        issue: it is printed in.
        document: it is of.
        part: of that document.
        title: the list's own heading.
        reliefs: what its title grants.
        sure: whether its own title is that of a list: then a table in it that is not understood, or a
            list without items, is worth a warning.
        clauses: of the part, in the order of the source.
        pieces: of the part, without its rows.
        body: the pieces of the notice; empty where the list stands in the notice itself.
    """

    issue: Issue
    document: Document
    part: Part
    title: str
    reliefs: tuple[str, ...]
    sure: bool
    clauses: tuple[Clause, ...]
    pieces: tuple[Piece, ...]
    body: tuple[Piece, ...]

    @property
    def key(self) -> str:
        """What the ids of its clauses begin with."""
        return "/".join(filter(None, (self.document.id, self.part.id)))


def reliefs_in(text: str) -> tuple[str, ...]:
    """What a title or a sentence grants: exempt, lighter, reduced; several, or nothing."""
    found = tuple(relief for relief, form in _RELIEFS if form.search(text))
    return found or (("exempt",) if _SLIGHT.search(text) and not _OTHER.search(text) else ())


def scopes(issue: Issue, parsed: Parsed) -> Iterator[Scope]:
    """The texts of an issue that are lists of exemptions by their title, or by that of their notice.

    An annex with a title of its own that grants nothing is none, whatever its notice is called.
    """
    by_part: dict[tuple[str, str], list[Clause]] = {}
    for clause in parsed.clauses:
        by_part.setdefault((clause.document_id, clause.part_id), []).append(clause)
    named: dict[str, list[Named]] = {}
    for piece in parsed.named:
        named.setdefault(piece.document_id, []).append(piece)
    for document in issue.documents:
        if document.kind not in ("notice", "other"):
            continue
        titles = {part.id: _title(part, document) for part in document.parts}
        if not any(titles.values()):
            continue
        trees: dict[str, list[Piece]] = {}
        for part in document.parts:
            held = by_part.get((document.id, part.id), [])
            held.sort(key=lambda one: one.spans[0])
            trees[part.id] = tree_of(document, part, held, named.get(document.id, []))
        first = document.parts[0]
        for part in document.parts:
            title = titles[part.id]
            if title is None or (
                part is first and any(titles[one.id] for one in document.parts[1:])
            ):
                continue
            yield Scope(
                issue,
                document,
                part,
                squeeze(part.title or title),
                reliefs_in(title),
                bool(_LIST_NOUN.search(title)) and (part is not first or len(document.parts) == 1),
                tuple(by_part.get((document.id, part.id), ())),
                tuple(trees[part.id]),
                tuple(trees[first.id]) if part is not first else (),
            )


def _title(part: Part, document: Document) -> str | None:
    """The name by which a part is a list of exemptions; `None` where it is none.

    Its own heading decides; an annex without one goes by what the notice calls it.
    """
    names = [part.title] if part.title else [*part.other_titles, document.title]
    granting = [name for name in names if reliefs_in(name)]
    listing = [name for name in granting if _LIST_NOUN.search(name)]
    ruling = [name for name in granting if _RULES_NOUN.search(name)]
    return next(iter([*listing, *ruling]), None)
