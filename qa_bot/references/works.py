"""The works of a corpus: what each is called, and which clause stands at which place in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from qa_bot.clauses import Clause
from qa_bot.gazette import Document, Issue, Part
from qa_bot.references.mentions import Place
from qa_bot.text import fold, parse_number, squeeze

__all__ = ["Shelf", "Text", "divisions", "title_key"]

_ARTICLE = re.compile(r"/art_(\d+)((?:之[^/~]+)?)(?=[/~]|$)")
_CHAPTER = re.compile(r"^第\s*(\S+?)\s*(编|章|节)")
_DIVISIONS = ("编", "章", "节")
Division = tuple[tuple[str, int], ...]
_ID_OF = {"款": "para", "项": "item", "目": "subitem"}


def title_key(title: str) -> str:
    """A title folded for comparison; marks within it do not matter, nor does 中华人民共和国 before a law's."""
    return re.sub(r"[《》〈〉<>\"'\s]", "", fold(squeeze(title))).removeprefix("中华人民共和国")


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
        document: that it is of.
        part: of that document.
        issue_id: of the issue that it is printed in.
        clauses: of the text, by id.
        articles: the articles by number (and 之二), each with the ids of its 款.
        divisions: the articles of each 编, 章 and 节, by its place: (("章", 2), ("节", 1)).
        index_of: which 款 of its article a clause is, from 0.
        with_item: the 款 of an article that have an item of a number.
        doubled: articles whose number the text has twice.
        under: the clauses directly below a point that is a heading, by the id that it would have.
    """

    key: str
    document: Document
    part: Part
    issue_id: str
    clauses: dict[str, Clause] = field(default_factory=dict)
    articles: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    divisions: dict[Division, list[tuple[int, int]]] = field(default_factory=dict)
    under: dict[str, list[str]] = field(default_factory=dict)
    index_of: dict[str, int] = field(default_factory=dict)
    with_item: dict[tuple[tuple[int, int], str], list[str]] = field(default_factory=dict)
    doubled: set[tuple[int, int]] = field(default_factory=set)

    def add(self, clause: Clause) -> None:
        """Put a clause in its place."""
        self.clauses[clause.id] = clause
        self.under.setdefault(clause.id.rpartition("/")[0], []).append(clause.id)
        match = _ARTICLE.search(clause.id, len(self.key))
        if not match:
            return
        article = int(match[1]), parse_number(match[2][1:] or "0") or 0
        paragraphs = self.articles.setdefault(article, [])
        rest = clause.id[match.end() :]
        if rest.startswith("~") or re.match(r"/para_\d+~", rest):
            self.doubled.add(article)
        if re.fullmatch(r"/para_\d+", rest):
            self.index_of[clause.id] = len(paragraphs)
            paragraphs.append(clause.id)
        elif item := re.fullmatch(r"(/para_\d+)/item_(\d+)", rest):
            holders = self.with_item.setdefault((article, item[2]), [])
            holders.append(clause.id.rpartition("/")[0])
        place = divisions(clause.path)
        for depth in range(1, len(place) + 1):
            held = self.divisions.setdefault(place[:depth], [])
            if not held or held[-1] != article:
                held.append(article)

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
            fits = [held for held in self.divisions if held[-len(named) :] == named]
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


class Shelf:
    """All texts of a corpus, found by title or number."""

    def __init__(self, issues: Iterable[tuple[Issue, Sequence[Clause]]]) -> None:
        self.texts: dict[str, Text] = {}
        self.text_of: dict[str, Text] = {}  # by clause id
        self._by_title: dict[str, list[Text]] = {}
        self._by_number: dict[str, list[Text]] = {}
        for issue, clauses in issues:
            for document in issue.documents:
                if document.kind not in ("notice", "other"):
                    continue
                for part in document.parts:
                    key = "/".join(filter(None, (document.id, part.id)))
                    text = self.texts[key] = Text(key, document, part, issue.id)
                    names = [part.title, *part.other_titles]
                    if not part.id:
                        # An order bears the title of what it issues; the title means the text itself.
                        issued = {other.title for other in document.parts[1:]}
                        names = [n for n in (*names, document.title) if n not in issued]
                    if document.superseded_by:
                        continue  # a title or a number means the latest version
                    for name in {title_key(name) for name in names if name}:
                        self._by_title.setdefault(name, []).append(text)
                    if document.number:
                        self._by_number.setdefault(document.number, []).append(text)
            for clause in clauses:
                key = "/".join(filter(None, (clause.document_id, clause.part_id)))
                if key in self.texts and clause.kind not in ("title", "signature"):
                    self.texts[key].add(clause)
                    self.text_of[clause.id] = self.texts[key]

    def of(self, clause: Clause) -> Text | None:
        """The text that a clause is of."""
        return self.texts.get("/".join(filter(None, (clause.document_id, clause.part_id))))

    def find(self, title: str | None, number: str | None) -> list[Text]:
        """The texts that a title, a number, or both together can mean.

        A number alone means the document's body, a title the text that bears it. Where both are given
        and the number is another than that of the text with the title, none fits: it is another edition.
        """
        titled = self._by_title.get(title_key(title), []) if title else []
        numbered = self._by_number.get(number, []) if number else []
        if title and number:
            both = [text for text in titled if text.document.number == number]
            if both:
                return both
            # 《…实施细则》（温市监规〔2019〕1号): named by the number of the notice that issued it.
            return [] if titled and not numbered else _bodies(numbered)
        if title:
            return titled
        return _bodies(numbered)


def _bodies(texts: Sequence[Text]) -> list[Text]:
    return [text for text in texts if not text.part.id]
