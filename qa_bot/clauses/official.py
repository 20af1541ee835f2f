"""Official documents: 一、（一）1.（1）, with headings that run in or stand alone, tables and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Context
from qa_bot.clauses.numbering import DIVISIONS, RANK, Node, label_of, local_id
from qa_bot.clauses.quotation import closing_paragraph
from qa_bot.clauses.table_layout import goes_under, heads_below
from qa_bot.clauses.tables import parse_tables
from qa_bot.gazette.grammar import (
    DECIMAL,
    FINAL,
    RESPONSIBLE,
    RESPONSIBLE_WITHIN,
    UNIT,
    Marker,
    decimal_depth,
    marker,
)
from qa_bot.gazette.lines import Line, Paragraph, list_marker
from qa_bot.patterns import late
from qa_bot.text import Span, join, squeeze

__all__ = ["parse_official", "segments"]

_WORKS = "通知|意见|办法|规定|细则|方案|清单|决定|公告|要点|计划|规则|标准|条例|目录|规范|制度|通告"
# 本通知自印发之日起施行 and 我市已出台规定与本实施方案不一致的 speak of the whole text, not of the last point.
_CLOSING = late(
    rf"^本[^，。；]{{0,6}}(?:{_WORKS})(?:自|由|从|有效期|施行|实施|发布|印发)|^[^。]*与本[^，。；]{{0,6}}(?:{_WORKS})"
    r"不一致|^(?:特此|专此|此复|此令|此告)|^以上(?:通知|意见)，"
)
_AMENDING = late(r"修改为|修订为|修正为|调整为|”改为|条改为|款改为|移至|删除|删去|增加|废止")
# 将第七条修改为：“…”, 删去第十五条: an amendment without a number of its own.
_AMENDS_A_PLACE = late(
    r"^将?[^，。；“]{0,20}第[^，。；“]{1,12}[条款项目][^，。；“]{0,12}(?:修改为|修订为|改为|删去|删除)|^(?:删去|删除)第"
)
_AMENDMENT_GOES_ON = late(r"^(?:删除|删去|增加|将|原?第[一二三四五六七八九十]+[条款项])")
_LIST_LINE = late(r"^(?P<name>[^：:，。；“”《》]{1,20})[：:](?P<rest>\S.*)$")
_NOTE = late(r"^(?:注|备注|说明)\s*[:：]")
# 以下均需县‹市、区>人民政府、功能区管委会落实，不再列出
_STANDING = late(
    r"以下(?:各项|任务|内容|工作)?(?:均|都)[^)）。]{2,60}(?:落实|负责|牵头|配合|不再列出)"
)
_HEADING_LENGTH = 40


def segments(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of table rows and runs of prose, in turn."""
    return [list(run) for _, run in groupby(lines, key=lambda line: line.is_row)]


def parse_official(draft: Draft, lines: Sequence[Line], kind: str = "paragraph") -> None:
    """Clauses of a text numbered as official documents are.

    Args:
        draft: where the clauses go.
        lines: of the part.
        kind: of an unnumbered paragraph.
    """
    parser = _Official(draft, kind, lines)
    runs = segments(lines)
    for index, run in enumerate(runs):
        following = runs[index + 1] if index + 1 < len(runs) else []
        if not run[0].is_row:
            parser.heads_table = bool(parser.header) and goes_under(parser.header, following)
            parser.prose(draft.mend(run))
        elif heads_below(run, runs[index + 1 : index + 3]):
            parser.head(run)
        else:
            parser.table(run)


def _is_decimal(lines: Sequence[Line]) -> bool:
    """Whether a text is numbered 1, 1.1, 1.1.1: two such numbers, not 3.5倍以上 at a line's start."""
    return sum(decimal_depth(line.text) > 1 for line in lines if not line.is_row) > 1


