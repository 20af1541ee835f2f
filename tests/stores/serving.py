"""A milvus-lite of its own process, and a way to it that can be cut."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Way", "free_port", "serving"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a server that is there as long as the context lasts."""
    port = free_port()
    command = [
        sys.executable, "-m", "milvus_lite", "server", "--host", "127.0.0.1",
        "--data-dir", str(folder), "--port", str(port),
    ]  # fmt: skip
    with (folder.parent / "milvus.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert server.poll() is None, (folder.parent / "milvus.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


class Way:
    """Passes bytes on to a server until it is cut; cut, it takes no connection."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cut = False
        self._after: int | None = None
        self._mend_after = 0.0
        self.cuts = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """As a node that is lost: what is open breaks, nothing new is taken."""
        with self._lock:
            self._cut = True
            self.cuts += 1
            held, self._open = self._open, []
        for one in held:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        self._cut = False

    def cut_within(self, answered: int, seconds: float | None) -> None:
        """Cut it when so many bytes more were answered; mend it after some seconds, or never."""
        self._mend_after = seconds if seconds is not None else -1.0
        self._after = answered

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                came, _ = self._listening.accept()
            except OSError:
                return
            if self._cut:
                came.close()
                continue
            try:
                there = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                came.close()
                continue
            with self._lock:
                self._open += [came, there]
            for pair in ((came, there, False), (there, came, True)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(4_096):
                if answer and self._after is not None:
                    self._after -= len(data)
                    if self._after <= 0:
                        self._after = None
                        self.cut()
                        if self._mend_after >= 0:
                            threading.Timer(self._mend_after, self.mend).start()
                        return
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
