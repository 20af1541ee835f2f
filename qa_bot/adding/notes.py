"""What a user knows of an issue beside its text, as a TOML file that `ingest.read_known` reads."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

from qa_bot.errors import SourceError
from qa_bot.ingest import Known, read_known

__all__ = ["Notes", "as_toml", "notes_for", "overlaid"]


class Notes:
    """What is known of a file, and what has to be written for it.

    Attributes:
        known: of the issue.
        toml: the bytes of the TOML file to be written beside it; `None` if none has to be.
    """

    __slots__ = ("known", "toml")

    def __init__(self, known: Known, toml: bytes | None) -> None:
        self.known = known
        self.toml = toml


def notes_for(path: Path, kept: Path | None, given: Known) -> Notes:
    """What is known of a file: what was given goes before the TOML beside it, that before the corpus's.

    Guarantees: a TOML file beside the file to which nothing was given is written as it is, comments
    among it; what the corpus holds already is not written again.

    Args:
        path: of the file that is to be added.
        kept: the TOML file in the corpus that the file would have; `None` without a corpus.
        given: by the user for this file.

    Raises:
        SourceError: a TOML file cannot be read.
    """
    beside = path.with_suffix(".toml")
    here = _bytes(kept) if kept else None
    own = _bytes(beside)
    if own is not None:
        known, toml = read_known(beside), own
    elif kept is not None and here is not None:
        known, toml = read_known(kept), here
    else:
        known, toml = Known(), None
    merged = overlaid(known, given)
    if merged != known:
        toml = as_toml(merged).encode()
    return Notes(merged, None if toml == here else toml)


def overlaid(known: Known, given: Known) -> Known:
    """`known`, with every field that `given` has in its place."""
    values = {field.name: getattr(given, field.name) for field in fields(Known)}
    return replace(known, **{name: value for name, value in values.items() if value is not None})


def as_toml(known: Known) -> str:
    """The TOML file that says this.

    Guarantees: reading it gives `known` again.
    """
    lines = []
    for field in fields(Known):
        value = getattr(known, field.name)
        if isinstance(value, str):
            # A JSON string is a TOML string, but for DEL, which TOML wants escaped.
            text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
            lines.append(f"{field.name} = {text}")
        elif isinstance(value, date):
            lines.append(f"{field.name} = {value.isoformat()}")
        elif value is not None:
            lines.append(f"{field.name} = {value}")
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    return text


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(
            f"读不了 {path.name}：{error.strerror} / Cannot read {path.name}: {error.strerror}."
        ) from error
