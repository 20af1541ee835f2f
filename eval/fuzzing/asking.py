"""Targets that ask: questions with their follow-ups, and walks through the HTTP API.

Both need an index (`qa-bot build`); a test may put a bot in its place (`use`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from eval.fuzzing.target import ROOT, Features, Target, hold, said_to_a_user
from qa_bot.api import contract
from qa_bot.bot import Bot
from qa_bot.conversation import read_turns
from qa_bot.errors import QaBotError
from qa_bot.text import strip_space
from qa_bot.understanding import understand

__all__ = ["API", "HELD", "QUESTIONS", "use"]

_HELD: dict[str, Any] = {}


def use(bot: Bot) -> None:
    """Ask this bot, in place of the one that the index in use gives."""
    if _HELD.get("bot") is not bot:
        _HELD.clear()
        _HELD["bot"] = bot


def _bot() -> Bot:
    if "bot" not in _HELD:
        _HELD["bot"] = Bot.open()
    return _HELD["bot"]


# ---- what holds of a reply


def _holds_of_answer(bot: Bot, one: dict[str, Any]) -> None:
    """Word for word: the spans of the source, without white space, are the quote."""
    records = bot.generation.records
    record = records.by_id(one["clause_id"])
    if record is None:
        raise AssertionError(f"a clause that is not there: {one['clause_id']}")
    text = records.text(record.issue_id)
    _verbatim(text, one["source"]["spans"], one["quote"])
    for a, b in (*one["highlights"], *one.get("shared", ())):
        hold(0 <= a < b <= len(one["quote"]), "a highlight outside the quote", one["clause_id"])
    for context in one["context"]:
        _verbatim(text, context["spans"], context["text"])
    for beside in one.get("together", ()):
        _holds_of_answer(bot, beside["answer"])


def _verbatim(text: str, spans: list[list[int]], quote: str) -> None:
    held = "".join(text[a:b] for a, b in spans)
    hold(strip_space(held) == strip_space(quote) != "", "not verbatim", quote[:80])


def _holds_of_reply(bot: Bot, reply: dict[str, Any]) -> Features:
    made = contract.Reply.model_validate(reply)
    again = json.loads(json.dumps(reply, ensure_ascii=False))
    hold(contract.Reply.model_validate(again) == made, "JSON")
    hold((reply["answers"] == []) == (reply["status"] == "not_found"), "status", reply["status"])
    shown = [*reply["answers"], *reply["suggestions"]]
    ids = [one["clause_id"] for one in reply["answers"]]
    hold(len(set(ids)) == len(ids), "a clause twice", ids)
    for one in shown:
        _holds_of_answer(bot, one)
    for near in reply["nearby"]:
        hold(all(bot.generation.records.by_id(one) for one in near["clause_ids"]), "nearby", near)
    if reply["note"]:
        hold(" / " in reply["note"], "a note in one language", reply["note"])
    return frozenset(
        {reply["status"], f"missing {bool(reply['missing'])}", f"read {bool(reply['read_as'])}"}
        | {f"note {bool(reply['note'])}", f"context {bool(reply['context'])}"}
        | {f"kind {one['kind']}" for one in reply["answers"]}
    )


def _asked(reply: Any) -> dict[str, Any]:
    """A reply without what a clock says."""
    return {**reply.to_json(), "elapsed_ms": 0}


# ---- questions


def _questions(data: bytes) -> Features:
    bot = _bot()
    try:
        row = json.loads(data)
    except (ValueError, RecursionError):
        row = {"q": data.decode("utf-8", "replace")}
    if not isinstance(row, dict) or not isinstance(row.get("q"), str):
        row = {"q": json.dumps(row)}
    question: str = row["q"]
    try:
        turns = read_turns(row.get("history"))
        reply = bot.ask(question, 3, turns)
    except QaBotError as error:
        return said_to_a_user(error)
    made = reply.to_json()
    features = _holds_of_reply(bot, made)
    hold(made["question"] == question, "another question", made["question"])
    if made["context"] is not None:
        hold(
            made["context"]["question"] in [one.question.strip() for one in turns] or turns,
            "context",
        )
        hold(turns != (), "a context of nothing")
        hold(
            all(bot.generation.records.by_id(one) for one in made["context"]["clause_ids"]),
            "context",
        )
    hold(_asked(bot.ask(question, 3, turns)) == _asked(reply), "not the same twice")
    # More clauses asked for do not change which come first.
    more = bot.ask(question, 5, turns).to_json()
    first = [one["clause_id"] for one in made["answers"]]
    hold(
        [one["clause_id"] for one in more["answers"]][: len(first)] == first, "other answers first"
    )
    return features | _holds_of_understanding(bot, question)


def _holds_of_understanding(bot: Bot, question: str) -> Features:
    asked = understand(bot.generation, question.strip())
    size = bot.generation.records.at
    hold(
        len(size(list(asked.named))) == len(asked.named) == len(set(asked.named)),
        "named",
        asked.named,
    )
    hold(set(asked.own_tokens) <= set(asked.tokens), "own words are words", asked.own_tokens)
    ids = {one.id for one in bot.generation.records.documents}
    hold(asked.documents <= ids, "a document that is not there", asked.documents)
    hold(
        all(one.typed in question for one in asked.read_as), "read what is not there", asked.read_as
    )
    hold(not (asked.only_named and not (asked.named or asked.missing)), "names nothing")
    return frozenset(
        {f"asks {kind}" for kind in asked.kinds}
        | {f"foreign {asked.foreign}", f"only {asked.only_named}", f"also {bool(asked.also)}"}
        | {f"facets {min(len(asked.facets), 3)}", f"documents {bool(asked.documents)}"}
    )


_PIECES = (
    "开药店至少要多大面积", "那仓库呢", "下一条呢", "上一条", "这个文件什么时候施行", "期限多长", "它要几个", "谁负责", "多少钱", "第五十一条", "细则第六十四条",
    "温政办〔2019〕36号", "是什么文件", "4月12日", "副市长李无文", "做了什么", "What is", "the minimum floor area", "不予处罚", "第二次违法还能免吗", "环评登记表", "杭州",
    "《温州市药品零售（连锁）经营许可实施细则》", "第三点", "？", "?", "，", "吗", "呢", "那", "再下一条", "前面第三条", "另外", "还有", "薬局の面積は", "GDP", "🏪", "\u200b", " ", "\n", "二〇一九年四月", "去年", "今年", "瓯海区", "多大面机",
)  # fmt: skip


def _question_seeds() -> Iterator[bytes]:
    folder = ROOT / "eval" / "questions"
    for path, most in (("follow_ups.jsonl", 40), ("smoke.jsonl", 30), ("dev.jsonl", 40)):
        for line in (folder / path).read_text(encoding="utf-8").splitlines()[:most]:
            row = json.loads(line)
            before = [{"question": one} for one in row.get("history", ())]
            yield json.dumps({"q": row["q"], "history": before}, ensure_ascii=False).encode()
    ids = ["温市监规〔2019〕1号/annex_1/art_51/para_1"]
    before = [{"question": "开药店至少要多大面积？", "clause_ids": ids, "searched": None}]
    for one in ("下一条呢？", "上一条", "那仓库呢？", "这个文件什么时候施行？"):
        yield json.dumps({"q": one, "history": before}, ensure_ascii=False).encode()


def _any_question() -> st.SearchStrategy[bytes]:
    text = st.lists(
        st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), min_size=1, max_size=5
    ).map("".join)
    ids = st.lists(
        st.one_of(st.sampled_from(("温市监规〔2019〕1号/annex_1/art_51/para_1", "温市监规〔2019〕1号/annex_1/art_1/para_1", "温政发〔2019〕5号/part_3", "wenzhou-2019-04/records")), st.text(max_size=5)),
        max_size=2,
    )  # fmt: skip
    turn = st.fixed_dictionaries(
        {"question": text}, optional={"clause_ids": ids, "searched": st.one_of(st.none(), text)}
    )
    row = st.fixed_dictionaries({"q": text}, optional={"history": st.lists(turn, max_size=4)})
    return row.map(lambda value: json.dumps(value).encode())


QUESTIONS = Target(
    name="questions",
    about="问句和接着问：引文逐字、两次一样、错误是双语 / questions and follow-ups: verbatim, the same twice, errors in both languages",
    check=_questions,
    seeds=_question_seeds,
    strategy=_any_question,
    shape="json",
    words=_PIECES,
    longest=6_000,
    prepare=_bot,
)


# ---- the API


def _client() -> Any:
    if "client" not in _HELD:
        from fastapi.testclient import TestClient

        from qa_bot.api import create_api
        from qa_bot.living import Living

        client = TestClient(create_api(Living.of(_bot())))
        client.__enter__()
        _HELD["client"] = client
    return _HELD["client"]


_ALLOWED = {200, 304, 400, 404, 405, 413, 422}
_MODELS = {
    "ask": contract.Reply, "ask_on": contract.Reply, "clause": contract.ClauseInPlace, "documents": contract.DocumentList,
    "document": contract.DocumentInFull, "exemptions": contract.ExemptionList, "verify": contract.Verification, "verify_on": contract.Verification,
}  # fmt: skip


def _walk(data: bytes) -> Features:
    """Requests one after the other; a step may use what the ones before gave (`"#3"`: the third id so far)."""
    try:
        steps = json.loads(data)
    except (ValueError, RecursionError):
        return frozenset()
    if not isinstance(steps, list):
        return frozenset()
    known: list[str] = []
    turns: list[dict[str, Any]] = []
    features: set[str] = set()
    for step in steps[:8]:
        if isinstance(step, list) and len(step) == 2 and step[0] in [*_MODELS]:
            features |= _step(step[0], step[1], known, turns)
    return frozenset(features)


def _step(name: str, given: Any, known: list[str], turns: list[dict[str, Any]]) -> Features:
    client, bot = _client(), _bot()
    from_before = isinstance(given, str) and re.fullmatch(r"#\d{1,3}", given) and known
    identity = known[int(given[1:]) % len(known)] if from_before else given
    reply = _send(client, name, identity, turns)
    if reply is None:
        return frozenset()
    hold(reply.status_code in _ALLOWED, "status", name, given, reply.status_code, reply.text)
    hold("Traceback" not in reply.text, "a traceback", reply.text)
    if reply.status_code != 200:
        hold(reply.headers["content-type"] == "application/problem+json", reply.headers)
        problem = contract.Problem.model_validate(reply.json())
        hold(problem.status == reply.status_code, "status", problem)
        hold(" / " in problem.detail, "one language", problem.detail)
        unseen = [
            char
            for char in problem.detail
            if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        ]
        hold(not unseen, "not one line", problem.detail)
        hold(not (from_before and name == "clause"), "an id that was given", identity)
        return frozenset({f"{name} {reply.status_code} {problem.type}"})
    body = reply.json()
    _MODELS[name].model_validate(body)
    features: set[str] = {f"{name} 200"}
    if name in ("ask", "ask_on"):
        features |= _holds_of_reply(bot, body)
        known += [one["clause_id"] for one in body["answers"]]
        context = body["context"]
        ids = [one["clause_id"] for one in body["answers"]]
        turns.append(
            {
                "question": body["question"],
                "clause_ids": ids,
                "searched": context and context["searched"],
            }
        )
    elif name == "clause":
        _holds_of_answer(bot, body)
        hold(not from_before or "/" not in identity or body["clause_id"], identity)
        known += [one["clause_id"] for one in (body["before"], body["after"]) if one]
    elif name == "document":
        hold(len(body["clause_ids"]) == body["clauses"], "clauses counted", body["id"])
        for one in body["clause_ids"][:3]:
            got = client.get(f"/api/clauses/{quote(one)}")
            hold(got.status_code == 200 and got.json()["clause_id"] == one, "a clause of it", one)
    elif name == "documents":
        hold(body["total"] == len(body["documents"]), "documents counted")
        for one in body["documents"][:2]:
            got = client.get(f"/api/documents/{quote(one['id'])}")
            hold(got.status_code == 200 and got.json()["id"] == one["id"], "a document listed", one)
    elif name == "exemptions":
        hold(len(body["exemptions"]) <= body["total"], "exemptions counted")
        known += [one["clause_id"] for one in body["exemptions"][:3]]
    else:
        hold(sum(body["summary"].values()) == len(body["checks"]), "verdicts counted")
        text = body["text"]
        for check in body["checks"]:
            hold(all(0 <= a <= b <= len(text) for a, b in check["spans"]), "spans", check)
    etag = reply.headers.get("etag")
    if etag and reply.request.method == "GET":
        same = client.get(str(reply.request.url), headers={"If-None-Match": etag})
        hold(
            same.status_code == 304 and not same.content,
            "not the same twice",
            name,
            same.status_code,
        )
        features.add(f"{name} 304")
    return frozenset(features)


def _send(client: Any, name: str, given: Any, turns: list[dict[str, Any]]) -> Any:
    if name in ("clause", "document"):
        if not isinstance(given, str) or not given or _unsent(given):
            return None
        return client.get(f"/api/{name}s/{quote(given, safe='/')}")
    if name in ("ask_on", "verify_on"):
        body = (
            {**given, "history": turns[-4:]}
            if name == "ask_on" and isinstance(given, dict) and "history" not in given
            else given
        )
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return client.post(f"/api/{name.removesuffix('_on')}", content=content, headers=headers)
    if not isinstance(given, dict) or any(
        not isinstance(one, str) or _unsent(one + key) for key, one in given.items()
    ):
        return None
    return client.get(f"/api/{name}", params=given)


def _unsent(text: str) -> bool:
    """Whether no client could send a text: half a character."""
    return any("\ud800" <= char <= "\udfff" for char in text)


_TEXT = st.lists(
    st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), min_size=1, max_size=4
).map("".join)
_DAY = st.one_of(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(str),
    st.sampled_from(("", "2019-02-30", "0001-01-01", "9999-12-31")),
)


def _walks() -> st.SearchStrategy[bytes]:
    ids = st.one_of(
        st.integers(0, 99).map("#{}".format),
        _TEXT,
        st.sampled_from(("温市监规〔2019〕1号", "wenzhou-2019-04/records")),
    )
    filters = st.fixed_dictionaries({}, optional={
        "issuer": st.one_of(st.sampled_from(("市场监管局", "环保局", "财政局")), _TEXT), "since": _DAY, "until": _DAY, "as_of": _DAY,
        "in_force": st.sampled_from(("true", "false", "1", "x")), "kind": st.sampled_from(("通知", "政府记事", "x")), "document": ids,
    })  # fmt: skip
    count = st.sampled_from(("0", "1", "3", "20", "21", "x", "１"))
    asked = st.tuples(_TEXT, filters, st.one_of(st.none(), count)).map(
        lambda drawn: {**drawn[1], "q": drawn[0], **({"count": drawn[2]} if drawn[2] else {})}
    )
    texts = st.fixed_dictionaries({"text": _TEXT})
    lists = st.fixed_dictionaries(
        {},
        optional={
            "q": _TEXT,
            "authority": st.sampled_from(("环保局", "财政", "x")),
            "law": _TEXT,
            "on": _DAY,
            "count": count,
        },
    )
    step = st.one_of(
        st.tuples(st.just("ask"), asked), st.tuples(st.just("ask_on"), asked), st.tuples(st.just("clause"), ids), st.tuples(st.just("document"), ids),
        st.tuples(st.just("documents"), filters), st.tuples(st.just("exemptions"), lists), st.tuples(st.sampled_from(("verify", "verify_on")), texts),
    )  # fmt: skip
    return st.lists(step, min_size=1, max_size=6).map(lambda drawn: json.dumps(drawn).encode())


def _walk_seeds() -> list[bytes]:
    walks: list[list[Any]] = [
        [["ask", {"q": "开药店至少要多大面积？"}], ["clause", "#0"], ["ask_on", {"q": "那仓库呢？"}], ["ask_on", {"q": "下一条呢？"}]],
        [["documents", {}], ["document", "温市监规〔2019〕1号"], ["clause", "温市监规〔2019〕1号/annex_1/art_51"]],
        [["exemptions", {"q": "没备案环评登记表"}], ["clause", "#1"], ["exemptions", {"authority": "财政局", "on": "2019-05-01"}]],
        [["verify", {"text": "企业经营场所面积不得少于60平方米。"}], ["verify_on", {"text": "《药品管理法》第五十条"}]],
        [["ask", {"q": "哪些情形可以免罚", "issuer": "环保局", "as_of": "2019-05-01", "count": "20"}], ["clause", "#5"]],
    ]  # fmt: skip
    return [json.dumps(walk, ensure_ascii=False).encode() for walk in walks]


API = Target(
    name="api",
    about="接口的一串请求：合约、编号都能再取、错误是双语 / walks through the API: contract, ids lead on, errors in both languages",
    check=_walk,
    seeds=_walk_seeds,
    strategy=_walks,
    shape="json",
    words=_PIECES,
    longest=6_000,
    prepare=_client,
)

HELD = (QUESTIONS, API)
