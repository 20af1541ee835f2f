"""What a document is among all that are held: a version of a work, printed in one place or in several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

__all__ = ["Key", "Printing", "Standing", "Version"]

#: Issue and document.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Printing:
    """A place where a text stands.

    Attributes:
        issue_id: of the issue.
        page: on which the document starts there.
        address: issue and document, by which it is found too.
        whole: whether all of the text stands there; false of an excerpt.
    """

    issue_id: str
    page: int | None
    address: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Version:
    """A wording of a work.

    Attributes:
        id: under which its document is exposed.
        day: from which it counts; `None` where nothing tells one that is later than that of the version before.
        issue_id: of the issue that it is shown in.
        latest: whether there is none after it.
    """

    id: str
    day: date | None
    issue_id: str
    latest: bool

    def told(self) -> dict[str, Any]:
        """As every door gives it."""
        day = self.day.isoformat() if self.day else None
        return {"id": self.id, "date": day, "latest": self.latest, "issue_id": self.issue_id}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a document is among all that are held.

    Attributes:
        id: under which it is exposed; of one that is dropped that of the document kept for it.
        same_as: issue and id (as `parse_issue` gave it) of the document kept for it; `None` of one that is kept.
        version_on: the day from which its wording counts.
        latest: id of the latest version of its work.
        versions: of its work, the earliest first, itself among them; none where there is only one.
        places: where its text stands, its own place first; none where there is only one.
        address: issue and document, by which it is found whatever its id is.
    """

    id: str
    same_as: Key | None
    version_on: date | None
    latest: str
    versions: tuple[Version, ...]
    places: tuple[Printing, ...]
    address: str

    @property
    def superseded(self) -> bool:
        """Whether a later version is held."""
        return self.id != self.latest

    @property
    def own(self) -> Version | None:
        """The version that it is; `None` where there is only one."""
        return next((one for one in self.versions if one.id == self.id), None)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` reads it."""
        return asdict(self) | {
            "same_as": list(self.same_as) if self.same_as else None,
            "version_on": self.version_on.isoformat() if self.version_on else None,
            "versions": [
                asdict(one) | {"day": one.day.isoformat() if one.day else None}
                for one in self.versions
            ],
            "places": [asdict(one) for one in self.places],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Standing:
        """What `to_json` made."""
        return cls(
            row["id"],
            (row["same_as"][0], row["same_as"][1]) if row["same_as"] else None,
            _day(row["version_on"]),
            row["latest"],
            tuple(Version(**one | {"day": _day(one["day"])}) for one in row["versions"]),
            tuple(Printing(**one) for one in row["places"]),
            row["address"],
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
