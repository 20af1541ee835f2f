"""Question–passage pairs for the training: `python -m training.data` writes `work/pairs.jsonl`.

A line holds `source`, `lang` (of the question), `key` (pairs of one key are held out together),
`held_out`, `q`, `title`, `p`, where the passage is an article of the laws, `article`, its id, and where
a law has several pairs, `law`: they share batches. `titled` says that the passage needs its headings.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from qa_bot.text import parse_number
from training.corpus import Article, articles, by_id, held_out, read_pairs, same_text
from training.evaluated import Evaluated
from training.parallel import parallel_sentences
from training.settings import QUESTIONS, WORK, configuration

__all__ = ["PAIRS", "made", "main", "pairs", "read"]

PAIRS = WORK / "pairs.jsonl"
Pair = dict[str, Any]

_DEFINES = re.compile(
    r"^(?:本[^，。所]{1,6}|前款)?所称(?:的)?(?P<term>[^，。；：]{2,20}?)，?(?:，|是)?(?:是指|指|包括)"
)
_CITES = re.compile(r"本(?:法|条例|办法|规定|细则|规则)(第[一二三四五六七八九十百]+条)")
_PENALTY = re.compile(
    r"违反(?:了)?本(?:法|条例|办法|规定|细则|规则)(?:第[一二三四五六七八九十百、和至或款项条第]+)?的?规定，(?P<deed>[^，。；]{6,40})的，"
)
_NUMBER = re.compile(r"第[一二三四五六七八九十百]+条")
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*")


def read() -> list[Pair]:
    """What `main` wrote.

    Raises:
        SystemExit: it has not run.
    """
    if not PAIRS.is_file():
        raise SystemExit(f"缺少 {PAIRS}；请先运行 / Run first: python -m training.data")
    with PAIRS.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def pairs(settings: dict[str, Any]) -> Iterator[Pair]:
    """All pairs, at most as many of each source as `settings["pairs"]` says."""
    wanted: dict[str, int] = settings["pairs"]
    shuffle = random.Random(settings["seed"])
    for source in _SOURCES:
        if wanted.get(source, 0) <= 0:
            continue
        # Those of one key are drawn together, so that what is held out is a share of what is used.
        by_key: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair in made(source):
            by_key[pair["key"]].append(pair)
        keys = sorted(by_key)
        shuffle.shuffle(keys)
        left = wanted[source]
        for key in keys:
            if left <= 0:
                break
            for pair in by_key[key][:left]:
                left -= 1
                yield pair | {"held_out": held_out(key)}


def made(source: str) -> Iterator[Pair]:
    """All pairs of one source, however many."""
    return ({"source": source, **pair} for pair in _SOURCES[source]())


def _lay() -> Iterator[Pair]:
    """Questions that people asked lawyers, with the statutes that answer them."""
    for row in read_pairs():
        if row["set"] == "stard":
            yield _pair(row["lang"], row["q"], row["q"], row["title"], row["passage"])


def _encyclopedia() -> Iterator[Pair]:
    """Questions on paragraphs of the Chinese Wikipedia; a long one is cut to what holds the answer."""
    for row in read_pairs():
        if row["set"] != "stard":
            text = _around(row["passage"], row["answer"]["start"])
            yield _pair(row["lang"], row["title"], row["q"], row["title"], text)


def _around(text: str, at: int, most: int = 160) -> str:
    """Whole sentences of at most about `most` characters, the one at `at` among them."""
    spans = [match.span() for match in _SENTENCE.finditer(text)]
    first = last = next((i for i, (_, end) in enumerate(spans) if end > at), 0)
    while True:
        length = spans[last][1] - spans[first][0]
        before = spans[first - 1][1] - spans[first - 1][0] if first else most
        after = spans[last + 1][1] - spans[last + 1][0] if last + 1 < len(spans) else most
        if length + min(before, after) > most:
            return text[spans[first][0] : spans[last][1]]
        if before <= after:
            first -= 1
        else:
            last += 1


def _written() -> Iterator[Pair]:
    """Questions in eleven languages that were written for this training, on articles of the laws."""
    for file in sorted(QUESTIONS.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            article = by_id()[row["id"]]
            yield _of_article(row["lang"], article.law, row["q"], article)


def _beside() -> Iterator[Pair]:
    """Questions that were written for this training on ten articles of one law, which tell them apart."""
    for file in sorted((QUESTIONS / "beside").glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            article = by_id()[row["id"]]
            yield _of_article(row["lang"], article.law, row["q"], article) | {"law": article.law}


def _invented() -> Iterator[Pair]:
    """Questions on items of gazettes that do not exist, both written for this training.

    Laws are articles only; a gazette holds news, tables, appointments and lists as well.
    """
    for file in sorted((QUESTIONS / "invented").glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            for question in row["q"]:
                pair = _pair("zh", row["issue"], question, row["title"], row["text"])
                yield pair | {"law": row["issue"]}


def _number() -> Iterator[Pair]:
    """An article asked for by its number, in any dress, among its neighbours."""
    forms = (
        "{law}第{n}条",
        "{law}第{c}条怎么规定的",
        "{law}{n}条写了什么？",
        "第{c}条 {law}",
        "{law}里面第{n}条的原文",
    )
    by_law: defaultdict[str, list[Article]] = defaultdict(list)
    for article in articles():
        if article.latest and _NUMBER.fullmatch(article.number):
            by_law[article.law].append(article)
    for law, members in sorted(by_law.items()):
        if len(members) < 20:
            continue
        shuffle = random.Random(law)
        for article in shuffle.sample(members, 10):
            chinese = article.number[1:-1]
            short = re.sub(r"（.*?）|^中华人民共和国|^.{2,4}[省市](?=.{4})", "", law)
            question = shuffle.choice(forms).format(
                law=shuffle.choice((law, short)), c=chinese, n=parse_number(chinese)
            )
            yield _of_article("zh", law, question, article) | {"law": law, "titled": True}


def _subject() -> Iterator[Pair]:
    """An article and the words that head it: of chapters and sections that name one subject."""
    by_heading: defaultdict[tuple[str, str], list[Article]] = defaultdict(list)
    for article in articles():
        if article.latest and article.path:
            by_heading[article.law, article.path].append(article)
    for (law, path), members in by_heading.items():
        subject = re.sub(r"第[一二三四五六七八九十百]+[编章节]\s*", "", path)
        if len(members) == 1 and not re.search(r"总则|附则|法律责任|其他规定", subject):
            yield _of_article("zh", law, f"{law} {subject}", members[0])


def _definition() -> Iterator[Pair]:
    """What a term means, asked as people ask, and the article that defines it."""
    forms = ("什么是{}", "{}是什么意思", "{}指的是什么？", "{}包括哪些", "怎样才算{}", "{}的定义")
    for at, article in enumerate(articles()):
        match = _DEFINES.match(article.text)
        if match and article.latest:
            question = forms[at % len(forms)].format(match["term"])
            yield _of_article("zh", article.law, question, article)


def _citing() -> Iterator[Pair]:
    """A deed as the article on penalties words it, and the article of the same law that it breaks."""
    by_place = {(a.law, a.number): a for a in articles() if a.latest}
    for article in by_place.values():
        deed = _PENALTY.search(article.text)
        if deed and "下列" in deed["deed"]:
            continue  # what was done stands in a list below
        cited = _CITES.findall(article.text)
        if deed and len(cited) == 1 and (target := by_place.get((article.law, cited[0]))):
            yield _of_article("zh", article.law, deed["deed"], target)


def _parallel() -> Iterator[Pair]:
    """The same sentence in two languages, either side asking."""
    for at, (source, language, text, chinese) in enumerate(parallel_sentences()):
        key = f"{source} {chinese}"
        if at % 3:
            yield _pair(language, key, text, "", chinese)
        else:
            yield _pair("zh", key, chinese, "", text)


_SOURCES = {
    "lay": _lay,
    "written": _written,
    "beside": _beside,
    "invented": _invented,
    "number": _number,
    "encyclopedia": _encyclopedia,
    "subject": _subject,
    "definition": _definition,
    "citing": _citing,
    "parallel": _parallel,
}


def _pair(lang: str, key: str, question: str, title: str, passage: str) -> Pair:
    return {"lang": lang, "key": key, "q": question, "title": title, "p": passage}


def _of_article(lang: str, key: str, question: str, article: Article) -> Pair:
    pair = _pair(lang, key, question, article.headings, article.text)
    return pair | {"article": article.id}


def _without(some: Iterable[Pair], evaluated: Evaluated) -> tuple[list[Pair], int]:
    """The pairs that share nothing with an evaluation, and how many others there are."""
    everything = list(some)
    kept = [pair for pair in everything if not evaluated.holds(pair["q"], pair["p"])]
    return kept, len(everything) - len(kept)


def main() -> None:
    """Write the pairs and say how many of each kind there are."""
    kept, dropped = _without(pairs(configuration()), Evaluated.read())
    ids = {same_text(article.text): article.id for article in articles()}
    for pair in kept:
        if pair["source"] == "lay":
            pair["article"] = ids.get(same_text(pair["p"]))
    WORK.mkdir(parents=True, exist_ok=True)
    with PAIRS.with_suffix(".new").open("w", encoding="utf-8") as stream:
        for pair in kept:
            stream.write(json.dumps(pair, ensure_ascii=False) + "\n")
    PAIRS.with_suffix(".new").replace(PAIRS)
    for (source, held), count in sorted(
        Counter((p["source"], p["held_out"]) for p in kept).items()
    ):
        print(f"{source:14} {'held out' if held else 'training':9} {count:6,}")
    print(
        f"{dropped} 对与评测材料有相同文字，已除去 / pairs share text with the evaluation and were left out"
    )


if __name__ == "__main__":
    main()
