"""Plain BM25: bm25s with its defaults over jieba's search mode, the product's clauses as documents.

    python eval/baselines/bm25.py eval/questions/test.jsonl > bm25.jsonl
    qa-bot eval eval/questions/test.jsonl --answers bm25.jsonl
    python eval/baselines/bm25.py --hardness

A clause is indexed with its titles, headings and context (the stronger variant: with its own words alone
BM25 is worse). `--hardness` prints how often it puts a right clause first for the questions in
simplified Chinese, which is what the difficulty of a set is measured by.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

import bm25s
import jieba
import numpy as np

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import Question, read_questions
from qa_bot.index.passages import passage
from qa_bot.text import strip_space

QUESTIONS = Path(__file__).resolve().parent.parent / "questions"


class Plain:
    """BM25 over the searchable clauses."""

    def __init__(self, bot: Bot, own_words: bool = False) -> None:
        jieba.setLogLevel(logging.ERROR)
        records = bot.generation.records
        everything = records.at(range(bot.generation.manifest.clauses))
        self.clauses = [record for record in everything if record.clause.searchable]
        texts = [
            record.clause.text
            if own_words
            else passage(
                record.clause, records.document(record.issue_id, record.clause.document_id)
            ).full
            for record in self.clauses
        ]
        self.index = bm25s.BM25()
        self.index.index([self.cut(text) for text in texts], show_progress=False)

    @staticmethod
    def cut(text: str) -> list[str]:
        return [word for word in jieba.lcut_for_search(text) if word.strip()]

    def best(self, question: str, count: int = 10) -> list[int]:
        known = [word for word in self.cut(question) if word in self.index.vocab_dict]
        if not known:
            return []
        scores = self.index.get_scores(known)
        order = np.argsort(-scores, kind="stable")[:count]
        return [int(i) for i in order if scores[i] > 0]


def first_right(plain: Plain, questions: list[Question]) -> float:
    hits = []
    for one in questions:
        best = plain.best(one.q, 1)
        text = strip_space(plain.clauses[best[0]].clause.text) if best else ""
        hits.append(any(strip_space(snippet) in text for snippet in one.gold))
    return float(np.mean(hits))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", help="question set (JSONL)")
    parser.add_argument(
        "--hardness", action="store_true", help="of both splits, simplified Chinese"
    )
    wanted = parser.parse_args()
    bot = Bot.open()
    if wanted.hardness:
        for own_words in (False, True):
            plain = Plain(bot, own_words)
            for split in ("dev", "test"):
                asked = read_questions(QUESTIONS / f"{split}.jsonl").questions
                some = [one for one in asked if one.lang == "zh" and one.gold]
                what = "own words" if own_words else "with headings"
                print(f"{split} ({len(some)}), {what}: right first {first_right(plain, some):.3f}")
        return
    if wanted.file is None:
        parser.error("name a question set")
    plain = Plain(bot)
    for one in read_questions(wanted.file).questions:
        began = time.perf_counter()
        best = plain.best(one.q)
        spent = (time.perf_counter() - began) * 1000
        answers = [
            {"quote": plain.clauses[i].clause.text, "clause_id": plain.clauses[i].clause.id}
            for i in best
        ]
        status = "answered" if answers else "not_found"
        reply = {"id": one.id, "status": status, "answers": answers, "elapsed_ms": spent}
        print(json.dumps(reply, ensure_ascii=False))


if __name__ == "__main__":
    main()
