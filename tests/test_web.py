"""The web application without a browser: addresses, escaping, languages, ports."""

from __future__ import annotations

import gc
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_bot.answer import Answer, Bearing, Reply
from qa_bot.bot import Bot
from qa_bot.clauses import Cell, Clause, Context
from qa_bot.conversation import Context as Conversation
from qa_bot.conversation import Turn, read_turns
from qa_bot.errors import NotFoundError, QuestionError, ServerError
from qa_bot.exemptions import Exemption, ExemptionList, Further, LegalBasis, Passage
from qa_bot.filters import Filters
from qa_bot.index import ClauseRecord, DocumentRecord, IssueRecord
from qa_bot.index.records import PartRecord
from qa_bot.index.standings import Standings
from qa_bot.living import Living
from qa_bot.lookup import select
from qa_bot.neighbours import neighbours
from qa_bot.references import Reference, Relation
from qa_bot.text import strip_space
from qa_bot.web import check_port, create_app, serve
from qa_bot.web.cards import reply_turn, row_cells
from qa_bot.web.chat import answer_html
from qa_bot.web.page_texts import EXAMPLES, PageTexts
from qa_bot.web.quoting import clause_link, pieces
from qa_bot.web.source_view import lay_out
from qa_bot.web.wording import COOKIE, TEXTS, Language, Wording, language_of, reader_language

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' onmouseover='window.pwned=1",
    "</blockquote></template><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "${window.pwned=1} `+(window.pwned=1)+` {{constructor.constructor('window.pwned=1')()}}",
    "javascript:window.pwned=1",
)

HEADER = "序号\t名称"
TEXT = (
    f"公报\n\n通知{PAYLOADS[0]}\n\n第一条 {PAYLOADS[1]}。第二句。\n\n第二条 末条。\n\n"
    f"{HEADER}\n1\t甲 乙{PAYLOADS[2]}\n2\t丙\n"
)


def _clause(identity: str, text: str, kind: str = "article", **more: Any) -> Clause:
    start = TEXT.index(text)
    more.setdefault("spans", ((start, start + len(text)),))
    return Clause(identity, "d", "", kind, (), more.pop("label", "第一条"), text, **more)


def _row_spans() -> tuple[tuple[int, int], ...]:
    start = TEXT.index("1\t甲")
    return ((start, start + 1), (start + 2, TEXT.index("\n2\t丙")))


class HeldRecords(SimpleNamespace):
    """Stands for `Records`, which are kept by identity."""

    __hash__ = object.__hash__


