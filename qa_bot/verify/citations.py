"""Citations found in a text, and what each names in the corpus."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from qa_bot.clauses import book
from qa_bot.gazette.grammar import split_number
from qa_bot.index import ClauseRecord, Records
from qa_bot.patterns import late
from qa_bot.references import Mention, Step, Work, find_mentions, resolve_number, title_key
from qa_bot.text import Span, chinese_number, parse_number
from qa_bot.verify.characters import Canonical, canonical
from qa_bot.verify.model import Cited, Place

__all__ = ["Citation", "Citations"]

# 《温州市人民政府公报》2019年第4期“政府记事”4月12日
_OF_ISSUE = late(
    r"《(?P<name>[^《》]{2,60})》\s*(?P<year>\d{4})\s*年\s*第\s*(?P<number>\d{1,3})\s*期"
    r"(?:\s*[“\"「](?P<section>[^”\"」]{1,60})[”\"」])?"
)
_FIGURE = late(r"[0-9〇零一二三四五六七八九十百千]")
_MOST = 20
_BELOW = {
    "article": {"款": "para", "项": "item", "目": "subitem"},
    "point": {"条": "part", "点": "part", "部分": "part", "项": "item", "目": "point"},
}
_DIVISIONS = ("编", "章", "节")


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation in a text, before anything is looked up.

    Attributes:
        span: where it stands.
        text: as written.
        known: positions of the clauses that are cited in exactly these words.
        mention: of a work, as `references` reads it.
        issue: name, year, number and section of an issue of a gazette.
    """

    span: Span
    text: str
    known: tuple[int, ...] = ()
    mention: Mention | None = None
    issue: tuple[str, int, int, str | None] | None = None


