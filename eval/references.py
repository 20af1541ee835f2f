"""Every document number and article that the corpus has, in many dresses: is it what comes first?

    python eval/references.py             figures, and what does not come first
    python eval/references.py --list      all questions, a line each

Numbers and articles that do not exist are asked for, too: none of these may be answered as if it did.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

from rich.progress import track

from qa_bot.bot import Bot
from qa_bot.gazette.grammar import split_number
from qa_bot.references import Work
from qa_bot.text import chinese_number

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def held_numbers(bot: Bot) -> list[str]:
    """温政办〔2019〕35号, … of all documents that the corpus has or lists."""
    found = (name for name, _, _ in bot.generation.records.numbered("〔%号"))
    return sorted(dict.fromkeys(found))


def numbers(bot: Bot) -> Iterator[tuple[str, str]]:
    """(number, question) for each document number of the corpus."""
    for number in held_numbers(bot):
        words, tail = split_number(number)
        year, serial = tail[1:5], tail[6:-1]
        yield number, number
        yield number, f"{number}是什么文件"
        yield number, f"{words}[{year}]{serial}号"
        yield number, f"{words}（{year}）{serial}号讲什么"
        yield number, f"{words}{year}年{serial}号文"
        yield number, f"{words}〔{year}〕 {serial} 号".translate(_WIDE)
        yield number, f"What is document {words}[{year}]{serial}?"


def short_name(work: Work) -> str:
    return work.title.rpartition("市")[2] or work.title


def articles(bot: Bot) -> Iterator[tuple[str, str]]:
    """(beginning of the clause's id, question) for each article of the corpus."""
    for work in bot.generation.records.works:
        for number in work.articles:
            key = f"{work.key}/art_{number}"
            written = f"第{chinese_number(number)}条"
            yield key, f"《{work.title}》{written}"
            yield key, f"{work.title}第{number}条"
            yield key, f"{short_name(work)}{written}写了什么"
            yield key, f"{number}条 {short_name(work)}"


def absent(bot: Bot) -> Iterator[str]:
    """Questions for numbers and articles that the corpus does not have."""
    held = held_numbers(bot)
    for number in held:
        words, tail = split_number(number)
        other = f"{words}〔{tail[1:5]}〕{int(tail[6:-1]) + 500}号"
        if other not in held:
            yield other
            yield f"{other}是什么文件"
        other = f"{words}〔{int(tail[1:5]) - 9}〕{tail[6:-1]}号"
        if other not in held:
            yield f"{other}讲了什么"
    for work in bot.generation.records.works:
        if work.articles:
            last = max(work.articles)
            for number in (last + 1, last + 11, last + 100):
                yield f"《{work.title}》第{number}条"
                yield f"{work.title}第{chinese_number(number)}条写了什么"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="print every question")
    wanted = parser.parse_args()
    bot = Bot.open()
    first: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for what, pairs in (("numbers", list(numbers(bot))), ("articles", list(articles(bot)))):
        for key, question in track(pairs, what):
            reply = bot.ask(question)
            answer = reply.answers[0] if reply.answers else None
            right = answer is not None and (
                key in (answer.document.number, answer.clause.id)
                or answer.clause.id.startswith(f"{key}/")
                or (what == "numbers" and key in answer.quote)
            )
            first[what] += right
            asked[what] += 1
            if wanted.list or not right:
                print("ok   " if right else "WRONG", question, "→", answer and answer.citation)
    for question in track(list(absent(bot)), "absent"):
        reply = bot.ask(question)
        right = reply.status == "not_found"
        first["absent, refused"] += right
        asked["absent, refused"] += 1
        if wanted.list or not right:
            print(
                "ok   " if right else "WRONG",
                question,
                "→",
                [one.citation for one in reply.answers[:1]],
            )
    for what, count in asked.items():
        print(f"{what}: {first[what]} of {count} ({first[what] / count:.3f})")


if __name__ == "__main__":
    main()
