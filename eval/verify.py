"""What verification gets right, and what it costs: the figures of docs/verify.md.

    python eval/verify.py                all but --growth; about five minutes
    python eval/verify.py --mutations    every clause as it is copied, with one character and with each digit changed
    python eval/verify.py --noise        every clause in 40 other layouts
    python eval/verify.py --timings      one clause, 2,000 characters, a draft, 20,000 characters
    python eval/verify.py --growth       257 issues made of ours: 150,000 clauses; a minute, 1 GiB

Prints one line a figure, and leaves with 1 where a changed clause passed for verified. Needs a built index
(`qa-bot build`), no model. What is random has a fixed seed. Times are CPU time, so that other work
on the machine counts little; all but those of --growth are the best of several runs.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np

from qa_bot.index import ClauseRecord, Records, current_generation
from qa_bot.settings import DataFolder
from qa_bot.verify import Check, Verifier
from qa_bot.verify.nearness import nearest
from qa_bot.verify.ngrams import Trigrams
from qa_bot.verify.passages import Passages
from qa_bot.verify.quotes import Quote, find_verbatim
from qa_bot.web.quoting import copy_text

CHANGES, LAYOUTS, ISSUES, SAMPLE = 5, 40, 257, 200
STANDS = ("verified", "ambiguous")
BRIEF = 12
HAN = "的不得可应当以上下元年月日人市县区局法规定办理企业三五七万或和未无禁止"
NOISE = ("", "", "", " ", "\u3000", "\n", "\r\n", "\u200b", "\ufeff")
WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
OTHER = {"“": '"', "”": "」", "〔": "[", "〕": "]", "《": "〈", "—": "–", "。": "｡"} | {
    wide: narrow for narrow, wide in WIDE.items()
}


class Held:
    """A corpus and its verifier; also what the property tests share."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.clauses = [one for issue in records.issues for one in records.of(issue.id)]
        self.verifier = Verifier(records)
        texts = [records.text(issue.id) for issue in records.issues]
        self._everything = [
            plain(text) for text in (*texts, *(c.clause.text for c in self.clauses))
        ]

    def stands(self, text: str) -> bool:
        """Whether a text is in the corpus, by an obvious search."""
        return any(plain(text) in one for one in self._everything)


def plain(text: str) -> str:
    """An obvious canonical form, written apart from the program's."""
    folded = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join(
        new if len(new) == 1 else char
        for char, new in zip(text, folded, strict=True)
        if not char.isspace()
    ).translate(str.maketrans("“”‘’「」『』。〔〕【】〈〉—", '""""""""' + "." + "[][]《》-"))


def changed(text: str, seed: int) -> str:
    """`text` with one character changed that counts."""
    chance = random.Random(seed)
    while True:
        at = chance.randrange(len(text))
        if text[at].isspace():
            continue
        char = chance.choice(HAN)
        kind = chance.choice(["digit", "replace", "delete", "insert", "not"])
        if kind == "digit":
            digits = [i for i, one in enumerate(text) if one.isdigit()]
            if not digits:
                continue
            at = chance.choice(digits)
            made = text[:at] + chance.choice("0123456789") + text[at + 1 :]
        elif kind == "not":
            made = text[:at] + "不" + text[at:]
        elif kind == "replace":
            made = text[:at] + char + text[at + 1 :]
        elif kind == "delete":
            made = text[:at] + text[at + 1 :]
        else:
            made = text[:at] + char + text[at:]
        # Beside …… (dots of a contents page) a character that is missing is one left out.
        if plain(made) != plain(text) and not ("…" in text and kind == "delete"):
            return made


def noisy(text: str, seed: int) -> str:
    """`text` in another layout: blanks and breaks anywhere, other widths and marks."""
    chance = random.Random(seed)
    return "".join(
        chance.choice([char, WIDE.get(char, OTHER.get(char, char))]) + chance.choice(NOISE)
        for char in text
    )


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def quotes_of(checks: tuple[Check, ...]) -> list[Check]:
    return [check for check in checks if check.kind != "citation"] or list(checks)


# ---- right and wrong


