"""The index: built as an immutable generation, opened and verified, read by `search`."""

from __future__ import annotations

from qa_bot.index.build import Corpus, build_generation
from qa_bot.index.check import Report, check_generation, check_others, logical_hashes
from qa_bot.index.generation import Generation, current_generation, finished_generations
from qa_bot.index.manifest import Manifest, code_fingerprint, corpus_fingerprint
from qa_bot.index.plan import CorpusFile
from qa_bot.index.pointing import forget_rollback, is_rolled_back, roll_back, sweep
from qa_bot.index.records import ClauseRecord, DocumentRecord, IssueRecord, Records
from qa_bot.index.sharing import encode_share, gather

__all__ = [
    "ClauseRecord",
    "Corpus",
    "CorpusFile",
    "DocumentRecord",
    "Generation",
    "IssueRecord",
    "Manifest",
    "Records",
    "Report",
    "build_generation",
    "check_generation",
    "check_others",
    "code_fingerprint",
    "corpus_fingerprint",
    "current_generation",
    "encode_share",
    "finished_generations",
    "forget_rollback",
    "gather",
    "is_rolled_back",
    "logical_hashes",
    "roll_back",
    "sweep",
]
