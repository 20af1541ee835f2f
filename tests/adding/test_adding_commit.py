"""Files are in the corpus wholly or not at all, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from adding_samples import PARKING, PARKING_CORRECTED, WATER, contents, folder_at, write

from qa_bot.adding import (
    Addition,
    Proposal,
    clear_leftovers,
    commit,
    find_held,
    held_in,
    remove,
    review,
)
from qa_bot.errors import BusyError, CorpusError, GazetteIndexError, InputError, NotFoundError
from qa_bot.ingest import Known, corpus_files
from qa_bot.locking import locked
from qa_bot.settings import DataFolder


def propose(data: DataFolder, *files: Path, known: Known | None = None) -> list[Proposal]:
    reviewed = review(data, files, known)
    assert reviewed.failed == ()
    return list(reviewed.proposals)


def test_the_bytes_are_those_of_the_original(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data")
    path = tmp_path / "停车.TXT"
    path.write_bytes(b"\xef\xbb\xbf" + PARKING.replace("\n", "\r\n").encode())
    path.chmod(0o400)
    (one,) = propose(data, path, known=Known(year=2024))
    done = commit(data, [one.addition()])
    assert done.added == ("停车.TXT",)
    assert contents(data.corpus) == {
        "停车.TXT": path.read_bytes(),
        "停车.toml": b"year = 2024\n",
    }
    umask = os.umask(0)
    os.umask(umask)
    assert (data.corpus / "停车.TXT").stat().st_mode & 0o777 == 0o666 & ~umask
    # and it is there now
    assert propose(data, path)[0].standing == "present"


@pytest.mark.parametrize("suffix", [".txt", ".html"])
def test_replacing_leaves_one_file_of_that_name(tmp_path: Path, suffix: str) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING, water=WATER)
    write(data.corpus / "parking.toml", "year = 2024\n")
    path = write(tmp_path / f"parking{suffix}", PARKING_CORRECTED)
    (one,) = propose(data, path)
    commit(data, [one.addition()])
    held = contents(data.corpus)
    assert sorted(held) == sorted([f"parking{suffix}", "parking.toml", "water.txt"])
    assert held[f"parking{suffix}"] == PARKING_CORRECTED.encode()


def test_keeping_both(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    (one,) = propose(data, write(tmp_path / "parking.txt", PARKING_CORRECTED))
    assert commit(data, [one.addition(beside=True)]).added == ("parking-2.txt",)
    assert sorted(contents(data.corpus)) == ["parking-2.txt", "parking.txt"]


def test_what_was_changed_after_the_review_is_not_added_and_the_rest_is(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", water=WATER)
    files = [
        write(tmp_path / f"{name}.txt", PARKING + f"{name}\n")
        for name in ("changed", "gone", "taken", "good", "water")
    ]
    proposals = propose(data, *files)
    files[0].write_text("something else", encoding="utf-8")
    files[1].unlink()
    write(data.corpus / "taken.txt", "of somebody else")
    write(data.corpus / "water.txt", "changed by somebody else")
    before = contents(data.corpus)
    done = commit(data, [one.addition() for one in proposals])
    assert [one.path.name for one in done.failed] == [
        "changed.txt",
        "gone.txt",
        "taken.txt",
        "water.txt",
    ]
    assert done.added == ("good.txt",)
    assert contents(data.corpus) == before | {"good.txt": files[3].read_bytes()}


def test_the_built_in_corpus_is_never_written_to(tmp_path: Path) -> None:
    shipped = folder_at(tmp_path / "program", water=WATER)
    write(shipped.corpus / "water.toml", "year = 2024\n")
    write(shipped.corpus / "synonyms.tsv", "水\t用水\t条例\n")
    before = contents(shipped.corpus)
    lent = replace(folder_at(tmp_path / "own"), corpus=shipped.corpus, built_in=True)
    (one,) = propose(lent, write(tmp_path / "parking.txt", PARKING))
    with pytest.raises(InputError, match="qa-bot add"):
        remove(lent, held_in(lent))
    # with the built-in files
    own = commit(lent, [one.addition()], with_built_in=True).data
    assert own.corpus == tmp_path / "own" / "corpus"
    assert contents(own.corpus) == before | {"parking.txt": PARKING.encode()}
    shutil.rmtree(own.corpus)
    # and without
    own = commit(lent, [one.addition()]).data
    assert contents(own.corpus) == {"parking.txt": PARKING.encode()}
    assert contents(shipped.corpus) == before


def test_a_folder_of_its_own_begins_empty_and_is_found_again(tmp_path: Path) -> None:
    data = DataFolder.at(tmp_path / "new")
    assert data.built_in
    assert data.corpus == DataFolder.default().corpus
    (one,) = propose(data, write(tmp_path / "parking.txt", PARKING))
    commit(data, [one.addition()])
    again = DataFolder.at(tmp_path / "new")
    assert not again.built_in
    assert [path.name for path in corpus_files(again.corpus)] == ["parking.txt"]


def test_an_add_that_fails_wholly_leaves_no_corpus(tmp_path: Path) -> None:
    data = DataFolder.at(tmp_path / "new")
    path = write(tmp_path / "parking.txt", PARKING)
    (one,) = propose(data, path)
    path.unlink()
    assert commit(data, [one.addition()]).added == ()
    assert DataFolder.at(tmp_path / "new").built_in


# The process is killed while it copies: in the tests below another one does the copying.

_COMMIT = """
import hashlib, sys
from pathlib import Path
from qa_bot.adding import Addition, commit, held_in
from qa_bot.settings import DataFolder
data = DataFolder.at(Path(sys.argv[1]))
held = {one.id: one for one in held_in(data)}
there = {one.sha256 for one in held.values()}
files = [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(Path(sys.argv[2]).glob("*"))]
additions = [Addition(path, sha, path.stem, None, held.get(path.stem)) for path, sha in files if sha not in there]
print("ready", flush=True)
sys.stdin.readline()
commit(data, additions)
"""


@contextmanager
def committing(data: Path, files: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that begins to copy these files now, and has ended afterwards."""
    with subprocess.Popen(
        [sys.executable, "-c", _COMMIT, str(data), str(files)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        yield process
    with suppress(BrokenPipeError):
        process.stdin.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve files of two megabytes; every third is a new web page for an old text."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(12):
        suffix = "html" if number % 3 == 0 else "txt"
        (folder / f"f{number:02}.{suffix}").write_bytes(os.urandom(2_000_000))
    return folder


def old_corpus(folder: Path) -> dict[str, bytes]:
    for number in range(0, 12, 3):
        write(folder / "corpus" / f"f{number:02}.txt", f"{PARKING}old {number}\n")
    return contents(folder / "corpus")


def test_killed_at_any_moment_a_file_is_there_wholly_or_not_at_all(
    large: Path, tmp_path: Path
) -> None:
    new = contents(large)
    old_corpus(tmp_path / "whole")
    with committing(tmp_path / "whole", large) as process:
        began = time.monotonic()
        assert process.wait(60) == 0
        lasted = time.monotonic() - began
    assert contents(tmp_path / "whole" / "corpus") == new
    chance = random.Random(20)
    seen: set[int] = set()
    for attempt in range(60):  # on a busy machine the first takes far longer than what follows
        if attempt >= 10 and len(seen) > 2:
            break
        folder = tmp_path / str(attempt)
        old = old_corpus(folder)
        with committing(folder, large) as process:
            time.sleep(chance.random() * lasted)
            process.kill()
        now = {path.name: path.read_bytes() for path in corpus_files(folder / "corpus")}
        for name, content in now.items():
            assert content in (old.get(name), new.get(name)), name
        there = sum(now.get(name) == content for name, content in new.items())
        seen.add(there)
        lasted *= 0.8 if there == len(new) else 1.25 if not there else 1  # too late, too early
        clear_leftovers(DataFolder.at(folder))
        now = contents(folder / "corpus")  # hidden files, too: nothing is left over
        assert set(now) <= set(old) | set(new)
        stems = [name.partition(".")[0] for name in now]
        assert len(set(stems)) == len(stems)
        assert {name.partition(".")[0] for name in old} <= set(stems)  # nothing is lost
        # the same again goes on from there
        with committing(folder, large) as process:
            assert process.wait(60) == 0
        assert contents(folder / "corpus") == new
    assert len(seen) > 2, "the moments were not so random"


@pytest.mark.parametrize("at", range(4))
def test_ctrl_c_between_files_keeps_those_that_are_there(tmp_path: Path, at: int) -> None:
    data = folder_at(tmp_path / "data", b=PARKING)
    files = [write(tmp_path / f"{name}.html", WATER + name) for name in "abc"]
    additions = [one.addition() for one in propose(data, *files)]
    calls = iter(range(10))

    def interrupting(*_: object) -> None:
        if next(calls) == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit(data, additions, progress=interrupting)
    held = contents(data.corpus)
    new = [f"{name}.html" for name in "abc"][: (at + 1) // 2]
    assert sorted(held) == sorted([*new, *([] if "b.html" in new else ["b.txt"])])
    with locked(data.index, "nobody else"):
        pass


@pytest.mark.parametrize("put", [False, True])
def test_a_file_that_was_giving_way_when_the_process_ended(tmp_path: Path, put: bool) -> None:
    data = folder_at(tmp_path, water=WATER)
    write(data.corpus / ".adding/old/parking.txt", PARKING)
    write(data.corpus / ".adding/text", PARKING_CORRECTED)
    if put:
        write(data.corpus / "parking.html", PARKING_CORRECTED)
    clear_leftovers(data)
    kept = {"parking.html": PARKING_CORRECTED} if put else {"parking.txt": PARKING}
    assert contents(data.corpus) == {
        name: text.encode() for name, text in ({"water.txt": WATER} | kept).items()
    }


def test_two_processes_do_not_mix(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", water=WATER)
    (one,) = propose(data, write(tmp_path / "parking.txt", PARKING))
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from qa_bot.locking import locked\n"
            f"with locked(Path({str(data.index)!r}), 'qa-bot build'): print('held', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for change in (
            lambda: commit(data, [one.addition()]),
            lambda: remove(data, held_in(data)[:0]),
            lambda: clear_leftovers(data),
        ):
            with pytest.raises(BusyError, match=rf"qa-bot build（进程 {holder.pid}，\d{{4}}-"):
                change()
        assert sorted(contents(data.corpus)) == ["water.txt"]
        holder.kill()
    # a process that is killed takes its lock with it
    assert commit(data, [one.addition()]).added == ("parking.txt",)


def test_a_thread_may_take_the_lock_that_it_has(tmp_path: Path) -> None:
    with locked(tmp_path, "one"):
        with locked(tmp_path, "two"):
            pass
        with pytest.raises(BusyError), _in_another_process(tmp_path):
            pass
    with _in_another_process(tmp_path):
        pass
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(GazetteIndexError, match="--data"), locked(tmp_path / "file", "three"):
        pass


class _in_another_process:  # noqa: N801 - reads as what it does
    def __init__(self, index: Path) -> None:
        self._index = index

    def __enter__(self) -> None:
        script = (
            "import sys; from pathlib import Path; from qa_bot.locking import locked\n"
            "from qa_bot.errors import BusyError\ntry:\n"
            f"    with locked(Path({str(self._index)!r}), 'x'): pass\nexcept BusyError: sys.exit(9)\n"
        )
        if subprocess.run([sys.executable, "-c", script], check=False).returncode == 9:
            raise BusyError("busy")

    def __exit__(self, *_: object) -> None:
        pass


# A folder that cannot be written, and a disk that is full.

_AS_NOBODY = """
import os, sys
from pathlib import Path
from qa_bot.adding import Addition, commit, held_in, remove, clear_leftovers
from qa_bot.errors import QaBotError
from qa_bot.settings import DataFolder
import hashlib
top = Path(sys.argv[1])
data = DataFolder.at(top)
source = top / "new.txt"
sha = hashlib.sha256(source.read_bytes()).hexdigest()
held = held_in(data)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for change in (lambda: commit(data, [Addition(source, sha, "new")]), lambda: remove(data, held[:1])):
    try:
        change()
        print("changed")
    except QaBotError as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach."""
    folder = Path(tempfile.mkdtemp(prefix="qa-bot-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_corpus_that_is_read_only(open_folder: Path) -> None:
    data = folder_at(open_folder, parking=PARKING, water=WATER)
    write(open_folder / "new.txt", PARKING_CORRECTED)
    data.index.mkdir()
    data.index.chmod(0o777)
    data.corpus.chmod(0o555)
    before = contents(data.corpus)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(open_folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    data.corpus.chmod(0o755)
    first, second = done.stdout.splitlines()
    assert first.startswith("CorpusError")
    assert "Permission denied" in first
    assert second.startswith("CorpusError")
    assert contents(data.corpus) == before


def test_a_data_folder_that_is_read_only(open_folder: Path) -> None:
    data = folder_at(open_folder, parking=PARKING, water=WATER)
    write(open_folder / "new.txt", PARKING_CORRECTED)
    open_folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(open_folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    open_folder.chmod(0o755)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["GazetteIndexError"] * 2
    assert sorted(contents(data.corpus)) == ["parking.txt", "water.txt"]


def big(path: Path, size: int) -> Addition:
    path.write_bytes(os.urandom(size))
    return Addition(path, hashlib.sha256(path.read_bytes()).hexdigest(), path.stem)


def test_a_file_larger_than_what_may_be_written(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", water=WATER)
    small, large = big(tmp_path / "a.txt", 1000), big(tmp_path / "b.txt", 200_000)
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom qa_bot.adding import Addition, commit\n"
        "from qa_bot.errors import CorpusError\nfrom qa_bot.settings import DataFolder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"additions = [Addition(Path(p), s, n) for p, s, n in {[(str(a.source), a.sha256, a.stem) for a in (small, large)]!r}]\n"
        f"try: commit(DataFolder.at(Path({str(tmp_path / 'data')!r})), additions)\n"
        "except CorpusError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.count("\n") == 1, done.stderr
    assert "已加入 1 / 2 个" in done.stdout
    assert sorted(contents(data.corpus)) == ["a.txt", "water.txt"]


def test_a_full_disk(tmp_path: Path) -> None:
    corpus = tmp_path / "data" / "corpus"
    corpus.mkdir(parents=True)
    mounted = shutil.which("mount") and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(corpus)],
        capture_output=True, check=False,
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a small file system can be mounted by root only")
    try:
        data = folder_at(tmp_path / "data", water=WATER)
        additions = [big(tmp_path / "a.txt", 10_000), big(tmp_path / "b.txt", 100_000)]
        with pytest.raises(CorpusError, match="No space left") as caught:
            commit(data, additions)
        assert "\n" not in str(caught.value)
        assert sorted(contents(corpus)) == ["a.txt", "water.txt"]
        # room is made: the same again adds the rest
        subprocess.run(["mount", "-o", "remount,size=1m", str(corpus)], check=True)
        assert commit(data, additions[1:]).added == ("b.txt",)
    finally:
        subprocess.run(["umount", str(corpus)], check=True)


# Removing, and what is held.


def test_removing_deletes_the_file_and_what_is_known_of_it(tmp_path: Path) -> None:
    data = folder_at(tmp_path, parking=PARKING, water=WATER)
    write(data.corpus / "parking.toml", "year = 2024\n")
    elsewhere = write(tmp_path / "elsewhere.txt", PARKING_CORRECTED)
    (data.corpus / "link.txt").symlink_to(elsewhere)
    held = held_in(data)
    remove(data, [find_held(held, "parking"), find_held(held, "link.txt")])
    assert sorted(contents(data.corpus)) == ["water.txt"]
    assert elsewhere.exists()
    with pytest.raises(InputError, match="qa-bot add"):
        remove(data, held_in(data))
    assert sorted(contents(data.corpus)) == ["water.txt"]


def test_what_names_a_file_of_the_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = folder_at(tmp_path, parking=PARKING, water=WATER)
    write(tmp_path / "parking.txt", PARKING)
    held = held_in(data)
    sha = hashlib.sha256(PARKING.encode()).hexdigest()
    monkeypatch.chdir(tmp_path)
    for what in ("parking", "parking.txt", sha, sha[:6].upper(), "corpus/parking.txt"):
        assert find_held(held, what).id == "parking", what
    for what in ("park", sha[:5], "./parking.txt", "", "../corpus", "/etc/passwd", "a\0b/c"):
        with pytest.raises(NotFoundError):
            find_held(held, what)
    write(data.corpus / "same.txt", PARKING)
    with pytest.raises(NotFoundError, match=r"parking\.txt.*same\.txt"):
        find_held(held_in(data), sha[:8])


def test_without_an_index_the_corpus_is_listed(tmp_path: Path) -> None:
    data = folder_at(tmp_path, parking=PARKING)
    write(data.corpus / "parking.toml", 'name = "某市公报"\nyear = 2024\nnumber = 3\n')
    (one,) = held_in(data)
    assert one.label == "《某市公报》2024年第3期"
    assert one.in_index == "no"
    assert one.size == len(PARKING.encode())
    assert one.added_on is not None
    write(data.corpus / "parking.toml", "broken")
    assert held_in(data)[0].label == "《parking》"
    assert held_in(folder_at(tmp_path / "none")) == []
