"""Browsing without a browser: verbatim texts, trees, relations, search within, unknown ids, escaping."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pytest
from conftest import ROOT
from fastapi import FastAPI
from fastapi.testclient import TestClient
from test_web import PAYLOADS, TinyBot

from qa_bot.bot import Bot
from qa_bot.clauses import parse_clauses
from qa_bot.gazette import Issue, parse_issue
from qa_bot.gazette.identity import apply, held_in, settle
from qa_bot.index import Records
from qa_bot.ingest import Source, read_source
from qa_bot.living import Living
from qa_bot.text import strip_space
from qa_bot.web import create_app
from qa_bot.web.browse_pages import add_browse, document_page, issue_page, panel
from qa_bot.web.document_tree import anchor, document_link, tree_of
from qa_bot.web.issue_text import issue_text
from qa_bot.web.wording import Wording
from tests import making

ZH = Wording("zh")
RULES = "温市监规〔2019〕1号"
PLAN = "温政办〔2019〕35号"
ISSUE = "wenzhou-2019-04"
FILES = sorted(p for p in (ROOT / "tests" / "documents").iterdir() if p.suffix in (".txt", ".html"))


def records_of(folder: Path, issues: list[tuple[Issue, Source]]) -> Records:
    """The records of an index, without anything that needs a model."""
    standings = settle(held for issue, _ in issues for held in held_in(issue))
    apart = [apply(issue, standings) for issue, _ in issues]
    parsed = [
        (issue, source, "来源", parse_clauses(issue, source))
        for issue, (_, source) in zip(apart, issues, strict=True)
    ]
    return making.records_of(folder, parsed, standings)


def bot_over(records: Records) -> Bot:
    """A bot that can show and cannot search."""
    return Bot(cast(Any, SimpleNamespace(records=records)), cast(Any, None))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """Gazettes and documents of other shapes and places."""
    sources = [read_source(path) for path in FILES]
    folder = tmp_path_factory.mktemp("others")
    return bot_over(records_of(folder, [(parse_issue(one, None), one) for one in sources]))


@pytest.fixture(scope="module")
def site(bot: Bot) -> Iterator[TestClient]:
    app = FastAPI()
    add_browse(app, Living.of(bot))
    with TestClient(app) as client:
        yield client


def gazette(page: str) -> str:
    """The text of the document on its page, as a reader gets it."""
    inside = page[page.index('<article class="gazette"') : page.index("</article>")]
    return html.unescape(
        re.sub(r"<[^>]*>", "", re.sub(r'<span class="aside">.*?</span>', "", inside))
    )


def whole(page: str) -> str:
    return gazette(page.replace('class="aside"', ""))


# ---- verbatim


@pytest.mark.parametrize("name", ["bot", "others"])
def test_every_line_of_a_source_stands_on_the_page_of_exactly_one_document(
    name: str, request: pytest.FixtureRequest
) -> None:
    records = request.getfixturevalue(name).generation.records
    assert records.issues
    for issue in records.issues:
        held = issue_text(records, issue.id)
        reaches = sorted(span for some in held.reaches.values() for span in some)
        assert all(left[1] <= right[0] for left, right in pairwise(reaches))
        shown = "".join(held.text[start:end] for start, end in reaches)
        if reaches:
            assert strip_space(shown) == strip_space(held.text), issue.id


@pytest.mark.parametrize("name", ["bot", "others"])
def test_page_of_a_document_shows_its_source_and_nothing_else(
    name: str, request: pytest.FixtureRequest
) -> None:
    bot = request.getfixturevalue(name)
    records = bot.generation.records
    for document in records.documents:
        held = issue_text(records, document.issue_id)
        page = document_page(bot, document.id, ZH)
        own = "".join(held.text[start:end] for start, end in held.reaches[document.id])
        assert strip_space(whole(page)) == strip_space(own), document.id


def test_every_clause_is_verbatim_and_linked(bot: Bot) -> None:
    records = bot.generation.records
    for document in records.documents:
        page = document_page(bot, document.id, ZH)
        text = strip_space(gazette(page))
        ids = re.findall(r' id="([^"]*)"', page)
        assert len(ids) == len(set(ids)), document.id
        for record in records.of(document.issue_id, document.id):
            clause = record.clause
            assert strip_space(clause.text) in text, clause.id
            assert html.escape(anchor(clause)) in ids, clause.id
            assert f'href="/clause/{quote(clause.id, safe="/~")}#clause"' in page, clause.id


def test_page_break_within_a_clause_is_set_apart(tmp_path: Path) -> None:
    text = (
        "温州市人民政府关于试验的通知\n温政发〔2019〕9号\n各县人民政府：\n"
        "一、第一件事要做的是把这一段话写得足够长，长到一页写不完，要\n－ 7 －\n到下一页才写得完。\n"
        "温州市人民政府\n2019年4月3日\n"
    )
    path = tmp_path / "break.txt"
    path.write_text(text, encoding="utf-8")
    source = read_source(path)
    bot = bot_over(records_of(tmp_path, [(parse_issue(source, None), source)]))
    (document,) = bot.generation.records.documents
    page = document_page(bot, document.id, ZH)
    assert "长到一页写不完，要到下一页才写得完" in strip_space(gazette(page))
    assert "－7－" in strip_space(whole(page))


# ---- headings, trees, tables


def test_headings_and_tables(bot: Bot) -> None:
    page = document_page(bot, PLAN, ZH)
    assert re.search(r"<h2>.*温州市打赢蓝天保卫战行动实施方案</h2>", page)
    assert "<h3>二、主要任务</h3>" in page
    assert "<h4>(三) 发展绿色交通, 推进洁净运输</h4>" in page
    assert page.count("<tr>") == 13
    assert '<th scope="col">序号</th>' in page
    assert 'id="issued"' in page
    assert 'id="annex_1"' in page


def test_contents_of_a_long_document_lead_to_its_articles(bot: Bot) -> None:
    page = document_page(bot, RULES, ZH)
    contents = page[page.index('<details class="contents"') : page.index("<article")]
    assert "第四章 药品零售企业设置标准" in contents
    assert contents.count("#annex_1/art_") >= 69
    for target in re.findall(r'href="#([^"]*)"', contents):
        assert f'id="{target}"' in page
    assert '<details class="contents"' not in document_page(bot, f"{ISSUE}/personnel", ZH)


def test_tree_counts_every_clause_once(bot: Bot) -> None:
    records = bot.generation.records
    for document in records.documents:
        clauses = records.of(document.issue_id, document.id)
        listed = [
            one.clause.id
            for one in clauses
            if not one.clause.parent
            and one.clause.kind not in ("title", "signature", "note", "responsible")
        ]
        tree = tree_of(document, clauses)
        assert tree.count == len(listed)
        for node in tree.children:
            assert node.count == 1 or not node.children or node.count >= len(node.children)
    rules = tree_of(records.document(ISSUE, RULES), records.of(ISSUE, RULES))
    assert [(one.label, one.count) for one in rules.children][-1] == (
        "温州市药品零售（连锁）经营许可实施细则", 69,
    )  # fmt: skip


def test_panel_lists_the_newest_issue_and_links_to_the_others(bot: Bot) -> None:
    text = panel(bot, "zh")
    for document in bot.generation.records.documents:
        assert f'href="{document_link(document.id)}"' in text
    assert f'href="issue/{ISSUE}"' in text
    assert len(text.encode()) < 100_000
    assert "18 documents" in panel(bot, "en")


def test_panel_of_two_hundred_issues_stays_small(bot: Bot) -> None:
    records = bot.generation.records
    one = records.issues[0]
    many = [
        replace(one, id=f"{one.id}-{n}", year=2003 + n // 12, number=n % 12 + 1, published_on=None,
                label=f"《温州市人民政府公报》{2003 + n // 12}年第{n % 12 + 1}期")
        for n in range(199)
    ]  # fmt: skip

    class Many(Records):
        def __init__(self) -> None:
            self.__dict__.update(records.__dict__)

        @property
        def issues(self) -> list[Any]:
            return [*many[:120], replace(one, year=2099), *many[120:]]

    text = panel(bot_over(Many()), "zh")
    assert len(text.encode()) < 100_000
    assert text.count('href="issue/') == 200
    assert "2003年" in text


# ---- facts and relations


def test_issue_page(site: TestClient) -> None:
    page = site.get(f"/issue/{ISSUE}").text
    shown = html.unescape(re.sub(r"<[^>]*>", " ", page))
    for fact in ("2019-05-15", "温州市人民政府", "wenzhou-2019-04.txt", "部门规范性文件", RULES,
                 "0031bbc42d3c83269597eb2d1d1a7aa58a350a63b5018e2c18f2e6007b5abf92", "第 20 页"):  # fmt: skip
        assert fact in shown
    assert page.count('class="title"') == 18


def test_document_page_tells_what_is_known(site: TestClient) -> None:
    page = site.get(f"/document/{quote(RULES)}").text
    shown = html.unescape(re.sub(r"<[^>]*>", "", page))
    for fact in ("ZJCC60-2019-0001", "温州市市场监督管理局", "2019-04-03", "施行 2015-10-01",
                 "所收公报中未见修改或废止", "所收公报中没有"):  # fmt: skip
        assert fact in shown
    amends = page[page.index("<dt>修改</dt>") :]
    assert "第五十一条第一款" in amends
    assert 'href="#part_3"' in amends  # the clause that says so
    assert "/clause/%E6%B8%A9%E5%B8%82%E7%9B%91%E8%A7%84%E3%80%942019%E3%80%951%E5%8F%B7/annex_1/art_51" in amends  # fmt: skip


def test_relations_are_told_both_ways(tmp_path: Path) -> None:
    """A later notice repeals an earlier one of another issue: each page names the other."""
    earlier = (
        "温州市人民政府关于加强犬类管理的通知\n温政发〔2017〕3号\n各县人民政府：\n"
        "一、养犬应当登记。\n二、犬只应当免疫。\n温州市人民政府\n2017年3月1日\n"
    )
    later = (
        "温州市人民政府关于规范养犬的通知\n温政发〔2019〕8号\n各县人民政府：\n一、养犬应当登记并牵绳。\n"
        "二、本通知自2019年5月1日起施行，《温州市人民政府关于加强犬类管理的通知》（温政发〔2017〕3号）同时废止。\n"
        "温州市人民政府\n2019年4月3日\n"
    )
    issues = []
    for name, text in (("a.txt", earlier), ("b.txt", later)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        source = read_source(tmp_path / name)
        issues.append((parse_issue(source, None), source))
    bot = bot_over(records_of(tmp_path, issues))
    old = document_page(bot, "温政发〔2017〕3号", ZH)
    assert "<dt>被废止，见</dt>" in old
    assert f'href="/{document_link("温政发〔2019〕8号")}"' in old
    assert f"{quote('温政发〔2019〕8号')}/part_2#clause" in old  # the clause that says so
    assert "已废止" in old
    assert "已废止" in issue_page(
        bot, bot.generation.records.document("a", "温政发〔2017〕3号").issue_id, ZH
    )
    new = document_page(bot, "温政发〔2019〕8号", ZH)
    repeals = new[new.index("<dt>废止</dt>") :]
    assert f'href="/{document_link("温政发〔2017〕3号")}"' in repeals
    assert 'href="#part_2"' in repeals
    assert "2019-05-01" in repeals


def test_way_to_ask_about_a_document(site: TestClient) -> None:
    page = site.get(f"/document/{quote(RULES)}").text
    assert '<form id="page-ask" action="/" method="get" target="_top">' in page
    assert f'<input type="hidden" name="document" value="{RULES}">' in page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_speak_one_language(site: TestClient, language: str) -> None:
    said = {"zh-CN": ("发文机关", "目次"), "en": ("Issued by", "Table of contents")}
    page = site.get(f"/document/{quote(RULES)}", headers={"accept-language": language}).text
    for own in said[language]:
        assert own in page
    for other in said["en" if language == "zh-CN" else "zh-CN"]:
        assert other not in page


# ---- search within


def lit(page: str) -> list[str]:
    inside = page[page.index("<article") : page.index("</article>")]
    return [html.unescape(one) for one in re.findall(r"<mark[^>]*>(.*?)</mark>", inside)]


@pytest.mark.parametrize(
    ("document", "query", "plain"),
    [
        (RULES, "中药饮片", "中药饮片"),
        (RULES, "４０平方米", "40平方米"),  # full width
        (RULES, "面積不得少於40", "面积不得少于40"),  # traditional characters
        (RULES, "〔2015〕52号", "〔2015〕52号"),
        (RULES, "[2015]52号", "〔2015〕52号"),
        (PLAN, "空气质量改善目标清单", "空气质量改善目标清单"),  # a heading, which is no clause
    ],
)
def test_exact_words_are_all_lit(bot: Bot, document: str, query: str, plain: str) -> None:
    page = document_page(bot, document, ZH, query=query)
    # A line break of the layout may stand within a word, and cuts its light.
    count = strip_space(whole(page)).count(plain)
    assert count
    assert strip_space("".join(lit(page))) == plain * count
    assert 'id="page-first"' in page
    assert "found-exact" in page


def test_results_lead_to_the_smallest_clauses(bot: Bot) -> None:
    page = document_page(bot, RULES, ZH, query="兼有中药饮片 60平方米")
    results = page[
        page.index('<section id="page-found"') : page.index(
            "</section>", page.index('id="page-found"')
        )
    ]
    assert re.findall(r'href="#(annex_1[^"]*)"', results) == ["annex_1/art_51/para_2"]


def test_other_words_are_left_to_the_bot(bot: Bot) -> None:
    page = document_page(bot, RULES, ZH, query="开药店至少要多大面积")
    assert "found-near" in page
    assert "annex_1/art_51/para_1" in page[: page.index("<article")]
    assert lit(page) == []
    page = document_page(bot, RULES, ZH, query="婚姻登记在哪里办")
    assert "found-suggested" in page
    assert "不是答案" in page


@pytest.mark.parametrize("query", ["？？", "问" * 2_001])
def test_query_that_cannot_be_searched_is_a_message(bot: Bot, query: str) -> None:
    page = document_page(bot, RULES, ZH, query=query)
    assert "found-trouble" in page
    assert strip_space(gazette(page)) == strip_space(gazette(document_page(bot, RULES, ZH)))


def test_half_a_surrogate_does_not_break_the_page(bot: Bot) -> None:
    assert "文件原文" in document_page(bot, RULES, ZH, query="\ud800x").encode().decode()


# ---- addresses


def test_browser_that_has_a_page_gets_304(site: TestClient) -> None:
    for address in (
        f"/issue/{ISSUE}",
        f"/document/{quote(RULES)}",
        f"/clause/{quote(RULES)}/title",
    ):
        first = site.get(address)
        assert first.status_code == 200
        assert first.headers["cache-control"] == "no-cache"
        again = site.get(address, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = site.get(address, headers={"accept-language": "en"})
        assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/clause/温市监规〔2019〕1号/annex_1/art_151", "/annex_1/art_"),
        ("/document/温市监规[2019]1号", f"/{document_link(RULES)}"),
        ("/document/温市监规〔2019〕7号", f"/{document_link(RULES)}"),
        ("/issue/wenzhou-2019-4", f"/issue/{ISSUE}"),
    ],
)
def test_unknown_id_leads_to_near_ones(site: TestClient, address: str, near: str) -> None:
    reply = site.get(address)
    assert reply.status_code == 404
    assert near in reply.text
    assert site.get(re.findall(r'<li><a href="([^"]*)"', reply.text)[0]).status_code == 200


@pytest.mark.parametrize("what", ["issue", "document", "clause"])
@pytest.mark.parametrize(
    "identity", ["", "x", "no/such", "%", "%00", "%ff", "a" * 3_000, "../../etc"]
)
def test_any_id_is_answered(site: TestClient, what: str, identity: str) -> None:
    assert site.get(f"/{what}/{identity}").status_code == 404


def test_clause_page_leads_to_its_document(site: TestClient) -> None:
    page = site.get(f"/clause/{quote(RULES)}/annex_1/art_51").text
    assert f'href="/{document_link(RULES, "annex_1/art_51")}"' in page
    assert f'href="/{document_link(RULES, "page-ask")}"' in page
    assert "公报第 20 页起的文件" in page
    assert 'data-share="#clause"' in page


# ---- hostile texts


class Markup(HTMLParser):
    """What a browser would make of a page: elements, and attributes that could do something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.bad: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            runs = (value or "").strip().lower().startswith(("javascript:", "data:"))
            if name.startswith("on") or (name in ("href", "src", "action", "srcdoc") and runs):
                self.bad.append(f"{tag} {name}={value}")


