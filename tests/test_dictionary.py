"""jieba's dictionary as a trie: the same words, found without reading them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot import dictionary, words
from qa_bot.dictionary import Frequencies, Trie, read_trie, write_trie
from qa_bot.words import Words

CORPUS = Path(__file__).parent.parent / "corpus" / "wenzhou-2019-04.txt"
SOME = {"药店": 3, "药": 0, "药品": 40, "a": 1}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(dictionary, "_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def asking(cache, monkeypatch):
    """Words that read the trie, whatever other tests have loaded."""
    held = words._dictionary()
    write_trie(held.FREQ, held.total)
    words._trie.cache_clear()
    made = Words(["李无文", "苗伟伦"])
    words._trie.cache_clear()
    assert isinstance(made._jieba.FREQ, Frequencies)
    return made


def test_what_is_written_is_read(cache):
    assert read_trie() is None
    write_trie(SOME, 44)
    trie = read_trie()
    assert {word: trie.get(word) for word in SOME} == SOME
    assert trie.get("药店的") is None
    assert trie.total == 44
    assert sorted(trie.common(3)) == ["药品", "药店"]
    write_trie(SOME, 44)
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(b""),
        lambda path: path.rename(path.with_name("jieba-0.1-0123456789abcdef.trie")),
    ],
    ids=["truncated", "empty", "of another jieba"],
)
def test_a_file_that_is_not_what_its_name_says_is_not_read(cache, damage):
    write_trie(SOME, 44)
    damage(next(cache.iterdir()))
    assert read_trie() is None
    write_trie(SOME, 44)
    assert read_trie().get("药品") == 40


def test_a_folder_that_cannot_be_written_is_no_error(cache):
    cache.write_text("a file where the folder should be", encoding="utf-8")
    write_trie(SOME, 44)
    assert read_trie() is None


def test_texts_are_cut_as_by_jieba_itself(asking):
    whole = Words(["李无文", "苗伟伦"], many=True)
    for line in CORPUS.read_text(encoding="utf-8").split("\n")[::7]:
        assert asking.tokens(line) == whole.tokens(line)
        assert asking.pieces(line) == whole.pieces(line)
    assert asking.total == whole.total
    assert {*asking.common(2_000)} == {*whole.common(2_000)}
    assert asking.frequency("药店") == whole.frequency("药店") > 0


def test_names_are_known_for_a_while(asking):
    text = "副市长汪驰参加了会议"
    before = asking.tokens(text)
    with asking.knowing(["汪驰"]):
        assert "汪驰" in asking.tokens(text)
    assert asking.tokens(text) == before


def test_words_of_ones_own_stand_before_those_of_the_dictionary():
    own = Frequencies(Trie.read(Trie.of(SOME, 44)))
    own["药店"] = 9
    own["公报"] = 2
    assert (own["药店"], own.get("公报"), own.get("无", 7)) == (9, 2, 7)
    assert "药" in own
    assert "无" not in own
    assert {*own.common(9)} == {"药品", "药店"}
    assert own.pop("药店") == 9
    assert own["药店"] == 3
    with pytest.raises(KeyError):
        own["无"]
