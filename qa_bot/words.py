"""Words: the only owner of jieba, its user dictionary, the stop words, and OpenCC."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from qa_bot.dictionary import Frequencies, Trie, read_trie, write_trie
from qa_bot.patterns import late
from qa_bot.text import fold, parse_number

__all__ = ["SURNAMES", "Words", "name_counts", "names_from", "people", "to_simplified"]

# What a question is made of and an answer is not. Numbers, units and 不 are kept: they decide.
_STOP = frozenset(
    [
        "的",
        "了",
        "吗",
        "呢",
        "吧",
        "啊",
        "呀",
        "么",
        "嘛",
        "是",
        "在",
        "有",
        "和",
        "与",
        "及",
        "或",
        "等",
        "对",
        "被",
        "把",
        "给",
        "让",
        "也",
        "都",
        "就",
        "还",
        "又",
        "很",
        "这",
        "那",
        "这是",
        "那是",
        "这个",
        "那个",
        "哪",
        "谁",
        "我",
        "你",
        "您",
        "他",
        "她",
        "它",
        "我们",
        "你们",
        "他们",
        "什么",
        "怎么",
        "怎样",
        "怎么样",
        "如何",
        "多少",
        "哪些",
        "哪个",
        "哪里",
        "哪儿",
        "几个",
        "为什么",
        "为何",
        "是否",
        "能否",
        "可否",
        "可以",
        "能",
        "会",
        "要",
        "想",
        "请问",
        "一下",
        "问",
        "知道",
        "告诉",
        "关于",
        "以及",
        "其",
        "之",
        "所",
        "以",
        "于",
        "而",
        "但",
        "如果",
        "的话",
        "个",
        "一个",
        "做",
        "做了",
        "到底",
        "究竟",
        "具体",
        "需要",
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "for",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "do",
        "does",
        "did",
        "what",
        "which",
        "who",
        "whom",
        "when",
        "where",
        "how",
        "why",
        "can",
        "could",
        "should",
        "would",
        "may",
        "must",
        "i",
        "my",
        "me",
        "you",
        "your",
        "it",
        "its",
        "this",
        "that",
        "there",
        "with",
        "by",
        "at",
        "from",
        "as",
        "if",
    ]
)
_TOKEN = late(r"[a-z0-9\u00c0-\u024f]+(?:[.\-_][a-z0-9]+)*|[^\W_]+")
_TENS = r"\d{1,2}|[一二三四五六七八九十]{1,3}"  # 4, 12, 十二, 二十一
_DAY = late(rf"(?:(\d{{4}})\s*年\s*)?({_TENS})\s*月\s*({_TENS})\s*[日号]")


@functools.cache
def _opencc() -> Any:  # noqa: ANN401 - opencc ships no types
    import opencc

    return opencc.OpenCC("t2s")


def to_simplified(text: str) -> str:
    """`text` with traditional characters made simplified; other characters stay as they are."""
    converted: str = _opencc().convert(text)
    return converted


@functools.cache
def _dictionary() -> Any:  # noqa: ANN401 - jieba ships no types
    """Jieba with its own dictionary, read once a process; nothing may be added to it."""
    import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    write_trie(tokenizer.FREQ, tokenizer.total)
    return tokenizer


@functools.cache
def _trie() -> Trie | None:
    return read_trie()


class Words:
    """Cuts texts and questions into the tokens by which they are found.

    Guarantees: the same text gives the same tokens in an index and in a question.
    """

    def __init__(self, dictionary: Iterable[str] = (), many: bool = False) -> None:
        """Take jieba's dictionary and add words to a copy of it.

        Args:
            dictionary: words of the corpus that jieba does not know, such as the names of people.
            many: whether whole texts are to be cut: the dictionary is then read into memory (0.6 s, once a
                process), where it is looked up twice as fast. Otherwise that is done only where no build has
                left a trie of it.
        """
        import jieba

        self._jieba = jieba.Tokenizer()
        if not many and (trie := _trie()):
            self._jieba.FREQ, self._jieba.total = Frequencies(trie), trie.total
        else:
            held = _dictionary()
            self._jieba.FREQ, self._jieba.total = dict(held.FREQ), held.total
        self._jieba.initialized = True
        self.dictionary = tuple(sorted(set(dictionary)))
        for word in self.dictionary:
            self._jieba.add_word(word)

    @contextmanager
    def knowing(self, names: Iterable[str]) -> Iterator[None]:
        """While it is entered, these words are in the dictionary, too. Not for several threads.

        Guarantees: what texts are cut into before and afterwards is the same.
        """
        total = self._jieba.total
        added: list[str] = []
        kept: list[tuple[str, int]] = []
        for name in sorted(set(names)):
            added += [
                part
                for end in range(1, len(name) + 1)
                if (part := name[:end]) not in self._jieba.FREQ
            ]
            held = self._jieba.FREQ.get(name)
            self._jieba.add_word(name)
            if held is not None and name not in added:
                kept.append((name, held))
        try:
            yield
        finally:
            for part in added:
                self._jieba.FREQ.pop(part, None)
            self._jieba.FREQ.update(kept)
            self._jieba.total = total

    def tokens(self, text: str) -> list[str]:
        """Tokens of a text in order, repeated ones included; none for a text of stop words.

        Width and case are folded, traditional characters made simplified. A date such as 4月12日 or 四月十二号
        gives one token of its own, 04-12, beside those of its parts.
        """
        folded = fold(to_simplified(text))
        tokens: list[str] = [
            f"{parse_number(month) or 0:02d}-{parse_number(day) or 0:02d}"
            for _, month, day in _DAY.findall(folded)
        ]
        for piece in self._jieba.cut_for_search(folded):
            tokens.extend(token for token in _TOKEN.findall(piece) if token not in _STOP)
        return tokens

    def pieces(self, text: str) -> list[tuple[str, int]]:
        """A text cut into words of the dictionary with their places; what no word holds, by characters."""
        found, at = [], 0
        for piece in self._jieba.cut(text, HMM=False):
            found.append((piece, at))
            at += len(piece)
        return found

    def frequency(self, word: str) -> int:
        """How often jieba's dictionary says that a word is met, of `total`; 0 for none of its words."""
        return int(self._jieba.FREQ.get(word) or 0)

    def common(self, least: int) -> list[str]:
        """The words of jieba's dictionary that are met at least so often."""
        held = self._jieba.FREQ
        if isinstance(held, Frequencies):
            return held.common(least)
        return [word for word, count in held.items() if count >= least]

    @property
    def total(self) -> int:
        """The sum of all frequencies."""
        return int(self._jieba.total)

    def content(self, text: str) -> list[str]:
        """Distinct tokens of a question, in order."""
        return list(dict.fromkeys(self.tokens(text)))