def harmless(page: str) -> bool:
    made = Markup(page)
    assert made.bad == []
    assert made.tags.count("script") <= 1
    return not {"img", "svg", "iframe", "object", "embed", "base"} & set(made.tags)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """A gazette that is payloads wherever a text can stand."""
    folder = tmp_path_factory.mktemp("hostile")
    points = "".join(f"{n}、{one}。\n" for n, one in zip("一二三四五六七", PAYLOADS, strict=True))
    rows = "".join(f"{n}\t{one}\t乙{one}\n" for n, one in enumerate(PAYLOADS, 1))
    text = (
        f"温州市测试局关于{PAYLOADS[0]}的通知\n温测发〔2019〕1号\n{PAYLOADS[1]}：\n{points}"
        f"温州市测试局\n2019年4月3日\n附件\n{PAYLOADS[2]}清单\n序号\t名称{PAYLOADS[4]}\t乙\n{rows}"
    )
    path = folder / "hostile.txt"
    path.write_text(text, encoding="utf-8")
    source = read_source(path)
    issue = parse_issue(source, None)
    documents = tuple(
        replace(
            one, title=f"{one.title}{PAYLOADS[1]}", section=PAYLOADS[2], issuer=PAYLOADS[6],
            addressees=PAYLOADS[3], number=PAYLOADS[4], registration_number=PAYLOADS[5],
            parts=tuple(replace(part, other_titles=(PAYLOADS[0],)) for part in one.parts),
        )
        for one in issue.documents
    )  # fmt: skip
    issue = replace(
        issue,
        name=PAYLOADS[0],
        publisher=PAYLOADS[1],
        file=f"{PAYLOADS[2]}.txt",
        documents=documents,
    )
    return bot_over(records_of(folder, [(issue, source)]))


