"""Whether a work is in force, as far as the corpus tells: one issue cannot prove that a rule still holds."""

from __future__ import annotations

from datetime import date

from qa_bot.index import DocumentRecord, Records

__all__ = ["ENDED", "force_of"]

#: What `force_of` says of a work that no longer holds.
ENDED = frozenset(("expired", "repealed"))


def force_of(
    records: Records, document: DocumentRecord, part_id: str = "", on: date | None = None
) -> str:
    """What the corpus knows of a work's force.

    Args:
        records: of the corpus.
        document: that holds the work.
        part_id: of the part that is the work; the notice itself if empty.
        on: the day that it is asked for; today if not given.

    Returns:
        no_change_known, amended, expired, repealed, or unknown for what is no official document.
    """
    if document.kind not in ("notice", "other"):
        return "unknown"
    key = "/".join(filter(None, (document.id, part_id)))
    whole = {key, document.id}
    done = records.pointers.relations_to([key, document.id], below=key)
    part = document.part(part_id)
    until = part.valid_until or document.valid_until
    if any(one.kind == "repeals" and whole & set(one.targets) for one in done):
        return "repealed"
    if until and until < (on or date.today()):
        return "expired"
    # The notice that amends rules and prints them as amended leaves nothing to be warned of: what stands
    # there is the new wording, and the relation says whose it is.
    changed = any(
        one.kind in ("amends", "repeals")
        and not one.in_text
        and not _within(one.clause_id, document.id)
        and any(_within(target, key) for target in one.targets)
        for one in done
    )
    return "amended" if changed else "no_change_known"


def _within(identity: str, key: str) -> bool:
    return identity == key or identity.startswith(f"{key}/")
