"""Adding files to a corpus: found, recognised, reviewed against what is there, put in place.

`find_files` → `review` → a person says yes → `commit`, and then `qa_bot.building.build`. Until
`commit` nothing is changed. `held_in` tells what a corpus holds, and what of it the index holds.
"""

from __future__ import annotations

from qa_bot.adding.committing import Addition, Committed, clear_leftovers, commit, remove
from qa_bot.adding.finding import Found, find_files
from qa_bot.adding.holding import Held, IndexedIssue, find_held, held_in
from qa_bot.adding.model import Failed, LeftOut, Recognised, RecognisedDocument, printable
from qa_bot.adding.naming import check_stem
from qa_bot.adding.recognising import Job, recognise
from qa_bot.adding.reviewing import Clash, Proposal, Review, Standing, review

__all__ = [
    "Addition",
    "Clash",
    "Committed",
    "Failed",
    "Found",
    "Held",
    "IndexedIssue",
    "Job",
    "LeftOut",
    "Proposal",
    "Recognised",
    "RecognisedDocument",
    "Review",
    "Standing",
    "check_stem",
    "clear_leftovers",
    "commit",
    "find_files",
    "find_held",
    "held_in",
    "printable",
    "recognise",
    "remove",
    "review",
]