def test_hostile_corpus_is_inert(hostile: Bot) -> None:
    records = hostile.generation.records
    assert harmless(panel(cast(Bot, TinyBot()), "zh"))
    for words in (ZH, Wording("en")):
        assert harmless(panel(hostile, words.language))
        for issue in records.issues:
            assert harmless(issue_page(hostile, issue.id, words))
        for document in records.documents:
            page = document_page(hostile, document.id, words)
            assert harmless(page)
            for payload in PAYLOADS:
                assert strip_space(payload) in strip_space(whole(page))
                assert harmless(document_page(hostile, document.id, words, query=payload))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_query_and_ids_are_inert(site: TestClient, payload: str) -> None:
    reply = site.get(f"/document/{quote(RULES)}", params={"q": payload})
    assert reply.status_code == 200
    assert harmless(reply.text)
    for what in ("issue", "document", "clause"):
        reply = site.get(f"/{what}/{quote(payload, safe='')}")
        assert reply.status_code == 404
        assert harmless(reply.text)
        assert html.escape(payload, quote=False)[:12] in html.unescape(reply.text) or payload in html.unescape(reply.text)  # fmt: skip
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    "address", ["/issue/{issue}", "/document/{document}", "/clause/{clause}", "/exemptions.csv"]
)
def test_a_link_checker_finds_what_is_there(bot: Bot, address: str) -> None:
    records = bot.generation.records
    document = next(one for one in records.documents if one.number)
    clause = records.of(document.issue_id, document.id)[0].clause.id
    with TestClient(create_app(bot)) as client:
        path = address.format(issue=document.issue_id, document=document.id, clause=clause)
        assert client.head(path).status_code == 200
        assert client.head(path).content == b""
