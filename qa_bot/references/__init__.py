"""What texts and questions point at: finding it, and saying which clauses are meant.

Finding is separate from resolving: `find` says what a question names, `find_mentions` what a text does;
`resolve_work` and `link` say what of it is at hand. Where two targets fit, none is chosen.
"""

from __future__ import annotations

from qa_bot.references.links import link, link_issue
from qa_bot.references.mentions import Mention, Step, find_mentions
from qa_bot.references.model import IssueLinks, Links, Reference, Relation
from qa_bot.references.names import (
    Catalogue,
    Names,
    Offer,
    catalogue_of,
    names_of,
    text_key,
    title_key,
)
from qa_bot.references.questions import (
    ArticleReference,
    References,
    Work,
    find,
    resolve_number,
    resolve_short,
    resolve_work,
)
from qa_bot.references.works import Shelf, Text

__all__ = [
    "ArticleReference",
    "Catalogue",
    "IssueLinks",
    "Links",
    "Mention",
    "Names",
    "Offer",
    "Reference",
    "References",
    "Relation",
    "Shelf",
    "Step",
    "Text",
    "Work",
    "catalogue_of",
    "find",
    "find_mentions",
    "link",
    "link_issue",
    "names_of",
    "resolve_number",
    "resolve_short",
    "resolve_work",
    "text_key",
    "title_key",
]
