"""The chat page: ask in the browser, read the clause, open it in its place in the gazette.

One process serves the chat (Gradio, at `/`), the gazette text with one clause lit (`/clause/<id>`), and
what programs use (`qa_bot.api`). Nothing is loaded from another host, so the page
works with the network cut.
"""

from __future__ import annotations

import os

# Before Gradio is imported anywhere: nothing is reported to anybody.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from qa_bot.web.app import create_app
from qa_bot.web.server import check_port, serve

__all__ = ["check_port", "create_app", "serve"]
