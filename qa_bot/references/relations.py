"""What a text does to others: amends, repeals, prevails over them, brings into force, is based on them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date

from qa_bot.clauses import Clause, book
from qa_bot.gazette.dates import effective_from
from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.references.mentions import Mention
from qa_bot.references.model import Reference, Relation
from qa_bot.references.reader import AMENDING_TITLE, Reader, quotations
from qa_bot.references.works import IssueShelf, OwnText
from qa_bot.text import find_dates, strip_space

__all__ = ["RelationReader"]

_ACTION = late(r"修改为|修订为|修正为|改为|调整为|移至|合并|删除|删去|增加|废止")
_VERB_BEFORE = late(r"(?:删除|删去|废止)$|增加[^。；]{0,12}$")
_PAUSE = late(r"[。；]|调整为")
# 现将《…》（温市监〔2015〕52号）部分条款予以修订
_REVISES = late(r"(?:予以|作(?:出|如下)?)(?:修订|修改|修正)")
_REPEAL = late(r"废止|停止执行|停止施行|不再执行|失效")
_LISTS_REPEALED = late(r"(?:废止|宣布失效|停止执行)(?:下列|以下|如下|[^，。《]{0,8}文件[，：:])")
_KEEPS = late(r"修改|继续有效|保留")
_NO_REPEAL = late(r"(?:未|不|已|已经)(?:予|被)?(?:废止|失效)|自动失效|(?:废止|失效)[前后的时]")
# What may stand between the last work and the word: 等文件同时, 自本办法施行之日起, （…）等3件规范性文件，自即日起
_BETWEEN = late(
    r"\s*(?:等)?[\d一二三四五六七八九十百]*(?:件|个|部|项)?(?:行政)?(?:规范性)?(?:政策)?(?:文件|规定|办法|通知|规章|政策|决定|条例)?"
    r"(?:的规定|规定的?[^，。；《]{0,12})?[，,]?(?:自[^，。；《]{1,20}起)?[，,]?(?:同时|一并|即行|均|予以|相应|现|决定|宣布|全部|自行|正式|也)*"
)
_ROW = late(r"[\s、]*(?:和|及|与|以及|或者)?\s*")
_NEAR = 400
_PRECEDENCE = late(
    r"不(?:相)?(?:一致|符)的?[^。]{0,8}[，,]?\s*(?:按|以|依|照)照?[^。，]{0,4}本[^。，]{1,8}(?:执行|为准|规定)"
)
# 根据《…》、《…》，以及《…》: a comma ends the list unless it goes on.
_BASIS = late(
    r"(?:根据|依据|按照|依照|遵照|贯彻|落实)(?:[^。；，,]|[，,](?=以及|和|参照|并参照|结合《|《)){0,400}$"
)
_BASIS_DIRECTLY = late(r"(?:根据|依据|按照|依照|遵照)[^。；，,]*$")
_FROM = late(r"自([^，。；《自]{6,24}?)起[^，。；《]{0,12}(?:废止|失效|停止)")
_SENTENCE = late(r"[^。；]*[。；]?")


class RelationReader:
    """Reads what the clauses of an issue do to the works that they name."""

    def __init__(self, shelf: IssueShelf, reader: Reader) -> None:
        self.shelf = shelf
        self.reader = reader
        self.listing = ""  # the text in which a list of what is repealed goes on

    def of(self, clause: Clause, found: Sequence[tuple[Reference, Mention]]) -> Iterator[Relation]:
        """What a clause does to the works that it names."""
        text = self.shelf.of(clause)
        if text is None:
            return
        if clause.kind == "amendment":
            yield from self._amendments(clause, found)
        # 决定废止下列文件：⏎1.《…》: what is numbered under such a line is repealed
        in_list = self.listing == text.key and clause.kind in ("point", "item", "row", "list")
        if clause.kind not in ("point", "item", "row", "list"):
            lists = clause.text.endswith(("：", ":", "。")) and _LISTS_REPEALED.search(clause.text)
            self.listing = text.key if lists else ""
        works = deque(pair for pair in found if pair[1].kind == "work")
        # without works only this can be said
        silent = not works and not _PRECEDENCE.search(clause.text)
        for start, end, sentence in () if silent else _sentences(clause.text):
            named = []
            while works and works[0][1].start < end:
                named.append(works.popleft())
            yield from _repeals(clause, text, sentence, start, named, in_list)
            if _REVISES.search(sentence) and AMENDING_TITLE.search(text.document.title):
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
                    if _is_basis(sentence, mention.start - start):
                        yield Relation("based_on", clause.id, reference.normal, reference.targets)
        day = effective_from([clause.text], text.document.issued_on)
        if day and clause.searchable:
            yield Relation("commences", clause.id, book(text.part.title), (text.key,), day)

    def _amendments(
        self, clause: Clause, found: Sequence[tuple[Reference, Mention]]
    ) -> Iterator[Relation]:
        quoted = quotations(clause.text)
        quotes = deque(quoted)
        wordings = [strip_space(clause.text[a:b]).strip("“”") for a, b in quoted]
        for reference, mention in found:
            if mention.kind not in ("bare", "work") or not mention.places:
                continue
            while quotes and quotes[0][1] <= mention.start:
                quotes.popleft()
            if quotes and quotes[0][0] <= mention.start:
                continue
            # 删除第三款 has its verb before, 第一款修改为 behind
            before = _VERB_BEFORE.search(clause.text[max(0, mention.start - 16) : mention.start])
            action = before or _ACTION.search(clause.text, mention.end, mention.end + _NEAR)
            if not action or (
                not before and _PAUSE.search(clause.text, mention.end, action.start())
            ):
                continue
            targets = reference.targets or self._articles(clause, mention)
            targets = tuple(dict.fromkeys(targets))
            has = [t for t in targets if self._has_wording(t, wordings)]
            yield Relation(
                "amends", clause.id, reference.normal, tuple(has or targets),
                self.shelf.own[clause.document_id].part.effective_from, action[0], bool(has),
            )  # fmt: skip

    def _articles(self, clause: Clause, mention: Mention) -> tuple[str, ...]:
        """The articles of a place that the amended text no longer has (删除第三款)."""
        work = self.reader.amended_work(clause)
        fits = self.shelf.find(work.title, work.number) if work else []
        if len(fits) != 1:
            return ()
        places = [tuple(s for s in place if s.unit == "条") for place in mention.places]
        if not any(places):
            return ()
        text = self.shelf.text(fits[0].key)
        return tuple(t for place in places if place for t in self.shelf.places(text, place))

    def _has_wording(self, target: str, wordings: Sequence[str]) -> bool:
        clause = self.shelf.clause(target) if wordings else None
        if clause is None:
            return False
        held = _plain(clause.text)
        return any(_plain(wording) == held for wording in wordings)


def _plain(text: str) -> str:
    """A wording without punctuation, white space, and the number that the new text of an article begins with."""
    text = re.sub(r"[\s,，.。;；:：()（）“”]", "", text)
    return re.sub(rf"^第{NUMERAL}条(?:之{NUMERAL})?", "", text)


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SENTENCE.finditer(text):
        if match[0]:
            yield match.start(), match.end(), match[0]


def _is_basis(sentence: str, end: int) -> bool:
    """Whether what stands at `end` is in a list behind 根据."""
    return bool(_BASIS.search(sentence[max(0, end - _NEAR) : end]))


def _repeals(
    clause: Clause,
    text: OwnText,
    sentence: str,
    start: int,
    named: Sequence[tuple[Reference, Mention]],
    in_list: bool,
) -> Iterator[Relation]:
    """《…》（温药监办〔2004〕69号)、…等文件同时废止: the works listed directly before the word, or behind it.

    《乙办法》继续有效，《丙办法》同时废止 repeals the second only; 已经废止 and 废止前 repeal nothing; nor does a word
    within a title.
    """
    if not named:
        return
    headings = [*clause.path, text.part.title if text.part.id else ""]
    listed = in_list or any(_REPEAL.search(h) and not _KEEPS.search(h) for h in headings)
    masked = re.sub(r"《[^》]*》?", lambda title: "《" * len(title[0]), sentence)
    words = [
        (match.start(), match.end())
        for match in _REPEAL.finditer(masked)
        if not _NO_REPEAL.search(masked[max(0, match.start() - 3) : match.end() + 1])
    ]
    repealed = [one for one, _ in named] if listed and not words else []
    places = [(one, mention.start - start, mention.end - start) for one, mention in named]
    for low, high in words:
        behind = [place for place in places if place[1] >= high]
        if behind and not masked[high : behind[0][1]].strip("下列：:、"):
            end = 1  # 废止《…》、《…》
            while end < len(behind) and _ROW.fullmatch(masked, behind[end - 1][2], behind[end][1]):
                end += 1
            repealed.extend(one for one, _, _ in behind[:end])
            continue
        before = [place for place in places if place[2] <= low]
        if not before or _BETWEEN.fullmatch(masked, before[-1][2], low) is None:
            continue
        first = len(before) - 1
        while first and _ROW.fullmatch(masked, before[first - 1][2], before[first][1]):
            first -= 1
        if not _BASIS_DIRECTLY.search(masked[max(0, before[first][1] - _NEAR) : before[first][1]]):
            repealed.extend(one for one, _, _ in before[first:])
    day = _repealed_from(sentence) or text.part.effective_from
    for reference in repealed:
        yield Relation("repeals", clause.id, reference.normal, reference.targets, day)


def _repealed_from(sentence: str) -> date | None:
    """《…》自2020年6月1日起废止: the one day that a sentence names, which need not be that of the text that repeals."""
    days = {day for match in _FROM.finditer(sentence) for day, _ in find_dates(match[1])}
    return days.pop() if len(days) == 1 else None


def _opens(clause: Clause, key: str) -> bool:
    """Whether a clause is where a text says what it is based on: its first paragraph or article."""
    place = clause.id.removeprefix(key + "/")
    return place in ("para_1", "art_1/para_1")
