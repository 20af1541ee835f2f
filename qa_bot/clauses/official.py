"""Official documents: 一、（一）1.（1）, with headings that run in or stand alone, tables and lists."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Clause, Context
from qa_bot.clauses.tables import parse_table, split_tables
from qa_bot.gazette.grammar import FINAL, RESPONSIBLE, RESPONSIBLE_WITHIN, Marker, marker
from qa_bot.gazette.lines import Line, Paragraph, mend
from qa_bot.text import Span, chinese_number, join, squeeze

__all__ = ["parse_official", "segments"]

_RANK = {"level_1": 1, "level_2": 2, "level_3": 3, "level_4": 4, "level_5": 5}
_ID = {1: "part", 2: "item", 3: "point", 4: "subpoint", 5: "mark"}
_WORKS = "通知|意见|办法|规定|细则|方案|清单|决定|公告|要点|计划|规则|标准|条例|目录|规范|制度|通告"
# 本通知自印发之日起施行 and 我市已出台规定与本实施方案不一致的 speak of the whole text, not of the last point.
_CLOSING = re.compile(
    rf"^本[^，。；]{{0,6}}(?:{_WORKS})(?:自|由|从|有效期|施行|实施|发布|印发)|^[^。]*与本[^，。；]{{0,6}}(?:{_WORKS})"
    r"不一致|^特此(?:通知|公告|函)|^以上(?:通知|意见)，"
)
_AMENDING = re.compile(r"修改为|修订为|调整为|删除|删去|增加|废止")
_AMENDMENT_GOES_ON = re.compile(r"^(?:删除|删去|增加|将|原?第[一二三四五六七八九十]+[条款项])")
_LIST_LINE = re.compile(r"^(?P<name>[^：:，。；“”《》]{1,20})[：:](?P<rest>\S.*)$")
_NOTE = re.compile(r"^(?:注|备注|说明)\s*[:：]")
_HEADING_LENGTH = 40


@dataclass
class _Node:
    rank: int
    number: int
    heading: str
    clause: Clause | None = None
    paragraphs: int = 0
    children: list[Clause] = field(default_factory=list)
    lead: Paragraph | None = None
    # Whether its steps name who is responsible themselves, so that a line behind the last is that one's.
    steps_are_tasks: bool = False


def segments(lines: Sequence[Line]) -> list[list[Line]]:
    r"""Runs of table rows and runs of prose, in turn.

    A single line with a tab in it that begins with a number, as 第十八条 …；\t也可以… does, is prose.
    """
    runs: list[list[Line]] = []
    for index, line in enumerate(lines):
        beside = [*lines[max(index - 1, 0) : index], *lines[index + 1 : index + 2]]
        if line.is_row and marker(line.text) and not any(other.is_row for other in beside):
            line = dataclasses.replace(line, cells=((line.start, line.end),))
        if not runs or runs[-1][0].is_row != line.is_row:
            runs.append([])
        runs[-1].append(line)
    return runs


def parse_official(draft: Draft, lines: Sequence[Line], kind: str = "paragraph") -> None:
    """Clauses of a text numbered as official documents are.

    Args:
        draft: where the clauses go.
        lines: of the part.
        kind: of an unnumbered paragraph.
    """
    parser = _Official(draft, kind)
    for run in segments(lines):
        if run[0].is_row:
            for table in split_tables(run):
                parse_table(draft, table, "row", parser.path())
        else:
            parser.prose(mend(draft.source, run))
    parser.finish()


class _Official:
    def __init__(self, draft: Draft, kind: str) -> None:
        self.draft = draft
        self.kind = kind
        self.stack: list[_Node] = []
        self.root = _Node(0, 0, "")
        self.amends = bool(re.search(r"修订|修改|修正", draft.document.title))

    def path(self) -> tuple[str, ...]:
        return tuple(node.heading for node in self.stack if node.heading)

    def prose(self, paragraphs: Sequence[Paragraph]) -> None:
        lists = [bool(_LIST_LINE.match(p.text)) and not marker(p.text) for p in paragraphs]
        # Two lines of the form 鹿城区：滨江街道、… next to each other are a list.
        for index, paragraph in enumerate(paragraphs):
            following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
            beside = lists[max(0, index - 1) : index] + lists[index + 1 : index + 2]
            if lists[index] and any(beside):
                self._list_line(paragraph)
            elif _NOTE.match(paragraph.text):
                self._unnumbered(paragraph, "note")
            else:
                self._paragraph(paragraph, following)

    def finish(self) -> None:
        """Give the tail lines of the open tasks to their children."""
        self._pop(0)

    def _paragraph(self, paragraph: Paragraph, following: Paragraph | None) -> None:
        text = paragraph.text
        numbered = marker(text)
        if numbered and numbered.kind in _RANK:
            self._numbered(paragraph, numbered, following)
        elif _CLOSING.match(text):
            self._pop(0)
            self._unnumbered(paragraph)
        elif RESPONSIBLE.match(text) and self.stack:
            self._responsible(paragraph)
        elif self._continues_amendment(text):
            node = self.stack[-1]
            assert node.clause is not None
            assert node.lead is not None
            self._replace(node, [node.lead.spans, paragraph.spans])
        else:
            self._unnumbered(paragraph)

    def _numbered(
        self, paragraph: Paragraph, numbered: Marker, following: Paragraph | None
    ) -> None:
        rank = _RANK[numbered.kind]
        self._pop(rank)
        body = paragraph.text[numbered.length :]
        heading, rest = _run_in(body)
        node = _Node(rank, numbered.number, numbered.label + heading, lead=paragraph)
        stands_alone = not rest and self._heads(numbered, body, following)
        above = self.path()
        lead_in = self._lead_in()
        self.stack.append(node)
        if stands_alone:
            self.draft.name("heading", paragraph.spans)
            return
        amendment = self.amends and _AMENDING.search(body)
        kind = "amendment" if amendment else "point" if rank <= 3 else "item"
        node.clause = self.draft.add(
            self._local_id(), kind, self._label(), [paragraph.spans], above, lead_in
        )
        node.paragraphs = 1
        self._note_child(node.clause)
        if len(self.stack) > 1 and RESPONSIBLE_WITHIN.search(paragraph.text):
            self.stack[-2].steps_are_tasks = True

    def _heads(self, numbered: Marker, body: str, following: Paragraph | None) -> bool:
        """Whether a numbered line without text behind its heading is one: something is under it."""
        if following is None or not body or len(body) > _HEADING_LENGTH or body[-1] in "；;":
            return False
        below = marker(following.text)
        if below and below.kind in _RANK:
            return _RANK[below.kind] > _RANK[numbered.kind]
        if _CLOSING.match(following.text) or RESPONSIBLE.match(following.text):
            return False
        if self.amends and _AMENDING.search(body):
            return False
        return body[-1] not in FINAL + "”" or len(body) <= 30

    def _unnumbered(self, paragraph: Paragraph, kind: str | None = None) -> None:
        node = self.stack[-1] if self.stack else self.root
        context = self._lead_in()
        node.paragraphs += 1
        local = "/".join(filter(None, (self._local_id(), f"para_{node.paragraphs}")))
        if kind == "note":
            local = f"note_{node.paragraphs}"
        first = node.paragraphs == 1 and not node.clause
        if not self.stack:
            label = "注" if kind == "note" else f"正文第{node.paragraphs}段"
        else:
            label = self._label() + ("" if first else f"第{node.paragraphs}段")
        clause = self.draft.add(
            local, kind or self.kind, label, [paragraph.spans], self.path(), context
        )
        self._note_child(clause)
        if not _is_dash(paragraph):
            node.lead = paragraph

    def _list_line(self, paragraph: Paragraph) -> None:
        match = _LIST_LINE.match(paragraph.text)
        assert match is not None
        node = self.stack[-1] if self.stack else self.root
        node.paragraphs += 1
        self.draft.add(
            "/".join(filter(None, (self._local_id(), f"line_{node.paragraphs}"))),
            "list",
            squeeze(match["name"]),
            [paragraph.spans],
            self.path(),
        )

    def _responsible(self, paragraph: Paragraph) -> None:
        """(牵头落实：…) on its own line: of the task above, or of the task whose steps end here."""
        top = self.stack[-1]
        parent = self.stack[-2] if len(self.stack) > 1 else None
        target = top
        if parent and top.number >= 2 and not parent.steps_are_tasks:
            target = parent
        alone = top.clause and top.lead and top.clause.spans == top.lead.spans
        if target is top and alone and top.paragraphs == 1 and len(top.children) <= 1:
            assert top.lead is not None
            self._replace(top, [top.lead.spans, paragraph.spans])
            if parent:
                parent.steps_are_tasks = True
            return
        while self.stack[-1] is not target:
            self.stack.pop()
        tail = self.draft.context("responsible", paragraph.spans)
        for child in target.children:
            self._swap(child, context=(*child.context, tail))
        lead = target.lead
        context = [self.draft.context("lead_in", lead.spans)] if lead and target.clause else []
        self.draft.add(
            f"{self._local_id()}/responsible",
            "responsible",
            self._label() + "末段",
            [paragraph.spans],
            self.path(),
            context,
        )

    def _continues_amendment(self, text: str) -> bool:
        node = self.stack[-1] if self.stack else None
        return bool(
            node
            and node.clause
            and node.clause.kind == "amendment"
            and node.lead
            and node.clause.spans == node.lead.spans
            and _AMENDMENT_GOES_ON.match(text)
            and _AMENDING.search(text)
        )

    def _replace(self, node: _Node, paragraphs: Sequence[Sequence[Span]]) -> None:
        """The clause of `node` with another paragraph behind it."""
        assert node.clause is not None
        spans = tuple(span for run in paragraphs for span in run)
        text = join(self.draft.source, paragraphs)
        self._swap(node.clause, text=text, spans=spans)

    def _swap(self, clause: Clause, **changes: object) -> None:
        position = next(i for i, c in enumerate(self.draft.clauses) if c.id == clause.id)
        changed = dataclasses.replace(self.draft.clauses[position], **changes)  # type: ignore[arg-type]
        self.draft.clauses[position] = changed
        for node in (*self.stack, self.root):
            if node.clause and node.clause.id == clause.id:
                node.clause = changed
            node.children = [changed if c.id == clause.id else c for c in node.children]

    def _lead_in(self) -> list[Context]:
        """The paragraph that ends with a colon, or goes before dashes, above what comes now."""
        if not self.stack:
            return []  # 现将有关事项通知如下： opens the whole notice and explains no point of it
        node = self.stack[-1]
        if node.lead and node.lead.text[-1] in "：:" and (node.clause or node.paragraphs):
            return [self.draft.context("lead_in", node.lead.spans)]
        return []

    def _note_child(self, clause: Clause) -> None:
        for node in self.stack:
            node.children.append(clause)

    def _pop(self, rank: int) -> None:
        while self.stack and self.stack[-1].rank >= max(rank, 1):
            self.stack.pop()

    def _local_id(self) -> str:
        return "/".join(f"{_ID[node.rank]}_{node.number}" for node in self.stack)

    def _label(self) -> str:
        """第三点 for a point at the top; below it 第二部分第（三）项第2目."""
        if len(self.stack) == 1 and self.stack[0].rank == 1 and self.stack[0].clause is None:
            under = self.stack[0].lead is not None and self.stack[0].paragraphs > 0
            word = "部分" if under else "点"
            return f"第{chinese_number(self.stack[0].number)}{word}"
        words = []
        for depth, node in enumerate(self.stack):
            if node.rank == 1:
                last = depth == len(self.stack) - 1
                words.append(
                    f"第{chinese_number(node.number)}{'点' if last and node.clause else '部分'}"
                )
            elif node.rank == 2:
                words.append(f"第（{chinese_number(node.number)}）项")
            elif node.rank == 3:
                words.append(f"第{node.number}目")
            else:
                words.append(f"第（{node.number}）点")
        return "".join(words)


def _is_dash(paragraph: Paragraph) -> bool:
    numbered = marker(paragraph.text)
    return bool(numbered and numbered.kind == "dash")


def _run_in(body: str) -> tuple[str, str]:
    """Heading and text of 加大稳岗支持力度。对不裁员…; the text is empty for a heading that stands alone.

    A body whose first sentence is too long for a heading has none: the whole is text.
    """
    end = body.find("。")
    if 0 <= end < _HEADING_LENGTH and end < len(body) - 1:
        return squeeze(body[:end]), body[end + 1 :]
    if len(body) <= _HEADING_LENGTH and (end in (-1, len(body) - 1)):
        return squeeze(body.rstrip("。")), ""
    return "", body
