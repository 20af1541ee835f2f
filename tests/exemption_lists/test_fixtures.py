"""The lists of this folder keep what their README promises: every string verbatim, every number in its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
LISTS = sorted(FOLDER.glob("*.txt"))

KEYS = (
    "relief",
    "category",
    "serial",
    "violation",
    "circumstances",
    "legal_basis",
    "penalty_quote",
    "penalty_tiers",
    "conditions",
    "general_conditions",
    "effective_from",
    "covers_undecided",
)
BASIS = ("law", "law_number", "article", "paragraph", "item")
TIER = ("condition", "lower", "upper", "unit", "of", "per")

# Ways to write the amounts of these lists; more is not needed here, and a parser is not borrowed from.
_DIGITS = "零一二三四五六七八九"
_AMOUNT = {"yuan": "元", "multiple": "倍", "percent": "%"}


def han(number: int) -> str:
    """The number below one hundred million as a law writes it: 125 is 一百二十五, 20000 is 二万."""
    if number >= 10000:
        rest = number % 10000
        return han(number // 10000) + "万" + (han(rest) if rest else "")
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + name
            zero = False
        else:
            zero = True
    return text[1:] if text.startswith("一十") else text


def forms(number: int, unit: str) -> set[str]:
    """How a fine of that size may be printed: 50000 yuan as 五万元, 5万元, 50000元, or its head 五万元."""
    suffix = _AMOUNT[unit]
    found = {f"{number}{suffix}", f"{han(number)}{suffix}"}
    if unit == "percent":
        found.add(f"百分之{han(number)}")
    if number % 10000 == 0:
        found.add(f"{number // 10000}万{suffix}")
    return found


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def stands(string: str, text: str) -> bool:
    """Whether the string stands in the text, white space aside, or in two cells that a page break has cut."""
    string = plain(string)
    if string in plain(text):
        return True
    cells = [plain(cell) for cell in re.split(r"[\t\n]", text)]
    return any(
        any(cell.endswith(string[:cut]) for cell in cells)
        and any(cell == string[cut:] for cell in cells)
        for cut in range(1, len(string))
    )


def load(path: Path) -> tuple[str, dict[str, Any]]:
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return path.read_text(encoding="utf-8"), wanted


def test_numbers() -> None:
    assert [han(n) for n in (2, 10, 19, 60, 105, 125, 200, 2000, 15000, 100000)] == [
        "二",
        "十",
        "十九",
        "六十",
        "一百零五",
        "一百二十五",
        "二百",
        "二千",
        "一万五千",
        "十万",
    ]


def test_every_list_has_both_files() -> None:
    assert [path.stem for path in LISTS] == sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_verbatim(path: Path) -> None:
    text, wanted = load(path)
    assert (
        {"records", "warnings", "check"} <= set(wanted) <= {"records", "warnings", "check", "notes"}
    )
    for record in wanted["records"]:
        assert tuple(record) == KEYS
        assert record["relief"] in ("exempt", "lighter", "reduced")
        strings = [record[name] for name in ("category", "serial", "violation", "penalty_quote")]
        for name in ("circumstances", "conditions", "general_conditions"):
            strings += record[name]
        for basis in record["legal_basis"]:
            assert tuple(basis) == BASIS
            strings += [f"《{basis['law']}》", basis["law_number"]]
        for tier in record["penalty_tiers"]:
            assert tuple(tier) == TIER
            strings += [tier["condition"], tier["of"], tier["per"]]
        for string in strings:
            assert string is None or stands(string, text), string


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_bases(path: Path) -> None:
    """Each reference is printed: 《law》, perhaps its number, then article, paragraph and item."""
    text, wanted = load(path)
    text = plain(text)
    for record in wanted["records"]:
        for basis in record["legal_basis"]:
            places = ""
            for name, suffix in (("article", "条"), ("paragraph", "款"), ("item", "项")):
                number = basis[name]
                if number is not None:
                    places += f"第[（(]?(?:{han(number)}|{number})[）)]?{suffix}"
                elif name == "paragraph" and basis["item"] is not None:
                    continue
                else:
                    places += rf"(?!第[^条款项]+{suffix})"
            number = f"（{basis['law_number']}）" if basis["law_number"] else ""
            direct = re.escape(f"《{basis['law']}》{number}") + places
            # 第六十条第一款第五项、第二款: the second place leans on the first.
            leaning = re.escape(f"《{basis['law']}》{number}") + r"[^《；）]{0,20}、" + places
            article = f"第{han(basis['article'])}条"
            elliptic = (
                re.escape(f"《{basis['law']}》{number}{article}")
                + r"[^《；）]{0,20}、"
                + places.removeprefix(
                    f"第[（(]?(?:{han(basis['article'])}|{basis['article']})[）)]?条"
                )
            )
            assert any(re.search(form, text) for form in (direct, leaning, elliptic)), basis


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_amounts(path: Path) -> None:
    """Each amount of a tier is printed in the record's quote, and no tier stands without a quote."""
    _, wanted = load(path)
    for record in wanted["records"]:
        quote = record["penalty_quote"] or ""
        for tier in record["penalty_tiers"]:
            assert tier["lower"] is not None or tier["upper"] is not None
            for name in ("lower", "upper"):
                if tier[name] is not None:
                    found = forms(tier[name], tier["unit"])
                    assert any(form in quote for form in found), (tier, quote)
            for name in ("condition", "of", "per"):
                assert tier[name] is None or tier[name] in quote, tier
        # A fine that is named with an amount has a tier.
        assert bool(re.search(r"[倍元%][^。；，]*(?:罚款|处罚)", quote)) <= bool(
            record["penalty_tiers"]
        )


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_edges(path: Path) -> None:
    """Parts carry no numbering and no punctuation at their ends; quotes and general conditions are sentences."""
    _, wanted = load(path)
    for record in wanted["records"]:
        parts = [record["violation"], *record["circumstances"], *record["conditions"]]
        parts += [part for part in (record["category"], record["serial"]) if part]
        for part in parts:
            assert not re.search(r"^(?:\d+\.|（|[一二三四五六七八九十]+、)|[，。；：]$", part), part
        assert record["penalty_quote"] is None or record["penalty_quote"].endswith("。")
        assert all(sentence[-1] in "。：" for sentence in record["general_conditions"])
