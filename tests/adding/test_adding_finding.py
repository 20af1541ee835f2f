"""Which files a user means."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from adding_samples import PARKING, write

from qa_bot.adding import find_files


def test_a_folder_is_walked_to_its_depths_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/z.txt", "b/a.html", "a.txt", "c.HTM", "b/deep/er/x.txt"):
        write(tmp_path / name, PARKING)
    found = find_files([tmp_path])
    names = [path.relative_to(tmp_path).as_posix() for path in found.files]
    assert names == ["a.txt", "c.HTM", "b/a.html", "b/z.txt", "b/deep/er/x.txt"]
    assert (found.left_out, found.failed) == ((), ())


def test_what_is_no_gazette_text_is_left_out_with_its_reason(tmp_path: Path) -> None:
    given, elsewhere = tmp_path / "given", write(tmp_path / "secret.txt", "x")
    write(given / "a.txt", PARKING)
    write(given / "a.toml", "year = 2024")  # is read with a.txt
    write(given / "alone.toml", "year = 2024")
    write(given / ".hidden.txt", "x")
    write(given / ".git/config.txt", "x")
    write(given / "~$a.txt", "x")
    write(given / "photo.jpg", "x")
    (given / "outside.txt").symlink_to(elsewhere)
    (given / "outside").symlink_to(tmp_path)
    (given / "loop").symlink_to(given)
    (given / "same.txt").symlink_to(given / "a.txt")
    (given / "round.txt").symlink_to(given / "round.txt")
    (given / "gone.txt").symlink_to(given / "nothing")
    os.mkfifo(given / "pipe.txt")
    found = find_files([given])
    assert [path.name for path in found.files] == ["a.txt"]
    assert {one.path.name: one.reason for one in found.left_out} == {
        ".git": "hidden",
        ".hidden.txt": "hidden",
        "alone.toml": "suffix",
        "gone.txt": "dead_link",
        "outside": "link_outside",
        "outside.txt": "link_outside",
        "photo.jpg": "suffix",
        "pipe.txt": "special",
        "round.txt": "dead_link",
        "~$a.txt": "lock_file",
    }
    assert found.failed == ()


def test_what_is_named_is_taken_or_fails(tmp_path: Path) -> None:
    hidden = write(tmp_path / ".hidden.txt", PARKING)
    link = tmp_path / "link.txt"
    link.symlink_to(write(tmp_path / "b/a.txt", PARKING))
    photo = write(tmp_path / "photo.jpg", "x")
    os.mkfifo(tmp_path / "pipe.txt")
    given = [hidden, link, photo, tmp_path / "none.txt", tmp_path / "pipe.txt", Path("a\0b.txt")]
    found = find_files(given)
    assert found.files == (hidden, link)
    assert [one.path for one in found.failed] == given[2:]
    assert ".txt" in found.failed[0].reason
    assert all("\n" not in one.reason for one in found.failed)


def test_no_file_comes_twice(tmp_path: Path) -> None:
    a = write(tmp_path / "a.txt", PARKING)
    assert find_files([a, tmp_path, a, tmp_path / "." / "a.txt"]).files == (a,)


def test_folders_nested_deeper_than_the_stack(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):  # a path longer than the system takes
            Path("dddd").mkdir()
            os.chdir("dddd")
    finally:
        os.chdir(here)
    write(tmp_path / "a.txt", PARKING)
    found = find_files([tmp_path])
    assert [path.name for path in found.files] == ["a.txt"]
    assert len(found.failed) == 1
    # pytest's own clearing away cannot go so deep
    subprocess.run(["rm", "-rf", str(tmp_path / "dddd")], check=True)


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt"))
    write(path, PARKING)
    assert find_files([tmp_path]).files == (path,)