class TinyBot:
    """A bot over five lines, hostile ones among them."""

    def __init__(self) -> None:
        header = TEXT.index(HEADER)
        self.clauses = [
            _clause("d/title", f"通知{PAYLOADS[0]}", "title"),
            _clause("d/〔1〕号/art_1", f"第一条 {PAYLOADS[1]}。第二句。"),
            _clause("d/art_2", "第二条 末条。", label="第二条"),
            _clause(
                "d/row_1",
                f"1\t甲 乙{PAYLOADS[2]}",
                "row",
                spans=_row_spans(),
                context=(Context("header", HEADER, ((header, header + len(HEADER)),)),),
                cells=(
                    Cell("序号", "1"),
                    Cell("分类", PAYLOADS[3], inherited=True),
                    Cell("名称", f"甲 乙{PAYLOADS[2]}"),
                ),
            ),
        ]
        self.issue = IssueRecord(
            "i", "公报", f"《公报》{PAYLOADS[0]}", 2019, 4, 200, None, None, None, "i.txt", "00ff"
        )
        self.document = DocumentRecord(
            "d", "i", "notice", f"标题{PAYLOADS[0]}", "s", f"〔2019〕{PAYLOADS[1]}", None, "机关",
            None, date(2019, 4, 3), None, None, 20, None, (PartRecord("", "", (), None, None),),
        )  # fmt: skip
        self.all = [
            ClauseRecord(position, "i", clause, f"《标题》{PAYLOADS[1]}第{position}条")
            for position, clause in enumerate(self.clauses)
        ]
        self.records = [
            Exemption(
                f"d/row_1#{PAYLOADS[0]}",
                "d/row_1",
                f"《标题》{PAYLOADS[1]}序号1",
                "exempt",
                f"机关{PAYLOADS[2]}",
                f"标题{PAYLOADS[0]}",
                None,
                f"清单{PAYLOADS[3]}",
                *(Passage(f"做了{PAYLOADS[at]}", ((0, 1),), "d/row_1") for at in (1, 4)),
                conditions=tuple(Passage(one, ((0, 1),), "d/art_2") for one in PAYLOADS),
                legal_basis=(
                    LegalBasis(
                        Passage(f"《法》{PAYLOADS[5]}", ((0, 1),), "d/row_1"), f"法{PAYLOADS[4]}",
                        None, 1, 0, None, None, None, f"《法》{PAYLOADS[0]}", targets=("d/art_2",),
                    ),
                ),
                further=(Further(f"备注{PAYLOADS[0]}", Passage(PAYLOADS[1], ((0, 1),), "d/row_1")),),
            )
        ]  # fmt: skip
        self.lists = [ExemptionList("d", f"清单{PAYLOADS[3]}", f"机关{PAYLOADS[2]}", None, 1)]
        self.generation = SimpleNamespace(
            records=HeldRecords(
                issues=[self.issue],
                issue=lambda issue: self.issue,
                near_ids=lambda identity, limit=5: [],
                pointers=SimpleNamespace(
                    relations_of=lambda identity: (), relations_to=lambda targets, below=None: ()
                ),
                of=lambda issue, document=None: self.all,
                text=lambda issue: TEXT,
                by_id=lambda identity: next((o for o in self.all if o.clause.id == identity), None),
                clause_at=lambda identity: next(
                    (o for o in self.all if o.clause.id == identity), None
                ),
                document_at=lambda identity: self.document if identity == "d" else None,
                standings=Standings(),
                exemptions=SimpleNamespace(all=self.records, lists=self.lists),
                documents=[self.document],
            )
        )
        self.found = True
        self.trouble: Exception | None = None

    def answer(self, index: int, highlights: tuple[tuple[int, int], ...] | None = None) -> Answer:
        one = self.all[index]
        text = one.clause.text
        lit = highlights or ((0, len(text)),)
        relation = Relation("amends", "d/art_2", f"《甲》{PAYLOADS[0]}", (one.clause.id,))
        return Answer(
            text, lit, one.citation, 0.9, one.clause, self.document, self.issue, "no_change_known",
            (Reference(one.clause.id, ((0, 2),), PAYLOADS[1], "external", f"《乙》{PAYLOADS[1]}"),),
            (Bearing("amended_by", relation, f"《甲》{PAYLOADS[2]}"),),
        )  # fmt: skip

    def clause(self, clause_id: str) -> Answer:
        for index, one in enumerate(self.all):
            if one.clause.id == clause_id:
                return self.answer(index)
        raise NotFoundError("没有 / none")

    def ask(
        self,
        question: str,
        count: int = 3,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
    ) -> Reply:
        if self.trouble:
            raise self.trouble
        if not question.strip():
            raise QuestionError("问题是空的 / The question is empty")
        quotes = (self.answer(1), self.answer(3))
        if self.found:
            before = history[-1] if history else None
            context = (
                Conversation(before.question, before.clause_ids, f"{before.question} {question}")
                if before
                else None
            )
            return Reply(question, "answered", 0.97, quotes, (), (), 6.1, context=context)
        return Reply(question, "not_found", 0.1, (), quotes, (f"文件{PAYLOADS[0]}",), 6.1)

    def exemptions(self, query: str | None = None, **filters: Any) -> list[Exemption]:
        if self.trouble:
            raise self.trouble
        return select(self.records, **filters)

    def examples(self, questions: object = ()) -> dict[str, list[str]]:
        return {"article": [PAYLOADS[0]]}

    def warm_up(self) -> None:
        pass


