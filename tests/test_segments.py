"""An index in segments: what it holds does not depend on how it came to hold it, and nothing else is written anew."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from qa_bot.errors import InputError
from qa_bot.index import Generation, current_generation, encode_share, gather, plan
from qa_bot.index.segment import Segment
from tests import gazettes
from tests.making import StandIn, built, corpus_in, hashes_of

ROOT = Path(__file__).resolve().parent.parent

_ISSUE = """\
海宁市人民政府公报
2020年第{n}期
出版日期：2020年{n}月28日

海宁市人民政府关于{topic}的通知

海宁政发〔2020〕{n}号

各镇人民政府：

一、根据《海宁市公园管理办法》（海宁政发〔2019〕5号）第二条，{topic}按本通知执行。

二、副市长{name}、{other}负责{topic}，{name}每周检查，{other}每月检查。

三、海宁市{topic}管理局（以下简称{short}）受理申请，{short}应当在{n}日内答复。

四、本通知自2020年{n}月30日起施行。

海宁市人民政府
2020年{n}月20日
"""
TOPICS = ("公园夜间开放", "河道清淤", "校车安全", "粮食收购", "道路养护", "节水宣传")
NAMES = ("王立群", "李文华", "张晓明", "陈国强", "刘建军", "王立群")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Files that point at each other, print each other's texts, and name people in other files' texts."""
    made = {
        f"hn-2020-0{n}": _ISSUE.format(
            n=n, topic=topic, name=NAMES[n - 1], other=NAMES[n % 6], short=topic[:1] + "局"
        )
        for n, topic in enumerate(TOPICS, start=1)
    }
    made["other"] = (
        "关于值班的通知\n\n一、本周由王立群值班，李文华替班。\n\n二、刘建军、陈国强休假。\n"
    )
    return {**gazettes.GAZETTES, **made}


