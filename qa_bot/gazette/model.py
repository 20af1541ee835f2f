"""What a gazette consists of: an issue, its documents, and the parts of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from qa_bot.gazette.lines import Line
from qa_bot.gazette.pages import PageMark
from qa_bot.text import Span

__all__ = ["Document", "Issue", "Named", "Part"]


@dataclass(frozen=True, slots=True)
class Named:
    """Text that is no clause: a title, a number, an addressee, furniture.

    Attributes:
        role: title, number, registration, letterhead, history (the note under a law's title),
            addressees, signature, date, remark, distribution, annex_label, annex_mention, heading,
            header, contents_label, section (the gazette's own heading), label, unit, aside, page_number, running_head,
            printed_again (of a document that is kept in another issue) or furniture.
        spans: where it stands in the source.
        text: its characters, glued.
        document_id: the document that it belongs to; empty for the issue's own.
    """

    role: str
    spans: tuple[Span, ...]
    text: str
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A text within a document: the notice itself, what it issues, or an annex.

    Attributes:
        id: within the document: empty for the body, `issued` for a text that the notice issues
            (印发), `annex_1` for an annex.
        title: its own heading; the document's title for the body.
        other_titles: what the notice calls it, where that differs.
        lines: its lines, without headings, labels and signatures.
        effective_from: from its own text, or the notice's.
        valid_until: the last day of its validity, from its own text or the notice's.
    """

    id: str
    title: str
    lines: tuple[Line, ...]
    other_titles: tuple[str, ...] = ()
    effective_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document of an issue: a notice with its annexes, a record, a table, the masthead.

    Attributes:
        id: the document number, or the issue and the section (`wenzhou-2019-04/records`).
        kind: notice, personnel, briefs, records, catalogue, statistics, masthead, contents, imprint,
            cover, captions, feature or other.
        title: without layout spaces.
        section: the gazette's own heading for it, 部门规范性文件.
        parts: the body first.
        number: 发文字号 in normal form.
        registration_number: 规范性文件登记号.
        issuer: 发文机关.
        addressees: 主送机关.
        issued_on: 成文日期.
        effective_from: 施行日期 of the document itself.
        valid_until: the last day of its validity (有效期至…), or `None`.
        page: on which it starts, from the contents.
        month: first day of the month that a periodic record is about.
        superseded_by: of an earlier version id of the latest of its work (`qa_bot.gazette.identity`).
        version_on: of an earlier version the day from which its wording counted.
    """

    id: str
    kind: str
    title: str
    section: str
    parts: tuple[Part, ...]
    number: str | None = None
    registration_number: str | None = None
    issuer: str | None = None
    addressees: str | None = None
    issued_on: date | None = None
    effective_from: date | None = None
    valid_until: date | None = None
    page: int | None = None
    month: date | None = None
    superseded_by: str | None = None
    version_on: date | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a gazette, or a file that holds official documents.

    Attributes:
        id: the file's stem, `wenzhou-2019-04`.
        name: 温州市人民政府公报.
        year: of the issue.
        number: 4 for 第4期.
        total_number: 200 for 总第200期.
        published_on: 出版日期.
        publisher: 主办.
        file: the source's file name.
        sha256: of the source file.
        documents: in the order of the source.
        named: everything that is not given to a document's parts.
        warnings: what a person should look at, with line numbers.
        pages: of the source, in order; empty where it has none.
    """

    id: str
    name: str
    year: int | None
    number: int | None
    total_number: int | None
    published_on: date | None
    publisher: str | None
    file: str
    sha256: str
    documents: tuple[Document, ...]
    named: tuple[Named, ...] = field(default=())
    warnings: tuple[str, ...] = ()
    pages: tuple[PageMark, ...] = ()

    @property
    def label(self) -> str:
        """How the issue is cited: 《温州市人民政府公报》2019年第4期."""
        if self.year is None:
            return f"《{self.name or self.id}》"
        number = f"第{self.number}期" if self.number is not None else ""
        return f"《{self.name or self.id}》{self.year}年{number}"