@pytest.fixture
def tiny() -> TinyBot:
    return TinyBot()


@pytest.fixture(scope="module")
def page() -> Iterator[TestClient]:
    with TestClient(create_app(cast(Bot, TinyBot()))) as client:
        yield client


@pytest.fixture(scope="module")
def real_page(bot: Bot) -> Iterator[TestClient]:
    with TestClient(create_app(bot)) as client:
        yield client


def visible(page: str) -> str:
    """The text of a page's gazette, as a reader sees it."""
    inside = page[page.index('<article class="gazette"') : page.index("</article>")]
    return html.unescape(re.sub(r"<[^>]*>", "", inside))


def no_markup_of_corpus(page: str) -> bool:
    return not any(sign in page for sign in ("<script>window", "<img", "<svg", "<iframe"))


# ---- addresses


def test_healthz(page: TestClient) -> None:
    reply = page.get("/healthz")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok"}


def test_home_is_the_chat(page: TestClient) -> None:
    reply = page.get("/")
    assert reply.status_code == 200
    assert "公报问答" in reply.text
    assert "qaBot" in reply.text


def test_nothing_in_the_page_is_loaded_from_another_host(page: TestClient) -> None:
    text = page.get("/").text
    loaded = re.findall(r"""(?:src|href|content)\s*=\s*["'](?:https?:)?//[^"']+""", text)
    assert loaded == []
    assert "fonts.googleapis.com" not in text


def test_home_speaks_the_language_of_the_answers(page: TestClient) -> None:
    for header, tag in (("zh-HK,zh;q=0.9", "zh-CN"), ("en-GB,en", "en"), ("", "zh-CN")):
        reply = page.get("/", headers={"accept-language": header})
        assert re.search(rf'<html\s+lang="{tag}"', reply.text)
        assert reply.headers["vary"] == "Accept-Language, Cookie"
        assert int(reply.headers["content-length"]) == len(reply.content)


def test_policy_forbids_other_hosts(page: TestClient) -> None:
    for address in ("/", "/healthz", "/clause/d/art_2"):
        policy = page.get(address).headers["content-security-policy"]
        assert "http" not in policy
        assert policy.startswith("default-src '")


def test_the_page_queues_nothing_and_seldom_looks_for_it(tiny: TinyBot) -> None:
    app = create_app(cast("Bot", tiny))
    (blocks,) = (
        route.app.get_blocks()  # type: ignore[attr-defined]
        for route in app.routes
        if hasattr(getattr(route, "app", None), "get_blocks")
    )
    assert blocks._queue.sleep_when_free >= 0.05  # Gradio's own: .001
    assert [one for one in blocks.fns.values() if one.fn is not None and one.queue] == []


def test_an_application_may_bring_its_own_routes(tiny: TinyBot) -> None:
    own = FastAPI()
    own.get("/own")(lambda: {"own": True})
    with TestClient(create_app(cast(Bot, tiny), own)) as client:
        assert client.get("/own").json() == {"own": True}
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/clause/d/〔1〕号/art_1",  # as it is
        "/clause/d/%E3%80%941%E3%80%95%E5%8F%B7/art_1",  # as a browser sends it
        "/clause/d%2F%E3%80%941%E3%80%95%E5%8F%B7%2Fart_1",  # with the slashes encoded, too
    ],
)
def test_clause_in_its_place(page: TestClient, address: str) -> None:
    reply = page.get(address)
    assert reply.status_code == 200
    assert reply.text.count('<mark id="clause">') == 1
    lit = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", reply.text))
    assert html.unescape(lit) == f"第一条 {PAYLOADS[1]}。第二句。"
    assert strip_space(visible(reply.text)) == strip_space(TEXT)


def test_clause_page_is_escaped(page: TestClient) -> None:
    for clause_id in ("d/〔1〕号/art_1", "d/row_1", "d/title"):
        assert no_markup_of_corpus(page.get(f"/clause/{clause_id}").text)


