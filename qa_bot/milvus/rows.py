"""Reads rows of a generation by position and keeps those that were asked for last; what is missing is an error."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import StoreError
from qa_bot.index import ClauseRecord
from qa_bot.index.segment_records import SegmentRecords
from qa_bot.milvus.connection import Connection
from qa_bot.milvus.packing import Scored, pieces, unpack
from qa_bot.milvus.schema import Names

__all__ = ["LONG", "MOST_ROWS", "Parts", "Rows", "incomplete", "quoted"]

#: What a field holds whose value is in the parts.
LONG = "#"
#: Milvus gives no more rows than these for one request.
MOST_ROWS = 16_384
# Rows and parts that are asked for at once: some MB.
_ROWS, _PARTS = 256, 64
# Rows that are kept, of some kB each: what is scored, records, token codes, what they are called.
_KEPT = {"scored": 16_384, "record": 4_096, "tokens": 1_024, "numbers": 1_024}
_T = TypeVar("_T")


class Parts:
    """Reads what is longer than a field."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self._connection = connection
        self._collection = names.parts

    def read(self, key: str) -> bytes:
        """What was written under a key.

        Raises:
            StoreError: it is not there, or a part of it is missing or altered.
        """
        first = self.row(f"{key}/0")
        try:
            rows = [first]
            keys = [f"{key}/{number}" for number in range(1, int(first.partition(":")[0]))]
            for start in range(0, len(keys), _PARTS):
                some = keys[start : start + _PARTS]
                found = self._query(some)
                rows += [found[one] for one in some]
            return pieces(rows)
        except (ValueError, KeyError) as error:
            raise incomplete(self._connection, key) from error

    def row(self, key: str) -> str:
        """The data of one row.

        Raises:
            StoreError: it is not there.
        """
        found = self._query([key]).get(key)
        if found is None:
            raise incomplete(self._connection, key)
        return found

    def _query(self, keys: Sequence[str]) -> dict[str, str]:
        wanted = f"key in [{', '.join(map(quoted, keys))}]"
        rows = self._connection.call("query", self._collection, wanted, ["key", "data"])
        return {row["key"]: row["data"] for row in rows}


class Rows:
    """Reads clauses. Safe to use from several threads."""

    def __init__(self, connection: Connection, names: Names, clauses: int) -> None:
        """Over the collection of a generation.

        Args:
            connection: to the Milvus.
            names: of the collections.
            clauses: how many there are.
        """
        self.parts = Parts(connection, names)
        self.size = clauses
        self._connection = connection
        self._collection = names.clauses
        self._scored = _Kept[Scored](self, "scored", lambda _, row: Scored.read(row["scored"]))
        self._records = _Kept[ClauseRecord](
            self, "record",
            lambda at, row: SegmentRecords.read(at, row["issue_id"], row["record"]), ("issue_id",),
        )  # fmt: skip
        self._tokens = _Kept[tuple[NDArray[np.uint8], NDArray[np.int16]]](
            self, "tokens", lambda _, row: unpack(row["tokens"])
        )
        self._numbers = _Kept[str](self, "numbers", lambda _, row: str(row["numbers"]))

    def scored(self, positions: Iterable[int]) -> list[Scored]:
        """What some clauses are scored by, in this order."""
        return self._scored.of(positions)

    def records(self, positions: Iterable[int]) -> list[ClauseRecord]:
        """Some clauses, in this order."""
        return self._records.of(positions)

    def tokens(self, positions: Iterable[int]) -> list[tuple[NDArray[np.uint8], NDArray[np.int16]]]:
        """The codes and the sentences of the tokens of some clauses, in this order."""
        return self._tokens.of(positions)

    def numbers(self, positions: Iterable[int]) -> list[str]:
        """The document numbers that some clauses name, JSON, in this order."""
        return self._numbers.of(positions)

    def where(
        self, condition: str, fields: Sequence[str] = (), low: int = 0, high: int | None = None
    ) -> list[dict[str, Any]]:
        """All clauses from `low` to before `high` for which a condition holds, by position.

        Milvus cuts off long results without a word, so what reaches the limit is asked for in halves.
        """
        high = self.size if high is None else high
        wanted = f"position >= {low} and position < {high} and ({condition})"
        found = self._connection.call(
            "query", self._collection, wanted, ["position", *fields], limit=MOST_ROWS
        )
        if len(found) >= MOST_ROWS and high - low > MOST_ROWS:
            middle = (low + high) // 2
            return [
                *self.where(condition, fields, low, middle),
                *self.where(condition, fields, middle, high),
            ]
        return sorted(found, key=lambda row: int(row["position"]))

    def read(self, positions: Sequence[int], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Fields of some clauses, in no order; none is left out.

        Raises:
            StoreError: one is not there.
        """
        for start in range(0, len(positions), _ROWS):
            some = positions[start : start + _ROWS]
            wanted = f"position in [{', '.join(map(str, some))}]"
            found = self._connection.call("query", self._collection, wanted, ["position", *fields])
            if {int(row["position"]) for row in found} != {*some}:
                raise incomplete(
                    self._connection, f"{self._collection}: {len(found)} of {len(some)}"
                )
            for row in found:
                for name in fields:
                    if row[name] == LONG:
                        key = f"c/{row['position']}/{name}"
                        row[name] = self.parts.read(key).decode()
                yield row


class _Kept(Generic[_T]):
    """What was read of one field last."""

    def __init__(
        self,
        rows: Rows,
        field: str,
        made: Callable[[int, dict[str, Any]], _T],
        beside: Sequence[str] = (),
    ) -> None:
        self._rows = rows
        self._fields = (field, *beside)
        self._made = made
        self._most = _KEPT[field]
        self._held: OrderedDict[int, _T] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, positions: Iterable[int]) -> list[_T]:
        wanted = [int(at) for at in positions]
        if any(not 0 <= at < self._rows.size for at in wanted):
            raise KeyError(wanted)
        found: dict[int, _T] = {}
        with self._lock:
            for at in wanted:
                if at in self._held:
                    self._held.move_to_end(at)
                    found[at] = self._held[at]
        missing = sorted({*wanted} - found.keys())
        for row in self._rows.read(missing, self._fields):
            at = int(row["position"])
            found[at] = self._made(at, row)
        with self._lock:
            for at in missing:
                self._held[at] = found[at]
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return [found[at] for at in wanted]


def incomplete(connection: Connection, what: str) -> StoreError:
    """The error of a row that has to be there and is not."""
    return StoreError(
        f"存储 {connection.place.shown} 缺一部分（{what}），不用残缺的索引作答；请检查 Milvus，或运行 qa-bot build --store / "
        f"The store {connection.place.shown} lacks a part, and half an index answers nothing: "
        "look after Milvus, or run: qa-bot build --store"
    )


def quoted(text: str) -> str:
    """A text as a literal of Milvus' expressions."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
