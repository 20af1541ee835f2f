"""What a document says of itself: title, number, issuer, dates, annexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, date

from qa_bot.gazette.annexes import (
    Annex,
    Mention,
    alike,
    mention_key,
    mentions_in,
    read_annex,
    split_texts,
)
from qa_bot.gazette.contents import split_own_contents, title_key
from qa_bot.gazette.dates import effective_from, valid_until
from qa_bot.gazette.grammar import (
    DATE_LINE,
    HISTORY,
    REMARK,
    marker,
)
from qa_bot.gazette.heads import OFFICE_END, Head
from qa_bot.gazette.lines import Line, mend
from qa_bot.gazette.model import Document, Named, Part
from qa_bot.gazette.sections import Said, Section
from qa_bot.gazette.signature import Signed, find_signature, is_signature
from qa_bot.text import Span, find_dates, join, squeeze

__all__ = ["parse_document"]

_MONTH = re.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月")
_OF_FORCE = re.compile(r"[施试执]行|起(?:正式)?实施|后实施|生效|效期")
_NO_ADDRESSEE = re.compile(r"下列|如下|决定|任命|免去|规定|要求|包括")
_MOST_CALLED = 50
_ADDRESSEE_LINES = 4
_ADDRESSEES_LENGTH = 400
_DEFAULT_TITLES = {
    "masthead": "刊头",
    "contents": "目录",
    "imprint": "版权页",
    "cover": "封面",
    "captions": "图片",
}


class _Names:
    """Collects the pieces of a document that are no clause."""

    def __init__(self, source: str, identity: str) -> None:
        self.source = source
        self.identity = identity
        self.pieces: list[Named] = []

    def add(self, role: str, lines: Sequence[Line]) -> None:
        """Account for lines, if there are any."""
        if lines:
            spans: tuple[Span, ...] = tuple((line.start, line.end) for line in lines)
            self.pieces.append(Named(role, spans, join(self.source, [spans]), self.identity))


def parse_document(
    section: Section, source: str, issue_id: str, year: int | None
) -> tuple[Document, list[Named]]:
    """Read the document of a section, and name everything in it that is no clause.

    Guarantees: every line of the section is in a part of the document or in a named piece.
    """
    if section.kind in ("notice", "other"):
        return _notice(section, source, issue_id)
    identity = f"{issue_id}/{section.kind}"
    title = _text(section.title)
    label = _DEFAULT_TITLES.get(section.kind, "")
    names = _Names(source, identity)
    names.add("title", section.title)
    names.add("section", section.above)
    lines = list(section.body)
    issuer = None
    if section.kind == "statistics" and lines and not lines[-1].is_row:
        # 温州市统计局制 under the table tells who made it.
        maker = lines[-1]
        if re.search(r"[制编供]$", maker.text) and len(maker.text) <= 20:
            names.add("signature", [maker])
            issuer = re.sub(r"(?:编制|提供|供稿|制|编|供)$", "", squeeze(maker.text))
            lines.pop()
    month = _MONTH.search(title)
    about = None
    of_year = int(month["year"] or year or 0) if month else 0
    if month and MINYEAR <= of_year <= MAXYEAR and 1 <= int(month["month"]) <= 12:
        about = date(of_year, int(month["month"]), 1)
    document = Document(
        id=identity,
        kind=section.kind,
        title=title or label,
        section=section.heading or label,
        parts=(Part("", title or label, tuple(lines)),),
        issuer=issuer,
        page=section.entry.page if section.entry else None,
        month=about,
    )
    return document, names.pieces


def _text(lines: Sequence[Line]) -> str:
    return squeeze("".join(line.text for line in lines))


def _notice(section: Section, source: str, issue_id: str) -> tuple[Document, list[Named]]:
    head = section.head
    said = section.said or Said(None, None, None)
    title = _text(section.title)
    if not title and said.title and not (head and _is_order(head)):
        title = said.title
    # A slash in a title would look like a part's id, a tilde like a second one of its name.
    named = title.replace("/", "／").replace("~", "～") or "text"
    identity = (head.number if head else None) or f"{issue_id}/{named}"
    names = _Names(source, identity)
    if head:
        names.add("letterhead", head.letterhead)
        names.add("registration", [head.registration] if head.registration else [])
        names.add("number", head.number_lines)
    names.add("title", section.title)
    names.add("section", section.above)

    lines = _skip_repeated_title(list(section.body), title, names)
    lines, history = _take_history(lines, names)
    addressees, lines = _take_addressees(lines, names)
    contents, lines = split_own_contents(lines)
    names.add("contents_label", contents)
    signed = find_signature(lines)
    quoted = _quoted_titles(title + _opening(signed.body))
    body, annexes = _split(signed, quoted)
    names.add("signature", signed.office)
    names.add("date", [signed.dated] if signed.dated else [])
    for line in signed.notes:
        names.add("remark" if REMARK.match(line.text) else "distribution", [line])

    mentions, kept = mentions_in(source, body, [_text(annex.title) for annex in annexes])
    for mention in mentions:
        names.add("annex_mention", mention.lines)
    issued_on = signed.day or _issued_by_history(history) or said.issued_on
    texts = _paragraph_texts(source, kept)
    own = effective_from(texts, issued_on)
    until = valid_until(texts, own or issued_on)
    body_part = Part("", title, tuple(kept), (), own, until)
    parts = [
        body_part,
        *_annex_parts(annexes, mentions, title, quoted, source, names, issued_on, body_part),
    ]
    if head and not title:
        # An order is titled by what it issues: 中华人民共和国个人所得税法实施条例 under 国令第707号.
        issued = (part.title for part in parts[1:] if part.id.startswith("issued") and part.title)
        office = (
            squeeze(re.split(r"[〔（(第\d]", head.number_lines[0].text)[0])
            if head.number_lines
            else ""
        )
        title = next(issued, "") or said.title or office
        parts[0] = Part("", title, parts[0].lines, (), own, until)
    return (
        Document(
            id=identity,
            kind=section.kind,
            title=title or issue_id,
            section=section.heading,
            parts=tuple(parts),
            number=head.number if head else None,
            registration_number=head.registration.text if head and head.registration else None,
            issuer=_issuer(title, head.number if head else "", signed.signer) or said.issuer,
            addressees=addressees,
            issued_on=issued_on,
            effective_from=own or _only(part.effective_from for part in parts[1:]),
            valid_until=until or _only(part.valid_until for part in parts[1:]),
            page=section.entry.page if section.entry else None,
        ),
        names.pieces,
    )


def _only(days: Iterable[date | None]) -> date | None:
    """The one day that the texts of a document name, where the notice itself names none."""
    named = {day for day in days if day}
    return named.pop() if len(named) == 1 else None


def _is_order(head: Head) -> bool:
    """Whether a document is an order or announcement, titled by what it issues."""
    return bool(re.search(r"(?:令|公告|通告)(?:〔.+〕)?第\d+号$", head.number))


def _skip_repeated_title(lines: list[Line], title: str, names: _Names) -> list[Line]:
    """A web page gives the title twice, above the document and in it."""
    wanted = title_key(title)
    for count in range(1, min(5, len(lines) - 1) + 1):
        if sum(len(line.text) for line in lines[:count]) > 2 * len(title):
            break
        if wanted and title_key("".join(line.text for line in lines[:count])) == wanted:
            names.add("title", lines[:count])
            return lines[count:]
    return lines


def _take_history(lines: list[Line], names: _Names) -> tuple[list[Line], str]:
    """（1994年1月28日…发布　根据…修订） under the title, over one line or several."""
    if not lines or lines[0].text[0] not in "（(":
        return lines, ""
    for count in range(1, min(8, len(lines)) + 1):
        text = "".join(line.text for line in lines[:count])
        if HISTORY.match(text) and (DATE_LINE.match(text) is None):
            names.add("history", lines[:count])
            return lines[count:], text
        if text[-1] in "）)":
            break
    return lines, ""


def _issued_by_history(history: str) -> date | None:
    """The day of the first issue, which the note under a law's title begins with."""
    dates = find_dates(squeeze(history))
    return dates[0][0] if dates else None


