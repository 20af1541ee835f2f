"""What kind of answer a question asks for: an area, an amount, a day, who leads a task, a document's number.

Expecting the type of the answer is an old part of question answering (Li and Roth, Learning Question
Classifiers, COLING 2002). Here it only weighs: a clause that names exactly one thing of the kind asked
for answers more surely than one that names four, or none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_bot.text import fold

__all__ = ["KINDS", "QUANTITIES", "Quantities", "asked", "quantities"]

_N = r"(?:\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百千两]+)\s*"

# kind: what a question says that asks for it (Chinese, English, Italian, French, Spanish, Japanese), and
# how a clause writes one.
KINDS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "area": (
        re.compile(
            r"多大(?:的?(?:面积|地方|店|房|仓|场|铺|空间|地))?(?!的?(?:罚|力|比例|规模|金额|资本))|几个?平|多少个?平|(?<![\d.个])平(?:米|方)|(?<![\d ])(?:㎡|m2\b)|"
            r"面积.{0,8}(?:多少|几|最小|最低|至少|不少|不低|门槛|下限|够)|(?:多少|几|最小|最低|至少).{0,6}面积|(?:店面|铺面|门面|铺子|地方).{0,4}大小|"
            r"floor ?area|floor ?space|\b(?:minimum|least|smallest|required) (?:\w+ ){0,2}(?:area|space)\b|square met|how (?:big|large|small)(?! (?:was|were|an? fine|the fine))|\bsize\b|superfici|"
            r"metri quadr|metros cuadr|mètres carr|広さ|平米|面積は(?:最低)?(?:何|どれ)"
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
    "number": (
        re.compile(
            r"文号|[几哪]个?号文|哪个号|什么号|登记号|登记编号|统一编号|document (?:no|num)|reference n|"
            r"number of the (?:doc|not)|numéro (?:du|de)|numero (?:del|di)|número (?:del|de)|文書番号|番号"
        ),
        re.compile(r"〔\d{4}〕\s*\d+\s*号|[a-z]{4}\d{2}-\d{4}"),
    ),
    "page": (
        re.compile(
            r"几页|哪一?页|页码|which page|what page|page number|on page|quelle page|che pagina|qué página|何ページ|何頁"
        ),
        re.compile(r"…\s*\(\d+\)"),
    ),
    "effect": (
        re.compile(
            r"施行|实施|生效|执行|算数|作数|起用|实行|开始用|effective|effect\b|in force|into force|vigore|vigueur|vigor|発効"
        ),
        re.compile(r"自.{0,14}起.{0,4}(?:施行|实施|执行|生效|试行)"),
    ),
    "issued": (
        re.compile(
            r"(?:什么时候|啥时候|哪天|哪一?[天日]|哪年|几[号月]|何时|几时|日期|日子).{0,8}(?:发|出台|公布|落款|出版|出的|出来)|"
            r"(?:发|出台|公布|成文|落款|出版|签).{0,8}(?:什么时候|啥时候|哪天|哪一?[天日]|几[号月]|何时|日期|日子)|"
            r"issued|dated|publish|emess|pubblicat|publié|publicad|emitid|発行|発出"
        ),
        re.compile(r"(?m)^\s*\d{4}年\d{1,2}月\d{1,2}日\s*$|出版日期"),
    ),
    "leader": (
        re.compile(
            r"牵头|挑头|主责|责任单位|(?:谁|哪[个家些]?.{0,6}(?:局|部门|单位|委|机关|衙门|办)).{0,14}(?:负责|牵头|管|抓|落实|弄|做|承担|主|领)|"
            r"responsib|in charge|charge of|takes? the lead|leads?\b|incaricat|chargé|encargad|担当|所管"
        ),
        re.compile(r"牵头|责任单位|负责"),
    ),
    "person": (
        re.compile(
            r"谁|哪位|什么人|哪个(?:领导|市长|副市长|书记|人)|姓名|名字|领导|who\b|whom|\bchi\b|\bqui\b|quién|誰|だれ|mayor|sindaco|maire|"
            r"alcalde|市長"
        ),
        re.compile(r"(?:长|书记|主任|主席|主编|编辑)[：:]?[\u4e00-\u9fff]{2,3}"),
    ),
    "definition": (
        re.compile(
            r"什么是|啥意思|什么意思|指什么|指的是|算不算|算得上|怎么(?:才|样才)?算|怎样才算|才算|含义|定义|叫(?:啥|什么|做)|meaning|means|"
            r"mean\b|defin|significa|とは|意味"
        ),
        re.compile(r"是指|所称|的含义|,指"),
    ),
    "penalty": (
        re.compile(r"罚|fine\b|fined|penal|multa|amende|sanzion|sanción|罰"),
        re.compile(r"罚款|处罚|处以"),
    ),
    "imprint": (
        re.compile(
            r"公报|公報|官报|刊物|编辑部|编委|主编|订阅|赠阅|gazette|gazzetta|gaceta|bollettino|bulletin|bolet[ií]n|journal officiel"
        ),
        re.compile(
            r"(?m)^(?:主编|副主编|编辑|责任编辑|主任|副主任|委员|主办|主管|编印|编辑出版|出版|印刷|刊号|邮编|邮政编码|地址|电话|传真|邮箱|电子邮箱|网址|定价|出版日期)\s*:|"
            r"编辑委员会|总第\d+期|赠阅|准字"
        ),
    ),
    "list": (
        re.compile(
            r"哪些|哪几|名单|which (?:\w+ )?(?!is\b|was\b|has\b|does\b)\w+s\b|quali\b|quels|quelles|cuáles|どの"
        ),
        re.compile(r"[^、。;；:,]{2,12}、[^、。;；:,]{2,12}、[^、。;；:,]{2,12}"),
    ),
}
#: The kinds that are a number and its unit.
QUANTITIES = ("area", "money", "share", "time", "count")
_NAMES = tuple(KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """What all clauses name, by kind.

    Attributes:
        counts: int16 `(n, kinds)`, how many of each kind a clause names.
    """

    counts: NDArray[np.int16]

    def of(self, kind: str, positions: Sequence[int]) -> NDArray[np.float32]:
        """How well some clauses fit one kind, `(n,)`: as in `fit`, for a quantity 1 / c.

        Where a clause names c of them, any may be the one that is asked for.
        """
        return self._fit(kind, 1.0 if kind in QUANTITIES else 0.5)[list(positions)]

    def fit(self, kinds: Sequence[str]) -> NDArray[np.float32]:
        """For each clause how well it fits the kinds asked for, `(n,)`, 0 to 1.

        1 / sqrt(c) for a clause that names c things of a kind, 0 for none; the best kind counts.
        """
        best = np.zeros(len(self.counts), np.float32)
        for kind in kinds:
            best = np.maximum(best, self._fit(kind, 0.5))
        return best

    def _fit(self, kind: str, power: float) -> NDArray[np.float32]:
        count = self.counts[:, _NAMES.index(kind)]
        fit = np.where(count > 0, np.maximum(count, 1) ** -power, 0)
        return fit.astype(np.float32)


def asked(question: str) -> tuple[str, ...]:
    """The kinds of answer that `question` (simplified characters) asks for; many ask for none."""
    text = fold(question)
    return tuple(name for name, (cue, _) in KINDS.items() if cue.search(text))


def quantities(texts: Sequence[str], kinds: Sequence[str] = _NAMES) -> Quantities:
    """Count what texts name, by kind; of kinds other than `kinds` nothing is counted."""
    counts = np.zeros((len(texts), len(KINDS)), np.int16)
    for row, text in enumerate(texts if kinds else ()):
        folded = fold(text)
        for kind in kinds:
            written = KINDS[kind][1]
            counts[row, _NAMES.index(kind)] = min(len(written.findall(folded)), 30_000)
    return Quantities(counts)
