"""From what texts point at to the clauses that are meant, and to what one text does to another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_bot.clauses import Clause, book
from qa_bot.gazette import Issue
from qa_bot.gazette.dates import effective_from
from qa_bot.gazette.grammar import NUMERAL
from qa_bot.references.mentions import Mention, Place, find_mentions, place_label
from qa_bot.references.works import Shelf, Text, title_key
from qa_bot.text import Span, chinese_number, parse_number, strip_space

__all__ = ["Links", "Reference", "Relation", "link"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a clause that points at something.

    Attributes:
        clause_id: the smallest clause that it stands in.
        spans: where it stands in the source.
        text: as written.
        status: internal (the targets are at hand), external (the work is not in the corpus) or
            unresolved (two works fit, or the place named is not in the work).
        normal: what it means in normal form, 《药品管理法》第五十条; a document number where no title is
            given.
        targets: ids of clauses, or of a whole document or part of one, in order; empty unless internal.
    """

    clause_id: str
    spans: tuple[Span, ...]
    text: str
    status: str
    normal: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """What a clause does to another text.

    Attributes:
        kind: amends, repeals, prevails_over (不一致的，按本通知执行), commences, based_on or issues.
        clause_id: that says so.
        normal: what it is about, in normal form; empty where it names none (与本办法不一致的).
        targets: ids of clauses, documents or parts; empty where they are not in the corpus.
        day: from which it holds, where the text says.
        action: of an amendment: 修改为, 删除, 调整为 or 增加; else empty.
        in_text: of an amendment: whether the target already has the new wording.
    """

    kind: str
    clause_id: str
    normal: str
    targets: tuple[str, ...] = ()
    day: date | None = None
    action: str = ""
    in_text: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    """What the texts of a corpus have to do with each other.

    Attributes:
        references: in the order of the clauses.
        relations: in the order of the clauses.
        warnings: what a person should look at: an amendment whose wording the text does not have.
    """

    references: tuple[Reference, ...]
    relations: tuple[Relation, ...]
    warnings: tuple[str, ...] = ()


_GENRE = re.compile(
    r"^(?:实施|暂行|管理)?(?:办法|细则|规定|通知|意见|方案|举措|条例|措施|决定|纲要|规划|计划|标准|规范|制度|清单|目录|公告|通告|决议|指南|章程)$"
)
_ACTION = re.compile(r"修改为|修订为|修正为|改为|调整为|删除|删去|增加|废止")
_VERB_BEFORE = re.compile(r"(?:删除|删去|废止)$|增加[^。；]{0,12}$")
_PAUSE = re.compile(r"[。；]|调整为")
# 现将《…》（温市监〔2015〕52号）部分条款予以修订
_REVISES = re.compile(r"(?:予以|作(?:出|如下)?)(?:修订|修改|修正)")
_AMENDING_TITLE = re.compile(r"修订|修改|修正")
_REPEAL = re.compile(r"废止|停止执行|停止施行|不再执行|失效|停止使用")
# 一、废止《…》（…令第12号）: the verb stands first
_REPEALS_AHEAD = re.compile(r"^[^《，]{0,12}(?:废止|宣布失效)[^，。]{0,6}《")
_NO_REPEAL = re.compile(r"(?:未|不)(?:予)?(?:废止|失效)|自动失效")
_PRECEDENCE = re.compile(
    r"不(?:相)?(?:一致|符)的?[^。]{0,8}[，,]?\s*(?:按|以|依|照)照?[^。，]{0,4}本[^。，]{1,8}(?:执行|为准|规定)"
)
# 根据《…》、《…》，以及《…》: a comma ends the list unless it goes on.
_BASIS = re.compile(
    r"(?:根据|依据|按照|依照|遵照|贯彻|落实)(?:[^。；，,]|[，,](?=以及|和|参照|并参照|结合《|《)){0,400}$"
)
_SENTENCE = re.compile(r"[^。；]*[。；]?")


