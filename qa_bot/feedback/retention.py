"""What readers said is deleted when it is older than somebody wants to keep it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

from qa_bot.errors import FeedbackError
from qa_bot.feedback.store import FeedbackStore

__all__ = ["forget_older", "keep_for"]

_EVERY_S = 3_600.0
_LOG = logging.getLogger(__name__)


def forget_older(store: FeedbackStore, days: int) -> int:
    """Delete what is older than so many days; how many entries that were.

    Raises:
        FeedbackError: the file is damaged, locked, full, or may not be written.
    """
    return store.clear(before=datetime.now(UTC) - timedelta(days=days))


def keep_for(store: FeedbackStore, days: int, stop: threading.Event | None = None) -> None:
    """Do so now, and in a thread of its own every hour from then on.

    What cannot be deleted is told in the log, and tried again an hour later.

    Args:
        store: of the entries.
        days: that they are kept.
        stop: ends the thread; it ends with the process if not given.
    """
    ended = stop or threading.Event()

    def forget() -> None:
        while True:
            try:
                if gone := forget_older(store, days):
                    _LOG.info("%d entries of feedback older than %d days are deleted", gone, days)
            except FeedbackError as error:
                _LOG.error("old feedback could not be deleted: %s", error)
            if ended.wait(_EVERY_S):
                return

    threading.Thread(target=forget, name="retention", daemon=True).start()
