"""The provisions that a cell or a sentence names as its legal basis, and the text quoted of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa_bot.exemptions.model import LegalBasis
from qa_bot.exemptions.quoting import Quoted
from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.references import Mention, Reference, Step, find_mentions
from qa_bot.references.mentions import Place, place_label
from qa_bot.text import squeeze

__all__ = ["Citation", "citations_in", "legal_basis"]

# What may stand between two citations, or before the first: 1.违反《…》, 《…》和《…》, 处罚依据：《…》
_LEADS_IN = late(
    r"(?:[\s、，,；;。.：:\u3000]"
    r"|(?:\d{1,2}|[一二三四五六七八九十]{1,2})[.．、]|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）]|[①-⑳]"
    r"|违反的?|违反了|依据|根据|按照|依照|参照|适用|以及|和|及|与|或者|或|同时|并|其中"
    r"|(?:违法|处罚|法律|法定|定性|禁止性|设定|实体|程序)?(?:依据|条款|规定|罚则)为?|的规定|之规定|等规定|规定)*"
)
_ENDS = late(r".*[。；;！？\n]", re.S)
# 政府采购质疑和投诉办法第三十六条, without marks
_UNMARKED = late(
    rf"(?P<title>[\u4e00-\u9fff]{{2,40}}?(?:法典|法|条例|办法|规定|细则|规则|规范|决定))"
    rf"\s*(?:[（(][^（()）]{{1,30}}[）)])?\s*(?=第\s*{NUMERAL}\s*条)"
)
# 《…法》（2018年修正）第三十一条
_EDITION = late(r"\s*(?:[（(][^（()）]{1,30}[）)])?\s*[:：]?\s*")


_ORDER = late(r"[（(]\s*([\u4e00-\u9fff]+(?:、[\u4e00-\u9fff]+)*令\s*第?[^（()）]{1,12}号)\s*[）)]")


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation that stands by itself, not within the wording of a law that is quoted.

    Attributes:
        start: where it begins.
        end: behind it; the text quoted begins there.
        title: of the law, without marks; empty where a number alone is given.
        number: in normal form, or `None`.
        places: the provisions.
    """

    start: int
    end: int
    title: str
    number: str | None
    places: tuple[Place, ...]


def citations_in(text: str) -> list[Citation]:
    """The laws that a text names as a basis, in order, each with its provisions.

    One counts where it opens the text, follows another, or opens a sentence; 本法第十五条 and 前款第一项 within the
    wording of a law that is quoted do not. 第五条 alone is of the law named before it.
    """
    found: list[Citation] = []
    for mention in _mentions(text):
        behind = found[-1].end if found else 0
        between = text[behind : mention.start]
        sentence = _ENDS.match(between)
        opens = between[sentence.end() :] if sentence else between
        edition = mention.kind == "bare" and _EDITION.fullmatch(between)
        if not (edition or _LEADS_IN.fullmatch(opens) or _LEADS_IN.fullmatch(between)):
            continue
        if mention.kind == "work":
            title = squeeze(mention.title or "")
            number = _order(text[mention.start : mention.end], mention.number)
            found.append(Citation(mention.start, mention.end, title, number, mention.places))
        elif found and any(step.unit == "条" for place in mention.places for step in place):
            last = found[-1]
            if not last.places and _EDITION.fullmatch(text, last.end, mention.start):
                found[-1] = replace(last, end=mention.end, places=mention.places)
            elif not set(mention.places) <= set(last.places):
                made = Citation(mention.start, mention.end, last.title, last.number, mention.places)
                found.append(made)
            else:
                # 《…法》第三十一条：第三十一条 建设单位…: the wording with its own number
                found[-1] = replace(last, end=mention.end)
    return found


def _order(cited: str, number: str | None) -> str | None:
    """The number of an order with the names of all who issued it, as printed: 建设部、卫生部令第53号, 国务院令第740号."""
    match = _ORDER.search(cited) if number else None
    return squeeze(match[1]) if match else number


def _mentions(text: str) -> list[Mention]:
    found = [one for one in find_mentions(text) if one.kind in ("work", "bare")]
    taken = [(one.start, one.end) for one in found if one.kind == "work"]
    for match in _UNMARKED.finditer(text):
        lead = _LEADS_IN.match(match["title"])
        start = match.start() + (lead.end() if lead else 0)
        title = text[start : match.end("title")]
        inside = any(a < match.end("title") and start < b for a, b in taken)
        if not inside and len(title) > 2 and not title.startswith(("本", "该")):
            found.append(Mention(start, match.end("title"), "work", title))
    return sorted(found, key=lambda one: (one.start, -one.end))


def legal_basis(
    quoted: Quoted,
    citations: Sequence[Citation],
    role: str = "",
    references: Sequence[Reference] = (),
) -> tuple[LegalBasis, ...]:
    """A record for each provision that is cited.

    Args:
        quoted: the text that they stand in.
        citations: of it.
        role: what its column says.
        references: of its clause, for what is meant in the corpus.
    """
    made: dict[tuple[str, str | None, Place], LegalBasis] = {}
    for citation in citations:
        passage = quoted.cut(citation.start, citation.end)
        if passage is None:
            continue
        start = passage.spans[0][0]
        same = next(
            (
                one
                for one in references
                if one.spans and one.spans[0][0] <= start < one.spans[-1][1]
            ),
            None,
        )
        targets = same.targets if same else ()
        places: Sequence[Place] = citation.places or ((),)
        for at, place in enumerate(places):
            own = (targets[at],) if len(targets) == len(places) else targets
            units = {step.unit: step for step in place}
            article = units.get("条")
            number = f"（{citation.number}）" if citation.number and citation.title else ""
            name = f"《{citation.title}》" if citation.title else citation.number or ""
            basis = LegalBasis(
                passage, citation.title, citation.number,
                article.number if article else None, article.inserted if article else 0,
                _number(units, "款"), _number(units, "项"), _number(units, "目"),
                f"{name}{number}{place_label(place)}", role, own,
            )  # fmt: skip
            made.setdefault((citation.title, citation.number, place), basis)
    return tuple(made.values())


def _number(units: Mapping[str, Step], unit: str) -> int | None:
    return units[unit].number if unit in units else None