def test_table_rows_are_tables(page: TestClient) -> None:
    text = page.get("/clause/d/row_1").text
    assert "<table>" in text
    assert text.count("<tr>") == 3
    assert '<mark id="clause">1</mark>' in text
    assert '<span class="near">序号</span>' in text


def test_neighbours(page: TestClient) -> None:
    text = page.get("/clause/d/art_2").text
    assert 'rel="prev" href="/clause/d/%E3%80%941%E3%80%95%E5%8F%B7/art_1#clause"' in text
    assert 'rel="next" href="/clause/d/row_1#clause"' in text


def test_neighbour_of_a_paragraph_is_not_its_article() -> None:
    whole = _clause("d/art_1", f"第一条 {PAYLOADS[1]}。第二句。")
    first = _clause("d/art_1/para_1", f"第一条 {PAYLOADS[1]}。", parent="d/art_1")
    second = _clause("d/art_1/para_2", "第二句。", parent="d/art_1")
    last = _clause("d/art_2", "第二条 末条。")
    here = [ClauseRecord(i, "i", one, "") for i, one in enumerate((whole, first, second, last))]
    ids = [one.clause.id if one else None for one in neighbours(here, "d/art_1/para_2")]
    assert ids == ["d/art_1/para_1", "d/art_2"]
    assert neighbours(here, "d/art_1")[0] is None


@pytest.mark.parametrize("identity", ["nothing", "d/art_2/", "", *PAYLOADS])
def test_unknown_clause(page: TestClient, identity: str) -> None:
    reply = page.get(f"/clause/{quote(identity, safe='')}")
    assert reply.status_code == 404
    assert "没有这一条" in reply.text
    assert 'href="/"' in reply.text
    assert no_markup_of_corpus(reply.text)


def test_clause_page_follows_the_browsers_language(page: TestClient) -> None:
    english = page.get("/clause/d/art_2", headers={"accept-language": "en-GB,en;q=0.9"}).text
    assert '<html lang="en">' in english
    assert "Ask a question" in english
    chinese = page.get("/clause/d/art_2", headers={"accept-language": "zh-CN"}).text
    assert '<html lang="zh-CN">' in chinese
    assert "返回提问" in chinese


# ---- a turn of the chat


def turn(
    tiny: TinyBot,
    question: str = "问",
    language: Language = "zh",
    before: object = None,
    limits: object = None,
) -> str:
    return answer_html(cast(Bot, tiny), question, language, before, limits)


def test_turn_quotes_and_cites(tiny: TinyBot) -> None:
    text = turn(tiny)
    assert "条款" in text
    assert "清单" in text
    assert "2019-04-03" in text
    assert "第 20 页起" in text
    assert html.escape(f"第一条 {PAYLOADS[1]}。第二句。\n——《标题》{PAYLOADS[1]}第1条") in text
    assert 'href="clause/d/%E3%80%941%E3%80%95%E5%8F%B7/art_1#clause"' in text


def test_context_is_named_in_words(tiny: TinyBot) -> None:
    text = turn(tiny)
    assert "<details" in text
    assert "<dt>表头</dt>" in text


def test_a_turn_says_what_it_goes_on_from(tiny: TinyBot) -> None:
    before = json.dumps([{"question": f"先问{PAYLOADS[2]}", "clause_ids": ["d/art_2"]}])
    text = turn(tiny, f"再问{PAYLOADS[3]}", before=before)
    assert f"接着上一问：先问{PAYLOADS[2]}" in html.unescape(text)
    assert "不要上文" in text
    assert no_markup_of_corpus(text)
    assert "Following up on: " in turn(tiny, language="en", before=before)
    alone = turn(tiny)
    assert "接着上一问" not in alone
    assert "不要上文" not in alone


def test_a_turn_carries_what_the_next_question_sends(tiny: TinyBot) -> None:
    text = turn(tiny, PAYLOADS[2], before=json.dumps([{"question": "先问"}]))
    found = re.search(r'data-turn="([^"]*)"', text)
    assert found
    sent = json.loads(html.unescape(found[1]))
    assert sent == {
        "question": PAYLOADS[2],
        "clause_ids": ["d/〔1〕号/art_1", "d/row_1"],
        "searched": f"先问 {PAYLOADS[2]}",
    }
    assert read_turns([sent])[0].searched == sent["searched"]
    tiny.found = False
    assert json.loads(html.unescape(re.findall(r'data-turn="([^"]*)"', turn(tiny))[0]))[
        "clause_ids"
    ] == []  # fmt: skip


