"""Words that nothing in the corpus has, read as words of the corpus that sound alike: 环平 as 环评.

Suspect is where two characters meet that meet nowhere, neither in the corpus nor in 15,000 questions of
other people (`pairs.tsv`). There a noisy channel decides (Kernighan, Church and Gale, A Spelling Correction
Program Based on a Noisy Channel Model, COLING 1990): a reading is believed where the word of the corpus is
likelier than the pieces that were typed, by more than a slip of that kind is rare.

How a character sounds comes from pypinyin when an index is built; when asking only the table is read.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from qa_bot.facets import facets
from qa_bot.words import Words

__all__ = [
    "ReadAs",
    "Sounds",
    "Spelling",
    "applied",
    "blurred",
    "merged_sounds",
    "names_and_characters",
    "pairs",
    "sound_table",
]

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST = 6
# By number and by what turns a sentence round nothing is corrected: 十 is no slip for 实, nor 不 for 部.
_KEPT = frozenset("〇零一二三四五六七八九十百千万亿两年月日第不未非没否勿")
_COUNTING = _KEPT - frozenset("零不未非没否勿")
_NOT_READ = _KEPT - {"零"}  # 零售 is no number
#: A word of jieba's dictionary that is met so often (of 60 million) is meant as it stands.
ORDINARY = 10
#: So often is a word met that is read though the corpus has only the shorter one in it: 个体户, 个体.
COMMON = 100
# ln P(slip): what a reading must be likelier by. A pinyin input method offers the same syllable in any
# tone; southern speakers mix zh and z, ang and an, n and l. Chosen on dev: docs/retrieval.md.
SAME_TONE, SAME_SOUND, NEAR_SOUND, OTHER_ORDER = 4.0, 6.5, 7.5, 4.0
_EACH_MORE = 2.0
_UNKNOWN = 1e-9
_AMBIGUOUS = 1.0


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A word that was read as another.

    Attributes:
        typed: as it stands in the question.
        read: the word of the corpus.
    """

    typed: str
    read: str

    def to_json(self) -> dict[str, str]:
        """As it stands in a reply."""
        return {"typed": self.typed, "read": self.read}


@dataclass(frozen=True, slots=True)
class _Reading:
    start: int
    end: int
    word: str
    gain: float


class Sounds:
    """Gathers how the words of some texts sound, how often each is met, and which characters follow each other.

    Nothing depends on other texts, nor on their order.
    """

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()
        self._followers: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, texts: Sequence[str], bodies: Sequence[str], words: Words) -> None:
        """Take texts.

        Args:
            texts: with their headings, in simplified characters.
            bodies: the same texts without headings, which would count once a clause.
            words: has the dictionary; within `words.knowing` names are words, too.
        """
        self._met.update(dict.fromkeys((one for text in texts for one, _ in words.pieces(text)), 0))
        self._met.update(piece for text in bodies for piece, _ in words.pieces(text))
        for first, behind in pairs(texts).items():
            self._followers[first].update(behind)

    def table(self, words: Words) -> dict[str, Any]:
        """What was gathered, JSON.

        Kept are words of two to six Chinese characters without a numeral: those that the texts are cut into,
        and common ones of three that begin or end with such a word.
        """
        met = {word: count for word, count in self._met.items() if _HAN.fullmatch(word)}
        longer = (
            word
            for word in words.common(COMMON)
            if len(word) == 3 and (word[:2] in met or word[1:] in met)
        )
        chosen = (
            word
            for word in {*met, *longer}
            if 2 <= len(word) <= _LONGEST and not _COUNTING & set(word) and _HAN.fullmatch(word)
        )
        return {
            "words": _readings(chosen),
            "counts": {word: met[word] for word in sorted(met)},
            "pairs": _joined(self._followers),
        }


