"""The table of issue 6, from a report of `qa-bot eval`.

    qa-bot eval eval/questions/test.jsonl
    python eval/figures.py                        of the report test-full
    python eval/figures.py test-full --plain plain    and what of the plain pipeline's misses remains
                                                  (eval/baselines/plain.py says how to make that report)

What else it asks for: eval/references.py (numbers that exist), eval/timings.py (latency and memory).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from qa_bot.evaluate.measures import Scored
from qa_bot.evaluate.report import read_report

REPORTS = Path(__file__).parent / "reports"
BINS = 10
#: Characters; a longer quote should not be lit whole.
LONG = 80


def hits(name: str, some: list[Scored]) -> str:
    values = [f"@{k} {np.mean([one.values[f'hit@{k}'] for one in some]):.3f}" for k in (1, 3, 10)]
    return f"{name} ({len(some)}): Hit {' '.join(values)}"


def equal_mass(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over bins of as many questions each (Nixon et al. 2019, adaptive)."""
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, BINS)
    gaps = [abs(float(confidence[one].mean() - right[one].mean())) * len(one) for one in bins]
    return sum(gaps) / len(order)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("report", nargs="?", default="test-full", help="name of a report")
    parser.add_argument("--plain", help="report of the plain pipeline on the same set")
    wanted = parser.parse_args()
    scored = list(read_report(REPORTS / wanted.report).scored)
    can = [one for one in scored if one.answerable]
    print(hits("simplified Chinese", [one for one in can if one.lang == "zh"]))
    print(hits("simplified and traditional Chinese", [one for one in can if one.lang.startswith("zh")]))  # fmt: skip
    print(hits("other languages", [one for one in can if not one.lang.startswith("zh")]))
    confidence = np.array([one.confidence or 0.0 for one in scored])
    answerable = np.array([one.answerable for one in scored])
    right = np.array([one.answerable and one.rank == 1 for one in scored])
    answered = np.array([one.answered for one in scored])
    print(f"AUROC answerable {roc_auc_score(answerable, confidence):.3f}")
    print(
        f"false answers {answered[~answerable].mean():.3f}, false refusals {(~answered)[answerable].mean():.3f}"
    )
    print(f"calibration error, {BINS} bins of equal mass {equal_mass(confidence, right):.3f}")
    holds = [one.values["highlight_holds"] for one in scored if "highlight_holds" in one.values]
    long = [
        one.values["highlight_share"]
        for one in scored
        if one.answerable and one.values.get("quote_length", 0) > LONG
    ]
    print(
        f"highlight holds the snippet {np.mean(holds):.3f}; median share lit of {len(long)} quotes over {LONG} characters {np.median(long):.3f}"
    )
    print(f"verbatim {np.mean([one.values.get('verbatim', 1.0) for one in scored]):.3f}")
    if wanted.plain:
        plain = {one.id: one for one in read_report(REPORTS / wanted.plain).scored}
        missed = [one for one in can if plain[one.id].rank != 1]
        remain = [one for one in missed if one.rank != 1]
        print(hits("plain pipeline", [plain[one.id] for one in can]))
        print(
            f"of its {len(missed)} misses at rank 1 remain {len(remain)} ({len(remain) / max(len(missed), 1):.3f})"
        )


if __name__ == "__main__":
    main()
