"""Parts of an index without a model, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa_bot.clauses import Parsed
from qa_bot.companions import pairs_in
from qa_bot.exemptions import exemptions_in
from qa_bot.gazette import Issue
from qa_bot.gazette.identity import Key, Standing
from qa_bot.index.links import LinkWriter
from qa_bot.index.records import Records
from qa_bot.index.segment_records import SegmentRecords, UnitWriter
from qa_bot.index.standings import spans_again, write_standings
from qa_bot.index.tokens import TokenIndex, TokenPart
from qa_bot.ingest import Source
from qa_bot.references import Shelf, Text, catalogue_of, link_issue, names_of, text_key
from qa_bot.spelling import Sounds, names_and_characters, sound_table
from qa_bot.words import Words


def records_of(
    folder: Path,
    issues: Sequence[tuple[Issue, Source, str | None, Parsed]],
    standings: Mapping[Key, Standing] | None = None,
) -> Records:
    """The records of some issues, in one segment: written into a folder, and opened."""
    ordered = sorted(issues, key=lambda one: one[0].id)
    writer = UnitWriter(folder / "records.sqlite")
    for issue, source, origin, parsed in ordered:
        writer.add(issue, source, origin, parsed, issue.id, source.sha256, {})
    writer.close()
    clauses = {one.id: one for *_, parsed in ordered for one in parsed.clauses}
    by_text: dict[str, list] = {}
    for clause in clauses.values():
        by_text.setdefault(text_key(clause.document_id, clause.part_id), []).append(clause)
    shelf = Shelf(
        catalogue_of(names_of(issue) for issue, *_ in ordered),
        lambda key: Text.of(key, by_text.get(key, ())),
    )
    links = LinkWriter(folder / "links.sqlite")
    for issue, _, _, parsed in ordered:
        own = link_issue(issue, parsed.clauses, shelf)
        pairs = pairs_in(issue, parsed.clauses, own, clauses.get)
        links.add(issue.id, own, own.asked, pairs, exemptions_in(issue, parsed, own))
    links.close()
    write_standings(
        folder, standings or {}, {issue.id: spans_again(issue) for issue, *_ in ordered}
    )
    count = len(clauses)
    return Records(
        [(SegmentRecords(folder / "records.sqlite"), np.arange(count))],
        (np.zeros(count, np.int32), np.arange(count, dtype=np.int32)),
        {issue.id: number for number, (issue, *_) in enumerate(ordered)},
        folder,
    )


def over_one(part: TokenPart) -> TokenIndex:
    """The token vectors of a single segment."""
    rows = np.arange(part.size)
    places = (np.zeros(part.size, np.int32), rows.astype(np.int32))
    return TokenIndex([(part, rows)], places)


def table_of(texts: Sequence[str], words: Words) -> dict[str, Any]:
    """How the words of some texts sound, which stand under no headings."""
    sounds = Sounds()
    sounds.add(texts, texts, words)
    return sound_table(sounds.table(words), names_and_characters(words.dictionary))
