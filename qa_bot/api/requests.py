"""What a request may hold: query parameters and bodies, with their limits."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from qa_bot.bot import MAX_QUESTION
from qa_bot.filters import Filters
from qa_bot.verify import MAX_TEXT

__all__ = [
    "MAX_COUNT",
    "AskBody",
    "AskQuery",
    "ExemptionQuery",
    "FilterQuery",
    "HistoryTurn",
    "VerifyBody",
    "VerifyQuery",
]

#: Clauses in a reply at most.
MAX_COUNT = 20
_LONGEST = 200

_Text = Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class _Strict(BaseModel):
    """A parameter that does not exist is an error: a filter misspelt would otherwise be no filter."""

    model_config = ConfigDict(extra="forbid")


class FilterQuery(_Strict):
    """Where an answer may come from; what is left out leaves everything."""

    issue: Annotated[_Text | None, Field(description="期的编号 / id of an issue.")] = None
    document: Annotated[
        _Text | None, Field(description="文件的编号或文号 / id or number of a document.")
    ] = None
    issuer: Annotated[
        _Text | None, Field(description="发文机关或其一部分 / issuing body, or a part of its name.")
    ] = None
    kind: Annotated[_Text | None, Field(description="文件种类 / kind of document.")] = None
    since: Annotated[date | None, Field(description="成文不早于 / issued on or after.")] = None
    until: Annotated[date | None, Field(description="成文不晚于 / issued on or before.")] = None
    in_force: Annotated[
        bool,
        Field(
            description="不要已知失效或废止的 / leave out what is known to be expired or repealed."
        ),
    ] = False
    as_of: Annotated[
        date | None,
        Field(
            description="截至日期：按这一天时的文本回答 / what was in force on this day, as far as is held here."
        ),
    ] = None

    def filters(self) -> Filters:
        """The filters among the parameters."""
        return Filters(
            issue=self.issue,
            document=self.document,
            issuer=self.issuer,
            kind=self.kind,
            since=self.since,
            until=self.until,
            in_force=self.in_force,
            as_of=self.as_of,
        )


class AskQuery(FilterQuery):
    """A question, how many clauses to quote, and filters."""

    q: Annotated[
        str, Field(min_length=1, max_length=MAX_QUESTION, description="问题 / the question.")
    ]
    count: Annotated[int, Field(ge=1, le=MAX_COUNT, description="最多引几条 / quotes at most.")] = 3


class HistoryTurn(BaseModel):
    """An earlier question, and what was shown for it: `clause_id` of its answers, `context.searched`."""

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    clause_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=20)
    ] = []
    searched: Annotated[str | None, Field(max_length=MAX_QUESTION)] = None


class AskBody(AskQuery):
    """As the query, and the turns before the question, oldest first; the last three count."""

    history: Annotated[list[HistoryTurn], Field(max_length=50)] = []


class ExemptionQuery(_Strict):
    """What was done, in everyday words, and filters; without any all exemptions are given."""

    q: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_QUESTION, description="做了什么 / what was done."),
    ] = None
    authority: Annotated[
        _Text | None, Field(description="机关，如 财政局 / authority, or a part of its name.")
    ] = None
    category: Annotated[_Text | None, Field(description="类别 / category.")] = None
    law: Annotated[_Text | None, Field(description="法律名称的一部分 / part of a law's title.")] = (
        None
    )
    on: Annotated[date | None, Field(description="在这一天有效 / in force on this day.")] = None
    count: Annotated[
        int | None, Field(ge=1, le=1_000, description="最多几项 / how many at most.")
    ] = None


class VerifyQuery(_Strict):
    """A short text with a quote or citations."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUESTION,
            description="引文，或含《…》第…条的文字 / a quote, or a text with citations.",
        ),
    ]


class VerifyBody(_Strict):
    """A text with quotes or citations."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_TEXT,
            description="引文，或含《…》第…条的文字 / a quote, or a text with citations.",
        ),
    ]
