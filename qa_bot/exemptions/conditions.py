"""Conditions: cut out of a violation's words, told apart in a cell, and found in a notice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_bot.patterns import late
from qa_bot.text import Span, sentences

__all__ = [
    "enumerated",
    "general_conditions",
    "reads_as_condition",
    "split_violation",
    "undecided",
]

_MENDS = (
    r"改正|纠正|整改|拆除|补办|补正|补报|补交|补缴|补齐|补充|补办|消除|停止|恢复|履行|清理|清除|归还|退还|退回|备案|"
    r"申报|登记|缴纳|办理|完善|撤除|更正|采取[^，。；]{0,8}措施|减轻[^，。；]{0,6}后果|达到[^，。；]{0,6}要求|公开|公示|公布|付清|缴清|结清|支付|补发"
)
_CONDITION = late(
    rf"(?:及时|主动|自行|立即|当场|限期内?|期限内|规定时间内|日内|案发前|发现前|立案前|决定前|届满前|责令[^，。；]{{0,12}}后)[^，。；]{{0,14}}(?:{_MENDS})"
    r"|(?:未|没有|尚未|无|不)(?:曾)?(?:造成|产生|引发|引起|发生|构成|影响)|无(?:危害|不良|社会|严重)|(?:危害|不良)(?:后果|影响)(?:轻微|较小)|影响(?:较小|不大|轻微)"
    r"|经[^，。；]{0,6}(?:发现|通知|提醒|提示|责令|告知|指出|检查|教育|督促|约谈)[^，。；]{0,6}后|^(?:且|并且)?尚未|(?:没有|无|未获得?)违法所得"
    r"|首次|初次|第一次|初犯|情节(?:轻微|较轻|显著轻微)|(?:违法|危害)?(?:行为|程度)轻微|(?:数量|金额|货值|面积|数额|违法所得|经营额)[^，。；]{0,6}(?:较少|较小|少|不足|不超过|以下|以内)"
    r"|(?:检测|检验|监测|鉴定)[^，。；]{0,6}(?:结果|结论)?[^，。；]{0,4}(?:未超标|达标|合格|符合)|未超(?:标|过)|没有超标|(?:持续|违法)时间[^，。；]{0,6}(?:短|不超过|以内|以下)"
    r"|(?:无|没有|非)(?:主观)?(?:故意|过错|恶意)|非主观|过失|(?:主动|积极)?配合[^，。；]{0,6}(?:调查|检查|执法|查处)|取得谅解|能够?提供[^，。；]{0,20}(?:证明|说明来源|来源)"
    r"|(?:一|1|两|2|三|3)年内?(?:第一次|首次|未|无|没有)"
)
_NO_MENDING = late(
    rf"(?:逾期|拒不|仍不|仍未|未能?|不)(?:(?:及时|主动|立即|自行|在|按)[^，。；]{{0,14}})?(?:{_MENDS})|情节严重|造成(?:严重|较大|重大)"
)
_NOT_DONE = late(r"^(?:且|并|并且|或者?|而)?(?:未|不|没有|无)(?:按|依|经|及时|主动|在|向)")
_COMMA = late("[，,]")
_MARK = late(
    r"(?:^|(?<=[\s。；;：:，,、]))(?P<a>\d{1,2})[.．、](?!\d)"
    r"|(?<![第条款如及、])[（(](?P<b>\d{1,2}|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?P<c>[①-⑳])|(?:^|(?<=[\s。；;：:]))(?P<d>[一二三四五六七八九十])、",
    re.M,
)
_CHINESE = "一二三四五六七八九十"
_LISTED = r"(?:清单|目录清单|目录|名录|名单|规定|办法|通知|意见|标准|基准|事项|决定|公告|制度|表)"
_GRANTS = r"(?:不予|免予|免于|从轻|减轻)(?:或者减轻)?(?:行政)?处罚"
_GENERAL = late(
    rf"本{_LISTED}所?(?:指|称|列)[^。；]{{0,40}}(?:是指|系指|应当|必须|须|仅|限)"
    rf"|(?:本|上述|该|《[^》]*》|列入|属于|符合|适用|^|[，。])[^。；，]{{0,10}}{_LISTED}[^。；]{{0,60}}(?:适用(?:于|范围)|限于|仅限)"
    rf"|(?:列入|属于|符合|适用|纳入|对照|具有)(?:本|上述|该|以上)?[^。；，]{{0,12}}{_LISTED}[^。；]{{0,80}}(?:同时|方可|必须|首次|及时|轻微)"
    rf"|适用[^，。；]{{0,20}}{_LISTED}的?[，,][^。；]{{0,6}}(?:当事人|行为人|同时)[^。；]{{0,10}}(?:应当|必须|须)"
    rf"|(?:同时)?(?:符合|具备|满足)(?:下列|以下|上述|如下)[^。；，]{{0,6}}(?:条件|情形|要求)"
    rf"|{_LISTED}所列[^。；]{{0,12}}同时(?:符合|具备|满足)|(?:须|应当|必须)同时(?:符合|具备|满足)[^。；]{{0,60}}(?:条件|情形|要求)"
    rf"|符合《[^》]*》[^，。；]*(?:规定|条件|情形)[^。；]{{0,60}}{_GRANTS}"
    r"|有(?:下列|以下)[^。；]{0,12}(?:情形|情况)[^。；]{0,6}[，,][^。；]{0,8}不(?:予)?适用"
    r"|不适用本|(?:再次|第二次|两次以上)[^。；]{0,30}(?:不再适用|不适用|依法[^。；]{0,6}处罚)"
)
_GRANTING = late(
    rf"{_GRANTS}|适用(?:前|上|本|第)[^，。；]{{1,10}}(?:规定)?的?[，,][^。；]{{0,12}}(?:应当|须|必须)"
)
# 注：1. before a sentence, or the number of a point
_OPENING = late(
    r"\s*(?:(?:注|备注|说明)\s*[:：]\s*)?(?:(?:\d{1,2}[.．、](?!\d)|[（(]?[一二三四五六七八九十]{1,2}[)）、])\s*)?"
)
# What says why a text was made, and on what it rests.
_PREAMBLE = late(
    r"^(?:为|为了|根据|依据|按照|依照|遵照|现将|经[^，]{1,16}(?:同意|研究|审议)|[^，。]{0,40}(?:印发|发布|公布|制定|梳理)[^，。]{0,30}(?:清单|目录|通知|规定)[》]?[，,。]?(?:现|请|$))"
)
_ISSUES = late(
    r"(?:现|予以|特)?(?:印发|公布|发布|通告|公告)(?:给你们|如下)|制定本|特制定|请(?:认真)?(?:遵照|贯彻)"
)
_UNDECIDED = late(
    r"(?:尚未|还未|未)(?:作出|做出|下达|送达)[^，。；]{0,14}(?:决定|处罚)|(?:尚未|未)(?:办结|结案|审结|处理完毕|处理的?[^，。；]{0,10}案件)"
)
# 本通知施行前已经立案的案件，仍按原规定办理
_OLD_CASES = late(
    r"(?:施行|实施|生效|印发|发布)(?:之)?(?:日)?前[^。；]{0,24}(?:立案|受理|查处)[^。；]{0,30}(?:原规定|原有规定|不适用|不予适用)"
)
_DOES_NOT = late(r"不(?:再)?适用|不予适用|按(?:照)?(?:原|行为时)|从旧")
_DAY = late(r"自[^。；]{1,20}起(?:施行|实施|执行|生效)|有效期")


def reads_as_condition(text: str) -> bool:
    """Whether a phrase states what an offender must have done or not done to be exempt.

    经发现后能及时主动纠正的 and 未造成不良后果的 do, 未按规定备案的 and 逾期不改正的 do not.
    """
    return bool(_CONDITION.search(text)) and not _NO_MENDING.search(text)


def split_violation(text: str) -> int:
    """Where the condition begins in the words of a violation; the length of the text where there is none.

    建设单位未依法备案…登记表的，|经发现后能及时主动纠正的。The condition is the longest end of the text that has nothing
    but conditions between its commas; the violation is never empty.
    """
    bounds = [*(match.end() for match in _COMMA.finditer(text)), len(text)]
    cut = len(text)
    for start, end in zip(reversed(bounds[:-1]), reversed(bounds[1:]), strict=True):
        chunk = text[start:end].strip(" ，,。；;\n")
        if not chunk or not reads_as_condition(chunk):
            break
        if _NOT_DONE.match(chunk) and not _CONDITION.match(re.sub("^(?:且|并|并且)", "", chunk)):
            break
        cut = start
    return cut


def enumerated(text: str) -> tuple[Span | None, list[Span]]:
    """The lead-in and the points of a cell that counts 1. 2., （一）（二） or ①②; otherwise its sentences.

    Guarantees: the points count on from 1 by one; a number that does not belong to the count (3.5倍) begins
    none. Without a count the parts are what semicolons and full stops divide.
    """
    marks: list[re.Match[str]] = []
    for match in _MARK.finditer(text):
        kind = match.lastgroup
        if marks and kind != marks[0].lastgroup:
            continue
        if _count(match) == len(marks) + 1:
            marks.append(match)
    if len(marks) < 2 and not (marks and not text[: marks[0].start()].strip()):
        return None, sentences(text)
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    points = [(mark.end(), end) for mark, end in zip(marks, ends, strict=True)]
    lead = (0, marks[0].start())
    return (lead if text[: lead[1]].strip() else None), points


def _count(match: re.Match[str]) -> int:
    value = next(group for group in match.groups() if group)
    if value.isdigit() and value.isascii():
        return int(value)
    if "①" <= value <= "⑳":
        return ord(value) - ord("①") + 1
    if len(value) == 1:
        return _CHINESE.index(value) + 1
    return 10 + _CHINESE.index(value[1]) + 1 if value[0] == "十" else -1


def general_conditions(text: str) -> Iterator[Span]:
    """The sentences of a notice, or of a note, that say under which conditions its list holds.

    A sentence that ends in a colon goes on to the end of the text, with what it counts. What says why the
    list was made, from when it holds, or that it holds for cases not yet decided, is left out.
    """
    for start, end in sentences(text, semicolons=False):
        sentence = text[start:end]
        start += _OPENING.match(sentence).end()  # type: ignore[union-attr]
        body = sentence = text[start:end]
        stated = _GENERAL.search(body) or (_GRANTING.search(body) and reads_as_condition(body))
        if _PREAMBLE.match(body) or _ISSUES.search(body) or not stated:
            continue
        if _DAY.search(body) and not reads_as_condition(body):
            continue
        found = _UNDECIDED.search(sentence)
        if found:
            # 本规定适用于当事人首次轻微环境违法，本规定生效时尚未作出…的案件可以适用本规定。
            comma = max((m.end() for m in _COMMA.finditer(sentence, 0, found.start())), default=0)
            if comma and _GENERAL.search(sentence[:comma]):
                yield start, start + comma
            continue
        yield start, len(text) if sentence.rstrip()[-1] in ":：" else end


def undecided(text: str) -> tuple[Span, bool] | None:
    """The words that say whether cases not yet decided are covered, and what they say."""
    for start, end in sentences(text):
        start += _OPENING.match(text[start:end]).end()  # type: ignore[union-attr]
        sentence = text[start:end]
        if _OLD_CASES.search(sentence):
            return (start, end), False
        found = _UNDECIDED.search(sentence)
        if not found or not re.search("适用|参照|按照|依照|执行|从轻|不予", sentence):
            continue
        comma = max((m.end() for m in _COMMA.finditer(sentence, 0, found.start())), default=0)
        if comma and not re.search("生效|施行|实施|发布|之前|以前|前发生", sentence[:comma]):
            return (start + comma, end), not _DOES_NOT.search(sentence[comma:])
        if comma and _GENERAL.search(sentence[:comma]):
            return (start + comma, end), not _DOES_NOT.search(sentence[comma:])
        return (start, end), not _DOES_NOT.search(sentence)
    return None
