"""The engine of pages: reading order, tables, margins, asides."""

from __future__ import annotations

import math
import random

import pytest

from qa_bot.ingest import CELL_ABOVE, CELL_EMPTY, CELL_LEFT, LINE_FULL
from qa_bot.ingest.layout import Composer, Glyph, Mark, Rule, Sheet, sheet_of
from qa_bot.text import strip_space

A4 = (595.0, 842.0)


def glyphs(text: str, x: float, y: float, size: float = 10.0) -> list[Glyph]:
    found = []
    for char in text:
        width = size * (0.5 if char.isascii() else 1.0)
        found.append(Glyph(char, x, x + width, y, size))
        x += width
    return found


def page(*lines: tuple, rules: list[Rule] | None = None) -> Sheet:
    sheet = Sheet(*A4)
    for line in lines:
        sheet.glyphs.extend(glyphs(*line))
    sheet.rules = rules or []
    return sheet


def text_of(*sheets: Sheet) -> str:
    composer = Composer()
    for sheet in sheets:
        composer.add(sheet)
    return composer.result().text


def lines_of(*sheets: Sheet) -> list[str]:
    return [line.strip() for line in text_of(*sheets).splitlines() if line.strip()]


def test_drawn_in_any_order_the_lines_are_read_from_the_top():
    drawn = [(f"第{n}行的文字写在这里。", 72.0, 100.0 + 16 * n) for n in range(9)]
    random.Random(3).shuffle(drawn)
    assert lines_of(page(*drawn)) == [f"第{n}行的文字写在这里。" for n in range(9)]


def test_two_columns_one_after_the_other_with_a_title_across():
    left = [
        (f"左{n:02}为了加强管理保护权益制定本办法文字", 72.0, 140.0 + 16 * n) for n in range(12)
    ]
    right = [
        (f"右{n:02}为了加强管理保护权益制定本办法文字", 310.0, 145.0 + 16 * n) for n in range(12)
    ]
    title = ("关于印发某某市某某管理办法实施细则的通知全文如下", 150.0, 100.0, 14.0)
    found = lines_of(page(title, *[one for pair in zip(left, right, strict=True) for one in pair]))
    assert found[0].startswith("关于印发")
    assert [line[0] for line in found[1:]] == ["左"] * 12 + ["右"] * 12


def test_cells_without_rules_stay_in_their_rows():
    rows = [
        [("鹿城区", 72.0, y), (f"{n}.5", 250.0, y), (f"{n}%", 400.0, y)]
        for n, y in enumerate(range(100, 300, 16))
    ]
    found = lines_of(page(*[one for row in rows for one in row]))
    assert found[3].split() == ["鹿城区", "3.5", "3%"]


def lattice(xs: list[float], ys: list[float]) -> list[Rule]:
    return [Rule(xs[0], y, xs[-1], y) for y in ys] + [Rule(x, ys[0], x, ys[-1]) for x in xs]


def test_a_ruled_table_is_rows_of_cells_and_a_cell_of_several_lines_is_joined():
    rules = lattice([72, 150, 300, 500], [100, 120, 160])
    found = lines_of(
        page(
            ("表前的文字。", 72, 90), ("序号", 80, 114), ("名称", 160, 114), ("罚则", 310, 114),
            ("1", 80, 134), ("未依法备案的，经发现", 160, 134), ("及时纠正的", 160, 150),
            ("处罚款", 310, 134), ("表后的文字。", 72, 190),
            rules=rules,
        )
    )  # fmt: skip
    assert found == [
        "表前的文字。",
        "序号\t名称\t罚则",
        "1\t未依法备案的，经发现及时纠正的\t处罚款",
        "表后的文字。",
    ]


