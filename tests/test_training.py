"""The training's material and arithmetic. What needs `../shared` or the training's packages skips."""

from __future__ import annotations

import json
import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import ROOT
from safetensors.numpy import save_file

from qa_bot.encoder import embedded
from qa_bot.encoder.adapter import SHIPPED, read_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from qa_bot.encoder.onnx import token_spans
from training import ablation, data, export, mine, scale, vectors
from training.corpus import Article, by_id, held_out, same_text
from training.evaluated import Evaluated
from training.loss import PooledAndLate, answering, late_scores
from training.settings import QUESTIONS, SHARED, configuration
from training.train import _batches, _last_checkpoint, rows

needs_shared = pytest.mark.skipif(
    not (SHARED / "scale" / "laws.jsonl.xz").is_file(), reason="no ../shared"
)


def lines(*patterns):
    for file in sorted(path for pattern in patterns for path in QUESTIONS.glob(pattern)):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)


def questions():
    """Those on articles of laws."""
    return lines("*.jsonl", "beside/*.jsonl")


def invented():
    """Items of gazettes that do not exist, with questions."""
    return lines("invented/*.jsonl")


def test_no_written_question_is_one_of_the_evaluation():
    evaluated = Evaluated.read()
    assert len(evaluated.questions) > 1000
    assert len(evaluated.corpus) > 30_000
    assert not [row["q"] for row in questions() if evaluated.holds(row["q"])]
    assert not [row for row in invented() if evaluated.holds(row["text"], *row["q"])]


GOLD = "营业场所使用面积不少于四十平方米"
CORPUS = "第三条 零售企业应当在营业场所\n的显著位置悬挂证照，接受社会监督。构成犯罪的，依法追究刑事责任。"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("开药店至少要多大的面积", True),  # a question, without its mark
        ("开药店至少要多大的面积，谁知道", False),
        (f"新办的，{GOLD}；另有规定的除外。", True),  # a snippet within a passage
        ("营业场所使用面积不少于六十平方米", False),
        ("零售企业应当在营业场所的显著位置悬挂证照，接受社会监督。", True),  # over a line break
        ("前一句。零售企业应当在营业场所的显著位置悬挂证照，接受社会监督！后一句", True),
        ("构成犯罪的，依法追究刑事责任。", False),  # every law says so
    ],
)
def test_what_is_of_the_evaluation(text, held):
    evaluated = Evaluated(["开药店至少要多大的面积？"], [GOLD, "十日内"], [CORPUS])
    assert evaluated.holds("别的", text) is held


def test_invented_gazettes_are_whole_and_of_other_cities():
    rows = list(invented())
    assert len(rows) > 1500
    assert all(set(row) == {"issue", "title", "text", "q"} for row in rows)
    assert all(row["text"].strip() and row["title"].strip() and row["q"] for row in rows)
    assert all(q.strip() for row in rows for q in row["q"])
    assert not [row for row in rows if "温州" in json.dumps(row, ensure_ascii=False)]


def test_written_questions_are_whole():
    written = list(questions())
    assert len(written) > 13_000
    assert all(set(row) == {"id", "lang", "q"} and row["q"].strip() for row in written)
    assert len({row["q"] for row in written}) == len(written)
    langs = Counter(row["lang"] for row in written)
    assert all(langs[lang] >= 100 for lang in ("zh", "zh-Hant", "en", "it", "fr", "es", "ja"))


@needs_shared
def test_no_pair_is_one_of_the_evaluation():
    """Neither a question nor a long sentence of a passage; what is, is dropped."""
    settings = configuration()
    settings["pairs"] = settings["pairs"] | {
        "parallel": 0
    }  # needs packages; has a guard of its own
    evaluated = Evaluated.read()
    made, dropped = data._without(data.pairs(settings), evaluated)
    assert len(made) > 10_000
    assert dropped < 100
    corpus = "".join(
        same_text(file.read_text("utf-8")) for file in (ROOT / "corpus").rglob("*.txt")
    )
    long = [s for pair in made for s in map(same_text, pair["p"].split("。")) if len(s) >= 40]
    assert len(long) > 10_000
    assert not [sentence for sentence in long if sentence in corpus]
    dev = (ROOT / "eval" / "questions" / "dev.jsonl").read_text("utf-8").splitlines()
    spoilt = [
        made[0] | {"q": json.loads(dev[0])["q"]},
        made[1] | {"p": f"甲。{json.loads(dev[0])['gold'][0]}。乙。"},
    ]
    assert data._without(spoilt, evaluated) == ([], 2)