@pytest.mark.parametrize("before", ["{", "[7]", '[{"question": 7}]', "x" * 50_000, 7])
def test_turns_that_cannot_be_read_are_a_message(tiny: TinyBot, before: object) -> None:
    text = turn(tiny, before=before)
    assert "上文读不懂" in text
    assert "Traceback" not in text
    assert "data-turn" not in text
    assert "cannot be read" in turn(tiny, language="en", before=before)


def test_row_is_shown_cell_by_cell_and_stays_lit(tiny: TinyBot) -> None:
    start = tiny.all[3].clause.text.index("甲")
    cells = row_cells(tiny.answer(3, ((start, start + 1),)))
    assert [cell.column for cell in cells] == ["序号", "分类", "名称"]
    assert [cell.inherited for cell in cells] == [False, True, False]
    assert (cells[2].pieces[0].text, cells[2].pieces[0].lit) == ("甲", True)
    assert "合并单元格" in turn(tiny)


def test_row_whose_cells_are_not_its_text_is_shown_as_it_is(tiny: TinyBot) -> None:
    answer = tiny.answer(3)
    odd = replace(answer.clause, cells=(Cell("名称", "别的"),))
    assert row_cells(replace(answer, clause=odd)) == ()
    short = replace(answer.clause, cells=(Cell("序号", "1"),))
    assert row_cells(replace(answer, clause=short)) == ()


def test_not_found_says_so_and_labels_what_is_near(tiny: TinyBot) -> None:
    tiny.found = False
    text = turn(tiny)
    assert "公报里没有找到答案" in text
    assert "相近条文，不是答案" in text
    assert html.escape(f"文件{PAYLOADS[0]}") in text
    assert text.count("qa-muted") == 2
    assert "公报原文" not in text


def test_not_found_in_english(tiny: TinyBot) -> None:
    tiny.found = False
    text = turn(tiny, language="en")
    assert "The gazette does not answer this" in text
    assert "NOT an answer" in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_question_is_escaped(tiny: TinyBot, payload: str) -> None:
    for tiny.found in (True, False):
        text = turn(tiny, payload)
        assert no_markup_of_corpus(text)
        assert html.escape(payload) in text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def test_empty_question_gets_a_friendly_word(tiny: TinyBot) -> None:
    assert "问题是空的" in turn(tiny, " ")
    assert "The question is empty" in turn(tiny, "", "en")
    assert "问题是空的" not in turn(tiny, "", "en")


def test_half_a_surrogate_pair_can_be_sent_back(tiny: TinyBot) -> None:
    tiny.trouble = QuestionError("残缺 / lone")
    turn(tiny, "坏\ud800字").encode("utf-8")


def test_unexpected_error_is_logged_and_said_plainly(
    tiny: TinyBot, caplog: pytest.LogCaptureFixture
) -> None:
    tiny.trouble = RuntimeError("secret detail")
    text = turn(tiny)
    assert "暂时查不了" in text
    assert "secret" not in text
    assert "secret detail" in caplog.text


