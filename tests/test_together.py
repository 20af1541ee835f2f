"""What stands beside an answer, on the real gazette: companions, the same fact once, what is nearby."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT

from qa_bot.bot import Bot
from qa_bot.cli.printing import print_reply
from qa_bot.companions import ROLES
from qa_bot.text import strip_space
from qa_bot.together import MOST
from qa_bot.web.cards import reply_turn
from qa_bot.web.wording import TEXTS, Wording

pytestmark = pytest.mark.model
RULES = "温市监规〔2019〕1号/annex_1"
TASK = "温政办〔2019〕37号/issued/part_2/item_2/point_1"
QUESTIONS = [
    json.loads(line)["q"]
    for name in ("smoke", "dev_seed")
    for line in (ROOT / f"eval/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


def beside(bot: Bot, identity: str) -> list[tuple[str, str]]:
    return [(one.role, one.record.clause.id) for one in bot.clause(identity).together]


@pytest.mark.parametrize(
    ("identity", "together"),
    [
        (f"{RULES}/art_51/para_1", [("exception", f"{RULES}/art_51/para_2"), ("exception", f"{RULES}/art_51/para_3")]),
        (f"{RULES}/art_51/para_2", [("rule", f"{RULES}/art_51/para_1")]),
        (f"{RULES}/art_51", []),  # the whole article has them itself
        (f"{RULES}/art_38/para_1", [("amendment", "温市监规〔2019〕1号/part_2")]),  # 应 printed for 应当
        ("温市监规〔2019〕1号/part_2", [("amended", f"{RULES}/art_38/para_1")]),
        ("温市监规〔2019〕1号/part_4", [("amended", f"{RULES}/art_63")]),  # deletes a 款, too
        ("温财法〔2019〕119号/annex_1/row_11", [("condition", "温财法〔2019〕119号/para_2")]),
        ("温环发〔2019〕17号/annex_1/row_1", [("condition", "温环发〔2019〕17号/para_1")]),
        ("温政办〔2019〕34号/annex_1/line_1", []),  # a list that no sentence conditions
        (TASK, [("responsible", f"{TASK}/responsible")]),
        (f"{TASK}/subpoint_2", [("responsible", f"{TASK}/responsible")]),
        (f"{TASK}/responsible", [("task", TASK)]),
        (f"{RULES}/art_36/para_1", []),  # a definition is not shown unasked
        (f"{RULES}/art_64/para_1", []),
    ],
)  # fmt: skip
def test_companions(bot, identity, together):
    assert beside(bot, identity) == together


def test_a_definition_where_the_question_asks_for_it(bot):
    from qa_bot.together import companions_of
    from qa_bot.understanding import understand

    clause = bot.clause(f"{RULES}/art_29/para_1").clause
    for question, roles in [
        ("药品零售连锁企业是什么意思", ["definition"]),
        ("药品零售连锁企业可以委托配送吗", []),  # no question what a word means
        ("直营门店是什么意思", []),  # nothing that the clause says
    ]:
        found, _ = companions_of(bot.generation, clause, understand(bot.generation, question))
        assert [one.role for one in found] == roles, question
        assert all(one.record.clause.id == f"{RULES}/art_61/para_2" for one in found)


def test_condition_is_lit_where_it_says_so(bot):
    (one,) = bot.clause("温环发〔2019〕17号/annex_1/row_1").together
    text = one.record.clause.text
    assert [text[a:b] for a, b in one.highlights] == [
        "本规定适用于当事人首次轻微环境违法，本规定生效时尚未作出行政处罚决定的环境违法案件可以适用本规定。"
    ]


def test_companions_of_all_clauses_are_few_verbatim_and_in_order(bot):
    generation = bot.generation
    for issue in generation.records.issues:
        source = generation.records.text(issue.id)
        for record in generation.records.of(issue.id):
            answer = bot.clause(record.clause.id)
            assert len(answer.together) <= MOST
            places = [ROLES.index(one.role) for one in answer.together]
            assert places == sorted(places)
            for one in answer.to_json()["together"]:
                held = one["answer"]["source"]
                assert held["sha256"] == issue.sha256
                quoted = "".join(source[a:b] for a, b in held["spans"])
                assert strip_space(one["answer"]["quote"]) == strip_space(quoted)
                assert one["answer"]["highlights"]
                assert one["answer"]["clause_id"] != record.clause.id


def test_the_same_wording_is_shown_once_with_both_citations(bot):
    reply = bot.ask("开药店至少要多大面积？", 10)
    first = reply.answers[0]
    assert first.clause.id == f"{RULES}/art_51/para_1"
    assert "温市监规〔2019〕1号/part_3" in dict(map(reversed, first.also_at))
    assert "温市监规〔2019〕1号/part_3" not in {answer.clause.id for answer in reply.answers}
    told = json.loads(json.dumps(reply.to_json()))["answers"][0]["also_at"]
    assert told[0]["citation"].endswith("（温市监规〔2019〕1号）第三点")


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_shown_twice(bot, question):
    reply = bot.ask(question, 5)
    shown = [answer.clause.id for answer in reply.shown]
    assert len(shown) == len(set(shown))
    for at, answer in enumerate(reply.answers):
        elsewhere = {identity for _, identity in answer.also_at}
        later = [other for other in reply.answers[at + 1 :] if other.clause.id in elsewhere]
        # An amendment that says more than the article (删除第三款) may be both.
        assert all(other.clause.kind in ("amendment", "article") for other in later)
    if reply.status == "answered":
        beside = [one.record.clause.id for answer in reply.shown for one in answer.together]
        first = reply.shown[0]
        assert first.clause.id == reply.answers[0].clause.id
        assert set(shown[1:]).isdisjoint(one.record.clause.id for one in first.together), beside


@pytest.mark.parametrize("question", ["老年人坐公交免费吗", "雾霾天小学放假几天", "第八十条"])
def test_what_is_nearby_is_grouped_and_says_why(bot, question):
    reply = bot.ask(question)
    assert reply.status == "not_found"
    groups = [
        (answer.document.id, answer.clause.part_id) for answer in reply.shown
    ]  # each text in one piece
    assert len({*groups}) == sum(
        at == 0 or groups[at] != groups[at - 1] for at in range(len(groups))
    )
    assert max(map(groups.count, groups)) <= 2
    assert [one.title for one in reply.nearby] == list(
        dict.fromkeys(one.title for one in reply.nearby)
    )
    assert {identity for one in reply.nearby for identity in one.clause_ids} <= {
        answer.clause.id for answer in reply.suggestions
    }
    for answer in reply.suggestions:
        at = 0
        for start, end in answer.shared:
            assert at <= start < end
            assert strip_space(answer.quote[start:end])
            at = end


def test_shared_words_are_those_of_the_question(bot):
    reply = bot.ask("老年人坐公交免费吗")
    told = {answer.quote[a:b] for answer in reply.suggestions for a, b in answer.shared}
    assert told
    assert all(word in "老年人坐公交免费吗" for word in told)


def test_page_shows_companions_and_both_citations(bot):
    page = reply_turn(bot.ask("开药店至少要多大面积？"), Wording("zh"))
    assert "例外或特别规定" in page
    assert "不得少于60平方米" in page
    assert "同样的话另见：" in page
    english = reply_turn(bot.ask("开药店至少要多大面积？"), Wording("en"))
    assert "Exception or special case" in english
    assert "The same words stand in: " in english


def test_page_tells_a_condition_once_and_cites_it_again(bot):
    reply = bot.ask("没备案环评登记表，补上还罚吗？")
    page = reply_turn(reply, Wording("zh"))
    sentence = "本规定适用于当事人首次轻微环境违法"
    records = [one for one in reply.shown if one.exemption]
    assert page.count(sentence) == len(records) > 0  # once on each card, and not beside it as well


def test_page_says_what_is_nearby(bot):
    reply = bot.ask("老年人坐公交免费吗")
    page = reply_turn(reply, Wording("zh"))
    assert "公报里与此相近的有：" in page
    assert all(one.title in page for one in reply.nearby)


def test_every_role_has_a_name_in_both_languages():
    assert all(f"companion_{role}" in TEXTS for role in ROLES)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("开药店至少要多大面积？", ["例外或特别规定", "60平方米", "同样的话另见", "第三点"]),
        ("惠企政策直通车谁牵头", ["任务 / task"]),
        ("没备案环评登记表，补上还罚吗？", ["适用条件", "见上"]),
        ("老年人坐公交免费吗", ["公报里与此相近的有：《", "不是答案"]),
    ],
)
def test_command_line(bot, capsys, question, told):
    print_reply(bot.ask(question))
    printed = capsys.readouterr().out
    for word in told:
        assert word in printed


def test_every_role_can_be_printed():
    from qa_bot.cli import printing

    assert set(printing._ROLES) == set(ROLES)