@needs_shared
def test_every_written_question_has_its_article():
    known = by_id()
    assert all(row["id"] in known for row in questions())


@needs_shared
def test_questions_on_one_law_are_held_out_together():
    made = list(data.made("beside"))
    assert len(made) > 6000
    assert all(pair["key"] == pair["law"] for pair in made)
    assert max(Counter(pair["law"] for pair in made).values()) == 10


@needs_shared
def test_lay_questions_over_all_articles_are_those_held_out():
    found = scale.lay_questions()
    assert len(found) > 100
    assert all(held_out(question) and some for question, some in found.items())


def test_recall_is_the_share_found():
    found = np.array([[3, 1, 2], [4, 5, 6]])
    assert scale.recall(found, [{1, 9}, {4}], 1).tolist() == [0.0, 1.0]
    assert scale.recall(found, [{1, 9}, {4}], 3).tolist() == [0.5, 1.0]


class Labelled(list):
    """As much of a data set as the batches read."""

    column_names = ("anchor", "positive", "label")

    def __getitem__(self, key):
        return list(self) if key == "label" else super().__getitem__(key)


def test_batches_by_law():
    labels = Labelled([at % 13 for at in range(130)])
    batches = _batches(labels, 32, False, seed=1)
    made = list(batches)
    assert sorted(at for batch in made for at in batch) == list(range(130))
    assert len(made) == len(batches) == 5
    for one in made:
        assert len({labels[at] for at in one}) <= 5  # of 13 laws
    assert list(_batches(labels, 32, False, seed=1)) == made
    assert list(_batches(labels, 32, False, seed=2)) != made
    batches.set_epoch(1)
    assert list(batches) != made
    assert [len(one) for one in _batches(labels, 32, True, seed=1)] == [32] * 4


def test_negatives_stand_beside_the_passage_by_kind(monkeypatch):
    monkeypatch.setattr("training.train.articles", lambda: (article("a", "甲"), article("b", "乙")))
    settings = configuration()
    settings["training"] |= {"batch": 1, "negatives": ["own", "elsewhere"], "titled": 0.0}
    pair = {"source": "written", "held_out": False, "q": "问", "title": "法", "p": "答"}
    beside = pair | {"source": "beside", "law": "法"}
    made = rows(
        [pair, pair | {"held_out": True}, beside, beside | {"q": "又问"}],
        {0: {"own": ["a"], "elsewhere": ["b"]}},
        settings,
        lambda text, most: text,
    )
    assert made == {
        "written_own_elsewhere": [
            {
                "anchor": "query: 问", "positive": "passage: 答",
                "negative_0": "passage: 甲", "negative_1": "passage: 乙",
            }
        ],
        # A passage is no negative for its own second question.
        "beside": [
            {"anchor": "query: 问", "positive": "passage: 答", "label": 0},
            {"anchor": "query: 又问", "positive": "passage: 答", "label": 1},
        ],
    }  # fmt: skip


def test_a_source_is_drawn_several_times_beside_other_negatives(monkeypatch):
    known = tuple(article(name, name) for name in "abcd")
    monkeypatch.setattr("training.train.articles", lambda: known)
    settings = configuration()
    settings["training"] |= {
        "batch": 1,
        "titled": 0.0,
        "negatives": ["own"],
        "negatives_of": {"lay": ["elsewhere", "own", "elsewhere"]},
        "times": {"lay": 2},
    }
    pair = {"source": "lay", "held_out": False, "q": "问", "title": "法", "p": "答"}
    mined = {"own": ["d"], "elsewhere": ["a", "b", "c"]}
    made = rows(
        [pair, pair | {"source": "written"}], {0: mined, 1: mined}, settings, lambda text, _: text
    )
    beside = [
        [row[f"negative_{column}"].removeprefix("passage: ") for column in range(3)]
        for row in made["lay_elsewhere_own_elsewhere"]
    ]
    assert beside == [["a", "d", "b"], ["c", "d", "a"]]
    assert [row["negative_0"] for row in made["written_own"]] == ["passage: d"]


