"""What texts and questions point at: finding it, and saying which clauses are meant.

Finding is separate from resolving: `find` says what a question names, `find_mentions` what a text does;
`resolve_work` and `link` say what of it is at hand. Where two targets fit, none is chosen.
"""

from __future__ import annotations

from qa_bot.references.links import link
from qa_bot.references.mentions import Mention, Step, find_mentions
from qa_bot.references.model import Links, Reference, Relation
from qa_bot.references.questions import (
    ArticleReference,
    References,
    Work,
    find,
    resolve_number,
    resolve_short,
    resolve_work,
)
from qa_bot.references.works import title_key

__all__ = [
    "ArticleReference",
    "Links",
    "Mention",
    "Reference",
    "References",
    "Relation",
    "Step",
    "Work",
    "find",
    "find_mentions",
    "link",
    "resolve_number",
    "resolve_short",
    "resolve_work",
    "title_key",
]
