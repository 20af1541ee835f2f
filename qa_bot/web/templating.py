"""From templates to HTML: every value is escaped, and a name that is missing is an error."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qa_bot.web.wording import Wording

__all__ = ["render", "static"]

_HERE = Path(__file__).resolve().parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def render(template: str, words: Wording, **values: object) -> str:
    """The template filled in; `t` in it is the wording."""
    return _ENVIRONMENT.get_template(template).render(t=words, **values)


def static(name: str) -> str:
    """The text of a file in `static/`; it goes into the page, which then needs no second file."""
    return (_HERE / "static" / name).read_text(encoding="utf-8")
