"""The JSON of the interface as models: what OpenAPI and the MCP tools say that a reply looks like.

Replies are made by `to_json` of the stages and sent as they are; the models describe them. A test holds both
together: every field of a reply is in its model, and none else. Field descriptions are in docs/api.md where
the name does not say it.
"""

from __future__ import annotations

from qa_bot.api.contract.documents import (
    ClauseInPlace,
    DocumentInFull,
    DocumentInShort,
    DocumentList,
)
from qa_bot.api.contract.exemption import Exemption, ExemptionList
from qa_bot.api.contract.parts import Status
from qa_bot.api.contract.reply import Answer, Companion, Reply
from qa_bot.api.contract.running import Health, Problem, Readiness
from qa_bot.api.contract.verification import Verification

__all__ = [
    "Answer",
    "ClauseInPlace",
    "Companion",
    "DocumentInFull",
    "DocumentInShort",
    "DocumentList",
    "Exemption",
    "ExemptionList",
    "Health",
    "Problem",
    "Readiness",
    "Reply",
    "Status",
    "Verification",
]
