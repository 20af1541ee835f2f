from __future__ import annotations

import pytest

from qa_bot.encoder import ModelFolder, prepare
from qa_bot.settings import DataFolder


@pytest.fixture(scope="session")
def model_folder() -> ModelFolder:
    """The default model, prepared once per machine (half a minute)."""
    return prepare(None, DataFolder.default().models)
