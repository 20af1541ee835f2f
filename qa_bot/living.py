"""The index in use while a process runs: a new generation is picked up, and nobody waits or fails."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

from qa_bot.bot import Bot, Trace
from qa_bot.errors import QaBotError
from qa_bot.index import Generation, current_generation
from qa_bot.milvus import MilvusGeneration, Place, open_generation
from qa_bot.settings import DataFolder

__all__ = ["Living"]

# Seconds after which a generation that could not be opened is tried again though the pointer is the same.
_AGAIN = 60.0
_LOG = logging.getLogger(__name__)

# What tells one state of the pointer from another without reading it: time, file, size.
_Mark = tuple[int, int, int] | None


class Living:
    """A bot over the index in use. Safe to use from several threads.

    Guarantees: `now` never raises and never waits for an index to be opened. Who has got a bot may go on
    with it: the generation that it reads stays open as long as somebody holds it.
    """

    def __init__(self, data: DataFolder, every: float = 1.0) -> None:
        """Open the index in use.

        Args:
            data: where everything lies.
            every: seconds between two looks at the pointer, at least.

        Raises:
            IndexMissingError: nothing was built yet.
            IndexDamagedError: a file of the index is missing or altered.
            ModelError: the model is missing or damaged.
            StoreError: the store does not answer, or holds what cannot be read.
        """
        # What a store has in use is asked by a thread of its own: `now` waits for no network.
        self._data: DataFolder | None = None if data.store else data
        self._mark = _mark(data)
        self._begin(Bot.open(data), every)
        if data.store:
            watch = threading.Thread(
                target=_watch, args=(weakref.ref(self), data, every), name="store", daemon=True
            )
            watch.start()
        else:
            # Reading all of a store for `verify` at every start would be a load for many processes.
            _prepare(self._bot)

    @classmethod
    def of(cls, bot: Bot) -> Living:
        """One that has this bot for ever: for tests, and where nothing is ever built."""
        living = cls.__new__(cls)
        living._data = None
        living._mark = None
        living._begin(bot, 0.0)
        return living

    def _begin(self, bot: Bot, every: float) -> None:
        self._bot = bot
        self._every = every
        self._lock = threading.Lock()
        self._next_look = time.monotonic() + every
        self._try_again = float("inf")
        self._opening: threading.Thread | None = None
        self._failure: str | None = None
        self._degraded: str | None = None
        self._usable: Bot | None = None
        self._listener: Callable[[Trace], None] | None = None

    @property
    def listener(self) -> Callable[[Trace], None] | None:
        """Told of every question that a bot of `now` answers; `None` for nobody."""
        return self._listener

    @listener.setter
    def listener(self, told: Callable[[Trace], None] | None) -> None:
        with self._lock:
            self._listener = self._bot.listener = told

    def now(self) -> Bot:
        """The bot of the newest generation that could be opened."""
        if self._data is not None and time.monotonic() >= self._next_look:
            self._look(self._data)
        return self._bot

    @property
    def generation_name(self) -> str:
        """The folder's name of the generation that `now` serves."""
        return self.now().generation.folder.name

    @property
    def failure(self) -> str | None:
        """Why the generation that the pointer names is not served, or `None` where it is."""
        return self._failure

    @property
    def degraded(self) -> str | None:
        """Why questions fail just now, as far as is known: the store did not answer when it was looked at last."""
        return self._degraded

    def trouble(self) -> str | None:
        """Why no question can be answered, or `None` where one can: one is asked, once a generation.

        A store on other machines is asked each time whether it answers.
        """
        bot = self.now()
        self._degraded = bot.generation.trouble()
        if self._degraded is not None:
            return self._degraded
        if self._usable is bot:
            return None
        try:
            bot.warm_up()
        except QaBotError as error:
            return str(error)
        except Exception:
            _LOG.exception("the index in use does not answer")
            return "索引或模型不能用，见服务器日志 / Index or model cannot be used: see the log."
        self._usable = bot
        return None

    def _look(self, data: DataFolder) -> None:
        """Begin to open another generation where the pointer has changed; one at a time."""
        with self._lock:
            at = time.monotonic()
            if at < self._next_look:
                return
            self._next_look = at + self._every
            if self._opening is not None and self._opening.is_alive():
                return
            mark = _mark(data)
            if mark is None or (mark == self._mark and at < self._try_again):
                return
            self._mark = mark
            self._try_again = float("inf")
            self._opening = threading.Thread(
                target=self._open, args=(data,), name="new-generation", daemon=True
            )
            self._opening.start()

    def _open(self, data: DataFolder) -> None:
        try:
            if _newest(data, self._bot) != self._bot.generation.folder.name:
                bot = _opened(data, self._bot)
                bot.warm_up()
                with self._lock:
                    bot.listener = self._listener
                    self._usable = self._bot = bot
                _LOG.info("generation %s is in use", bot.generation.folder.name)
                if data.store is None:
                    _prepare(bot)
            self._failure = None
        except Exception as error:
            # Whatever it is, the generation that is open goes on serving.
            self._failure = str(error) if isinstance(error, QaBotError) else type(error).__name__
            self._try_again = time.monotonic() + _AGAIN
            _LOG.warning(
                "the new generation cannot be opened, the old one stays in use: %s", self._failure,
                exc_info=not isinstance(error, QaBotError),
            )  # fmt: skip

    def follow(self, data: DataFolder) -> None:
        """Look at the store once: whether it answers, and whether it has another generation in use."""
        trouble = self._bot.generation.trouble()
        if trouble != self._degraded:
            _LOG.warning("the store: %s", trouble or "it answers again")
        self._degraded = trouble
        if trouble is None and time.monotonic() >= self._next_look:
            self._open(data)
            # What cannot be opened is not tried again at once.
            self._next_look = time.monotonic() + (_AGAIN if self._failure else 0.0)


def _watch(living: weakref.ref[Living], data: DataFolder, every: float) -> None:
    """Follow a store for as long as anybody holds what reads it."""
    while True:
        time.sleep(every)
        held = living()
        if held is None:
            return
        held.follow(data)
        del held


def _prepare(bot: Bot) -> None:
    """Begin to read the corpus for `verify`, which may take half a minute, so that the first to verify need not wait."""

    def read() -> None:
        try:
            bot.prepare_verify()
        except Exception:
            # It is tried again when something is to be verified.
            _LOG.exception("the index for verification could not be built")

    threading.Thread(target=read, name="verifier", daemon=True).start()


def _newest(data: DataFolder, bot: Bot) -> str:
    """The name of the generation that is to be used."""
    if isinstance(bot.generation, MilvusGeneration):
        return bot.generation.newest()
    return current_generation(data.index).name


def _opened(data: DataFolder, before: Bot) -> Bot:
    """A bot over the generation to be used; it shares the encoder of the one before where the model is the same."""
    generation: Generation
    if data.store is not None:
        generation = open_generation(Place.read(data.store))
    else:
        generation = Generation(current_generation(data.index))
    if generation.manifest.model_fingerprint == before.encoder.model.fingerprint:
        return Bot(generation, before.encoder)
    return Bot.over(generation, data)


def _mark(data: DataFolder) -> _Mark:
    try:
        found = os.stat(data.index / "CURRENT")  # noqa: PTH116 - one call, on every look
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