def test_merged_and_empty_cells_say_so():
    # The first column's cell covers two rows, the upper right one two columns.
    rules = [
        Rule(72, 100, 400, 100), Rule(150, 120, 400, 120), Rule(72, 140, 400, 140),
        Rule(72, 100, 72, 140), Rule(150, 100, 150, 140), Rule(270, 120, 270, 140), Rule(400, 100, 400, 140),
    ]  # fmt: skip
    found = text_of(
        page(("类别", 80, 114), ("横跨两列", 200, 114), ("乙", 280, 134), rules=rules)
    ).split("\n")
    assert found[0].split("\t") == ["类别", "横跨两列", CELL_LEFT]
    assert found[1].split("\t") == [CELL_ABOVE, CELL_EMPTY, "乙"]


def test_a_table_may_lack_its_outer_lines():
    rules = [Rule(72, y, 500, y) for y in (100, 120, 140)] + [Rule(200, 100, 200, 140)]
    found = lines_of(
        page(
            ("项目", 80, 114), ("数额", 210, 114), ("财政", 80, 134), ("35", 210, 134), rules=rules
        )
    )
    assert found == ["项目\t数额", "财政\t35"]


def test_a_frame_around_text_is_no_table():
    rules = lattice([60, 540], [60, 780])
    found = lines_of(
        page(("第一条 为了加强管理。", 72, 100), ("第二条 本法。", 72, 120), rules=rules)
    )
    assert found == ["第一条 为了加强管理。", "第二条 本法。"]


def test_heads_and_numbers_are_kept_as_furniture():
    composer = Composer()
    for number in range(1, 5):
        composer.add(
            page(
                ("某某市人民政府公报", 72, 40),
                (f"第{number}条 本页的正文写在这里。", 72, 100),
                (f"{number + 6}", 290, 820),
            )
        )
    found = composer.result()
    marked = [found.text[a:b] for a, b in found.furniture]
    assert marked == [one for n in range(7, 11) for one in ("某某市人民政府公报", str(n))]
    assert found.text.count("\f") == 3
    starts = [found.text[start : start + 3] for start in found.pages]
    assert starts == ["某某市"] * 4


def test_a_line_that_comes_again_in_the_body_is_no_furniture():
    sheets = [page(("附件", 72, 300), ("第一条 正文。", 72, 330)) for _ in range(4)]
    composer = Composer()
    for sheet in sheets:
        composer.add(sheet)
    assert composer.result().furniture == ()


def test_an_indent_and_a_full_line_are_told():
    lines = [
        ("第一条 为了加强本市行政区域内的管理和保护工作", 92, 100),
        ("根据有关法律制定本办法，结合本市实际情况，规范管", 72, 116),
        ("理工作。", 72, 132),
        ("第二条 本办法自发布之日起施行。", 92, 148),
    ]
    found = text_of(page(*lines)).split("\n")
    assert found[0].startswith("　　第一条")
    assert found[1].endswith(LINE_FULL)
    assert found[2] == "理工作。"


def test_raised_digits_stand_in_their_line():
    found = lines_of(page(("面积10m", 72, 100), ("2", 107, 96, 6.0), ("以上的仓库。", 111, 100)))
    assert found == ["面积10m2以上的仓库。"]


def test_text_from_top_to_bottom_is_read_column_by_column_from_the_right():
    sheet = Sheet(*A4)
    for column, text in enumerate(["第一列的文字从上往下", "第二列的文字从上往下"]):
        for row, char in enumerate(text):
            sheet.glyphs.append(
                Glyph(char, 500.0 - 20 * column, 510.0 - 20 * column, 100.0 + 12 * row, 10.0)
            )
    assert [strip_space(line) for line in lines_of(sheet)] == [
        "第一列的文字从上往下",
        "第二列的文字从上往下",
    ]


