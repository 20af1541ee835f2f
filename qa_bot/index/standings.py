"""What each document is among all that are held: versions of its work, other places of its text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from qa_bot.errors import IndexDamagedError
from qa_bot.gazette import Issue
from qa_bot.gazette.identity import PRINTED_AGAIN, Key, Standing
from qa_bot.text import Span

__all__ = ["Standings", "spans_again", "write_standings"]

_FILE = "standings.json"


def write_standings(
    folder: Path,
    standings: Mapping[Key, Standing],
    again: Mapping[str, Sequence[Span]],
    same: Sequence[tuple[str, str]] = (),
) -> None:
    """Write what there is to tell: of documents with another version or another place, and what stands again in an issue.

    Args:
        folder: of the generation.
        standings: what `settle` said.
        again: by issue where documents stand that are kept in another place, `spans_again` of the issue.
        same: files that hold the same as another, with that one.
    """
    told = [
        [issue_id, one.to_json()]
        for (issue_id, _), one in sorted(standings.items())
        if one.versions or one.places
    ]
    text = json.dumps({"standings": told, "printed_again": again, "same": same}, ensure_ascii=False)
    (folder / _FILE).write_text(text, encoding="utf-8")


def spans_again(issue: Issue) -> list[Span]:
    """Where documents of an issue stand that are kept in another place, in order."""
    again = (one.spans for one in issue.named if one.role == PRINTED_AGAIN)
    return sorted(span for some in again for span in some)


class Standings:
    """Reads what `write_standings` wrote; all of it is held."""

    def __init__(
        self,
        read: Sequence[tuple[str, Standing]] = (),
        again: Mapping[str, Sequence[Span]] | None = None,
        same: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Hold what was told, in the order of the documents; nothing if nothing is given."""
        #: Files that hold the same as another, with that one.
        self.same = tuple(same)
        self._again = dict(again or {})
        self._kept = {(issue_id, one.id): one for issue_id, one in read if one.same_as is None}
        self._dropped = [(issue_id, one) for issue_id, one in read if one.same_as]
        self._names: dict[str, str] = {}
        for one in (one for _, one in read):
            self._names.setdefault(one.address, one.id)
            if one.version_on and one.id == one.latest:
                self._names.setdefault(f"{one.id}@{one.version_on.isoformat()}", one.id)
        self._latest = {one.id: one.latest for one in self._kept.values() if one.superseded}
        #: Issue and id of each document that has a later version.
        self.earlier = frozenset(key for key, one in self._kept.items() if one.superseded)

    @classmethod
    def open(cls, folder: Path) -> Standings:
        """What stands in a generation's folder.

        Raises:
            IndexDamagedError: it cannot be read.
        """
        try:
            told = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            return cls(
                [(issue_id, Standing.from_json(row)) for issue_id, row in told["standings"]],
                {
                    issue_id: [(start, end) for start, end in spans]
                    for issue_id, spans in told["printed_again"].items()
                },
                [(copy, first) for copy, first in told["same"]],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(
                f"索引文件 {_FILE} 读不了：{error}；请运行 qa-bot build / "
                f"The index file {_FILE} cannot be read: {error}. Run: qa-bot build"
            ) from error

    def of(self, issue_id: str, document_id: str) -> Standing:
        """What a document is; one of a single version and place says so."""
        held = self._kept.get((issue_id, document_id))
        return held or Standing(document_id, None, None, document_id, (), (), document_id)

    def all(self) -> list[tuple[str, Standing]]:
        """Those with another version or another place, each with the issue that it is shown in."""
        return [(issue_id, one) for (issue_id, _), one in self._kept.items()]

    def printed_again_in(self, issue_id: str) -> list[Standing]:
        """Documents of an issue that are shown where they are printed first."""
        return [one for held, one in self._dropped if held == issue_id]

    def spans_printed_again(self, issue_id: str) -> list[Span]:
        """Where these stand in the source of that issue, in order."""
        return list(self._again.get(issue_id, ()))

    def in_latest(self, identity: str) -> str:
        """The id of a document or clause of an earlier version as it would be in the latest; any other as it is."""
        for end in (len(identity), *(at for at, c in enumerate(identity) if c == "/")):
            found = self._latest.get(identity[:end])
            if found is not None:
                return found + identity[end:]
        return identity

    def current_id(self, identity: str) -> str:
        """The id of the document, or of the clause, that an address means: of another place or of a day.

        `wenzhou-2019-05/温政发〔2019〕5号/part_3` means the text that is printed there, and `温政发〔2019〕5号@2019-04-03` the
        version of that day, though it is the latest and bears the number alone.
        """
        for end in (len(identity), *(at for at, c in enumerate(identity) if c == "/")):
            found = self._names.get(identity[:end])
            if found is not None:
                return found + identity[end:]
        return identity
