"""What the columns of a list of exemptions mean, whatever their order.

A heading is known by its words; a heading that could mean several things (名称, 条款, 情形) counts only where what
its cells hold bears it out. Nothing is guessed of any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.exemptions.conditions import reads_as_condition
from qa_bot.exemptions.laws import citations_in
from qa_bot.text import squeeze

__all__ = ["Layout", "layout_of", "meaning_of"]

_UNLAWFUL = r"(?:轻微)?(?:环境|税收|消防|交通|行政)?违法"
_GRANTS = r"(?:不予|免予|免于|免除|从轻|减轻|从轻或者?减轻|从轻、减轻)(?:或者?减轻)?(?:行政)?(?:处罚|罚款)|免罚|不罚|首违不罚|轻微免罚"
#: Meaning of a heading, the narrower first; squeezed and without brackets.
_HEADINGS: tuple[tuple[str, str], ...] = (
    ("serial", r"序号|编号|项目编号|事项编号|No\.?|项次"),
    (
        "relief_basis",
        rf"(?:{_GRANTS}|裁量|免责)的?(?:法律|法定|政策)?(?:依据|条款)|(?:行政)?处罚法(?:依据|条款)",
    ),
    (
        "relief",
        r"处理(?:方式|措施|结果|决定|意见)|裁量(?:结果|决定|方式|种类)|适用种类|(?:不予|从轻|减轻)处罚(?:种类|类型|方式)|包容方式|执法方式|(?:不予|从轻|减轻)(?:行政)?处罚(?:的)?(?:幅度|标准|内容)",
    ),
    (
        "conditions",
        rf"(?:{_GRANTS}|免责|适用|裁量|从宽|包容)?的?(?:适用|具体|必要|法定)?(?:条件|要件)|适用(?:情形|情节|范围|标准)|(?:轻微违法(?:行为)?)?(?:{_GRANTS}|从轻|减轻|从宽|包容)的?(?:具体|适用)?(?:情形|情节|标准)",
    ),
    (
        "penalty",
        r"(?:法定|法律|相应|一般|对应|原|行政)?(?:罚则|处罚(?:内容|规定|标准|种类|幅度|措施|后果)(?:[和及与、](?:种类|幅度|标准))?)|(?:处罚)?(?:依据|条款)[及和与、](?:处罚)?(?:标准|内容|种类|幅度|规定|罚则)|法定处罚|法律责任|(?:法定|一般|对应)处罚(?:种类|幅度|标准)?|罚款(?:幅度|标准|数额|金额)",
    ),
    (
        "basis_penalty",
        r"(?:行政)?处罚(?:的)?(?:法律|法定|实施|设定)?依据|处罚条款|法律责任(?:依据|条款)|罚则依据|追责条款|定性及处罚依据",
    ),
    (
        "basis_prohibition",
        rf"(?:{_UNLAWFUL}|定性|禁止性?|义务性?|违反)(?:行为)?的?(?:法律)?(?:依据|条款|规定|法条)|违反的?(?:法律|法规|法条|条款|规定)(?:条款|规定|依据)?|义务条款|禁止条款",
    ),
    (
        "basis",
        r"(?:法律|法规|法定|设定|实施|适用|执法|主要|相关)?(?:法律|法规|规章)?(?:法规|规章)?(?:依据|条款依据)|法律(?:条款|条文|规定)|法条|依据(?:条款|名称|法条)?|(?:法律法规|法律、法规)(?:规章|、规章)?(?:名称|条款)?(?:及条款)?",
    ),
    (
        "violation",
        rf"(?:{_UNLAWFUL}|轻微|行政处罚|处罚|{_GRANTS})的?(?:具体)?(?:行为|事项|事实)(?:的?名称|的?描述|的?内容|种类|类型)?|(?:执法|监管|权力|检查)事项(?:名称)?|案由|违法案由|(?:{_GRANTS}|轻微违法|首违)(?:事项|项目|清单)(?:名称)?|事项名称|处罚事项名称",
    ),
    (
        "circumstances",
        rf"(?:具体|{_UNLAWFUL}|行为)?(?:行为)?的?(?:情形|情节|表现|具体情况)(?:描述|表现|说明)?|表现形式|具体(?:表现|行为)(?:形式)?|具体情形描述",
    ),
    ("authority", r"(?:实施|执法|主管|责任|处罚|行政|牵头)(?:主体|部门|机关|单位|机构)|部门|单位"),
    (
        "category",
        r"(?:事项|行为|违法|执法|业务|行业|专业|所属|监管|管理)?(?:类别|分类|类型|领域|门类|条线|大类|行业|种类|类)",
    ),
    ("remark", r"备注|说明|其他"),
)
#: Headings that say little by themselves, with what their cells must hold.
_OPEN: tuple[tuple[str, str], ...] = (
    ("basis", r"条款|规定|条文|法律|法规|内容|标准"),
    ("violation", r"名称|事项|项目|内容|行为|情况|问题|类型"),
)
_BRACKETS = re.compile(r"[（(][^（()）]*[）)]")
_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table means what.

    Attributes:
        meanings: of each column, in order; empty where its heading has no meaning that a record has a
            field for.
    """

    meanings: tuple[str, ...]

    def at(self, *meanings: str) -> list[int]:
        """The columns that mean any of these, in order."""
        return [column for column, one in enumerate(self.meanings) if one in meanings]


