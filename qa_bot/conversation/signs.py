"""Whether a question stands by itself or goes on from the one before, by its form alone.

What a question leaves out is what it takes over (ellipsis: Carbonell, Discourse pragmatics and ellipsis
resolution in task-oriented natural language interfaces, ACL 1983): 那仓库呢 names a topic and asks nothing,
期限多长 asks and names no topic, 它废止了吗 points at something, 下一条 counts from something.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.references import find
from qa_bot.text import fold, parse_number
from qa_bot.words import to_simplified

__all__ = ["Lean", "Signs", "Step", "read_signs"]


class Lean(StrEnum):
    """How a question leans on the one before.

    ALONE does not. STEP counts from the clause answered before (下一条, 第三款). ARTICLE names an article and
    not of which text. POINTING is about the document answered before (这个文件什么时候施行), IT about it or what
    it was asked about (它废止了吗). ELLIPSIS leaves out
    what is asked or what about (那仓库呢, 期限多长). MAYBE may be the one or the other: it is short, or begins
    as a question that goes on does.
    """

    ALONE = "alone"
    STEP = "step"
    ARTICLE = "article"
    POINTING = "pointing"
    IT = "it"
    ELLIPSIS = "ellipsis"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class Step:
    """Where to go from the clause answered before.

    Attributes:
        unit: 条, 款 or 项, or empty for whatever the clause is.
        by: so many further, negative for back; 0 for a place that is named.
        paragraph: 第三款 of the same article, or 0.
        item: 第（二）项 of the same article or paragraph, or 0.
    """

    unit: str = ""
    by: int = 0
    paragraph: int = 0
    item: int = 0


@dataclass(frozen=True, slots=True)
class Signs:
    """What the form of a question says.

    Attributes:
        lean: how it leans on the one before.
        core: the question less the words that only tie it to what was before (那, 还有, 呢, 这个文件).
        asks: whether it has a question word of its own.
        topic: whether it names something of its own, beyond what asks.
        step: of one that counts from the clause answered before.
    """

    lean: Lean
    core: str
    asks: bool
    topic: bool
    step: Step | None = None


_HAN = r"[\u4e00-\u9fff]"
_OPENS = late(
    r"^[\s,，.。¿¡?]*(?:(?:那么|那(?![个些种份条件时里边年天位只]|么))[,，\s]*|(?:还有|以及|另外|再有|然后|接着|至于)(?:就是|呢)?[,，\s]*|"
    r"(?:and|but|so|or|what about|how about|e|ed|y|o|et|ou|und)(?=[,\s])[,\s]*(?:what about\b|how about\b|per quanto riguarda\b|qué tal\b)?\s*)+"
)
_CLOSES = late(r"的?(?:话)?(?:呢|嘞|咧|呐|哩|捏)[\s?？!！。.]*$")
_MARKS = late(r"[\s?？!！。.,，;；]+$")
# What asks: with none of these a question takes over what the one before asked.
_ASKS = late(
    r"多少|多大|多久|多长|多高|多远|多重|第?几|谁|哪|什么|甚么|啥|何时|何地|如何|为何|怎|咋|吗|么[?？\s]*$|是否|能否|可否|是不是|能不能|可不可以|有没有|要不要|"
    r"说明|介绍|列出|告诉|"
    r"\b(?:who|whom|whose|when|where|why|how (?!about)\w+|which|what (?!about)\w+|is|are|does|do|did|can|must|may|has|"
    r"chi|quando|dove|come|perché|quant[oaie]|quale|quali|cosa|"
    r"quién|quiénes|cuándo|dónde|cómo|cuánt[oa]s?|cuál|cuáles|qué|"
    r"qui|quand|où|comment|combien|quel|quelle|quels|quelles|pourquoi)\b|[何誰]|いつ|どこ|いくら|どの|ですか|ますか"
)
# What asks without saying about what; what is left of a question after it is its topic.
_EMPTY = late(
    r"多少|多大|多久|多长|多高|第?几[个家次年天月日号条页项件款]?|谁|哪一?[个些天里儿年家位条款项部]?|什么|甚么|啥|何时|何地|如何|为何|怎么[样办]?|咋办?|是否|能否|可否|"
    r"请问|一下|到底|究竟|具体|总共|一共|最高|最低|最多|最少|最长|最短|至少|不超过|"
    r"时候|时间|日期|期限|有效期|金额|额度|数量|条件|标准|要求|依据|根据|规定|原因|名字|文号|部门|单位|机关|机构|地方|责任|"
    r"负责|牵头|主管|管|完成|开始|结束|截止|到期|施行|实施|生效|执行|废止|失效|发布|印发|公布|出台|发|申请|申领|申报|办理|领取|符合|满足|属于|包括|"
    r"需要|应该|应当|可以|能够|[能要会可有是由从自到在于按照对向给把被跟和与为的了吗呢么啊呀吧嘛咧嘞哩还也都就才又再人]|"
    r"\b(?:how|much|many|long|big|large|when|who|whom|where|why|which|what|about|is|are|was|were|does|do|did|must|can|be|it|"
    r"the|a|an|of|for|to|in|by|at|on|from|until|deadline|term|amount|date|responsible|charge|leads?|start|end|finish(?:ed)?|due|effect|"
    r"force|total|maximum|minimum|most|least|"
    r"chi|quando|quanto|quale|è|il|la|lo|di|per|da|deve|termine|scadenza|"
    r"quién|cuándo|cuánto|cuál|es|el|de|para|debe|terminar|plazo|"
    r"qui|quand|combien|quel|est|le|doit|délai)\b|[\W_]+"
)
_KIND_OF_TEXT = "文件|通知|办法|细则|规定|方案|意见|清单|目录|条例|规则|政策|要点|计划|公告|决定|名单|文|法规|制度|公报|材料"
_DOCUMENT = late(
    rf"(?:这|那|该|此|本|上述|上面)(?:一?[个份部项件篇])?的?(?:{_KIND_OF_TEXT})(?!{_HAN}*(?:条|款)的)(?:里面?|中|上)?|"
    r"\b(?:this|that|the same|these) (?:document|notice|rules?|measures?|plan|list|policy|regulations?|decree|law)\b|"
    r"\b(?:questo|quel|questa|quella) (?:documento|avviso|regolamento|piano|lista|norma)\b|\b(?:este|ese|esta|esa) (?:documento|aviso|reglamento|plan|lista|norma)\b|"
    r"\b(?:ce|cette|cet) (?:document|avis|règlement|plan|liste)\b"
)
_IT = late(r"它们?的?|其(?!他|它|中|余|实|次)|\b(?:it|its)\b")
_AHEAD = late(
    r"请问|按照?|根据|依照?|在|从|由|对|跟|和|那|就|\b(?:when|who|where|what|how|does|did|do|is|are|was|will|has|can|must|under|in|of|by|"
    r"which|issued|responsible|for|effective|from|came?|quando|chi|cosa|che|entra|è|di|cuándo|quién|qué|entra|es|de|quand|qui|que|est)\b|[\W_]+"
)
_POINTS = late(
    r"这个|那个|这些|那些|这种|那种|这条|那条|这项|那项|这里|那里|^(?:上面|上述|前面|刚才|以上)的?|该(?=项|条|款|类|种|企业|单位|公司)|[他她]们?|这(?=要|是|算|会|能|得|种)|"
    r"\b(?:this|that|those|these|they|them|their|he|she|his|her|there)\b|"
    r"\b(?:questo|questa|quello|quella|ciò|lui|lei|esto|eso|ello|él|ella|cela|ça|celui|celle)\b"
)
_ORDER = r"(?:紧?接着的?|再)?(?P<back>上|前)?(?P<forth>下|后)?(?:面|边)?的?(?:那)?(?P<count>[一二两三四五])?(?:个)?"
_NEXT = late(rf"{_ORDER}(?P<unit>条|款|项|点|段|则|行)(?!件|目|例)")
_FOREIGN_NEXT = late(
    r"\b(?:(?P<forth>next|following|after (?:that|it)|successiv[oa]|seguente|prossim[oa]|siguiente|suivante?)|"
    r"(?P<back>previous|preceding|before (?:that|it)|precedente|anterior|précédente?))\b"
)
_FOREIGN_UNIT = late(
    r"\b(?:one|article|paragraph|item|point|articolo|comma|punto|articulo|artículo|alinéa|l|uno|una|il|lo|la|el|le|dice|say|says|state)\b"
)
_PLACE = late(
    rf"(?:第\s*(?P<paragraph>{NUMERAL})\s*款)?(?:第\s*[(（]?(?P<item>{NUMERAL})[)）]?\s*项)?"
)
_SAYS = late(
    r"(?:说|写|讲|规定|是|内容|具体|怎么|如何|什么|啥|了|的|呢|吗|又|还|要求|条文|原文|一下|那|请问|看看|看|中|里|又是|and|what|does|say|is|the|about|in|of|e|y|et|cosa|qué|que|\W|_)+"
)
# Characters; a longer question stands by itself unless it begins or ends as one that goes on.
_SHORT = 14
_SHORT_FOREIGN = 40
# So many words of its own make a question in another language whole, if it begins by asking.
_WHOLE_FOREIGN = 2


def read_signs(question: str) -> Signs:
    """How a question leans on the one before it, by its form.

    Guarantees: nothing is looked up; a question that names a document by its number or title leans on nothing.
    """
    text = fold(to_simplified(question)).strip()
    core, marked = _core(text)
    found = find(text)

    def signs(lean: Lean, core: str, step: Step | None = None) -> Signs:
        return Signs(lean, core, bool(_ASKS.search(core)), bool(_EMPTY.sub("", core)), step)

    if found.numbers or found.short_numbers or found.titles:
        return signs(Lean.ALONE, core)
    step = _step(core)
    if step:  # before the articles: 下一条 is not article 1
        return signs(Lean.STEP, core, step)
    if found.articles:
        return signs(Lean.ARTICLE, core)
    chinese = any("\u4e00" <= char <= "\u9fff" for char in core)
    limit = _SHORT if chinese else _SHORT_FOREIGN
    short = len(core) <= limit
    about = _DOCUMENT.search(core)
    lean = Lean.POINTING
    # 药店规矩那份通知 says itself which one it means.
    if about and _AHEAD.sub("", core[: about.start()]):
        about = None
    if short and not about:
        about, lean = _IT.search(core), Lean.IT
    if about and len(core) - len(about[0]) <= limit:
        return signs(lean, _MARKS.sub("", core[: about.start()] + core[about.end() :]).strip())
    if short and _POINTS.search(core):
        return signs(Lean.ELLIPSIS, _POINTS.sub("", core).strip() or core)
    if short and (not _EMPTY.sub("", core) or (marked and not _ASKS.search(core))):
        return signs(Lean.ELLIPSIS, core)
    # What is the minimum wage in Wenzhou: asks and says about what, in more than a word.
    whole = (
        not chinese and _ASKS.match(core) and len(_EMPTY.sub(" ", core).split()) >= _WHOLE_FOREIGN
    )
    return signs(Lean.MAYBE if marked or (short and not whole) else Lean.ALONE, core)


def _core(text: str) -> tuple[str, bool]:
    """A question without the words that tie it to what was before, and whether there were any."""
    opened = _OPENS.sub("", text, count=1)
    closed = _CLOSES.sub("", opened)
    core = _MARKS.sub("", closed).strip()
    return (core, closed != text) if core else (_MARKS.sub("", text), False)


def _step(core: str) -> Step | None:
    """Where a question that does nothing but count goes."""
    foreign = _FOREIGN_NEXT.search(core)
    if foreign:
        left = _FOREIGN_UNIT.sub("", core[: foreign.start()] + " " + core[foreign.end() :])
        if not _SAYS.sub("", left):
            return Step("", 1 if foreign["forth"] else -1)
        return None
    for match in _NEXT.finditer(core):
        if bool(match["back"]) == bool(match["forth"]):
            continue
        if _SAYS.sub("", core[: match.start()] + core[match.end() :]):
            return None
        count = parse_number(match["count"] or "一") or 1
        return Step(match["unit"], count if match["forth"] else -count)
    for match in _PLACE.finditer(core):
        if match[0] and not _SAYS.sub("", core[: match.start()] + core[match.end() :]):
            numbers = [parse_number(match[name] or "0") or 0 for name in ("paragraph", "item")]
            return Step("款" if match["paragraph"] else "项", 0, *numbers)
    return None
