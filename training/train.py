"""Train the adapter: `python -m training.train`, or `make train` for everything before it, too.

Goes on from the last checkpoint of the same configuration, so that Ctrl-C or a crash costs at most
`save_steps` steps.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from training import data, mine
from training.corpus import articles
from training.embedded import embedded_model
from training.export import checkpoints
from training.settings import HERE, WORK, configuration

__all__ = ["main", "rows"]

Row = dict[str, Any]


def rows(
    pairs: list[data.Pair],
    negatives: dict[int, dict[str, list[str]]],
    settings: dict[str, Any],
    cut: Any,  # noqa: ANN401 - a function (text, tokens) → text
) -> dict[str, list[Row]]:
    """The rows of each data set, by name: `anchor`, `positive`, and a `negative` of each kind wanted.

    What of a source is drawn several times has other negatives each time.

    What is to share batches with others of its law has the same `label` as they: each is a negative for
    the others. Several questions on one passage have labels of their own. Whether a passage stands under
    its title is drawn for the passage, so that it does not meet itself in another dress.

    Raises:
        SystemExit: negatives of a kind are wanted that was not mined.
    """
    training = settings["training"]
    for kind in _kinds(training):
        if not any(kind in mined for mined in negatives.values()):
            raise SystemExit(
                f"没有挑过 {kind} 负例：先改 [mining] kinds / No negatives of the kind {kind} were mined: "
                "set [mining] kinds first, then python -m training.mine"
            )
    texts = {article.id: (article.headings, article.text) for article in articles()}
    labels: dict[tuple[str, int], int] = {}
    times: Counter[tuple[str, str]] = Counter()
    found: defaultdict[str, list[Row]] = defaultdict(list)

    def passage(title: str, text: str, titled: bool = False) -> str:
        draw = random.Random(f"{settings['seed']} {text}").random()
        titled = titled or draw < training["titled"]
        whole = f"{title}\n{text}" if titled and title else text
        return f"passage: {cut(whole, training['passage_tokens'])}"

    for at, pair in enumerate(pairs):
        if pair["held_out"] or not settings["pairs"][pair["source"]]:
            continue
        mined = negatives.get(at, {})
        wanted = training["negatives_of"].get(pair["source"], training["negatives"])
        kinds = [kind for kind in wanted if mined.get(kind)]
        question = f"query: {cut(pair['q'], training['question_tokens'])}"
        right = passage(pair["title"], pair["p"], "titled" in pair)
        for time in range(training["times"].get(pair["source"], 1)):
            row = {"anchor": question, "positive": right}
            taken: Counter[str] = Counter()
            for column, kind in enumerate(kinds):
                # Another one each time, and in each column of a kind.
                which = at + time * kinds.count(kind) + taken[kind]
                taken[kind] += 1
                row[f"negative_{column}"] = passage(*texts[mined[kind][which % len(mined[kind])]])
            if "law" in pair:
                asked = pair["source"], pair["p"]
                row["label"] = labels.setdefault((pair["law"], times[asked]), len(labels))
                times[asked] += 1
            found["_".join([pair["source"], *kinds])].append(row)
    return {
        name: made for name, made in found.items() if len(made) >= settings["training"]["batch"]
    }


def _kinds(training: dict[str, Any]) -> list[str]:
    """The kinds of negatives that any source wants."""
    return sorted({*training["negatives"], *itertools.chain(*training["negatives_of"].values())})


def _cutter(tokenizer: Any) -> Any:  # noqa: ANN401
    """A function that keeps the first tokens of a text."""

    def cut(text: str, most: int) -> str:
        offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        return text if len(offsets) <= most else text[: offsets[most - 1][1]]

    return cut


def _prefix(tokenizer: Any, prompt: str) -> int:  # noqa: ANN401
    """Tokens before a text's own: `<s>` and the prompt's, up to the colon."""
    return len(tokenizer(prompt)["input_ids"]) - 1


def _batches(
    dataset: Any,  # noqa: ANN401
    batch_size: int,
    drop_last: bool,
    valid_label_columns: list[str] | None = None,
    generator: Any = None,  # noqa: ANN401
    seed: int = 0,
) -> Any:  # noqa: ANN401
    """Batches without a text twice; of rows with labels, those of one label together, as far as it goes."""
    from sentence_transformers.base.sampler import DefaultBatchSampler, NoDuplicatesBatchSampler

    if "label" not in dataset.column_names:
        return NoDuplicatesBatchSampler(
            dataset, batch_size, drop_last, valid_label_columns, generator, seed
        )

    class ByLaw(DefaultBatchSampler):
        def __iter__(self) -> Iterator[list[int]]:
            shuffle = random.Random(f"{seed} {self.epoch}")
            by_law: defaultdict[int, list[int]] = defaultdict(list)
            for at, law in enumerate(dataset["label"]):
                by_law[law].append(at)
            for members in by_law.values():
                shuffle.shuffle(members)
            laws = list(by_law.values())
            shuffle.shuffle(laws)
            order = [at for members in laws for at in members]
            batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
            shuffle.shuffle(batches)
            yield from (one for one in batches if len(one) == batch_size or not drop_last)

        def __len__(self) -> int:
            whole, rest = divmod(len(dataset), batch_size)
            return whole + bool(rest and not drop_last)

    return ByLaw(range(len(dataset)), batch_size, drop_last)


def main(
    config: Annotated[Path, typer.Option(help="配置文件 / configuration")] = HERE / "config.toml",
    name: Annotated[str, typer.Option(help="这次训练的名字 / name of the run")] = "adapter",
    device: Annotated[str, typer.Option(help="cpu, cuda, mps; 默认自动 / chosen if empty")] = "",
    steps: Annotated[int, typer.Option(help="步数；默认见配置 / as configured if 0")] = 0,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="改一项设置 / another value of a setting")
    ] = None,
    fresh: Annotated[bool, typer.Option(help="从头开始 / not from the last checkpoint")] = False,
) -> None:
    """训练适配器 / Train the adapter.

    Example: python -m training.train --name rank8 --set training.rank=8 --device cuda
    """
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")  # a second device would double the batch
    import torch
    from datasets import Dataset
    from peft import LoraConfig, TaskType
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )

    from training.loss import PooledAndLate
    from training.validation import Validation

    settings = configuration(config, changes or ())
    training = settings["training"]
    training["steps"] = steps or training["steps"]
    folder = WORK / "runs" / name
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    pairs = data.read()
    negatives = mine.read() if _kinds(training) else {}
    _same_configuration(folder, settings)
    last = _last_checkpoint(folder)
    if last is not None and _step(last) >= training["steps"]:
        print(
            f"已训练好 / Trained already: {last}\n然后 / Then: python -m training.export --name {name}"
        )
        return
    torch.manual_seed(settings["seed"])
    base = embedded_model()
    model = SentenceTransformer(
        str(base.path),
        device=device or None,
        config_kwargs={
            "hidden_dropout_prob": training["dropout"],
            "attention_probs_dropout_prob": training["dropout"],
        },
    )
    layers = list(range(training["first_layer"], model[0].auto_model.config.num_hidden_layers))
    model.add_adapter(
        LoraConfig(
            r=training["rank"],
            lora_alpha=training["alpha"],
            lora_dropout=training["lora_dropout"],
            target_modules=["query", "key", "value", "dense"],
            exclude_modules=".*pooler.*",
            layers_to_transform=layers,
            task_type=TaskType.FEATURE_EXTRACTION,
        )
    )
    made = rows(pairs, negatives, settings, _cutter(model.tokenizer))
    for source, examples in made.items():
        print(f"{source:18} {len(examples):6,}")
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        max_steps=training["steps"],
        per_device_train_batch_size=training["batch"],
        learning_rate=training["learning_rate"],
        warmup_steps=training["warmup"],
        lr_scheduler_type=training["schedule"],
        weight_decay=training["weight_decay"],
        max_grad_norm=1.0,
        seed=settings["seed"],
        data_seed=settings["seed"],
        use_cpu=device == "cpu",
        batch_sampler=_batches,
        multi_dataset_batch_sampler="proportional",
        eval_strategy="steps",  # and at the end
        eval_steps=settings["validation"]["steps"],
        save_steps=training["save_steps"],
        save_total_limit=training["keep"],
        logging_steps=10,
        report_to="none",
        dataloader_num_workers=0,
    )
    prefixes = tuple(_prefix(model.tokenizer, prompt) for prompt in ("query:", "passage:"))
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset={source: Dataset.from_list(examples) for source, examples in made.items()},
        loss=PooledAndLate(
            model,
            temperature=training["temperature"],
            late_weight=training["late_weight"],
            late_temperature=training["late_temperature"],
            distil_weight=training["distil_weight"],
            answering_weight=training["answering_weight"],
            thresholds=tuple(training["thresholds"]),
            anchor_weight=training["anchor_weight"],
            prefixes=prefixes,
            space=model.tokenizer.convert_tokens_to_ids("▁"),
        ),
        evaluator=Validation(pairs, settings),
    )
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    for entry in trainer.state.log_history:
        if figures := {name: value for name, value in entry.items() if "@" in name}:
            print(entry["step"], *(f"{name} {value:.3f}" for name, value in figures.items()))
    print(f"{folder}\n然后 / Then: python -m training.export --name {name}")


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _last_checkpoint(folder: Path) -> Path | None:
    """The last whole one; what was broken off while it was written is removed."""
    whole = checkpoints(folder)
    for path in folder.glob("checkpoint-*"):
        if path not in whole.values():
            shutil.rmtree(path)
    return whole[max(whole)] if whole else None


def _same_configuration(folder: Path, settings: dict[str, Any]) -> None:
    """Note what a run is made of; one begun otherwise is not gone on with.

    Raises:
        SystemExit: the run exists and began with other settings or other data.
    """
    later = "export"  # what it says is of no account here
    material = json.dumps(
        {name: part for name, part in settings.items() if name != later}, sort_keys=True
    ).encode()
    for file in (data.PAIRS, mine.MINED):
        material += file.read_bytes() if file.is_file() else b""
    digest = hashlib.sha256(material).hexdigest()
    note = folder / "made_of.sha256"
    if note.is_file() and note.read_text() != digest:
        raise SystemExit(
            f"{folder} 的设置或数据不同；请换名或加 --fresh / "
            f"{folder} was begun with other settings or data. Use another --name, or --fresh"
        )
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(digest)


if __name__ == "__main__":
    typer.run(main)