def mutations(held: Held) -> bool:
    """Print what is said of every clause, right and changed; whether no changed one stands."""
    progress("copies and citations")
    verdicts: Counter[str] = Counter()
    cited: Counter[str] = Counter()
    for one in held.clauses:
        (check,) = held.verifier.verify(copy_text(one.clause.text, one.citation)).checks
        there = one.clause.id in [place.record.clause.id for place in check.at if place.record]
        verdicts[check.verdict if there else "elsewhere"] += 1
        (check,) = held.verifier.verify(one.citation).checks
        cited[check.verdict] += 1
    print(f"clauses copied with their citation, {len(held.clauses)}: {told(verdicts)}")
    print(f"citations alone, {len(held.clauses)}: {told(cited)}")
    passed = 0
    alone, with_citation = Counter(), Counter()
    brief = several = 0
    for seed in range(CHANGES):
        progress(f"one character changed, {seed + 1} of {CHANGES}")
        for number, one in enumerate(held.clauses):
            made = changed(one.clause.text, 1000 * seed + number)
            if held.stands(made):
                continue  # what is left is a piece of the clause
            for counts, text in (
                (alone, made),
                (with_citation, copy_text(made, one.citation)),
            ):
                checks = quotes_of(held.verifier.verify(text).checks)
                verdict = "+".join(sorted({check.verdict for check in checks}))
                counts[verdict] += 1
                passed += any(check.verdict in STANDS for check in checks)
                if counts is alone:
                    several += any(check.compared and check.near for check in checks)
                elif verdict != "altered":
                    brief += len(plain(made)) < BRIEF
    print(f"one character changed, alone, {alone.total()}: {told(alone)}")
    print(f"  of them as near to other clauses, which are listed: {several}")
    print(f"one character changed, cited, {with_citation.total()}: {told(with_citation)}")
    print(f"  of those that are not altered under {BRIEF} characters: {brief}")
    progress("digits")
    digits: Counter[str] = Counter()
    for one in held.clauses:
        text = one.clause.text
        for match in re.finditer(r"\d", text):
            new = str((int(match[0]) + 3) % 10)
            made = text[: match.start()] + new + text[match.end() :]
            if held.stands(made):
                continue
            (check,) = held.verifier.verify(copy_text(made, one.citation)).checks
            passed += check.verdict in STANDS
            digits[check.verdict + (", value told" if check.changed_values else "")] += 1
    print(f"each digit changed, cited, {digits.total()}: {told(digits)}")
    print(f"changed and yet verified or ambiguous: {passed}")
    return not passed


def told(counts: Counter[str]) -> str:
    return "; ".join(f"{name} {count}" for name, count in counts.most_common())


def noise(held: Held) -> None:
    failed = 0
    for seed in range(LAYOUTS):
        progress(f"layouts, {seed + 1} of {LAYOUTS}")
        for number, one in enumerate(held.clauses):
            checks = held.verifier.verify(noisy(one.clause.text, 1000 * seed + number)).checks
            failed += len(checks) != 1 or checks[0].verdict not in STANDS
    total = LAYOUTS * len(held.clauses)
    print(f"clauses in other layouts that stand: {total - failed} of {total}")


# ---- milliseconds


def best(work, runs: int = 3) -> float:
    """Milliseconds of CPU time: to wait for a busy core is not the program's."""
    taken = []
    for _ in range(runs):
        began = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began))
    return min(taken)


def two(taken: list[float]) -> str:
    return f"median {np.median(taken):.2f} ms, largest {max(taken):.2f} ms"


