"""What a work says that its terms mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.model import Pair
from qa_bot.patterns import late
from qa_bot.text import sentences

__all__ = ["definition_pairs"]

_GENRE = r"(?:法|条例|办法|细则|规定|规则|通知|意见|方案|标准|规范|清单|目录)"
_NUMBER = r"(?:[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、])?"
# 药品委托配送：是指…; 本办法所称绿线，是指…; 本条例所称机动车停车场（以下称停车场）是指…
_DEFINES = late(
    rf"{_NUMBER}\s*(?:(?:本{_GENRE}|(?:前|本)[条款])?中?所称的?+[“\"]?(?P<called>[^，。：；:是指“”\"（(]{{2,16}})|(?P<term>[^，。：；:是指“”\"（(《本]{{2,16}}))"
    rf"[”\"]?(?:[（(][^（()）]{{1,30}}[）)])?\s*[，,：:]?\s*(?:是指|系指|指的是|[，,]指(?![导定挥派标示出令南引数]))"
)


def definition_pairs(clauses: Sequence[Clause]) -> Iterator[Pair]:
    """For each work its definitions: by the key of the work, with the term and the defining sentence."""
    for clause in clauses:
        if clause.kind not in ("article", "item", "point", "paragraph") or not clause.searchable:
            continue
        if "指" not in clause.text:
            continue  # every form of a definition has it
        key = "/".join(filter(None, (clause.document_id, clause.part_id)))
        for start, end in sentences(clause.text):
            match = _DEFINES.match(clause.text, start, end)
            term = (match["called"] or match["term"]).strip() if match else ""
            if term:
                # 是指：⏎（一）… goes on to the end
                end = len(clause.text) if clause.text[end - 1] in "：:" else end
                yield Pair(key, "definition", clause.id, ((start, end),), term)
