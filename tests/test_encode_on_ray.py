"""Encoding on several workers by Ray gives what one process gives."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from qa_bot.index import gather
from tests import gazettes
from tests.making import StandIn, built, hashes_of

ray = pytest.importorskip("ray", reason="pip install 'ray[data]'")
# Ray's own processes and files are beyond our reach.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def two_cores():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The workers import this module, and the program from where the tests do.
        root = str(Path(__file__).resolve().parent.parent)
        ray.init(
            num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False,
            runtime_env={"env_vars": {"PYTHONPATH": root}},
        )  # fmt: skip
        yield
        ray.shutdown()


@pytest.mark.usefixtures("two_cores")
def test_two_workers_encode_what_one_process_does(tmp_path: Path) -> None:
    from scripts.encode_on_ray import encode_on_ray

    corpus = gazettes.write(tmp_path / "corpus")
    alone = built(tmp_path / "alone", corpus)
    folders = encode_on_ray(corpus, tmp_path / "out", parts=3, workers=2, encoder_of=StandIn)
    assert 1 < len(folders) <= 3
    encoder = StandIn()
    gather(tmp_path / "together", folders, encoder.model.fingerprint)
    together = built(tmp_path / "together", corpus, encoder)
    assert encoder.encoded == []
    assert hashes_of(together) == hashes_of(alone)
