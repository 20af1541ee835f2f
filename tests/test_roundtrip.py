"""A document tree, written out as layouts write it, is read back as the same tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.ingest import Source
from qa_bot.outline import outline
from qa_bot.text import chinese_number, strip_space

# Words of real rules; none begins a number, a label or a date.
WORDS = st.sampled_from(
    [
        "企业应当建立健全管理制度",
        "经营场所面积与规模相适应",
        "主管部门依照职责负责监督检查",
        "申请人提交真实完整材料",
        "不得擅自改变用途",
        "市场监管部门予以公示",
        "有关单位和个人应当配合",
        "违反规定的责令改正",
        "按照国家有关标准执行",
        "鼓励社会力量参与建设",
        "县级以上人民政府加强领导",
        "工作人员对知悉的商业秘密予以保密",
    ]
)
# Where a page may end: in mid-sentence. What is printed between two pages varies.
PAGE_BREAKS = ("\n\n", "\n", "\n\f", "\n\n— 3 —\n\n", "\n- 12 -\n\f", "\n\n\f第 3 页 共 10 页\n\n")


@dataclass
class Item:
    text: str
    subitems: list[str] = field(default_factory=list)


@dataclass
class Paragraph:
    text: str
    items: list[Item] = field(default_factory=list)


@dataclass
class Article:
    paragraphs: list[Paragraph]


@dataclass
class Chapter:
    title: str
    articles: list[Article]


LETTERS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往"


def name(number: int) -> str:
    """A name that no other sentence has: the same words at three page edges would be a running head."""
    digits = ""
    while number:
        number, digit = divmod(number, len(LETTERS))
        digits += LETTERS[digit]
    return f"某{digits}单位"


def sentence(end: str) -> st.SearchStrategy[str]:
    words = st.lists(WORDS, min_size=2, max_size=4)
    return st.builds(
        lambda number, drawn: "，".join(name(number) + word for word in drawn) + end,
        st.integers(1, 10**9),
        words,
    )


TEXTS = sentence("。")
ITEMS = st.builds(
    Item, sentence("；"), st.one_of(st.just([]), st.lists(sentence("；"), min_size=2, max_size=3))
)
PARAGRAPHS = st.one_of(
    st.builds(Paragraph, TEXTS),
    st.builds(Paragraph, sentence("："), st.lists(ITEMS, min_size=2, max_size=4)),
)
ARTICLES = st.builds(Article, st.lists(PARAGRAPHS, min_size=1, max_size=3))
CHAPTERS = st.builds(
    Chapter,
    st.sampled_from(("总则", "设置标准", "监督管理", "附则")),
    st.lists(ARTICLES, min_size=1, max_size=4),
)


class Layout:
    """Draws how things are printed: widths, blanks and page breaks."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def draw(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def narrow(self, text: str) -> str:
        """Full-width punctuation, or half-width as many real texts have it."""
        if self.data.draw(st.booleans()):
            text = text.translate(str.maketrans("，；：（）", ",;:()"))
        return text

    def broken(self, text: str, first: int) -> str:
        """The text, perhaps cut by a page break within a sentence, not before its character `first`."""
        places = [
            at
            for at in range(max(first, 1), len(text) - 1)
            if all("\u4e00" <= char <= "\u9fff" for char in text[at - 1 : at + 1])
        ]
        if not places or not self.data.draw(st.booleans()):
            return text
        at = self.data.draw(st.sampled_from(places))
        return text[:at] + self.data.draw(st.sampled_from(PAGE_BREAKS)) + text[at:]


def write_rules(chapters: list[Chapter], layout: Layout) -> str:
    lines = ["某市药品经营管理办法"]
    gap, blank = layout.draw("\n", "\n\n"), layout.draw(" ", "　", "  ")
    number = 0
    for count, chapter in enumerate(chapters, start=1):
        lines.append(f"第{chinese_number(count)}章{blank}{chapter.title}")
        for article in chapter.articles:
            number += 1
            label = f"第{chinese_number(number)}条{blank}"
            for index, paragraph in enumerate(article.paragraphs):
                own = layout.narrow(paragraph.text)
                text = label + own if index == 0 else own
                # Where every article broke within its first words these could as well be captions.
                lines.append(layout.broken(text, len(label) + 10 if index == 0 else 1))
                for position, item in enumerate(paragraph.items, start=1):
                    mark = layout.narrow(f"（{chinese_number(position)}）")
                    lines.append(layout.broken(mark + layout.narrow(item.text), len(mark) + 1))
                    for place, subitem in enumerate(item.subitems, start=1):
                        mark = f"{place}{layout.draw('.', '．', '、')}"
                        lines.append(layout.broken(mark + layout.narrow(subitem), len(mark) + 1))
    return gap.join(lines) + "\n"


def plain(text: str) -> str:
    """A text without what the layout may change: widths of punctuation and white space."""
    return (
        strip_space(text).translate(str.maketrans(",;:()．、", "，；：（）..")).replace("、", ".")
    )


def read(text: str) -> list[tuple[str, str, str]]:
    """Chapter, id and own text of every clause that is no sum of others."""
    clauses = outline(Source("t.txt", text, "0" * 64)).parsed.clauses
    return [
        (clause.path[0], clause.id.split("/art_")[1], plain(clause.text))
        for clause in clauses
        if "/art_" in clause.id and clause.searchable
    ]


