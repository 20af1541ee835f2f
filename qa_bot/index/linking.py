"""References, companions and exemptions of the issues that changed, and of those that look for what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from qa_bot.clauses import Clause, Parsed
from qa_bot.companions import pairs_in
from qa_bot.exemptions import exemptions_in
from qa_bot.gazette import Document, Issue, Part
from qa_bot.index.links import LinkWriter
from qa_bot.index.record_model import DocumentRecord, above_and_itself
from qa_bot.index.segment import Segment
from qa_bot.index.segment_records import Unit
from qa_bot.references import Names, Shelf, Text, catalogue_of, link_issue, text_key

__all__ = ["link_units"]


def link_units(
    writer: LinkWriter,
    units: Sequence[tuple[Unit, Segment]],
    before: Mapping[str, Unit],
    told: Callable[[int, int], None],
) -> None:
    """Bring the links of a generation up to date.

    Guarantees: the file then holds what it would hold if all issues were linked anew.

    Args:
        writer: of a file that holds the links of `before`.
        units: of the new generation, in order, with the segments that they lie in.
        before: units of the generation before, by issue.
        told: how many issues are linked, of how many.
    """
    now = {unit.issue_id: unit for unit, _ in units}
    same = {one for one, unit in now.items() if one in before and before[one].key == unit.key}
    changed = [unit for one, unit in (*before.items(), *now.items()) if one not in same]
    offered = {name for unit in changed for name in Names.from_json(unit.facts["offers"]).offered}
    stale = (writer.asking(offered) | {unit.issue_id for unit in changed}) & {*now, *before}
    writer.remove(stale)
    texts = _Texts(units)
    catalogue = catalogue_of(Names.from_json(unit.facts["offers"]) for unit, _ in units)
    shelf = Shelf(catalogue, texts.load)
    wanted = [(unit, segment) for unit, segment in units if unit.issue_id in stale]
    for number, (unit, segment) in enumerate(wanted, start=1):
        issue, clauses = texts.issue(unit, segment)
        links = link_issue(issue, clauses, shelf)
        writer.add(
            unit.issue_id,
            links,
            links.asked,
            pairs_in(issue, clauses, links, texts.clause),
            exemptions_in(issue, Parsed(tuple(clauses), ()), links),
        )
        told(number, len(wanted))
    if not wanted:
        told(1, 1)


class _Texts:
    """Texts of the corpus, read from the segments when they are looked for."""

    def __init__(self, units: Sequence[tuple[Unit, Segment]]) -> None:
        self._held: dict[str, tuple[Unit, Segment]] = {}
        for unit, segment in units:
            for offer in Names.from_json(unit.facts["offers"]).texts:
                self._held[offer.offer.key] = (unit, segment)

    def issue(self, unit: Unit, segment: Segment) -> tuple[Issue, list[Clause]]:
        """An issue, without the lines of its documents, and its clauses."""
        record = segment.records.issue(unit.issue_id)
        documents = tuple(_document(one) for one in segment.records.documents(unit.issue_id))
        issue = Issue(
            id=record.id, name=record.name, year=record.year, number=record.number,
            total_number=record.total_number, published_on=record.published_on,
            publisher=record.publisher, file=record.file, sha256=record.sha256,
            documents=documents, named=(),
        )  # fmt: skip
        rows = segment.records.clauses(unit.issue_id)
        return issue, [segment.records.read(row, unit.issue_id, text).clause for row, text in rows]

    def load(self, key: str) -> Text:
        """The text of a key."""
        unit, segment = self._held[key]
        document_id, part_id = next(
            (document.id, part.id)
            for document in segment.records.documents(unit.issue_id)
            for part in document.parts
            if text_key(document.id, part.id) == key
        )
        rows = segment.records.clauses(unit.issue_id, document_id)
        clauses = (segment.records.read(row, unit.issue_id, text).clause for row, text in rows)
        return Text.of(key, (one for one in clauses if one.part_id == part_id))

    def clause(self, identity: str) -> Clause | None:
        """The clause with an id, or `None`."""
        for above in above_and_itself(identity):
            if held := self._held.get(above):
                return held[1].records.clause_of(identity)
        return None


def _document(record: DocumentRecord) -> Document:
    return Document(
        id=record.id, kind=record.kind, title=record.title, section=record.section,
        parts=tuple(
            Part(part.id, part.title, (), part.other_titles, part.effective_from, part.valid_until)
            for part in record.parts
        ),
        number=record.number, registration_number=record.registration_number,
        issuer=record.issuer, addressees=record.addressees, issued_on=record.issued_on,
        effective_from=record.effective_from, valid_until=record.valid_until,
        page=record.page, month=record.month, superseded_by=record.superseded_by,
        version_on=record.version_on,
    )  # fmt: skip