# ---- the small functions


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),  # no header
        ("", "zh"),
        ("*", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.3, en;q=0.7", "en"),  # the weight decides, not the order
        ("en;q=0.3, zh-TW;q=0.7", "zh"),
        ("EN", "en"),
        ("fr-FR", "en"),  # as Gradio does in the browser
        ("en;q=broken", "zh"),
        (";;;q=,", "zh"),
    ],
)
def test_reader_language(header: str | None, language: str) -> None:
    assert reader_language(header) == language


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "zh"),
        ({"accept-language": "en"}, "en"),
        ({"accept-language": "en", "cookie": f"{COOKIE}=zh"}, "zh"),  # what was chosen counts
        ({"accept-language": "zh", "cookie": f"a=b; {COOKIE}=en"}, "en"),
        ({"accept-language": "en", "cookie": f"{COOKIE}=<script>"}, "en"),
        ({"accept-language": "en", "cookie": "a b=c; =;;"}, "en"),
        # other programs' cookies for the same host, not written by the book
        ({"accept-language": "zh", "cookie": f'prefs={{"a":1,"b":2}}; {COOKIE}=en'}, "en"),
        ({"accept-language": "zh", "cookie": f"名=值; {COOKIE}=en"}, "en"),
    ],
)
def test_the_language_that_was_chosen_goes_before_the_browsers(headers, language) -> None:
    assert language_of(headers) == language


def test_choosing_a_language_leads_back_to_the_page_that_was_left(page: TestClient) -> None:
    def left(referer: str, code: str = "en") -> tuple[str, str]:
        reply = page.get(f"/language/{code}", headers={"referer": referer}, follow_redirects=False)
        assert reply.status_code == 303
        return reply.headers["location"], reply.headers.get("set-cookie", "")

    host = "http://testserver"
    assert left(f"{host}/clause/d/art_2")[0] == "/clause/d/art_2"
    assert left(f"{host}/?q=x")[0] == "/?q=x"
    for elsewhere in (
        "http://evil.example/x",
        f"{host}//evil.example",
        "",
        "javascript:x",
        f"{host}/\\evil",
        "http://[abc/",
    ):
        assert left(elsewhere)[0] == "/"
    assert f"{COOKIE}=en" in left(host)[1]
    assert left(host, "fr") == ("/", "")


def test_a_turn_says_what_it_was_searched_within(tiny: TinyBot) -> None:
    limits = {"issuer": PAYLOADS[1], "since": "2019-04-01", "kind": "records", "in_force": "1"}
    text = turn(tiny, limits=json.dumps(limits))
    assert no_markup_of_corpus(text)
    assert html.escape(PAYLOADS[1], quote=True)[:12] in text
    for said in ("只查了", "成文自 2019-04-01", "政府记事", "不要已知失效或废止的", "不筛选再问"):
        assert said in text
    kept = json.loads(html.unescape(re.findall(r'data-filters="([^"]*)"', text)[0]))
    assert Filters.read(kept) == Filters.read(limits)
    assert "只查了" not in turn(tiny)


@pytest.mark.parametrize(
    "limits", ["[]", "{", "3", '{"since": "x"}', [1], '{"kind": "' + "x" * 5000 + '"}']
)
def test_filters_that_cannot_be_read_are_a_message(tiny: TinyBot, limits: object) -> None:
    text = turn(tiny, limits=limits)
    assert "这样筛选没有结果" in text
    assert "qa-quote" not in text


def test_filters_that_leave_nothing_say_what_there_is(bot: Bot) -> None:
    text = answer_html(bot, "药店面积", "zh", limits={"issuer": "消防"})
    assert "温州市财政局" in text


def test_examples_are_of_several_kinds_and_each_is_answered(bot: Bot) -> None:
    found = bot.examples(EXAMPLES)
    assert {"article", "exemption", "document", "record", "statistics", "foreign"} <= set(found)
    for questions in found.values():
        assert all(bot.ask(question).answers for question in questions)


def test_examples_are_made_of_the_corpus_where_nobody_thought_of_any(bot: Bot) -> None:
    found = bot.examples()
    assert {"article", "exemption", "document", "record", "statistics", "foreign"} <= set(found)
    gazette = strip_space(bot.generation.records.text("wenzhou-2019-04"))
    for kind in ("exemption", "statistics", "list"):
        (question,) = found[kind]
        words = re.split("，会罚款吗|是多少|里，|有哪些", question)[0]
        assert strip_space(words) in gazette