def test_negatives_of_a_kind_that_was_not_mined_are_an_error(monkeypatch):
    monkeypatch.setattr("training.train.articles", lambda: (article("a", "甲"),))
    settings = configuration(changes=['training.negatives=["own", "elsewhere"]'])
    with pytest.raises(SystemExit, match="elsewhere were mined"):
        rows([], {0: {"own": ["a"]}}, settings, lambda text, most: text)


def test_a_passage_has_one_dress(monkeypatch):
    """Titled or not, as often as it comes: a passage must not be a negative for its own question."""
    monkeypatch.setattr("training.train.articles", lambda: (article("a", "甲"),))
    settings = configuration(changes=["training.batch=1", "training.negatives=[]"])
    pairs = [
        {"source": "lay", "held_out": False, "q": f"问{at}", "title": "法", "p": f"答{at % 20}"}
        for at in range(100)
    ]
    made = rows(pairs, {}, settings, lambda text, most: text)["lay"]
    assert len({row["positive"] for row in made}) == 20
    assert 4 <= sum(row["positive"].startswith("passage: 法") for row in made) / 5 <= 16


def test_mined_negatives_belong_to_their_pairs(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "PAIRS", tmp_path / "pairs.jsonl")
    monkeypatch.setattr(mine, "MINED", tmp_path / "mined.jsonl")
    data.PAIRS.write_text("{}\n")
    mine.MINED.write_text(f'{{"pairs": "{mine._digest()}"}}\n{{"at": 3, "own": ["a"]}}\n')
    assert mine.read() == {3: {"at": 3, "own": ["a"]}}
    data.PAIRS.write_text("{}\n{}\n")
    with pytest.raises(SystemExit, match="belongs to other pairs"):
        mine.read()


def test_a_checkpoint_broken_off_is_none(tmp_path):
    for step in (50, 100, 150):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert _last_checkpoint(tmp_path / "nothing") is None
    for step in (50, 100):
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").touch()
    assert _last_checkpoint(tmp_path) == tmp_path / "checkpoint-100"
    assert not (tmp_path / "checkpoint-150").exists()


def test_a_held_out_share_is_the_same_everywhere():
    share = [held_out(str(i)) for i in range(5000)]
    assert 0.08 < sum(share) / len(share) < 0.12
    assert held_out("甲") == held_out("甲")


@pytest.mark.parametrize("at", [0, 30, 75])
def test_a_long_passage_is_cut_to_whole_sentences_around_the_answer(at):
    text = "".join(f"这是第{i:02}句话，说的是某一件事情。" for i in range(10))
    cut = data._around(text, at, most=40)
    assert cut in text
    assert text[at] in cut
    assert cut.endswith("。")
    assert text.index(cut) <= at < text.index(cut) + len(cut)
    assert len(cut) <= 40


def article(identity, text):
    return Article(identity, "法", "第一条", "", text, True, "")


@pytest.mark.parametrize(
    ("other", "likeness", "false"),
    [
        ("未经许可经营药品的，由药品监督管理部门责令改正，处五万元以下罚款。", 0.9, True),
        ("未经许可经营药品的，由市药品监督管理部门责令停业，处三万元以下罚款。", 0.9, True),
        ("住宅专项维修资金属于业主所有，不得挪作他用。", 0.8, False),
        ("住宅专项维修资金属于业主所有，不得挪作他用。", 0.99, True),
    ],
)
def test_what_answers_as_well_is_no_negative(other, likeness, false):
    right = article("a", "未经许可经营药品的，由药品监督管理部门责令改正，处五万元以下罚款。")
    settings = {"most_shared": 0.4, "most_like": 0.965}
    assert mine.is_false(right, article("b", other), likeness, settings) is false


