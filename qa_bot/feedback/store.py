"""The SQLite file of what readers said. Each call opens and closes it, so that nothing is held between."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_bot.errors import FeedbackError
from qa_bot.feedback.model import Feedback, Shown

__all__ = ["FeedbackStore"]

# PRAGMA application_id of our files: "qaFB".
_OURS = 0x71614642
# Step n takes a file from schema n to n + 1; PRAGMA user_version holds the schema. Never change a step
# that was released: add one.
_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE feedback (
            id TEXT PRIMARY KEY, at TEXT NOT NULL, verdict TEXT NOT NULL, question TEXT NOT NULL,
            history TEXT NOT NULL, filters TEXT NOT NULL, status TEXT NOT NULL, confidence REAL NOT NULL,
            answers TEXT NOT NULL, fault TEXT, reason TEXT, right_clause TEXT, version TEXT NOT NULL,
            model TEXT NOT NULL, generation TEXT NOT NULL, language TEXT NOT NULL)""",
        "CREATE INDEX feedback_at ON feedback (at)",
    ),
)
_COLUMNS = (
    "id", "at", "verdict", "question", "history", "filters", "status", "confidence", "answers", "fault",
    "reason", "right_clause", "version", "model", "generation", "language",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM feedback ORDER BY at, rowid"
_INSERT = f"INSERT INTO feedback ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_PAGE = 4096  # bytes, SQLite's own default


class FeedbackStore:
    """Keeps what readers say; safe to use from several threads and processes.

    Guarantees: an entry that `add` returned from is on the disk (WAL, `synchronous=FULL`); nobody but the
    owner may read the file; what is removed is overwritten with zeros.
    """

    def __init__(
        self, path: Path, most_bytes: int = 64 * 1024 * 1024, patience: float = 5.0
    ) -> None:
        """Nothing is opened or made yet: the first `add` makes the file.

        Args:
            path: of the file.
            most_bytes: how large it may grow, so that nobody fills the disk through the page.
            patience: seconds to wait for another process that writes.
        """
        self.path = path
        self._pages = max(most_bytes // _PAGE, 1)
        self._patience = patience

    def add(self, entry: Feedback) -> None:
        """Keep an entry.

        Raises:
            FeedbackError: the file is damaged, locked, full, or may not be written.
        """
        with self._opened(create=True) as database:
            database.execute(_INSERT, _row(entry))

    def all(self) -> list[Feedback]:
        """All entries, the oldest first; none where there is no file.

        Raises:
            FeedbackError: the file is damaged, locked or unreadable.
        """
        with self._opened() as database:
            rows = database.execute(_SELECT).fetchall() if database else []
        try:
            return [_entry(row) for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            raise self._damaged() from error

    def remove(self, identity: str) -> bool:
        """Take an entry back; whether there was one.

        Raises:
            FeedbackError: as `add`.
        """
        with self._opened() as database:
            if database is None:
                return False
            done = database.execute("DELETE FROM feedback WHERE id = ?", (identity,))
            return bool(done.rowcount)

    def clear(self, before: datetime | None = None) -> int:
        """Delete what is older than `before`, or everything; how many entries that were.

        Raises:
            FeedbackError: as `add`.
            ValueError: `before` has no time zone.
        """
        if before is not None and before.utcoffset() is None:
            raise ValueError("before has no time zone")
        with self._opened() as database:
            if database is None:
                return 0
            if before is None:
                done = database.execute("DELETE FROM feedback")
            else:
                done = database.execute("DELETE FROM feedback WHERE at < ?", (_time(before),))
            # Only makes the file smaller: not worth an error when a reader is in the way.
            with contextlib.suppress(sqlite3.OperationalError):
                database.execute("VACUUM")
            return int(done.rowcount)

    @contextmanager
    def _opened(self, create: bool = False) -> Iterator[Any]:
        """The file, its schema up to date; `None` where there is none and none is to be made."""
        try:
            if create:
                self._make_file()
            elif not self.path.exists():
                yield None
                return
            database = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=self._patience,
                isolation_level=None,
            )
            try:
                self._prepare(database)
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise self._told(error) from error
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _make_file(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the same rights.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"PRAGMA max_page_count = {self._pages}")
        with _transaction(database, "BEGIN"):
            version = self._version(database)
        if version == len(_STEPS):
            return
        self._write_ahead(database)
        with _transaction(database, "BEGIN IMMEDIATE"):
            for step in _STEPS[self._version(database) :]:  # another process may have been here
                for statement in step:
                    database.execute(statement)
            columns = [row[1] for row in database.execute("PRAGMA table_info(feedback)")]
            if sorted(columns) != sorted(_COLUMNS):
                raise self._foreign()
            database.execute(f"PRAGMA application_id = {_OURS}")
            database.execute(f"PRAGMA user_version = {len(_STEPS)}")

    def _version(self, database: sqlite3.Connection) -> int:
        """The schema that the file has; 0 for an empty one. To be called within a transaction.

        Else another process may make the schema between the first look and the last.
        """
        (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (owner,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if owner != _OURS and (owner or version or tables):
            raise self._foreign()
        if version > len(_STEPS):
            raise FeedbackError(
                f"{self.path} 是更新版本的程序写的（格式 {version}，本程序到 {len(_STEPS)}）；请用新版程序，或把它移开 / "
                f"{self.path} was written by a newer program (schema {version}, this one reads up to "
                f"{len(_STEPS)}): use that, or move the file away."
            )
        return int(version)

    def _write_ahead(self, database: sqlite3.Connection) -> None:
        """Switch to WAL. SQLite does not wait by itself when two processes do this at once."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                database.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _told(self, error: sqlite3.Error) -> FeedbackError:
        code = _code(error)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return FeedbackError(
                f"{self.path} 正被另一个程序占用；请稍后再试 / "
                f"{self.path} is locked by another program: try again in a moment."
            )
        if code == sqlite3.SQLITE_FULL:
            return FeedbackError(
                f"{self.path} 写满了，或磁盘已满；先用 qa-bot feedback export 导出，再用 "
                "qa-bot feedback clear --before 日期 清理 / "
                f"{self.path} or its disk is full: save it with qa-bot feedback export, then delete old "
                "entries with qa-bot feedback clear --before DATE."
            )
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return self._damaged()
        return self._unusable(str(error))

    def _damaged(self) -> FeedbackError:
        return FeedbackError(
            f"{self.path} 已损坏；请把它移开（会新建一个），或从备份恢复 / "
            f"{self.path} is damaged: move it away (a new one will be made), or restore a backup."
        )

    def _foreign(self) -> FeedbackError:
        return FeedbackError(
            f"{self.path} 不是反馈文件，没有动它；请把它移开 / "
            f"{self.path} is no file of feedback and was left alone: move it away."
        )

    def _unusable(self, why: str) -> FeedbackError:
        return FeedbackError(
            f"读写不了 {self.path}（{why}）；请检查文件夹的权限，或用 qa-bot serve --no-feedback 关掉反馈 / "
            f"Cannot read or write {self.path} ({why}): check the rights of the folder, or switch feedback "
            "off with qa-bot serve --no-feedback."
        )


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str) -> Iterator[None]:
    """All of what is done within, or nothing."""
    database.execute(begin)
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where the error comes from Python's module itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _time(moment: datetime) -> str:
    """Of one width, so that texts are in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _row(entry: Feedback) -> tuple[object, ...]:
    right = entry.right_clause
    return (
        entry.id,
        _time(entry.at),
        entry.verdict,
        entry.question,
        _dump(entry.history),
        _dump(entry.filters),
        entry.status,
        entry.confidence,
        _dump([[one.clause_id, one.sha256] for one in entry.answers]),
        entry.fault,
        entry.reason,
        _dump([right.clause_id, right.sha256]) if right else None,
        entry.version,
        entry.model,
        entry.generation,
        entry.language,
    )


def _entry(row: tuple[Any, ...]) -> Feedback:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["history"] = tuple(json.loads(values["history"]))
    values["filters"] = dict(json.loads(values["filters"]))
    values["answers"] = tuple(Shown(*one) for one in json.loads(values["answers"]))
    if values["right_clause"] is not None:
        values["right_clause"] = Shown(*json.loads(values["right_clause"]))
    return Feedback(**values)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