def link(issues: Sequence[tuple[Issue, Sequence[Clause]]]) -> Links:
    """Find and resolve every reference of a corpus, and tell what its texts do to each other.

    Guarantees: a target is an id of a clause, document or part of the corpus; a reference resolves to
    targets only where one work fits and has the place named.
    """
    shelf = Shelf(issues)
    references: list[Reference] = []
    relations: list[Relation] = []
    for issue, clauses in issues:
        for document in issue.documents:
            for part in document.parts[1:] if document.kind in ("notice", "other") else ():
                key = "/".join((document.id, part.id))
                relations.append(Relation("issues", document.id, book(part.title), (key,)))
        reader = _Reader(shelf, issue, clauses)
        for clause in _units(clauses):
            found = list(reader.read(clause))
            references.extend(reference for reference, _ in found)
            relations.extend(reader.relations(clause, found))
    relations = list(dict.fromkeys(relations))  # a work that a sentence names twice
    return Links(tuple(references), tuple(relations), tuple(_differing(relations)))


def _differing(relations: Sequence[Relation]) -> Iterator[str]:
    """Amendments that give a place a wording which the text printed for it does not have.

    第三十八条修改为“…应当符合有关法律法规…”, printed as 第三十八条 …应符合有关法律法规….
    """
    for relation in relations:
        rewords = relation.kind == "amends" and relation.action.endswith("为")
        if rewords and relation.action != "调整为" and relation.targets and not relation.in_text:
            yield (
                f"{relation.clause_id} gives {relation.normal} a wording that "
                f"{relation.targets[0]} does not have"
            )


