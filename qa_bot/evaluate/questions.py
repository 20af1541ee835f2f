"""Question sets: what is asked, and what would answer it. Read from JSONL or CSV, line by line."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_bot.errors import QuestionSetError

__all__ = [
    "NEAR_MISSES",
    "Problem",
    "Question",
    "QuestionSet",
    "complain",
    "is_broken",
    "read_json",
    "read_questions",
]

# In what a question that the gazette does not answer differs from one that it does.
NEAR_MISSES = (
    "other_year",
    "other_city",
    "missing_list",
    "missing_article",
    "only_forbidden",
    "missing_value",
)
_FIELDS = frozenset(
    {"id", "q", "lang", "kind", "gold", "doc", "article", "author", "near_miss", "note", "checked", "of", "history"}
)  # fmt: skip
# Headings that a user's own table may have.
_NAMES = {
    "编号": "id", "question": "q", "问题": "q", "语言": "lang", "类别": "kind", "snippet": "gold",
    "原文": "gold", "答案": "gold", "document": "doc", "文件": "doc", "条": "article", "条文": "article",
    "作者": "author", "备注": "note", "上文": "history",
}  # fmt: skip
_EXPECTED = ("gold", "article", "doc")
# What a table writes in place of gold where the corpus has no answer.
_NO_ANSWER = frozenset({"无", "無", "没有", "none", "-", "—"})
# test.jsonl, TEST-2.csv, my test.jsonl; not latest.jsonl
_TEST = re.compile(r"(?<![a-z])test(?![a-z])")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what counts as its answer.

    Attributes:
        id: unique in its set.
        q: the question.
        lang: zh, zh-Hant, en, it, fr, es, ja, or other.
        kind: what it is about, such as `exemption`; `none` for what the corpus does not answer.
        gold: verbatim snippets; a quote that holds one of them, white space aside, is a hit.
        doc: the document expected: its id, number or title. Decides only where there is no `gold`.
        article: the article or clause expected: an id, a citation, or 第五十一条 beside `doc`.
        author: who wrote it.
        near_miss: of one without answer, in what it differs from one that has one; see `NEAR_MISSES`.
        note: why, for a reader.
        checked: what second readers found, in their words.
        history: what was asked before it in the same conversation, oldest first.
        line: of its file, from 1.
    """

    id: str
    q: str
    lang: str
    kind: str
    gold: tuple[str, ...] = ()
    doc: str | None = None
    article: str | None = None
    author: str | None = None
    near_miss: str | None = None
    note: str | None = None
    checked: tuple[dict[str, Any], ...] = ()
    history: tuple[str, ...] = ()
    line: int = 0

    @property
    def told(self) -> str:
        """The question after those before it, as a reader sees it: A → B → question."""
        return " → ".join((*self.history, self.q))

    @property
    def answerable(self) -> bool:
        """Whether an answer is expected."""
        return bool(self.gold or self.article or (self.doc and self.kind != "none"))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of a question file.

    Attributes:
        line: from 1; 0 for the file as a whole.
        message: what, and what to do, in Chinese and English.
        discreet: the same without anything that a hidden set holds; `None` if there is nothing of it.
    """

    line: int
    message: str
    discreet: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A file of questions.

    Attributes:
        name: the file's stem.
        sha256: of the file.
        questions: in the order of the file.
        skipped: what was left out for being wrong (`lenient`).
        hidden: whether this is a test split, whose questions a report does not show: its name, or that
            of the file that it links to, has the word test in it.
    """

    name: str
    sha256: str
    questions: tuple[Question, ...]
    skipped: tuple[Problem, ...] = ()
    hidden: bool = False


