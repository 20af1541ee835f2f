"""Whether a work is in force, as far as the corpus tells: one issue cannot prove that a rule still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qa_bot.index import DocumentRecord, Records
from qa_bot.references import Relation
from qa_bot.versions import successor

__all__ = ["ENDED", "force_of"]

#: What `force_of` says of a work that no longer holds.
ENDED = frozenset(("expired", "repealed"))


def force_of(
    records: Records, document: DocumentRecord, part_id: str = "", on: date | None = None
) -> str:
    """What the corpus knows of a work's force.

    A version with a later one is amended, unless it has ended: what stands in it is the text before.

    Args:
        records: of the corpus.
        document: that holds the work.
        part_id: of the part that is the work; the notice itself if empty.
        on: the day that it is asked for; today if not given. What is done to the work only after it does not
            count.

    Returns:
        no_change_known, amended, expired, repealed, or unknown for what is no official document.
    """
    if document.kind not in ("notice", "other"):
        return "unknown"
    day = on or date.today()
    key = "/".join(filter(None, (document.id, part_id)))
    whole = {key, document.id}
    everything = records.pointers.relations_to([key, document.id], below=key)
    done = [
        (one, since) for one, since in _dated(records, everything) if since is None or since <= day
    ]
    part = document.part(part_id)
    until = part.valid_until or document.valid_until
    if any(one.kind == "repeals" and whole & set(one.targets) for one, _ in done):
        return "repealed"
    if until and until < day:
        return "expired"
    later = successor(records, document)
    if later is not None and (later.day is None or later.day <= day):
        return "amended"
    standing = records.standings.of(document.issue_id, document.id)
    printed = standing.version_on if standing.versions else None
    # The notice that amends rules and prints them as amended leaves nothing to be warned of: what stands
    # there is the new wording, and the relation says whose it is. A version holds what was done before its day.
    changed = any(
        one.kind in ("amends", "repeals")
        and not one.in_text
        and not (printed and since and since <= printed)
        and not _within(one.clause_id, document.id)
        and any(_within(target, key) for target in one.targets)
        for one, since in done
    )
    return "amended" if changed else "no_change_known"


def _dated(records: Records, relations: Sequence[Relation]) -> list[tuple[Relation, date | None]]:
    """Each relation with the day from which it holds: that which its text names, else that of its document.

    The title of a notice (关于废止…的通知) holds from the day that a clause of it names (自2020年6月1日起废止).
    """
    named: dict[tuple[str, str], date] = {}
    documents: dict[str, DocumentRecord | None] = {}
    for one in relations:
        if one.kind not in ("amends", "repeals"):
            continue
        record = records.by_id(one.clause_id)
        held = records.document(record.issue_id, record.clause.document_id) if record else None
        documents[one.clause_id] = held
        if held and one.day:
            last = named.get((one.kind, held.id), one.day)
            named[(one.kind, held.id)] = max(last, one.day)
    dated: list[tuple[Relation, date | None]] = []
    for one in relations:
        since, held = one.day, documents.get(one.clause_id)
        if since is None and held is not None:
            since = named.get((one.kind, held.id)) or held.effective_from or held.issued_on
        dated.append((one, since))
    return dated


def _within(identity: str, key: str) -> bool:
    return identity == key or identity.startswith(f"{key}/")
