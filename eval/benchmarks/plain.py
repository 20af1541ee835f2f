"""A warm question against the plain framework pipeline (`eval/baselines/framework.py`): same model, same corpus.

    make bench                                                    makes the environment of the baseline, too
    python eval/benchmarks/plain.py --baseline .baseline/bin/python --json FILE --chart FILE

Both are processes of their own. Each question is asked of one and then of the other, the order changing from
one to the next, so that the machine's minutes fall on both alike. The baseline only searches: it quotes
nothing, resolves no reference, and never says that it does not know. Printed are p50, p95 and p99 of both, the
ratio at each, and ours by stage.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from latency import HERE, QUESTIONS, STAGES, Side
from rich.progress import track

SHARES = (50, 95, 99)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baseline", type=Path, required=True, help="Python with LangChain")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    lines = (QUESTIONS / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["q"] for line in lines][: options.questions]
    script = HERE / "eval" / "baselines" / "framework.py"
    # Not resolved: an environment's interpreter is a link, and knows by its place what is installed.
    other = Side(HERE, [str(options.baseline.absolute()), str(script), "--serve"])
    ours = Side(HERE)
    times = np.zeros((options.rounds, len(questions), 2, len(STAGES)))
    for question in questions[:10]:
        other.ask(question), ours.ask(question)
    for number in range(options.rounds):
        for at, question in enumerate(track(questions, f"round {number + 1}/{options.rounds}")):
            for side in (0, 1) if (number + at) % 2 else (1, 0):
                times[number, at, side] = (other, ours)[side].ask(question)
    other.close()
    ours.close()
    every = times.reshape(-1, 2, len(STAGES))
    total = STAGES.index("total")
    figures = {"questions": len(questions), "asked": len(every)}
    for share in SHARES:
        plain, own = np.percentile(every[:, :, total], share, axis=0)
        figures |= {
            f"plain_p{share}_ms": plain,
            f"ours_p{share}_ms": own,
            f"ratio_p{share}": plain / own,
        }
        print(f"p{share}: plain {plain:.1f} ms, ours {own:.1f} ms, {plain / own:.2f} times as fast")
    for at, stage in enumerate(STAGES[:-2]):
        figures[f"{stage}_p50_ms"] = float(np.median(every[:, 1, at]))
        print(f"  {stage}: {figures[f'{stage}_p50_ms']:.2f} ms at p50")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.chart:
        from charts import bars

        bars(
            options.chart,
            "A warm question: the plain pipeline and ours",
            "ms",
            {
                f"{who}, p{share}": figures[f"{key}_p{share}_ms"]
                for share in SHARES
                for who, key in (("plain", "plain"), ("ours", "ours"))
            },
        )


if __name__ == "__main__":
    main()