def _take_addressees(lines: list[Line], names: _Names) -> tuple[str | None, list[Line]]:
    """各县（市、区）人民政府，市政府直属各单位：, over one line or several."""
    text = ""
    for count, line in enumerate(lines[:_ADDRESSEE_LINES], start=1):
        text += line.text
        if line.is_row or any(char in line.text for char in "。；") or marker(line.text):
            break
        if line.text[-1] in "：:":
            if len(text) <= _ADDRESSEES_LENGTH and not _NO_ADDRESSEE.search(text):
                names.add("addressees", lines[:count])
                return squeeze(text.rstrip("：:")), lines[count:]
            break
        if count > 1 and line.text[-1] not in "，,、）)" and len(line.text) < 8:
            break
    return None, lines


def _split(signed: Signed, quoted: Sequence[str]) -> tuple[list[Line], list[Annex]]:
    """The body and the texts behind it."""
    if signed.dated is not None:
        runs = split_texts(signed.rest, quoted, after_signature=True)
        return signed.body, [read_annex(run) for run in runs]
    first, *others = split_texts(signed.body, quoted, after_signature=False) or [[]]
    return first, [read_annex(run) for run in others]


def _take_byline(lines: list[Line], names: _Names) -> list[Line]:
    """市发展改革委　市财政局⏎（2021年9月28日）: who wrote a text, and when, under its title."""
    for count, line in enumerate(lines[:3]):
        if DATE_LINE.match(line.text) and line.text[0] in "（(":
            if all(is_signature(office) for office in lines[:count]):
                names.add("signature", lines[:count])
                names.add("date", [line])
                return lines[count + 1 :]
            break
    return lines


