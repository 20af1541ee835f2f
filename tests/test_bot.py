"""The whole path on the real gazette: what must be answered, how, and what must not break."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from qa_bot.bot import MAX_QUESTION, Bot, check_question
from qa_bot.building import build, why_stale
from qa_bot.encoder import prepare
from qa_bot.errors import (
    IndexDamagedError,
    IndexMissingError,
    ModelError,
    NotFoundError,
    QuestionError,
)
from qa_bot.index import code_fingerprint, current_generation
from qa_bot.settings import DataFolder
from qa_bot.text import strip_space

pytestmark = pytest.mark.model
ACCEPTANCE = [
    json.loads(line)
    for line in (ROOT / "eval/questions/acceptance.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ACCEPTANCE, ids=lambda row: row["id"])
def test_the_first_quote_holds_the_answer(bot, row):
    reply = bot.ask(row["q"])
    assert reply.status == "answered"
    assert any(strip_space(gold) in strip_space(reply.answers[0].quote) for gold in row["gold"])


def test_every_quote_is_verbatim(bot):
    """Not a sample: whatever can be quoted equals its spans in the source, white space aside."""
    generation = bot.generation
    for issue in generation.records.issues:
        source = generation.records.text(issue.id)
        for record in generation.records.of(issue.id):
            answer = bot.clause(record.clause.id)
            held = "".join(source[start:end] for start, end in answer.clause.spans)
            assert strip_space(answer.quote) == strip_space(held)


def test_highlights_lie_within_the_quote(bot):
    for row in ACCEPTANCE:
        for answer in bot.ask(row["q"], 10).answers:
            assert answer.highlights
            at = 0
            for start, end in answer.highlights:
                assert at <= start < end <= len(answer.quote)
                at = end


def test_the_contract(bot):
    reply = json.loads(json.dumps(bot.ask("细则第五十一条第一款").to_json(), ensure_ascii=False))
    assert set(reply) >= {
        "question",
        "status",
        "confidence",
        "answers",
        "suggestions",
        "elapsed_ms",
    }
    answer = reply["answers"][0]
    assert answer["quote"] == "企业经营场所面积不得少于40平方米。"
    assert answer["highlights"] == [[0, 18]]
    assert answer["citation"].endswith("（温市监规〔2019〕1号附件）第五十一条第一款")
    assert answer["kind"] == "article"
    assert answer["path"] == ["第四章 药品零售企业设置标准", "第五十一条"]
    assert answer["document"]["number"] == "温市监规〔2019〕1号"
    assert answer["document"]["issued_on"] == "2019-04-03"
    assert answer["document"]["effective_from"] == "2015-10-01"
    assert answer["document"]["status"] == "no_change_known"
    assert answer["issue"] == {"name": "温州市人民政府公报", "year": 2019, "number": 4, "page": 20}
    assert answer["source"]["file"] == "wenzhou-2019-04.txt"
    assert answer["source"]["spans"] == [[26982, 27000]]
    assert len(answer["source"]["sha256"]) == 64
    assert answer["exemption"] is None


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("第八十条", "第80条"),
        ("温政办〔2019〕99号是什么文件", "温政办〔2019〕99号"),
        ("细则第五十一条第九款", "第51条第9款"),
        ("就业补充通知第十一条讲了什么", "第11条"),  # it has nine points
        ("温政发〔2019〕5号第十二条", "第12条"),
    ],
)
def test_what_does_not_exist_is_not_answered_with_its_neighbour(bot, question, named):
    reply = bot.ask(question)
    assert reply.status == "not_found"
    assert reply.answers == ()
    assert reply.suggestions
    assert reply.missing == (named,)


@pytest.mark.parametrize(
    ("question", "identity"),
    [
        ("温政办[2019]36号是什么文件", "wenzhou-2019-04/catalogue/line_7"),
        ("温市监规〔2019〕1号", "温市监规〔2019〕1号/title"),
        ("第二十三条第一款第（五）项", "温市监规〔2019〕1号/annex_1/art_23/para_1/item_5"),
        (
            "药品许可细则第51条",
            "温市监规〔2019〕1号/annex_1/art_51",
        ),  # words of the title ask nothing
        ("細則第64條", "温市监规〔2019〕1号/annex_1/art_64/para_1"),  # traditional characters
        ("溫政辦〔2019〕36號是什麼文件", "wenzhou-2019-04/catalogue/line_7"),
        ("Article 64 of the pharmacy rules", "温市监规〔2019〕1号/annex_1/art_64/para_1"),
        ("细则第二十三条", "温市监规〔2019〕1号/annex_1/art_23"),
        ("就业补充通知第三条说什么", "温政发〔2019〕5号/part_3"),
        ("温市监规〔2019〕1号第三点", "温市监规〔2019〕1号/part_3"),
        ("浙政发〔2018〕50号是什么", "温政发〔2019〕5号/para_1"),  # only mentioned here
    ],
)
def test_references_are_looked_up(bot, question, identity):
    assert bot.ask(question).answers[0].clause.id == identity


def test_a_clause_and_its_part_are_not_both_quoted(bot):
    reply = bot.ask("药品陈列有哪些要求", 10)
    ids = [answer.clause.id for answer in (*reply.answers, *reply.suggestions)]
    parents = {answer.clause.parent for answer in (*reply.answers, *reply.suggestions)}
    assert not parents & set(ids)


@pytest.mark.parametrize(
    "question",
    [
        "药店🏪面积要多大？",
        "<b>药店</b><script>alert(1)</script>面积",
        "药店\x00\x07面积\x1b[31m要多大",
        "a" * MAX_QUESTION,
    ],
)
def test_odd_questions_get_a_reply(bot, question):
    assert bot.ask(question).status in ("answered", "not_found")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "空"),
        (" \t\n", "空"),
        ("？！", "空"),
        ("🏪", "空"),
        ("药" * 20_000, "20000"),
        ("药\ud800店", "代理"),
    ],
)
def test_what_cannot_be_asked_says_why(question, said):
    with pytest.raises(QuestionError, match=said):
        check_question(question)


def test_an_unknown_clause(bot):
    with pytest.raises(NotFoundError, match="温政办"):
        bot.clause("温政办〔2019〕35号/no")


def test_a_bot_answers_from_many_threads(bot):
    expected = [bot.ask(row["q"]).answers[0].clause.id for row in ACCEPTANCE]
    found: list[list[str]] = []

    def work():
        found.append([bot.ask(row["q"]).answers[0].clause.id for row in ACCEPTANCE])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_the_dense_index_agrees_with_a_slow_search(bot):
    dense = bot.generation.dense
    query = bot.encoder.encode_queries(["药店面积"])[0]
    assert np.allclose(dense.scores(query), dense.vectors() @ query, atol=1e-5)


# The index on disk.


@pytest.fixture
def copied(data, tmp_path):
    """A copy of corpus and index that a test may damage; the model is shared."""
    shutil.copytree(data.index, tmp_path / "index")
    shutil.copytree(data.corpus, tmp_path / "corpus")
    return DataFolder(tmp_path / "corpus", tmp_path / "index", data.models, tmp_path / "feedback")


def test_no_index_says_which_command_builds_it(data, tmp_path):
    with pytest.raises(IndexMissingError, match="qa-bot build"):
        Bot.open(DataFolder(data.corpus, tmp_path, data.models, tmp_path))


def test_every_file_of_the_index_is_checked(copied):
    folder = current_generation(copied.index)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        for broken in (
            whole[:-1],
            whole[:1] + bytes([whole[len(whole) // 2] ^ 1]) + whole[2:],
            None,
        ):
            if broken == whole:
                continue
            path.unlink()
            if broken is not None:
                path.write_bytes(broken)
            with pytest.raises(IndexDamagedError, match="qa-bot build"):
                Bot.open(copied)
        path.write_bytes(whole)
    Bot.open(copied)


def test_a_foreign_index(copied):
    manifest = current_generation(copied.index) / "manifest.json"
    row = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(row | {"format": 99}), encoding="utf-8")
    with pytest.raises(IndexDamagedError, match="99"):
        Bot.open(copied)
    assert "99" in str(why_stale(copied))


@pytest.mark.parametrize("name", ["new.txt", "new.html", "wenzhou-2019-04.toml", "synonyms.tsv"])
def test_a_changed_corpus_makes_the_index_stale(copied, name):
    assert why_stale(copied) is None
    (copied.corpus / name).write_text("name = '别的公报'", encoding="utf-8")
    assert "corpus" in str(why_stale(copied))


def test_every_stage_that_makes_an_index_is_in_its_fingerprint(monkeypatch):
    # ingest.py became a package, and changes to it went unseen.
    read = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or b"")
    code_fingerprint()
    stages = {path.relative_to(ROOT / "qa_bot").with_suffix("").parts[0] for path in read}
    assert stages == {
        "text", "ingest", "gazette", "clauses", "references", "companions", "exemptions", "dictionary", "words",
        "asked", "facets", "spelling", "synonyms", "index",
    }  # fmt: skip


def test_a_pointer_to_nothing(copied):
    (copied.index / "CURRENT").write_text("../../etc", encoding="utf-8")
    with pytest.raises(IndexDamagedError, match="qa-bot build"):
        Bot.open(copied)


def test_a_missing_model(copied, tmp_path):
    with pytest.raises(ModelError, match="qa-bot build"):
        Bot.open(DataFolder(copied.corpus, copied.index, tmp_path / "models", tmp_path))


def test_stale_by_corpus(copied):
    assert why_stale(copied) is None
    path = copied.corpus / "wenzhou-2019-04.txt"
    path.write_text(path.read_text(encoding="utf-8") + "\n附记。\n", encoding="utf-8")
    assert "语料" in str(why_stale(copied))
    report = build(copied)
    assert report.built
    assert why_stale(copied) is None
    assert not build(copied).built


def test_an_interrupted_build_leaves_the_old_index(copied):
    before = current_generation(copied.index)
    path = copied.corpus / "wenzhou-2019-04.txt"
    path.write_text(
        path.read_text(encoding="utf-8").replace("40平方米", "41平方米"), encoding="utf-8"
    )

    calls = []

    def interrupt(stage, done, total):
        calls.append(stage)
        if "编码条文" in stage and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(copied, progress=interrupt)
    assert calls
    assert current_generation(copied.index) == before
    assert not list((copied.index / "generations").glob(".building-*"))
    assert Bot.open(copied).ask("细则第六十四条").status == "answered"


def test_only_the_last_two_generations_are_kept(copied):
    for _ in range(3):
        build(copied, force=True)
    names = [p for p in (copied.index / "generations").iterdir() if p.is_dir()]
    assert len(names) == 2
    assert current_generation(copied.index) in names


def test_vectors_are_kept_by_text_and_model(copied, model_folder, monkeypatch):
    monkeypatch.setattr("qa_bot.index.vectors.encoded", lambda *_: pytest.fail("encoded again"))
    assert build(copied, force=True).built
    assert prepare(None, copied.models).fingerprint == model_folder.fingerprint


def test_a_corpus_of_another_city(tmp_path, data):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "other.txt").write_text(
        "某某市养犬管理办法\n\n第一条 为了规范养犬行为，制定本办法。\n\n第二条 每户限养犬一只。\n",
        encoding="utf-8",
    )
    folder = DataFolder(corpus, tmp_path / "index", data.models, tmp_path)
    build(folder)
    answer = Bot.open(folder).ask("办法第二条").answers[0]
    assert answer.quote == "每户限养犬一只。"
    assert answer.citation == "《某某市养犬管理办法》第二条"


def test_the_same_document_in_two_issues(tmp_path, data):
    """Two files hold one number with different texts: versions, of which the latest answers unless the other is asked for."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    text = "某市政府关于停车的通知\n\n某政发〔2020〕1号\n\n各区政府：\n\n一、停车收费每小时%s元。\n\n某市政府\n\n2020年1月1日\n"
    (corpus / "a.txt").write_text(text % "五", encoding="utf-8")
    (corpus / "b.txt").write_text(text % "六", encoding="utf-8")
    folder = DataFolder(corpus, tmp_path / "index", data.models, tmp_path)
    build(folder)
    bot = Bot.open(folder)
    for question, right, wrong in (
        ("停车每小时收多少元", "一、停车收费每小时六元。", "一、停车收费每小时五元。"),
        ("修订前停车每小时收多少元", "一、停车收费每小时五元。", "一、停车收费每小时六元。"),
    ):
        reply = bot.ask(question, 10)
        quotes = {answer.quote for answer in (*reply.answers, *reply.suggestions)}
        assert right in quotes
        assert wrong not in quotes