class Citations:
    """Finds citations and says what they name. Safe to use from several threads."""

    def __init__(self, records: Records) -> None:
        """Read how every clause is cited."""
        self._records = records
        rows = sorted(
            (canonical(record.citation).text, record.position)
            for issue in records.issues
            for record in records.of(issue.id)
        )
        self._written: list[str] = []
        self._positions: list[tuple[int, ...]] = []
        for words, group in groupby(rows, key=lambda row: row[0]):
            self._written.append(words)
            self._positions.append(tuple(position for _, position in group))
        # A title or a number means the latest version; an earlier one is cited with its day.
        earlier = {identity for _, identity in records.standings.earlier}
        self._held = [
            work
            for work in records.works
            if not any(work.key == one or work.key.startswith(f"{one}/") for one in earlier)
        ]
        self._numbers = {one.number for one in records.documents if one.number}

    def find(self, text: str) -> list[Citation]:
        """All citations of a text, in order, none within another.

        本细则, 前款 and a bare 第三款 point at something that only their context tells, and are none; a bare
        第五十一条 is one of the work that was named last, or of any.
        """
        folded = canonical(text)
        found: list[Citation] = []
        last: Mention | None = None
        end = 0
        candidates: list[tuple[int, Citation]] = []
        for match in _OF_ISSUE.finditer(text):
            issue = (match["name"], int(match["year"]), int(match["number"]), match["section"])
            candidates.append((0, Citation(match.span(), match[0], issue=issue)))
        for mention in find_mentions(text):
            if mention.kind in ("work", "own", "bare"):
                span = (mention.start, mention.end)
                candidates.append((1, Citation(span, text[slice(*span)], mention=mention)))
        for _, one in sorted(candidates, key=lambda pair: (pair[1].span[0], pair[0])):
            start, stop = one.span
            if start < end:
                continue
            made = one
            known, until = self._known(text, folded, start)
            if until >= stop:
                made = Citation((start, until), text[start:until], known, one.mention, one.issue)
            mention_ = made.mention
            if mention_ and mention_.kind == "work":
                last = mention_
            elif mention_:
                units = {step.unit for place in mention_.places for step in place}
                if "条" not in units or (mention_.kind == "own" and last is None):
                    continue
                if last:
                    both = Mention(
                        mention_.start, mention_.end, "work", last.title, last.number, places=mention_.places
                    )  # fmt: skip
                    made = Citation(made.span, made.text, made.known, both)
            found.append(made)
            end = made.span[1]
        return found

    def _known(self, text: str, folded: Canonical, start: int) -> tuple[tuple[int, ...], int]:
        """The longest citation of a clause that stands word for word at a place, and where it ends."""
        at = int(folded.kept.searchsorted(start))
        rest = folded.text[at : at + 300]
        wanted = rest
        while wanted:
            index = bisect_right(self._written, wanted) - 1
            if index < 0:
                break
            words = self._written[index]
            if rest.startswith(words):
                # 序号1 is not meant by 序号12, nor 第五 by 第五十
                goes_on = rest[len(words) : len(words) + 1]
                if _FIGURE.fullmatch(words[-1]) and _FIGURE.fullmatch(goes_on):
                    wanted = words[:-1]
                    continue
                return self._positions[index], int(folded.kept[at + len(words) - 1]) + 1
            shared = next(
                (i for i, (a, b) in enumerate(zip(words, wanted, strict=False)) if a != b),
                min(len(words), len(wanted)),
            )
            wanted = wanted[: min(shared, len(wanted) - 1)]
        return (), -1

    def resolve(self, citation: Citation) -> Cited:
        """What a citation names: clauses, a document or an issue; nothing is chosen where two fit."""
        if citation.issue:
            return self._of_issue(citation)
        mention = citation.mention
        if mention is None or (citation.known and not self._names_whole(citation)):
            return self._at_positions(citation, citation.known)
        works, trouble = self._works(mention)
        if not works:
            if citation.known:
                return self._at_positions(citation, citation.known)
            return Cited(citation.text, citation.span, "not_found", False, (), (), trouble)
        if not mention.places:
            return self._whole(citation, works)
        return self._within(citation, mention, works)

    def _names_whole(self, citation: Citation) -> bool:
        """Whether what is cited in these words is the title of a work, by which the whole is meant."""
        return any(one.clause.kind == "title" for one in self._records.at(citation.known))

    def _place(self, record: ClauseRecord) -> Place:
        document = self._records.document(record.issue_id, record.clause.document_id)
        issue = self._records.issue(record.issue_id)
        standing = self._records.standings.of(issue.id, document.id)
        return Place(record, document, issue, record.clause.spans, standing)

    def _at_positions(self, citation: Citation, positions: Sequence[int]) -> Cited:
        records = self._records.at(positions)
        keys = tuple(one.clause.id for one in records)
        places = tuple(self._place(one) for one in records[:_MOST])
        # All lines of an imprint are cited alike: what is meant is that imprint.
        one_text = len({(one.issue_id, one.clause.document_id) for one in records}) == 1
        status = "exists" if one_text else "ambiguous"
        return Cited(citation.text, citation.span, status, True, keys, places, _said(status, keys))

    def _of_issue(self, citation: Citation) -> Cited:
        name, year, number, section = citation.issue or ("", 0, 0, None)
        key = title_key(name)
        issues = [
            one
            for one in self._records.issues
            if title_key(one.name) == key and (one.year, one.number) == (year, number)
        ]
        if not issues:
            message = (
                f"没有收录《{name}》{year}年第{number}期",
                f"that issue of {name} is not held here",
            )
            return Cited(citation.text, citation.span, "not_found", False, (), (), message)
        if citation.known:
            return self._at_positions(citation, citation.known)
        if section:
            wanted = title_key(section)
            documents = [
                one.id
                for one in self._records.documents
                if one.issue_id in {issue.id for issue in issues}
                and wanted in (title_key(one.section), title_key(one.title))
            ]
            if not documents:
                message = (f"这一期没有“{section}”", "that issue has no such section")
                return Cited(citation.text, citation.span, "not_found", True, (), (), message)
            keys = tuple(documents)
        else:
            keys = tuple(issue.id for issue in issues)
        status = "exists" if len(issues) == 1 else "ambiguous"
        return Cited(citation.text, citation.span, status, True, keys, (), _said(status, keys))

    def _works(self, mention: Mention) -> tuple[list[Work], tuple[str, str]]:
        """The works that a title and a number fit, or why there is none."""
        works = self._held
        known = {number for number in self._numbers if number}
        numbers = set(resolve_number(mention.number, known)) if mention.number else set()
        numbered = [work for work in works if work.number in numbers]
        if mention.title is None:
            if mention.number is None:
                return list(works), ("", "")
            if numbered:
                return numbered, ("", "")
            return [], self._no_number(mention.number)
        titled = self._titled(mention.title)
        if not titled:
            title = book(mention.title)
            if numbered:
                own = book(numbered[0].title)
                return [], (
                    f"{mention.number}不是{title}，是{own}",
                    f"{mention.number} is another document",
                )
            return [], (f"所收公报里没有{title}", "that work is not held here")
        if mention.number is None:
            return titled, ("", "")
        both = [work for work in titled if work.number in numbers]
        if both:
            return both, ("", "")
        title = book(mention.title)
        if all(work.number is None for work in titled):
            return titled, ("", "")
        own = "、".join(dict.fromkeys(work.number for work in titled if work.number))
        return [], (
            f"{title}的文号是{own}，不是{mention.number}",
            f"that work has another document number: {own}",
        )

    def _no_number(self, number: str) -> tuple[str, str]:
        tail = split_number(number)[1]
        named = [one for one, rank, _ in self._records.numbered(tail) if rank > 0]
        if resolve_number(number, named):
            return (
                f"所收公报只提到{number}，没有刊登全文",
                f"{number} is only mentioned here, its text is not held",
            )
        return f"所收公报里没有{number}", f"{number} is not held here"

    def _titled(self, title: str) -> list[Work]:
        """The works of that title; failing these, those whose title holds it, or is held by it."""
        wanted = title_key(title)
        named = [
            (work, [title_key(t) for t in (work.title, *work.other_titles) if t])
            for work in self._held
        ]
        exact = [work for work, titles in named if wanted in titles]
        if exact or len(wanted) < 6:
            return exact
        return [
            work
            for work, titles in named
            if any(wanted in one or (len(one) >= 8 and one in wanted) for one in titles)
        ]  # fmt: skip

    def _whole(self, citation: Citation, works: Sequence[Work]) -> Cited:
        keys = tuple(
            dict.fromkeys(_document_key(work) if work.number else work.key for work in works)
        )
        if citation.mention and citation.mention.title:
            keys = tuple(work.key for work in works)
        roots = {key.split("/")[0] for key in keys}
        status = "exists" if len(roots) == 1 else "ambiguous"
        if citation.mention and not citation.mention.title and status == "exists":
            keys = tuple(roots)
        records = [self._records.by_id(f"{key}/title") for key in keys]
        places = tuple(self._place(one) for one in records if one)
        return Cited(citation.text, citation.span, status, True, keys, places, _said(status, keys))

    def _within(self, citation: Citation, mention: Mention, works: Sequence[Work]) -> Cited:
        by_work: list[list[str]] = []
        for work in works:
            ids: list[str] = []
            for place in mention.places:
                found = list(self._at(work, place))
                if not found:
                    ids = []
                    break
                ids.extend(found)
            if ids:
                by_work.append(ids)
        if not by_work:
            if mention.title is None and mention.number is None:
                message = ("所收的文件里没有这一条", "no work held here has that article")
            else:
                articles = mention.places[0][0].unit == "条"
                best = max(
                    works,
                    key=lambda work: (len(work.articles) if articles else 0, len(work.points)),
                )
                message = _lacks(best, mention.places[0])
            return Cited(citation.text, citation.span, "not_found", True, (), (), message)
        # 温市监规〔2019〕1号第三点 means a point of the notice, though its annex may have a part 三, too.
        bodies = [ids for ids in by_work if ids[0].split("/")[1].startswith(("part_", "art_"))]
        chosen = bodies or by_work
        status = "exists" if len(chosen) == 1 else "ambiguous"
        keys = tuple(identity for ids in chosen for identity in dict.fromkeys(ids))
        records = [self._records.by_id(key) for key in keys[:_MOST]]
        places = tuple(self._place(one) for one in records if one)
        return Cited(citation.text, citation.span, status, True, keys, places, _said(status, keys))

    def _at(self, work: Work, place: Sequence[Step]) -> Iterator[str]:
        """Ids of the clauses at a place of a work, or of what stands below it where that is no clause itself."""
        units = {step.unit: step for step in place}
        article = units.get("条")
        if article and work.articles:
            base = f"{work.key}/art_{article.number}"
            base += f"之{chinese_number(article.inserted)}" if article.inserted else ""
            below = [step for step in place if step.unit in _BELOW["article"]]
            yield from self._below(base, below)
            return
        if any(unit in units for unit in _DIVISIONS) and work.articles:
            yield from self._division(work, place)
            return
        steps = [step for step in place if step.unit in _BELOW["point"]]
        if steps and not work.articles:
            names = [f"{_BELOW['point'][step.unit]}_{step.number}" for step in steps]
            if steps[-1].unit == "点" and len(steps) > 1:
                names[-1] = f"subpoint_{steps[-1].number}"
            yield from self._self_or_below("/".join((work.key, *names)))

    def _below(self, base: str, steps: Sequence[Step]) -> Iterator[str]:
        if not steps:
            yield from self._self_or_below(base)
            return
        names = [f"{_BELOW['article'][step.unit]}_{step.number}" for step in steps]
        if steps[0].unit == "款":
            yield from self._self_or_below("/".join((base, *names)))
            return
        # 第二十三条第（三）项: the 款 need not be named.
        pattern = re.compile(re.escape(base) + r"/para_\d+/" + re.escape("/".join(names)))
        for record in self._records.at(self._records.below(base)):
            if pattern.fullmatch(record.clause.id):
                yield record.clause.id

    def _self_or_below(self, identity: str) -> Iterator[str]:
        if self._records.by_id(identity):
            yield identity
            return
        for record in self._records.at(self._records.below(identity)):
            yield record.clause.id

    def _division(self, work: Work, place: Sequence[Step]) -> Iterator[str]:
        wanted = [(step.unit, step.number) for step in place if step.unit in _DIVISIONS]
        for record in self._records.at(self._records.below(work.key)):
            headings = [re.match(r"第\s*(\S+?)\s*(编|章|节)", one) for one in record.clause.path]
            have = [(one[2], parse_number(one[1])) for one in headings if one]
            if have[: len(wanted)] == wanted:
                yield record.clause.id


def _document_key(work: Work) -> str:
    return work.key.split("/")[0]


def _lacks(work: Work, place: Sequence[Step]) -> tuple[str, str]:
    """That a work has no such place, and how far it goes."""
    label = "".join(
        f"第{chinese_number(step.number)}{step.unit}"
        + (f"之{chinese_number(step.inserted)}" if step.inserted else "")
        for step in place
    )
    name = book(work.title) if work.title else work.key
    number = place[0].number
    if work.articles and place[0].unit == "条" and number not in work.articles:
        last = max(work.articles)
        return f"{name}共{last}条，没有{label}", f"the work is held here and has {last} articles"
    if work.points and not work.articles and number not in work.points:
        last = max(work.points)
        return f"{name}共{last}点，没有{label}", f"the work is held here and has {last} points"
    return f"{name}没有{label}", "the work is held here and has no such provision"


def _said(status: str, keys: Sequence[str]) -> tuple[str, str]:
    if status == "ambiguous":
        return f"有 {len(keys)} 处符合这个出处", f"{len(keys)} places fit this citation"
    return "所引之处在所收公报里", "what is cited is held here"
