"""What the training must not see: the questions, the gold snippets and the gazette of the evaluation."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from training.corpus import same_text
from training.settings import ROOT

__all__ = ["Evaluated"]

#: Letters and digits that a text must have to be told from others by them.
_QUESTION, _GOLD, _SENTENCE = 8, 12, 20
_END = re.compile(r"[。！？!?；;]")


class Evaluated:
    """Tells whether a text shares something with an evaluation.

    Args:
        questions: of the question sets.
        gold: snippets that answer them.
        corpus: the texts that are searched.
    """

    def __init__(
        self, questions: Iterable[str], gold: Iterable[str], corpus: Iterable[str]
    ) -> None:
        self.questions = {text for text in map(same_text, questions) if len(text) >= _QUESTION}
        self.corpus = same_text("\n".join(corpus))
        self._gold: defaultdict[str, set[str]] = defaultdict(set)
        for text in map(same_text, gold):
            if len(text) >= _GOLD:
                self._gold[text[:_GOLD]].add(text)

    @classmethod
    def read(cls) -> Evaluated:
        """All question sets and texts of this repository."""
        rows = [
            json.loads(line)
            for file in sorted((ROOT / "eval" / "questions").glob("*.jsonl"))
            for line in file.read_text("utf-8").splitlines()
        ]
        return cls(
            (row.get("q", "") for row in rows),
            (text for row in rows for text in row.get("gold", [])),
            (file.read_text("utf-8") for file in sorted((ROOT / "corpus").rglob("*.txt"))),
        )

    def holds(self, *texts: str) -> bool:
        """Whether any text is a question, holds a gold snippet or has a sentence of the corpus.

        Punctuation, spaces and line breaks make no difference. A snippet counts from twelve letters
        on, a sentence from twenty: what is shorter every law says (构成犯罪的，依法追究刑事责任).
        """
        return any(
            same_text(text) in self.questions
            or self._holds_gold(same_text(text))
            or any(sentence in self.corpus for sentence in _sentences(text))
            for text in texts
        )

    def _holds_gold(self, text: str) -> bool:
        return any(
            text.startswith(gold, at)
            for at in range(len(text) - _GOLD + 1)
            for gold in self._gold.get(text[at : at + _GOLD], ())
        )


def _sentences(text: str) -> Iterator[str]:
    for part in _END.split(text):
        sentence = same_text(part)
        if len(sentence) >= _SENTENCE:
            yield sentence
