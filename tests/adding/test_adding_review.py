"""What files are to a corpus, and what is recognised in them."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from adding_samples import PARKING, PARKING_CORRECTED, WATER, contents, folder_at, write
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.adding import Failed, Job, Review, Standing, check_stem, recognise, review
from qa_bot.adding.naming import same_stem, stem_for
from qa_bot.adding.notes import as_toml
from qa_bot.adding.workers import recognise_all
from qa_bot.errors import InputError
from qa_bot.ingest import Known, read_known


def standings(reviewed: Review) -> list[tuple[str, str, str]]:
    return [(one.path.name, str(one.standing), one.stem) for one in reviewed.proposals]


def test_a_new_file_with_what_it_says(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data")
    path = write(tmp_path / "停车.txt", PARKING)
    reviewed = review(data, [path])
    ((proposal,), failed) = reviewed.proposals, reviewed.failed
    found = proposal.recognised
    assert failed == ()
    assert standings(reviewed) == [("停车.txt", "new", "停车")]
    assert found is not None
    (document,) = found.documents
    assert (document.number, document.issuer) == ("某政办〔2024〕7号", "某市人民政府办公室")
    assert document.issued_on == date(2024, 2, 2)
    assert document.clauses == found.clauses == 4
    assert (found.missing, found.tables, found.pages) == (0, 0, None)
    assert found.characters == len("".join(PARKING.split()))
    assert not (tmp_path / "data").exists()  # nothing is changed


def test_what_is_there_already_is_known_by_its_bytes_and_not_parsed(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    path = write(tmp_path / "another-name.txt", PARKING)
    reviewed = review(data, [path])
    assert standings(reviewed) == [("another-name.txt", "present", "parking")]
    assert reviewed.proposals[0].recognised is None
    assert not reviewed.proposals[0].changes


def test_the_same_bytes_with_something_new_known_of_them(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    path = write(tmp_path / "parking.txt", PARKING)
    (proposal,) = review(data, [path], Known(year=2024)).proposals
    assert proposal.standing == Standing.NOTES
    assert proposal.toml == b"year = 2024\n"
    write(data.corpus / "parking.toml", "# mine\nyear = 2024\n")
    (proposal,) = review(data, [path], Known(year=2024)).proposals
    assert proposal.standing == Standing.PRESENT  # it says so already, comments stay


@pytest.mark.parametrize("suffix", [".txt", ".html"])
@pytest.mark.parametrize("stem", ["parking", "Parking"])
def test_the_same_name_with_another_content(tmp_path: Path, suffix: str, stem: str) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING, **{"parking-2": WATER})
    path = write(tmp_path / f"{stem}{suffix}", PARKING_CORRECTED)
    (proposal,) = review(data, [path]).proposals
    assert proposal.standing == Standing.OTHER
    assert proposal.rival is not None
    assert proposal.rival.path.name == "parking.txt"
    assert proposal.addition().stem == "parking"
    assert proposal.addition().replaces is proposal.rival
    assert proposal.addition(beside=True).stem == "parking-3"
    assert proposal.addition(beside=True).replaces is None
    assert proposal.clashes == ()  # what gives way does not clash


def test_two_files_of_one_name_are_two_issues_and_stay_so(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data")
    one = write(tmp_path / "a/公报.txt", PARKING)
    two = write(tmp_path / "b/公报.txt", WATER)
    third = write(tmp_path / "c/公报-2.txt", PARKING_CORRECTED)
    reviewed = review(data, [one, two, third])
    assert [stem for *_, stem in standings(reviewed)] == ["公报", "公报-3", "公报-2"]
    # an add that was interrupted goes on with the same names
    write(data.corpus / "公报.txt", PARKING)
    reviewed = review(data, [one, two, third])
    assert [kind for _, kind, _ in standings(reviewed)] == ["present", "new", "new"]
    assert [stem for *_, stem in standings(reviewed)] == ["公报", "公报-3", "公报-2"]


def test_the_same_file_given_twice(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data")
    one, two = write(tmp_path / "a.txt", PARKING), write(tmp_path / "b.txt", PARKING)
    reviewed = review(data, [one, two])
    assert standings(reviewed) == [("a.txt", "new", "a"), ("b.txt", "given_twice", "b")]
    assert reviewed.proposals[1].twin == one


def test_document_numbers_that_are_there_are_named(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    one = write(tmp_path / "corrected.txt", PARKING_CORRECTED)
    two = write(tmp_path / "again.txt", PARKING.replace("停车场管理的通知", "停车的通知"))
    reviewed = review(data, [one, two])
    first, second = (proposal.clashes for proposal in reviewed.proposals)
    assert [(clash.number, clash.file, clash.same_title) for clash in first] == [
        ("某政办〔2024〕7号", "parking.txt", True)
    ]
    assert [(clash.file, clash.same_title) for clash in second] == [
        ("parking.txt", False),
        (str(one), False),
    ]


def test_a_file_that_says_what_another_says_is_told_so(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    page = "".join(f"<p>{line}</p>" for line in PARKING.split("\n"))
    html = write(tmp_path / "the-same.html", f"<html><body>{page}</body></html>")
    spaced = write(tmp_path / "spaced.txt", PARKING.replace("\n", "\n\n"))
    water = write(tmp_path / "water.txt", WATER)
    water_again = write(tmp_path / "water-again.txt", WATER + "\n\n")
    reviewed = review(data, [html, spaced, water, water_again])
    assert [one.same_text for one in reviewed.proposals] == [
        "parking.txt",
        "parking.txt",
        None,
        str(water),
    ]
    assert [one.to_json().get("same_text_as") for one in reviewed.proposals][2] is None
    assert reviewed.proposals[0].to_json()["same_text_as"] == "parking.txt"
    changed = write(tmp_path / "changed.txt", PARKING.replace("停车场", "停车楼", 1))
    assert review(data, [changed]).proposals[0].same_text is None
    own = write(tmp_path / "parking.txt", PARKING.replace("\n", "\n\n"))
    (namesake,) = review(data, [own]).proposals  # which would take the other's place
    assert (namesake.standing, namesake.same_text) == (Standing.OTHER, "parking.txt")


def test_what_is_known_beside_the_text(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data")
    path = write(tmp_path / "a.txt", PARKING)
    beside = write(tmp_path / "a.toml", '# mine\nname = "某市公报"\nyear = 2024\n')
    (proposal,) = review(data, [path]).proposals
    assert proposal.toml == beside.read_bytes()  # as it is, comment and all
    assert proposal.recognised is not None
    assert proposal.recognised.label == "《某市公报》2024年"
    (proposal,) = review(data, [path], Known(number=3)).proposals
    assert proposal.toml is not None
    assert proposal.toml.decode() == 'name = "某市公报"\nyear = 2024\nnumber = 3\n'
    beside.write_text("yeer = 2024", encoding="utf-8")
    (bad,) = review(data, [path]).failed
    assert "yeer" in bad.reason


def test_a_replaced_file_keeps_what_was_known_of_it(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    write(data.corpus / "parking.toml", "year = 2024\n")
    path = write(tmp_path / "parking.txt", PARKING_CORRECTED)
    (proposal,) = review(data, [path]).proposals
    assert proposal.toml is None
    assert proposal.recognised is not None
    assert proposal.recognised.year == 2024
    (proposal,) = review(data, [path], Known(number=3)).proposals
    assert proposal.toml == b"year = 2024\nnumber = 3\n"
    assert proposal.addition(beside=True).toml == b"number = 3\n"


HOSTILE = {
    "empty.txt": b"",
    "blank.html": b"<html></html>",
    "binary.txt": bytes(range(256)) * 40,
    "utf32.txt": "公报".encode("utf-32"),
    "latin.txt": b"caf\xe9 \x81\x8d\x8f\x90\x9d" * 50,
    "cut.txt": PARKING.encode()[:-1][:100],
}


def test_bad_files_are_named_with_their_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name, content in HOSTILE.items():
        (tmp_path / name).write_bytes(content)
    good = write(tmp_path / "good.txt", PARKING)
    before = contents(tmp_path)
    files = [*(tmp_path / name for name in HOSTILE), tmp_path / "gone.txt", good]
    reviewed = review(folder_at(tmp_path / "data"), files)
    bad = [one.path.name for one in reviewed.failed]
    assert bad[:3] == ["empty.txt", "blank.html", "binary.txt"]
    assert bad[-1] == "gone.txt"
    assert standings(reviewed)[-1] == ("good.txt", "new", "good")
    assert len(reviewed.failed) + len(reviewed.proposals) == len(files)
    assert all("\n" not in one.reason for one in reviewed.failed)
    assert contents(tmp_path) == before


def test_several_processes_give_the_same_in_the_same_order(tmp_path: Path) -> None:
    jobs = []
    for number in range(12):
        text = PARKING.replace("7号", f"{number + 1}号") if number % 5 else "\0"
        jobs.append(Job(write(tmp_path / f"{number}.txt", text), f"s{number}", Known(year=number)))
    told: list[tuple[int, int]] = []
    many = recognise_all(jobs, 3, lambda _, done, total: told.append((done, total)))
    assert many == recognise_all(jobs, 1)
    assert [type(one) for one in many[:2]] == [Failed, type(many[1])]
    assert told[0] == (0, 12)
    assert told[-1] == (12, 12)


def test_a_file_that_kills_its_process_is_a_failure_like_another(tmp_path: Path) -> None:
    good = [Job(write(tmp_path / f"{n}.txt", PARKING), f"s{n}", Known()) for n in range(4)]
    deadly = _Ending(write(tmp_path / "deadly.txt", PARKING), "deadly", Known())
    results = recognise_all([good[0], deadly, *good[1:]], 2)
    assert isinstance(results[1], Failed)
    assert "-9" in results[1].reason
    assert sum(isinstance(one, Failed) for one in results) == 1


class _Ending(Job):
    """Ends the process that receives it, as a fault in C code would."""

    __slots__ = ()

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return eval, ("__import__('os').kill(__import__('os').getpid(), 9)",)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("温州市人民政府公报2019年第4期", "温州市人民政府公报2019年第4期"),
        ("a b (1)", "a b (1)"),
        ("a/b:c*?#%", "a-b-c"),
        ("..", "issue"),
        ("x\u202ey\n z", "x y- z"),
        ("e\u0301", "é"),  # decomposed, as macOS writes names
        ("\udcff\udcfe", "issue"),
        ("公" * 200, "公" * 60),
    ],
)
def test_stems(name: str, stem: str) -> None:
    assert stem_for(name) == stem
    assert check_stem(stem) == stem


@pytest.mark.parametrize("stem", ["a/b", "../x", ".x", "", "a\0", "x~2", "公" * 100])
def test_a_stem_that_will_not_do_is_refused_with_one_that_will(stem: str) -> None:
    with pytest.raises(InputError):
        check_stem(stem)


@given(st.text())
def test_every_name_gives_a_fit_stem(name: str) -> None:
    stem = stem_for(name)
    assert stem
    assert stem_for(stem) == stem
    assert same_stem(stem) == same_stem(stem_for(stem.upper())) or len(stem.upper()) != len(stem)
    assert len(stem.encode()) <= 180
    assert not set(stem) & set('/\\\0\n:*?"<>|#%~')


texts = st.none() | st.text(st.characters(codec="utf-8"))
numbers = st.none() | st.integers(-(2**40), 2**40)


@given(name=texts, number=numbers, day=st.none() | st.dates(), origin=texts)
def test_toml_says_what_is_known(
    name: str | None, number: int | None, day: date | None, origin: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:  # fmt: skip
    known = Known(name=name, year=number, number=number, published_on=day, origin=origin)
    path = tmp_path_factory.getbasetemp() / "known.toml"
    path.write_bytes(as_toml(known).encode())
    assert read_known(path) == known
    assert len(fields(Known)) == 7  # a new field has to be written, too


def test_recognise_raises_nothing_for_a_fault_in_a_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> None:
        raise RecursionError("maximum depth\nexceeded")

    monkeypatch.setattr("qa_bot.adding.recognising.parse_issue", faulty)
    bad = recognise(Job(write(tmp_path / "a.txt", PARKING), "a", Known()))
    assert isinstance(bad, Failed)
    assert "RecursionError: maximum depth exceeded" in bad.reason
