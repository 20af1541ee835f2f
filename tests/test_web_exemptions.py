"""The tab of penalty exemptions without a browser: cards, filters, order, files, escaping."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import openpyxl
import pytest
from conftest import ROOT
from fastapi.testclient import TestClient
from test_web import PAYLOADS, TinyBot, no_markup_of_corpus

from qa_bot.bot import Bot
from qa_bot.errors import FilterError, IndexDamagedError
from qa_bot.exemptions import Exemption, OrdinaryPenalty, Passage, Tier
from qa_bot.export import rows_of
from qa_bot.ingest import read_source
from qa_bot.outline import outline
from qa_bot.web import create_app
from qa_bot.web.cards import reply_turn
from qa_bot.web.exemption_card import amount, exemption_card, record_link
from qa_bot.web.exemption_pages import panel
from qa_bot.web.exemption_view import SORTS, Row, View, choose, penalty_in_short, values_left
from qa_bot.web.templating import render
from qa_bot.web.wording import TEXTS, Wording

ZH = Wording("zh")
FINANCE = "温财法〔2019〕119号/annex_1/row_{}"
ENVIRONMENT = "温环发〔2019〕17号/annex_1/row_{}"
LISTS = sorted((ROOT / "tests" / "exemption_lists").glob("*.txt"))
REGISTRATION = "没备案环评登记表，补上还罚吗？"


@pytest.fixture(scope="module")
def site(bot: Bot) -> Iterator[TestClient]:
    with TestClient(create_app(bot)) as client:
        yield client


@pytest.fixture(scope="module")
def records(bot: Bot) -> dict[str, Exemption]:
    return {one.id: one for one in bot.generation.records.exemptions.all}


def view(site: TestClient, language: str = "zh-CN", **values: str) -> str:
    reply = site.get(f"/exemptions/view?{urlencode(values)}", headers={"accept-language": language})
    assert reply.headers["content-type"].startswith("text/html")
    return reply.text


def shown_ids(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'data-record="([^"]*)"', text)]


def card_html(record: Exemption, words: Wording = ZH) -> str:
    return render("exemption_card.html", words, card=exemption_card(record, words))


def quotes(text: str) -> list[str]:
    """What stands in quotation blocks, as a reader gets it."""
    found = re.findall(r'<p class="qa-text">(.*?)</p>', text, re.DOTALL)
    return [html.unescape(re.sub(r"</?mark>", "", one)) for one in found]


# ---- the card


def parts(one: Exemption) -> list[Passage]:
    """What a card quotes of a record, in the order of reading."""
    penalty = one.ordinary_penalty
    return [
        one.violation,
        *one.circumstances,
        *([one.relief_text] if one.relief_text else []),
        *one.general_conditions,
        *([one.conditions_lead] if one.conditions_lead else []),
        *one.conditions,
        *([penalty.passage] if penalty else []),
        *dict.fromkeys(basis.passage for basis in one.legal_basis),
        *(part for part in (one.commencement, one.undecided) if part),
        *(further.passage for further in one.further),
    ]


def test_card_quotes_every_part_of_every_record_and_nothing_else(
    records: dict[str, Exemption],
) -> None:
    assert len(records) == 27
    for one in records.values():
        text = card_html(one)
        assert quotes(text) == [part.text for part in parts(one)], one.id
        assert f'data-copy="{html.escape(one.citation)}"' in text


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_card_quotes_lists_of_other_shapes(path: Path) -> None:
    for one in outline(read_source(path)).exemptions.records:
        for words in (ZH, Wording("en")):
            text = card_html(one, words)
            assert quotes(text) == [part.text for part in parts(one)], one.id
            row = Row.of(one, words, "")
            assert one.violation.text == row.violation
            assert row.penalty


def test_card_is_read_from_what_was_done_to_the_source(records: dict[str, Exemption]) -> None:
    text = card_html(records[ENVIRONMENT.format(1)])
    order = ["建设单位未依法备案", "可以不予处罚", "本规定适用于当事人首次轻微环境违法",
             "经发现后能及时主动纠正的", "不符合条件的", "处五万元以下的罚款", "法律依据",
             "《环境影响评价法》第三十一条第三款", "是否处罚由执法机关决定", "<cite"]  # fmt: skip
    places = [text.index(one) for one in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (FINANCE.format(16), ["这份清单没有载明罚则"]),  # the finance list has no penalties
        (ENVIRONMENT.format(2), ["5万元以上20万元以下", "逾期不改正的", "20万元以上100万元以下"]),
        (ENVIRONMENT.format(4), ["情节严重的", "2万元以上10万元以下"]),
        (ENVIRONMENT.format(6), ["货值金额1倍以上3倍以下"]),
        (ENVIRONMENT.format(10), ["原文没有写明罚款数额"]),
    ],
)
def test_card_gives_the_fines_in_figures_or_says_that_there_are_none(
    records: dict[str, Exemption], row: str, said: list[str]
) -> None:
    text = card_html(records[row])
    for one in said:
        assert one in text, row


def test_general_condition_leads_to_its_place(records: dict[str, Exemption]) -> None:
    text = card_html(records[ENVIRONMENT.format(1)])
    assert (
        'href="clause/%E6%B8%A9%E7%8E%AF%E5%8F%91%E3%80%942019%E3%80%9517%E5%8F%B7/para_1' in text
    )


@pytest.mark.parametrize(
    ("relief", "said", "english"),
    [
        ("exempt", "可以不予处罚", "May be exempt from penalty"),
        ("lighter", "可以从轻处罚", "May get a lighter penalty"),
        ("reduced", "可以减轻处罚", "May get a reduced penalty"),
    ],
)
def test_card_says_what_may_be_granted(
    records: dict[str, Exemption], relief: str, said: str, english: str
) -> None:
    record = replace(records[ENVIRONMENT.format(1)], relief=relief)
    assert exemption_card(record, ZH).relief == said
    assert exemption_card(record, Wording("en")).relief == english


def test_page_never_promises() -> None:
    for key, pair in TEXTS.items():
        assert not re.search(r"不会(?:被)?罚|不用罚|免于处罚。|(?:will|are) not (?:be )?fined", pair[0] + pair[1]), key  # fmt: skip


def test_record_without_anything_says_so() -> None:
    bare = Exemption("x", "x", "《甲》", None, None, "甲", None, "甲", Passage("做了", (), "x"))
    text = card_html(bare)
    for said in ("清单没有写明条件", "这份清单没有载明罚则", "清单没有写明依据", "可以从宽处理"):
        assert said in text


@pytest.mark.parametrize(
    ("tier", "chinese", "english"),
    [
        ({"upper": 50_000, "unit": "yuan"}, "5万元以下", "up to 50,000 yuan"),
        ({"lower": 200, "unit": "yuan"}, "200元以上", "200 yuan or more"),
        ({"lower": 500, "upper": 500, "unit": "yuan"}, "500元", "500 yuan"),
        ({"lower": 1, "upper": 3, "unit": "multiple", "of": "货值金额"},
         "货值金额1倍以上3倍以下", "货值金额: 1 times to 3 times"),
        ({"upper": 0.5, "unit": "percent"}, "0.5%以下", "up to 0.5%"),
        ({"upper": 2, "unit": "yuan", "per": "每平方米"}, "每平方米2元以下", "每平方米: up to 2 yuan"),
        ({}, "未写数额", "no amount named"),
    ],
)  # fmt: skip
def test_amount(tier: dict[str, Any], chinese: str, english: str) -> None:
    made = Tier(Passage("罚款", (), "x"), **tier)
    assert amount(made, ZH) == chinese
    assert amount(made, Wording("en")) == english


# ---- the table: filters, search, order


def test_all_records_in_the_order_of_the_lists(
    site: TestClient, records: dict[str, Exemption]
) -> None:
    text = view(site)
    assert shown_ids(text) == list(records)
    assert "共 27 项" in text
    assert text.count('aria-sort="none"') == len(SORTS)


def test_filters(site: TestClient, records: dict[str, Exemption]) -> None:
    environment = [one for one in records if one.startswith("温环发")]
    assert shown_ids(view(site, authority="温州市生态环境局")) == environment
    assert shown_ids(view(site, authority="环保局")) == environment  # as people say it
    assert shown_ids(view(site, on="2019-04-30")) == [i for i in records if i not in environment]
    assert shown_ids(view(site, law="水污染防治法")) == [ENVIRONMENT.format(4)]
    air = shown_ids(view(site, category="大气污染防治", authority="温州市生态环境局"))
    assert air == [ENVIRONMENT.format(row) for row in (5, 6, 7)]


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ({"authority": "消防"}, ["温州市财政局", "温州市生态环境局"]),
        ({"category": "消防"}, ["企业会计类", "噪声污染防治"]),
        ({"law": "消防法"}, ["政府采购法", "噪声污染防治法"]),
        ({"on": "2018-12-31"}, ["2019-04-17", "2019-05-01"]),
        # beside finance there are its own categories; beside water the other authority
        ({"authority": "温州市财政局", "category": "水污染防治"}, ["企业会计类", "温州市生态环境局"]),
    ],
)  # fmt: skip
def test_filter_that_matches_nothing_offers_the_values_there_are(
    site: TestClient, values: dict[str, str], offered: list[str]
) -> None:
    text = view(site, **values)
    assert "没有符合条件的免罚事项" in text
    for value in offered:
        assert f'data-value="{value}"' in text
    assert "No exemption fits" in view(site, "en", **values)


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        (View(authority="温州市财政局", category="水污染防治"), {"authority", "category"}),
        (View(authority="消防", on=date(2019, 4, 20)), {"authority"}),
        # another authority, or another day, would still leave nothing
        (View(authority="温州市财政局", category="水污染防治", on=date(2019, 4, 20)), {"category"}),
        (View(law="消防法", on=date(2018, 1, 1)), set()),
    ],
)
def test_every_value_offered_gives_records(bot: Bot, asked: View, offered: set[str]) -> None:
    with pytest.raises(FilterError):
        choose(bot, asked)
    left = values_left(bot, asked)
    assert set(left) == offered
    for name, values in left.items():
        for value in values:
            wanted = date.fromisoformat(value) if name == "on" else value
            others = {n: getattr(asked, n) for n in asked.filters if n != name}
            assert choose(bot, View(**{**others, name: wanted})).total


@pytest.mark.parametrize("day", ["morgen", "2019-02-30", "1", "2019-13-01", PAYLOADS[1]])
def test_day_that_is_none(site: TestClient, day: str) -> None:
    text = view(site, on=day)
    assert "读不懂" in text
    assert no_markup_of_corpus(text)


def test_search_shows_the_closest_first_and_all_on_demand(site: TestClient) -> None:
    text = view(site, q=REGISTRATION)
    assert shown_ids(text)[0] == ENVIRONMENT.format(1)
    assert len(shown_ids(text)) == 5
    assert "显示 5 项，共 27 项" in text
    whole = view(site, q=REGISTRATION, all="1")
    assert len(shown_ids(whole)) == 27
    assert shown_ids(whole)[:5] == shown_ids(text)
    assert len(shown_ids(view(site, q=REGISTRATION, category="大气"))) == 3


def test_search_for_a_list_that_is_not_held_says_whose_there_are(site: TestClient) -> None:
    assert "公报里没有消防方面的免罚清单，只有财政、生态环境的" in view(site, q="消防的免罚清单")


@pytest.mark.parametrize("query", ["？？", "问" * 2_001])
def test_query_that_cannot_be_searched_is_a_message(site: TestClient, query: str) -> None:
    text = view(site, q=query, authority="环保局")
    assert "这样没法查" in text
    assert "data-record" not in text


def test_order_by_the_highest_fine(bot: Bot, records: dict[str, Exemption]) -> None:
    """Compared with a slow and obvious order of the records that name an amount in yuan."""
    highest = {}
    for one in records.values():
        tiers = one.ordinary_penalty.tiers if one.ordinary_penalty else ()
        in_yuan = [tier.upper for tier in tiers if tier.unit == "yuan" and tier.upper]
        if in_yuan:
            highest[one.id] = max(in_yuan)
    assert len(highest) == 8  # of ten in the environment list: one is a multiple, one names none
    up = [one.id for one in choose(bot, View(sort="penalty")).records]
    assert up[:8] == sorted(highest, key=lambda one: highest[one])
    down = [one.id for one in choose(bot, View(sort="penalty", descending=True)).records]
    assert up[8] == ENVIRONMENT.format(6)  # a multiple cannot be compared with yuan
    assert set(down[:9]) == set(up[:9])
    assert down[9:] == up[9:]  # without an amount: last in both, in the order of the lists
    in_yuan_down = [one for one in down if one in highest]
    assert [highest[one] for one in in_yuan_down] == sorted(highest.values(), reverse=True)


def test_orders(bot: Bot, records: dict[str, Exemption]) -> None:
    numbers = [one.number for one in choose(bot, View(sort="number")).records]
    assert numbers == sorted(one.number or 0 for one in records.values())
    turned = [one.number for one in choose(bot, View(sort="number", descending=True)).records]
    assert turned == numbers[::-1]
    by_category = choose(bot, View(sort="category")).records
    labels = [one.category.text for one in by_category if one.category]
    assert list(dict.fromkeys(labels)) == [  # by sound: da, gu, jian, qi, shui, zao, zheng
        "大气污染防治", "固废污染防治", "建设项目管理", "企业 会计类", "水污染防治",
        "噪声污染防治", "政府 采购类",
    ]  # fmt: skip
    authority = [one.authority for one in choose(bot, View(sort="authority")).records]
    assert len(list(dict.fromkeys(authority))) == 2
    for name in SORTS:
        assert len(choose(bot, View(sort=name)).records) == 27, name


def test_heads_say_how_the_table_is_sorted_and_what_comes_next(site: TestClient) -> None:
    text = view(site, sort="penalty")
    assert re.search(r'class="qa-ex-penalty" aria-sort="ascending">.*data-next="desc"', text)
    text = view(site, sort="penalty", order="desc")
    assert re.search(r'class="qa-ex-penalty" aria-sort="descending">.*data-next=""', text)
    assert 'aria-sort="ascending"' not in view(site, sort="no such column")


def test_penalty_in_short(records: dict[str, Exemption]) -> None:
    short = {one.id: penalty_in_short(one, ZH) for one in records.values()}
    assert short[FINANCE.format(1)] == "清单未载"
    assert short[ENVIRONMENT.format(2)] == "100万元以下"
    assert short[ENVIRONMENT.format(6)] == "货值金额3倍以下"
    assert short[ENVIRONMENT.format(10)] == "未写数额"
    least = Tier(Passage("罚", (), "x"), lower=200, unit="yuan")
    odd = replace(
        records[ENVIRONMENT.format(1)], ordinary_penalty=OrdinaryPenalty(least.passage, (least,))
    )
    assert penalty_in_short(odd, ZH) == "200元以上"


# ---- one record


def test_linked_record_is_open_wherever_it_stands(site: TestClient) -> None:
    wanted = FINANCE.format(16)
    text = view(site, open=wanted)
    assert text.count('aria-expanded="true"') == 1
    assert "未妥善保存采购文件的" in quotes(text)
    far = view(site, q=REGISTRATION, open=wanted)  # not among the closest
    assert shown_ids(far)[-1] == wanted
    assert len(shown_ids(far)) == 6
    assert record_link(wanted).startswith("./?exemption=%E6%B8%A9")
    assert "%23" in record_link("d/row_1#2")


def test_unknown_record(site: TestClient) -> None:
    for wanted in ("no/such", *PAYLOADS):
        text = view(site, open=wanted)
        assert "没有编号为" in text
        assert len(shown_ids(text)) == 27
        assert no_markup_of_corpus(text)
        reply = site.get("/exemptions/card", params={"id": wanted})
        assert reply.status_code == 404
        assert no_markup_of_corpus(reply.text)


def test_card_by_id(site: TestClient, records: dict[str, Exemption]) -> None:
    wanted = ENVIRONMENT.format(2)
    reply = site.get("/exemptions/card", params={"id": wanted})
    assert reply.status_code == 200
    assert records[wanted].violation.text in quotes(reply.text)


# ---- files


CASES: list[dict[str, str]] = [
    {},
    {"authority": "温州市生态环境局", "sort": "penalty", "order": "desc"},
    {"q": REGISTRATION},
    {"q": REGISTRATION, "all": "1", "category": "污染"},
]


@pytest.mark.parametrize("values", CASES)
def test_files_hold_what_is_shown_in_its_order(
    site: TestClient, records: dict[str, Exemption], values: dict[str, str]
) -> None:
    text = view(site, **values)
    wanted = [records[one] for one in shown_ids(text)]
    addresses = [html.unescape(one) for one in re.findall(r'href="(exemptions\.[^"]*)"', text)]
    found = {one.partition("?")[0]: site.get(f"/{one}") for one in addresses}
    assert set(found) == {"exemptions.csv", "exemptions.xlsx", "exemptions.json"}
    for name, reply in found.items():
        assert reply.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert found["exemptions.json"].json() == [one.to_json() for one in wanted]
    lines = list(csv.reader(io.StringIO(found["exemptions.csv"].content.decode("utf-8-sig"))))
    assert lines[1:] == rows_of(wanted)
    sheet = openpyxl.load_workbook(io.BytesIO(found["exemptions.xlsx"].content)).active
    rows = [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[1:] == rows_of(wanted)


def test_file_that_cannot_be_made_is_a_message(site: TestClient) -> None:
    for address, status in (
        ("exemptions.pdf", 404),
        ("exemptions.csv?authority=消防", 400),
        ("exemptions.csv?on=gestern", 400),
    ):
        reply = site.get(f"/{address}", headers={"accept-language": "zh"})
        assert reply.status_code == status, address
        assert reply.headers["content-type"].startswith("text/plain")
        assert "content-disposition" not in reply.headers
        assert re.match(r"[\u4e00-\u9fff]", reply.text)


# ---- errors, languages, hostile texts


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (RuntimeError("secret detail"), "没能查到"),
        (IndexDamagedError("索引坏了 / The index is damaged"), "索引坏了"),
    ],
)
def test_trouble_is_said_without_a_traceback(
    caplog: pytest.LogCaptureFixture, trouble: Exception, said: str
) -> None:
    tiny = TinyBot()
    tiny.trouble = trouble
    with TestClient(create_app(cast(Bot, tiny))) as client:
        for address in ("exemptions/view", "exemptions.csv"):
            reply = client.get(f"/{address}")
            assert reply.status_code == 500
            assert said in reply.text
            assert "secret" not in reply.text
            assert "Traceback" not in reply.text
    assert ("secret detail" in caplog.text) == isinstance(trouble, RuntimeError)


def test_hostile_texts_are_escaped_everywhere() -> None:
    tiny = TinyBot()
    bot = cast(Bot, tiny)
    record = tiny.records[0]
    with TestClient(create_app(bot)) as client:
        pages = [
            panel(bot, "zh"),
            client.get("/exemptions/view", params={"open": record.id}).text,
            client.get("/exemptions/card", params={"id": record.id}).text,
            *(client.get("/exemptions/view", params={"authority": one}).text for one in PAYLOADS),
            *(client.get("/exemptions/view", params={"q": one}).text for one in PAYLOADS),
        ]
        home = client.get("/").text
    for page in pages:
        assert no_markup_of_corpus(page)
        assert not re.search(r"<[^>]*\son(?:error|load|mouseover)\s*=", re.sub(r'"[^"]*"', '""', page))  # fmt: skip
    assert not any(
        sign in home for sign in ("window.pwned=1</script>", "<img src=x", "<svg onload")
    )
    assert [one.text for one in record.conditions] == quotes(pages[2])[1:8]
    reply = client.get("/exemptions/view")
    assert "script-src" not in reply.headers["content-security-policy"]
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")


def test_provision_that_the_corpus_holds_is_linked() -> None:
    tiny = TinyBot()
    with TestClient(create_app(cast(Bot, tiny))) as client:
        text = client.get("/exemptions/card", params={"id": tiny.records[0].id}).text
    assert text.count('href="clause/d/art_2#clause"') == len(PAYLOADS) + 1
    assert "d/art_2" not in card_html(replace(tiny.records[0], conditions=()))


def test_panel_has_the_values_to_filter_by(bot: Bot) -> None:
    text = panel(bot, "zh")
    for value in ("温州市财政局", "噪声污染防治", "政府采购法"):
        assert f">{value}</option>" in text
    for name in ("q", "authority", "category", "law", "on"):
        assert re.search(rf'<label for="qa-ex-{name}">.*id="qa-ex-{name}"', text, re.DOTALL)
    assert "In everyday words" in panel(bot, "en")


def test_panel_of_a_corpus_without_lists() -> None:
    tiny = TinyBot()
    tiny.records.clear()
    tiny.lists.clear()
    text = panel(cast(Bot, tiny), "zh")
    assert "所收的公报里没有免罚清单" in text
    assert "<form" not in text
    with TestClient(create_app(cast(Bot, tiny))) as client:
        assert "共 0 项" in client.get("/exemptions/view", headers={"accept-language": "zh"}).text


# ---- the chat


def test_answer_that_is_a_record_is_shown_as_its_card(bot: Bot) -> None:
    reply = bot.ask(REGISTRATION)
    record = reply.answers[0].exemption
    assert record is not None
    text = reply_turn(reply, ZH)
    first = text[text.index("<section") : text.index("清单原行")]
    parts = [record.violation, *record.general_conditions, *record.conditions]
    assert [one.text for one in parts] == quotes(first)[: len(parts)]
    assert "可以不予处罚" in first
    assert record.ordinary_penalty is not None
    assert record.ordinary_penalty.passage.text in quotes(first)
    assert "<mark>" in first  # what answers is still lit
    assert html.escape(record_link(record.id)) in first
    # The general condition is quoted once: not again as what answers together with the row.
    assert quotes(first).count(record.general_conditions[0].text) == 1
    assert "请一并阅读" not in first


def test_suggestion_is_no_card_of_an_exemption(bot: Bot) -> None:
    reply = bot.ask(REGISTRATION)
    none = replace(reply, status="not_found", answers=(), suggestions=reply.answers)
    text = reply_turn(none, ZH)
    assert "不是答案" in text
    assert "符合条件的" not in text


def test_note_stands_above_the_answers(bot: Bot) -> None:
    reply = bot.ask("消防的免罚清单")
    assert reply.note is not None
    text = reply_turn(reply, ZH)
    assert text.index("公报里没有消防方面的免罚清单") < text.index("qa-card")
    assert "none for fire" in reply_turn(reply, Wording("en"))
    hostile = replace(reply, note=f"{PAYLOADS[0]} / {PAYLOADS[1]}")
    assert no_markup_of_corpus(reply_turn(hostile, ZH))


def test_a_long_condition_beside_another_answer_is_folded_but_its_sentence_is_not(bot: Bot) -> None:
    reply = bot.ask(REGISTRATION)
    plain = replace(reply, answers=tuple(replace(one, exemption=None) for one in reply.answers))
    text = reply_turn(plain, ZH)
    beside = text[text.index('class="qa-beside"') :]
    sentence, folded = beside.split("<details", 1)
    assert "本规定适用于当事人首次轻微环境违法" in quotes_of(sentence)
    assert "为优化我市营商环境" not in sentence
    assert "为优化我市营商环境" in folded


def quotes_of(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", text))
