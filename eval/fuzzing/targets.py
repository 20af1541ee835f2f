"""All targets by name."""

from __future__ import annotations

from eval.fuzzing.asking import API, QUESTIONS
from eval.fuzzing.contracts import CONTRACT
from eval.fuzzing.files import FILES
from eval.fuzzing.planted import PLANTED
from eval.fuzzing.target import Target
from eval.fuzzing.texts import CITATIONS, GAZETTE, REFERENCES

__all__ = ["TARGETS", "target_of"]

TARGETS: dict[str, Target] = {
    one.name: one for one in (GAZETTE, REFERENCES, CITATIONS, QUESTIONS, *FILES, API, CONTRACT)
}


def target_of(name: str) -> Target:
    """The target of that name; `planted`, which is for tests, is not in the list."""
    return PLANTED if name == "planted" else TARGETS[name]