@pytest.mark.parametrize("quarter", range(4))
def test_a_page_is_turned_as_its_text_runs(quarter):
    width, height = A4 if quarter % 2 == 0 else A4[::-1]
    turned = {
        0: lambda x, y: (x, y),
        1: lambda x, y: (width - y, x),
        2: lambda x, y: (width - x, height - y),
        3: lambda x, y: (y, height - x),
    }[quarter]
    marks = []
    for row, text in enumerate(["第一行的文字", "第二行的文字"]):
        for column, char in enumerate(text):
            x, y = turned(100.0 + 10 * column, 100.0 + 16 * row)
            marks.append(Mark(char, x, y, 10.0, 10.0, quarter * math.pi / 2))
    sheet = sheet_of(marks, [], width, height)
    assert (sheet.width, sheet.height) == A4
    assert lines_of(sheet) == ["第一行的文字", "第二行的文字"]


def test_what_is_aslant_hidden_or_off_the_page_is_beside_the_text():
    def run(text, x, y, **more):
        return [Mark(char, x + 10 * n, y, 10.0, 10.0, **more) for n, char in enumerate(text)]

    marks = [
        *run("第一条 正文。", 100.0, 100.0),
        *run("机密", 100.0, 300.0, direction=0.7),
        *run("看不见", 100.0, 400.0, shown=False),
        *run("页外", 5000.0, 400.0),
    ]
    composer = Composer()
    composer.add(sheet_of(marks, [], *A4))
    found = composer.result()
    beside = "".join(found.text[a:b] for a, b in found.asides)
    assert sorted(strip_space(beside)) == sorted("机密看不见页外")
    assert "第一条" in found.text


def test_a_character_drawn_twice_for_bold_is_one_and_twins_side_by_side_are_two():
    marks = []
    for shift in (0.0, 0.3):
        marks += [Mark(c, 100 + shift + 10 * n, 100.0, 10.0, 10.0) for n, c in enumerate("通知")]
    marks += [Mark("l", 130.0, 100.0, 2.2, 10.0), Mark("l", 132.2, 100.0, 2.2, 10.0)]
    assert strip_space(text_of(sheet_of(marks, [], *A4))) == "通知ll"


def test_every_character_of_random_pages_is_in_the_text():
    rng = random.Random(5)
    for _ in range(60):
        marks = [
            Mark(
                rng.choice("第一条为了,.1a"), rng.uniform(-50, 700), rng.uniform(-50, 900),
                rng.uniform(0, 20), rng.choice([6.0, 10.0, 22.0]), rng.choice([0.0, 0.0, 0.5, 1.5707963]),
                rng.random() > 0.1,
            )
            for _ in range(rng.randrange(150))
        ]  # fmt: skip
        rules = [
            rng.choice((Rule(x, y, x + 200, y), Rule(x, y, x, y + 200)))
            for x, y in [
                (rng.uniform(0, 500), rng.uniform(0, 700)) for _ in range(rng.randrange(12))
            ]
        ]
        sheet = sheet_of(marks, rules, *A4)
        kept = [glyph.text for glyph in (*sheet.glyphs, *sheet.asides)]
        assert sorted(strip_space(text_of(sheet))) == sorted(kept)


def test_a_merged_cell_that_a_page_break_cuts_goes_on():
    def sheet(*rows):
        ys = [100 + 20 * n for n in range(len(rows) + 1)]
        lines = [
            (text, x, 114 + 20 * n)
            for n, row in enumerate(rows)
            for x, text in zip((80, 210, 410), row, strict=True)
            if text
        ]
        return page(*lines, rules=lattice([72, 200, 400, 520], ys))

    upper = sheet(("类别", "行为", "罚则"), ("市容", "甲", "罚款"))
    found = text_of(upper, sheet(("", "乙", "警告"), ("", "丙", "警告")))
    assert [line.split("\t") for line in found.replace("\f", "\n").split("\n")] == [
        ["类别", "行为", "罚则"],
        ["市容", "甲", "罚款"],
        [CELL_ABOVE, "乙", "警告"],
        [CELL_EMPTY, "丙", "警告"],
    ]
