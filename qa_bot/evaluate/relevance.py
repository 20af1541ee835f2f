"""Which clauses of a corpus answer a question, by what its set says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qa_bot.evaluate.questions import Problem, Question
from qa_bot.gazette.grammar import numbers_in
from qa_bot.index import Generation
from qa_bot.text import Span, fold, parse_number, strip_space

__all__ = ["Expected", "Relevance"]

_ARTICLE = re.compile(r"^第?\s*(?P<number>[\d一二三四五六七八九十百零〇两]+)\s*条?$")


@dataclass(frozen=True, slots=True)
class Expected:
    """What would answer one question.

    Attributes:
        snippets: of the question, without white space.
        holders: ids of all clauses that answer: an article and its 款 both hold what the 款 says.
        relevant: those of them that hold no other, in the order of the corpus; what a TREC file calls
            relevant.
    """

    snippets: tuple[str, ...]
    holders: frozenset[str]
    relevant: tuple[str, ...]

    def answers(self, quote: str, clause_id: str) -> bool:
        """Whether a quote is a hit: it holds a snippet, or is the clause that was expected.

        Args:
            quote: without white space.
            clause_id: of the clause quoted; what another system quotes need not have one.
        """
        if self.snippets:
            return any(snippet in quote for snippet in self.snippets)
        return clause_id in self.holders

    def name(
        self, quote: str, clause_id: str, taken: Collection[str], texts: dict[str, str]
    ) -> str:
        """The id under which a quote stands in a TREC file.

        A hit that is no relevant clause itself, such as a whole article, stands for the first relevant
        clause that is not `taken` yet, of those in it if there are any. Everything else keeps its own id.
        """
        if clause_id in self.relevant or not self.answers(quote, clause_id):
            return clause_id
        within = [one for one in self.relevant if one.startswith(f"{clause_id}/")]
        shared = [
            one
            for one in self.relevant
            if any(snippet in quote and snippet in texts[one] for snippet in self.snippets)
        ]
        others = self.relevant if not (within or shared) else ()
        return next((one for one in (*within, *shared, *others) if one not in taken), clause_id)


class Relevance:
    """Knows the clauses of a generation, to tell which of them answer a question."""

    def __init__(self, generation: Generation) -> None:
        records = generation.records
        self._all = records.at(range(generation.manifest.clauses))
        self.texts = {one.clause.id: strip_space(one.clause.text) for one in self._all}
        self.ids: Sequence[str] = [one.clause.id for one in self._all]
        self._texts = {issue.id: records.text(issue.id) for issue in records.issues}
        self.sources = {name: strip_space(text) for name, text in self._texts.items()}
        self._documents = records.documents

    def of(self, question: Question) -> Expected:
        """What would answer a question; nothing for one without answer, or that names what is not here."""
        if question.gold:
            snippets = tuple(strip_space(snippet) for snippet in question.gold)
            holders = [
                name
                for name in self.ids
                if any(snippet in self.texts[name] for snippet in snippets)
            ]
        elif question.answerable:
            snippets = ()
            holders = self._below(question)
        else:
            return Expected((), frozenset(), ())
        held = set(holders)
        outer = {
            "/".join(steps[:count])
            for steps in (name.split("/") for name in holders)
            for count in range(1, len(steps))
        }
        return Expected(
            snippets, frozenset(held), tuple(name for name in holders if name not in outer)
        )

    def problems(self, question: Question) -> list[Problem]:
        """What of a question's expectations the corpus does not have."""
        found: list[tuple[str, str]] = []
        for snippet in question.gold:
            bare = strip_space(snippet)
            if any(bare in text for text in self.texts.values()):
                continue
            if any(bare in text for text in self.sources.values()):
                why = (
                    "在原文里，但不在任何一条之内；请缩短 / "
                    "stands in the source but in no single clause: shorten it"
                )
            else:
                why = "原文里没有；请逐字抄录 / not in the corpus: copy it word for word"
            found.append((f"“{snippet}” {why}", f"gold {why}"))
        if question.answerable and not question.gold and not self._below(question):
            what = " ".join(filter(None, (question.doc, question.article)))
            why = "语料里没有；qa-bot show 列出编号 / not in the corpus: see qa-bot show"
            found.append((f"{what} {why}", f"doc, article: {why}"))
        if question.doc and not self.keys(question.doc):
            why = "语料里没有这个文件 / no such document here: see qa-bot show"
            found.append((f"{question.doc} {why}", f"doc: {why}"))
        return [Problem(question.line, *messages) for messages in dict.fromkeys(found)]

    def keys(self, doc: str) -> list[str]:
        """Prefixes of the ids of a document or part, by its id, its number, or its title."""
        number = next((normal for normal, _, _ in numbers_in(doc)), None)
        bare = fold(doc.strip().strip("《》"))
        found = []
        for document in self._documents:
            if doc.strip() == document.id or (document.number and number == document.number):
                found.append(document.id)
                continue
            for part in document.parts:
                titles = (part.title, *part.other_titles)
                if any(title and fold(title) == bare for title in titles):
                    found.append("/".join(filter(None, (document.id, part.id))))
        return found

    def _below(self, question: Question) -> list[str]:
        """The clauses of the document or article that a question expects."""
        names = list(self.ids)
        if question.doc:
            keys = self.keys(question.doc)
            names = [
                name for name in names if any(name == k or name.startswith(f"{k}/") for k in keys)
            ]
        if question.article:
            wanted = question.article.strip()
            cited = {one.clause.id for one in self._all if one.citation == wanted}
            match = _ARTICLE.match(wanted)
            step = f"art_{parse_number(match['number'])}" if match else None
            names = [
                name
                for name in names
                if name == wanted
                or name.startswith(f"{wanted}/")
                or name in cited
                or (step is not None and question.doc and step in name.split("/"))
            ]
        return names

    def verbatim(self, quote: str, issue_id: str | None, spans: Sequence[Span]) -> bool:
        """Whether a quote, without white space, is what stands at its spans of its source.

        Of a quote without spans, whether it stands in some source at all.
        """
        if issue_id is None or not spans:
            return any(quote in text for text in self.sources.values())
        text = self._texts[issue_id]
        return strip_space("".join(text[start:end] for start, end in spans)) == quote
