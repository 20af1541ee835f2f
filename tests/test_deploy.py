"""The files under deploy/ are read as what they are, and pin what they start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
DEPLOY = Path(__file__).resolve().parent.parent / "deploy"


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