def read_questions(path: Path, lenient: bool = False) -> QuestionSet:
    """Read a question file, `.csv` or one JSON object a line.

    Args:
        path: the file.
        lenient: leave out lines that are wrong, and say so in `skipped`, instead of failing.

    Raises:
        QuestionSetError: the file cannot be read, holds no question, or (unless lenient) a line is wrong;
            the message names file and line, and says what to do.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise QuestionSetError(
            f"读不了问题集 {path}：{error.strerror} / Cannot read {path}: {error.strerror}."
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(
            f"{path.name} 不是 UTF-8（第 {error.start} 字节）；请另存为 UTF-8 / "
            f"{path.name} is not UTF-8 (byte {error.start}): save it as UTF-8."
        ) from error
    questions: list[Question] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _jsonl_rows(text)
    for line, row in rows:
        found = row if isinstance(row, str) else _question(line, row)
        if isinstance(found, Question) and found.id in lines:
            found = (
                f"编号 {found.id} 与第 {lines[found.id]} 行相同；请改一个 / "
                f"the id {found.id} is that of line {lines[found.id]}: change one of them"
            )
        if isinstance(found, str):
            problems.append(Problem(line, found))
        else:
            lines[found.id] = line
            questions.append(found)
    if problems and not lenient:
        complain(path.name, problems)
    if not questions:
        raise QuestionSetError(
            f"{path.name} 里没有能用的问题；JSONL 每行写一个 "
            '{"id": "1", "q": "…", "gold": ["…"]}，CSV 要有表头 q 和 gold、article 或 doc / '
            f"{path.name} holds no question that can be used: write one such object a line, or a table with "
            "the headings q, and gold, article or doc."
            + "".join(
                f"\n第 {one.line} 行 / line {one.line}: {one.message}" for one in problems[:1]
            )
        )
    sha256 = hashlib.sha256(content).hexdigest()
    hidden = any(_TEST.search(name.casefold()) for name in (path.stem, path.resolve().stem))
    return QuestionSet(path.stem, sha256, tuple(questions), tuple(problems), hidden)


def complain(
    name: str, problems: Sequence[Problem], *, hidden: bool = False, lenient: bool = True
) -> None:
    """Raise one error for all problems of a file.

    Args:
        name: of the file.
        problems: at least one.
        hidden: whether the file is a test split: nothing that it says is repeated.
        lenient: whether `--lenient` would help.

    Raises:
        QuestionSetError: always; the first ten are named.
    """
    told = []
    for problem in problems[:_SHOWN]:
        message = problem.discreet or problem.message if hidden else problem.message
        place = f" 第 {problem.line} 行 / line {problem.line}" if problem.line else ""
        told.append(f"{name}{place}: {message}")
    more = len(problems) - len(told)
    if more:
        told.append(f"……另有 {more} 处 / and {more} more")
    if lenient:
        told.append("--lenient 略过并计数 / --lenient skips such lines and counts them")
    raise QuestionSetError("\n".join(told))


def read_json(line: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A line of JSON.

    Raises:
        ValueError: it is none, names a key twice, is nested too deep, or holds half of a surrogate pair.
    """
    try:
        found = json.loads(line, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if is_broken(line) or (
        r"\ud" in line.lower() and is_broken(json.dumps(found, ensure_ascii=False))
    ):
        raise ValueError("a lone surrogate")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def is_broken(text: str) -> bool:
    """Whether a text holds half of a surrogate pair, which no file can."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def _jsonl_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = read_json(line)
        except ValueError as error:
            yield number, f"不是 JSON（{error}）；请修正这一行 / not JSON ({error}): mend the line"
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield number, '应是一个 JSON 对象 / not an object: write {"id": …, "q": …, "gold": […]}'


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Rows with the line that each begins in. After one that is broken the next line is read on its own."""
    lines = io.StringIO(text, newline="").readlines()
    header: list[str] = []
    at = 0
    while at < len(lines):
        reader = csv.reader(itertools.islice(lines, at, None), strict=True)
        base, first = at, at
        try:
            for cells in reader:
                first, at = at, base + reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if header:
                    yield first + 1, _csv_row(header, cells)
                    continue
                header = [_NAMES.get(name.strip().lower(), name.strip().lower()) for name in cells]
                wrong = _wrong_header(header)
                if wrong:
                    yield first + 1, wrong
                    return
        except csv.Error as error:
            what = (
                "一格太长 / a cell is too long"
                if "field limit" in str(error)
                else "检查引号 / check the quotes"
            )
            yield at + 1, f"CSV 读不通（{error}）；{what} / bad CSV"
            at += 1


def _wrong_header(header: Sequence[str]) -> str | None:
    usable = "、".join(sorted(_FIELDS))
    if any(name not in _FIELDS for name in header) or "q" not in header:
        return (
            f"表头应有 q 和 gold、article、doc 之一，只可用 {usable} / "
            "the header needs q, and gold, article or doc; these names only"
        )
    if not set(header) & set(_EXPECTED):
        return (
            "表头没有 gold、article 或 doc，不知怎样算答对 / "
            "the header has neither gold, article nor doc: nothing is expected"
        )
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        return f"两列都是 {twice}；请留一列 / two columns mean {twice}: keep one"
    return None


def _csv_row(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any] | str:
    if len(cells) > len(header):
        return "格数比表头多；含逗号的格要加引号 / more cells than headings: quote commas"
    row: dict[str, Any] = {
        name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()
    }
    gold = row.pop("gold", None)
    if gold is not None:
        # Alternatives stand on lines of their own within the cell.
        row["gold"] = (
            []
            if gold.casefold() in _NO_ANSWER
            else [line.strip() for line in gold.split("\n") if line.strip()]
        )
    if "history" in row:
        row["history"] = [line.strip() for line in row["history"].split("\n") if line.strip()]
    if "checked" in row:
        row["checked"] = [{"verdict": "none", "looked_for": row["checked"]}]
    return row


def _question(line: int, row: dict[str, Any]) -> Question | str:
    """A row as a question, or what is wrong with it."""
    unknown = sorted(set(row) - _FIELDS)
    if unknown:
        return (
            f"不认识的字段 {'、'.join(unknown)}；可用 {'、'.join(sorted(_FIELDS))} / "
            f"unknown field {', '.join(unknown)}: remove or rename it"
        )
    for name in ("q", "lang", "kind", "doc", "article", "author", "near_miss", "note"):
        if row.get(name) is not None and not isinstance(row[name], str):
            return f"{name} 应是文字 / {name} is no text: put it in quotes"
    if not (row.get("q") or "").strip():
        return "没有问题 q / q is missing or empty"
    # Of what it asks, so that two tables without ids do not share them.
    identity = row.get("id", "q-" + hashlib.sha256(row["q"].encode()).hexdigest()[:8])
    if (
        isinstance(identity, bool)
        or not isinstance(identity, str | int)
        or not str(identity).strip()
    ):
        return "编号 id 应是文字或整数 / id is neither text nor a whole number"
    if any(is_broken(value) for value in row.values() if isinstance(value, str)):
        return "含残缺的字符（单个代理项）/ it holds a lone surrogate"
    if any(char.isspace() for char in str(identity)):
        return "编号 id 里不能有空白 / white space in id: TREC files cannot hold it"
    gold = row.get("gold")
    if gold is None and not any(row.get(name) for name in _EXPECTED):
        return (
            '没写怎样算答对：给 gold、article 或 doc；公报答不了的写 "gold": []（表格里写“无”） / nothing is '
            'expected: give gold, article or doc; where there is no answer "gold": [], in a table “none”'
        )
    if isinstance(gold, str):
        gold = [gold]
    if gold is not None and not (
        isinstance(gold, list) and all(isinstance(one, str) and one.strip() for one in gold)
    ):
        return "gold 应是原文片段的列表 / gold is no list of snippets"
    if row.get("near_miss") not in (None, *NEAR_MISSES):
        return f"near_miss 只可用 {'、'.join(NEAR_MISSES)} / near_miss: one of these"
    checked = row.get("checked", [])
    if not (isinstance(checked, list) and all(isinstance(one, dict) for one in checked)):
        return "checked 应是对象的列表 / checked is no list of objects"
    history = row.get("history", [])
    if not (
        isinstance(history, list)
        and all(isinstance(one, str) and one.strip() and not is_broken(one) for one in history)
    ):
        return "history 应是先前问题的列表 / history is no list of the questions before"
    answerable = bool(gold or row.get("article") or (gold is None and row.get("doc")))
    return Question(
        id=str(identity),
        q=row["q"],
        lang=row.get("lang") or _language(row["q"]),
        kind=(row.get("kind") or "other") if answerable else "none",
        gold=tuple(gold or ()),
        doc=row.get("doc"),
        article=row.get("article"),
        author=row.get("author"),
        near_miss=row.get("near_miss"),
        note=row.get("note"),
        checked=tuple(checked),
        history=tuple(history),
        line=line,
    )


def _language(text: str) -> str:
    """A guess for a question without `lang`: only scripts are told apart."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return "ja"
    letters = sum(char.isalpha() for char in text)
    han = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return "zh" if han * 2 >= letters else "other"
