"""What one text has to do with another: references, relations, and all of a corpus together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qa_bot.text import Span

__all__ = ["IssueLinks", "Links", "Reference", "Relation"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a clause that points at something.

    Attributes:
        clause_id: the smallest clause that it stands in.
        spans: where it stands in the source.
        text: as written.
        status: internal (the targets are at hand), external (the work is not in the corpus) or
            unresolved (two works fit, or the place named is not in the work).
        normal: what it means in normal form, 《药品管理法》第五十条; a document number where no title is
            given.
        targets: ids of clauses, or of a whole document or part of one, in order; empty unless internal.
    """

    clause_id: str
    spans: tuple[Span, ...]
    text: str
    status: str
    normal: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """What a clause does to another text.

    Attributes:
        kind: amends, repeals, prevails_over (不一致的，按本通知执行), commences, based_on or issues.
        clause_id: that says so.
        normal: what it is about, in normal form; empty where it names none (与本办法不一致的).
        targets: ids of clauses, documents or parts; empty where they are not in the corpus.
        day: from which it holds, where the text says.
        action: of an amendment: 修改为, 删除, 调整为 or 增加; else empty.
        in_text: of an amendment: whether the target already has the new wording.
    """

    kind: str
    clause_id: str
    normal: str
    targets: tuple[str, ...] = ()
    day: date | None = None
    action: str = ""
    in_text: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    """What the texts of a corpus have to do with each other.

    Attributes:
        references: in the order of the clauses.
        relations: in the order of the clauses.
        warnings: what a person should look at: an amendment whose wording the text does not have.
    """

    references: tuple[Reference, ...]
    relations: tuple[Relation, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueLinks(Links):
    """What the texts of one issue have to do with those of the corpus.

    Attributes:
        asked: the title keys and numbers that were looked for, found or not, sorted: as long as no text that
            bears one of them (`Names.offered`) is added, removed or changed, and the issue itself is not,
            linking it again gives the same.
    """

    asked: tuple[str, ...] = ()
