"""The works of a corpus: which clause stands at which place in one, and finding one by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from qa_bot.clauses import Clause
from qa_bot.gazette import Document, Issue, Part
from qa_bot.references.mentions import Place
from qa_bot.references.names import Catalogue, Offer, text_key, title_key
from qa_bot.text import parse_number

__all__ = ["KEPT_TEXTS", "IssueShelf", "OwnText", "Shelf", "Text", "divisions", "texts_of"]

#: So many texts of other issues stay in memory, some hundred kB each.
KEPT_TEXTS = 256

_ARTICLE = re.compile(r"/art_(\d+)((?:之[^/~]+)?)(?=[/~]|$)")
_PARAGRAPH = re.compile(r"/para_\d+")
_ITEM = re.compile(r"(/para_\d+)/item_(\d+)")
_AGAIN = re.compile(r"(?:/para_\d+)?~")
_CHAPTER = re.compile(r"^第\s*(\S+?)\s*(编|章|节)")
_DIVISIONS = ("编", "章", "节")
Division = tuple[tuple[str, int], ...]
_ID_OF = {"款": "para", "项": "item", "目": "subitem"}


def divisions(path: Sequence[str]) -> Division:
    """The 编, 章 and 节 that headings name: (("章", 2), ("节", 1))."""
    found: list[tuple[str, int]] = []
    for heading in path:
        match = _CHAPTER.match(heading)
        number = parse_number(match[1]) if match else None
        if match and number:
            found.append((match[2], number))
    return tuple(found)


@dataclass
class Text:
    """A text that can be pointed at: the body of a document, or what it issues or annexes.

    Attributes:
        key: what the ids of its clauses begin with.
        clauses: of the text, by id.
        articles: the articles by number (and 之二), each with the ids of its 款.
        divisions: the articles of each 编, 章 and 节, by its place: (("章", 2), ("节", 1)).
        index_of: which 款 of its article a clause is, from 0.
        with_item: the 款 of an article that have an item of a number.
        doubled: articles whose number the text has twice.
        under: the clauses directly below a point that is a heading, by the id that it would have.
    """

    key: str
    clauses: dict[str, Clause] = field(default_factory=dict)
    articles: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    divisions: dict[Division, list[tuple[int, int]]] = field(default_factory=dict)
    under: dict[str, list[str]] = field(default_factory=dict)
    index_of: dict[str, int] = field(default_factory=dict)
    with_item: dict[tuple[tuple[int, int], str], list[str]] = field(default_factory=dict)
    doubled: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, key: str, clauses: Iterable[Clause]) -> Text:
        """The text of a key, made of the clauses of its document and part.

        Args:
            key: `text_key` of them.
            clauses: all of the text, in the order of the source.
        """
        text = cls(key)
        for clause in clauses:
            text.add(clause)
        return text

    def add(self, clause: Clause) -> None:
        """Put a clause in its place; nothing points at titles and signatures."""
        if clause.kind in ("title", "signature"):
            return
        self.clauses[clause.id] = clause
        self.under.setdefault(clause.id.rpartition("/")[0], []).append(clause.id)
        match = _ARTICLE.search(clause.id, len(self.key))
        if not match:
            return
        article = int(match[1]), parse_number(match[2][1:] or "0") or 0
        paragraphs = self.articles.setdefault(article, [])
        rest = clause.id[match.end() :]
        if _AGAIN.match(rest):
            self.doubled.add(article)
        if _PARAGRAPH.fullmatch(rest):
            self.index_of[clause.id] = len(paragraphs)
            paragraphs.append(clause.id)
        elif item := _ITEM.fullmatch(rest):
            holders = self.with_item.setdefault((article, item[2]), [])
            holders.append(clause.id.rpartition("/")[0])
        place = divisions(clause.path)
        for depth in range(1, len(place) + 1):
            held = self.divisions.setdefault(place[:depth], [])
            if not held or held[-1] != article:
                held.append(article)

    @cached_property
    def order(self) -> list[tuple[int, int]]:
        """The numbers of the articles, sorted; once all clauses are in their places."""
        return sorted(self.articles)

    @cached_property
    def _ending_in(self) -> dict[Division, list[Division]]:
        """The divisions by what their place ends in: 第二章第一节 by that and by 第一节."""
        found: dict[Division, list[Division]] = {}
        for held in self.divisions:
            for depth in range(len(held)):
                found.setdefault(held[depth:], []).append(held)
        return found

    def find(self, place: Place) -> list[str]:
        """The clauses at a place: one, several for a chapter, none where the text lacks it."""
        units = {step.unit: step for step in place}
        if "条" in units:
            step = units["条"]
            if (step.number, step.inserted) in self.articles:
                return self._in_article((step.number, step.inserted), place)
            if self.articles:
                return []
            return self._point(place)
        if "点" in units or "部分" in units:
            return self._point(place)
        named = tuple((step.unit, step.number) for step in place if step.unit in _DIVISIONS)
        if named:
            # 第一节 without its chapter is one of several where chapters count their sections anew.
            fits = self._ending_in.get(named, ())
            return (
                [self.article(each) for each in self.divisions[fits[0]]] if len(fits) == 1 else []
            )
        return self._point(place) if not self.articles else []

    def article(self, article: tuple[int, int]) -> str:
        """The id of a whole article: of the article, or of its only 款."""
        paragraphs = self.articles[article]
        whole = paragraphs[0].rpartition("/para_")[0] if paragraphs else ""
        return whole if whole in self.clauses or not paragraphs else paragraphs[0]

    def _in_article(self, article: tuple[int, int], place: Place) -> list[str]:
        if article in self.doubled:
            return []  # two articles of one number: neither is chosen
        paragraphs = self.articles[article]
        below = [step for step in place if step.unit in _ID_OF]
        if not below:
            return [self.article(article)] if paragraphs else []
        if below[0].unit == "款":
            if not 0 < below[0].number <= len(paragraphs):
                return []
            candidates = [paragraphs[below[0].number - 1]]
            below = below[1:]
        else:
            # 第二十三条第（三）项: the 款 need not be named where only one has items.
            candidates = self.with_item.get((article, str(below[0].number)), [])
        if len(candidates) != 1:
            return []
        identity = candidates[0]
        for step in below:
            identity += f"/{_ID_OF[step.unit]}_{step.number}"
        return [identity] if identity in self.clauses else []

    def _point(self, place: Place) -> list[str]:
        """第三点, 第二部分第（三）项第2目 of a text numbered 一、（一）1."""
        names = {"条": "part", "点": "part", "部分": "part", "项": "item", "目": "point"}
        steps = [f"{names[step.unit]}_{step.number}" for step in place if step.unit in names]
        if not steps:
            return []
        identity = "/".join((self.key, *steps))
        if identity in self.clauses:
            return [identity]
        return list(self.under.get(identity, ())) if steps[-1].startswith("part") else []


@dataclass(kw_only=True)
class OwnText(Text):
    """A text of the issue that is read, with what is known of it.

    Attributes:
        document: that it is of.
        part: of that document.
        issue_id: of the issue that it is printed in.
    """

    document: Document
    part: Part
    issue_id: str


def texts_of(issue: Issue, clauses: Iterable[Clause]) -> dict[str, OwnText]:
    """The texts of an issue that can be pointed at, by key."""
    texts: dict[str, OwnText] = {}
    for document in issue.documents:
        if document.kind in ("notice", "other"):
            for part in document.parts:
                key = text_key(document.id, part.id)
                texts[key] = OwnText(key, document=document, part=part, issue_id=issue.id)
    for clause in clauses:
        text = texts.get(text_key(clause.document_id, clause.part_id))
        if text is not None:
            text.add(clause)
    return texts


class Shelf:
    """All texts of a corpus, found by title or number; each is read only when a place in it is looked for."""

    def __init__(
        self, catalogue: Catalogue, load: Callable[[str], Text], kept: int = KEPT_TEXTS
    ) -> None:
        """Take the names of all texts, and the way to them.

        Args:
            catalogue: of all issues, that one included which is read.
            load: the text of a key of the catalogue, `Text.of` its clauses.
            kept: how many of the texts read last stay in memory.
        """
        self._catalogue = catalogue
        self._load = lru_cache(maxsize=kept)(load)

    def find(self, title: str | None, number: str | None) -> list[Offer]:
        """The texts that a title key, a number, or both together can mean.

        A number alone means the document's body, a title the text that bears it. Where both are given
        and the number is another than that of the text with the title, none fits: it is another edition.
        """
        titled = self._catalogue.titles.get(title, ()) if title is not None else ()
        numbered = self._catalogue.numbers.get(number, ()) if number is not None else ()
        if title is not None and number is not None:
            both = [text for text in titled if text.number == number]
            if both:
                return both
            # 《…实施细则》（温市监规〔2019〕1号): named by the number of the notice that issued it.
            return [] if titled and not numbered else _bodies(numbered)
        return list(titled) if title is not None else _bodies(numbered)

    def text(self, key: str) -> Text:
        """The text of a key."""
        return self._load(key)


def _bodies(texts: Sequence[Offer]) -> list[Offer]:
    return [text for text in texts if text.body]


class IssueShelf:
    """The shelf as one issue sees it: its own texts at hand, and noted what it looks for in others.

    Attributes:
        own: the texts of the issue, by key.
        asked: the title keys and numbers that were looked for, found or not.
    """

    def __init__(self, shelf: Shelf, own: Mapping[str, OwnText]) -> None:
        """Take the shelf of the corpus, and the texts of the issue that is read."""
        self.own = own
        self.asked: set[str] = set()
        self._shelf = shelf
        self._stands_in: dict[str, str] = {}

    def of(self, clause: Clause) -> OwnText | None:
        """The text that a clause of the issue is of."""
        return self.own.get(text_key(clause.document_id, clause.part_id))

    def find(self, title: str | None, number: str | None) -> list[Offer]:
        """The texts that a title, a number, or both together can mean: see `Shelf.find`."""
        key = title_key(title) if title else None
        number = number or None
        self.asked.update(name for name in (key, number) if name is not None)
        return self._shelf.find(key, number)

    def text(self, key: str) -> Text:
        """The text of a key that was found."""
        return self.own.get(key) or self._shelf.text(key)

    def places(self, text: Text, place: Place) -> list[str]:
        """The clauses at a place of a text, as `Text.find` gives them; `clause` knows them from here on."""
        found = text.find(place)
        self._stands_in.update(dict.fromkeys(found, text.key))
        return found

    def clause(self, identity: str) -> Clause | None:
        """A clause that `places` gave."""
        key = self._stands_in.get(identity)
        return self.text(key).clauses.get(identity) if key is not None else None