def layout_of(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Layout | None:
    """What the columns of a table mean, or `None` where it is not known which holds the violations.

    Args:
        columns: the headings, in order.
        cells: of each row the texts, as many as there are columns.

    Guarantees: besides the violations (or their circumstances) a table has a column that tells more of
    them, or no column that is not known; a meaning other than numbers, circumstances and bases is given once.
    """
    meanings: list[str] = []
    for at, heading in enumerate(columns):
        held = [row[at] for row in cells if at < len(row) and row[at].strip()]
        meanings.append(meaning_of(heading, held))
    named = [at for at, one in enumerate(meanings) if one == "violation"]
    # 事项名称 beside 违法行为: the name of a power, and what was done
    acts = [at for at in named if "行为" in columns[at]]
    for extra in named if acts else []:
        if extra != acts[0]:
            meanings[extra] = ""
    for meaning in ("violation", "penalty", "category", "authority", "relief"):
        for extra in [at for at, one in enumerate(meanings) if one == meaning][1:]:
            meanings[extra] = ""
    if "violation" not in meanings:
        # A table without a column of violations has them among the circumstances, or the conditions.
        for other in ("circumstances", "conditions"):
            if other in meanings:
                meanings[meanings.index(other)] = "violation"
                break
    told = {one for one in meanings if one} - {"serial", "remark", "category", "authority"}
    if "violation" not in told or (len(told) < 2 and "" in meanings):
        return None
    return Layout(tuple(meanings))


def meaning_of(heading: str, cells: Sequence[str] = ()) -> str:
    """What a heading, or the label of a line, means; empty where it is not known.

    Args:
        heading: as printed.
        cells: what stands under it, for headings that say little by themselves.
    """
    # Of a header of two lines the lower says more: 法定依据 over 违法依据 and 处罚依据.
    levels = [squeeze(_BRACKETS.sub("", level)) for level in reversed(heading.split(" "))]
    names = [*levels, "".join(reversed(levels))]
    for name in names:
        for meaning, form in _HEADINGS:
            if re.fullmatch(form, name):
                if meaning == "circumstances" and _share(cells, reads_as_condition) > _ENOUGH:
                    return "conditions"
                return meaning
    for name in names:
        for meaning, form in _OPEN:
            if re.fullmatch(form, name) and _bears_out(meaning, cells):
                return meaning
    return ""


def _bears_out(meaning: str, cells: Sequence[str]) -> bool:
    if meaning == "basis":
        return _share(cells, lambda text: bool(citations_in(text))) > _ENOUGH
    return (
        _share(cells, lambda text: bool(re.search(r"[未不没违擅逾]|的[，,。]?$", text))) > _ENOUGH
        and _share(cells, lambda text: bool(citations_in(text))) < 1 - _ENOUGH
    )


def _share(cells: Sequence[str], holds: object) -> float:
    if not cells or not callable(holds):
        return 0.0
    return sum(bool(holds(text)) for text in cells) / len(cells)
