"""The tokenizer of questions: what the package `tokenizers` gives, opened in milliseconds.

The package reads a vocabulary of 250,000 pieces from JSON into hash tables: more than half a second, and 280 MB
of memory, for the thirty pieces of a question. Here the vocabulary is a trie in one block, and the package does the
rest: normalising, splitting, offsets, special tokens. The best pieces are found as its own Unigram model finds them
(Kudo, Subword Regularization, 2018; `encode_optimized` in `tokenizers/src/models/unigram/model.rs`), with the same sums
in the same order, so that ids and offsets are equal. Whatever else a model has, or a question that holds the text of a
special token or is too long, is left to the package.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Callable
from typing import Any

from qa_bot.encoder.folder import ModelFolder
from qa_bot.files import keep, kept

__all__ = ["QuestionTokenizer", "open_question_tokenizer"]

_LENGTHS = struct.Struct("<QQ")  # bytes of what is said about the tokenizer, and of the trie
# K_UNK_PENALTY in that file.
_UNKNOWN_PENALTY = 10.0
# All that decides how a text becomes tokens besides the pieces and their scores.
_KEPT = ("version", "normalizer", "pre_tokenizer", "post_processor")


class QuestionTokenizer:
    """Encodes one text at a time. Safe to use from several threads."""

    def __init__(self, written: bytes, max_length: int, whole: Callable[[], Any]) -> None:
        """Read what `written_of` gave.

        Args:
            written: the block.
            max_length: tokens at most, special ones among them.
            whole: opens the package's own tokenizer for what is not done here.
        """
        import marisa_trie
        from tokenizers import Token, Tokenizer

        said, length = _LENGTHS.unpack_from(written)
        begin = _LENGTHS.size
        about = json.loads(written[begin : begin + said])
        begin += said
        trie = marisa_trie.Trie().frombytes(written[begin : begin + length])
        begin += length
        half = begin + 8 * len(trie)
        self._scores = array("d", written[begin:half])
        self._ids = array("I", written[half:])
        self._prefixes = trie.iter_prefixes_with_ids
        self._number = trie.get
        self._longest: int = about["longest"]
        self._unknown: int = about["unknown"]
        self._unknown_score: float = min(self._scores) - _UNKNOWN_PENALTY
        self._special: list[str] = about["special"]
        rest = Tokenizer.from_str(json.dumps(about["rest"]))
        self._normalizer = rest.normalizer
        self._splitter = rest.pre_tokenizer
        self._processor = rest.post_processor
        self._token = Token
        self._most = max_length
        self._whole = whole

    def encode(self, text: str) -> Any:  # noqa: ANN401 - tokenizers ships no types
        """The tokens of a text, an `Encoding` of the package: ids, offsets and strings as it gives them itself."""
        from tokenizers import PreTokenizedString

        if any(special in text for special in self._special):
            return self._whole().encode(text)
        parts = PreTokenizedString(text)
        if self._normalizer is not None:
            parts.normalize(self._normalizer.normalize)
        if self._splitter is not None:
            self._splitter.pre_tokenize(parts)
        parts.tokenize(self._pieces)
        encoding = parts.to_encoding()
        if self._processor is not None:
            encoding = self._processor.process(encoding)
        return encoding if len(encoding.ids) <= self._most else self._whole().encode(text)

    def _pieces(self, text: str) -> list[Any]:
        """The likeliest pieces of a text; those that are in no vocabulary next to each other are one.

        Offsets are bytes of UTF-8, as the package wants them.
        """
        ends = len(text) + 1
        best = [0.0] * ends
        begins = [-1] * ends
        numbers = [-1] * ends  # in the trie; -1 for what is in no vocabulary
        scores, longest = self._scores, self._longest
        for start in range(len(text)):
            here = best[start]
            alone = False
            for piece, number in self._prefixes(text[start : start + longest]):
                size = len(piece)
                end = start + size
                score = scores[number] + here
                if begins[end] < 0 or score > best[end]:
                    best[end], begins[end], numbers[end] = score, start, number
                alone = alone or size == 1
            if not alone:
                end = start + 1
                score = self._unknown_score + here
                if begins[end] < 0 or score > best[end]:
                    best[end], begins[end], numbers[end] = score, start, -1
        spans: list[tuple[int, int, int]] = []
        end, unknown = len(text), 0
        while end > 0:
            start, number = begins[end], numbers[end]
            if number >= 0 and self._ids[number] == self._unknown:
                number = -1
            if number < 0:
                unknown = unknown or end
            else:
                if unknown:
                    spans.append((end, unknown, -1))
                    unknown = 0
                spans.append((start, end, number))
            end = start
        if unknown:
            spans.append((0, unknown, -1))
        at = 0
        found = []
        for start, end, number in reversed(spans):
            piece = text[start:end]
            if number < 0:
                held = self._number(piece)
                identity = self._unknown if held is None else self._ids[held]
            else:
                identity = self._ids[number]
            after = at + len(piece.encode())
            found.append(self._token(identity, piece, (at, after)))
            at = after
        return found


def open_question_tokenizer(model: ModelFolder, whole: Callable[[], Any]) -> Any:  # noqa: ANN401
    """A tokenizer for questions: `QuestionTokenizer` where the model has a Unigram vocabulary, else the package's.

    What it needs is written into the model's folder by the first who opens it, if that may be written.

    Args:
        model: the folder.
        whole: opens the package's own tokenizer, which cuts off what is too long.

    Raises:
        ModelError: the tokenizer's file cannot be read.
    """
    written = kept(model.path, "pieces")
    if written is None:
        tokenizer = whole()
        written = written_of(model.tokenizer_file.read_text("utf-8"))
        if written is None:
            return tokenizer
        keep(model.path, "pieces", written)
    return QuestionTokenizer(written, model.max_length, whole)


def written_of(definition: str) -> bytes | None:
    """A tokenizer's definition as `QuestionTokenizer` reads it; `None` where it is of another kind.

    Args:
        definition: the text of a `tokenizer.json`.
    """
    import marisa_trie

    held = json.loads(definition)
    model = held["model"]
    unigram = model.get("type") == "Unigram"
    # Of two tokens with the same text the package takes the later.
    numbers = {piece: at for at, (piece, _) in enumerate(model["vocab"])} if unigram else {}
    if (
        not numbers
        or model.get("unk_id") is None
        or model.get("byte_fallback")
        or held.get("truncation")
        or held.get("padding")
        or "" in numbers
        or any("\0" in piece for piece in numbers)
    ):
        return None
    trie = marisa_trie.Trie(numbers)
    scores, ids = array("d", bytes(8 * len(trie))), array("I", bytes(4 * len(trie)))
    for piece, at in numbers.items():
        number = trie[piece]
        scores[number] = model["vocab"][at][1]
        ids[number] = at
    nothing = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False}
    rest = {key: held.get(key) for key in _KEPT} | {"added_tokens": [], "model": nothing}
    about = {
        "longest": max(map(len, numbers)),
        "unknown": model["unk_id"],
        "special": [one["content"] for one in held.get("added_tokens") or ()],
        "rest": rest,
    }
    said = json.dumps(about, ensure_ascii=False).encode()
    blocks = [said, trie.tobytes(), scores.tobytes(), ids.tobytes()]
    return _LENGTHS.pack(len(blocks[0]), len(blocks[1])) + b"".join(blocks)
