"""The index: built as an immutable generation, opened and verified, read by `search`."""

from __future__ import annotations

from qa_bot.index.generation import Generation, build_generation, current_generation
from qa_bot.index.manifest import VECTORS_SINCE, Manifest, code_fingerprint, corpus_fingerprint
from qa_bot.index.records import ClauseRecord, DocumentRecord, IssueRecord, Records

__all__ = [
    "VECTORS_SINCE",
    "ClauseRecord",
    "DocumentRecord",
    "Generation",
    "IssueRecord",
    "Manifest",
    "Records",
    "build_generation",
    "code_fingerprint",
    "corpus_fingerprint",
    "current_generation",
]
