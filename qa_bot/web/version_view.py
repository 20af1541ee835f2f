"""What a page says of the versions of a work and of the other places of its text."""

from __future__ import annotations

from dataclasses import dataclass

from qa_bot.gazette.identity import Printing, Standing
from qa_bot.versions import said_of
from qa_bot.web.document_tree import document_link, issue_link
from qa_bot.web.wording import Wording

__all__ = ["VersionNote", "version_note"]


@dataclass(frozen=True, slots=True)
class VersionNote:
    """Versions and places in words.

    Attributes:
        said: which version this is, of how many; empty of a work with one.
        earlier: whether a later one is held.
        others: the other versions, in words, each with its address.
        places: the other places of the text, in words, each with the address of the issue.
    """

    said: str
    earlier: bool
    others: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]


def version_note(
    standing: Standing | None, places: tuple[tuple[str, Printing], ...], words: Wording
) -> VersionNote | None:
    """What is to be said; `None` where there is one version in one place.

    Args:
        standing: of the document.
        places: other places of its text, each with the label of the issue.
        words: of the reader's language.
    """
    if standing is None or not (standing.versions or places):
        return None
    said = said_of(standing)
    others = [
        (
            words("version_of_day", day=one.day)
            if one.day
            else words("version_latest" if one.latest else "version_undated"),
            document_link(one.id),
        )
        for one in standing.versions
        if one.id != standing.id
    ]
    return VersionNote(
        words.of_pair(said) if said else "",
        standing.superseded,
        tuple(others),
        tuple((_place(label, one, words), issue_link(one.issue_id)) for label, one in places),
    )


def _place(label: str, one: Printing, words: Wording) -> str:
    page = f" {words('page', page=one.page)}" if one.page is not None else ""
    return label + page + ("" if one.whole else words("place_in_part"))
