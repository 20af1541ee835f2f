"""What has to be known of a document to say what else it is: the characters of its text, its number and its days."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from qa_bot.gazette.contents import title_key
from qa_bot.gazette.model import Document, Issue, Named
from qa_bot.gazette.standing import Key
from qa_bot.text import find_dates, squeeze

__all__ = ["WIDTH", "Held", "held_in"]

_AROUND = frozenset((
    "number", "registration", "letterhead", "history", "signature", "date", "remark", "distribution",
    "annex_label", "contents_label", "section",
))  # fmt: skip
_ONE_FORM = str.maketrans(
    dict.fromkeys("〔[{【〖﹝", "(")
    | dict.fromkeys("〕]}】〗﹞", ")")
    | dict.fromkeys("《〈", "<")
    | dict.fromkeys("》〉", ">")
    | dict.fromkeys("“”„‘’'「」『』", '"')
    | dict.fromkeys("—–―‐−", "-")
    | dict.fromkeys("・•", "·")
    | {"○": "〇"}
)
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_SENTENCE = re.compile(r"[^。;!?]*[。;!?]*")
_AMENDING = re.compile(r"修[正订改]")
#: Hexadecimal digits of a sentence's digest.
WIDTH = 8


@dataclass(frozen=True, slots=True)
class Held:
    """What has to be known of a document to say what else it is.

    Attributes:
        issue_id: of the issue that it stands in.
        document_id: as `parse_issue` gave it.
        position: its place in the issue, from 0.
        kind: as `Document.kind`.
        number: 发文字号 in normal form.
        title: folded for comparison.
        digest: of all its characters, without white space, width and variants of one mark, and without
            what stands around the text (its number, registration, signature, date, remarks on distribution, labels).
        pieces: the digests of its sentences, each of 8 hexadecimal digits, in order.
        issuer: 发文机关, folded.
        issued_on: 成文日期.
        effective_from: 施行日期.
        revised_on: the last day that a note under its title names for a 修正 or 修订.
        page: on which it starts.
        published_on: of the issue.
        year: of the issue.
        issue_number: of the issue within its year; `None` for a loose file.
        file: of the issue.
        sha256: of that file.
        whole: digest of everything that the issue holds.
    """

    issue_id: str
    document_id: str
    position: int
    kind: str
    number: str | None
    title: str
    digest: str
    pieces: str
    issuer: str | None
    issued_on: date | None
    effective_from: date | None
    revised_on: date | None
    page: int | None
    published_on: date | None
    year: int | None
    issue_number: int | None
    file: str
    sha256: str
    whole: str

    @property
    def key(self) -> Key:
        """Issue and document."""
        return self.issue_id, self.document_id

    def to_json(self) -> dict[str, Any]:
        """As `from_json` reads it."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Held:
        """What `to_json` made."""
        days = ("issued_on", "effective_from", "revised_on", "published_on")
        values = {one.name: row[one.name] for one in fields(cls)}
        for name in days:
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        return cls(**values)


def held_in(issue: Issue) -> list[Held]:
    """What has to be known of each document of an issue, in its order."""
    named: dict[str, list[Named]] = defaultdict(list)
    for piece in issue.named:
        named[piece.document_id].append(piece)
    found: list[Held] = []
    for position, document in enumerate(issue.documents):
        own = named[document.id]
        stretches = _stretches(document, own)
        notes = [squeeze(one.text) for one in own if one.role == "history"]
        days = [day for note in notes if _AMENDING.search(note) for day, *_ in find_dates(note)]
        sentences = [s for text in stretches for s in _SENTENCE.findall(text) if s]
        found.append(
            Held(
                issue.id, document.id, position, document.kind, document.number, title_key(document.title),
                _digest("\n".join(stretches)), "".join(_digest(s)[:WIDTH] for s in sentences),
                title_key(document.issuer) if document.issuer else None, document.issued_on,
                document.effective_from, max(days, default=None), document.page, issue.published_on,
                issue.year, issue.number, issue.file, issue.sha256, "",
            )
        )  # fmt: skip
    told = (f"{one.kind} {one.number} {one.title} {one.issued_on} {one.digest}" for one in found)
    whole = _digest("\n".join(told))
    return [replace(one, whole=whole) for one in found]


def _stretches(document: Document, named: Iterable[Named]) -> list[str]:
    """The text of a document in the order of its source, cut where something stands around it; nothing is empty."""
    own = title_key(document.title)
    pieces: list[tuple[int, str, bool]] = [
        (line.start, line.text, False) for part in document.parts for line in part.lines
    ]
    for one in named:
        if one.role in _AROUND or (one.role == "title" and title_key(one.text) == own):
            pieces.append((one.spans[0][0], "", True))
        else:
            pieces.append((one.spans[0][0], one.text, one.role == "title"))
    stretches = [""]
    for _, text, apart in sorted(pieces):
        plain = _plain(text)
        if apart:
            stretches += [plain, ""]
        else:
            stretches[-1] += plain
    return [one for one in stretches if one]


def _plain(text: str) -> str:
    """The characters that make a text what it is: no white space, nothing invisible, one form of each mark."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).lower().translate(_ONE_FORM)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
