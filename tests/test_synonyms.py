"""Everyday words and their official terms: the file, the look-up, what the corpus defines, the search."""

from __future__ import annotations

import json
import re
import shutil
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_bot.bot import Bot
from qa_bot.building import build, why_stale
from qa_bot.errors import IndexDamagedError, SourceError
from qa_bot.index import current_generation
from qa_bot.index.manifest import FORMAT, digest
from qa_bot.settings import DataFolder, Retriever
from qa_bot.synonyms import (
    Synonyms,
    defined_pairs,
    definitions_in,
    merge_definitions,
    merged,
    read_synonyms,
    shipped_synonyms,
)
from qa_bot.understanding import understand
from qa_bot.words import Words

# The file.


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "synonyms.tsv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_file_is_read(table):
    path = table(
        "# 日常说法\t公文用语\t出处\n\nＢＲＴ\t快速公交系统, 快速公交\t某规划\n藥店\t药品零售企业、药品经营企业\t某细则\r\n"
    )
    assert read_synonyms(path) == {
        "brt": ("快速公交系统", "快速公交"),
        "药店": ("药品零售企业", "药品经营企业"),
    }
    assert read_synonyms(path.with_name("none.tsv")) == {}


def test_a_mark_that_windows_puts_before_a_text_is_no_part_of_it(table):
    assert read_synonyms(table("药店\t药品零售企业\t某细则\n", "utf-8-sig")) == {
        "药店": ("药品零售企业",)
    }


