"""What shortened and quantised token vectors cost late interaction, on the same clauses in one run.

    python eval/projection.py           dev split
    python eval/projection.py test      test split

Rows: full length in single precision; without punctuation; the first `dims` rows of the adapter's
projection, in single precision and in faiss's codes: 8 or 4 bits a number, or a product quantizer of one
byte for four numbers; the whole projection in 4 bits without punctuation, and with the tokens of a clause
merged to a half or a third by likeness (Ward's clusters, Clavié et al. 2024, arXiv:2409.14683). The
questions are never quantised or merged. «Bytes» are those of a sentence of the clauses, at its mean number
of tokens. Differences against the first row with the paired 95 % interval.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
from adapter import QUESTIONS, Clauses, late_scores, ranks
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from qa_bot.bot import Bot
from qa_bot.encoder import SHIPPED, OnnxEncoder, TokenVectors
from qa_bot.encoder.adapter import PROJECTION, read_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from qa_bot.encoder.progress import shown
from qa_bot.evaluate.measures import interval
from qa_bot.evaluate.questions import read_questions
from training.embedded import embedded_model

Matrix = NDArray[np.float32]
Codec = Callable[[Matrix], Matrix]
Fit = Callable[[Matrix], tuple[Codec, float]]
DIMS = (48, 64)  # and the whole
_SENTENCE_END = re.compile(r"[。；！？\n]+")
_WORD = re.compile(r"\w")


def scalar(bits: int) -> Fit:
    """faiss's scalar quantizer, trained on what it stores; and its bytes a vector."""
    kind = {8: faiss.ScalarQuantizer.QT_8bit, 4: faiss.ScalarQuantizer.QT_4bit}[bits]

    def fitted(vectors: Matrix) -> tuple[Codec, float]:
        quantizer = faiss.ScalarQuantizer(vectors.shape[1], kind)
        quantizer.train(vectors)
        return lambda some: quantizer.decode(quantizer.compute_codes(some)), quantizer.code_size

    return fitted


def product(vectors: Matrix) -> tuple[Codec, float]:
    """faiss's product quantizer, one byte for four numbers, trained on what it stores."""
    quantizer = faiss.ProductQuantizer(vectors.shape[1], vectors.shape[1] // 4, 8)
    quantizer.train(vectors)
    return lambda some: quantizer.decode(quantizer.compute_codes(some)), quantizer.code_size


def single(vectors: Matrix) -> tuple[Codec, float]:
    """As they are."""
    return lambda some: some, 4.0 * vectors.shape[1]


def unit(vectors: Matrix) -> Matrix:
    """Each row at length one."""
    made: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return made


def spoken(tokens: TokenVectors) -> NDArray[np.bool_]:
    """Which tokens are of the text and hold a letter or digit."""
    words = np.array([bool(_WORD.search(token)) for token in tokens.tokens])
    chosen: NDArray[np.bool_] = tokens.is_text & words
    return chosen if chosen.any() else tokens.is_text


def merged(vectors: Matrix, share: int) -> Matrix:
    """The means of Ward's clusters, one for each `share` tokens."""
    most = -(-len(vectors) // share)
    if most == len(vectors):
        return vectors
    labels = fcluster(linkage(vectors, "ward"), most, "maxclust")
    return unit(np.stack([vectors[labels == one].mean(axis=0) for one in np.unique(labels)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("split", nargs="?", default="dev", choices=["dev", "test"])
    parser.add_argument("--adapter", type=Path, default=SHIPPED, help="the one that ships")
    wanted = parser.parse_args()
    model = embedded_model(wanted.adapter)
    matrix = read_adapter(wanted.adapter, FILE_SHA256).tensors.get(PROJECTION)
    if matrix is None:
        raise SystemExit(
            f"{wanted.adapter} 没有投影 / has no projection: python -m training.project"
        )
    projection = matrix.astype(np.float32)
    questions = [
        one
        for one in read_questions(QUESTIONS / f"{wanted.split}.jsonl").questions
        if one.answerable
    ]
    clauses = Clauses(Bot.open(), questions)
    encoder = OnnxEncoder(model)
    with shown() as progress:
        told = encoder.encode_passages_tokens(clauses.full, progress)
    asked = [encoder.encode_query_tokens(one.q) for one in questions]
    sentences = sum(
        len([s for s in _SENTENCE_END.split(text) if s.strip()]) for text in clauses.full
    )
    chinese = np.array([one.lang.startswith("zh") for one in questions])

    def measured(make: Codec, stored: list[Matrix]) -> NDArray[np.int64]:
        scores = late_scores([make(one.vectors[one.is_text]) for one in asked], stored)
        return ranks(scores, clauses.right)

    def line(name: str, found: NDArray[np.int64], tokens: int, size: float) -> None:
        low, high = interval((found <= 1).astype(float) - (whole <= 1))
        print(
            f"{name:26}{size * tokens / sentences:8.0f}"
            + "".join(f"{(found[some] <= k).mean():8.3f}" for k in (1, 3) for some in (slice(None), chinese, ~chinese))
            + f"  {(found <= 1).mean() - (whole <= 1).mean():+.3f} ({low:+.3f} {high:+.3f})"
        )  # fmt: skip

    dim = encoder.model.dim
    full = [one.vectors[one.is_text] for one in told]
    words = [one.vectors[spoken(one)] for one in told]
    tokens = sum(map(len, full))
    whole = measured(single(full[0])[0], full)
    print(
        f"{wanted.split}: {tokens / sentences:.1f} tokens a sentence, {tokens / len(told):.0f} a clause"
    )
    print(
        f"{'':26}{'bytes':>8}{'Hit@1':>8}{'zh':>8}{'other':>8}{'Hit@3':>8}{'zh':>8}{'other':>8}  Hit@1 against the first"
    )

    def row(name: str, vectors: list[Matrix], dims: int, fit: Fit) -> None:
        """Shorten, quantise, measure; `dims` 0 leaves the length."""

        def make(some: Matrix) -> Matrix:
            return unit(some @ projection[:dims].T) if dims else some

        short = [make(one) for one in vectors]
        codec, size = fit(np.concatenate(short))
        found = measured(make, [codec(one) for one in short])
        line(name, found, sum(map(len, short)), size)

    line(f"{dim} single", whole, tokens, 4.0 * dim)
    row(f"{dim} no punctuation", words, 0, single)
    most = len(projection)
    for dims in [*(one for one in DIMS if one < most), most]:
        for name, fit in (
            ("single", single),
            ("8 bits", scalar(8)),
            ("4 bits", scalar(4)),
            ("product", product),
        ):
            row(f"{dims} {name}", full, dims, fit)
    row(f"{most} 4 bits no punctuation", words, most, scalar(4))
    for share in (2, 3):
        row(
            f"{most} 4 bits merged by {share}",
            [merged(one, share) for one in words],
            most,
            scalar(4),
        )


if __name__ == "__main__":
    main()