def in_the_middle(text: str, more: str) -> str:
    return text[: len(text) // 2] + more + text[len(text) // 2 :]


def timings(held: Held) -> None:
    verify = held.verifier.verify
    source = held.records.text(held.records.issues[0].id)
    progress("building")
    print(f"building the index: {best(lambda: Verifier(held.records), 5):.0f} ms")
    progress("one clause")
    texts = [one.clause.text for one in held.clauses]
    print(f"one clause, verbatim: {two([best(lambda t=t: verify(t)) for t in texts])}")
    other = [in_the_middle(text, "不") for text in texts]
    print("one clause, with a change: " + two([best(lambda t=t: verify(t)) for t in other]))
    progress("long texts")
    long = source[21_000:23_000]
    altered = f"{long[:500]}不{long[501:1000]}9{long[1001:1500]}甲{long[1501:]}"
    print(f"2,000 characters, verbatim: {best(lambda: verify(long), 7):.0f} ms")
    print(f"2,000 characters, three changes: {best(lambda: verify(altered), 7):.0f} ms")
    draft = drafted(held.clauses)
    summary = {verdict: n for verdict, n in verify(draft).summary.items() if n}
    print(
        f"a draft of {len(draft):,} characters, {summary}: {best(lambda: verify(draft), 7):.0f} ms"
    )
    full = source[:20_000]
    changed_full = f"{full[:9000]}甲{full[9000:-1]}"
    print(f"20,000 characters, verbatim: {best(lambda: verify(full)):.0f} ms")
    print(f"20,000 characters, with a change: {best(lambda: verify(changed_full)):.0f} ms")


def drafted(clauses: list[ClauseRecord]) -> str:
    """Quotes with their citations, 2,000 characters of them; where a clause has a comma, it is changed there."""
    middling = [one for one in clauses if 40 < len(one.clause.text) < 200]
    draft = ""
    for one in random.Random(3).sample(middling, len(middling)):
        if len(draft) > 1900:
            break
        text = one.clause.text.replace("，", "，又", 1).replace("\n", "")
        draft += f"按照{one.citation}规定：“{text}”。\n"
    return draft


# ---- growth


class Grown:
    """Records of many issues made of one: in each of the copies a third of the Han characters are others.

    Its clauses are read from the index of the one; `position` counts through all, as in an index.
    """

    def __init__(self, records: Records, count: int) -> None:
        self._records = records
        base = records.issues[0]
        self.issues = [replace(base, id=f"{base.id}-{number:03}") for number in range(count)]
        self._base = base.id
        self._size = len(records.of(base.id))
        self._numbers = {issue.id: number for number, issue in enumerate(self.issues)}
        han = sorted({c for c in records.text(base.id) if "\u4e00" <= c <= "\u9fff"})
        chance = random.Random(1)
        self._tables: dict[str, dict[int, str]] = {}
        for number, issue in enumerate(self.issues):
            mixed = chance.sample(han, len(han))
            pairs = zip(han[::3], mixed[::3], strict=True) if number else ()
            self._tables[issue.id] = str.maketrans(dict(pairs))
        text = records.text(base.id)
        # In UTF-8, as in an index, so that reading one costs what it costs there.
        self._texts = {one: text.translate(table).encode() for one, table in self._tables.items()}

    def text(self, issue_id: str) -> str:
        return self._texts[issue_id].decode()

    def at(self, positions: list[int]) -> list[ClauseRecord]:
        made = []
        for position in positions:
            number, here = divmod(position, self._size)
            (one,) = self._records.at([here])
            made.append(self._moved(one, self.issues[number].id))
        return made

    def of(self, issue_id: str) -> list[ClauseRecord]:
        return [self._moved(one, issue_id) for one in self._records.of(self._base)]

    def _moved(self, record: ClauseRecord, issue_id: str) -> ClauseRecord:
        clause = replace(record.clause, text=record.clause.text.translate(self._tables[issue_id]))
        position = self._numbers[issue_id] * self._size + record.position
        return replace(record, issue_id=issue_id, position=position, clause=clause)


def growth(held: Held) -> None:
    grown = Grown(held.records, ISSUES)
    progress(f"reading {ISSUES} issues")
    began = time.process_time()
    passages = Passages(grown)
    whole = time.process_time() - began
    progress("sorting")
    began = time.process_time()
    index = Trigrams(passages.text)
    sorting = time.process_time() - began
    size = (index._keys.nbytes + index._at.nbytes) / 1e6
    del index
    print(
        f"growth: {ISSUES} issues, {ISSUES * len(held.clauses):,} clauses, "
        f"{len(passages.text) / 1e6:.1f} million characters: built in {whole:.1f} s, "
        f"of it trigrams sorted {sorting:.1f} s, {size:.0f} MB"
    )
    chance = random.Random(2)
    found, near, stretches = [], [], []
    for number in range(SAMPLE):
        if number % 50 == 0:
            progress(f"clauses of any issue, {number} of {SAMPLE}")
        record = chance.choice(grown.of(chance.choice(grown.issues).id))
        quote = Quote.of(record.clause.text, 0)
        # Once: the second time its issue would be in memory.
        found.append(best(lambda q=quote: find_verbatim(passages, q), 1))
        other = Quote.of(in_the_middle(record.clause.text, "不"), 0)
        near.append(best(lambda q=other: nearest(passages, q), 1))
        passages.forget()
        stretches.append(best(lambda r=record: passages.stretches([r])))
    print(f"growth, a clause of any issue found, first time: {two(found)}")
    print(f"growth, the nearest of a changed one: {two(near)}")
    print(f"growth, the stretch of a clause cited: {two(stretches)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--mutations", action="store_true", help="what is right and what is wrong")
    parser.add_argument("--noise", action="store_true", help="other layouts")
    parser.add_argument("--timings", action="store_true", help="milliseconds")
    parser.add_argument("--growth", action="store_true", help="150,000 clauses")
    asked = parser.parse_args()
    everything = not (asked.mutations or asked.noise or asked.timings or asked.growth)
    folder = current_generation(DataFolder.default().index)
    if folder is None:
        sys.exit("there is no index; make one with: qa-bot build")
    held = Held(Records(folder / "records.sqlite"))
    right = True
    if everything or asked.mutations:
        right = mutations(held)
    if everything or asked.noise:
        noise(held)
    if everything or asked.timings:
        timings(held)
    if asked.growth:
        growth(held)
    if not right:
        sys.exit(1)


if __name__ == "__main__":
    main()
