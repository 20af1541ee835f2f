"""What a text points at, as it is written: 《…》（文号）第五十一条第一款, 本细则第十八条, 前款, 附件2."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qa_bot.gazette.grammar import NUMERAL, numbers_in
from qa_bot.patterns import late
from qa_bot.text import chinese_number, parse_number

__all__ = ["LEVELS", "Mention", "Place", "Step", "find_mentions", "place_label"]

_WORD = (
    "法|条例|办法|规定|细则|规则|决定|通知|意见|方案|规范|标准|制度|准则|章程|公约|通则|解释|预案|计划|"
    "规划|纲要|要点|清单|目录|公告|通告|批复|函|措施|政策|指南|导则"
)
# 《关于印发〈…办法（试行）〉的通知》（温食药监〔2008〕53号); marks may nest though they should not:
# 《温州市药品零售企业〈药品经营许可证〉换证工作实施方案》.
_WORK = late(r"《(?P<title>[^《》]{1,150}(?:《[^《》]{1,80}》[^《》]{0,80})*)》")
# 政府采购法第八十三条, 依照民法典第五条: a law named without marks, directly before the provision.
_UNMARKED = late(
    rf"(?P<title>[\u4e00-\u9fff]{{1,24}}(?:法典|通则|法|条例|规则))(?=第\s*{NUMERAL}\s*条)"
)
_NAMED = late("[法典例则]第")
_BEFORE_TITLE = late(
    r".*(?:违反|依照|根据|按照|依据|适用|参照|执行|以及|或者|符合|触犯|构成|所称|和|与|及|或|对|在|由|按|的)"
)
# 《企业财务通则》第（财政部令第41号）第七十三条 is printed with a stray 第.
_BRACKET = late(r"\s*第?\s*[（(](?P<inner>(?:[^（()）]|[（(][^（()）]*[）)]){1,80})[）)]")
_ALIAS = late(r"(?:以下|下)简?称(?:为)?\s*[“《\"]?(?P<alias>[^”》\"，、；;]{2,30})")
# 本细则第十八条, 该办法第三条; a word that goes on (本办法律师) is none.
_OWN = late(
    rf"(?P<which>本|该|上述)(?P<word>实施(?:细则|办法|方案|意见)|暂行(?:办法|规定)|(?:{_WORD})(?!{_WORD}|人|律|定))"
)
# 本条例, 以上条件, 目前项目 are none
_HERE = late(r"(?<![一-龥]本)本(?P<unit>编|章|节|条|款|项)(?![件目例程])")
_PREVIOUS = late(
    r"(?<![以目提当])(?:前|上)(?P<count>[一两二三四五六七八九\d])?(?P<unit>款|条|项)(?![件目例])"
)
# 及其附录 is another work's
_ANNEX = late(rf"附\s*(?:[件表]|录(?={NUMERAL}))(?P<number>{NUMERAL})?(?![0-9-])")
_STEP = late(
    rf"第\s*+(?P<numbers>[（(]?+\s*+{NUMERAL}\s*+[）)]?(?:\s*+、\s*+第?[（(]?{NUMERAL}[）)]?){{0,30}})\s*+(?P<unit>编|章|节|条|款|项|目|点|部分)"
    rf"(?P<sub>之{NUMERAL})?"
)
_BARE_ITEM = late(rf"[（(](?P<numbers>{NUMERAL})[）)]\s*(?P<unit>项)")
_NUMERAL = late(NUMERAL)
_AND = late(r"\s*(?:、|和|及|与|以及|或者|或|；(?=第))\s*(?=第)")
_TO = late(r"\s*(?:至|到|—|–|-|～|~)\s*(?=第)")
# 第三条生产线 and 第一条消息 count things.
_COUNTED = late(
    r"(?:生产线|流水线|专线|航线|线路|路线|地铁|高铁|铁路|公路|道路|通道|跑道|街|路|河|船|鱼|狗|消息|新闻|措施|举措|意见|建议|经验|规律)"
)
LEVELS = {"编": 0, "章": 1, "节": 2, "部分": 3, "点": 3, "条": 4, "款": 5, "项": 6, "目": 7}
_FARTHEST = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a place: 第三款 is ("款", 3); `inserted` is 2 for 第十条之二."""

    unit: str
    number: int
    inserted: int = 0