def test_build_repairs_a_damaged_model(copied, tmp_path):
    """The advice of the error, qa-bot build, mends what the error is about."""
    models = tmp_path / "models"
    used = Bot.open(copied).generation.manifest.model
    shutil.copytree(copied.models / used, models / used)
    folder = DataFolder(copied.corpus, copied.index, models, tmp_path / "feedback")
    (models / used / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="qa-bot build"):
        Bot.open(folder)
    assert why_stale(folder)
    build(folder)
    assert Bot.open(folder).ask("细则第六十四条").status == "answered"


def test_a_bot_outlives_the_generation_that_it_reads(copied):
    """A page that stays up while the index is built again and again, asked from a new thread."""
    bot = Bot.open(copied)
    for _ in range(3):
        build(copied, force=True)
    found = []
    thread = threading.Thread(target=lambda: found.append(bot.ask("细则第六十四条").status))
    thread.start()
    thread.join()
    assert found == ["answered"]


def test_a_rebuild_keeps_the_model_that_was_chosen(copied, tmp_path, monkeypatch):
    """`qa-bot build` after `qa-bot build --model X` goes on with X; `--model default` goes back."""
    asked = []

    def noted(model, *rest, **kwargs):
        asked.append(model)
        return prepare(None, *rest[:3], **kwargs)

    monkeypatch.setattr("qa_bot.building.prepare", noted)
    monkeypatch.setattr("qa_bot.building.is_embedded", lambda _base: False)
    build(copied, force=True)
    build(copied, model="default", force=True)
    assert asked[0] is not None
    assert asked[1] is None


