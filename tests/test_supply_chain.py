"""What is locked is what the SBOM and the page of licences tell, and the audit takes no silence for a yes."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib

import pytest
from conftest import ROOT

import qa_bot
from qa_bot.encoder.adapter import SHIPPED
from qa_bot.encoder.embedded import FILE_SHA256
from scripts import audit

POLICY = tomllib.loads(audit.LICENCES.read_text(encoding="utf-8"))
AGAIN = "run: make audit"


@pytest.fixture(scope="module")
def bom():
    return json.loads(audit.SBOM.read_text(encoding="utf-8"))


def test_the_sbom_is_of_the_locks(bom):
    told = [
        audit.Pin(audit.normalised(one["name"]), one["version"], one["scope"] == "required")
        for one in audit.libraries(bom)
    ]
    assert told == audit.pins(), AGAIN
    assert bom["metadata"]["component"]["version"] == qa_bot.__version__, AGAIN


def test_the_sbom_has_the_model_by_its_checksum(bom):
    models = [one for one in bom["components"] if one["type"] == "machine-learning-model"]
    found = {one["name"]: one["hashes"][0]["content"] for one in models}
    adapter = hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert found == {audit.MODEL: FILE_SHA256, f"{audit.MODEL}-adapter": adapter}, AGAIN


def test_the_sbom_says_nothing_of_the_machine_it_was_made_on(bom):
    assert "serialNumber" not in bom
    assert "timestamp" not in bom["metadata"]
    text = audit.SBOM.read_text(encoding="utf-8").replace(bom["$schema"], "")
    assert not re.findall(r"\w+://|file:|/tmp/|/home/|/root/|/work/|[A-Z]:\\", text)
    assert text.replace('"$schema": ""', f'"$schema": "{bom["$schema"]}"') == audit.written(bom)


def test_every_licence_is_allowed(bom):
    assert audit.complaints(bom, POLICY) == []


def test_the_page_has_the_licences_of_the_locks(bom):
    page = audit.PAGE.read_text(encoding="utf-8")
    assert audit.with_table(page, audit.table(bom, POLICY)) == page, AGAIN


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-audit.lock"]
)
def test_every_locked_package_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]
    assert "://" not in text
    assert not re.search(r"(?m)^\s*-(i|f|-index-url|-extra-index-url|-find-links)\b", text)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND (BSD-2-Clause OR LGPL-2.1-or-later)", True),  # marisa-trie: one part of OR is enough
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),  # not by its first word
        ("MIT License", False),  # no expression
        ("", False),
    ],
)  # fmt: skip
def test_which_expressions_are_allowed(expression, allowed):
    assert audit.is_allowed(expression, POLICY) == allowed


@pytest.mark.parametrize(
    ("licences", "complaint"),
    [
        ([{"license": {"id": "AGPL-3.0-only"}}], "not allowed: AGPL-3.0-only"),
        ([{"license": {"name": "License :: Other/Proprietary License"}}], "licence unknown"),
        ([], "licence unknown"),
        # an id that is allowed does not hide a second statement that nobody understands
        ([{"license": {"id": "MIT"}}, {"license": {"name": "see EULA"}}], "licence unknown"),
    ],
)
def test_an_unknown_licence_is_told(bom, licences, complaint):
    one = {"name": "new", "version": "1", "type": "library", "licenses": licences}
    lines = audit.complaints({"components": [*bom["components"], one]}, POLICY)
    assert len(lines) == 1
    assert lines[0].startswith("new 1: ")
    assert complaint in lines[0]


def test_what_a_person_read_goes_when_it_is_not_needed(bom):
    rest = [one for one in bom["components"] if one["name"] != "protobuf"]
    assert ["protobuf" in line for line in audit.complaints({"components": rest}, POLICY)] == [True]


# What pip-audit 2.10 printed for a mirror that has no advisories, with "No known vulnerabilities found" and exit code 0.
_SKIPPED = {
    "name": "jinja2",
    "skip_reason": "Dependency not found on PyPI and could not be audited",
}
_CLEAN = {"name": "jinja2", "version": "3.1.6", "vulns": []}
_BAD = {
    "name": "h11", "version": "0.15", "vulns": [{"id": "PYSEC-2025-1", "fix_versions": ["0.16"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([[_CLEAN, _CLEAN]], 0, "none known as vulnerable"),
        ([[_CLEAN, _BAD]], audit.FOUND, "h11 0.15: PYSEC-2025-1 → 0.16"),
        ([[_SKIPPED, _SKIPPED], "no route"], audit.UNCHECKED, "NOT CHECKED"),
        ([[_SKIPPED, _CLEAN], "no route"], audit.UNCHECKED, "does not know 1 of 2"),
        (["no route", [_CLEAN, _CLEAN]], 0, "osv looked up 2"),
        ([[_SKIPPED, _BAD], "no route"], audit.FOUND, "PYSEC-2025-1"),
    ],
)
def test_silence_is_no_clean_bill(monkeypatch, capsys, answers, code, said):
    given = iter(answers)

    def ask(service, wanted):
        told = next(given)
        return told if isinstance(told, str) else audit.read_report({"dependencies": told})

    monkeypatch.setattr(audit, "ask", ask)
    assert audit.advisories([("jinja2", "3.1.6"), ("h11", "0.15")]) == code
    printed = capsys.readouterr().out
    assert said in printed
    assert ("none known" in printed) == (code == 0)
