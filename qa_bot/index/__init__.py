"""The index: built as an immutable generation, opened and verified, read by `search`."""

from __future__ import annotations

from qa_bot.index.build import Corpus, build_generation, sweep
from qa_bot.index.generation import Generation, current_generation, finished_generations
from qa_bot.index.manifest import Manifest, code_fingerprint, corpus_fingerprint
from qa_bot.index.plan import CorpusFile
from qa_bot.index.records import ClauseRecord, DocumentRecord, IssueRecord, Records

__all__ = [
    "ClauseRecord",
    "Corpus",
    "CorpusFile",
    "DocumentRecord",
    "Generation",
    "IssueRecord",
    "Manifest",
    "Records",
    "build_generation",
    "code_fingerprint",
    "corpus_fingerprint",
    "current_generation",
    "finished_generations",
    "sweep",
]