class _Official:
    def __init__(self, draft: Draft, kind: str, lines: Sequence[Line]) -> None:
        self.draft = draft
        self.kind = kind
        self.stack: list[Node] = []
        self.root = Node("", "", "")
        self.amends = bool(re.search(r"修订|修改|修正", draft.document.title))
        self.decimal = _is_decimal(lines)
        self.unit: list[Context] = []
        self.rows: range = range(0)  # positions of the rows of a table that notes may follow
        self.standing: Context | None = None
        self.list_rank = RANK["level_2"]
        self.header: list[Line] = []  # of the table above, while only headings come after it
        self.heads_table = False

    def path(self) -> tuple[str, ...]:
        return tuple(node.heading for node in self.stack if node.heading)

    def head(self, run: Sequence[Line]) -> None:
        """A header that stands above the first heading of its table."""
        self.header = list(run)
        spans = [span for line in run for span in line.cells if span[0] < span[1]]
        self.draft.name("header", spans, "\t")

    def table(self, run: Sequence[Line]) -> None:
        base = local_id(self.stack)
        first = len(self.draft.clauses)
        above = self.header if goes_under(self.header, run) else []
        self.header = parse_tables(self.draft, run, "row", self.path(), self.unit, base, above)
        self.rows = range(first, len(self.draft.clauses))
        self.unit = []

    def prose(self, paragraphs: Sequence[Paragraph]) -> None:
        if not self.heads_table or len(paragraphs) > 1:
            self.header, self.heads_table = [], False
        lists = [_is_list_line(paragraph.text) for paragraph in paragraphs]
        index = 0
        while index < len(paragraphs):
            paragraph = paragraphs[index]
            end = index + 1
            # Two lines of the form 鹿城区：滨江街道、… next to each other are a list.
            beside = lists[max(0, index - 1) : index] + lists[index + 1 : index + 2]
            if lists[index] and any(beside):
                self._list_line(paragraph)
            elif _NOTE.match(paragraph.text):
                while end < len(paragraphs) and _note_goes_on(
                    paragraphs[index], paragraphs[end], end - index
                ):
                    end += 1
                for note in paragraphs[index:end]:
                    self._unnumbered([note], "note")
                self._note_of_table(paragraphs[index:end])
            elif UNIT.match(paragraph.text):
                self.draft.name("unit", paragraph.spans)
                self.unit = [self.draft.context("unit", paragraph.spans)]
            elif RESPONSIBLE.match(paragraph.text) and self.stack:
                while end < len(paragraphs) and RESPONSIBLE.match(paragraphs[end].text):
                    end += 1
                self._responsible(paragraphs[index:end])
            else:
                if self.amends and _AMENDING.search(paragraph.text):
                    end = closing_paragraph(paragraphs, index) + 1
                following = paragraphs[end] if end < len(paragraphs) else None
                self._paragraph(paragraphs[index:end], following)
            index = end

    def _paragraph(self, paragraphs: Sequence[Paragraph], following: Paragraph | None) -> None:
        """A paragraph, with those that go on with a quotation in it."""
        text = paragraphs[0].text
        numbered = self._numbering(paragraphs[0])
        if numbered:
            self._numbered(paragraphs, numbered, following)
        elif _CLOSING.match(text):
            self._pop(0)
            self._unnumbered(paragraphs)
        elif self._continues_amendment(text):
            clause = self.draft.get(self.stack[-1].clause or "")
            self._extend(clause.id, [p.spans for p in paragraphs])
        else:
            self._unnumbered(paragraphs)

    def _numbering(self, paragraph: Paragraph) -> Marker | None:
        found = marker(paragraph.text)
        if self.decimal and (match := DECIMAL.match(paragraph.text)):
            depth = decimal_depth(paragraph.text)
            heads = depth > 1 or paragraph.text[-1] not in FINAL
            if depth in (1, 2, 3, 4) and heads:
                return Marker(f"decimal_{depth}", 0, match["n"], match.end())
        found = found or self._list_item(paragraph.lines[0])
        return found if found and found.kind in RANK else None

    def _list_item(self, line: Line) -> Marker | None:
        """An item of a list without numbers, one level below what the list stands under."""
        found = list_marker(line)
        if found is None:
            return None
        if line.item == 1 and line.level == 1:
            self.list_rank = max(self.stack[-1].rank if self.stack else 0, RANK["level_2"])
        rank = min(self.list_rank + line.level, RANK["level_5"])
        kind = next(kind for kind, value in RANK.items() if value == rank)
        return Marker(kind, line.item, "", 0)

    def _numbered(
        self, paragraphs: Sequence[Paragraph], numbered: Marker, following: Paragraph | None
    ) -> None:
        paragraph = paragraphs[0]
        self._pop(RANK[numbered.kind])
        body = paragraph.text[numbered.length :]
        heading, rest = _run_in(body)
        number = numbered.label if numbered.kind.startswith("decimal") else str(numbered.number)
        blank = " " if numbered.kind.startswith("decimal") else ""
        if numbered.kind in DIVISIONS:
            blank, heading = " ", squeeze(body)
        node = Node(numbered.kind, number, numbered.label + blank + heading, lead=paragraph)
        stands_alone = not rest and len(paragraphs) == 1 and self._heads(numbered, body, following)
        above = self.path()
        lead_in = self._lead_in()
        self._not_alone()
        self.stack.append(node)
        if stands_alone:
            self.draft.name("heading", paragraph.spans)
            return
        above_node = self.stack[-2] if len(self.stack) > 1 else self.root
        above_node.clauses_below.add(numbered.kind)
        amendment = self.amends and _AMENDING.search(body)
        kind = "amendment" if amendment else "point" if node.rank <= RANK["level_3"] else "item"
        node.paragraphs = 1
        node.clause = ""
        label = label_of(self.stack)
        clause = self.draft.add(
            local_id(self.stack), kind, label, [p.spans for p in paragraphs], above, lead_in
        )
        node.clause = clause.id
        self._stand(clause.id)
        if clause.id.rpartition("~")[2].isdigit() and numbered.label:
            self.draft.warn(paragraph.lines[0], f"number {numbered.label} again in the same place")
        self._note_child(clause.id)
        if len(self.stack) > 1 and RESPONSIBLE_WITHIN.search(paragraph.text):
            self.stack[-2].steps_are_tasks = True

    def _heads(self, numbered: Marker, body: str, following: Paragraph | None) -> bool:
        """Whether a numbered line without text behind its heading is one: something is under it."""
        if numbered.kind in DIVISIONS:
            return True
        if self.heads_table:
            # 一、市容环境类 across a table, between its header and its rows
            return 0 < len(body) <= _HEADING_LENGTH and body[-1] not in FINAL
        if following is None or not body or len(body) > _HEADING_LENGTH or body[-1] in "；;":
            return False
        below = self._numbering(following)
        if below:
            return RANK[below.kind] > RANK[numbered.kind]
        if _CLOSING.match(following.text) or RESPONSIBLE.match(following.text):
            return False
        if self.amends and _AMENDING.search(body):
            return False
        if body[-1] in FINAL and self._beside_clauses(numbered.kind):
            return False  # 1. … is a clause, so 2. 本细则自2023年9月1日起施行。 is one, too
        return body[-1] not in FINAL + "”" or _is_short_heading(body)

    def _beside_clauses(self, kind: str) -> bool:
        """Whether the number before of the same kind, under the same heading, was no heading."""
        node = self.stack[-1] if self.stack else self.root
        return kind in node.clauses_below

    def _unnumbered(self, paragraphs: Sequence[Paragraph], kind: str | None = None) -> None:
        node = self.stack[-1] if self.stack else self.root
        context = self._lead_in()
        self._not_alone()
        node.paragraphs += 1
        local = "/".join(filter(None, (local_id(self.stack), f"para_{node.paragraphs}")))
        if kind == "note":
            local = f"note_{node.paragraphs}"
        first = node.paragraphs == 1 and node.clause is None
        if not self.stack:
            label = "注" if kind == "note" else f"正文第{node.paragraphs}段"
        else:
            label = label_of(self.stack) + ("" if first else f"第{node.paragraphs}段")
        runs = [paragraph.spans for paragraph in paragraphs]
        if kind is None and self.amends and _AMENDS_A_PLACE.search(paragraphs[0].text):
            kind = "amendment"
        clause = self.draft.add(local, kind or self.kind, label, runs, self.path(), context)
        self._note_child(clause.id)
        self._stand(clause.id)
        if first and self.stack:
            node.first = clause.id
        if not _is_dash(paragraphs[0]):
            node.lead = paragraphs[0]

    def _note_of_table(self, paragraphs: Sequence[Paragraph]) -> None:
        """注：… under a table qualifies its rows."""
        note = self.draft.context("note", [span for p in paragraphs for span in p.spans])
        for position in self.rows:
            row = self.draft.clauses[position]
            self.draft.change(row.id, context=(*row.context, note))
        self.rows = range(0)

    def _stand(self, identity: str) -> None:
        """(责任单位：…。以下均需县‹市、区>人民政府、功能区管委会落实，不再列出): holds for all tasks below."""
        clause = self.draft.get(identity)
        if not RESPONSIBLE_WITHIN.search(clause.text):
            return
        if self.standing:
            self.draft.change(identity, context=(*clause.context, self.standing))
        found = _STANDING.search(clause.text)
        if found:
            for start, end in clause.spans:
                at = self.draft.source.find(found[0], start, end)
                if at >= 0:
                    self.standing = self.draft.context("standing", [(at, at + len(found[0]))])

    def _not_alone(self) -> None:
        """More comes under a heading: its first paragraph is no longer cited as the whole of it."""
        node = self.stack[-1] if self.stack else None
        if node and node.first:
            label = self.draft.get(node.first).label
            self.draft.change(node.first, label=f"{label}第1段")
            node.first = None

    def _list_line(self, paragraph: Paragraph) -> None:
        match = _LIST_LINE.match(paragraph.text)
        assert match is not None
        node = self.stack[-1] if self.stack else self.root
        node.paragraphs += 1
        self.draft.add(
            "/".join(filter(None, (local_id(self.stack), f"line_{node.paragraphs}"))),
            "list",
            squeeze(match["name"]),
            [paragraph.spans],
            self.path(),
        )

    def _responsible(self, paragraphs: Sequence[Paragraph]) -> None:
        """(牵头落实：…) on its own line: of the task above, or of the task whose steps end here.

        Two such lines (牵头单位：…⏎配合单位：…) belong together.
        """
        top = self.stack[-1]
        parent = self.stack[-2] if len(self.stack) > 1 else None
        target = top
        steps = top.number.isdigit() and int(top.number) >= 2
        if parent and steps and not parent.steps_are_tasks:
            target = parent
        alone = bool(top.clause) and self._untouched(top)
        runs = [paragraph.spans for paragraph in paragraphs]
        if target is top and alone and top.paragraphs == 1 and len(top.children) <= 1:
            self._extend(top.clause or "", runs)
            if parent:
                parent.steps_are_tasks = True
            return
        while self.stack[-1] is not target:
            self.stack.pop()
        tail = [self.draft.context("responsible", [span for run in runs for span in run])]
        for child in target.children:
            self.draft.change(child, context=(*self.draft.get(child).context, *tail))
        target.children = []  # a later line is of what comes after this one
        lead = target.lead
        context = [self.draft.context("lead_in", lead.spans)] if lead and target.clause else []
        local = "/".join(filter(None, (local_id(self.stack), "responsible")))
        self.draft.add(
            local, "responsible", label_of(self.stack) + "末段", runs, self.path(), context
        )

    def _untouched(self, node: Node) -> bool:
        """Whether the clause of a node is still its first paragraph alone."""
        return bool(
            node.clause and node.lead and self.draft.get(node.clause).spans == node.lead.spans
        )

    def _continues_amendment(self, text: str) -> bool:
        node = self.stack[-1] if self.stack else None
        return bool(
            node
            and node.clause
            and self.draft.get(node.clause).kind == "amendment"
            and _AMENDMENT_GOES_ON.match(text)
            and _AMENDING.search(text)
        )

    def _extend(self, identity: str, runs: Sequence[Sequence[Span]]) -> None:
        """Put paragraphs behind those of a clause."""
        clause = self.draft.get(identity)
        self.draft.change(
            identity,
            text=clause.text + "\n" + join(self.draft.source, runs),
            spans=(*clause.spans, *(span for run in runs for span in run)),
        )

    def _lead_in(self) -> list[Context]:
        """The paragraph above that ends with a colon, which what comes now needs."""
        if not self.stack:
            return []  # 现将有关事项通知如下： opens the whole notice and explains no point of it
        node = self.stack[-1]
        if node.lead and node.lead.text[-1] in "：:" and (node.clause or node.paragraphs):
            if node.lead_in is None or node.lead_in.spans != tuple(node.lead.spans):
                node.lead_in = self.draft.context("lead_in", node.lead.spans)
            return [node.lead_in]
        return []

    def _note_child(self, identity: str) -> None:
        for node in self.stack:
            node.children.append(identity)

    def _pop(self, rank: int) -> None:
        while self.stack and self.stack[-1].rank >= max(rank, 1):
            self.stack.pop()


def _note_goes_on(first: Paragraph, following: Paragraph, count: int) -> bool:
    """注：1.本表自2023年7月1日起执行。⏎2.小微企业减半收取。: the number goes on from that of the note."""
    numbered = marker(following.text)
    begins = re.match(r"^[^:：]{1,3}[:：]\s*1\s*[.．、]", first.text)
    return bool(begins and numbered and numbered.kind == "level_3" and numbered.number == count + 1)


def _is_short_heading(body: str) -> bool:
    """全面推进省级重大项目落地贯通。 heads what follows though it ends with a stop; a sentence does not.

    此复自印发之日起2年内未实质性启动建设的，自动失效。 has halves of unlike lengths.
    """
    halves = body.rstrip("。：:；").split("，")
    if len(halves) == 1:
        return len(body) <= 30
    return len(halves) == 2 and len(body) <= 26 and abs(len(halves[0]) - len(halves[1])) <= 2


def _is_list_line(text: str) -> bool:
    """鹿城区：滨江街道、南汇街道: a name and what belongs to it, not sentences behind a heading."""
    match = _LIST_LINE.match(text)
    return bool(
        match
        and not marker(text)
        and "。" not in match["rest"][:-1]
        and not RESPONSIBLE.match(text)
    )


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