def expected(chapters: list[Chapter]) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    number = 0
    for count, chapter in enumerate(chapters, start=1):
        path = f"第{chinese_number(count)}章 {chapter.title}"
        for article in chapter.articles:
            number += 1
            for index, paragraph in enumerate(article.paragraphs, start=1):
                base = f"{number}/para_{index}"
                items = []
                for position, item in enumerate(paragraph.items, start=1):
                    subitems = [
                        f"{place}.{text}" for place, text in enumerate(item.subitems, start=1)
                    ]
                    whole = f"（{chinese_number(position)}）{item.text}" + "".join(subitems)
                    items.append((path, f"{base}/item_{position}", whole))
                    items.extend(
                        (path, f"{base}/item_{position}/subitem_{place}", subitem)
                        for place, subitem in enumerate(subitems, start=1)
                    )
                tops = [text for _, at, text in items if at.count("/") == 2]
                rows.append((path, base, paragraph.text + "".join(tops)))
                rows.extend(items)
    return [(path, at, plain(text)) for path, at, text in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(CHAPTERS, min_size=1, max_size=3), st.data())
def test_rules_are_read_back(chapters: list[Chapter], data: st.DataObject) -> None:
    assert read(write_rules(chapters, Layout(data))) == expected(chapters)


# Official documents: 一、（一）1.（1）, headings that run in or stand alone.


@dataclass
class Point:
    heading: str
    runs_in: bool
    texts: list[str]
    points: list[Point] = field(default_factory=list)


HEADINGS = st.sampled_from(
    [
        "加强组织领导",
        "健全工作机制",
        "优化营商环境",
        "强化资金保障",
        "推进数字化转型",
        "严格考核问责",
    ]
)


def points(depth: int) -> st.SearchStrategy[Point]:
    """Points of a depth: with a text of their own, or as a heading over what is under it."""
    leaf = st.builds(Point, HEADINGS, st.just(True), st.lists(TEXTS, min_size=1, max_size=2))
    if depth == 3:
        return leaf
    below = st.lists(points(depth + 1), min_size=2, max_size=3)
    return st.one_of(leaf, st.builds(Point, HEADINGS, st.just(False), st.just([]), below))


MARKS = (
    lambda layout, n: f"{chinese_number(n)}、",
    lambda layout, n: layout.narrow(f"（{chinese_number(n)}）"),
    lambda layout, n: f"{n}{layout.draw('.', '．', '、')}",
    lambda layout, n: layout.narrow(f"（{n}）"),
)
NAMES = ("part", "item", "point", "subpoint")


def write_points(all_points: list[Point], layout: Layout, depth: int, lines: list[str]) -> None:
    for count, point in enumerate(all_points, start=1):
        mark = MARKS[depth](layout, count)
        if point.runs_in:
            first, *others = point.texts
            head = f"{mark}{point.heading}。"
            # Before the first sentence's end a break could as well end a heading.
            lines.append(layout.broken(head + layout.narrow(first), len(head) + 1))
            lines.extend(layout.broken(layout.narrow(text), _past_comma(text)) for text in others)
        else:
            lines.append(mark + point.heading)
            write_points(point.points, layout, depth + 1, lines)


def _past_comma(text: str) -> int:
    """Where a paragraph without a number may break: a few words alone could be a heading."""
    return text.index("，") + 2


def expected_points(all_points: list[Point], prefix: str, depth: int) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for count, point in enumerate(all_points, start=1):
        at = f"{prefix}{NAMES[depth]}_{count}"
        if point.runs_in:
            rows.append((at, f"{point.heading}。{point.texts[0]}"))
            rows.extend(
                (f"{at}/para_{index}", text) for index, text in enumerate(point.texts[1:], start=2)
            )
        else:
            rows.extend(expected_points(point.points, at + "/", depth + 1))
    return [(at, plain(text)) for at, text in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(points(0), min_size=2, max_size=4), st.data())
def test_official_documents_are_read_back(tree: list[Point], data: st.DataObject) -> None:
    layout = Layout(data)
    lines: list[str] = []
    write_points(tree, layout, 0, lines)
    gap = layout.draw("\n", "\n\n")
    text = gap.join(["某市人民政府关于加强药品监管工作的意见", *lines]) + "\n"
    clauses = outline(Source("t.txt", text, "0" * 64)).parsed.clauses
    found = [
        (
            clause.id.split("/", 2)[2],
            re.sub(r"^(?:[（(]?[一二三四五六\d]+[）)、.]?)", "", plain(clause.text)),
        )
        for clause in clauses
    ]
    assert found == expected_points(tree, "", 0)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(PAGE_BREAKS[2:]))
def test_a_break_behind_a_full_stop_is_kept_and_said(one: str, other: str, page: str) -> None:
    """Whether a paragraph goes on over the page cannot be known: two stay two, with a warning."""
    text = f"某市人民政府关于加强药品监管工作的意见\n\n{one}{page}{other}\n"
    read_back = outline(Source("t.txt", text, "0" * 64))
    assert [strip_space(clause.text) for clause in read_back.parsed.clauses] == [one, other]
    assert any("line 3:" in warning for warning in read_back.warnings)
