"""An item written as a sentence: 未…的，违反《…》第…条，首次被发现且当场改正的，可以不予处罚."""

from __future__ import annotations

from itertools import pairwise

from qa_bot.exemptions.building import Fields
from qa_bot.exemptions.columns import meaning_of
from qa_bot.exemptions.conditions import reads_as_condition
from qa_bot.exemptions.laws import citations_in
from qa_bot.exemptions.quoting import Quoted
from qa_bot.exemptions.scope import GRANT
from qa_bot.patterns import late
from qa_bot.text import Span, sentences

__all__ = ["GRANTED", "read_item", "without_citation"]

#: What is granted, at the end of a sentence, or before the conditions that follow it.
GRANTED = late(
    rf"(?:依法|一般|对其|对当事人|应当|可以|可|予以|给予)*{GRANT}(?=\s*(?:[:：。；;，,]|$))"
)
_LEADS = late(
    r"(?:符合|具备|满足|具有|有)[^，。；]{0,6}(?:下列|以下|如下)|(?:下列|以下)[^，。；]{0,4}(?:条件|情形)"
)
_LABEL = late(r"^\s*(?P<label>[\u4e00-\u9fff]{2,10})\s*[:：]")
_BASIS = late(r"^\s*(?:违反|依据|根据|依照|按照|《)")
_IMPOSES = late(r"罚款|警告|没收|吊销|责令")
_COMMA = late("[，,]")
# 对未按规定备案的，不予处罚; but 对饲养的动物未按规定免疫的 needs its 对
_ON = late(r"^\s*对于?(?=未|不|没有|违反|擅自|首次|初次|当事人)")
# 灭火器压力不足的（《中华人民共和国消防法》第六十条第一款第一项）
_BRACKET = late(
    r"[（(]\s*(?P<cited>(?:违反|依据|根据)?《(?:[^（()）]|[（(][^（()）]*[）)])*)[）)]\s*[。；;，,]?\s*$"
)


def without_citation(text: str) -> str:
    """A sentence without the citation in brackets, and the punctuation, that it ends in."""
    match = _BRACKET.search(text)
    return (text[: match.start()] if match else text).rstrip(" 。；;，,")


def read_item(fields: Fields, text: Quoted, *, below: bool = False) -> bool:
    """Read a sentence, or several, into the parts of an item.

    Args:
        fields: where they go.
        text: without its number.
        below: whether it stands below an item that names the violation.

    Returns:
        Whether it leads in conditions that follow: 同时符合下列情形的，可以不予处罚：.
    """
    leads = False
    for start, end in _parts(text.text):
        leads = _sentence(fields, text, start, end, below) or leads
        below = below or bool(fields.first("violation"))
    return leads


def _parts(text: str) -> list[Span]:
    """Sentences; a colon behind what is granted ends one, too."""
    found: list[Span] = []
    for start, end in sentences(text):
        granted = GRANTED.search(text, start, end)
        if (
            granted
            and text[granted.end() : granted.end() + 1] in (":", "：")
            and granted.end() + 1 < end
        ):
            found += [(start, granted.end() + 1), (granted.end() + 1, end)]
        else:
            found.append((start, end))
    return found


def _sentence(fields: Fields, text: Quoted, start: int, end: int, below: bool) -> bool:
    label = _LABEL.match(text.text[start:end])
    meaning = meaning_of(label["label"]) if label else ""
    if label and meaning:
        fields.add(meaning, text.part(start + label.end(), end))
        return False
    stop = end
    if (bracket := _BRACKET.search(text.text[start:end])) and citations_in(bracket["cited"]):
        fields.add("basis", text.part(start + bracket.start("cited"), start + bracket.end("cited")))
        stop = end = start + bracket.start()
    granted = GRANTED.search(text.text, start, end)
    if granted and not text.text[granted.end() : end].strip(" 。；;：:\n"):
        stop = granted.start()
        if not fields.first("relief"):
            fields.add("relief", text.part(granted.start(), granted.end()))
    leads = False
    runs: list[tuple[str, int, int]] = []
    bounds = [start, *(match.end() for match in _COMMA.finditer(text.text, start, stop)), stop]
    for left, right in pairwise(bounds):
        chunk = text.text[left:right]
        if not chunk.strip(" ，,。；;"):
            continue
        kind = _kind(
            chunk, runs[-1][0] if runs else "", below or any(r[0] == "violation" for r in runs)
        )
        leads = leads or kind == "conditions_lead"
        if runs and runs[-1][0] == kind:
            runs[-1] = (kind, runs[-1][1], right)
        else:
            runs.append((kind, left, right))
    for kind, left, right in runs:
        if kind == "violation" and (on := _ON.match(text.text[left:right])):
            left += on.end()
        fields.add(kind, text.part(left, right))
    return leads


def _kind(chunk: str, before: str, named: bool) -> str:
    """What a chunk between commas is, given the one before it and whether the violation was named."""
    if _LEADS.search(chunk):
        return "conditions_lead"
    cited = bool(citations_in(chunk.strip(" ，,")))
    if (_BASIS.match(chunk) and cited) or (cited and before == "basis"):
        return "basis"
    if before == "basis" and (_IMPOSES.search(chunk) or named) and not reads_as_condition(chunk):
        return "basis"
    if reads_as_condition(chunk) and named:
        return "conditions"
    if before in ("conditions", "circumstances"):
        return before
    return "circumstances" if named and before != "violation" else "violation"