def test_late_scores_by_a_slow_loop():
    torch.manual_seed(0)
    q, p = torch.randn(3, 4, 8), torch.randn(5, 6, 8)
    asked, told = torch.rand(3, 4) > 0.3, torch.rand(5, 6) > 0.3
    asked[:, 0] = told[:, 0] = True
    q, p = torch.nn.functional.normalize(q, dim=-1), torch.nn.functional.normalize(p, dim=-1)
    found = late_scores(q, asked, p, told)
    for i in range(3):
        for j in range(5):
            best = [
                max(float(q[i, a] @ p[j, b]) for b in range(6) if told[j, b])
                for a in range(4)
                if asked[i, a]
            ]
            assert float(found[i, j]) == pytest.approx(np.mean(best), abs=1e-5)


class Fixed(torch.nn.Module):
    """A model whose token vectors are looked up."""

    def __init__(self, size: int = 20) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.table = torch.nn.Embedding(size, 8)

    def forward(self, features):
        tokens = self.table(features["input_ids"])
        mask = features["attention_mask"].unsqueeze(-1)
        return {
            "token_embeddings": tokens * mask,
            "sentence_embedding": (tokens * mask).sum(1) / mask.sum(1),
        }


def batch(*rows):
    length = max(map(len, rows))
    return {
        "input_ids": torch.tensor([[*row, *[0] * (length - len(row))] for row in rows]),
        "attention_mask": torch.tensor(
            [[1] * len(row) + [0] * (length - len(row)) for row in rows]
        ),
    }


@pytest.mark.parametrize("rows", [1, 2, 16])
def test_the_loss_does_not_depend_on_padding_or_on_how_texts_are_grouped(rows):
    columns = [
        batch([1, 2, 3, 9], [1, 4, 5, 6, 9], [1, 7, 9]),
        batch([2, 11, 12, 9], [2, 13, 14, 15, 16, 9], [2, 17, 9]),
        batch([2, 3, 9], [2, 4, 4, 9], [2, 5, 9]),
    ]
    model = Fixed()
    settings = {"temperature": 0.1, "late_weight": 0.5, "late_temperature": 0.1, "prefixes": (1, 1)}
    wanted = PooledAndLate(model, **settings, rows=3)(columns)
    padded = [
        {name: torch.nn.functional.pad(value, (0, 5)) for name, value in one.items()}
        for one in columns
    ]
    found = PooledAndLate(model, **settings, rows=rows)(padded)
    assert found.item() == pytest.approx(wanted.item(), abs=1e-5)
    found.backward()
    assert model.table.weight.grad is not None


def test_late_interaction_learns_from_the_tokens_that_serve():
    """Those that `token_spans` calls text: not the prompt's, nor the lone `▁` that may follow it."""
    tokenizer = embedded.build_tokenizer(embedded.read_file(embedded.find_file()))
    texts = ["第一条 开办药店", "开药店要多大？", "How large?", "１２号", "（一）总则", "a"]
    for prompt in ("query: ", "passage: "):
        encoded = [tokenizer.encode(prompt + text) for text in texts]
        prefix = len(tokenizer.encode(prompt.strip()).ids) - 1
        model = Fixed(tokenizer.get_vocab_size())
        loss = PooledAndLate(
            model, **TERMS | {"prefixes": (prefix, prefix)}, space=tokenizer.token_to_id("▁")
        )
        mask = loss._encode(batch(*(one.ids for one in encoded)), prefix)[2]
        for row, one in zip(mask.tolist(), encoded, strict=True):
            _, words = token_spans(one.offsets, len(prompt))
            assert row[: len(words)] == words.tolist()
            assert not any(row[len(words) :])


COLUMNS = [
    batch([1, 2, 3, 9], [1, 4, 5, 6, 9]),
    batch([2, 11, 12, 9], [2, 13, 14, 15, 16, 9]),
]
TERMS = {"temperature": 0.1, "late_weight": 0.5, "late_temperature": 0.1, "prefixes": (1, 1)}


