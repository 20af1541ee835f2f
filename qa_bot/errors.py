"""The error tree.

Every error that a user can meet derives from `QaBotError`. Its message says what was wrong, where,
and what to do next; the doors (cli, page) print the message and never a traceback.

    QaBotError
    ├── InputError            the user's request cannot be served as it stands (exit code 2)
    │   ├── QuestionError     an empty, over-long or undecodable question
    │   ├── HistoryError      what is said to have been asked before cannot be read
    │   ├── QuestionSetError  a file of questions to evaluate on is wrong
    │   ├── FilterError       a filter that nothing fits
    │   └── NotFoundError     an id or a file name that does not exist here
    ├── SourceError           a corpus file cannot be read
    ├── CorpusError           the corpus folder cannot be written
    ├── BusyError             another process is changing the same data folder
    ├── ModelError            an embedding model is missing, damaged or foreign
    ├── GazetteIndexError           the index cannot be used
    │   ├── IndexMissingError there is none yet
    │   ├── IndexDamagedError files are missing, truncated, altered or of another version
    │   └── StoreError        a store on other machines cannot be reached or holds something else
    ├── FeedbackError         what readers said cannot be kept or read
    ├── TooSlowError          a question took longer than it may
    └── ServerError           the page cannot be served (a busy port)
"""

from __future__ import annotations

__all__ = [
    "BusyError",
    "CorpusError",
    "FeedbackError",
    "FilterError",
    "GazetteIndexError",
    "HistoryError",
    "IndexDamagedError",
    "IndexMissingError",
    "InputError",
    "ModelError",
    "NotFoundError",
    "QaBotError",
    "QuestionError",
    "QuestionSetError",
    "ServerError",
    "SourceError",
    "StoreError",
    "TooSlowError",
]


class QaBotError(Exception):
    """Base of all errors that are shown to a user.

    Attributes:
        exit_code: what the command line returns: 2 for a user's mistake, 1 otherwise.
    """

    exit_code = 1


class InputError(QaBotError):
    """The request cannot be served as it stands; the message says how to mend it."""

    exit_code = 2


class QuestionError(InputError):
    """The question is empty, too long, or holds characters that no text can hold."""


class HistoryError(InputError):
    """The turns before a question, as a client sends them, are not what they should be, or too long."""


class QuestionSetError(InputError):
    """A question file, answer file or report cannot be used; the message names the line."""


class FilterError(InputError):
    """A filter that nothing fits; the message lists the values that there are."""


class NotFoundError(InputError):
    """An id or a file name that does not exist in this corpus."""


class SourceError(QaBotError):
    """A corpus file, or what is written about it, cannot be read."""


class CorpusError(QaBotError):
    """The corpus folder, or a file in it, cannot be written: read-only, full, or taken away."""


class BusyError(QaBotError):
    """Another process is changing corpus or index of the same data folder; the message names it."""


class ModelError(QaBotError):
    """An embedding model is missing, damaged, or not the one that the index was built with."""


class GazetteIndexError(QaBotError):
    """The index cannot be used."""


class IndexMissingError(GazetteIndexError):
    """There is no index yet."""


class IndexDamagedError(GazetteIndexError):
    """The index on disk is incomplete, altered, or of another format."""


class StoreError(GazetteIndexError):
    """The store on other machines cannot be reached, lost a part, or holds what this program cannot read."""


class FeedbackError(QaBotError):
    """The file of what readers said of answers is damaged, locked, full, or may not be written."""


class TooSlowError(QaBotError):
    """A question took longer than it may, and was given up between two stages."""


class ServerError(QaBotError):
    """The page cannot be served."""
