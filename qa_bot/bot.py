"""The bot: the stages put together. Every door asks through `Bot`."""

from __future__ import annotations

import functools
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_bot.answer import Answer, Reply, compose, quote
from qa_bot.conversation import LAST, Turn, follow
from qa_bot.encoder import (
    Encoder,
    open_encoder,
    open_model,
    prepare,
)
from qa_bot.errors import (
    IndexDamagedError,
    NotFoundError,
    QuestionError,
)
from qa_bot.examples import drafts, kind_of
from qa_bot.exemptions import Exemption
from qa_bot.filters import Filters, positions_within
from qa_bot.index import (
    Generation,
    current_generation,
)
from qa_bot.lookup import look_up, select
from qa_bot.milvus import Place, open_generation
from qa_bot.search import search
from qa_bot.settings import DataFolder, Retriever
from qa_bot.understanding import is_foreign
from qa_bot.verify import Verification, Verifier, check_text
from qa_bot.versions import left_out, left_out_on, searched_for

__all__ = ["Bot", "Trace", "check_question"]

MAX_QUESTION = 2_000
_ANYWHERE = Filters()


@dataclass(frozen=True, slots=True)
class Trace:
    """A reply, and how it came about.

    Attributes:
        reply: what is shown.
        candidates: positions of the best 100 clauses, before the quotes were chosen.
        stages: milliseconds by stage: `analyse`, `encode`, `rank`, `compose`.
    """

    reply: Reply
    candidates: tuple[int, ...]
    stages: dict[str, float]


