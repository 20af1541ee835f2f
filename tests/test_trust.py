"""An index can be trusted: whatever happens while it is built, the old one serves, and damage is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qa_bot.building import build
from qa_bot.errors import (
    BusyError,
    GazetteIndexError,
    IndexDamagedError,
    IndexMissingError,
    SourceError,
)
from qa_bot.index import (
    Generation,
    build_generation,
    check_generation,
    check_others,
    current_generation,
    finished_generations,
    is_rolled_back,
    roll_back,
)
from qa_bot.index.manifest import SegmentManifest, hash_files
from qa_bot.locking import locked
from qa_bot.settings import DataFolder
from tests import gazettes
from tests.making import StandIn, built, corpus_in, hashes_of

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 50


@pytest.fixture
def index(tmp_path: Path) -> Path:
    gazettes.write(tmp_path / "corpus", "hn-2019-04", "law-2015")
    built(tmp_path / "index", tmp_path / "corpus")
    return tmp_path / "index"


def add(index: Path, name: str = "hn-2019-05") -> Path:
    return gazettes.write(index.parent / "corpus", name)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """kill -9 at 50 random moments: the pointer names a whole index, the old or the new, and the next build goes on."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.trust_driver", str(tmp_path), str(ROUNDS), "7"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["killed"] > ROUNDS // 3, told  # else nothing was put to the test
    assert told["through"] < ROUNDS, told


