"""A Dockerfile as stages of instructions, for tests."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Stage", "stages_of"]


class Stage(NamedTuple):
    """A stage: its image (or the stage it goes on from), its name, its instructions with their arguments."""

    image: str
    name: str | None
    steps: list[tuple[str, str]]

    def all_of(self, instruction: str) -> list[str]:
        """The arguments of every instruction of a kind."""
        return [arguments for kind, arguments in self.steps if kind == instruction]


def stages_of(text: str) -> list[Stage]:
    """The stages of a Dockerfile; comments are left out, lines that go on are put together."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        kind, _, arguments = line.strip().partition(" ")
        if kind == "FROM":
            image, _, name = arguments.partition(" AS ")
            stages.append(Stage(image, name or None, []))
        elif kind:
            stages[-1].steps.append((kind, arguments.strip()))
    return stages