Place = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text points at.

    Attributes:
        start: where it begins in the text.
        end: behind it.
        kind: work (《…》, or a document number alone), own (本细则), here (本条), previous (前款), bare
            (第五条 with nothing before it) or annex.
        title: in book title marks, without them.
        number: 发文字号 in normal form.
        alias: what the text calls the work from here on (以下简称…).
        word: 细则 of 本细则; the unit of 本条 and 前款.
        count: 2 for 前两款; the number of an annex, 0 where it has none; 1 for 该法, which is not one's own.
        places: the provisions named, 第二十九条至第三十二条 as four; empty for the work as a whole.
    """

    start: int
    end: int
    kind: str
    title: str | None = None
    number: str | None = None
    alias: str | None = None
    word: str = ""
    count: int = 0
    places: tuple[Place, ...] = ()


def place_label(place: Place) -> str:
    """A place in normal form: 第二十三条第二款第（三）项."""
    words = []
    for step in place:
        number = chinese_number(step.number)
        number = f"（{number}）" if step.unit == "项" else number
        sub = f"之{chinese_number(step.inserted)}" if step.inserted else ""
        words.append(f"第{number}{step.unit}{sub}")
    return "".join(words)


def find_mentions(text: str) -> list[Mention]:
    """Everything that a text points at, in order; nothing is looked up.

    Guarantees: mentions do not overlap. Words that only look like references (三条红线, 第三条生产线, 第9号台风,
    2号线) are none.
    """
    found: list[Mention] = []
    taken = bytearray(len(text))

    def free(start: int, end: int) -> bool:
        return not any(taken[start:end])

    def take(mention: Mention) -> None:
        found.append(mention)
        taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)

    for match in _WORK.finditer(text):
        take(_work(text, match))
    if _NAMED.search(text):
        for match in _UNMARKED.finditer(text):
            before = _BEFORE_TITLE.match(match["title"])
            start = match.start() + (before.end() if before else 0)
            title = text[start : match.end()]
            if len(title) < 2 or title.startswith(("本", "该", "办")) or title.endswith("办法"):
                continue
            places, end = _places(text, match.end())
            if free(start, end) and places:
                take(Mention(start, end, "work", title, places=places))
    if "号" in text:
        for number, start, end in numbers_in(text):
            if free(start, end):
                places, end = _places(text, end)
                take(Mention(start, end, "work", number=number, places=places))
    if "本" in text or "该" in text or "上述" in text:
        for match in _OWN.finditer(text):
            places, end = _places(text, match.end())
            if free(match.start(), end) and places:
                that = int(match["which"] != "本")
                take(
                    Mention(
                        match.start(), end, "own", word=match["word"], count=that, places=places
                    )
                )
        for match in _HERE.finditer(text):
            places, end = _places(text, match.end(), match["unit"])
            if free(match.start(), end):
                take(Mention(match.start(), end, "here", word=match["unit"], places=places))
    if "前" in text or "上" in text:
        for match in _PREVIOUS.finditer(text):
            if _COUNTED.match(text, match.end()):
                continue
            places, end = _places(text, match.end(), match["unit"])
            count = parse_number(match["count"]) or 1 if match["count"] else 1
            if free(match.start(), end):
                take(
                    Mention(
                        match.start(),
                        end,
                        "previous",
                        word=match["unit"],
                        count=count,
                        places=places,
                    )
                )
    if "第" in text:
        position = text.find("第")
        while position >= 0:
            places, end = _places(text, position)
            if places and free(position, end):
                take(Mention(position, end, "bare", places=places))
            position = text.find("第", max(end, position + 1))
    if "附" in text:
        for match in _ANNEX.finditer(text):
            if free(match.start(), match.end()):
                take(
                    Mention(
                        match.start(),
                        match.end(),
                        "annex",
                        count=parse_number(match["number"] or "0") or 0,
                    )
                )
    return sorted(found, key=lambda mention: mention.start)


def _work(text: str, match: re.Match[str]) -> Mention:
    """《…》 with the number or alias in brackets behind it, and the provisions behind that."""
    end = match.end()
    number: str | None = None
    alias: str | None = None
    bracket = _BRACKET.match(text, end)
    if bracket:
        numbers = numbers_in(bracket["inner"])
        called = _ALIAS.search(bracket["inner"])
        if numbers or called:
            number = numbers[0][0] if numbers else None
            alias = called["alias"] if called else None
            end = bracket.end()
    places, end = _places(text, end)
    return Mention(match.start(), end, "work", match["title"], number, alias, places=places)


def _places(text: str, start: int, within: str | None = None) -> tuple[tuple[Place, ...], int]:
    """The provisions named from `start` on, and where they end; nothing where none begins there.

    第二十三条第一款、第三款 are two places of one article; 第五、六条 are two articles.

    Args:
        text: to look at.
        start: where the first must begin.
        within: 款 for what stands behind 前款 or 本款: only parts of it can follow.
    """
    places: list[Place] = []
    current: Place = ()
    end = start
    pending: str | None = None
    position = start
    while True:
        match = _STEP.match(text, position)
        if match is None and within in ("款", "条") and not current:
            match = _BARE_ITEM.match(text, position)
        if match is None:
            break
        unit = match["unit"]
        numbers = [parse_number(number) for number in _NUMERAL.findall(match["numbers"])]
        if None in numbers or not all(numbers):
            break
        if unit in ("条", "点") and _COUNTED.match(text, match.end()):
            break
        if within and not current and not places and LEVELS[unit] <= LEVELS[within]:
            break
        sub = match.groupdict().get("sub")
        inserted = parse_number(sub[1:]) if sub else 0
        steps = [Step(unit, number or 0) for number in numbers]
        steps[-1] = replace(steps[-1], inserted=inserted or 0)
        above = tuple(step for step in current if LEVELS[step.unit] < LEVELS[unit])
        deeper = pending is None and bool(current)
        if deeper and LEVELS[unit] <= LEVELS[current[-1].unit]:
            break  # 第五条第六条 without a comma: another mention
        if deeper:
            places.pop()
        if pending == "to" and places and places[-1] and places[-1][-1].unit == unit:
            first = places[-1][-1].number
            if first < steps[0].number <= first + _FARTHEST:
                head = places[-1][:-1]
                places.extend((*head, Step(unit, n)) for n in range(first + 1, steps[0].number))
        for step in steps:
            current = (*above, step)
            places.append(current)
        end = position = match.end()
        pending = None
        if joined := _TO.match(text, position):
            pending, position = "to", joined.end()
        elif joined := _AND.match(text, position):
            pending, position = "and", joined.end()
    return tuple(places), end
