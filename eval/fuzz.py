"""Makes up inputs of every kind at random and holds what must be true of them; keeps what it finds.

    python -m eval.fuzz                            every target, a minute each
    python -m eval.fuzz --minutes 30               thirty minutes in all, shared out
    python -m eval.fuzz --only gazette docx        these targets
    python -m eval.fuzz --list                     the targets, and what was run of each so far
    python -m eval.fuzz --replay                   only what is kept: failures, seeds, corpus
    python -m eval.fuzz --sow FOLDER               put files of a folder into the corpora, by their suffix

`make fuzz MINUTES=30 ONLY="gazette docx"` does the same. Inputs that showed something new, and those that fail,
lie in `fuzz/<target>/` (not in git); the next run goes on from there and runs what failed first. Ctrl-C loses
nothing. The exit status is 1 while anything fails, 2 where a target could not be run (no index). docs/fuzzing.md says what is held and what was found.

Coverage is counted by this program itself (`eval/fuzzing/tracing.py`: lines of qa_bot, by sys.settrace); beside
mutation under that guidance Hypothesis makes inputs, steered by `hypothesis.target` and kept in its example
database. atheris is not used: it installs for Python 3.11, but ends the process at the first failure, and knows
neither archives nor Hypothesis' strategies without the same mutators being written for it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eval.fuzzing.session import Outcome
from eval.fuzzing.store import Store
from eval.fuzzing.supervise import NOT_RUN, supervised
from eval.fuzzing.target import ROOT
from eval.fuzzing.targets import TARGETS, target_of

__all__ = ["main"]

_SOWN = {
    ".html": "html", ".md": "markdown", ".docx": "docx", ".doc": "doc", ".pdf": "pdf", ".ofd": "ofd", ".toml": "known",
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and run."""
    options = _options(arguments)
    folder: Path = options.folder
    if options.sow:
        _sow(options.sow, folder)
        return 0
    if options.list:
        _list(folder)
        return 0
    names = options.only or list(TARGETS)
    minutes = options.minutes if options.minutes is not None else len(names)
    seconds = 0.0 if options.replay else 60 * minutes / len(names)
    done: list[Outcome] = []
    try:
        for count, name in enumerate(names, start=1):
            print(f"[{count}/{len(names)}] {name}，{seconds:.0f} s", flush=True)
            done.append(supervised(name, folder, seconds, options.seed + _sessions(folder, name)))
            _tell(done[-1])
    except KeyboardInterrupt:
        print("停下了，找到的都已保存 / Stopped; everything found is kept.", flush=True)
    failing = {one.target: one.failures for one in done if one.failures}
    for name, failures in failing.items():
        for key, message in failures.items():
            print(f"失败 / fails: {folder / name / 'failures' / key}.txt\n    {message[:300]}")
    total = sum(one.inputs for one in done)
    print(f"输入 / inputs {total}，失败 / failures {sum(map(len, failing.values()))}")
    left_out = [one for one in done if one.ended.startswith(NOT_RUN)]
    return 1 if failing else 2 if left_out else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m eval.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, help="总时间 / in all (a minute for each target)")
    parser.add_argument("--only", nargs="+", metavar="TARGET", choices=[*TARGETS, "planted"])
    parser.add_argument("--list", action="store_true", help="有哪些目标 / the targets")
    parser.add_argument("--replay", action="store_true", help="只重放 / run what is kept, no more")
    parser.add_argument("--sow", type=Path, metavar="FOLDER", help="放进语料 / into the corpora")
    parser.add_argument("--folder", type=Path, default=ROOT / "fuzz", help="存在哪里 / where kept")
    parser.add_argument("--seed", type=int, default=1, help="随机种子 / of what is made up (1)")
    return parser.parse_args(arguments)


def _sessions(folder: Path, name: str) -> int:
    """Sessions so far: each has a seed of its own, so that the next run does not repeat the last."""
    return 1_000 * len(Store(folder / name).told())


def _tell(one: Outcome) -> None:
    if one.ended.startswith(NOT_RUN):
        print(f"  {one.target}：{one.ended}", flush=True)
        return
    print(
        f"  {one.target}：输入 / inputs {one.inputs}，{one.seconds:.0f} s，新 / kept {one.kept}，"
        f"行 / lines {one.lines}，失败 / failures {len(one.failures)}，已修好 / mended {len(one.mended)}",
        flush=True,
    )


def _sow(samples: Path, folder: Path) -> None:
    """Real files, the smaller ones: those of a megabyte make every input slow."""
    counts = dict.fromkeys(_SOWN.values(), 0)
    for path in sorted(samples.rglob("*")):
        name = _SOWN.get(path.suffix.lower())
        if name and path.is_file() and path.stat().st_size <= target_of(name).longest:
            Store(folder / name).keep(path.read_bytes())
            counts[name] += 1
    print("，".join(f"{name} {count}" for name, count in counts.items()))


def _list(folder: Path) -> None:
    for name in TARGETS:
        print(f"{name:11} {target_of(name).about}")
        if not (folder / name).is_dir():
            continue
        store = Store(folder / name)
        rows = store.told()
        inputs = sum(row.get("inputs", 0) for row in rows)
        minutes = sum(row.get("seconds", 0.0) for row in rows) / 60
        print(
            f"{'':11} 至今 / so far: {inputs} 次 / inputs，{minutes:.1f} min，"
            f"语料 / corpus {sum(1 for _ in store.corpus())}，失败 / failures {len(store.failures())}"
        )


if __name__ == "__main__":
    sys.exit(main())