def put(corpus: Path, texts: dict[str, str], *names: str) -> None:
    corpus.mkdir(exist_ok=True)
    for name in names:
        (corpus / f"{name}.txt").write_text(texts[name], encoding="utf-8")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few clauses, so that there are many and they are put together often."""
    monkeypatch.setattr(plan, "SEGMENT_CLAUSES", 12)
    monkeypatch.setattr(plan, "_SMALL", 8)
    monkeypatch.setattr(plan, "_MOST_SMALL", 3)


@pytest.fixture(scope="module")
def at_once(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("once")
    put(folder / "corpus", texts, *texts)
    return hashes_of(built(folder / "index", folder / "corpus"))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_order_in_which_files_come_and_go(
    texts: dict[str, str], at_once: dict[str, str], tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    absent = sorted(texts)
    draw.shuffle(absent)
    present: list[str] = []
    while absent:
        some = [absent.pop() for _ in range(min(len(absent), draw.randint(1, 3)))]
        put(corpus, texts, *some)
        present += some
        if (
            draw.random() < 0.4
        ):  # one goes, and comes back later; another has been another text meanwhile
            gone = present.pop(draw.randrange(len(present)))
            (corpus / f"{gone}.txt").unlink()
            absent.append(gone)
        if present and draw.random() < 0.3:
            changed = corpus / f"{draw.choice(present)}.txt"
            text = changed.read_text("utf-8")
            changed.write_text(text + "\n五、另行通知。\n", encoding="utf-8")
            built(index, corpus)
            changed.write_text(text, encoding="utf-8")
        if present:
            built(index, corpus)
    assert hashes_of(built(index, corpus)) == at_once


@pytest.mark.usefixtures("small")
def test_many_segments_hold_what_one_holds(
    texts: dict[str, str], at_once: dict[str, str], tmp_path: Path
) -> None:
    put(tmp_path / "corpus", texts, *texts)
    folder = built(tmp_path / "index", tmp_path / "corpus")
    generation = Generation(folder)
    assert len(generation.segments) > 3
    generation.close()
    assert hashes_of(folder) == at_once


def test_names_are_found_in_texts_that_do_not_show_them_to_be_names(
    texts: dict[str, str], tmp_path: Path
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, "other")
    generation = Generation(built(index, corpus))
    assert "刘建军" not in generation.words.dictionary
    generation.close()
    put(corpus, texts, "hn-2020-04", "hn-2020-05")
    generation = Generation(built(index, corpus))
    found = generation.lexical.scores(["刘建军"])
    files = {
        generation.records.issue(one.issue_id).file
        for one in generation.records.at(np.flatnonzero(found).tolist())
    }
    assert {"other.txt", "hn-2020-05.txt"} <= files
    generation.close()


def test_only_what_is_new_is_encoded(texts: dict[str, str], tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, *(name for name in texts if name != "hn-2020-03"))
    built(index, corpus)
    put(corpus, texts, "hn-2020-03")
    encoder = StandIn()
    built(index, corpus, encoder)
    alone = StandIn()
    put(tmp_path / "alone", texts, "hn-2020-03")
    built(tmp_path / "of-it-alone", tmp_path / "alone", alone)
    assert encoder.encoded
    assert set(encoder.encoded) <= set(alone.encoded)
    again = StandIn()
    built(index, corpus, again)
    assert not again.encoded


@pytest.mark.usefixtures("small")
def test_what_is_removed_is_in_no_file_of_the_new_generation(
    texts: dict[str, str], tmp_path: Path
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, *texts)
    built(index, corpus)
    (corpus / "hn-2020-02.txt").unlink()
    folder = built(index, corpus)
    generation = Generation(folder)
    everything = [
        path
        for place in (folder, *(one.folder for one in generation.segments))
        for path in place.rglob("*")
        if path.is_file()
    ]
    assert generation.records.by_id("海宁政发〔2020〕2号/part_1") is None
    generation.close()
    for word in ("河道清淤", "河局", "hn-2020-02", "海宁政发〔2020〕2号"):
        escaped = word.encode("ascii", "backslashreplace")
        for form in (word.encode(), word.encode("utf-16-le"), escaped):
            assert [path.name for path in everything if form in path.read_bytes()] == [], word
    # but the one before has it still, until it is swept away
    assert b"hn-2020-02" in b"".join(
        path.read_bytes() for path in (index / "segments").rglob("*") if path.is_file()
    )
    (corpus / "other.txt").unlink()
    built(index, corpus)
    left = [p for p in index.rglob("*") if p.is_file() and "河道清淤".encode() in p.read_bytes()]
    assert left == []


@pytest.mark.usefixtures("small")
def test_units_that_are_put_together_are_what_is_written_at_once(
    texts: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    names = ["hn-2020-01", "hn-2020-02", "hn-2020-03"]
    for name in names:
        put(corpus, texts, name)
        one = built(index, corpus)
    monkeypatch.setattr(plan, "SEGMENT_CLAUSES", 100)
    monkeypatch.setattr(plan, "_SMALL", 100)
    put(corpus, texts, "hn-2020-04")
    built(index, corpus)  # three small ones become one
    (corpus / "hn-2020-04.txt").unlink()
    one = Generation(built(index, corpus))
    other = Generation(built(tmp_path / "fresh", corpus))
    assert len(one.segments) == len(other.segments) == 1
    same(one.segments[0], other.segments[0])
    one.close()
    other.close()


def same(one: Segment, other: Segment) -> None:
    assert one.sounds() == other.sounds()
    assert one.hashes() == other.hashes()
    assert one.aspect_table == other.aspect_table
    for name in ("searchable", "quantities", "aspect_numbers"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    for name in ("lexical", "own_words"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.vocabulary == theirs.vocabulary
        for part in ("bounds", "rows", "counts", "lengths"):
            assert np.array_equal(getattr(ours, part), getattr(theirs, part)), (name, part)
    assert [one.texts.of(row) for row in range(len(one.searchable))] == [
        other.texts.of(row) for row in range(len(other.searchable))
    ]


def test_postings_score_as_bm25s_does() -> None:
    import bm25s

    from qa_bot.index.lexical import LexicalIndex

    draw = random.Random(1)
    words = [f"词{n}" for n in range(40)]
    texts = [draw.choices(words, k=draw.randint(0, 30)) for _ in range(60)]
    ours = LexicalIndex.build(texts)
    theirs = bm25s.BM25(k1=0.8, b=0.4)
    theirs.index(texts, show_progress=False)
    for _ in range(20):
        asked = draw.sample(words, 5)
        np.testing.assert_allclose(ours.scores(asked), theirs.get_scores(asked), rtol=1e-5)


def test_parts_that_several_machines_encode_make_the_index(
    texts: dict[str, str], at_once: dict[str, str], tmp_path: Path
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, *texts)
    outs = [tmp_path / f"out-{part}" for part in (1, 2, 3)]
    counts = [
        encode_share(corpus_in(corpus).files, StandIn(), part, 3, out)
        for part, out in enumerate(outs, start=1)
    ]
    assert all(counts)
    again = StandIn()
    assert encode_share(corpus_in(corpus).files, again, 1, 3, outs[0]) == counts[0]
    assert not again.encoded
    encoder = StandIn()
    gather(index, outs, encoder.model.fingerprint)
    folder = built(index, corpus, encoder)
    assert not encoder.encoded
    assert hashes_of(folder) == at_once
    with pytest.raises(InputError, match="qa-bot encode"):
        gather(index, outs, "another model")


def test_finished_segments_of_an_interrupted_build_are_used(
    texts: dict[str, str], at_once: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "SEGMENT_CLAUSES", 12)
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, *texts)

    class Tired(StandIn):
        def encode_passages_tokens(self, texts, *_):
            if len(self.encoded) > 30:
                raise KeyboardInterrupt
            return super().encode_passages_tokens(texts)

    first = Tired()
    with pytest.raises(KeyboardInterrupt):
        built(index, corpus, first)
    assert not (index / "CURRENT").exists()
    assert not list(index.rglob(".building-*"))
    second = StandIn()
    assert hashes_of(built(index, corpus, second)) == at_once
    assert second.encoded
    assert not set(first.encoded) & set(second.encoded)
    assert not (index / ".encoded").exists()


@pytest.mark.model
def test_a_text_s_vectors_do_not_depend_on_what_is_encoded_with_it(bot) -> None:
    """To the bit: otherwise an index built at once and one that grew would differ."""
    from qa_bot.encoder import OnnxEncoder

    records = bot.generation.records.at(range(0, 60, 2))
    texts = [one.clause.text for one in records]
    alone = [
        OnnxEncoder(bot.encoder.model, 1).encode_passages_tokens([one])[0] for one in texts[:6]
    ]
    draw = random.Random(2)
    for workers in (1, 3):
        order = list(range(len(texts)))
        draw.shuffle(order)
        made = OnnxEncoder(bot.encoder.model, workers).encode_passages_tokens(
            [texts[at] for at in order]
        )
        for at, one in zip(order, made, strict=True):
            if at < len(alone):
                assert np.array_equal(one.pooled, alone[at].pooled)
                assert np.array_equal(one.vectors, alone[at].vectors)


def test_the_real_gazette_in_pieces(tmp_path: Path) -> None:
    """The corpus of the project beside others, and alone again."""
    corpus = tmp_path / "corpus"
    gazettes.write(corpus, "hn-2019-04", "law-2015")
    index = tmp_path / "index"
    built(index, corpus)
    for path in (ROOT / "corpus").iterdir():
        shutil.copy(path, corpus)
    built(index, corpus)
    for name in ("hn-2019-04", "law-2015"):
        (corpus / f"{name}.txt").unlink()
    grown = hashes_of(built(index, corpus))
    assert current_generation(index).is_dir()
    assert grown == hashes_of(built(tmp_path / "fresh", corpus))


def test_a_file_all_of_which_is_held_elsewhere(texts: dict[str, str], tmp_path: Path) -> None:
    """Its segment is empty; faiss refuses to search in nothing."""
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    put(corpus, texts, "hn-2019-04", "law-2015")
    built(index, corpus)
    (corpus / "zz.txt").write_text(texts["law-2015"], encoding="utf-8")
    generation = Generation(built(index, corpus))
    assert 0 in [len(one.searchable) for one in generation.segments]
    question = np.ones(16, np.float32) / 4
    assert generation.dense.scores(question).shape == (generation.manifest.clauses,)
    assert generation.dense.best_sentence(question).shape == (generation.manifest.clauses,)
    generation.close()


def test_a_name_counts_once_where_it_stands_once(texts: dict[str, str], tmp_path: Path) -> None:
    """jieba often cuts a name as a word though nobody told it: such places are in the postings already."""
    put(tmp_path / "corpus", texts, *texts)
    generation = Generation(built(tmp_path / "index", tmp_path / "corpus"))
    try:
        for name in set(NAMES) & set(generation.words.dictionary):
            for lists in (generation.lexical, generation.own_words):
                positions, _ = lists.postings(name)
                counted = dict(zip(*np.unique(positions, return_counts=True), strict=True))
                for record in generation.records.at(positions.tolist()):
                    if lists is generation.own_words:
                        assert name in record.clause.text
                assert max(counted.values(), default=0) <= 1, name
            positions, counts = generation.own_words.postings(name)
            for record, count in zip(
                generation.records.at(positions.tolist()), counts, strict=True
            ):
                assert count == record.clause.text.count(name)
    finally:
        generation.close()