class Bot:
    """Answers questions from an index. Safe to use from several threads.

    Attributes:
        generation: of the index.
        encoder: of the model that it was built with.
        listener: told of every question that `ask` answers; `None` for nobody.
    """

    def __init__(self, generation: Generation, encoder: Encoder) -> None:
        self.generation = generation
        self.encoder = encoder
        # The day counts, since works expire.
        self._within = functools.lru_cache(maxsize=64)(
            lambda filters, without, _: array(
                "i", positions_within(generation.records, filters, without) or ()
            )
        )
        self.listener: Callable[[Trace], None] | None = None
        self._verifier: Verifier | None = None
        self._verifier_lock = threading.Lock()

    @classmethod
    def open(cls, data: DataFolder | None = None) -> Bot:
        """Open the index in use and the model that it was built with.

        Raises:
            IndexMissingError: nothing was built yet.
            IndexDamagedError: a file of the index is missing or altered.
            ModelError: the model is missing or damaged.
            StoreError: the store that the data folder names does not answer, or holds what cannot be read.
        """
        data = data or DataFolder.default()
        if data.store is not None:
            stored = open_generation(Place.read(data.store))
            if not (data.models / stored.manifest.model).is_dir():
                # On a machine where nothing was built the embedded model is unpacked.
                prepare(None, data.models)
            return cls.over(stored, data)
        folder = current_generation(data.index)
        try:
            generation = Generation(folder)
        except IndexDamagedError:
            again = current_generation(data.index)
            if again == folder:
                raise
            generation = Generation(again)  # a build has put another in its place meanwhile
        return cls.over(generation, data)

    @classmethod
    def over(cls, generation: Generation, data: DataFolder) -> Bot:
        """Over a generation that is open, with the model that it was built with.

        Raises:
            IndexDamagedError, ModelError: as `open`.
        """
        model = open_model(data.models / generation.manifest.model)
        if model.fingerprint != generation.manifest.model_fingerprint:
            raise IndexDamagedError(
                "索引是用另一个模型建的；请运行 qa-bot build / "
                "The index was built with another model. Run: qa-bot build"
            )
        return cls(generation, open_encoder(model))

    def ask(
        self,
        question: str,
        count: int = 3,
        history: Sequence[Turn | str] = (),
        filters: Filters = _ANYWHERE,
    ) -> Reply:
        """Answer a question with up to `count` clauses, word for word, or say that there is none.

        Args:
            question: as a user asks it.
            count: clauses at most.
            history: the conversation before it, oldest first: turns, or earlier questions alone, which are
                asked first. The last `LAST` count, and only where the question goes on from them; the
                reply's `context` says so.
            filters: where an answer may come from.

        Raises:
            QuestionError: the question, or an earlier one, is empty, too long, or no valid text.
            FilterError: the filters leave nothing; the message lists the values that there are.
        """
        trace = self.trace(question, count, history=history, filters=filters)
        if self.listener is not None:
            self.listener(trace)
        return trace.reply

    def trace(
        self,
        question: str,
        count: int = 3,
        retriever: Retriever = Retriever.FULL,
        history: Sequence[Turn | str] = (),
        filters: Filters = _ANYWHERE,
    ) -> Trace:
        """Answer a question as `ask` does, and tell how it came to that.

        Of a part of the search alone the question stands by itself whatever was asked before. Earlier
        questions that have to be asked first do not count into the times.

        Raises:
            QuestionError: as `ask`.
            FilterError: as `ask`.
        """
        full = retriever is Retriever.FULL
        asked = check_question(question)
        among = self.within(filters, asked)
        if filters.as_of is None:
            asked = searched_for(self.generation.records, asked)
        turns = self._turns(history, filters) if full else ()
        began = time.perf_counter()
        limit = max(count, 10)
        context = None
        if turns:
            result, context = follow(self.generation, self.encoder, asked, turns, limit, among)
        else:
            result = search(self.generation, self.encoder, asked, limit, retriever, among=among)
        searched = time.perf_counter()
        reply = compose(self.generation, question, result, count, filters.as_of)
        ended = time.perf_counter()
        stages = result.stages | {"compose": (ended - searched) * 1000}
        reply = replace(reply, elapsed_ms=(ended - began) * 1000, context=context)
        return Trace(reply, result.candidates, stages)

    def within(self, filters: Filters, question: str = "") -> Sequence[int] | None:
        """Positions of the clauses that filters leave, of the versions that a question means; `None` for all.

        Raises:
            FilterError: as `ask`.
        """
        if filters.as_of is not None:
            return self._within(filters, frozenset(), date.today())
        without = left_out(self.generation.records, question)
        return self._within(filters, without, date.today()) if filters or without else None

    def _turns(self, history: Sequence[Turn | str], filters: Filters) -> tuple[Turn, ...]:
        """The last turns, their questions checked; of a question alone what it is answered with."""
        turns: tuple[Turn, ...] = ()
        for one in history[-LAST:]:
            if isinstance(one, Turn):
                turn = replace(one, question=check_question(one.question))
            else:
                reply = self.trace(one, history=turns, filters=filters).reply
                ids = tuple(answer.clause.id for answer in reply.answers)
                searched = reply.context.searched if reply.context else None
                turn = Turn(check_question(one), ids, searched)
            turns = (*turns, turn)
        return turns

    def clause(self, clause_id: str) -> Answer:
        """One clause by its id, or by the address of another place of its text.

        Raises:
            NotFoundError: there is none with that id.
        """
        records = self.generation.records
        record = records.clause_at(clause_id)
        if record is None:
            raise NotFoundError(
                f"没有编号为 {clause_id} 的条文；qa-bot show 列出全部 / "
                f"No clause has the id {clause_id}. List them all: qa-bot show"
            )
        return quote(self.generation, record)

    def exemptions(
        self,
        query: str | None = None,
        *,
        authority: str | None = None,
        category: str | None = None,
        law: str | None = None,
        on: date | None = None,
    ) -> list[Exemption]:
        """The penalty exemptions that fit all filters; with a query in its order, otherwise in the lists'.

        Args:
            query: what somebody did, in everyday words; none is left out for it.
            authority: a part of its name, or a department as people call it.
            category: a part of its name.
            law: a part of a law's title.
            on: a day on which the list holds.

        Raises:
            FilterError: nothing fits; the message lists the values that there are.
            QuestionError: as `ask`.
        """
        asked = check_question(query) if query is not None else None
        records = self.generation.records
        without = left_out_on(records, on) if on else left_out(records, query or "")
        held = records.exemptions.all
        if without:
            places = {one.clause_id: records.by_id(one.clause_id) for one in held}
            held = [
                one
                for one in held
                if (at := places[one.clause_id]) is None
                or (at.issue_id, at.clause.document_id) not in without
            ]
        chosen = select(held, authority, category, law, on)
        if asked is None or not chosen:
            return chosen
        return look_up(self.generation, self.encoder, asked, chosen)

    def verify(self, text: str) -> Verification:
        """Say for each quote and each citation of a text whether it holds in this corpus.

        Raises:
            InputError: the text is empty, longer than `qa_bot.verify.MAX_TEXT` characters, or no valid text.
        """
        checked = check_text(text)
        return self.prepare_verify().verify(checked)

    def prepare_verify(self) -> Verifier:
        """Read the corpus for `verify`, unless that is done; of several threads one does, the others wait for it."""
        with self._verifier_lock:
            if self._verifier is None:
                records = self.generation.records
                bodies = (one.issuer for one in records.documents if one.issuer)
                names = (*self.generation.words.dictionary, *bodies)
                self._verifier = Verifier(records, names)
            return self._verifier

    def warm_up(self) -> None:
        """Answer once, so that the first user does not wait for lazy loading."""
        self.trace("公报")

    def examples(self, questions: Sequence[str] = ()) -> dict[str, list[str]]:
        """Questions that this corpus answers, by kind of clause (`qa_bot.examples.kind_of`).

        Those of `questions` that it answers come first; a kind that has none is asked about in words of the
        latest issue, if that is then found.

        Args:
            questions: that somebody thought of; one that is not in Chinese counts as `foreign`.
        """
        found: dict[str, list[str]] = {}
        for question in questions:
            reply = self.trace(question).reply
            if reply.answers:
                first = reply.answers[0]
                kind = kind_of(first.clause.kind, first.exemption is not None)
                kind = "foreign" if is_foreign(question) else kind
                found.setdefault(kind, []).append(question)
        for kind, made in drafts(self.generation.records).items():
            if kind in found:
                continue
            for draft in made:
                answers = self.trace(draft.question).reply.answers
                if answers and answers[0].document.id == draft.document:
                    found[kind] = [draft.question]
                    break
        return found


def check_question(question: str) -> str:
    """A question as it is searched for: without control characters and outer white space.

    Raises:
        QuestionError: it is empty, longer than `MAX_QUESTION` characters, or holds half of a surrogate
            pair, which no text can hold.
    """
    if any("\ud800" <= char <= "\udfff" for char in question):
        raise QuestionError(
            "问题里有残缺的字符（单个代理项），请重新输入 / "
            "The question holds a lone surrogate, which is no character: type it again."
        )
    cleaned = "".join(char if char.isprintable() else " " for char in question).strip()
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError(
            "问题是空的，请写下要问的事，例如：开药店至少要多大面积？ / "
            "The question is empty: write what you want to know."
        )
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"问题有 {len(cleaned)} 个字，最多 {MAX_QUESTION} 个；请只留要点 / "
            f"The question has {len(cleaned)} characters, the limit is {MAX_QUESTION}: shorten it."
        )
    return cleaned
