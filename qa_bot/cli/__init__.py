"""The command line. Every command checks, calls the library, turns an error into a message, prints."""

from __future__ import annotations

from qa_bot.cli import adding, corpus, index
from qa_bot.cli.commands import app
from qa_bot.cli.evaluation import evaluate
from qa_bot.cli.exemptions import exemptions
from qa_bot.cli.feedback import feedback
from qa_bot.cli.serving import mcp, serve
from qa_bot.cli.verify import verify

__all__ = [
    "adding",
    "app",
    "corpus",
    "evaluate",
    "exemptions",
    "feedback",
    "index",
    "main",
    "mcp",
    "serve",
    "verify",
]


def main() -> None:
    """The entry point `qa-bot`."""
    app()
