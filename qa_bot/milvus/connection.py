"""Calls to a Milvus: each has a bound, is tried again within it, and fails with one clear error."""

from __future__ import annotations

import logging
import re
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qa_bot.errors import StoreError
from qa_bot.milvus.place import Place

if TYPE_CHECKING:
    from pymilvus import MilvusClient

__all__ = ["PATIENCE", "Connection", "Gone"]

#: Seconds within which a call of a question has to succeed, tried again meanwhile.
PATIENCE = 4.0
# Seconds that one attempt may take: a node that was lost says nothing.
_ATTEMPT = 2.0
# Seconds between attempts, doubled each time.
_PAUSE, _LONGEST_PAUSE = 0.05, 0.8
# Versions of the server that have what is used here: BM25 and the jieba analyser came with 2.5.
_OLDEST, _TOO_NEW = (2, 5), (4, 0)
_OLDEST_LITE = (3, 0)
_VERSION = re.compile(r"(\d+)\.(\d+)")
# Error codes of Milvus for a collection, a database or an alias that is not there; milvus-lite only says so.
_GONE = {100, 800, 1600}
_NO_DATABASE = re.compile("database .* does not exist")
_LOG = logging.getLogger(__name__)


class Gone(StoreError):
    """A collection or an alias that is not there."""


class Connection:
    """A connection to one Milvus. Safe to use from several threads.

    It is opened anew when it breaks: a channel that was cut waits longer and longer before it tries again.
    """

    def __init__(self, place: Place) -> None:
        """Connect, and look at the version of the server.

        Raises:
            StoreError: it cannot be reached, is of another version, or pymilvus is not installed.
        """
        self.place = place
        self._lock = threading.Lock()
        self._client: MilvusClient | None = None
        self._made = _client_class()
        self.version = str(self.call("get_server_version"))
        _check_version(self.version)

    def call(
        self,
        method: str,
        *values: Any,  # noqa: ANN401 - whatever the client takes and gives
        patience: float = PATIENCE,
        **named: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """What a method of `MilvusClient` gives; it is called again until `patience` seconds are over.

        Args:
            method: its name.
            values: what it takes, as are `named`.
            patience: seconds in all.
            named: see `values`.

        Raises:
            Gone: it asks for a collection or an alias that is not there.
            StoreError: no attempt succeeded.
        """
        began, pause = time.monotonic(), _PAUSE
        while True:
            left = patience - (time.monotonic() - began)
            attempt = max(min(left, max(_ATTEMPT, patience / 2)), 0.05)
            client: MilvusClient | None = None
            try:
                client = self._open(attempt)
                return getattr(client, method)(*values, timeout=attempt, **named)
            except Exception as error:
                if not _is_of_the_store(error):
                    raise
                if getattr(error, "code", None) in _GONE or _NO_DATABASE.search(_said(error)):
                    raise self._gone(error) from error
                self._drop(client)
                lasting = getattr(error, "is_input_error", False)
                if lasting or time.monotonic() - began + pause >= patience:
                    raise self._failed(error) from error
                _LOG.info("Milvus did not answer, trying again: %s", _said(error))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def close(self) -> None:
        """Close it."""
        self._drop(self._client)

    def _open(self, seconds: float) -> MilvusClient:
        with self._lock:
            if self._client is None:
                self._client = self._made(
                    uri=self.place.address,
                    token=self.place.token,
                    db_name=self.place.database,
                    timeout=seconds,
                    dedicated=True,
                )
            return self._client

    def _drop(self, client: MilvusClient | None) -> None:
        """Take a client out of use that failed, unless another thread has done so."""
        with self._lock:
            if client is None or client is not self._client:
                return
            self._client = None
        if client is not None:
            with suppress(Exception):
                client.close()

    def _failed(self, error: Exception) -> StoreError:
        return StoreError(
            f"存储 {self.place.shown} 没有应答（{_said(error)}）；请检查 Milvus 是否在运行，稍后再试 / "
            f"The store {self.place.shown} does not answer ({_said(error)}): "
            "see whether Milvus is running, and try again."
        )

    def _gone(self, error: Exception) -> Gone:
        return Gone(
            f"存储 {self.place.shown} 里没有要用的内容（{_said(error)}）；请运行 qa-bot build --store {self.place.shown} / "
            f"The store {self.place.shown} does not hold what is needed. "
            f"Run: qa-bot build --store {self.place.shown}"
        )


def _client_class() -> type[MilvusClient]:
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise StoreError(
            "没有安装 pymilvus；请运行 pip install 'qa_bot[milvus]' / "
            "pymilvus is not installed. Run: pip install 'qa_bot[milvus]'"
        ) from error
    # It logs each failed attempt as an error, with its stack; what is wrong is said by our own errors.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    made: type[MilvusClient] = MilvusClient
    return made


def _is_of_the_store(error: Exception) -> bool:
    """Whether an error is of the server or of the way to it, and not of this program."""
    import grpc
    from pymilvus.exceptions import MilvusException

    closed = isinstance(error, ValueError) and "closed channel" in str(error)
    return closed or isinstance(error, (MilvusException, grpc.RpcError, OSError))


def _said(error: Exception) -> str:
    """The first line of an error, short."""
    text = getattr(error, "message", None) or str(error)
    first = (str(text).strip() or type(error).__name__).splitlines()[0]
    # Our messages are halved at the first slash between spaces.
    return first[:160].replace(" / ", "/")


def _check_version(version: str) -> None:
    """Refuse a server that lacks what is used.

    Raises:
        StoreError: it is too old or too new.
    """
    found = _VERSION.search(version)
    numbers = (int(found[1]), int(found[2])) if found else (0, 0)
    lite = "lite" in version
    if numbers < (_OLDEST_LITE if lite else _OLDEST) or numbers >= _TOO_NEW:
        raise StoreError(
            f"Milvus 的版本是 {version}；本程序用 2.5 到 3.x（milvus-lite 3.x）；请换一个版本 / "
            f"Milvus has version {version}, this program uses 2.5 to 3.x (milvus-lite 3.x): "
            "install one of these."
        )
