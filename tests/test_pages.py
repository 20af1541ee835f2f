"""The gazette set on pages: PDF and OFD give the clauses of the text, each with its page."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from dataclasses import replace

import paged
import pytest
from rich.console import Console

from qa_bot.answer import Answer
from qa_bot.clauses import coverage, parse_clauses
from qa_bot.cli.printing import _print_answer
from qa_bot.gazette import PageMark, page_at, parse_issue
from qa_bot.ingest import Known, Source, read_source
from qa_bot.ingest.ofd import read_ofd
from qa_bot.ingest.pdf import read_pdf
from qa_bot.ingest.source import Extracted
from qa_bot.text import strip_space
from tests.making import records_of

WAYS = [("pdf", 1), ("pdf", 2), ("ofd", 1), ("ofd", 2)]


def source_of(found: Extracted, name: str) -> Source:
    return Source(
        name, found.text, "0" * 64, found.asides, found.titles, found.pages, found.furniture,
        found.warnings,
    )  # fmt: skip


def read(data: bytes, kind: str, name: str = "t") -> Source:
    return source_of({"pdf": read_pdf, "ofd": read_ofd}[kind](data, name), f"{name}.{kind}")


def set_pages(text: str, kind: str, **options) -> tuple[list[paged.Page], bytes]:
    measure = paged.pdf_measure() if kind == "pdf" else paged.plain_width
    going_on = options.pop("going_on", ())
    pages = paged.Setter(measure=measure, **options).set(text, going_on)
    return pages, {"pdf": paged.to_pdf, "ofd": paged.to_ofd}[kind](pages)


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
def both(request, corpus, parsed):
    """The gazette set on pages and read back: the pages, the source, its issue and clauses."""
    kind, columns = request.param
    text = corpus[0].text
    begins = {one.spans[0][0] for one in (*parsed.clauses, *parsed.named)}
    going_on = {match.start() for match in re.finditer(r"(?m)\S.*$", text)} - begins
    pages, data = set_pages(text, kind, columns=columns, going_on=going_on, first_number=33)
    source = read(data, kind, "wenzhou-2019-04")
    issue = parse_issue(source, corpus[1])
    return pages, source, issue, parse_clauses(issue, source)


def test_the_clauses_are_those_of_the_text(both, parsed):
    _, source, issue, found = both
    wanted = [(one.id, strip_space(one.text)) for one in parsed.clauses]
    assert [(one.id, strip_space(one.text)) for one in found.clauses] == wanted
    assert coverage(source.text, found).missing == ()
    assert issue.warnings == ()


def test_every_clause_knows_its_page(both):
    pages, source, issue, found = both
    assert [mark.number for mark in issue.pages] == list(range(1, len(pages) + 1))
    assert [mark.printed for mark in issue.pages] == list(range(33, len(pages) + 33))
    for clause in found.clauses:
        mark = page_at(issue.pages, clause.spans[0][0])
        on_page = strip_space("".join(text.text for text in pages[mark.number - 1].texts))
        assert strip_space(clause.text)[:4] in on_page
        assert bisect_right(source.pages, clause.spans[0][0]) == mark.number


def test_heads_and_numbers_are_furniture_and_nothing_else(both):
    pages, source, _, _ = both
    marked = [source.text[a:b] for a, b in source.furniture]
    assert len(marked) == 2 * len(pages)
    assert {re.sub(r"\d+", "0", text) for text in marked} == {
        "温州市人民政府公报  0年第0期",
        "— 0 —",
    } or {re.sub(r"\d+", "0", strip_space(text)) for text in marked} == {
        "温州市人民政府公报0年第0期",
        "—0—",
    }


def test_an_answer_tells_the_printed_page_and_those_of_the_file(both, corpus, tmp_path):
    _, source, issue, found = both
    records = records_of(tmp_path, [(issue, source, None, found)])
    record = next(one for one in records.of(issue.id) if "art_51/para_1" in one.clause.id)
    kept = records.issues[0]
    assert kept.pages == issue.pages
    document = next(one for one in records.documents if one.id == record.clause.document_id)
    answer = Answer(
        record.clause.text, ((0, 1),), record.citation, 1.0, record.clause, document, kept
    )
    json = answer.to_json()
    first = page_at(issue.pages, record.clause.spans[0][0])
    assert json["issue"]["page"] == first.printed == first.number + 32
    assert json["source"]["pages"][0][0] == first.number
    console = Console(file=io.StringIO(), width=200)
    _print_answer(console, answer, found=True)
    assert f"，第{first.printed}页\n" in console.file.getvalue()
    without = replace(answer, issue=replace(kept, pages=())).to_json()
    assert without["issue"]["page"] == document.page == 20
    assert without["source"]["pages"] == []


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        (["— 20 —", "— 21 —", "— 22 —"], [20, 21, 22]),
        (["第20页", "第21页", "第22页"], [20, 21, 22]),
        (["20", "21", "22"], [20, 21, 22]),
        (
            [
                f"市公报 2019年第4期  {n}" if n % 2 else f"{n}  市公报 2019年第4期"
                for n in range(6, 13)
            ],
            list(range(6, 13)),
        ),
        (["市公报 2019年第4期", "市公报 2019年第4期", "市公报 2019年第4期"], [None] * 3),
    ],
)
def test_printed_numbers(lines, printed):
    """Of a text file with form feeds; the number within a running head is the one that counts on."""
    body = "第一条 为了加强管理，制定本办法。\n第二条 本办法自发布之日起施行。\n"
    text = "\f".join(f"{line}\n{body}" for line in lines) + "\f"
    issue = parse_issue(Source("t.txt", text, "0" * 64), Known())
    assert [mark.printed for mark in issue.pages] == printed
    assert [mark.number for mark in issue.pages] == list(range(1, len(lines) + 1))


def test_a_page_without_a_number_is_counted_between_its_neighbours():
    body = "第一条 为了加强管理，制定本办法。\n"
    text = f"— 7 —\n{body}\f{body}\f— 9 —\n{body}"
    issue = parse_issue(Source("t.txt", text, "0" * 64), Known())
    assert [mark.printed for mark in issue.pages] == [7, 8, 9]


def test_a_text_without_form_feeds_has_no_pages(corpus, issue):
    assert issue.pages == ()
    assert page_at((), 5) is None
    assert PageMark(0, 3).name == 3


def test_files_with_pages_are_read_through_the_registry(tmp_path):
    """In the child process, whatever the file's name says."""
    text = "第一条 为了加强管理，制定本办法。\n第二条 本办法自发布之日起施行。\n"
    for kind in ("pdf", "ofd"):
        _, data = set_pages(text, kind)
        path = tmp_path / f"notice.{kind}"
        path.write_bytes(data)
        source = read_source(path)
        assert "第一条" in source.text
        assert source.pages == (0,)
        assert len(source.furniture) == 1  # — 1 —; one page shows no running head
        (tmp_path / f"{kind}.txt").write_bytes(data)
        assert read_source(tmp_path / f"{kind}.txt").text == source.text


def test_a_table_goes_on_across_pages_with_its_header_again():
    rows = "\n".join(f"{n}\t第{n}项事项名称\t处一万元以下罚款" for n in range(1, 150))
    text = f"附件\n事项清单\n序号\t名称\t罚则\n{rows}\n"
    _, data = set_pages(text, "ofd")
    source = read(data, "ofd")
    assert len(source.pages) > 2
    found = parse_clauses(parse_issue(source, Known()), source)
    assert [clause.label for clause in found.clauses if clause.kind == "row"][-1].startswith(
        "序号149"
    )
    assert sum(clause.kind == "row" for clause in found.clauses) == 149
