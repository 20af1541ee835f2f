"""What short codes of token vectors cost late interaction, on the same clauses in one run.

    python eval/token_codes.py           dev split
    python eval/token_codes.py test      test split

Rows: full length in single precision; without punctuation; about the mean of the clauses' tokens, turned at
random and in 4, 2 or 1 bits a number (faiss's `tqmse`, Zandieh et al. 2025, arXiv:2504.19874); with the
tokens of a clause merged to a half, a third or a quarter by likeness (Ward's clusters, Clavié et al. 2024,
arXiv:2409.14683); and projected to the first principal components of the clauses' own tokens. The questions
are never quantised or merged. «Bytes» are those of a sentence of the clauses, at its mean number of tokens.
Differences against the first row with the paired 95 % interval.
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
from qa_bot.encoder.progress import shown
from qa_bot.evaluate.measures import interval
from qa_bot.evaluate.questions import read_questions
from qa_bot.text import sentences
from training.embedded import embedded_model

Matrix = NDArray[np.float32]
DIMS = (48, 64, 96, 128)
SHARES = (2, 3, 4)
_SEED = 1
_WORD = re.compile(r"\w")


def coded(vectors: Matrix, bits: int) -> tuple[Matrix, float]:
    """Unit vectors as they come back from their codes, and bytes a vector; 32 bits are the numbers themselves."""
    dim = vectors.shape[1]
    if bits == 32:
        return vectors, 4.0 * dim
    turn = faiss.RandomRotationMatrix(dim, dim)
    turn.init(_SEED)
    quantizer = faiss.ScalarQuantizer(dim, getattr(faiss.ScalarQuantizer, f"QT_{bits}bit_tqmse"))
    turned = turn.apply(vectors)
    quantizer.train(turned)
    back = turn.reverse_transform(quantizer.decode(quantizer.compute_codes(turned)))
    return unit(back), quantizer.code_size


def components(vectors: Matrix, dims: int) -> Matrix:
    """The first principal components about the origin, `(dims, dim)`, the largest first."""
    _, found = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(found[:, ::-1][:, :dims].T)


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
    questions = [
        one
        for one in read_questions(QUESTIONS / f"{wanted.split}.jsonl").questions
        if one.answerable
    ]
    clauses = Clauses(Bot.open(), questions)
    encoder = OnnxEncoder(embedded_model(wanted.adapter), exact=True)
    with shown() as progress:
        told = encoder.encode_passages_tokens(clauses.full, progress)
    asked = [encoder.encode_query_tokens(one.q) for one in questions]
    pieces = sum(len(sentences(text)) for text in clauses.full)
    chinese = np.array([one.lang.startswith("zh") for one in questions])

    asked_full = [one.vectors[one.is_text] for one in asked]
    full = [one.vectors[one.is_text] for one in told]
    words = [one.vectors[spoken(one)] for one in told]
    everything = np.concatenate(full)
    centre, tokens = everything.mean(axis=0), len(everything)
    whole = ranks(late_scores(asked_full, full), clauses.right)

    def row(
        name: str, vectors: list[Matrix], make: Callable[[Matrix], Matrix], bits: int = 32
    ) -> None:
        """Change questions and clauses alike, store the clauses, measure."""
        made = [make(one) for one in vectors]
        back, size = coded(np.concatenate(made), bits)
        stored = np.split(back, np.cumsum([len(one) for one in made])[:-1])
        found = ranks(late_scores([make(one) for one in asked_full], stored), clauses.right)
        low, high = interval((found <= 1).astype(float) - (whole <= 1))
        print(
            f"{name:32}{size * len(back) / pieces:8.0f}"
            + "".join(f"{(found[some] <= k).mean():8.3f}" for k in (1, 3) for some in (slice(None), chinese, ~chinese))
            + f"  {(found <= 1).mean() - (whole <= 1).mean():+.3f} ({low:+.3f} {high:+.3f})"
        )  # fmt: skip

    def as_is(some: Matrix) -> Matrix:
        return some

    def centred(some: Matrix) -> Matrix:
        return unit(some - centre)

    dim = everything.shape[1]
    print(
        f"{wanted.split}: {tokens / pieces:.1f} tokens a sentence, {tokens / len(told):.0f} a clause"
    )
    print(
        f"{'':32}{'bytes':>8}{'Hit@1':>8}{'zh':>8}{'other':>8}{'Hit@3':>8}{'zh':>8}{'other':>8}  Hit@1 against the first"
    )
    row(f"{dim} single", full, as_is)
    row(f"{dim} no punctuation", words, as_is)
    row(f"{dim} centred", full, centred)
    for bits in (4, 2, 1):
        row(f"{dim} centred {bits} bits", full, centred, bits)
    for bits in (2, 1):
        row(f"{dim} no punctuation {bits} bits", words, centred, bits)
        for share in SHARES:
            row(f"{dim} merged by {share} {bits} bits", [merged(one, share) for one in words], centred, bits)  # fmt: skip
    for dims in reversed(DIMS):
        matrix = components(everything, dims)

        def projected(some: Matrix, matrix: Matrix = matrix) -> Matrix:
            return unit(some @ matrix.T)

        for bits in (32, 4, 2):
            row(f"{dims} projected {bits} bits", full, projected, bits)


if __name__ == "__main__":
    main()
