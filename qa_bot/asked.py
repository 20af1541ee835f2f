"""What kind of answer a question asks for: an area, an amount of money, a share, a day, a number.

Expecting the type of the answer is an old part of question answering (Li and Roth, Learning Question
Classifiers, COLING 2002). Here it only weighs: a clause that names exactly one quantity of the kind asked
for answers more surely than one that names four, or none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_bot.text import fold

__all__ = ["KINDS", "Quantities", "asked", "quantities"]

_N = r"(?:\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百千两]+)\s*"

# kind: what a question says that asks for it (Chinese, English, Italian, French, Spanish, Japanese), and
# how a clause writes one.
KINDS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "area": (
        re.compile(
            r"面积|多大|几平|多少平|平米|平方|㎡|m2|floor ?area|floor ?space|square met|how (?:big|large)|size|superfic|"
            r"surface|metri quadr|metros cuadr|mètres carr|広さ|平米"
        ),
        re.compile(_N + r"(?:平方米|平方公里|㎡|m2|亩|公顷)"),
    ),
    "money": (
        re.compile(
            r"多少钱|几块|几万|几千|多少万|多少亿|多少元|金额|罚多少|罚款多少|补多少|贷多少|奖多少|奖励多少|补贴多少|多少.{0,6}"
            r"(?:钱|贷款|补贴|奖励|奖金|罚款|费用|资金|投资)|how much (?:money|fine|loan)|amount|\bfine\b|\bloan|quanti soldi|importo|"
            r"montant|combien d.argent|importe|cuánto dinero|いくら|金額"
        ),
        re.compile(_N + r"(?:多|余)?(?:万|亿|千|百)?元"),
    ),
    "share": (
        re.compile(
            r"百分之|百分比|比例|几成|占比|几个点|多少个点|率.{0,6}(?:多少|几|多高)|多少.{0,4}率|percent|proportion|share|pourcent|"
            r"porcentaje|percentual|割合|何%|パーセント"
        ),
        re.compile(_N + r"(?:%|个百分点)|百分之"),
    ),
    "time": (
        re.compile(
            r"什么时候|啥时候|何时|几月|几号|哪天|哪一天|哪年|哪一年|多久|多长时间|几年|几天|几个月|期限|截止|when\b|what date|deadline|"
            r"how long|quando|entro|quand\b|date limite|cuándo|fecha|plazo|いつ|何日|何月|期限"
        ),
        re.compile(_N + r"(?:年|月|日|天|个月|小时|分钟)"),
    ),
    "count": (
        re.compile(
            r"(?:多少|几)\s*(?:个|家|人|名|位|次|座|台|条|项|件|处|所|辆|则|种|类|级)|how many|quant[ei]\b|combien de|cuánt[oa]s|何人|何件|いくつ"
        ),
        re.compile(_N + r"(?:多|余)?(?:个|家|人|名|位|次|座|台|条|项|件|处|所|辆|则|种|类|级)"),
    ),
}
_NAMES = tuple(KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """The quantities of all clauses.

    Attributes:
        counts: int16 `(n, kinds)`, how many of each kind a clause names.
    """

    counts: NDArray[np.int16]

    def fit(self, kinds: Sequence[str]) -> NDArray[np.float32]:
        """For each clause how well it fits the kinds asked for, `(n,)`, 0 to 1.

        1 / sqrt(c) for a clause that names c quantities of a kind, 0 for none; the best kind counts.
        """
        fit = np.zeros(len(self.counts), np.float32)
        for kind in kinds:
            count = self.counts[:, _NAMES.index(kind)]
            fit = np.maximum(fit, np.where(count > 0, 1 / np.sqrt(np.maximum(count, 1)), 0))
        return fit.astype(np.float32)


def asked(question: str) -> tuple[str, ...]:
    """The kinds of quantity that `question` (simplified characters) asks for; most ask for none."""
    text = fold(question)
    return tuple(name for name, (cue, _) in KINDS.items() if cue.search(text))


def quantities(texts: Sequence[str]) -> Quantities:
    """Count the quantities of texts."""
    counts = np.zeros((len(texts), len(KINDS)), np.int16)
    for row, text in enumerate(texts):
        folded = fold(text)
        for column, (_, written) in enumerate(KINDS.values()):
            counts[row, column] = min(len(written.findall(folded)), 30_000)
    return Quantities(counts)
