"""All targets by name, each module imported when one of its targets is wanted."""

from __future__ import annotations

from importlib import import_module

from eval.fuzzing.target import Target

__all__ = ["TARGETS", "target_of"]

_MODULES = {
    "texts": ("gazette", "references", "citations"),
    "asking": ("questions", "api"),
    "files": ("txt", "html", "markdown", "docx", "doc", "pdf", "ofd", "foreign", "known"),
    "contracts": ("contract",),
    "repeats": ("repeats",),
}
#: The names of all targets; `planted`, which is for tests, is none of them.
TARGETS = tuple(name for names in _MODULES.values() for name in names)


def target_of(name: str) -> Target:
    """The target of that name.

    Raises:
        KeyError: there is none.
    """
    places = {one: module for module, names in _MODULES.items() for one in names}
    module = import_module(f"eval.fuzzing.{(places | {'planted': 'planted'})[name]}")
    found: dict[str, Target] = {one.name: one for one in module.HELD}
    return found[name]
