"""A warm question of a large index, from typing to quoting, and how much of the exact candidates it finds.

    python eval/benchmarks/large.py --data F --json FILE --chart FILE

F is the data folder of a large index (`eval/benchmarks/build.py` builds one). Asked are all kinds of development
questions, and Chinese questions about laws where `--pairs` names the training pairs. The baseline, in the same run on
a part of the questions, compares every clause (`LocalStore` with `exact`): printed are the ratio, the share of its
candidates that are found (`recall`), and how often the first clause is the same.
"""

from __future__ import annotations

import argparse
import json
import lzma
from pathlib import Path

import numpy as np
from rich.progress import track

from qa_bot.bot import Bot
from qa_bot.index.store import LocalStore
from qa_bot.search import Stage
from qa_bot.settings import DataFolder
from qa_bot.understanding import understand

QUESTIONS = Path(__file__).parent.parent / "questions"
SHARES = (50, 95, 99)


def questions(count: int, pairs: Path | None) -> list[str]:
    lines = (QUESTIONS / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["q"] for line in lines]
    if pairs:
        with lzma.open(pairs, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        found += [row["q"] for row in rows if row["lang"].startswith("zh")]
    random = np.random.default_rng(1)
    return [found[at] for at in random.permutation(len(found))[:count]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--compared", type=int, default=60, help="of them by the baseline, too")
    parser.add_argument("--pairs", type=Path, help="training pairs, xz")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    bot = Bot.open(DataFolder.at(options.data))
    asked = questions(options.questions, options.pairs)
    for one in asked[:40]:
        bot.trace(one)
    traces = [bot.trace(one) for one in track(asked, "warm questions")]
    total = [trace.reply.elapsed_ms for trace in traces]
    generation = bot.generation
    figures: dict[str, float] = {"clauses": generation.manifest.clauses, "asked": len(asked)}
    figures |= {f"p{share}_ms": float(np.percentile(total, share)) for share in SHARES}
    for stage in traces[0].stages:
        took = [trace.stages.get(stage, 0.0) for trace in traces]
        figures |= {f"{stage}_p{share}_ms": float(np.percentile(took, share)) for share in (50, 99)}
    status = Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    figures["resident_mib"] = int(fields["VmRSS"].split()[0]) / 1024
    figures["without_mapped_mib"] = int(fields["RssAnon"].split()[0]) / 1024

    some = asked[: options.compared]
    mine = [candidates(bot, one) for one in some]
    kept = generation.store
    generation.store = LocalStore(
        generation.dense, generation.lexical, generation.quantities, generation.searchable, True
    )
    bot.trace(some[0])
    exact = [candidates(bot, one) for one in track(some, "every clause compared")]
    slow = [bot.trace(one) for one in some]
    generation.store = kept
    figures["exact_p50_ms"] = float(np.median([trace.reply.elapsed_ms for trace in slow]))
    figures["ratio"] = figures["exact_p50_ms"] / figures["p50_ms"]
    shares = [len({*a} & {*b}) / len(b) for a, b in zip(mine, exact, strict=True) if b]
    figures["recall"] = float(np.mean(shares))
    figures["same_first"] = float(
        np.mean([a.candidates[:1] == b.candidates[:1] for a, b in zip(traces, slow, strict=False)])
    )
    print(
        f"{figures['clauses']:,} clauses: p50 {figures['p50_ms']:.1f}, p95 {figures['p95_ms']:.1f}, "
        f"p99 {figures['p99_ms']:.1f} ms; every clause compared {figures['exact_p50_ms']:.0f} ms, "
        f"{figures['ratio']:.1f} times as long; recall of the candidates {figures['recall']:.4f}, "
        f"the same first clause {figures['same_first']:.3f}; {figures['without_mapped_mib']:.0f} MiB and "
        f"{figures['resident_mib'] - figures['without_mapped_mib']:.0f} of mapped files"
    )
    for stage in traces[0].stages:
        print(
            f"  {stage}: p50 {figures[f'{stage}_p50_ms']:.1f}, p99 {figures[f'{stage}_p99_ms']:.1f} ms"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.chart:
        from charts import bars

        rows = {f"p{share}": figures[f"p{share}_ms"] for share in SHARES}
        rows["every clause compared, p50"] = figures["exact_p50_ms"]
        bars(options.chart, f"A warm question of {figures['clauses']:,} clauses", "ms", rows)


def candidates(bot: Bot, question: str) -> list[int]:
    """The clauses that are ranked for a question."""
    asked = understand(bot.generation, question)
    spoken = bot.encoder.encode_query_tokens(asked.text)
    return Stage(bot.generation, spoken, asked).candidates()


if __name__ == "__main__":
    main()