def _units(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """Clauses whose texts do not overlap: a 款 with its items, but no whole article and no item."""
    parents = {clause.parent for clause in clauses if clause.parent}
    searchable = {clause.id for clause in clauses if clause.searchable}
    for clause in clauses:
        whole = clause.id in parents and not clause.searchable
        if not whole and clause.parent not in searchable and clause.kind != "contents":
            yield clause


class _Reader:
    """Reads the clauses of one issue, knowing what each document calls things."""

    def __init__(self, shelf: Shelf, issue: Issue, clauses: Sequence[Clause]) -> None:
        self.shelf = shelf
        self.name = title_key(issue.name)
        self.aliases: dict[tuple[str, str], Mention] = {}
        self.amended: dict[str, Mention | None] = {}
        self.children: dict[str, list[Clause]] = {}
        for clause in clauses:
            if clause.parent:
                self.children.setdefault(clause.parent, []).append(clause)

    def read(self, clause: Clause) -> Iterator[tuple[Reference, Mention]]:
        """The references of a clause, each with what was found."""
        text = self.shelf.of(clause)
        where = _Offsets(clause)
        quoted = _quotations(clause.text) if clause.kind == "amendment" else []
        last: Mention | None = None  # the work named last, which 本法 in a quotation of it means
        article: Place = ()  # named last in an amendment: 第二十九条第一款修改为…⏎删除第三款
        for mention in find_mentions(clause.text):
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
            inside = any(a <= mention.start < b for a, b in quoted)
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
        for child in self.children.get(clause.id, []):
            low, high = child.spans[0][0], child.spans[-1][1]
            if low <= spans[0][0] and spans[-1][1] <= high:
                return self._holder(child, spans)
        return clause.id

    def _resolve(
        self,
        clause: Clause,
        text: Text | None,
        mention: Mention,
        last: Mention | None,
        inside: bool,
    ) -> tuple[str, str, list[str]] | None:
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
            text = self._with_articles(text, mention)
            target = self._amended(clause) if inside else None
            if target:
                return self._work(clause, target, mention.places)
            return self._places(text, mention.places, book(text.part.title or text.document.title))
        if mention.kind == "bare":
            return self._bare(clause, text, mention, last)
        written = clause.text[mention.start : mention.end]
        if text is None or inside or in_table:
            return None if inside else ("unresolved", written, [])
        return self._relative(clause, text, mention)

    def _work(
        self, clause: Clause, work: Mention, places: Sequence[Place]
    ) -> tuple[str, str, list[str]]:
        known = self.aliases.get((clause.document_id, title_key(work.title or "")))
        if known and not work.number and not self.shelf.find(work.title, None):
            work = known
        fits = self.shelf.find(work.title, work.number)
        normal = _name(work)
        if len(fits) == 1:
            return self._places(fits[0], places, normal)
        # 《举措》, 《办法》: a short form whose long form the document does not tell names no work.
        short = not work.number and _GENRE.match(work.title or "") is not None
        status = "unresolved" if fits or short else "external"
        return status, normal + _labels(places), []

    def _places(
        self, text: Text, places: Sequence[Place], normal: str
    ) -> tuple[str, str, list[str]]:
        targets: list[str] = []
        for place in places:
            found = text.find(place)
            if not found:
                return "unresolved", normal + _labels(places), []
            targets.extend(found)
        return "internal", normal + _labels(places), targets or [text.key]

    def _with_articles(self, text: Text, mention: Mention) -> Text:
        """The text that 本办法第三条 means in a table annexed to the rules: the rules themselves."""
        wants = any(step.unit == "条" for place in mention.places for step in place)
        if text.articles or not wants or text.find(mention.places[0]):
            return text
        parts = [f"{text.document.id}/{part.id}" for part in text.document.parts if part.id]
        others = [
            other
            for other in map(self.shelf.texts.get, parts)
            if other
            and other.articles
            and other.part.title.removesuffix("（试行）").endswith(mention.word)
        ]
        return others[0] if len(others) == 1 else text

    def _annex(self, text: Text | None, mention: Mention) -> tuple[str, str, list[str]] | None:
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
        self, clause: Clause, text: Text | None, mention: Mention, last: Mention | None
    ) -> tuple[str, str, list[str]] | None:
        """第五条 with no work before it: of the text amended, of this one, or of the work just named."""
        units = {step.unit for place in mention.places for step in place}
        if clause.kind == "amendment" and "条" in units:
            target = self._amended(clause)
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
            own = book(text.part.title or text.document.title)
            return self._places(text, mention.places, own)
        if last:
            return self._work(clause, last, mention.places)
        return None

    def _amended(self, clause: Clause) -> Mention | None:
        """The one work that a document amends, as its title names it."""
        if clause.document_id not in self.amended:
            text = self.shelf.texts.get(clause.document_id)
            title = text.document.title if text else ""
            works = [m for m in find_mentions(title) if m.kind == "work"]
            amends = _AMENDING_TITLE.search(title) and len(works) == 1
            self.amended[clause.document_id] = works[0] if amends else None
        for heading in reversed(clause.path):
            works = [m for m in find_mentions(heading) if m.kind == "work"]
            if len(works) == 1:
                return works[0]
        return self.amended[clause.document_id]

    def _relative(
        self, clause: Clause, text: Text, mention: Mention
    ) -> tuple[str, str, list[str]] | None:
        """本条, 本章第二十九条, 前款, 前两款, 前条: counted from where the clause stands."""
        own = re.search(r"/art_(\d+)(?:之([^/~]+))?(?:~\d+)?(?:/para_(\d+))?", clause.id)
        if not own:
            return None  # in an official document 前款 has no certain meaning
        article = int(own[1]), parse_number(own[2] or "0") or 0
        written = clause.text[mention.start : mention.end]
        paragraphs = text.articles.get(article, [])
        index = paragraphs.index(clause.id) if clause.id in paragraphs else 0
        prefix = book(text.part.title or text.document.title)
        if mention.kind == "here":
            if mention.word in ("章", "节", "编"):
                if mention.places:
                    return self._places(text, mention.places, prefix)
                for (unit, number), articles in text.chapters.items():
                    if unit == mention.word and article in articles:
                        targets = [text.article(each) for each in articles]
                        label = f"{prefix}第{chinese_number(number)}{unit}"
                        return "internal", label, targets
                return None
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
            order = sorted(text.articles)
            at = order.index(article)
            if at < count:
                return "unresolved", written, []
            before = order[at - count : at]
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
    ) -> tuple[str, str, list[str]]:
        """前款第（三）项, 本条第二款: a place within what the word means."""
        if not mention.places:
            return "internal", prefix + _names(text, base), base
        targets: list[str] = []
        for place in mention.places:
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

    def relations(
        self, clause: Clause, found: Sequence[tuple[Reference, Mention]]
    ) -> Iterator[Relation]:
        """What a clause does to the works that it names."""
        text = self.shelf.of(clause)
        if text is None:
            return
        if clause.kind == "amendment":
            yield from self._amendments(clause, found)
        for start, end, sentence in _sentences(clause.text):
            named = [
                (reference, mention)
                for reference, mention in found
                if start <= mention.start < end and mention.kind == "work"
            ]
            yield from _repeals(clause, text, sentence, start, named)
            if _REVISES.search(sentence) and _AMENDING_TITLE.search(text.document.title):
                for reference, _ in named:
                    yield Relation(
                        "amends", clause.id, reference.normal, reference.targets,
                        text.part.effective_from, "修订",
                    )  # fmt: skip
            if precedence := _PRECEDENCE.search(sentence):
                over = [(r, m) for r, m in named if m.start - start < precedence.start()]
                for reference, _ in over:
                    yield Relation(
                        "prevails_over", clause.id, reference.normal, reference.targets,
                        text.part.effective_from,
                    )  # fmt: skip
                if not over:
                    yield Relation("prevails_over", clause.id, "", (), text.part.effective_from)
            if _opens(clause, text.key):
                for reference, mention in named:
                    if _BASIS.search(sentence[: mention.start - start]):
                        yield Relation("based_on", clause.id, reference.normal, reference.targets)
        day = effective_from([clause.text], text.document.issued_on)
        if day and clause.searchable:
            yield Relation("commences", clause.id, book(text.part.title), (text.key,), day)

    def _amendments(
        self, clause: Clause, found: Sequence[tuple[Reference, Mention]]
    ) -> Iterator[Relation]:
        quoted = _quotations(clause.text)
        wordings = [strip_space(clause.text[a:b]).strip("“”") for a, b in quoted]
        for reference, mention in found:
            if mention.kind not in ("bare", "work") or not mention.places:
                continue
            if any(a <= mention.start < b for a, b in quoted):
                continue
            # 删除第三款 has its verb before, 第一款修改为 behind
            before = _VERB_BEFORE.search(clause.text[max(0, mention.start - 16) : mention.start])
            action = before or _ACTION.search(clause.text, mention.end)
            if not action or (
                not before and _PAUSE.search(clause.text, mention.end, action.start())
            ):
                continue
            targets = reference.targets or self._articles(clause, mention)
            targets = tuple(dict.fromkeys(targets))
            has = [t for t in targets if self._has_wording(t, wordings)]
            yield Relation(
                "amends", clause.id, reference.normal, tuple(has or targets),
                self.shelf.texts[clause.document_id].part.effective_from, action[0], bool(has),
            )  # fmt: skip

    def _articles(self, clause: Clause, mention: Mention) -> tuple[str, ...]:
        """The articles of a place that the amended text no longer has (删除第三款)."""
        work = self._amended(clause)
        fits = self.shelf.find(work.title, work.number) if work else []
        if len(fits) != 1:
            return ()
        places = [tuple(s for s in place if s.unit == "条") for place in mention.places]
        return tuple(target for place in places if place for target in fits[0].find(place))

    def _has_wording(self, target: str, wordings: Sequence[str]) -> bool:
        text = self.shelf.text_of.get(target)
        if text is None:
            return False
        held = _plain(text.clauses[target].text)
        return any(_plain(wording) == held for wording in wordings)


