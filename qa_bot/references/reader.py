"""From what a text points at, as it is written, to the clauses that are meant."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa_bot.clauses import Clause, book
from qa_bot.gazette import Issue
from qa_bot.references.mentions import LEVELS, Mention, Place, find_mentions, place_label
from qa_bot.references.model import Reference
from qa_bot.references.names import text_key, title_key
from qa_bot.references.works import IssueShelf, OwnText, Text, divisions
from qa_bot.text import Offsets, Span, chinese_number, parse_number

__all__ = ["AMENDING_TITLE", "Reader", "quotations"]

# What a mention resolves to: status, normal form and targets; `None` for what is no reference after all.
Resolved = tuple[str, str, list[str]]
_GENRE = re.compile(
    r"^(?:实施|暂行|管理)?(?:办法|细则|规定|通知|意见|方案|举措|条例|措施|决定|纲要|规划|计划|标准|规范|制度|清单|目录|公告|通告|决议|指南|章程)$"
)
_MOST_TARGETS = 300
AMENDING_TITLE = re.compile(r"修订|修改|修正")


def _start(clause: Clause) -> int:
    return clause.spans[0][0]


def _ends_with(title: str, word: str) -> bool:
    """Whether a title is of the kind that a word names: …管理办法（试行） is an 办法."""
    plain = re.sub(r"[（(][^（()）]*[）)]$", "", title)
    if word == "法" and plain.endswith("办法"):
        return False
    return plain.endswith(word.removeprefix("实施").removeprefix("暂行"))


class Reader:
    """Reads the clauses of one issue, knowing what each document calls things."""

    def __init__(self, shelf: IssueShelf, issue: Issue, clauses: Sequence[Clause]) -> None:
        self.shelf = shelf
        self.name = title_key(issue.name)
        self.aliases: dict[tuple[str, str], Mention] = {}
        self.amended: dict[str, Mention | None] = {}
        self.children: dict[str, list[Clause]] = {}
        for clause in clauses:
            if clause.parent:
                self.children.setdefault(clause.parent, []).append(clause)
        for children in self.children.values():
            children.sort(key=_start)

    def read(self, clause: Clause) -> Iterator[tuple[Reference, Mention]]:
        """The references of a clause, each with what was found."""
        mentions = find_mentions(clause.text)
        if not mentions:
            return
        text = self.shelf.of(clause)
        where = Offsets(clause.text, clause.spans)
        quoted = deque(quotations(clause.text) if clause.kind == "amendment" else ())
        last: Mention | None = None  # the work named last, which 本法 in a quotation of it means
        article: Place = ()  # named last in an amendment: 第二十九条第一款修改为…⏎删除第三款
        for mention in mentions:
            if mention.number == clause.document_id or (
                title_key(mention.title or "") == self.name and self.name
            ):
                continue  # a document's own number under its title, the gazette's own name
            if clause.kind == "amendment" and mention.kind == "bare":
                mention, article = _in_article_named(mention, article)
            if mention.alias:
                self.aliases[(clause.document_id, title_key(mention.alias))] = mention
            if mention.kind == "work":
                last = mention
            while quoted and quoted[0][1] <= mention.start:
                quoted.popleft()
            inside = bool(quoted) and quoted[0][0] <= mention.start
            made = self._resolve(clause, text, mention, last, inside)
            if made is None:
                continue
            status, normal, targets = made
            spans = where.spans(mention.start, mention.end)
            holder = self._holder(clause, spans)
            yield (
                Reference(
                    holder, spans, clause.text[mention.start : mention.end], status, normal,
                    tuple(dict.fromkeys(targets)) if status == "internal" else (),
                ),
                mention,
            )  # fmt: skip

    def _holder(self, clause: Clause, spans: tuple[Span, ...]) -> str:
        """The smallest clause within `clause` that holds the spans."""
        while children := self.children.get(clause.id):
            at = bisect_right(children, spans[0][0], key=_start) - 1
            if at < 0 or spans[-1][1] > children[at].spans[-1][1]:
                break
            clause = children[at]
        return clause.id

    def _resolve(
        self,
        clause: Clause,
        text: OwnText | None,
        mention: Mention,
        last: Mention | None,
        inside: bool,
    ) -> Resolved | None:
        if mention.kind == "work":
            return self._work(clause, mention, mention.places)
        if mention.kind == "annex":
            return self._annex(text, mention)
        in_table = clause.kind in ("row", "statistics")
        if in_table and last and mention.kind in ("own", "here", "previous", "bare"):
            # A legal basis quoted in a cell: 本法 and 前款 there are those of the law quoted.
            if mention.kind in ("own", "bare"):
                return self._work(clause, last, mention.places)
            articles = [tuple(s for s in place if s.unit == "条") for place in last.places[-1:]]
            written = clause.text[mention.start : mention.end]
            return "external", f"{_name(last)}{_labels(articles)}（{written}）", []
        if mention.kind == "own":
            if text is None:
                return None
            if mention.count:  # 该法第十三条
                if last is None:
                    return "unresolved", clause.text[mention.start : mention.end], []
                return self._work(clause, last, mention.places)
            fitting = self._own_text(text, mention)
            if fitting is None:
                # 本法第四条 quoted in an 办法 is of the law named last, or of none that is known
                if last and _ends_with(last.title or "", mention.word):
                    return self._work(clause, last, mention.places)
                return "unresolved", clause.text[mention.start : mention.end], []
            text = fitting
            target = self.amended_work(clause) if inside else None
            if target:
                return self._work(clause, target, mention.places)
            return self._places(text, mention.places, book(text.part.title or text.document.title))
        if mention.kind == "bare":
            return self._bare(clause, text, mention, last)
        written = clause.text[mention.start : mention.end]
        if text is None or inside or in_table:
            return None if inside else ("unresolved", written, [])
        return self._relative(clause, text, mention)

    def _work(self, clause: Clause, work: Mention, places: Sequence[Place]) -> Resolved:
        known = self.aliases.get((clause.document_id, title_key(work.title or "")))
        if known and not work.number and not self.shelf.find(work.title, None):
            work = known
        fits = self.shelf.find(work.title, work.number)
        normal = _name(work)
        if len(fits) == 1:
            key = fits[0].key
            if not places:
                return "internal", normal, [key]
            return self._places(self.shelf.text(key), places, normal)
        # 《举措》, 《办法》: a short form whose long form the document does not tell names no work.
        short = not work.number and _GENRE.match(work.title or "") is not None
        status = "unresolved" if fits or short else "external"
        return status, normal + _labels(places), []

    def _places(self, text: Text, places: Sequence[Place], normal: str) -> Resolved:
        targets: list[str] = []
        for place in places:
            found = self.shelf.places(text, place)
            if not found:
                return "unresolved", normal + _labels(places), []
            targets.extend(found)
        return "internal", normal + _labels(places), targets or [text.key]

    def _own_text(self, text: OwnText, mention: Mention) -> OwnText | None:
        """The text that 本办法第三条 means: this one, or the rules that this one is annexed to.

        `None` where neither is an 办法.
        """
        wants = any(step.unit == "条" for place in mention.places for step in place)
        title = text.part.title or text.document.title
        untitled = title in (text.issue_id, text.document.number)
        if (untitled or _ends_with(title, mention.word)) and (text.articles or not wants):
            return text
        keys = [text_key(text.document.id, part.id) for part in text.document.parts]
        others = [
            other
            for other in map(self.shelf.own.get, keys)
            if other
            and (other.articles or not wants)
            and _ends_with(other.part.title or other.document.title, mention.word)
        ]
        if len(others) == 1:
            return others[0]
        return text if untitled or _ends_with(title, mention.word) else None

    def _annex(self, text: OwnText | None, mention: Mention) -> Resolved | None:
        if text is None:
            return None
        annexes = [part for part in text.document.parts if part.id.startswith("annex")]
        if not annexes and not mention.count:
            return None  # 规范性文件的附件: annexes of other papers
        if mention.count:
            annexes = [part for part in annexes if part.id == f"annex_{mention.count}"]
        annexes = [part for part in annexes if part.id != text.part.id]
        normal = f"附件{mention.count or ''}"
        if len(annexes) == 1:
            return "internal", normal, [f"{text.document.id}/{annexes[0].id}"]
        return "unresolved", normal, []

    def _bare(
        self, clause: Clause, text: OwnText | None, mention: Mention, last: Mention | None
    ) -> Resolved | None:
        """第五条 with no work before it: of the text amended, of this one, or of the work just named."""
        units = {step.unit for place in mention.places for step in place}
        if clause.kind == "amendment" and "条" in units:
            target = last or self.amended_work(clause)
            if target is None:
                return "unresolved", _labels(mention.places), []
            if (
                clause.text[mention.start] == "第"
                and "条" not in clause.text[mention.start : mention.end]
            ):
                # 删除第三款，第四款调整为第三款: counted as before the amendment, or after it.
                return "unresolved", _name(target) + _labels(mention.places), []
            return self._work(clause, target, mention.places)
        if text is None or "条" not in units:
            return None  # 第三款 alone, or 第二章 of nothing: the sentence says of what
        if text.articles:
            if clause.text[: mention.start].endswith("其"):
                places = mention.places
                return (
                    self._work(clause, last, places)
                    if last
                    else ("unresolved", _labels(places), [])
                )
            between = clause.text[last.end : mention.start] if last else "。"
            listed = last is not None and (last.places or between[-1:] in ("和", "及", "与", "或"))
            if listed and not re.search("[。；]", between):
                # 违反《…法》第三十三条，有第四十条情形的: of that law, or of these rules
                return "unresolved", _labels(mention.places), []
            own = book(text.part.title or text.document.title)
            return self._places(text, mention.places, own)
        if last:
            return self._work(clause, last, mention.places)
        return None

    def amended_work(self, clause: Clause) -> Mention | None:
        """The one work that a document amends, as its title names it."""
        if clause.document_id not in self.amended:
            text = self.shelf.own.get(clause.document_id)
            title = text.document.title if text else ""
            works = [m for m in find_mentions(title) if m.kind == "work"]
            amends = AMENDING_TITLE.search(title) and len(works) == 1
            self.amended[clause.document_id] = works[0] if amends else None
        for heading in reversed(clause.path):
            works = [m for m in find_mentions(heading) if m.kind == "work"]
            if len(works) == 1:
                return works[0]
        return self.amended[clause.document_id]

    def _relative(self, clause: Clause, text: OwnText, mention: Mention) -> Resolved | None:
        """本条, 本章第二十九条, 前款, 前两款, 前条: counted from where the clause stands."""
        own = re.search(r"/art_(\d+)(?:之([^/~]+))?(?:~\d+)?(?:/para_(\d+))?", clause.id)
        if not own:
            return None  # in an official document 前款 has no certain meaning
        article = int(own[1]), parse_number(own[2] or "0") or 0
        written = clause.text[mention.start : mention.end]
        paragraphs = text.articles.get(article, [])
        index = text.index_of.get(clause.id, 0)
        prefix = book(text.part.title or text.document.title)
        if mention.kind == "here":
            if mention.word in ("章", "节", "编"):
                return _in_division(text, clause, mention, prefix)
            base = [text.article(article)] if mention.word == "条" else [clause.id]
            return self._within(text, base, article, index, mention, prefix)
        count = mention.count
        if mention.word == "款":
            if index - count < 0 or not paragraphs:
                return "unresolved", written, []
            return self._within(
                text, paragraphs[index - count : index], article, index - count, mention, prefix
            )
        if mention.word == "条":
            at = bisect_left(text.order, article)
            if at < count:
                return "unresolved", written, []
            before = text.order[at - count : at]
            return self._within(
                text, [text.article(each) for each in before], before[-1], 0, mention, prefix
            )
        return None  # 前项 is said within an item, which the 款 holds

    def _within(
        self,
        text: Text,
        base: list[str],
        article: tuple[int, int],
        index: int,
        mention: Mention,
        prefix: str,
    ) -> Resolved:
        """前款第（三）项, 本条第二款: a place within what the word means."""
        if not mention.places:
            return "internal", prefix + _names(text, base), base
        targets: list[str] = []
        for place in mention.places:
            if place[0].unit == "条":  # 本条第一款和第三十二条
                found = text.find(place)
                if not found:
                    return "unresolved", prefix + _labels(mention.places), []
                targets.extend(found)
                continue
            if place[0].unit == "款":
                paragraphs = text.articles.get(article, [])
                number = place[0].number
                identity = paragraphs[number - 1] if 0 < number <= len(paragraphs) else ""
                rest = place[1:]
            else:
                identity, rest = (base[0] if len(base) == 1 else ""), place
            for step in rest:
                identity += f"/{'item' if step.unit == '项' else 'subitem'}_{step.number}"
            if identity not in text.clauses:
                return "unresolved", prefix + _labels(mention.places), []
            targets.append(identity)
        return "internal", prefix + _names(text, targets), targets


def _in_article_named(mention: Mention, article: Place) -> tuple[Mention, Place]:
    """A 款 with the article that was named before it, and the article named last now."""
    first = mention.places[0]
    if any(step.unit == "条" for step in first):
        return mention, mention.places[-1]
    if first[0].unit in ("款", "项", "目"):
        # 第十条第一款增加一项，作为第三项: of that article and 款
        above = tuple(step for step in article if LEVELS[step.unit] < LEVELS[first[0].unit])
        return replace(mention, places=tuple((*above, *place) for place in mention.places)), article
    return mention, article


def _in_division(text: Text, clause: Clause, mention: Mention, prefix: str) -> Resolved | None:
    """本章, 本章第二十九条, 本章第一节: the division that the clause stands in, or a place within it."""
    place = divisions(clause.path)
    units = [unit for unit, _ in place]
    if mention.word not in units:
        return None
    here = place[: units.index(mention.word) + 1]
    targets: list[str] = []
    for named in mention.places or ((),):
        if any(step.unit == "条" for step in named):
            found = text.find(named)
        else:
            within = here + tuple((step.unit, step.number) for step in named)
            held = text.divisions.get(within, [])
            # a chapter of hundreds of articles is named as a whole
            found = [text.key] if len(held) > _MOST_TARGETS else [text.article(e) for e in held]
        if not found:
            return "unresolved", prefix + _labels(mention.places), []
        targets.extend(found)
    own = "".join(f"第{chinese_number(number)}{unit}" for unit, number in here)
    in_articles = any(step.unit == "条" for named in mention.places for step in named)
    return "internal", prefix + ("" if in_articles else own) + _labels(mention.places), targets


def _name(work: Mention) -> str:
    """A work in normal form: 《…》（温政发〔2018〕21号), or its number alone."""
    if work.title is None:
        return work.number or ""
    return book(work.title) + (f"（{work.number}）" if work.number else "")


def _labels(places: Sequence[Place]) -> str:
    return "、".join(place_label(place) for place in places)


def _names(text: Text, targets: Sequence[str]) -> str:
    return "、".join(text.clauses[target].label for target in targets if target in text.clauses)


def quotations(text: str) -> list[Span]:
    """The spans of “…” in a text; several paragraphs that each begin with “ are one."""
    spans: list[Span] = []
    start: int | None = None
    for match in re.finditer("[“”]", text):
        if match[0] == "“":
            start = match.start() if start is None else start
        elif start is not None:
            spans.append((start, match.end()))
            start = None
    return spans
