"""Public sets in BEIR's format: read, indexed once, resumed, measured by the same search."""

from __future__ import annotations

import json

import numpy as np
import pytest

from qa_bot.errors import QuestionSetError
from qa_bot.evaluate import beir
from qa_bot.evaluate.beir import evaluate_beir, read_beir
from qa_bot.index import vectors
from qa_bot.settings import DataFolder, Retriever

TOPICS = [
    "药店面积",
    "环评登记",
    "创业贷款",
    "公交线路",
    "幼儿园招生",
    "垃圾分类",
    "台风预警",
    "社保缴费",
]


def make(folder, documents=None, queries=None, qrels=None):
    folder.mkdir(exist_ok=True)
    documents = documents or [
        {"_id": f"d{i}", "title": topic, "text": f"{topic}的规定：第{i}类情形，由主管部门办理。"}
        for i, topic in enumerate(TOPICS)
    ]
    queries = queries or [{"_id": f"q{i}", "text": f"{t}怎么办"} for i, t in enumerate(TOPICS)]
    qrels = qrels or "query-id\tcorpus-id\tscore\n" + "".join(
        f"q{i}\td{i}\t1\n" for i in range(len(TOPICS))
    )
    for name, rows in (("corpus", documents), ("queries", queries)):
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_both_places_of_judgements_with_and_without_a_heading(tmp_path):
    plain = read_beir(make(tmp_path / "a"))
    assert plain.qrels["q3"] == {"d3": 1}
    folder = make(tmp_path / "b", qrels="q1\t0\td1\t2\n")
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels" / "test.tsv")
    other = read_beir(folder)
    assert other.qrels == {"q1": {"d1": 2}}
    assert list(other.queries) == ["q1"]  # those that are judged


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"qrels": "q0\td99\t1\n"}, "line 1.*d99"),
        ({"qrels": "q99\td0\t1\n"}, "line 1.*q99"),
        ({"qrels": "q0\td0\t1\nq1 d1 1\n"}, "line 2"),
        ({"qrels": "q0\td0\t1\nq1\td1\tgood\n"}, "line 2"),
        ({"documents": [{"_id": "d0", "text": "a"}, {"_id": "d0", "text": "b"}]}, "line 2.*d0"),
        ({"documents": [{"_id": "d0", "text": "a"}, "{"]}, "line 2"),
        ({"documents": [{"text": "a"}]}, "line 1"),
        ({"queries": ["[]"]}, "line 1"),
        ({"queries": [{"_id": "q0", "text": "a"}, {"_id": "q0", "text": "b"}]}, "line 2.*q0"),
        ({"queries": ['{"_id": "q0", "text": "\\ud800"}']}, "line 1.*surrogate"),
        ({"qrels": "q0\td0\n"}, "line 1"),
        ({"qrels": "q0\td0\t1.5\n"}, "line 1"),
        ({"qrels": "q0\td0\t1\nq0\td0\t0\n"}, "line 2.*another grade"),
    ],
)
def test_a_wrong_set_names_file_and_line(tmp_path, changes, said):
    with pytest.raises(QuestionSetError, match=said):
        read_beir(make(tmp_path / "a", **changes))


def test_grades_may_be_written_as_decimals(tmp_path):
    found = read_beir(make(tmp_path / "a", qrels="q0\td0\t1.0\nq1\td1\t2.0\n"))
    assert found.qrels == {"q0": {"d0": 1}, "q1": {"d1": 2}}


@pytest.mark.model
def test_a_corpus_without_a_word(place, tmp_path):
    documents = [{"_id": f"d{i}", "text": ""} for i in range(len(TOPICS))]
    report = evaluate_beir(place, make(tmp_path / "empty", documents=documents))
    assert report.figures["hit@10"].value == 0.0


def test_lenient_skips_and_counts(tmp_path):
    found = read_beir(make(tmp_path / "a", qrels="q0\td99\t1\nq0\td0\t1\n"), lenient=True)
    assert found.qrels == {"q0": {"d0": 1}}
    assert len(found.skipped) == 1


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file(tmp_path, name):
    folder = make(tmp_path / "a")
    (folder / name).unlink()
    with pytest.raises(QuestionSetError, match="BEIR"):
        read_beir(folder)


@pytest.fixture
def place(data, tmp_path):
    return DataFolder(data.corpus, tmp_path / "index", data.models, tmp_path / "feedback")


@pytest.mark.model
@pytest.mark.parametrize("retriever", [Retriever.FULL, Retriever.BM25])
def test_it_finds_what_there_is(place, tmp_path, retriever):
    report = evaluate_beir(place, make(tmp_path / "set"), retriever=retriever)
    assert report.figures["hit@1"].value == 1.0
    assert report.figures["recall@100"].value == 1.0
    assert report.about["questions"] == len(TOPICS)
    assert set(report.run["q0"]) == {f"d{i}" for i in range(len(TOPICS))}


@pytest.mark.model
def test_the_index_is_made_once_for_a_corpus(place, tmp_path, monkeypatch):
    folder = make(tmp_path / "set")
    evaluate_beir(place, folder)
    built = []
    real = beir.build_generation
    monkeypatch.setattr(beir, "build_generation", lambda *a, **k: built.append(1) or real(*a, **k))
    evaluate_beir(place, folder)
    assert not built
    make(folder, documents=[{"_id": f"d{i}", "text": f"{t}。"} for i, t in enumerate(TOPICS)])
    evaluate_beir(place, folder)
    assert built


@pytest.mark.model
def test_an_interrupted_build_goes_on_where_it_was(place, tmp_path, monkeypatch):
    folder = make(tmp_path / "set")
    monkeypatch.setattr(vectors, "_CHUNK", 2)
    encoded = []
    real = vectors.encoded
    monkeypatch.setattr(
        vectors,
        "encoded",
        lambda passages, encoder: encoded.extend(passages) or real(passages, encoder),
    )

    def stop(stage, done, total):
        if stage == vectors.ENCODING and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_beir(place, folder, progress=stop)
    assert len(encoded) == 4
    (index,) = (place.index / "beir").iterdir()
    assert not list((index / "generations").glob("*"))  # no half-written index
    kept = next((index / ".encoded").rglob("*.npz"))
    kept.with_name("torn.npz").write_bytes(kept.read_bytes()[:100])  # a crash while writing
    kept.with_name("empty.npz").write_bytes(b"")
    np.save(kept.with_name("other.npy"), np.zeros(3))
    kept.with_name("other.npy").rename(kept.with_name("other.npz"))
    report = evaluate_beir(place, folder)
    assert len(encoded) == len(TOPICS)  # four more
    assert not (index / ".encoded").exists()
    assert report.figures["hit@1"].value == 1.0


@pytest.mark.model
def test_a_query_that_cannot_be_asked_scores_nothing(place, tmp_path):
    queries = [{"_id": "q0", "text": TOPICS[0]}, {"_id": "q1", "text": ""}]
    qrels = "q0\td0\t1\nq1\td1\t1\n"
    report = evaluate_beir(place, make(tmp_path / "set", queries=queries, qrels=qrels))
    assert report.figures["hit@1"].value == 0.5
    assert report.figures["hit@1"].n == 2
