"""Targets of text: the gazette parser with all that follows from it, and references of questions."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from hypothesis import strategies as st

from eval.fuzzing.target import ROOT, Features, Target, hold
from qa_bot.clauses import Clause
from qa_bot.export import COLUMNS, export, record_schema, rows_of
from qa_bot.ingest import Source
from qa_bot.outline import Outline, outline
from qa_bot.references import ArticleReference, find
from qa_bot.text import chinese_number, strip_space

__all__ = ["HELD", "LINES", "holds_of", "sample_texts"]

# Lines of every kind that the grammar knows, so that random texts reach all of it.
LINES = (
    "某某市人民政府公报", "2020年第3期（总第12期）", "目录", "市政府文件", "某某市人民政府文件", "某某市人民政府令", "第12号",
    "某某市人民政府关于印发停车管理办法的通知（某政发〔2020〕12号）………(1)", "第一章 总则……………3", "某政发〔2020〕12号",
    "（某政办发[2020]3号）", "某某市人民政府关于印发某某市停车管理办法的通知", "某某市停车管理办法",
    "关于修改《某某市停车管理办法》的决定", "各区人民政府，市政府各部门：", "现将《某某市停车管理办法》印发给你们，请遵照执行。",
    "附件：1.某某市停车管理办法", "2.停车场名单", "附件", "附件1", "附件2：停车场名单", "某某市人民政府", "2020年3月2日",
    "二〇二〇年三月二日", "（此件公开发布）", "抄送：市委各部门。", "某某市人民政府办公室 2020年3月5日印发",
    "（2019年1月1日市政府第3次常务会议通过）", "ZJCC01-2019-0006", "第一编 总则", "第一章 总则", "第一节 一般规定",
    "第一条 为了规范停车管理，制定本办法。", "第二条", "第二条之一 停车场分为下列三类：", "第五条第一款修改为“第五条 停车场应当免费。",
    "“电子显示屏应当清晰。”", "（一）公共停车场；", "(二) 专用停车场。", "1.道路停车泊位；", "2．其他：", "（1）甲；", "①乙。",
    "一、主要目标", "二、工作任务。到2020年，全面建成", "1.1 编制目的", "1.1.1 依据", "——取得明显成效；", "△ 市长参加会议。", "1日",
    "（牵头单位：市公安局）", "责任单位：市财政局、市发改委", "序号\t名称\t数量", "1\t甲\t3", "\t\t5", "\t乙", "单位：万元",
    "注：以上数据为快报数。", "项目\u3000\u3000频次\u3000\u3000时限", "路灯\u3000\u3000每周1次\u3000\u30003天", "东区：老邮局、钟楼", "西区：水塔",
    "— 3 —", "\x0c", "第 3 页 共 9 页", "4月份市政府记事", "政务简讯", "4月份市政府发文目录", "主办：某某市人民政府",
    "依照本办法第二条、前款和《某某市停车管理办法》第五条的规定执行。", "与本办法不一致的，按本办法执行", "，以及其他", "。",
    "本办法自2020年5月1日起施行，有效期3年，《旧办法》（某政发〔2010〕1号）同时废止。",
    "某某市轻微违法行为不予处罚事项清单", "序号\t违法行为\t法律依据\t不予处罚情形", "（一）首次违法且危害后果轻微并及时改正的",
    "1\t未按规定停车\t《某某市停车管理办法》第九条\t初次违法，及时改正的", "处二百元以上二千元以下罚款", "人事任免", "任命：", "张三为市长；",
)  # fmt: skip
# As readers of web pages and documents mark cells that are merged or empty, items of lists and full lines.
_MARKED = (
    "违法行为\t\u2005\t法律依据\u2029", "1\t未备案的\t《某法》第三条\u2029", "\u2004\t占道经营的\t\u2009\u2029", "\u2004\t甲\t\u2004\u2029", "二、市容环境类\u2029",
    "附表\t\u2005\t\u2005\u2029", "合计\t3\t\u2009\u2029", "\u2006停车应当有序。\u2029", "\u2006\u2006划定泊位。\u2029", "某市停车目录\u2029", "本办法所称停车，是指\u200a\n",
)  # fmt: skip
_GAPS = ("\n", "\n\n", "\n\n\n\n\n", "\r\n", "\f", "\u2029", "")
_FORMULA = re.compile(r"^'(?=[=+\-@\t\r])")


# ---- the gazette parser


def holds_of(found: Outline) -> Features:
    """What holds of every text: nothing lost, every clause verbatim, ids unique, targets real, exports readable."""
    text = found.source.text
    hold(found.coverage.missing == (), "characters that belong to nothing", found.coverage.missing)
    total = len(strip_space(text))
    hold(found.coverage.clauses + found.coverage.named == total == found.coverage.total, "account")
    clauses = {clause.id: clause for clause in found.parsed.clauses}
    hold(len(clauses) == len(found.parsed.clauses), "an id twice")
    documents = {document.id: document for document in found.issue.documents}
    hold(len(documents) == len(found.issue.documents), "an id of two documents")
    parts = [f"{one.id}/{part.id}" for one in found.issue.documents for part in one.parts]
    hold(len(set(parts)) == len(parts), "an id of two parts")
    features: set[str] = set()
    for clause in found.parsed.clauses:
        features.add(f"clause {clause.kind}")
        hold(clause.document_id in documents, "a clause of no document", clause.id)
        hold(clause.id.startswith(clause.document_id), "an id outside its document", clause.id)
        hold(all(0 <= a < b <= len(text) for a, b in clause.spans), "spans", clause.spans)
        hold(_ordered(clause), "spans out of order", clause.id, clause.spans)
        hold(_held(text, clause.spans) == strip_space(clause.text) != "", "not verbatim", clause)
        if clause.parent is not None:
            hold(_within(clause.spans, clauses[clause.parent].spans), "not within", clause.id)
        for context in clause.context:
            features.add(f"context {context.role}")
            hold(_held(text, context.spans) == strip_space(context.text), "context", clause.id)
        for cell in clause.cells:
            features.add("cell inherited" if cell.inherited else "cell")
            hold(_held(text, cell.spans) == strip_space(cell.text), "cell", clause.id, cell)
    for named in found.parsed.named:
        features.add(f"named {named.role}")
        hold(_held(text, named.spans) == strip_space(named.text), "named", named)
    known = {*clauses, *documents, *parts}
    for reference in found.links.references:
        features.add(f"reference {reference.status}")
        hold(reference.clause_id in clauses, "a reference of no clause")
        hold(set(reference.targets) <= known, "a target that is not there", reference)
        hold(bool(reference.targets) == (reference.status == "internal"), "status", reference)
        hold(_held(text, reference.spans) == strip_space(reference.text), "reference", reference)
    for relation in found.links.relations:
        features.add(f"relation {relation.kind}")
        hold(set(relation.targets) <= known, "a target that is not there", relation)
    _exports(found, features, text)
    made = json.dumps(found.to_json(), ensure_ascii=False, default=str)
    hold(json.loads(made)["coverage"]["total"] == total, "JSON")
    made.encode("utf-8")
    hold("".join(found.lines(full=True)), "lines")
    features.update(f"warning {re.sub('[^a-z ]+', '#', one)[:40]}" for one in found.warnings)
    features.update(f"document {one.kind}" for one in found.issue.documents)
    return frozenset(features)


def _ordered(clause: Clause) -> bool:
    """In the order of the source; of a row that a page break cuts through, cell by cell. None over another."""
    spans = sorted(clause.spans)
    if any(first[1] > second[0] for first, second in pairwise(spans)):
        return False
    cells = [cell for cell in clause.cells if not cell.inherited]
    if cells:
        return all(list(cell.spans) == sorted(cell.spans) for cell in cells)
    return list(clause.spans) == spans


def _held(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    return strip_space("".join(text[a:b] for a, b in spans))


def _within(inner: tuple[tuple[int, int], ...], outer: tuple[tuple[int, int], ...]) -> bool:
    places = {at for a, b in outer for at in range(a, b)}
    return all(at in places for a, b in inner for at in range(a, b))


@cache
def _schema() -> object:
    import jsonschema

    return jsonschema.Draft202012Validator(record_schema())


def _exports(found: Outline, features: set[str], text: str) -> None:
    """Exemptions quote the source, fit their schema, and are read back from a file as they were written."""
    records = found.exemptions.records
    if not records:
        return
    features.add("exemptions")
    rows = json.loads(export(records, "json"))
    hold(len({row["id"] for row in rows}) == len(rows), "an id of two exemptions")
    for row in rows:
        problems = [error.message for error in _schema().iter_errors(row)]  # type: ignore[attr-defined]
        hold(not problems, "not as the schema has it", problems, row["id"])
        for passage in _passages(row):
            spans = tuple((a, b) for a, b in passage["spans"])
            hold(_held(text, spans) == strip_space(passage["text"]), "exemption", passage)
    read = list(csv.reader(io.StringIO(export(records, "csv").decode("utf-8-sig"), newline="")))
    hold(read[0] == [heading for heading, _ in COLUMNS], "headings")
    again = [[_FORMULA.sub("", cell) for cell in row] for row in read[1:]]
    wanted = [[_FORMULA.sub("", cell) for cell in row] for row in rows_of(records)]
    hold(again == wanted, "CSV is not read back", again, wanted)
    hold(not any(cell[:1] in "=+-@\t\r" for row in read for cell in row if cell), "a formula")


def _passages(value: object) -> Iterator[dict]:
    if isinstance(value, dict):
        if "spans" in value and "text" in value:
            yield value
        for one in value.values():
            yield from _passages(one)
    elif isinstance(value, list):
        for one in value:
            yield from _passages(one)


def _gazette(data: bytes) -> Features:
    text = data.decode("utf-8", "replace")
    found = outline(Source("t.txt", text, "0" * 64))
    features = holds_of(found)
    # How lines are broken in a file says nothing, nor do blanks at their ends and empty lines at its beginning.
    if "\r" not in text and len(text) < 3_000:
        windows = outline(Source("t.txt", "\n" + text.replace("\n", " \r\n"), "0" * 64))
        hold(_gist(windows) == _gist(found), "CR LF", *_differ(_gist(found), _gist(windows)))
    return features


def _gist(found: Outline) -> list[tuple[str, ...]]:
    rows = [(one.id, one.kind, strip_space(one.text)) for one in found.parsed.clauses]
    return [*rows, *((one.role, strip_space(one.text)) for one in found.parsed.named)]


def _differ(one: list[tuple[str, ...]], other: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted({*one} ^ {*other})[:4]


def sample_texts() -> Iterator[bytes]:
    """The texts of the repository, and the gazette in pieces."""
    for folder in ("documents", "exemption_lists"):
        for path in sorted((ROOT / "tests" / folder).glob("*.txt")):
            yield path.read_bytes()
    text = (ROOT / "corpus" / "wenzhou-2019-04.txt").read_text(encoding="utf-8")
    for at in range(0, len(text), 1_500):
        yield text[at : at + 1_500].encode()


def _any_lines() -> st.SearchStrategy[bytes]:
    lines = st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(_GAPS)), max_size=25)
    texts = lines.map(lambda drawn: "".join(line + gap for line, gap in drawn))
    marked = st.lists(st.sampled_from((*_MARKED, *_MARKED, *LINES)), max_size=20).map("".join)
    return st.one_of(texts, texts, marked, st.text(max_size=200)).map(
        lambda text: text.encode("utf-8", "replace")
    )


GAZETTE = Target(
    name="gazette",
    about="公报解析：一字不丢、逐字、编号唯一、导出可读回 / the parser: nothing lost, verbatim, ids unique, exports read back",
    check=_gazette,
    seeds=sample_texts,
    strategy=_any_lines,
    shape="text",
    words=(*LINES, *_MARKED),
    longest=4_000,
)


# ---- references of a question


def _references(data: bytes) -> Features:
    question = data.decode("utf-8", "replace")
    found = find(question)
    for title in found.titles:
        hold(title in question, "a title that the question does not have", title)
    for number in found.numbers:
        hold(re.search(r"(?:〔\d{4}〕\d+|第\d+)号$", number), "not in normal form", number)
    for one in found.articles:
        hold(one.article > 0 and min(one.paragraph, one.item, one.inserted) >= 0, "number", one)
    for _, serial in found.short_numbers:
        hold(serial >= 0, "number", serial)
    hold(find(question) == found, "not the same twice")
    # Guaranteed: width does not matter.
    wide = "".join(
        chr(ord(char) + 0xFEE0) if char.isascii() and char.isdigit() else char for char in question
    )
    other = find(wide)
    hold((other.numbers, other.articles) == (found.numbers, found.articles), "width", found, other)
    return frozenset(
        {
            f"numbers {len(found.numbers)}",
            f"articles {len(found.articles)}",
            f"titles {len(found.titles)}",
        }
        | {f"short {len(found.short_numbers)}"}
        | {
            f"{bool(one.paragraph)}{bool(one.item)}{bool(one.inserted)}{one.ordinal}{one.point}"
            for one in found.articles
        }
    )


_QUESTION_WORDS = (
    "温政办〔2019〕35号", "温政办[2019]35号", "温政办发（2019）第35号", "35号文", "第三十五号令", "《药品管理法》", "第五十条", "第10条第2款第（三）项",
    "第十条之二", "article 12", "第三点", "第二部分", "二〇一九年", "2019年", "号", "令", "〔", "〕", "《", "》", "<", ">", "第", "条", "款", "项", "之", "十", "百", "0", "１",
)  # fmt: skip


def _questions_asked() -> Iterator[bytes]:
    for path in ("dev_seed.jsonl", "smoke.jsonl", "dev.jsonl"):
        for line in (
            (ROOT / "eval" / "questions" / path).read_text(encoding="utf-8").splitlines()[:200]
        ):
            yield json.loads(line)["q"].encode()


REFERENCES = Target(
    name="references",
    about="问句里的文号、条号：逐字、与全角半角无关 / what a question names: verbatim, width does not matter",
    check=_references,
    seeds=_questions_asked,
    strategy=lambda: st.lists(
        st.one_of(st.sampled_from(_QUESTION_WORDS), st.text(max_size=5)), max_size=12
    ).map(lambda drawn: "".join(drawn).encode("utf-8", "replace")),
    shape="text",
    words=_QUESTION_WORDS,
    longest=4_000,
)


# ---- citations written out, and read back


def _citations(data: bytes) -> Features:
    """A number and an article, written in some dress, are found as they were meant."""
    try:
        spec = json.loads(data)
        seed, year, serial, article, paragraph, item, inserted = (int(one) for one in spec[:7])
    except (ValueError, TypeError, RecursionError, OverflowError):
        return frozenset()
    if not (1900 <= year <= 2099 and 0 < serial < 10_000 and 0 < article < 2_000):
        return frozenset()
    if not (0 <= paragraph < 100 and 0 <= item < 100 and inserted in (0, *range(2, 10))):
        return frozenset()
    chance = random.Random(seed)

    def numeral(value: int) -> str:
        digits = str(value)
        wide = "".join(chr(ord(char) + 0xFEE0) for char in digits)
        return chance.choice((chinese_number(value), digits, wide))

    def blank() -> str:
        return chance.choice(("", "", " ", "\u3000"))

    opened, closed = chance.choice(("〔〕", "[]", "（）", "()", "［］", "﹝﹞", "【】", "〖〗"))
    label = f"第{blank()}{numeral(article)}{blank()}条"
    label += f"之{chinese_number(inserted)}" if inserted else ""
    label += f"第{numeral(paragraph)}款" if paragraph else ""
    if item:
        one = f"（{numeral(item)}）" if chance.random() < 0.5 else numeral(item)
        label += f"第{one}项"
    number = f"某政办发{opened}{year}{closed}{blank()}{serial}{blank()}号"
    asked = f"请问{number}，{label}规定了什么？"
    found = find(asked)
    hold([one.endswith(f"〔{year}〕{serial}号") for one in found.numbers] == [True], asked, found)
    hold(
        found.articles == (ArticleReference(article, paragraph, item, True, inserted),),
        asked,
        found,
    )
    return frozenset({f"{bool(paragraph)}{bool(item)}{bool(inserted)}{opened}"})


CITATIONS = Target(
    name="citations",
    about="文号和条号写成各种样子，读回来还是它 / numbers and articles in any dress are read back as meant",
    check=_citations,
    seeds=lambda: [b"[1, 2019, 35, 51, 1, 2, 0]", b"[2, 2020, 1, 10, 0, 0, 2]"],
    strategy=lambda: st.tuples(
        st.integers(0, 2**32), st.integers(1900, 2099), st.integers(1, 9_999), st.integers(1, 1_999),
        st.integers(0, 99), st.integers(0, 99), st.sampled_from((0, 0, *range(2, 10))),
    ).map(lambda drawn: json.dumps(drawn).encode()),
    shape="json",
    longest=400,
)  # fmt: skip

HELD = (GAZETTE, REFERENCES, CITATIONS)
