"""The files under deploy/ are read as what they are, and pin what they start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import gazettes
from tests.dockerfile import stages_of

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def stages():
    return stages_of((DEPLOY / "Dockerfile").read_text(encoding="utf-8"))


def test_the_compose_file_pins_images_and_opens_no_door():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"etcd", "minio", "milvus"}
    for service in services.values():
        assert re.search(r":(v\d+\.\d+\.\d+|RELEASE\.[\dTZ-]+)$", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    wanted = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    given = set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert wanted == given


def test_the_values_of_a_cluster_answer_nothing_from_half_an_index():
    values = yaml.safe_load((DEPLOY / "milvus-cluster.yaml").read_text(encoding="utf-8"))
    assert values["cluster"]["enabled"]
    assert values["queryNode"]["replicas"] >= 2
    own = yaml.safe_load(values["extraConfigFiles"]["user.yaml"])
    assert own["proxy"]["partialResultRequiredDataRatio"] == 1.0
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    image = compose["services"]["milvus"]["image"]
    assert image.endswith(f":{values['image']['all']['tag']}")


def test_images_are_pinned_and_nothing_is_installed_without_a_hash_but_torch(stages):
    names = {stage.name for stage in stages}
    for stage in stages:
        assert stage.image in names or re.fullmatch(r"python:3\.11\.\d+-slim-\w+", stage.image)
        assert not stage.all_of("ADD")
        for step in stage.all_of("RUN"):
            assert not re.search(r"pip3? install|-m pip|apt|curl|wget", step)
            for line in (part.strip() for part in step.split("&&") if "pip --python" in part):
                apart = "--no-build-isolation" in line
                own = line.endswith(" .") and "--no-index" in line and apart
                locked = line.endswith("--require-hashes -r requirements.lock") and apart
                builder = line.endswith("--require-hashes -r setuptools.lock")
                torch = stage.name == "model" and line.endswith("-r requirements-torch.txt")
                assert own or locked or builder or torch, line
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w.:]+", text)) == {"http://127.0.0.1:7860"}


def test_the_image_runs_without_rights_and_writes_to_its_volume_alone(stages):
    last = stages[-1]
    (user,) = last.all_of("USER")
    assert re.fullmatch(
        r"[1-9]\d{3,}:[1-9]\d{3,}", user
    )  # a number, which an orchestrator can check
    assert last.steps.index(("USER", user)) > max(
        at for at, (kind, _) in enumerate(last.steps) if kind == "RUN"
    )
    assert [json.loads(one) for one in last.all_of("VOLUME")] == [["/data"]]
    set_to = dict(re.findall(r"(\w+)=(\S+)", " ".join(last.all_of("ENV"))))
    assert (set_to["XDG_DATA_HOME"], set_to["HOME"]) == ("/data", "/tmp")
    # The model is where the stage that made it put it.
    (made,) = [one for stage in stages if stage.name == "model" for one in stage.all_of("ENV")]
    assert made == f"XDG_CACHE_HOME={set_to['XDG_CACHE_HOME']}"
    assert f"--from=model {set_to['XDG_CACHE_HOME']} {set_to['XDG_CACHE_HOME']}" in last.all_of(
        "COPY"
    )
    # Read by the user above, where safetensors lets its owner alone: PermissionError at the first start.
    (model,) = [stage for stage in stages if stage.name == "model"]
    assert model.all_of("RUN")[-1].endswith(f"&& chmod -R a+rX {set_to['XDG_CACHE_HOME']}")
    # And of the stage with torch nothing else is taken.
    assert sum("--from=model" in one for one in last.all_of("COPY")) == 1


def test_the_image_serves_and_is_asked_whether_it_is_ready(stages):
    last = stages[-1]
    assert json.loads(last.all_of("CMD")[0]) == ["qa-bot", "serve", "--host", "0.0.0.0"]
    assert last.all_of("EXPOSE") == ["7860"]
    (check,) = last.all_of("HEALTHCHECK")
    program, option, script = json.loads(check.partition(" CMD ")[2])
    assert (program, option) == ("python", "-c")
    compile(script, "HEALTHCHECK", "exec")
    assert "http://127.0.0.1:7860/readyz" in script


def test_the_context_is_what_the_image_copies(stages):
    """No corpus of the user's checkout is left out, no index, feedback or virtual environment gets in."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {
        name
        for stage in stages
        for one in stage.all_of("COPY")
        if not one.startswith("--from")
        for name in one.split()[:-1]
    }
    assert let_in == copied
    assert all((ROOT / name).exists() for name in copied)


WITHOUT_TORCH = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(name, name="torch")
sys.meta_path.insert(0, Missing())
from qa_bot.cli import app
app(["build", "--data", sys.argv[1]])
"""


@pytest.mark.model
def test_a_prepared_model_builds_an_index_without_torch(tmp_path, model_folder):
    """As in the image, whose last stage has no torch."""
    gazettes.write(tmp_path / "corpus", "hn-2019-04")
    (tmp_path / "models").symlink_to(model_folder.path.parent)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "建好 / Built" in done.stdout
