"""Everyday words and their official terms: 药店 is 药品零售企业 in a gazette.

They come from three places: `synonyms.tsv` of this package, each entry with the document that it is taken
from; a file of the same form in the corpus folder; and what the corpus itself defines (以下简称…). A question
is searched for with them by its words; nothing of them is ever shown as an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qa_bot.synonyms.defined import defined_pairs, definitions_in, merge_definitions
from qa_bot.synonyms.table import USER_FILE, merged, read_synonyms, shipped_synonyms
from qa_bot.text import fold
from qa_bot.words import Words

__all__ = [
    "USER_FILE",
    "Synonyms",
    "defined_pairs",
    "definitions_in",
    "merge_definitions",
    "merged",
    "read_synonyms",
    "shipped_synonyms",
]


class Synonyms:
    """Finds the everyday words of a question and says what they are called officially."""

    def __init__(self, table: Mapping[str, Sequence[str]], words: Words) -> None:
        """Prepare the look-up.

        Args:
            table: of `merged`.
            words: of the same generation.
        """
        self._table = {word: tuple(terms) for word, terms in table.items()}
        self._words = words
        self._longest = max(map(len, self._table), default=0)

    def official(self, text: str) -> tuple[str, ...]:
        """The official terms for the everyday words of a text in simplified characters.

        Guarantees: of words that overlap the longest counts (煤气罐, not 煤气); a word that is cut in two by the
        words around it is none (物价 in 货物价格); a term that stands in the text already is left out, and none
        is given twice. They come in the order of the text.
        """
        folded = fold(text)
        found: list[tuple[int, str]] = []
        taken = [False] * len(folded)
        for start, end in sorted(self._stretches(folded), key=lambda span: span[0] - span[1]):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append((start, folded[start:end]))
        terms = (term for _, word in sorted(found) for term in self._table[word])
        return tuple(dict.fromkeys(term for term in terms if fold(term) not in folded))

    def _stretches(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where a word of the table stands: from one boundary of words to another, or at an edge of one word."""
        begins, ends = {}, {}
        for piece, at in self._words.pieces(folded):
            edge = at + len(piece)
            begins[at], ends[edge] = edge, at
        for start in range(len(folded)):
            for end in range(start + 2, min(len(folded), start + self._longest) + 1):
                whole = start in begins and end in ends
                opens = start in begins and end < begins[start]
                closes = end in ends and start > ends[end]
                if (whole or opens or closes) and folded[start:end] in self._table:
                    yield start, end
