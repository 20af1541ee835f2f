"""How long work reports back: two small callables, so that library code never prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Notice", "Progress", "shown", "silent"]


# Of stages of fewer units no rate is told.
_COUNTED = 10


class Progress(Protocol):
    """Called often while work goes on. Whatever it raises stops the work cleanly."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Say that `done` of `total` units of `stage` are finished.

        Args:
            stage: what is being done, to be shown as it is.
            done: units finished, from 0 to `total`.
            total: all units of this stage, at least 1.
        """


class Notice(Protocol):
    """Called once for each thing that a user should know, such as a download."""

    def __call__(self, message: str, /) -> None:
        """Tell the user `message`, one line."""


def silent(*_: object) -> None:
    """Report nothing: the default `Progress` and the default `Notice`."""


@contextmanager
def shown(console: Console | None = None) -> Iterator[Progress]:
    """A `Progress` that draws rich bars, one a stage, for as long as the context lasts.

    Each tells its share, how many units a second, the time it took and the time that remains.

    Args:
        console: where to draw; a console on standard error if not given, so that the standard
            output stays clean for what was asked.
    """
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            counted = task.total is not None and task.total > _COUNTED
            return Text(f"{speed:.0f}/s" if speed and counted else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=console or RichConsole(stderr=True)) as bars:

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report
