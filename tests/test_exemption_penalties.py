"""Amounts as numbers, fines with their cases, conditions cut from violations, laws from citations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.exemptions.amounts import amounts_in, value_of
from qa_bot.exemptions.conditions import (
    enumerated,
    general_conditions,
    reads_as_condition,
    split_violation,
    undecided,
)
from qa_bot.exemptions.laws import citations_in, legal_basis
from qa_bot.exemptions.penalty import ordinary_penalty, penal_text
from qa_bot.exemptions.quoting import Quoted

_DIGITS = "零一二三四五六七八九"


def han(number: int) -> str:
    """A number below 10^12 as a law writes it: 125 is 一百二十五, 20000 is 二万, 10050 is 一万零五十."""
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            return han(high) + unit + (("零" if low < size // 10 else "") + han(low) if low else "")
    text, zero = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + unit
        zero = zero or (not digit and bool(text))
        zero = False if digit else zero
    return text


def styles(number: int) -> list[str]:
    """Ways in which gazettes write an amount of yuan."""
    ways = [f"{number}元", f"{number:,}元", f"{han(number)}元", f"{number} 元"]
    if number % 1000 == 0:
        ways.append(f"{number / 10_000:g}万元" if number < 10**8 else f"{number // 10_000}万元")
    ways.append("".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in ways[0]))  # ５００元
    return ways


round_numbers = st.integers(1, 999).flatmap(
    lambda n: st.sampled_from([n, n * 10, n * 100, n * 1000, n * 10_000, n * 100_000])
)


@given(st.integers(1, 10**11))
def test_chinese_numerals(number: int) -> None:
    assert value_of(han(number)) == number
    assert value_of(str(number)) == number


@given(st.data(), round_numbers, round_numbers)
def test_a_range_of_money(data: st.DataObject, one: int, other: int) -> None:
    low, high = sorted((one, other))
    first, second = (data.draw(st.sampled_from(styles(n))) for n in (low, high))
    for text, wanted in (
        (f"处{first}以上{second}以下的罚款", (low, high)),
        (f"处{first}以上、{second}以下罚款", (low, high)),
        (f"处{first}至{second}罚款", (low, high)),
        (f"处{second}以下的罚款", (None, high)),
        (f"处不超过{second}的罚款", (None, high)),
        (f"处{first}以上罚款", (low, None)),
        (f"处{first}罚款", (low, low)),
    ):
        quoted = Quoted(text, [(0, len(text))], "a")
        penalty = ordinary_penalty(quoted, 0, len(text))
        assert penalty is not None
        (tier,) = penalty.tiers
        assert (tier.lower, tier.upper, tier.unit) == (*wanted, "yuan"), text
        assert tier.passage.text in text


@given(
    st.integers(1, 99), st.integers(1, 99), st.sampled_from(["货值金额", "违法所得", "合同价款"])
)
def test_multiples_and_percentages(one: int, other: int, of: str) -> None:
    low, high = sorted((one, other))
    for text, unit in (
        (f"并处{of}{han(low)}倍以上{han(high)}倍以下的罚款", "multiple"),
        (f"处{of}{low}倍以上{high}倍以下罚款", "multiple"),
        (f"处以{of}百分之{han(low)}以上百分之{han(high)}以下的罚款", "percent"),
        (f"处{of}{low}%以上{high}%以下的罚款", "percent"),
    ):
        penalty = ordinary_penalty(Quoted(text, [(0, len(text))], "a"), 0, len(text))
        assert penalty is not None
        (tier,) = penalty.tiers
        assert (tier.lower, tier.upper, tier.unit, tier.of) == (low, high, unit, of), text


@given(st.text("处以上下万元倍百分之五十二〇0123.,，。罚款的；（）一%第条 ", max_size=40))
def test_amounts_of_any_text_stand_in_it(text: str) -> None:
    last = 0
    for one in amounts_in(text):
        assert last <= one.start < one.end <= len(text)
        assert one.lower is not None or one.upper is not None
        assert one.lower is None or one.upper is None or one.lower <= one.upper
        last = one.end


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("二百元以下", [(None, 200, "yuan")]),
        ("5-20万元", [(50_000, 200_000, "yuan")]),
        ("1至3倍", [(1, 3, "multiple")]),
        ("千分之五", [(0.5, 0.5, "percent")]),
        ("一万五千元", [(15_000, 15_000, "yuan")]),
        ("1.5万元以下", [(None, 15_000, "yuan")]),
        ("第三十一条第三款", []),
        ("3日内改正", []),
        ("三次以上", []),
    ],
)
def test_amounts(text: str, wanted: list[tuple[object, ...]]) -> None:
    assert [(one.lower, one.upper, one.unit) for one in amounts_in(text)] == wanted


def tiers(text: str, item: int | None = None) -> list[tuple[object, ...]]:
    quoted = Quoted(text, [(0, len(text))], "a")
    found = penal_text(text, citations_in(text), whole=True)
    assert found is not None
    penalty = ordinary_penalty(quoted, found[0], found[1], item or found[2])
    assert penalty is not None
    return [
        ("，".join(one.text for one in tier.conditions), tier.lower, tier.upper, tier.unit, tier.of, tier.per)
        for tier in penalty.tiers
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # the violation said again is no case of its own
        ("未备案的，由主管部门责令改正，处五万元以下的罚款。", [("", None, 50_000, "yuan", None, None)]),
        (
            "责令改正，处5万元以上20万元以下的罚款；逾期不改正的，处20万元以上100万元以下的罚款。",
            [("", 50_000, 200_000, "yuan", None, None), ("逾期不改正的", 200_000, 1_000_000, "yuan", None, None)],
        ),
        (
            "对单位处五千元以上五万元以下罚款，对个人处二百元以下罚款。",
            [("对单位", 5000, 50_000, "yuan", None, None), ("对个人", None, 200, "yuan", None, None)],
        ),
        # a threshold is no fine
        (
            "货值金额不足一万元的，并处五万元以上十万元以下罚款；货值金额一万元以上的，并处货值金额十倍以上二十倍以下罚款。",
            [
                ("货值金额不足一万元的", 50_000, 100_000, "yuan", None, None),
                ("货值金额一万元以上的", 10, 20, "multiple", "货值金额", None),
            ],
        ),
        (
            "有违法所得的，处违法所得一倍以上五倍以下的罚款；没有违法所得的，处三万元以下的罚款。",
            [
                ("有违法所得的", 1, 5, "multiple", "违法所得", None),
                ("没有违法所得的", None, 30_000, "yuan", None, None),
            ],
        ),
        ("责令清除，每张处50元罚款。", [("", 50, 50, "yuan", None, "每张")]),
        ("给予警告，责令限期改正。", []),
        ("责令改正，并处罚款。", [("", None, None, None, None, None)]),
        ("按日加收万分之五的滞纳金。", []),
        ("《甲条例》第五条：责令改正，可以处一千元以下罚款。", [("", None, 1000, "yuan", None, None)]),
    ],
)  # fmt: skip
def test_fines_and_their_cases(text: str, wanted: list[tuple[object, ...]]) -> None:
    assert tiers(text) == wanted


def test_only_the_fine_of_the_rows_own_item() -> None:
    text = (
        "有下列行为之一的，处以罚款：（一）甲；有前款第一项、第八项行为之一的，处五千元以上五万元以下的罚款；"
        "有前款第二项至第七项行为之一的，处一万元以上十万元以下的罚款。"
    )
    assert [row[1:3] for row in tiers(text, 1)] == [(5000, 50_000)]
    assert [row[1:3] for row in tiers(text, 5)] == [(10_000, 100_000)]
    assert len(tiers(text)) == 3  # not known: all of them, with what each is for


@pytest.mark.parametrize(
    ("violation", "condition"),
    [
        ("建设单位未依法备案登记表的，", "经发现后能及时主动纠正的。"),
        ("不按照规定制定应急预案,", " 经发现后能及时主动纠正的, 且未造成环境污染的。"),
        ("违反规定，不设置识别标志的，", "经发现后能及时主动纠正并且未造成不良后果的。"),
        ("擅自拆除治理设施的，", "经检测结果未超标的。"),
        ("未按规定公开信息，逾期未改正的", ""),  # what was not done is no condition
        ("未经批准，擅自经营高危险性体育项目", ""),
        ("未及时向售粮者支付售粮款", ""),
        ("首次未悬挂许可证", ""),  # never empty
        ("纳税人以其他凭证代替发票使用，", "没有违法所得的"),
    ],
)
def test_a_condition_is_cut_from_the_violation(violation: str, condition: str) -> None:
    assert split_violation(violation + condition) == len(violation)


@given(st.text("未经备案的，及时改正首次且造成后果。, ", max_size=40))
def test_a_violation_keeps_something(text: str) -> None:
    cut = split_violation(text)
    assert 0 <= cut <= len(text)
    assert cut > 0 or not text
    assert cut == len(text) or text[cut - 1] in "，,"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("及时改正", True), ("未造成危害后果", True), ("违法所得不足一千元", True), ("首次被发现", True),
        ("逾期不改正的", False), ("未及时改正的", False), ("未悬挂许可证", False), ("情节严重", False),
    ],
)  # fmt: skip
def test_what_reads_as_a_condition(text: str, wanted: bool) -> None:
    assert reads_as_condition(text) is wanted


@pytest.mark.parametrize(
    ("text", "lead", "points"),
    [
        (
            "同时符合：1.首次违法；2.违法所得3.5万元以下。",
            "同时符合：",
            ["首次违法；", "违法所得3.5万元以下。"],
        ),
        ("（一）首次（二）当场改正", None, ["首次", "当场改正"]),
        ("①甲②乙", None, ["甲", "乙"]),
        ("第九十九条第（一）项规定的情形", None, ["第九十九条第（一）项规定的情形"]),
        ("首次违法；当场改正。", None, ["首次违法；", "当场改正。"]),
        ("3.5倍以下", None, ["3.5倍以下"]),
    ],
)
def test_counted_conditions(text: str, lead: str | None, points: list[str]) -> None:
    above, found = enumerated(text)
    assert (text[slice(*above)] if above else None) == lead
    assert [text[a:b].strip() for a, b in found] == points


def test_conditions_of_a_notice() -> None:
    told = [
        "本清单所指轻微违法不予处罚，是指当事人首次违反且情节轻微的，不予行政处罚。",
        "注：上述事项仅适用于首次被发现的当事人。",
        "符合《行政处罚法》第三十三条规定的，对清单所列违法行为不予行政处罚。",
        "对附件1所列违法行为，初次违法且及时改正的，可以不予行政处罚。",
    ]
    for text in told:
        assert [text[a:b] for a, b in general_conditions(text)] == [text.removeprefix("注：")]
    for text in (
        "根据《行政处罚法》“违法行为轻微并及时纠正，不予行政处罚”的规定，梳理形成清单，现印发给你们。",
        "各大队应当加强批评教育。",
        "适用本规定不予行政处罚的，应当制作下列文书：",
        "本通知自2019年5月1日起实施。",
    ):
        assert list(general_conditions(text)) == []


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("本规定生效时尚未作出行政处罚决定的案件可以适用本规定。", True),
        ("施行前尚未作出处罚决定的，不适用本清单。", False),
        ("本通知施行前已经立案的案件，仍按原规定办理。", False),
        ("本通知自2019年5月1日起实施。", None),
    ],
)
def test_cases_not_yet_decided(text: str, covered: bool | None) -> None:
    found = undecided(text)
    assert (found[1] if found else None) is covered


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "《企业财务通则》第（财政部令第41号）第七十三条",
            [("企业财务通则", "财政部令第41号", 73, None, None)],
        ),
        ("政府采购法第八十三条", [("政府采购法", None, 83, None, None)]),
        ("《甲法》第23条第2款第3项", [("甲法", None, 23, 2, 3)]),
        (
            "1.《甲法》第三条；2.《乙办法》第四条第一款、第五条第（二）项",
            [
                ("甲法", None, 3, None, None),
                ("乙办法", None, 4, 1, None),
                ("乙办法", None, 5, None, 2),
            ],
        ),
        ("《甲法》（2018年修正）第三条", [("甲法", None, 3, None, None)]),
        # 本法 and 前款 within the wording that is quoted are no bases
        (
            "《甲法》第五十条 违反本法第十五条的规定，有前款第一项行为的，并处罚款。",
            [("甲法", None, 50, None, None)],
        ),
        (
            "《甲办法》（建设部、卫生部令第53号）第二十五条",
            [("甲办法", "建设部、卫生部令第53号", 25, None, None)],
        ),
        ("无", []),
    ],
)
def test_laws(text: str, wanted: list[tuple[object, ...]]) -> None:
    quoted = Quoted(text, [(0, len(text))], "a")
    found = legal_basis(quoted, citations_in(text))
    assert [(o.law, o.law_number, o.article, o.paragraph, o.item) for o in found] == wanted
    assert all(one.passage.text in text for one in found)