def test_the_page_stays_as_it_was_where_the_texts_of_a_new_index_cannot_be_made(
    tiny: TinyBot, caplog: pytest.LogCaptureFixture
) -> None:
    living = Living.of(cast(Bot, tiny))
    with TestClient(create_app(living)) as client:
        before = client.get("/").text
        broken = TinyBot()
        broken.examples = lambda questions=(): 1 / 0  # type: ignore[method-assign]
        living._bot = cast(Bot, broken)
        reply = client.get("/")
    assert reply.status_code == 200
    assert "试试这些问题" in reply.text
    assert len(reply.text) == len(before)
    assert "stays" in caplog.text or "goes on showing" in caplog.text


def test_an_index_that_is_no_longer_in_use_leaves_the_memory(tiny: TinyBot) -> None:
    old = TinyBot()
    living = Living.of(cast(Bot, old))
    texts = PageTexts(living)
    seen = weakref.ref(old)
    living._bot = cast(Bot, tiny)
    del old
    gc.collect()
    assert seen() is None
    assert texts.translations_dict["zh"]["send"] == "提问"


def test_what_has_ended_is_said_at_the_head_of_its_card(tiny: TinyBot) -> None:
    reply = tiny.ask("问")
    ended = replace(reply, answers=(replace(reply.answers[0], status="repealed"),))
    assert "qa-badge-ended" in reply_turn(ended, Wording("zh"))
    assert "qa-badge-ended" not in reply_turn(
        replace(reply, answers=(replace(reply.answers[0], status="no_change_known"),)),
        Wording("zh"),
    )


def test_every_text_is_in_both_languages() -> None:
    for key, (chinese, english) in TEXTS.items():
        assert chinese, key
        assert english, key
        assert re.findall(r"{\w+}", chinese) == re.findall(r"{\w+}", english), key


def test_wording_of_what_the_page_does_not_know_yet() -> None:
    words = Wording("zh")
    assert words.kind("novel") == "原文"
    assert words.role("novel") == "novel"
    assert words.of_error("只有中文") == "只有中文"


@pytest.mark.parametrize(
    ("lit", "cut"),
    [
        ((), [("一二三四", False)]),
        (((0, 4),), [("一二三四", True)]),
        (((1, 2),), [("一", False), ("二", True), ("三四", False)]),
        (((2, 3), (0, 1)), [("一", True), ("二", False), ("三", True), ("四", False)]),
        (((0, 3), (1, 9)), [("一二三", True), ("四", True)]),  # overlapping, and past the end
        (((2, 2),), [("一二三四", False)]),
    ],
)
def test_pieces(lit: tuple[tuple[int, int], ...], cut: list[tuple[str, bool]]) -> None:
    assert [(piece.text, piece.lit) for piece in pieces("一二三四", lit)] == cut


def test_clause_link_is_percent_encoded() -> None:
    assert clause_link("d?#%/〔1〕~2") == "clause/d%3F%23%25/%E3%80%941%E3%80%95~2#clause"


def test_layout_keeps_every_character_and_lights_only_the_clause() -> None:
    start = TEXT.index("第二句")
    blocks = lay_out(TEXT, [(start, start + 3)], [(start - 2, start + 5)])
    stretches = [s for block in blocks for row in block.rows for cell in row for s in cell]
    assert strip_space("".join(s.text for s in stretches)) == strip_space(TEXT)
    assert [s.text for s in stretches if s.look == "lit"] == ["第二句"]
    assert [s.first for s in stretches if s.look == "lit"] == [True]
    near = "".join(s.text for s in stretches if s.look == "near")
    assert near == TEXT[start - 2 : start] + TEXT[start + 3 : start + 5].replace("\n", "")


# ---- the real gazette


def test_every_clause_has_a_page_that_lights_exactly_it(bot: Bot, real_page: TestClient) -> None:
    records = bot.generation.records
    (issue, *_) = records.issues
    everything = records.of(issue.id)
    for one in everything[::40]:
        reply = real_page.get(f"/{clause_link(one.clause.id)}")
        assert reply.status_code == 200, one.clause.id
        lit = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", reply.text, re.DOTALL))
        assert strip_space(html.unescape(lit)) == strip_space(one.clause.text), one.clause.id
    assert strip_space(visible(reply.text)) == strip_space(records.text(issue.id))


