"""Which adapter: checkpoints, means of them and scales, a line each, on the development questions.

    python eval/compare.py plain shipped
    python eval/compare.py adapter adapter@150 adapter@150-300 'adapter@150-300*0.8'
    python eval/compare.py a.safetensors 'a.safetensors*0.5+b.safetensors*0.5' --kinds

How an adapter is named: training/export.py. Clauses, questions and measures are those of
`eval/adapter.py`, in torch, since unpacking and exporting each would take longer than measuring it. The
last columns are Hit@1 on questions held out from the training. With sentence-transformers, no peft.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from adapter import QUESTIONS, Clauses, Ranks, late_scores, ranks
from numpy.typing import NDArray
from tokenizers import Tokenizer

from qa_bot.bot import Bot
from qa_bot.encoder.onnx import token_spans
from qa_bot.evaluate.questions import read_questions
from training.embedded import embedded_model
from training.export import factors
from training.settings import configuration


class Model:
    """The plain model in torch, to which updates are added and taken off again."""

    def __init__(self) -> None:
        from sentence_transformers import SentenceTransformer

        base = embedded_model()
        self.model: Any = SentenceTransformer(str(base.path), device="cpu")
        self._tokenizer = Tokenizer.from_file(str(base.tokenizer_file))
        self._tokenizer.enable_truncation(base.max_length)
        self._tokenizer.no_padding()
        self._bert = self.model[0].auto_model
        self._plain = {name: one.detach().clone() for name, one in self._bert.named_parameters()}

    def become(self, spec: str) -> None:
        """The plain model with the updates of `spec`."""
        changed = {name: one.clone() for name, one in self._plain.items()}
        found = {
            name: torch.from_numpy(one.astype(np.float32)) for name, one in factors(spec).items()
        }
        for name in {name.rpartition(".")[0] for name in found}:
            changed[name] += found[f"{name}.B"] @ found[f"{name}.A"]
        self._bert.load_state_dict(changed, strict=False)

    def encode(
        self, texts: list[str], prompt: str
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """Unit pooled vectors, and the unit vectors of the tokens of each text."""
        found = self.model.encode(
            texts, prompt=prompt, output_value=None, batch_size=16, show_progress_bar=False
        )
        pooled = np.stack([unit(one["sentence_embedding"]) for one in found])
        tokens = []
        for text, one in zip(texts, found, strict=True):
            offsets = self._tokenizer.encode(prompt + text).offsets
            _, words = token_spans(offsets, len(prompt))
            tokens.append(unit(one["token_embeddings"][: len(offsets)][torch.from_numpy(words)]))
        return pooled, tokens


def unit(vectors: Any) -> NDArray[np.float32]:
    """Rows at length one."""
    made: NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=-1).numpy()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("spec", nargs="+", help="plain, shipped, a file, a run; see above")
    parser.add_argument(
        "--kinds", action="store_true", help="pooled Hit@1 by kind and language, too"
    )
    parser.add_argument(
        "--held-out", action="store_true", help="questions held out, too: a minute more"
    )
    wanted = parser.parse_args()
    questions = [one for one in read_questions(QUESTIONS / "dev.jsonl").questions if one.answerable]
    clauses = Clauses(Bot.open(), questions)
    asked = [one.q for one in questions]
    chinese = np.array([one.lang.startswith("zh") for one in questions])
    model = Model()
    validation = None
    if wanted.held_out:
        from training import data
        from training.validation import Validation

        validation = Validation(data.read(), configuration())
    print(f"{'':32} headings: Chinese     other     both, Chinese  late        held out")
    print(f"{'':32}   @1    @3   MRR    @1    @3    @1    @3    @1    @3   lay    zh other")
    by_kind: dict[str, Ranks] = {}
    for spec in wanted.spec:
        model.become(spec)
        full, told = model.encode(clauses.full, "passage: ")
        body, _ = model.encode(clauses.body, "passage: ")
        pooled, said = model.encode(asked, "query: ")
        near = ranks(pooled @ full.T, clauses.right)
        both = ranks(pooled @ (full + body).T, clauses.right)
        late = ranks(late_scores(said, told), clauses.right)
        by_kind[spec] = near
        figures = [
            (near[chinese] <= 1).mean(), (near[chinese] <= 3).mean(), (1 / near[chinese]).mean(),
            (near[~chinese] <= 1).mean(), (near[~chinese] <= 3).mean(),
            (both[chinese] <= 1).mean(), (both[chinese] <= 3).mean(),
            (late <= 1).mean(), (late <= 3).mean(),
        ]  # fmt: skip
        if validation is not None:
            held = validation(model.model)
            figures += [held[f"{kind}_hit@1"] for kind in ("lay", "written", "foreign")]
        print(f"{spec:32}" + "".join(f"{figure:6.3f}" for figure in figures), flush=True)
    if wanted.kinds:
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for at, one in enumerate(questions):
            groups[one.lang].append(at)
            groups[f"{one.kind}, Chinese" if chinese[at] else f"{one.kind}, other"].append(at)
        for group, rows in sorted(groups.items()):
            print(
                f"{group:28}{len(rows):4}"
                + "".join(f"{(found[rows] <= 1).mean():6.3f}" for found in by_kind.values())
            )


if __name__ == "__main__":
    main()
