"""What the texts of an issue are called: all that others need to know of it to see whether they point at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from qa_bot.gazette import Issue
from qa_bot.text import fold, squeeze

__all__ = [
    "Catalogue",
    "Names",
    "Offer",
    "TextNames",
    "catalogue_of",
    "names_of",
    "text_key",
    "title_key",
]


def title_key(title: str) -> str:
    """A title folded for comparison; marks within it do not matter, nor does 中华人民共和国 before a law's."""
    return re.sub(r"[《》〈〉<>\"'\s]", "", fold(squeeze(title))).removeprefix("中华人民共和国")


def text_key(document_id: str, part_id: str) -> str:
    """What the ids of the clauses of a text begin with."""
    return f"{document_id}/{part_id}" if part_id else document_id


class Offer(NamedTuple):
    """A text that bears a name.

    Attributes:
        key: of the text.
        number: 发文字号 of its document, or `None`.
        body: whether it is the document's body, which is what a number alone means.
    """

    key: str
    number: str | None
    body: bool


@dataclass(frozen=True, slots=True)
class TextNames:
    """The names by which one text is found.

    Attributes:
        offer: the text.
        titles: its title keys, each once.
    """

    offer: Offer
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an issue offers, text by text.

    Attributes:
        texts: in the order of the issue.
    """

    texts: tuple[TextNames, ...]

    @property
    def offered(self) -> frozenset[str]:
        """All title keys and numbers.

        An issue has to be linked anew when a text that bears one of the names that it asked for
        (`IssueLinks.asked`) is added, removed or changed, and only then.
        """
        titles = {title for text in self.texts for title in text.titles}
        return frozenset(titles | {text.offer.number for text in self.texts if text.offer.number})

    def to_json(self) -> list[list[Any]]:
        """Lists of strings, as `json` writes them."""
        return [[*text.offer, list(text.titles)] for text in self.texts]

    @classmethod
    def from_json(cls, rows: Iterable[Sequence[Any]]) -> Names:
        """What `to_json` made."""
        return cls(
            tuple(
                TextNames(Offer(key, number, body), tuple(titles))
                for key, number, body, titles in rows
            )
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Which texts of a corpus bear a name.

    Attributes:
        titles: by title key, in the order of the issues.
        numbers: all texts of the documents of a number, in the order of the issues.
    """

    titles: Mapping[str, Sequence[Offer]]
    numbers: Mapping[str, Sequence[Offer]]


def names_of(issue: Issue) -> Names:
    """What an issue offers to be pointed at; of documents with ids of their own (`gazette.keep_apart`)."""
    found: list[TextNames] = []
    for document in issue.documents:
        if document.kind not in ("notice", "other") or document.superseded_by:
            continue  # a title or a number means the latest version
        for part in document.parts:
            titles = [part.title, *part.other_titles]
            if not part.id:
                # An order bears the title of what it issues; the title means the text itself.
                issued = {other.title for other in document.parts[1:]}
                titles = [one for one in (*titles, document.title) if one not in issued]
            offer = Offer(text_key(document.id, part.id), document.number or None, not part.id)
            keys = dict.fromkeys(title_key(title) for title in titles if title)
            found.append(TextNames(offer, tuple(keys)))
    return Names(tuple(found))


def catalogue_of(issues: Iterable[Names]) -> Catalogue:
    """The catalogue of issues, in memory."""
    titles: dict[str, list[Offer]] = {}
    numbers: dict[str, list[Offer]] = {}
    for names in issues:
        for text in names.texts:
            for title in text.titles:
                titles.setdefault(title, []).append(text.offer)
            if text.offer.number:
                numbers.setdefault(text.offer.number, []).append(text.offer)
    return Catalogue(titles, numbers)
