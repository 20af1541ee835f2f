"""Reads mutated PDF and OFD files and counts what is neither text nor a clear reason.

    python scripts/fuzz_pages.py ofd --count 20000 --seed 1 [--samples FOLDER] [--keep FOLDER]

Every file is read in a child process; one that crashes, takes more than 10 s of the processor, hangs, needs more than 1 GB or
ends in anything but a `SourceError` is counted and kept. A count reached is kept in the folder, too, so
that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import random
import re
import resource
import sys
import time
import zipfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

SECONDS = 10.0
GIGABYTE = 1_000_000_000
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_NAME = re.compile(rb"/[A-Za-z]{2,}")
_TAG = re.compile(rb"<[^<>]{1,400}>")
_ODD = (b"0", b"-1", b"1", b"65536", b"2147483648", b"-2147483649", b"99999999999", b"1e308", b"0.0001",
        b"NaN", b"1 0 R", b"")  # fmt: skip


def made(kind: str) -> list[bytes]:
    """Small files with tables, heads and columns, some of them compressed."""
    import paged

    text = (
        "关于试行的通知\n\n各县（市、区）人民政府：\n\n第一条 为了加强管理，保护合法权益，制定本办法。\n\n"
        "序号\t分类\t名称\n1\t建设\t未依法备案的\n2\t\t未落实的\n\n2019年4月24日\n"
    )
    pages = [paged.Setter(columns=columns).set(text * 3) for columns in (1, 2)]
    if kind == "ofd":
        return [paged.to_ofd(one) for one in pages]
    return [paged.to_pdf(one, pageCompression=packed) for one in pages for packed in (0, 1)]


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut, doubled, moved, or numbers and names replaced."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not out:
            break
        at = rng.randrange(len(out))
        size = min(rng.choice((1, 4, 64, 1024)), len(out) - at)
        what = rng.randrange(9)
        if what == 0:
            out[at] = rng.randrange(256)
        elif what == 1:
            out[at] ^= 1 << rng.randrange(8)
        elif what == 2:
            del out[at : at + size]
        elif what == 3:
            out[at:at] = out[at : at + size]
        elif what == 4:
            to = rng.randrange(len(out))
            out[to:to] = out[at : at + size]
        elif what == 5 and rng.random() < 0.2:
            del out[at:]
        elif what in (6, 7):
            found = _NUMBER.search(out, at)
            if found:
                out[found.start() : found.end()] = rng.choice(_ODD)
        else:
            found, other = _NAME.search(out, at), _NAME.search(out, rng.randrange(len(out)))
            if found and other:
                out[found.start() : found.end()] = other[0]
    return bytes(out)


def mutate_ofd(data: bytes, rng: random.Random) -> bytes:
    """The XML within the container mutated and packed again, or the container's own bytes."""
    if rng.random() < 0.15:
        return mutate_bytes(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {
            one.filename: package.read(one) for one in package.infolist() if not one.is_dir()
        }
    names = [name for name in members if name.lower().endswith(".xml")] or list(members)
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(names)
        if name not in members:
            continue  # renamed just now
        body = members[name]
        tags = list(_TAG.finditer(body))
        what = rng.randrange(8)
        if what < 3 or not tags:
            members[name] = mutate_bytes(body, rng)
        elif what == 3:  # an element or a run of them again, within or behind itself
            a, b = sorted(rng.sample(range(len(tags)), 2)) if len(tags) > 1 else (0, 0)
            piece = body[tags[a].start() : tags[b].end()]
            at = rng.choice(tags).end()
            members[name] = body[:at] + piece * rng.choice((1, 3, 200)) + body[at:]
        elif what == 4:
            a, b = sorted(rng.sample(range(len(tags)), 2)) if len(tags) > 1 else (0, 0)
            members[name] = body[: tags[a].start()] + body[tags[b].end() :]
        elif what == 5:  # an attribute's number
            numbers = list(_NUMBER.finditer(body))
            if numbers:
                found = rng.choice(numbers)
                members[name] = body[: found.start()] + rng.choice(_ODD) + body[found.end() :]
        elif what == 6:
            members[
                rng.choice((name.upper(), name.replace("/", "\\"), "../" + name, "x" + name))
            ] = members.pop(name)
        else:
            members[name] = members.get(rng.choice(names), b"") if rng.random() < 0.5 else b""
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as package:
        for name, body in members.items():
            package.writestr(name, body)
    return out.getvalue()


def case(kind: str, samples: list[bytes], seed: int, number: int) -> bytes:
    """The mutated file of a number: the same in every run."""
    rng = random.Random(f"{seed}/{number}")
    data = rng.choice(samples)
    return mutate_ofd(data, rng) if kind == "ofd" else mutate_bytes(data, rng)


def child(
    kind: str, samples: list[bytes], seed: int, first: int, last: int, pipe: Connection
) -> None:
    """Read the files of a range of numbers and tell what came of each."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (4 * GIGABYTE, 4 * GIGABYTE))
    from qa_bot.errors import SourceError
    from qa_bot.ingest.ofd import read_ofd
    from qa_bot.ingest.pdf import read_pdf

    read = read_ofd if kind == "ofd" else read_pdf
    for number in range(first, last):
        data = case(kind, samples, seed, number)
        pipe.send(("start", number))
        start = time.process_time()
        try:
            result = read(data, "x")
            assert len(result.pages) == result.text.count("\f") + 1
            outcome = "text"
        except SourceError as error:
            outcome = "reason" if "\n" not in str(error) else "several lines"
        except MemoryError:
            outcome = "memory"
        except Exception as error:
            outcome = f"{type(error).__name__}: {str(error)[:80]}"
        if time.process_time() - start > SECONDS:
            outcome = "slow"
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > GIGABYTE:
            outcome = "memory"
        pipe.send((outcome, number))
        if outcome == "memory":
            return
    pipe.send(("done", last))


def main() -> int:
    """Run, or go on with a run; 1 where a file was neither read nor refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=("pdf", "ofd"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path, help="more files to start from")
    parser.add_argument("--largest", type=int, default=20_000, help="bytes of a sample at most")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="where bad files are kept")
    args = parser.parse_args()
    samples = made(args.kind)
    for path in sorted(args.samples.glob(f"*.{args.kind}")) if args.samples else ():
        if path.stat().st_size <= args.largest:
            samples.append(path.read_bytes())
    args.keep.mkdir(parents=True, exist_ok=True)
    state = args.keep / f"{args.kind}-{args.seed}.json"
    saved = json.loads(state.read_text()) if state.exists() else {"next": 0, "outcomes": {}}
    outcomes: Counter[str] = Counter(saved["outcomes"])
    number = saved["next"]
    context = multiprocessing.get_context("spawn")
    while number < args.count:
        ours, theirs = context.Pipe(duplex=False)
        job = (args.kind, samples, args.seed, number, min(number + 1000, args.count), theirs)
        process = context.Process(target=child, args=job, daemon=True)
        process.start()
        theirs.close()
        running = None
        while True:
            try:
                if not ours.poll(SECONDS * 6):
                    outcome = "hang"
                    break
                outcome, at = ours.recv()
            except EOFError:
                process.join()
                outcome = f"crash {process.exitcode}"
                break
            if outcome == "done":
                break
            if outcome == "start":
                running = at
                continue
            outcomes[outcome] += 1
            if outcome not in ("text", "reason"):
                keep(args, samples, at, outcome)
            running, number = None, at + 1
            if outcome == "memory":
                break
        process.kill()
        process.join()
        if outcome.startswith(("hang", "crash")) and running is not None:
            outcomes[outcome] += 1
            keep(args, samples, running, outcome)
            number = running + 1
        state.write_text(json.dumps({"next": number, "outcomes": outcomes}))
        print(f"{args.kind}: {number} of {args.count}, {dict(outcomes)}", flush=True)
    bad = sum(count for name, count in outcomes.items() if name not in ("text", "reason"))
    print(f"{args.kind}: {args.count} files, {bad} bad; {dict(outcomes)}")
    return 1 if bad else 0


def keep(args: argparse.Namespace, samples: list[bytes], number: int, outcome: str) -> None:
    """Put a bad file aside."""
    data = case(args.kind, samples, args.seed, number)
    name = hashlib.sha256(data).hexdigest()[:12]
    (args.keep / f"{args.kind}-{number}-{name}.bin").write_bytes(data)
    print(f"{args.kind} {number}: {outcome}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