def merged_sounds(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tables of `Sounds` as one, whatever their order."""
    words: dict[str, str] = {}
    counts: Counter[str] = Counter()
    followers: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        words.update(part["words"])
        counts.update(part["counts"])
        for first, behind in part["pairs"].items():
            followers[first].update(behind)
    return {
        "words": dict(sorted(words.items())),
        "counts": dict(sorted(counts.items())),
        "pairs": _joined(followers),
    }


def names_and_characters(names: Iterable[str]) -> dict[str, Any]:
    """How names of people and the characters of Chinese sound."""
    from pypinyin import Style, pinyin

    common = [chr(code) for code in range(0x4E00, 0xA000) if _in_gb2312(chr(code))]
    heard = {
        char: pinyin(char, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
        for char in common
    }
    return {
        "names": _readings(name for name in names if _HAN.fullmatch(name)),
        "characters": {char: " ".join(sounds) for char, sounds in heard.items()},
    }


def sound_table(sounds: Mapping[str, Any], corpus: Mapping[str, Any]) -> dict[str, Any]:
    """What `Spelling` reads.

    Args:
        sounds: of `Sounds`, or of `merged_sounds`.
        corpus: of `names_and_characters`.
    """
    return {
        "words": {**sounds["words"], **corpus["names"]},
        "names": sorted(corpus["names"]),
        # One more for each: a word of a heading is met, too.
        "counts": {word: 1 + count for word, count in sounds["counts"].items()},
        "pairs": sounds["pairs"],
        "characters": corpus["characters"],
    }


def _readings(words: Iterable[str]) -> dict[str, str]:
    """Words in order with the syllables of each: zhu4 ce4."""
    from pypinyin import Style, pinyin

    return {
        word: " ".join(
            one[0] for one in pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
        )
        for word in sorted(words)
    }


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """By each Chinese character of some texts those that stand behind it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for text in texts:
        for run in _HAN.findall(text):
            for first, second in itertools.pairwise(run):
                found[first].add(second)
    return _joined(found)


def _joined(followers: Mapping[str, set[str]]) -> dict[str, str]:
    return {first: "".join(sorted(followers[first])) for first in sorted(followers)}


def _in_gb2312(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


class Spelling:
    """Reads words that the corpus does not have as words that it has."""

    def __init__(self, table: Mapping[str, Any], words: Words) -> None:
        """Prepare the look-up.

        Args:
            table: of `sound_table`.
            words: of the same generation.
        """
        self._words = words
        self._names = frozenset(table["names"])
        self._counts: dict[str, int] = table["counts"]
        self._total = max(sum(self._counts.values()), 1)
        self._followers = (table["pairs"], _asked_pairs())
        self._characters: dict[str, str] = table["characters"]
        self._heard: dict[str, tuple[str, ...]] = {}
        self._sounds = {word: tuple(found.split()) for word, found in table["words"].items()}
        self._by_sound: dict[tuple[str, ...], list[str]] = {}
        for word, sounds in self._sounds.items():
            self._by_sound.setdefault(tuple(map(blurred, sounds)), []).append(word)
        self._beginnings = {
            sounds[:length] for sounds in self._by_sound for length in range(1, len(sounds) + 1)
        }
        self._longest_name = max(map(len, self._names), default=0)
        self._by_characters: dict[str, list[str]] = {}
        for word in self._names:
            self._by_characters.setdefault("".join(sorted(word)), []).append(word)

    def read(self, text: str) -> list[tuple[int, ReadAs]]:
        """Where `text` (simplified characters) has what is read as another word, in order.

        Guarantees: typed and read are of the same length; no number, unit or negation is touched; a word
        that the corpus has, or that is ordinary in Chinese, stays unless it is half of what is read
        (个体护 as 个体户), and then its own characters stay. Where two readings are about as likely, there
        is none. Names of people and places are read only for exactly their sound or, of three characters
        and more, for the same characters in another order; a name of another place is never read as one.
        """
        readings = sorted(self._readings(text), key=lambda one: (-one.gain, one.start, -one.end))
        taken: list[_Reading] = []
        for one in readings:
            if all(one.end <= other.start or other.end <= one.start for other in taken):
                taken.append(one)
        return [
            (one.start, ReadAs(text[one.start : one.end], one.word))
            for one in sorted(taken, key=lambda one: one.start)
        ]

    def _readings(self, text: str) -> Iterator[_Reading]:
        suspect = {at for at in range(len(text) - 1) if self._is_suspect(text[at], text[at + 1])}
        if not suspect:
            return
        pieces = self._words.pieces(text)
        for first, (_, begin) in enumerate(pieces):
            if suspect.isdisjoint(range(begin, begin + _LONGEST - 1)):
                continue
            known: set[int] = set()  # what the corpus writes so
            fixed: set[int] = set()  # and what is ordinary Chinese
            heard: list[tuple[str, ...]] = [
                ()
            ]  # as what the pieces so far may be the beginning of words
            likely = 0.0
            for word, start in pieces[first:]:
                end = start + len(word)
                if end - begin > _LONGEST or not _HAN.fullmatch(word):
                    break
                for char in word:
                    heard = [
                        longer
                        for sounds in heard
                        for sound in self._blurred_of(char)
                        if (longer := (*sounds, sound)) in self._beginnings
                    ]
                if not heard and end - begin > self._longest_name:
                    break
                likely += self._log_chance(word)
                if len(word) > 1 and word in self._counts:
                    known.update(range(start - begin, end - begin))
                elif len(word) > 1 and self._words.frequency(word) >= ORDINARY:
                    fixed.update(range(start - begin, end - begin))
                here = {at - begin for at in suspect if begin <= at < end - 1}
                doubted = (here | {at + 1 for at in here}) - known
                if doubted:
                    typed = text[begin:end]
                    best = self._best(typed, self._candidates(typed, heard), doubted, fixed, likely)
                    if best:
                        yield _Reading(begin, end, *best)

    def _is_suspect(self, first: str, second: str) -> bool:
        """Whether two Chinese characters stand next to each other nowhere."""
        return (
            second not in self._followers[0].get(first, "")
            and second not in self._followers[1].get(first, "")
            and _HAN.fullmatch(first + second) is not None
        )

    def _best(
        self, typed: str, candidates: set[str], doubted: set[int], fixed: set[int], likely: float
    ) -> tuple[str, float] | None:
        """The word that is likeliest meant, and by how much it is likelier than what was typed."""
        if typed in self._sounds:
            return None
        found = []
        for word in candidates:
            slip = self._slip(typed, word, doubted if word in self._names else doubted - fixed)
            if slip is not None:
                gain = self._log_chance(word) - likely - slip
                if gain > 0:
                    found.append((gain, word))
        found.sort(reverse=True)
        if not found or (len(found) > 1 and found[0][0] - found[1][0] < _AMBIGUOUS):
            return None
        return found[0][1], found[0][0]

    def _candidates(self, typed: str, heard: Iterable[tuple[str, ...]]) -> set[str]:
        """Words that sound nearly like what was typed, and names of the same characters."""
        found = {word for sounds in heard for word in self._by_sound.get(sounds, ())}
        if 2 < len(typed) <= self._longest_name:
            found.update(self._by_characters.get("".join(sorted(typed)), ()))
        return found

    def _blurred_of(self, char: str) -> tuple[str, ...]:
        """How a character may be heard, in all its readings."""
        found = self._heard.get(char)
        if found is None:
            sounds = self._characters.get(char, "").split()
            found = self._heard[char] = tuple(dict.fromkeys(map(blurred, sounds)))
        return found

    def _slip(self, typed: str, word: str, doubted: set[int]) -> float | None:
        """How rare a slip from `word` to `typed` is, as -ln P; `None` for what is no slip."""
        differ = [
            at for at, (one, other) in enumerate(zip(typed, word, strict=True)) if one != other
        ]
        name = word in self._names
        if sorted(typed) == sorted(word):
            return OTHER_ORDER if name and len(differ) == 2 and 0 not in differ else None
        if not doubted.issuperset(differ):
            return None
        if any(typed[at] in _KEPT or (word[at] in _NOT_READ and not name) for at in differ):
            return None
        if 2 * len(differ) > len(word) + 1:
            return None
        # The commonest reading: 被 is heard as bei only, though a dictionary gives bi, too.
        typed_sounds = [self._characters.get(typed[at], "").partition(" ")[0] for at in differ]
        sounds = [self._sounds[word][at] for at in differ]
        tones = typed_sounds == sounds
        syllables = [one[:-1] for one in typed_sounds] == [one[:-1] for one in sounds]
        if not syllables and (name or [*map(blurred, typed_sounds)] != [*map(blurred, sounds)]):
            return None
        if name and not tones and len(word) < 3:
            return None
        if _places(word) and (not syllables or _places(typed)):
            return None
        slip = SAME_TONE if tones else SAME_SOUND if syllables else NEAR_SOUND
        return slip + _EACH_MORE * (len(differ) - 1)

    def _log_chance(self, word: str) -> float:
        """The logarithm of the mean of how often a word is met in Chinese and in the corpus."""
        chinese = self._words.frequency(word) / self._words.total
        return math.log(max((chinese + self._counts.get(word, 0) / self._total) / 2, _UNKNOWN))


@functools.cache
def _asked_pairs() -> dict[str, str]:
    table = resources.files("qa_bot.spelling").joinpath("pairs.tsv").read_text("utf-8")
    return dict(line.split("\t", 1) for line in table.splitlines() if "\t" in line)


@functools.cache
def blurred(sound: str) -> str:
    """A syllable without its tone and without what southern speakers do not tell apart."""
    syllable = sound.rstrip("12345")
    syllable = re.sub(r"^([zcs])h", r"\1", syllable)
    syllable = re.sub(r"^n(?=[aeiouüv])", "l", syllable)
    return re.sub(r"(?<=[aei])ng$", "n", syllable)


def _places(text: str) -> bool:
    return any(one.startswith("place:") for one in facets(text))


def applied(text: str, readings: Sequence[tuple[int, ReadAs]]) -> str:
    """A text with its readings in place of what was typed."""
    for start, one in readings:
        text = text[:start] + one.read + text[start + len(one.typed) :]
    return text