def test_every_table_row_can_be_shown_cell_by_cell(bot: Bot) -> None:
    records = bot.generation.records
    for issue in records.issues:
        for one in records.of(issue.id):
            if one.clause.cells:
                assert row_cells(bot.clause(one.clause.id)), one.clause.id


def test_every_kind_and_role_has_a_name(bot: Bot) -> None:
    records = bot.generation.records
    for issue in records.issues:
        for one in records.of(issue.id):
            assert f"kind_{one.clause.kind}" in TEXTS
            for context in one.clause.context:
                assert f"role_{context.role}" in TEXTS


def test_real_answer_is_verbatim_in_the_card(bot: Bot) -> None:
    for question in [one for held in bot.examples(EXAMPLES).values() for one in held]:
        reply = bot.ask(question)
        text = html.unescape(re.sub(r"<[^>]*>", "", reply_turn(reply, Wording("zh"))))
        for answer in reply.shown:
            assert answer.citation in text
            assert strip_space(answer.quote) in strip_space(text) or row_cells(answer)


# ---- serving

SERVE = """
import sys
sys.path.insert(0, {tests!r})
from test_web import TinyBot
from qa_bot.web import serve
serve(TinyBot(), port={port}, quiet={quiet})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_busy_port_is_one_line_that_names_the_way_out(tiny: TinyBot) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for attempt in (lambda: serve(cast(Bot, tiny), port=port), lambda: check_port("", port)):
            with pytest.raises(ServerError, match="--port") as caught:
                attempt()
            assert "\n" not in str(caught.value)
            assert str(caught.value).startswith(f"端口 {port} 已被占用")


def test_host_that_is_not_ours(tiny: TinyBot) -> None:
    for host in ("203.0.113.7", "no.such.host.invalid"):
        with pytest.raises(ServerError, match="--host"):
            serve(cast(Bot, tiny), host=host, port=free_port())


def test_port_that_does_not_exist() -> None:
    with pytest.raises(ServerError, match="65535"):
        check_port("127.0.0.1", 70_000)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("quiet", [False, True])
def test_serves_says_so_and_ends_without_a_traceback(how: signal.Signals, quiet: bool) -> None:
    port = free_port()
    code = SERVE.format(tests=str(Path(__file__).parent), port=port, quiet=quiet)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                    assert reply.status == 200
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(how)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert err == ""
    assert (f"http://127.0.0.1:{port}/" in out) is not quiet


# The last evaluation.


def test_no_evaluation_yet_says_which_command_makes_one(tmp_path: Path) -> None:
    for reports in (None, tmp_path, tmp_path / "none"):
        with TestClient(create_app(cast(Bot, TinyBot()), reports=reports)) as client:
            reply = client.get("/report", headers={"accept-language": "zh-CN"})
            assert reply.status_code == 200
            assert "qa-bot eval" in reply.text
            assert "还没有评测报告" in reply.text
            english = client.get("/report", headers={"accept-language": "en"})
            assert "No evaluation yet" in english.text


def test_the_last_evaluation_is_shown_and_may_do_nothing(tmp_path: Path) -> None:
    with TestClient(create_app(cast(Bot, TinyBot()), reports=tmp_path)) as client:
        for age, name in ((100, "newer"), (200, "older"), (0, ".writing-x")):
            (tmp_path / name).mkdir()
            page = tmp_path / name / "index.html"
            page.write_text(f"<h1>{name}</h1>", encoding="utf-8")
            os.utime(page, (time.time() - age,) * 2)
        (tmp_path / "unreadable").mkdir()
        (tmp_path / "unreadable" / "index.html").write_bytes(b"\xff\xfe\x00")
        (tmp_path / "folder" / "index.html").mkdir(parents=True)
        (tmp_path / "link").mkdir()
        (tmp_path / "link" / "index.html").symlink_to(tmp_path / "nowhere")
        reply = client.get("/report")
        assert reply.text == "<h1>newer</h1>"
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'self'" in policy