def test_distilling_adds_the_entropy_towards_both_kinds_of_scores():
    model = Fixed()
    loss = PooledAndLate(model, **TERMS)
    question, passage = (loss._encode(one, 1) for one in COLUMNS)
    near = (question[0] @ passage[0].T / 0.1).log_softmax(-1)
    late = (late_scores(question[1], question[2], passage[1], passage[2]) / 0.1).log_softmax(-1)
    both = (near.exp() + late.exp()) / 2
    wanted = -(both * near).sum(-1).mean() - 0.5 * (both * late).sum(-1).mean()
    found = PooledAndLate(model, **TERMS, distil_weight=2.0)(COLUMNS) - loss(COLUMNS)
    assert found.item() == pytest.approx(2 * wanted.item(), abs=1e-5)


def test_answering_keeps_answers_above_a_threshold_and_others_below():
    scores = torch.tensor([[5.0, 1.0, 3.0], [4.5, 2.0, -1.0]])  # of two questions, one passage more
    wanted = [
        math.log1p(math.exp(3 - 5)) + math.log1p(math.exp(3 - 3)),
        math.log1p(math.exp(3 - 2)) + math.log1p(math.exp(4.5 - 3)),
    ]
    assert answering(scores, 3.0).item() == pytest.approx(sum(wanted) / 2, abs=1e-6)
    loss, more = (
        PooledAndLate(Fixed(), **TERMS, answering_weight=weight, thresholds=(0.2, 0.3))(COLUMNS)
        for weight in (0.0, 2.0)
    )
    question, passage = (PooledAndLate(Fixed(), **TERMS)._encode(one, 1) for one in COLUMNS)
    near = question[0] @ passage[0].T / 0.1
    late = late_scores(question[1], question[2], passage[1], passage[2]) / 0.1
    added = answering(near, 2.0) + 0.5 * answering(late, 3.0)
    assert (more - loss).item() == pytest.approx(2 * added.item(), abs=1e-4)


def test_anchoring_measures_the_way_from_the_plain_model():
    class Adapted(Fixed):
        """Token vectors turned about, unless its adapters are off."""

        def __init__(self) -> None:
            super().__init__()
            self.on = True

        def __getitem__(self, at):
            return self

        @property
        def auto_model(self):
            return self

        def disable_adapters(self):
            self.on = False

        def enable_adapters(self):
            self.on = True

        def forward(self, features):
            made = super().forward(features)
            return {name: -one if self.on else one for name, one in made.items()}

    model = Adapted()
    without = PooledAndLate(model, **TERMS)(COLUMNS)
    anchored = PooledAndLate(model, **TERMS, anchor_weight=0.25)(COLUMNS)
    # The opposite of every vector: 1 - cos = 2, of questions and of passages.
    assert (anchored - without).item() == pytest.approx(0.25 * 4, abs=1e-5)
    assert model.on


WEIGHT = "encoder.layer.0.output.dense.weight"


def saved(folder, a, b, alpha=4):
    """A checkpoint as peft saves it: `b` is scaled by alpha / rank when used."""
    folder.mkdir(parents=True)
    settings = {"lora_alpha": alpha, "r": len(a)}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    (folder / "trainer_state.json").touch()
    key = f"base_model.model.{WEIGHT.removesuffix('.weight')}.lora_{{}}.weight"
    save_file({key.format("A"): a, key.format("B"): b}, folder / "adapter_model.safetensors")


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """A run with three checkpoints and one with one; the change that each makes to the weight."""
    monkeypatch.setattr(export, "WORK", tmp_path)
    draw = np.random.default_rng(5)
    changes = {}
    for name, step in (("one", 50), ("one", 100), ("one", 150), ("other", 50)):
        a, b = draw.random((2, 6), np.float32), draw.random((4, 2), np.float32)
        saved(tmp_path / "runs" / name / f"checkpoint-{step}", a, b)
        changes[name, step] = (a, 2 * b)
    return changes


def change(spec):
    found = export.factors(spec)
    assert all(one.dtype == np.float16 for one in found.values())
    return found[f"{WEIGHT}.B"].astype(np.float32) @ found[f"{WEIGHT}.A"].astype(np.float32)