@pytest.mark.parametrize("moment", ["record", "vectors", "links", "manifest", "pointer"])
def test_an_error_while_writing_leaves_the_old_index(
    index: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    before, held = current_generation(index), hashes_of(current_generation(index))
    corpus = add(index)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    place = {
        "record": "qa_bot.index.segment.UnitWriter.add",
        "vectors": "qa_bot.index.tokens.TokenPart.save",
        "links": "qa_bot.index.links.LinkWriter.close",
        "manifest": "qa_bot.index.manifest.Manifest.write",
        "pointer": "qa_bot.index.build.point_at",
    }[moment]
    with monkeypatch.context() as patched:
        patched.setattr(place, full)
        with pytest.raises(GazetteIndexError, match=r"旧索引未动.*old index is untouched"):
            built(index, corpus)
    assert current_generation(index) == before
    assert hashes_of(before) == held
    assert not list(index.rglob(".building-*"))
    assert "hn-2019-05.txt" in files_of(built(index, corpus))


def files_of(folder: Path) -> set[str]:
    generation = Generation(folder)
    generation.close()
    return {one.file for one in generation.records.issues}


CHILD = """
import os, resource, signal, sys
from pathlib import Path
from qa_bot.errors import QaBotError
from tests.making import built
index, corpus, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if what == "nobody":
    os.setgid(65534); os.setuid(65534)
if what.isdigit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(what), int(what)))
try:
    built(index, corpus)
except QaBotError as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""


def child(index: Path, what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(index), str(index.parent / "corpus"), what],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_file_that_may_not_grow(index: Path) -> None:
    """As on a disk that is full after so many bytes: sqlite, faiss, numpy and json each fail in their own way."""
    before, held = current_generation(index), hashes_of(current_generation(index))
    add(index)
    for limit in (1_000, 8_000, 30_000, 100_000):
        run = child(index, str(limit))
        assert run.returncode == 3, (limit, run.stdout, run.stderr[-800:])
        assert "旧索引未动" in run.stdout
        assert "Traceback" not in run.stderr
        assert current_generation(index) == before
    assert hashes_of(before) == held


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk(index: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        shutil.copytree(index, disk / "index")
        shutil.copytree(index.parent / "corpus", disk / "corpus")
        before = current_generation(disk / "index")
        filler = disk / "filler"
        with filler.open("wb") as stream:  # leaves some dozens of kilobytes
            free = shutil.disk_usage(disk).free
            stream.write(b"\0" * max(free - 60_000, 0))
        add(disk / "index")
        run = child(disk / "index", "")
        assert run.returncode == 3, (run.stdout, run.stderr[-800:])
        assert "旧索引未动" in run.stdout
        assert current_generation(disk / "index") == before
        assert hashes_of(before) == hashes_of(current_generation(index))
        filler.unlink()
        assert child(disk / "index", "").returncode == 0
        assert "hn-2019-05.txt" in files_of(current_generation(disk / "index"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written(index: Path, tmp_path: Path) -> None:
    before = current_generation(index)
    add(index)
    folders = [path for path in (index, *index.rglob("*")) if path.is_dir()]
    root = os.geteuid() == 0
    for path in tmp_path.parents:
        if root and path.name.startswith("pytest-of"):
            path.chmod(0o755)
    for path in [tmp_path.parent, tmp_path]:
        path.chmod(0o755)
    for path in [*folders, index.parent / "corpus"]:
        path.chmod(0o555)
    try:
        run = child(index, "nobody" if root else "")
    finally:
        for path in folders:
            path.chmod(0o755)
    assert run.returncode == 3, (run.stdout, run.stderr[-800:])
    assert "写不了" in run.stdout
    assert "Cannot write" in run.stdout
    assert current_generation(index) == before


def test_two_builds_at_once(index: Path, data: DataFolder) -> None:
    """The second says at once who is building; the index stays as it is."""
    folder = DataFolder(index.parent / "corpus", index, data.models, index.parent / "feedback")
    before = current_generation(index)
    entered, leave = threading.Event(), threading.Event()

    def first() -> None:
        with locked(index, "qa-bot build"):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert entered.wait(30)
        with pytest.raises(BusyError, match=f"qa-bot build.*{os.getpid()}"):
            build(folder)
    finally:
        leave.set()
        thread.join()
    assert current_generation(index) == before


# Going back.


def test_the_last_two_are_kept_and_one_can_go_back(index: Path) -> None:
    first = current_generation(index)
    with pytest.raises(IndexMissingError, match="没有更早的一代"):
        roll_back(index)
    corpus = add(index)
    second = built(index, corpus)
    assert finished_generations(index) == sorted([first, second])
    assert roll_back(index) == first == current_generation(index)
    assert is_rolled_back(index)
    assert roll_back(index) == second  # done twice, it is undone
    assert not is_rolled_back(index)
    roll_back(index)
    add(index, "page")
    third = built(index, corpus)
    assert not is_rolled_back(index)
    assert finished_generations(index) == sorted([first, third])  # the one in use before is kept
    assert files_of(first) == {"hn-2019-04.txt", "law-2015.txt"}


def test_nobody_goes_back_to_a_damaged_one(index: Path) -> None:
    first = current_generation(index)
    second = built(index, add(index))
    (first / "links.sqlite").write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=r"links\.sqlite"):
        roll_back(index)
    assert current_generation(index) == second
    assert not is_rolled_back(index)


# Checking.


def test_a_sound_index_is_found_sound(index: Path) -> None:
    built(index, add(index))
    report = check_generation(current_generation(index), StandIn(), 10_000)
    assert report.problems == ()
    assert report.clauses == report.vectors > 10
    assert report.targets > 0
    assert report.hashes == hashes_of(current_generation(index))
    assert [problem for _, problem in check_others(index, report.generation)] == [None]


def damaged(index: Path, change) -> Path:
    """A copy of the generation whose segment was changed and whose hashes say that all is well."""
    generation = current_generation(index)
    (segment,) = (index / "segments").iterdir()
    change(segment)
    manifest = SegmentManifest.read(segment)
    (segment / "segment.json").unlink()
    SegmentManifest(
        manifest.model_fingerprint, manifest.dim, manifest.clauses, hash_files(segment)
    ).write(segment)
    text = (generation / "manifest.json").read_text("utf-8")
    row = json.loads(text)
    from qa_bot.index.manifest import digest, segment_digest

    row["segments"] = [[segment.name, segment_digest(segment)]]
    (generation / "manifest.json").write_text(json.dumps(row), encoding="utf-8")
    named = generation.with_name(f"{generation.name.rpartition('-')[0]}-{digest(generation)}")
    generation.rename(named)
    return named


def test_a_vector_of_another_text_is_found(index: Path) -> None:
    def swap(segment: Path) -> None:
        import faiss

        path = str(segment / "dense" / "clauses.faiss")
        held = faiss.read_index(path)
        vectors = held.reconstruct_n(0, held.ntotal)[::-1].copy()
        other = faiss.IndexFlatIP(vectors.shape[1])
        other.add(vectors)
        faiss.write_index(other, path)

    report = check_generation(damaged(index, swap), StandIn(), 10_000)
    assert any("向量" in one for one in report.problems)


def test_a_clause_that_its_source_does_not_say_is_found(index: Path) -> None:
    def forge(segment: Path) -> None:
        import sqlite3

        database = sqlite3.connect(segment / "records.sqlite")
        rows = database.execute(
            "SELECT row, json FROM clauses WHERE json LIKE '%二百元%'"
        ).fetchall()
        assert rows
        for row, text in rows:
            database.execute(
                "UPDATE clauses SET json = ? WHERE row = ?", (text.replace("二百元", "两百元"), row)
            )
        database.commit()
        database.close()

    report = check_generation(damaged(index, forge), None)
    assert any("和原文不符" in one for one in report.problems)


@pytest.mark.parametrize("name", ["texts.txt", "dense/sentences.npy", "tokens/codes.npy"])
def test_a_bit_that_turned_over_is_found(index: Path, name: str) -> None:
    (segment,) = (index / "segments").iterdir()
    data = bytearray((segment / name).read_bytes())
    data[len(data) // 2] ^= 1
    (segment / name).write_bytes(data)
    with pytest.raises(IndexDamagedError, match=name.replace(".", r"\.")):
        check_generation(current_generation(index), None)


def test_hashes_tell_one_number_from_another(index: Path) -> None:
    """The test of determinism would pass if they did not."""
    held = hashes_of(current_generation(index))
    path = index.parent / "corpus" / "hn-2019-04.txt"
    path.write_text(path.read_text("utf-8").replace("二百元", "三百元"), encoding="utf-8")
    other = hashes_of(built(index, index.parent / "corpus"))
    assert set(held) == {"records", "postings", "vectors"}
    assert all(held[name] != other[name] for name in held)


# Damage is mended by the next build, and never taken over.


@pytest.mark.parametrize(
    "name", ["segments/*/tokens/codes.npy", "segments/*/records.sqlite", "segments/*/segment.json"]
)
@pytest.mark.parametrize("step", ["again", "add", "remove"])
def test_a_damaged_segment_is_made_anew(index: Path, name: str, step: str) -> None:
    corpus = index.parent / "corpus"
    (path,) = index.glob(name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    if step == "add":
        add(index)
    if step == "remove":
        (corpus / "law-2015.txt").unlink()
    made = hashes_of(built(index, corpus))
    assert made == hashes_of(built(index.parent / "fresh", corpus))
    assert check_generation(current_generation(index), StandIn(), 1000).problems == ()


@pytest.mark.parametrize("name", ["links.sqlite", "names.json", "standings.json"])
def test_what_is_altered_is_not_taken_over(index: Path, name: str) -> None:
    path = current_generation(index) / name
    data = path.read_bytes()
    altered = data.replace("公园".encode(), "花园".encode()).replace(b'"names"', b'"manes"')
    altered = altered.replace(b'"standings"', b'"sgnidnats"')
    assert altered != data
    path.write_bytes(altered)
    corpus = add(index)
    assert hashes_of(built(index, corpus)) == hashes_of(built(index.parent / "fresh", corpus))


def test_a_file_that_changes_while_the_index_is_built(index: Path) -> None:
    before = current_generation(index)
    corpus = add(index)
    wanted = corpus_in(corpus)
    path = corpus / "hn-2019-05.txt"
    path.write_text(path.read_text("utf-8") + "\n五、九百元。\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"hn-2019-05\.txt 在建索引时被改动"):
        build_generation(index, wanted, StandIn(), "test")
    assert current_generation(index) == before


def test_folders_have_the_rights_that_new_folders_have(index: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    usual = (tmp_path / "own").stat().st_mode
    (segment,) = (index / "segments").iterdir()
    assert segment.stat().st_mode == current_generation(index).stat().st_mode == usual


def test_one_goes_back_and_never_forward(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that was stopped just before the pointer leaves nothing that could be taken for the one before."""
    first = current_generation(index)
    second = built(index, add(index))
    corpus = add(index, "page")
    with monkeypatch.context() as patched:
        patched.setattr(
            "qa_bot.index.build.point_at", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            built(index, corpus)
    assert finished_generations(index) == sorted([first, second])
    orphan = second.with_name(f"9{second.name[1:]}")  # as a kill at that moment leaves it
    shutil.copytree(second, orphan)
    assert roll_back(index) == first
    assert is_rolled_back(index)
    assert roll_back(index) == second  # undone: builds happen by themselves again
    assert not is_rolled_back(index)


def test_a_build_that_has_nothing_to_do_ends_a_rollback(data: DataFolder, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "corpus", tmp_path / "index", data.models, tmp_path / "feedback")
    gazettes.write(folder.corpus, "law-2015")
    build(folder)
    build(folder, force=True)
    roll_back(folder.index)
    assert is_rolled_back(folder.index)
    assert not build(folder).built
    assert not is_rolled_back(folder.index)


def test_what_is_made_anew_leaves_the_one_in_use(index: Path) -> None:
    """`qa-bot build --force` writes every segment again, under another name."""
    corpus = index.parent / "corpus"
    first = current_generation(index)
    (before,) = [path.name for path in (index / "segments").iterdir()]
    encoder = StandIn()
    second = build_generation(index, corpus_in(corpus), encoder, "test", fresh=True)
    assert not encoder.encoded  # vectors are taken over
    assert second != first
    assert len({path.name for path in (index / "segments").iterdir()} - {before}) == 1
    assert hashes_of(first) == hashes_of(second)