def _annex_parts(
    annexes: Sequence[Annex],
    mentions: Sequence[Mention],
    document_title: str,
    quoted: Sequence[str],
    source: str,
    names: _Names,
    issued_on: date | None,
    body: Part,
) -> list[Part]:
    parts: list[Part] = []
    called = [mention.title for mention in mentions]
    keys = {mention_key(title) for title in called}
    titles = [_text(annex.title) for annex in annexes]
    annexed = issued = 0
    taken: dict[str, int] = {}
    for annex in annexes:
        names.add("annex_label", [annex.label] if annex.label else [])
        names.add("title", annex.title)
        title = _text(annex.title)
        lines, history = _take_history(list(annex.lines), names)
        contents, lines = split_own_contents(lines)
        names.add("contents_label", contents)
        lines = _take_byline(lines, names)
        # An issued text is signed too where it was another office's: 国家地震局⏎一九九六年一月二十五日
        signed = find_signature(lines)
        if signed.dated and not signed.rest and signed.office:
            names.add("signature", signed.office)
            names.add("date", [signed.dated])
            for line in signed.notes:
                names.add("remark", [line])
            lines = signed.body
        more, lines = mentions_in(source, lines, titles)
        for mention in more:
            names.add("annex_mention", mention.lines)
            called.append(mention.title)
            keys.add(mention_key(mention.title))
        equal = mention_key(title) in keys
        # Both penalty lists are headed otherwise than the notice calls them: …不予处罚事项清单.
        mentioned = equal or any(alike(mention, title, 0.9) for mention in called[:_MOST_CALLED])
        if annex.label or mentioned or not title:
            annexed += 1
            part_id = f"annex_{annex.number or annexed}"
        else:
            issued += 1
            part_id = "issued" if issued == 1 else f"issued_{issued}"
        count = taken[part_id] = taken.get(part_id, 0) + 1
        if count > 1:
            part_id = f"{part_id}~{count}"
        others = [other for other in _quoted_titles(document_title) if other and other != title]
        if part_id.startswith("annex") and not equal and annexed <= len(called):
            others.insert(0, called[annexed - 1])
        texts = _paragraph_texts(source, lines)
        own = effective_from(texts, issued_on or _issued_by_history(history))
        own = own or body.effective_from
        until = valid_until(texts, own or issued_on) or body.valid_until
        names_of_it = tuple(dict.fromkeys(other for other in others if alike(other, title)))
        parts.append(Part(part_id, title, tuple(lines), names_of_it, own, until))
    return parts


def _paragraph_texts(source: str, lines: Sequence[Line]) -> list[str]:
    """The paragraphs in which dates of force may stand, mended from the lines around such words."""
    windows: list[list[Line]] = []
    last = 0
    for index, line in enumerate(lines):
        if line.is_row or not _OF_FORCE.search(line.text):
            continue
        first = max(last, index - 2)
        if first > last or not windows:
            windows.append([])
        windows[-1].extend(at for at in lines[first : index + 3] if not at.is_row)
        last = min(index + 3, len(lines))
    return [paragraph.text for window in windows for paragraph in mend(source, window)]


def _opening(lines: Sequence[Line]) -> str:
    """The first paragraphs, which name what is issued: 现将《甲办法》《乙办法》印发给你们."""
    return "".join(line.text for line in lines[:6])


def _quoted_titles(text: str) -> list[str]:
    return re.findall(r"《([^》]+)》", text)


def _issuer(title: str, number: str, signer: str | None) -> str | None:
    """The office that the title begins with: 温州市人民政府办公室关于印发…, or whose order it is.

    The signature parts the names of several: 某某省财政厅、某某省教育厅.
    """
    # 国务院办公厅转发国家地震局关于…: the first of these words ends the name.
    words = ("关于", "转发", "批转", "印发", "对", "公布", "发布")
    for head in sorted((title.split(word)[0] for word in words), key=len):
        if head != title and head.endswith(OFFICE_END):
            return signer if signer and signer.replace("、", "") == head else head
    if order := re.match(r"(.+?)(?:令|公告|通告)(?:〔.+〕)?第\d+号$", number):
        return "国务院" if order[1] == "国" else order[1]
    return signer