@pytest.mark.parametrize(
    ("text", "line", "chinese", "english"),
    [
        ("# x\n药店 药品零售企业 某细则\n", 2, "1 栏", "has 1 columns"),  # blanks, not tabs
        ("药店\t药品零售企业\n", 1, "2 栏", "three are wanted"),  # no source
        ("药店\t药品零售企业\t\n", 1, "出处", "no source"),
        ("药店\t，\t某细则\n", 1, "公文用语", "no official term"),
        ("药\t药品\t某细则\n", 1, "太短", "two characters"),
        ("药店\t药品零售企业\t甲\n库房\t仓库\t甲\n藥店\t药品企业\t乙\n", 3, "第 1 行已有", "of line 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(table, text, line, chinese, english):
    with pytest.raises(SourceError) as caught:
        read_synonyms(table(text))
    assert f"synonyms.tsv 第 {line} 行" in str(caught.value)
    assert chinese in str(caught.value)
    assert english in str(caught.value)


def test_another_encoding_is_said(table):
    with pytest.raises(SourceError, match="UTF-8"):
        read_synonyms(table("药店\t药品零售企业\t某细则\n", "gb18030"))


def test_what_ships_has_no_entry_that_says_nothing():
    shipped = shipped_synonyms()
    assert len(shipped) > 50
    for word, terms in shipped.items():
        assert word not in terms
        assert all(len(term) > 1 for term in terms)


def test_the_user_s_word_replaces_and_the_corpus_adds():
    shipped = {"人社局": ("人力资源和社会保障局",), "药店": ("药品零售企业",)}
    defined = {"人社局": ("甲市人力资源和社会保障局",), "市局": ("甲市财政局",)}
    own = {"药店": ("零售药店",), "市局": ("市局",)}
    assert merged(shipped, defined, own) == {
        "人社局": ("甲市人力资源和社会保障局", "人力资源和社会保障局"),
        "市局": ("市局",),
        "药店": ("零售药店",),
    }


# The look-up.


@pytest.fixture(scope="module")
def synonyms():
    table = {
        "煤气": ("燃气",), "煤气罐": ("瓶装燃气", "气瓶"), "物价": ("价格",), "环保": ("环境保护",),
        "执照": ("营业执照",), "实习": ("见习",), "gdp": ("地区生产总值",), "药店": ("药品零售企业",),
    }  # fmt: skip
    return Synonyms(table, Words())


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("煤气罐能放在厨房吗", ("瓶装燃气", "气瓶")),  # the longest, not 煤气
        ("换了煤气罐，煤气多少钱", ("瓶装燃气", "气瓶", "燃气")),
        ("煤气和燃气一样吗", ()),  # stands there already
        ("营业执照怎么办", ()),
        ("货物价格是多少", ()),  # 货物 and 价格
        ("其实习惯了就好", ()),
        ("环保局在哪里", ("环境保护",)),
        ("去年ＧＤＰ增长多少", ("地区生产总值",)),
        ("煤气煤气", ("燃气",)),  # once
        ("药店的煤气", ("药品零售企业", "燃气")),  # in the order of the question
        ("", ()),
    ],
)
def test_official_terms(synonyms, question, terms):
    assert synonyms.official(question) == terms


def test_no_synonyms():
    assert Synonyms({}, Words()).official("药店") == ()


# What the corpus defines.


@pytest.mark.parametrize(
    ("texts", "short", "long"),
    [
        # at the beginning of a text, and elsewhere by itself
        (["甲市市场监督管理局（以下简称市局）负责。", "甲市市场监督管理局"], "市局", "甲市市场监督管理局"),
        # in the middle of a sentence, and addressed elsewhere
        (["指导各县（市、区）财政局（以下简称县局）开展", "各县（市、区）财政局，市局各处室："],
         "县局", "各县(市、区)财政局"),
        (["根据《中华人民共和国土地管理法实施条例》（以下简称“土管条例”），"], "土管条例", "中华人民共和国土地管理法实施条例"),
        (["打造“中国国际进口博览会”（2018年起，以下称进博会）等"], "进博会", "中国国际进口博览会"),
    ],
)  # fmt: skip
def test_a_short_name_that_the_corpus_defines(texts, short, long):
    assert defined_pairs(texts) == {short: (long,), long: (short,)}


@pytest.mark.parametrize(
    "texts",
    [
        ["甲市市场监督管理局（以下简称市局）负责。"],  # nothing says where the name begins
        [
            "县人民政府成立县应急指挥中心部（以下简称县指挥部），",
            "县人民政府成立县应急指挥中心部。",
        ],
        ["制定《甲市药品经营许可实施细则》（以下简称“细则”）。"],  # the genre of a work
        ["县级以上地方人民政府有关部门（以下简称有关部门）", "县级以上地方人民政府有关部门"],
        ["甲局、乙局、丙局（以下统称主管局）", "甲局、乙局、丙局"],  # several at once
        # two bureaus in two texts
        ["甲市财政局（以下简称市局）", "甲市财政局", "甲市公安局（以下简称市局）", "甲市公安局"],
        ["《甲市养犬管理办法》（以下简称新规）"],  # no character of it
    ],
)
def test_no_guess(texts):
    assert defined_pairs(texts) == {}


NAMED = (
    "甲市场管理局",
    "甲市、乙市管理局",
    "《甲市场管理条例》",
    "甲市成立乙局",
    "各县（市、区）管理局",
)
GLUE = (
    "",
    "、",
    "，",
    "\n",
    " ",
    "。",
    "《",
    "》",
    "“",
    "”",
    "（以下简称市局）",
    "(简称 “管局”)",
    "（以下简称条例）",
)


def standing_slowly(long, everything):
    """Whether a name stands by itself, as one would say it."""
    edge = r"[，,。；;：:！!？?\s“”\"《》、]"
    return re.search(rf"(?:^|{edge}){re.escape(long)}(?:$|{edge})", everything, re.MULTILINE)


def definitions_slowly(texts, names):
    """As `definitions_in` with a search of everything for each stretch."""
    everything, found = "\n".join((*texts, *names)), set()
    for text in texts:
        for match in re.finditer(r"[（(](?:以下)?简称\s*“?(市局|管局|条例)”?[）)]", text):
            before, short = text[: match.start()], match[1]
            marked = re.search(r"(?:《([^《》]{4,80})》|[“\"]([^“”\"]{4,60})[”\"])\s*$", before)
            if marked:
                longs = ["".join((marked[1] or marked[2]).split())]
            else:
                stretch = re.split(r"[，,。；;：:！!？?\s“”\"《》]", before[-40:])[-1]
                longs = [stretch[at:] for at in range(len(stretch) - len(short))]
            for long in longs:
                rest = iter(long)
                taken = all(char in rest for char in short)
                if short in long or short[-1] != long[-1] or not taken:
                    break
                uneven = long.count("（") != long.count("）") or long[0] in "、）)"
                if not marked and (
                    uneven or "成立" in long or not standing_slowly(long, everything)
                ):
                    continue
                found.add((short, long.translate(str.maketrans("（）", "()"))))
                break
    return tuple(sorted(found))


@given(
    st.lists(st.lists(st.sampled_from(NAMED + GLUE), max_size=9).map("".join), max_size=4),
    st.lists(st.sampled_from(NAMED), max_size=2),
)
@example(["甲市、乙市管理局（以下简称市局）", "对甲市、乙市管理局、"], [])
@example(["各县（市、区）管理局（以下简称市局）"], ["各县（市、区）管理局"])
@example(
    ["《甲市场管理条例》 \n（以下简称条例）", "甲市场管理局\n（以下简称市局）"], ["甲市场管理局"]
)
def test_definitions_as_found_by_searching_everything(texts, names):
    assert definitions_in(texts, names) == definitions_slowly(texts, names)


def test_definitions_of_issues_are_merged():
    first = definitions_in(["甲市财政局（以下简称市局）", "甲市财政局"])
    second = definitions_in(["甲市公安局（以下简称市局）", "甲市公安局"])
    other = definitions_in(["打造“中国国际进口博览会”（以下简称进博会）"])
    assert first == (("市局", "甲市财政局"),)
    both = {"进博会": ("中国国际进口博览会",), "中国国际进口博览会": ("进博会",)}
    assert merge_definitions([first, second, other]) == both  # two bureaus of one short name
    assert merge_definitions([other, first, first]) == {
        "市局": ("甲市财政局",), "甲市财政局": ("市局",), **both,
    }  # fmt: skip


def test_a_name_counts_only_where_it_stands_in_the_same_issue():
    assert definitions_in(["甲市财政局（以下简称市局）负责"]) == ()
    assert definitions_in(["甲市财政局（以下简称市局）负责"], ["甲市财政局"]) == (
        ("市局", "甲市财政局"),
    )


def test_a_law_of_three_thousand_definitions_is_read_at_once():
    """Every stretch was searched for in everything: a minute for two thousand articles."""
    texts = [
        f"第{n}条 各级管理机关以及甲省{n}市市场监督综合管理局（以下简称市{n}局）应当检查，发现问题的，责令改正。"
        for n in range(3000)
    ]
    began = time.process_time()
    assert definitions_in(texts) == ()
    assert time.process_time() - began < 5


@pytest.mark.model
def test_what_this_gazette_defines(bot):
    """Article 6 of the rules; 细则, which article 1 defines, is looked up as a reference."""
    table = json.loads((bot.generation.folder / "synonyms.json").read_text(encoding="utf-8"))
    shipped = shipped_synonyms()
    assert {word: terms for word, terms in table.items() if tuple(terms) != shipped.get(word)} == {
        "市局": ["温州市市场监督管理局"],
        "温州市市场监督管理局": ["市局"],
        "县局": ["各县(市、区)市场监督管理局"],
        "各县(市、区)市场监督管理局": ["县局"],
    }


# The search.


@pytest.mark.model
def test_only_the_words_of_a_question_grow(bot):
    asked = understand(bot.generation, "藥店至少要多大")
    assert asked.text == "藥店至少要多大"
    assert asked.also == ("药品零售企业",)
    assert asked.tokens[: len(asked.own_tokens)] == asked.own_tokens
    assert "零售" in asked.tokens
    assert "零售" not in asked.own_tokens
    assert "area" in asked.kinds


@pytest.mark.model
@pytest.mark.parametrize("question", ["How large must a 药店 be?", "薬局の面積はどのくらいですか"])
def test_another_script_is_left_alone(bot, question):
    asked = understand(bot.generation, question)
    assert asked.also == ()
    assert asked.tokens == asked.own_tokens


@pytest.fixture
def folder(tmp_path, data):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text(
        "某某市城镇燃气管理办法\n\n第一条 瓶装燃气应当存放在通风处。\n\n第二条 快速公交系统每日六时发车。\n\n"
        "第三条 轨道交通每日五时发车。\n\n第四条 本办法自2020年1月1日起施行。\n",
        encoding="utf-8",
    )
    made = DataFolder(corpus, tmp_path / "index", data.models, tmp_path)
    build(made)
    return made


def by_words(folder, question):
    """Texts of the clauses that BM25 alone finds, best first."""
    bot = Bot.open(folder)
    asked = understand(bot.generation, question)
    scores = bot.generation.lexical.scores(asked.tokens)
    found = bot.trace(question, 10, Retriever.BM25).candidates
    return [
        record.clause.text
        for record in bot.generation.records.at([at for at in found if scores[at] > 0])
    ]


@pytest.mark.model
def test_bm25_finds_by_an_everyday_word(folder):
    assert by_words(folder, "煤气罐怎么摆")[0] == "瓶装燃气应当存放在通风处。"


@pytest.mark.model
def test_a_user_s_word_makes_the_index_stale_and_takes_effect(folder):
    assert by_words(folder, "BRT几点开出") == []
    assert why_stale(folder) is None
    path = folder.corpus / "synonyms.tsv"
    path.write_text(
        "BRT\t快速公交系统\t某某市公共交通规划\n煤气罐\t煤气罐\t不要\n", encoding="utf-8"
    )
    assert "语料" in str(why_stale(folder))
    steps = []
    report = build(folder, progress=lambda stage, done, total: steps.append((stage, total)))
    assert [total for stage, total in steps if "编码条文" in stage] == [1, 1]  # nothing encoded
    assert report.issues == 1  # it is no gazette text
    assert why_stale(folder) is None
    assert by_words(folder, "BRT几点开出")[0] == "快速公交系统每日六时发车。"
    assert by_words(folder, "煤气罐怎么摆") == []  # named as itself: switched off


@pytest.mark.model
def test_a_wrong_line_stops_the_build_and_leaves_the_old_index(folder):
    before = current_generation(folder.index)
    (folder.corpus / "synonyms.tsv").write_text("BRT 快速公交系统\n", encoding="utf-8")
    with pytest.raises(SourceError, match="第 1 行"):
        build(folder)
    assert current_generation(folder.index) == before


# The index on disk.


def renamed(folder, change):
    """The generation in use with another manifest, under the name that this gives."""
    old = current_generation(folder.index)
    path = old / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), encoding="utf-8")
    new = old.with_name(f"{old.name.rpartition('-')[0]}-{digest(old)}")
    old.rename(new)
    (folder.index / "CURRENT").write_text(new.name, encoding="utf-8")
    return new


@pytest.mark.model
def test_vectors_are_kept_though_the_program_has_changed(folder, monkeypatch):
    renamed(folder, lambda row: row | {"code": "another"})
    monkeypatch.setattr("qa_bot.index.vectors.encoded", lambda *_: pytest.fail("encoded again"))
    assert "程序" in str(why_stale(folder))
    build(folder)
    assert why_stale(folder) is None


@pytest.mark.model
@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1])
def test_an_index_of_another_format_is_built_anew(folder, other):
    renamed(folder, lambda row: row | {"format": other})
    with pytest.raises(IndexDamagedError, match="qa-bot build"):
        Bot.open(folder)
    build(folder)
    assert why_stale(folder) is None


@pytest.mark.model
@pytest.mark.parametrize("content", [None, "[]", "{", '{"煤气": 5}'])
def test_an_unreadable_table_is_an_error_that_says_what_to_run(folder, content):
    generation = current_generation(folder.index)
    copy = generation.with_name(f".{generation.name}")  # being built: not verified
    shutil.copytree(generation, copy)
    path = copy / "synonyms.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    from qa_bot.index import Generation

    with pytest.raises(IndexDamagedError, match=r"synonyms\.json.*qa-bot build"):
        Generation(copy, verify=False)
