"""Versions and questions as of a day, from the search to every door; over small made-up gazettes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from gazettes import NUMBER, write
from mcp import Client
from typer.testing import CliRunner

from qa_bot.api import contract
from qa_bot.api.mcp_server import create_mcp
from qa_bot.bot import Bot
from qa_bot.building import build
from qa_bot.cli import app
from qa_bot.errors import FilterError
from qa_bot.filters import Filters
from qa_bot.force import force_of
from qa_bot.living import Living
from qa_bot.settings import DataFolder
from qa_bot.text import strip_space
from qa_bot.web import create_app
from qa_bot.web.chat import answer_html

pytestmark = pytest.mark.model

OLD = f"{NUMBER}@2019-05-01"
OLD_LAW, NEW_LAW = "law-2015/海宁市市容条例", "law-2018/海宁市市容条例"
FINE = "公园里燃放烟花爆竹罚多少钱"
STREET = "临街店铺占道经营罚多少钱"
TWO, FIVE = (f"公园内禁止燃放烟花爆竹，违者处{one}元罚款。" for one in ("二百", "五百"))
UNDATED = "海宁市图书馆阅览须知\n\n第一条 入馆须持读者证。\n\n第二条 馆内不得饮食。\n"
REPEALED = (
    "海宁市城管局关于废止《海宁市遛狗规定》的通知\n\n海宁城管〔2020〕3号\n\n各镇城管中队：\n\n"
    "《海宁市遛狗规定》（海宁城管〔2017〕8号）自2020年6月1日起废止。\n\n海宁市城管局\n2020年5月6日\n"
)
DOGS = (
    "海宁市城管局关于印发海宁市遛狗规定的通知\n\n海宁城管〔2017〕8号\n\n各镇城管中队：\n\n现将《海宁市遛狗规定》印发给你们。\n\n"
    "海宁市城管局\n2017年2月1日\n\n海宁市遛狗规定\n\n第一条 为了规范遛狗，制定本规定。\n\n"
    "第二条 遛狗应当牵绳，绳长不得超过一米五。\n\n第三条 本规定自2017年3月1日起施行。\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, data: DataFolder) -> DataFolder:
    path = tmp_path_factory.mktemp("versions")
    corpus = write(path / "corpus")
    for name, text in (("reading", UNDATED), ("dogs", DOGS), ("end", REPEALED)):
        (corpus / f"{name}.txt").write_text(text, encoding="utf-8")
    (path / "models").symlink_to(data.models)
    made = DataFolder.at(path)
    build(made)
    return made


@pytest.fixture(scope="module")
def versions(folder: DataFolder) -> Bot:
    return Bot.open(folder)


@pytest.fixture(scope="module")
def site(versions: Bot) -> Iterator[TestClient]:
    with TestClient(create_app(Living.of(versions))) as client:
        yield client


def first(bot: Bot, question: str, **filters: str) -> str:
    reply = bot.ask(question, filters=Filters.read(filters))
    assert reply.answers, question
    return reply.answers[0].quote


def shown(bot: Bot, question: str, **filters: str) -> set[str]:
    reply = bot.ask(question, 10, filters=Filters.read(filters))
    return {one.document.id for one in (*reply.answers, *reply.suggestions)}


def test_the_latest_answers_and_says_so(versions):
    answer = versions.ask(FINE).answers[0]
    assert answer.quote == FIVE
    document = answer.to_json()["document"]
    assert document["version"] == {
        "id": NUMBER, "date": "2019-09-30", "latest": True, "issue_id": "hn-2019-09",
    }  # fmt: skip
    assert [one["id"] for one in document["versions"]] == [OLD, NUMBER]
    assert document["status"] == "no_change_known"
    assert OLD not in shown(versions, FINE)


@pytest.mark.parametrize(
    "question",
    [
        f"修订前{FINE}",
        f"旧版里{FINE}",
        f"2019年5月1日的文本：{FINE}",
        f"{NUMBER}@2019-05-01第三条",
        f"{FINE}，我要看以前的版本",
    ],
)
def test_who_asks_for_the_earlier_version_gets_it(versions, question):
    answer = versions.ask(question).answers[0]
    assert (answer.quote, answer.document.id, answer.status) == (TWO, OLD, "amended")
    assert "2019-05-01文本" in answer.citation


def test_a_version_is_named_by_its_year(versions):
    assert first(versions, "占道经营2015年版罚多少") == "临街店铺不得占道经营，违者处三十元罚款。"
    assert (
        first(versions, "占道经营2018年修正版罚多少") == "临街店铺不得占道经营，违者处八十元罚款。"
    )
    # A year that no version is of asks for none.
    assert OLD_LAW not in shown(versions, "占道经营2011年版罚多少")


def test_who_compares_gets_both(versions):
    assert {OLD, NUMBER} <= shown(versions, f"新旧版本{FINE}，有什么不同")


@pytest.mark.parametrize(
    ("day", "question", "quote"),
    [
        ("2019-05-01", FINE, TWO),  # the day itself
        ("2019-09-29", FINE, TWO),
        ("2019-09-30", FINE, FIVE),
        ("2016-01-01", STREET, "临街店铺不得占道经营，违者处三十元罚款。"),
        ("2018-06-01", STREET, "临街店铺不得占道经营，违者处八十元罚款。"),
        ("2018-01-01", "遛狗的绳子多长", "遛狗应当牵绳，绳长不得超过一米五。"),
        ("2020-05-31", "遛狗的绳子多长", "遛狗应当牵绳，绳长不得超过一米五。"),
    ],
)
def test_as_of_a_day(versions, day, question, quote):
    reply = versions.ask(question, filters=Filters.read({"as_of": day}))
    assert reply.answers[0].quote == quote
    assert reply.answers[0].status == "no_change_known"
    assert reply.to_json()["as_of"] == day


@pytest.mark.parametrize(
    ("day", "there", "not_there"),
    [
        ("2019-04-15", {NEW_LAW}, {NUMBER, OLD, "海宁政办〔2019〕12号"}),  # issued, not yet in force
        ("2019-05-25", {OLD}, {NUMBER, "海宁政办〔2019〕12号"}),  # issued on the 20th, in force in June
        ("2019-06-01", {OLD, "海宁政办〔2019〕12号"}, {NUMBER}),
        ("2020-06-01", {"海宁城管〔2020〕3号", NUMBER}, {OLD}),
        ("2015-05-01", {OLD_LAW}, {NEW_LAW}),
    ],
)  # fmt: skip
def test_what_was_there_on_a_day(versions, day, there, not_there):
    records = versions.generation.records
    filters = Filters(as_of=date.fromisoformat(day))
    held = {one.clause.document_id for one in records.at(versions.within(filters))}
    assert there <= held
    assert not not_there & held
    assert "reading/海宁市图书馆阅览须知" in held, "what bears no date stays"


@pytest.mark.parametrize(("day", "there"), [("2020-05-31", True), ("2020-06-01", False)])
def test_what_is_repealed_ends_on_the_day_that_the_notice_names(versions, day, there):
    """The notice of May says: from 1 June."""
    positions = versions.within(Filters(as_of=date.fromisoformat(day)))
    ids = {one.clause.id for one in versions.generation.records.at(positions)}
    assert ("海宁城管〔2017〕8号/issued/art_2/para_1" in ids) is there


def test_nothing_undated_and_nothing_there_says_what_is(folder):
    """A day before everything is no empty reply; here the undated text stays, and is marked."""
    bot = Bot.open(folder)
    reply = bot.ask("图书馆里可以吃东西吗", filters=Filters.read({"as_of": "2001-01-01"}))
    assert {one.document.id for one in (*reply.answers, *reply.suggestions)} == {
        "reading/海宁市图书馆阅览须知"
    }
    assert all(one.to_json()["document"]["undated"] for one in (*reply.answers, *reply.suggestions))
    with pytest.raises(FilterError, match="最早的是 2015"):
        bot.ask(FINE, filters=Filters.read({"as_of": "2001-01-01", "kind": "notice"}))


def test_force_is_that_of_the_day(versions):
    records = versions.generation.records
    dogs = next(one for one in records.documents if one.id == "海宁城管〔2017〕8号")
    old = next(one for one in records.documents if one.id == OLD)
    assert force_of(records, dogs, "issued") == "repealed"
    assert force_of(records, dogs, "issued", date(2020, 5, 31)) == "no_change_known"
    assert force_of(records, old) == "amended"
    assert force_of(records, old, on=date(2019, 9, 1)) == "no_change_known"


def test_a_filter_names_a_version_by_its_id_and_a_work_by_its_number(versions):
    assert shown(versions, FINE, document=OLD) == {OLD}
    assert shown(versions, FINE, document=NUMBER) == {NUMBER}
    assert shown(versions, FINE, document="hn-2019-04/海宁政发〔2019〕5号") == {OLD}


def test_every_address_of_a_text_leads_to_it(versions):
    for address, quoted in (
        (f"{OLD}/issued/art_3/para_1", TWO),
        (f"hn-2019-05/{NUMBER}/issued/art_3/para_1", TWO),  # printed again there
        (f"hn-2019-09/{NUMBER}/issued/art_3/para_1", FIVE),
        (f"{NUMBER}@2019-09-30/issued/art_3/para_1", FIVE),  # stays when a later one comes
        (f"{NUMBER}/issued/art_3/para_1", FIVE),
    ):
        assert versions.clause(address).quote == quoted


@pytest.mark.parametrize(
    ("text", "verdict", "document", "said"),
    [
        (TWO, "verified", OLD, "较早版本"),
        (f"“{TWO}”（《海宁市公园管理办法》第三条）", "verified", OLD, "已由 2019-09-30 的版本取代"),
        (f"“{TWO}”（{NUMBER}）", "verified", OLD, "较早版本"),
        (FIVE, "verified", NUMBER, ""),
        ("公园每日开放时间为六时至二十二时。", "verified", NUMBER, ""),  # in both: the latest
        ("“公园每日开放时间为六时至二十二时。”（《海宁市公园管理办法》第二条）", "verified", NUMBER, ""),
        (f"《海宁市公园管理办法》（{NUMBER}，2019-05-01文本）第三条", "exists", OLD, ""),
        ("《海宁市市容条例》第二条", "exists", NEW_LAW, ""),
    ],
)  # fmt: skip
def test_a_quote_of_an_earlier_version_is_found_and_says_so(
    versions, text, verdict, document, said
):
    (check,) = versions.verify(text).checks
    assert check.verdict == verdict
    assert {one.document.id for one in check.at} == {document}
    assert ("较早版本" in check.message[0]) == bool(said)
    assert said in check.message[0]
    for one in check.to_json()["at"]:
        assert one["document"]["version"]["latest"] == (document in (NUMBER, NEW_LAW))


def test_an_altered_quote_is_held_against_the_latest(versions):
    (check,) = versions.verify("公园每日开放时间为七时至二十二时。").checks
    assert check.verdict == "altered"
    assert [one.document.id for one in check.compared.places] == [NUMBER]
    assert not check.near


def test_every_quote_is_still_what_the_source_says(versions):
    records = versions.generation.records
    for issue in records.issues:
        text = records.text(issue.id)
        for one in records.of(issue.id):
            spans = "".join(text[start:end] for start, end in one.clause.spans)
            assert strip_space(one.clause.text) == strip_space(spans)


def test_adding_one_by_one_gives_what_building_at_once_gives(versions, folder, tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "models").symlink_to(folder.models)
    grown = DataFolder.at(tmp_path)
    for path in sorted(folder.corpus.glob("*.txt"), reverse=True):
        if path.stem in ("hn-2019-09", "hn-2019-04", "law-2018", "law-2015", "page"):
            (corpus / path.name).write_bytes(path.read_bytes())
            build(grown)
    bot = Bot.open(grown)
    for one in bot.generation.records.documents:
        whole = versions.generation.records.standings.of(one.issue_id, one.id)
        own = bot.generation.records.standings.of(one.issue_id, one.id)
        assert (own.id, own.versions, own.latest) == (whole.id, whole.versions, whole.latest)


def run(folder: DataFolder, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--data", str(folder.corpus.parent)])
    assert result.exit_code == 0, result.output
    return re.sub(r"\x1b\[[0-9;]*m", "", result.output)


def test_the_command_line(folder):
    printed = run(folder, "ask", FINE)
    assert "本件有 2 个版本，此为最新（2019-09-30）" in printed
    printed = run(folder, "ask", FINE, "--as-of", "2019-06-01")
    assert "按 2019-06-01 时的文本回答" in printed
    assert "较早版本（2019-05-01），已由 2019-09-30 的版本取代" in printed
    assert "同一文件另刊于 / also printed in：《海宁市人民政府公报》2019年第5期" in printed
    assert TWO in printed
    reply = json.loads(run(folder, "ask", "--json", FINE, "--as-of", "2019-06-01"))
    assert (reply["as_of"], reply["answers"][0]["quote"]) == ("2019-06-01", TWO)
    assert "未注明日期" in run(folder, "ask", "图书馆里可以吃东西吗", "--as-of", "2019-06-01")
    assert "较早版本" in run(folder, "show", OLD)
    account = run(folder, "show", "--coverage").splitlines()
    assert all("100.00%" in line for line in account if "missing" in line)
    assert next(line for line in account if line.startswith("page.txt")).count("clauses 0")
    wrong = CliRunner().invoke(
        app, ["ask", FINE, "--as-of", "去年", "--data", str(folder.corpus.parent)]
    )
    assert wrong.exit_code
    assert "不是日期" in wrong.output


def test_the_api(site):
    reply = site.get("/api/ask", params={"q": FINE, "as_of": "2019-06-01"}).json()
    contract.Reply.model_validate(reply)
    assert (reply["as_of"], reply["answers"][0]["quote"]) == ("2019-06-01", TWO)
    assert [one["issue_id"] for one in reply["answers"][0]["document"]["places"]] == [
        "hn-2019-05",
        "page",
    ]
    assert site.post("/api/ask", json={"q": FINE}).json()["answers"][0]["quote"] == FIVE
    listed = site.get("/api/documents").json()["documents"]
    held = {one["id"]: one for one in listed}
    assert held[OLD]["status"] == "amended"
    assert [one["latest"] for one in held[OLD]["versions"]] == [False, True]
    left = site.get("/api/documents", params={"as_of": "2019-06-01"}).json()["documents"]
    assert OLD in {one["id"] for one in left}
    assert NUMBER not in {one["id"] for one in left}
    again = site.get(f"/api/documents/{quote('hn-2019-05/' + NUMBER)}").json()
    assert again["id"] == OLD
    contract.DocumentInFull.model_validate(again)
    clause = site.get(f"/api/clauses/{quote(NUMBER + '@2019-09-30/issued/art_3/para_1')}").json()
    assert clause["clause_id"] == f"{NUMBER}/issued/art_3/para_1"
    checked = contract.Verification.model_validate(
        site.get("/api/verify", params={"text": TWO}).json()
    )
    assert checked.checks[0].at[0].document.version.date == date(2019, 5, 1)
    wrong = site.get("/api/ask", params={"q": FINE, "as_of": "2019-13-01"})
    assert wrong.status_code == 422


def test_the_mcp_tools(versions):
    import asyncio

    async def work() -> None:
        async with Client(create_mcp(Living.of(versions)), read_timeout_seconds=60) as client:
            found = await client.call_tool(
                "search_clauses", {"question": FINE, "as_of": "2019-06-01"}
            )
            body = found.structured_content
            assert body["as_of"] == "2019-06-01"
            assert body["answers"][0]["quote"] == TWO
            assert "较早版本" in body["answers"][0]["document_version"]

    asyncio.run(work())


def test_the_pages(site, versions):
    page = site.get(f"/document/{quote(NUMBER)}").text
    assert "本件有 2 个版本，此为最新（2019-09-30）" in page
    assert quote(OLD) in page
    page = site.get(f"/document/{quote(OLD)}").text
    assert "较早版本（2019-05-01），已由 2019-09-30 的版本取代" in page
    assert "同一文件另刊于" in page
    assert "2019年第5期" in page
    assert site.get(f"/document/{quote('hn-2019-05/' + NUMBER)}").status_code == 200
    for identity, said in (
        (OLD, "较早版本"),
        (NUMBER, "此为最新"),
        (f"hn-2019-05/{NUMBER}", "较早版本"),
    ):
        assert said in site.get(f"/clause/{quote(identity + '/issued/art_3/para_1')}").text
    issue = site.get("/issue/hn-2019-05").text
    assert "本期还刊有" in issue
    assert quote(OLD) in issue
    for one in versions.generation.records.issues:
        assert site.get(f"/issue/{quote(one.id)}").status_code == 200


def test_the_chat(versions):
    turn = answer_html(versions, FINE, "zh")
    assert "本件有 2 个版本，此为最新（2019-09-30）" in turn
    assert "2019-05-01 的版本" in turn
    turn = answer_html(versions, FINE, "zh", limits={"as_of": "2019-06-01"})
    assert "按 2019-06-01 时的文本回答" in turn
    assert 'data-again="everywhere"' in turn, "dropped with a click, as every filter"
    assert "较早版本" in turn
    assert "with the texts of 2019-06-01" in answer_html(
        versions, FINE, "en", limits={"as_of": "2019-06-01"}
    )
    assert "不知当日是否有效" in answer_html(
        versions, "图书馆里可以吃东西吗", "zh", limits={"as_of": "2019-06-01"}
    )


def test_the_form_has_the_day(site):
    page = site.get("/", headers={"accept-language": "zh"}).text
    assert "as_of" in page
    static = Path(__file__).parent.parent / "qa_bot" / "web" / "static" / "filters.js"
    assert '"as_of"' in static.read_text(encoding="utf-8")