_OFFICE = r"(?:省长|市长|县长|区长|镇长|书记|主任|局长|秘书长|主席|部长|院长|校长|主编|编辑|处长|科长|厅长|司长|行长)"
_NAMES = late(rf"{_OFFICE}[：:]?\s*((?:[\u4e00-\u9fff]{{2,3}}、)*[\u4e00-\u9fff]{{2,3}})")
#: The 300 commonest of one character, in the census of 2020.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧"
    "耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简"
    "车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝封谈匡"
)
# 汪驰参加, 汪驰赴, 汪驰陪同: what such a record goes on with.
_BEGINS_A_VERB = frozenset(
    "参赴督调陪出检协接会察主指强要讲说在到率带与和及同对听走视拜看召作致实为等一的"
)
_PAIR = late(r"^[\u4e00-\u9fff]{2,3}(?:[ 　]+[\u4e00-\u9fff]{2,3})+$")


def people(texts: Sequence[str]) -> list[str]:
    """Names of people that a corpus writes behind their office: 副市长苗伟伦、汪驰参加….

    A name is believed where it begins with a common surname and is met at least twice as a whole,
    or stands in a list of names. Source of the surnames: the 300 commonest of the 2020 census.
    """
    return names_from(name_counts(texts))


def name_counts(texts: Iterable[str]) -> dict[str, int]:
    """What may be names of people, and how often it is met; in a list of names each counts twice.

    Guarantees: the counts of all texts are the sums of the counts of some and of the others.
    """
    counts: dict[str, int] = {}
    for text in texts:
        for line in text.split("\n"):
            if _PAIR.match(line.strip()):
                for name in line.split():
                    if name[0] in SURNAMES:
                        counts[name] = counts.get(name, 0) + 2
        for match in _NAMES.finditer(text):
            names = match[1].split("、")
            for name in names[:-1]:
                if name[0] in SURNAMES:
                    counts[name] = counts.get(name, 0) + 2
            last = names[-1]
            for length in (2, 3):
                if len(last) >= length and last[0] in SURNAMES:
                    counts[last[:length]] = counts.get(last[:length], 0) + 1
    return counts


def names_from(counts: Mapping[str, int]) -> list[str]:
    """The names that are believed, sorted.

    Args:
        counts: of `name_counts`, added up over all texts.
    """
    believed = {name: count for name, count in counts.items() if count >= 2}
    # 汪驰参 is met as often as 汪驰 before 参加, and 李无 whenever 李无文 is: the commoner reading of a
    # beginning wins, and of two alike the longer.
    longer: dict[str, int] = {}
    for name, count in believed.items():
        if len(name) == 3 and name[2] not in _BEGINS_A_VERB:
            longer[name[:2]] = max(longer.get(name[:2], 0), count)
    kept = []
    for name, count in believed.items():
        if len(name) == 3 and (counts.get(name[:2], 0) > count or name[2] in _BEGINS_A_VERB):
            continue
        if len(name) == 2 and longer.get(name, 0) >= count:
            continue
        kept.append(name)
    return sorted(kept)
