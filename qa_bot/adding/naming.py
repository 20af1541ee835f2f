"""The names of corpus files: the stem is the issue's id, and stands in addresses and citations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from qa_bot.errors import InputError

__all__ = ["check_stem", "free_stem", "same_stem", "stem_for"]

# What some file system or an address does not take; ~ and @ tell apart ids that come twice.
_UNFIT = re.compile(r'[\\/:*?"<>|#%~@\x00-\x1f\x7f]+')
_LONGEST = 180  # bytes, of the 255 that file systems take


def stem_for(name: str) -> str:
    """The stem that a file of this name gets: its own, less what cannot stand in one.

    Guarantees: `check_stem` takes it; a stem that is fit is not changed, but for its Unicode form
    (NFC, since some systems write names decomposed).
    """
    stem = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())
    stem = "".join(char if char.isprintable() else " " for char in _UNFIT.sub("-", stem))
    stem = " ".join(stem.split()).strip(" .-")
    while len(stem.encode()) > _LONGEST:
        stem = stem[:-1].rstrip(" .-")
    return stem or "issue"


def check_stem(stem: str) -> str:
    """A stem that the user gives.

    Raises:
        InputError: it cannot be the name of a file everywhere, or not stand in an address.
    """
    if stem_for(stem) != unicodedata.normalize("NFC", stem):
        raise InputError(
            f"“{stem}”不能作编号；可以用“{stem_for(stem)}” / "
            f"“{stem}” cannot be an id; “{stem_for(stem)}” can."
        )
    return stem_for(stem)


def same_stem(stem: str) -> str:
    """What two stems have in common that are one file on systems that ignore case."""
    return unicodedata.normalize("NFC", stem).casefold()


def free_stem(stem: str, taken: Container[str]) -> str:
    """`stem-2`, or the first number after it that is free.

    Args:
        stem: as the file has it.
        taken: stems as `same_stem` gives them.
    """
    number = 2
    while same_stem(f"{stem}-{number}") in taken:
        number += 1
    return f"{stem}-{number}"
