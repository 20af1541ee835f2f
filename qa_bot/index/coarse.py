"""Codes that find the clauses nearest to a question without reading every vector.

What chooses candidates is twice the cosine of a clause and the cosine of its best sentence. For one sentence
that is one inner product, since 2·q·v + q·s = q·(2v + s): a single search over the sums of a clause's vector
and each of its sentences' gives it, best sentence and all. The sums are coded by product quantization
(Jégou, Douze and Schmid 2011, doi:10.1109/TPAMI.2010.57), two numbers in four bits, and scanned with the table
in registers (André, Kermarrec and Le Scouarnec 2015, doi:10.14778/2856318.2856324): 96 bytes a sentence in
place of 1,536. The best by these are compared again in eight bits a number (FAISS' `IndexRefine`), which are off
by a five-hundredth of the scores' deviation where those are off by a tenth: so few need be scored with the
vectors themselves.

A scan of all codes and not inverted lists: those save little of a scan that takes 9 ns a sentence, and lose
what lies in a list that is not visited (docs/decisions/0018-large-indexes.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.threads import one_thread

__all__ = ["OFFERED", "Coarse", "sums"]

#: So many sentences of a segment a search looks at more closely.
OFFERED = 256

# Numbers of a vector that share a code of four bits.
_NUMBERS = 2
# What they are compared with again: eight bits a number.
_FINER = "SQ8"
# Fewer sentences are multiplied faster than codes are trained for them.
_LEAST = 1_024
# So many sentences show how the numbers lie.
_SHOWN = 16_384
_FILE = "coarse.faiss"


class Coarse:
    """Codes of the sentences of one segment.

    Attributes:
        kind: of the FAISS index, as `faiss.index_factory` reads it.
        size: how many sentences there are.
    """

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - faiss ships no types
        import faiss

        self._faiss = index
        finer = isinstance(index, faiss.IndexRefine)
        codes: Any = faiss.downcast_index(index.base_index) if finer else index
        self.kind = f"PQ{codes.pq.M}x{codes.pq.nbits}fs" + f",Refine({_FINER})" * finer
        self.size = int(index.ntotal)

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.float32],
        sentences: NDArray[np.float16],
        bounds: NDArray[np.int32],
    ) -> Coarse | None:
        """Code the sentences of a segment; `None` where there are so few that no code is worth it.

        Args: as of `qa_bot.index.dense.DensePart.build`.
        """
        import faiss

        dim = vectors.shape[1]
        if len(sentences) < _LEAST or dim % _NUMBERS:
            return None
        kind = f"PQ{dim // _NUMBERS}x4fs,Refine({_FINER})"
        index = faiss.index_factory(dim, kind, faiss.METRIC_INNER_PRODUCT)
        with one_thread():  # the same codes whatever the number of cores
            shown = np.linspace(0, len(sentences) - 1, min(_SHOWN, len(sentences))).astype(np.int64)
            index.train(sums(vectors, sentences, bounds, shown))
            for start in range(0, len(sentences), _SHOWN):
                rows = np.arange(start, min(start + _SHOWN, len(sentences)))
                index.add(sums(vectors, sentences, bounds, rows))
        return cls(index)

    def save(self, folder: Path) -> None:
        """Write it into a folder.

        Raises:
            RuntimeError: there is no room.
        """
        import faiss

        faiss.write_index(self._faiss, str(folder / _FILE))

    @classmethod
    def open(cls, folder: Path) -> Coarse | None:
        """Read what `save` wrote, the finer codes mapped; `None` where nothing was.

        Raises:
            RuntimeError: it cannot be read.
        """
        import faiss

        path = folder / _FILE
        if not path.is_file():
            return None
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def nearest(
        self, query: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """About the greatest sums and the sentences that have them, best first, `(count,)` at most.

        By as many threads as FAISS may use: `qa_bot.index.threads`.
        """
        scores, rows = self._faiss.search(query[None, :], min(count, self.size))
        found = rows[0] >= 0
        return scores[0][found], rows[0][found]


def sums(
    vectors: NDArray[np.float32],
    sentences: NDArray[np.float16],
    bounds: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Twice the vector of the clause and that of the sentence, for the sentences at `rows`."""
    owners = np.searchsorted(bounds, rows, side="right") - 1
    both: NDArray[np.float32] = 2 * vectors[owners] + sentences[rows].astype(np.float32)
    return both
