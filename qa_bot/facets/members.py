"""Whether a text that counts things names them: 11个重点园区要编制方案 counts eleven and names none.

Who asks which eleven they are knows the number from such a text; what answers is one that lists them.
"""

from __future__ import annotations

from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.text import fold, parse_number

__all__ = ["asked_members", "told_members"]

_COUNTED = late(
    rf"(?<![第\d.])({NUMERAL})\s*(?:个(?!月|百分点|工作日|小时|季度)|家|名|位|项|条|种|类|块|大|处|座|所|人|户|件|批|支|%)"
)
_SENTENCE = late(r"[。;；\n]")
_PART = late(r"[,，:：]")
# What follows names them, here or further down: …包括:, 分别是….
_NAMED_AFTER = late(r"[^,。;]{0,16}(?::|,?(?:即|包括|分别|依次|指))")
_LEAST = 3
_QUOTED = late(r"[“《〈「\"'][^”》〉」\"']{1,30}[”》〉」\"']")
_ASKS = late(
    r"哪(?!一?[天年月日])|谁|名单|名册|清单|分别|包括|叫什么|叫啥|名字|是什么(?!时)|指什么|列|何々|どの|どこ|一覧|リスト|"
    r"\b(?:which|what|who|list|name[sd]?|quali|elenco|nomi|lista|quel(?:le)?s|liste|noms|cuáles|qué|nombres)\b"
)
_WORDS = {
    word: at
    for at, words in enumerate(
        (
            "three tre trois tres", "four quattro quatre cuatro", "five cinque cinq cinco", "six sei seis",
            "seven sette sept siete", "eight otto huit ocho", "nine nove neuf nueve", "ten dieci dix diez",
            "eleven undici onze once", "twelve dodici douze doce",
        ),
        3,
    )
    for word in words.split()
}  # fmt: skip
_NUMBER = late(r"(?<![\d.,年/\-])(\d{1,3})(?![\d.,%年月日号/\-])")
# Article 72 is one thing and no seventy-two.
_CITED = late(r"\b(?:art(?:icles?|icolo|[íi]culo|\.)?|punto|point) \d+")
_WORD = late(r"[^\W\d_]+")
_ASKED = late(rf"哪\s*({NUMERAL})\s*\w")


def asked_members(question: str) -> frozenset[int]:
    """The numbers of things that a question wants named, from 3.

    哪十一个, 57个劳模的名单, which eight projects; no number of a question that does not ask which they are.
    """
    folded = _CITED.sub(" ", fold(question))
    if not _ASKS.search(folded):
        return frozenset()
    numbers = [parse_number(one) for one in (*_ASKED.findall(folded), *_COUNTED.findall(folded))]
    numbers += [int(one) for one in _NUMBER.findall(folded)]
    numbers += [_WORDS[one] for one in _WORD.findall(folded) if one in _WORDS]
    return frozenset(one for one in numbers if one and one >= _LEAST)


def told_members(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of things that a text counts and names, and of those that it only counts, from 3.

    It names them where as many stand side by side (甲、乙、丙; “甲”“乙”“丙”) in the same part of the sentence as their
    number, or where what follows says that they come: 包括, a colon.
    """
    named: set[int] = set()
    counted: set[int] = set()
    for sentence in _SENTENCE.split(fold(text)):
        at = 0
        for part in _PART.split(sentence):
            side_by_side = max(part.count("、") + 1, len(_QUOTED.findall(part)))
            for match in _COUNTED.finditer(part):
                number = parse_number(match[1]) or 0
                if number < _LEAST:
                    continue
                after = sentence[at + match.end() :]
                listed = side_by_side >= number or bool(_NAMED_AFTER.match(after))
                (named if listed else counted).add(number)
            at += len(part) + 1
    return frozenset(named), frozenset(counted - named)
