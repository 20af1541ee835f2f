"""Records in the order of a query, by the one search that answers questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa_bot.encoder import Encoder
from qa_bot.exemptions import Exemption
from qa_bot.index import Generation
from qa_bot.search import Focus, search
from qa_bot.understanding import understand

__all__ = ["look_up"]


def look_up(
    generation: Generation, encoder: Encoder, query: str, records: Sequence[Exemption]
) -> list[Exemption]:
    """All of `records`, those that fit the query best first.

    Guarantees: none is left out; the order is that of `qa_bot.search.search` among their clauses, and where
    several records are of one clause, that of the list. What kind of answer is asked for (an amount, a
    condition) does not count: a card tells all of them, whichever record it is of.
    """
    asked = replace(understand(generation, query), kinds=())
    by_clause: dict[str, list[Exemption]] = {}
    for one in records:
        by_clause.setdefault(one.clause_id, []).append(one)
    places = [record for one in by_clause if (record := generation.records.by_id(one)) is not None]
    positions = [record.position for record in places]
    found = search(
        generation, encoder, asked.text, len(positions), focus=Focus(asked), among=positions
    )
    best = [hit.record.clause.id for hit in found.hits]
    order = dict.fromkeys([*(one for one in best if one in by_clause), *by_clause])
    return [record for clause_id in order for record in by_clause[clause_id]]