def test_a_model_folder_of_an_older_release_is_prepared_again_from_the_same_model(
    copied, bot, monkeypatch
):
    """Its format tells that it is old; what it was made from is still read, so that no other takes its place."""
    asked = []

    def noted(model, _models, _progress, _notice, adapter):
        asked.append((model, adapter))
        raise ModelError("enough")

    assert why_stale(copied) is None
    monkeypatch.setattr("qa_bot.encoder.folder.FORMAT", 99)
    assert "another format" in (why_stale(copied) or "")
    monkeypatch.setattr("qa_bot.building.prepare", noted)
    monkeypatch.setattr("qa_bot.building.is_embedded", lambda _base: False)
    with pytest.raises(ModelError, match="enough"):
        build(copied)
    assert asked == [(bot.encoder.model.base, None)]


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("细则第六十四条", "温市监规〔2019〕1号/annex_1/art_64/para_1"),
        ("温政办〔2019〕36号", "wenzhou-2019-04/catalogue/line_7"),
    ],
)
def test_who_names_a_clause_and_asks_nothing_is_shown_that_clause(bot, question, clause):
    """What else the search found is in the reply, and beside the clause looked like an answer, too."""
    reply = bot.ask(question)
    assert [one.clause.id for one in reply.shown] == [clause]
    assert reply.answers[0].clause.id == clause


def test_who_asks_is_shown_all_answers(bot):
    assert len(bot.ask("没备案环评登记表，补上还罚吗？").shown) > 1
