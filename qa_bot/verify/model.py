"""What a verification says: for each quote and each citation a verdict, with where and in what it differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa_bot.gazette.identity import Standing
from qa_bot.index import ClauseRecord, IssueRecord
from qa_bot.index.records import DocumentRecord
from qa_bot.text import Span

__all__ = [
    "FAILED",
    "VERDICTS",
    "ChangedValue",
    "Check",
    "Cited",
    "Compared",
    "Difference",
    "Piece",
    "Place",
    "Verification",
]

# In the order in which a summary counts them: (Chinese, English).
VERDICTS: dict[str, tuple[str, str]] = {
    "verified": ("与原文一致", "verified"),
    "exists": ("所引条文存在", "exists"),
    "ambiguous": ("不止一处", "ambiguous"),
    "misattributed": ("出处有误", "misattributed"),
    "altered": ("与原文不一致", "altered"),
    "not_found": ("所收公报里没有", "not found here"),
}
# After which `qa-bot verify` leaves with exit code 3.
FAILED = frozenset(("misattributed", "altered", "not_found"))


def _pairs(spans: Sequence[Span]) -> list[list[int]]:
    return [list(span) for span in spans]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        record: the clause; `None` for a heading that belongs to none.
        document: that it stands in.
        issue: of the gazette.
        spans: of the source, in order.
        standing: which version of its work the document is.
    """

    record: ClauseRecord | None
    document: DocumentRecord
    issue: IssueRecord
    spans: tuple[Span, ...]
    standing: Standing | None = None

    @property
    def citation(self) -> str:
        """How it is cited; a heading by its document."""
        return self.record.citation if self.record else self.document.citation

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        own = self.standing.own if self.standing else None
        return {
            "clause_id": self.record.clause.id if self.record else None,
            "citation": self.citation,
            "document": {
                "id": self.document.id,
                "title": self.document.title,
                "number": self.document.number,
                "version": own.told() if own else None,
            },
            "issue": {
                "id": self.issue.id,
                "name": self.issue.name,
                "year": self.issue.year,
                "number": self.issue.number,
            },
            "file": self.issue.file,
            "sha256": self.issue.sha256,
            "spans": _pairs(self.spans),
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a quote beside the source; together the pieces are the whole quote and the whole stretch.

    Attributes:
        op: equal, replace, insert (only the quote has it) or delete (only the source has it).
        quote: as it was given.
        source: as the clause has it, with its line breaks and cells.
    """

    op: str
    quote: str
    source: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a quote departs from its source.

    Attributes:
        op: replace, insert or delete, as of `Piece`; boundary where two numbers of a table run together.
        quote: what the quote has.
        source: what the source has.
        quote_span: of the text that was given.
        source_spans: of the source file.
    """

    op: str
    quote: str
    source: str
    quote_span: Span
    source_spans: tuple[Span, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        return {
            "op": self.op,
            "quote": self.quote,
            "source": self.source,
            "quote_span": list(self.quote_span),
            "source_spans": _pairs(self.source_spans),
        }


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value or a word that decides, and is another in the quote.

    Attributes:
        kind: number, amount, date, percentage, ordinal, document_number, negation, modality, limit or name.
        quote: what the quote has; empty where it left it out.
        source: what the source has; empty where the quote put it in.
    """

    kind: str
    quote: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        return {"kind": self.kind, "quote": self.quote, "source": self.source}


@dataclass(frozen=True, slots=True)
class Compared:
    """What a quote was held against.

    Attributes:
        places: where that stands.
        similarity: 1 where nothing differs, 0 where nothing is alike.
        text: as its clauses have it, with their line breaks and cells.
    """

    places: tuple[Place, ...]
    similarity: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        return {
            "similarity": round(self.similarity, 3),
            "text": self.text,
            "at": [one.to_json() for one in self.places],
        }


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation, and what it names in this corpus.

    Attributes:
        text: as it was given.
        span: where it stands in what was given.
        status: exists, ambiguous or not_found.
        held: whether the work that it names is in the corpus at all.
        keys: ids of clauses, documents or issues that it names, or may name; what is below them counts.
        places: of the clauses named; none for a whole document.
        message: (Chinese, English).
    """

    text: str
    span: Span
    status: str
    held: bool
    keys: tuple[str, ...]
    places: tuple[Place, ...]
    message: tuple[str, str]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        return {
            "text": self.text,
            "span": list(self.span),
            "status": self.status,
            "held": self.held,
            "ids": list(self.keys),
            "at": [one.to_json() for one in self.places],
            "message": " / ".join(self.message),
        }


@dataclass(frozen=True, slots=True)
class Check:
    """A quote, a citation, or both together, and what holds of it.

    Attributes:
        kind: quote, citation or quote_with_citation.
        verdict: a key of `VERDICTS`.
        text: the quote, or the citation where there is no quote.
        spans: where quote and citation stand in what was given.
        message: (Chinese, English).
        at: where the quote stands word for word, or what a citation names; of an ambiguous one all places
            (at most 20), of a quote that runs through several clauses these in order.
        places: how many places there are.
        ignored: keys of `qa_bot.verify.characters.IGNORED`: what differs and is no alteration.
        short: whether the quote has fewer than six characters.
        elided: whether parts were left out with ……, and the rest stands in order.
        left_out: of a verified quote what stands in its sentence before it, and behind it; empty where it is
            whole.
        cited: the citation given with it.
        compared: of an altered quote what it was held against.
        pieces: of an altered quote, it and its source side by side.
        differences: of an altered quote.
        changed_values: of an altered quote: numbers, dates, negations… that are others.
        near: of what was not found the nearest clauses; no confirmation. Of an altered quote the others that it
            is as near to (at most 20), of those that stand where the citation says if it names several.
    """

    kind: str
    verdict: str
    text: str
    spans: tuple[Span, ...]
    message: tuple[str, str]
    at: tuple[Place, ...] = ()
    places: int = 0
    ignored: tuple[str, ...] = ()
    short: bool = False
    elided: bool = False
    left_out: tuple[str, str] = ("", "")
    cited: Cited | None = None
    compared: Compared | None = None
    pieces: tuple[Piece, ...] = ()
    differences: tuple[Difference, ...] = ()
    changed_values: tuple[ChangedValue, ...] = ()
    near: tuple[Compared, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a verification."""
        return {
            "kind": self.kind,
            "verdict": self.verdict,
            "text": self.text,
            "spans": _pairs(self.spans),
            "message": " / ".join(self.message),
            "normalised": bool(self.ignored),
            "ignored": list(self.ignored),
            "short": self.short,
            "elided": self.elided,
            "left_out": {"before": self.left_out[0], "after": self.left_out[1]},
            "at": [one.to_json() for one in self.at],
            "places": self.places,
            "cited": self.cited.to_json() if self.cited else None,
            "compared": self.compared.to_json() if self.compared else None,
            "differences": [one.to_json() for one in self.differences],
            "changed_values": [one.to_json() for one in self.changed_values],
            "near": [one.to_json() for one in self.near],
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """What holds of a text.

    Attributes:
        text: as it was given.
        checks: in the order of the text.
        elapsed_ms: that it took.
        unchecked: quotes and citations behind these that were not checked, for there are too many.
    """

    text: str
    checks: tuple[Check, ...]
    elapsed_ms: float = 0.0
    unchecked: int = 0

    @property
    def message(self) -> tuple[str, str]:
        """That not all was checked, (Chinese, English); empty where all was."""
        if not self.unchecked:
            return "", ""
        return (
            f"引文和出处太多，只核对了前 {len(self.checks)} 处，其余 {self.unchecked} 处没有核对；请分几次",
            f"too many quotes and citations: the first {len(self.checks)} were checked, {self.unchecked} were "
            "not; verify the text in parts",
        )

    @property
    def summary(self) -> dict[str, int]:
        """How many checks have each verdict; every verdict is there."""
        counts = Counter(check.verdict for check in self.checks)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    @property
    def holds(self) -> bool:
        """Whether everything was checked, and nothing is altered, misattributed or not found."""
        return not self.unchecked and not any(check.verdict in FAILED for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """The contract of the JSON interface; fields may be added."""
        return {
            "text": self.text,
            "checks": [check.to_json() for check in self.checks],
            "summary": self.summary,
            "unchecked": self.unchecked,
            "message": " / ".join(filter(None, self.message)),
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
