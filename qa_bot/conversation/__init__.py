"""Questions that go on from the one before (那仓库呢？), resolved with the turns before by searching.

`read_turns` checks what a client says was asked and answered; `follow` searches. Nothing is generated, and
nothing of a conversation is kept.
"""

from __future__ import annotations

from qa_bot.conversation.resolve import Context, follow
from qa_bot.conversation.turns import LAST, Turn, read_turns

__all__ = ["LAST", "Context", "Turn", "follow", "read_turns"]
