"""The HTTP API and the MCP server: what programs use.

Every operation asks the one `Bot` and sends what it gives, as JSON (docs/api.md); nothing is added to a
quote or taken from it.
"""

from __future__ import annotations

from qa_bot.api.admission import AtWork, Gate
from qa_bot.api.app import add_api, create_api
from qa_bot.api.clients import Access, Peers, SignedIn, is_local, same_client
from qa_bot.api.mcp_server import create_mcp, run_stdio

__all__ = [
    "Access",
    "AtWork",
    "Gate",
    "Peers",
    "SignedIn",
    "add_api",
    "create_api",
    "create_mcp",
    "is_local",
    "run_stdio",
    "same_client",
]