def _in_article_named(mention: Mention, article: Place) -> tuple[Mention, Place]:
    """A 款 with the article that was named before it, and the article named last now."""
    first = mention.places[0]
    if any(step.unit == "条" for step in first):
        return mention, tuple(step for step in mention.places[-1] if step.unit == "条")
    if first[0].unit in ("款", "项"):
        return replace(
            mention, places=tuple((*article, *place) for place in mention.places)
        ), article
    return mention, article


class _Offsets:
    """The way from a clause's text back to its source."""

    def __init__(self, clause: Clause) -> None:
        self.at: list[int] = []
        source = (i for start, end in clause.spans for i in range(start, end))
        held = clause.text
        position = next(source, 0)
        # Blanks and line breaks that joining put in stand where the next character does.
        remaining = sum(b - a for a, b in clause.spans)
        added = len(held) - remaining
        boundaries = {0}
        count = 0
        for start, end in clause.spans:
            count += end - start
            boundaries.add(count)
        used = 0
        for char in held:
            if added > 0 and used in boundaries and used and char in " \n\t":
                self.at.append(position)
                added -= 1
                boundaries.discard(used)
                continue
            self.at.append(position)
            used += 1
            position = next(source, position + 1)
        self.clause_spans = clause.spans

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of the source that `text[start:end]` came from."""
        low, high = self.at[start], self.at[end - 1] + 1
        return tuple(
            (max(a, low), min(b, high)) for a, b in self.clause_spans if a < high and low < b
        )


def _plain(text: str) -> str:
    """A wording without punctuation, white space, and the number that the new text of an article begins with."""
    text = re.sub(r"[\s,，.。;；:：()（）“”]", "", text)
    return re.sub(rf"^第{NUMERAL}条(?:之{NUMERAL})?", "", text)


def _name(work: Mention) -> str:
    """A work in normal form: 《…》（温政发〔2018〕21号), or its number alone."""
    if work.title is None:
        return work.number or ""
    return book(work.title) + (f"（{work.number}）" if work.number else "")


def _labels(places: Sequence[Place]) -> str:
    return "、".join(place_label(place) for place in places)


def _names(text: Text, targets: Sequence[str]) -> str:
    return "、".join(text.clauses[target].label for target in targets if target in text.clauses)


def _quotations(text: str) -> list[Span]:
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


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SENTENCE.finditer(text):
        if match[0]:
            yield match.start(), match.end(), match[0]


def _repeals(
    clause: Clause,
    text: Text,
    sentence: str,
    start: int,
    named: Sequence[tuple[Reference, Mention]],
) -> Iterator[Relation]:
    """《…》（温药监办〔2004〕69号)、…等文件同时废止: every work named before the word."""
    # 《…关于废止和修改部分规章的决定》已经…通过 repeals nothing: a word within a title is none of the sentence.
    sentence = re.sub(r"《[^》]*》?", lambda title: "《" * len(title[0]), sentence)
    word = None
    for match in _REPEAL.finditer(sentence):
        if not _NO_REPEAL.search(sentence[max(0, match.start() - 3) : match.end()]):
            word = match
    listed = any(_REPEAL.search(heading) for heading in clause.path) and not word
    ahead = word is not None and _REPEALS_AHEAD.match(sentence) is not None
    for reference, mention in named:
        before = word is not None and mention.start - start < word.start()
        if listed or ahead or before:
            yield Relation(
                "repeals", clause.id, reference.normal, reference.targets, text.part.effective_from
            )


def _opens(clause: Clause, key: str) -> bool:
    """Whether a clause is where a text says what it is based on: its first paragraph or article."""
    place = clause.id.removeprefix(key + "/")
    return place in ("para_1", "art_1/para_1")