def test_what_is_exported_is_what_the_spec_says(runs):
    made = {key: b @ a for key, (a, b) in runs.items()}
    a, b = (np.mean([runs["one", step][at] for step in (100, 150)], axis=0) for at in (0, 1))
    for spec, wanted in {
        "one": made["one", 150],  # of all the last one
        "one@50": made["one", 50],
        "one@100-150": b @ a,
        "one@50*0.5": made["one", 50] / 2,
        "one@100*.5 + other*2": made["one", 100] / 2 + made["other", 50] * 2,
        "plain + other": made["other", 50],
    }.items():
        np.testing.assert_allclose(change(spec), wanted, rtol=1e-2, err_msg=spec)
    assert export.factors("plain") == {}
    assert export.factors("one + other")[f"{WEIGHT}.A"].shape == (4, 6)


@pytest.mark.parametrize(
    "spec", ["", "one@", "one**2", "nobody", "one@60-90", "one@50-125", "one@50+nobody"]
)
def test_a_spec_of_nothing_says_so(runs, spec):
    with pytest.raises(SystemExit, match=r"Not understood|No such checkpoint"):
        export.factors(spec)


def test_a_file_stands_for_itself():
    shipped = read_adapter(SHIPPED, FILE_SHA256).tensors
    found = export.factors("shipped")
    assert set(found) == set(shipped)
    for name, tensor in found.items():
        np.testing.assert_array_equal(tensor, shipped[name])


def test_neighbours_are_of_the_same_law():
    laws = ["甲", "乙", "甲", "甲", "乙", "甲"]
    some = [Article(str(at), law, "", "", "", True, "") for at, law in enumerate(laws)]
    assert mine._beside(some, 1) == [[0, 2], [1, 4], [0, 2, 3], [2, 3, 5], [1, 4], [3, 5]]


def test_only_the_vectors_wanted_are_made_and_none_twice(monkeypatch, tmp_path):
    """What an earlier run left is kept; the rest of the file stays zero."""
    some = tuple(article(str(at), "字" * at) for at in range(1, 7))
    encoded = []

    class Encoder:
        def __init__(self, model, most_tokens):
            pass

        def encode_passages(self, texts):
            encoded.extend(texts)
            return np.ones((len(texts), 4), np.float32)

    monkeypatch.setattr(vectors, "articles", lambda: some)
    monkeypatch.setattr(vectors, "Quick", Encoder)
    monkeypatch.setattr(vectors, "WORK", tmp_path)
    model = SimpleNamespace(fingerprint="0" * 64, dim=4)
    assert vectors.article_vectors(model, [4, 1]).any(axis=1).tolist() == [0, 1, 0, 0, 1, 0]
    assert vectors.article_vectors(model, [1, 2]).any(axis=1).tolist() == [0, 1, 1, 0, 1, 0]
    assert vectors.article_vectors(model).all()
    assert len(encoded) == len(set(encoded)) == 6


def test_a_setting_is_changed_by_its_name():
    plain = configuration()
    changed = configuration(
        changes=['training.negatives=["own", "elsewhere"]', "training.rank = 8", "pairs.invented=0"]
    )
    assert changed["training"]["negatives"] == ["own", "elsewhere"]
    assert (changed["training"]["rank"], changed["pairs"]["invented"]) == (8, 0)
    plain["training"] |= {"negatives": ["own", "elsewhere"], "rank": 8}
    plain["pairs"]["invented"] = 0
    assert changed == plain


@pytest.mark.parametrize(
    "change", ["training.ranks=8", "rank=8", "training.rank=eight", "training"]
)
def test_a_setting_that_is_none_says_so(change):
    with pytest.raises(SystemExit, match=r"No such setting|not a value"):
        configuration(changes=[change])


def test_what_the_ablation_changes_are_settings():
    for changes in ablation.VARIANTS.values():
        configuration(changes=changes)
    made = list(ablation.VARIANTS.values())
    assert len(set(made)) == len(made)
    assert all(configuration(changes=one) != configuration() for one in made[1:])
