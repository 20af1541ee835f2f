"""How `qa-bot ask` prints a reply for a reader."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from qa_bot.answer import Answer, Reply
from qa_bot.text import Span
from qa_bot.together import Companion

__all__ = ["print_reply"]

_ROLES = {
    "rule": "一般规定 / general rule",
    "exception": "例外或特别规定 / exception or special case",
    "condition": "适用条件 / conditions",
    "amended": "被修改的条文 / amended article",
    "amendment": "修改内容 / amendment",
    "task": "任务 / task",
    "responsible": "牵头落实 / responsible",
    "definition": "用语含义 / definition",
}


def print_reply(reply: Reply) -> None:
    """Print what answers, with what answers together with it, or say that nothing does and what is nearby.

    Every quote is whole; what is lit is bold and underlined.
    """
    console = Console(soft_wrap=True, highlight=False)
    for read in reply.read_as:
        console.print(
            escape(f"按“{read.read}”理解“{read.typed}” / reading “{read.read}” for “{read.typed}”")
        )
    if reply.context:
        before = escape(reply.context.question)
        console.print(f"[dim]接着上一问：{before}（不要上文就去掉 --after）[/dim]")
        console.print(f"[dim]Going on from: {before} (leave --after out to drop it)[/dim]")
    if not reply.answers:
        console.print("[bold]公报里没有找到答案。/ The gazette does not answer this.[/bold]")
        if reply.missing:
            console.print(escape(f"这里没有 / not here: {'、'.join(reply.missing)}"))
        if reply.suggestions:
            titles = "、".join(one.title for one in reply.nearby)
            console.print(escape(f"公报里与此相近的有：{titles} / what it holds nearby"))
            console.print(
                "以下是相近的条文，[bold]不是答案[/bold] / nearby clauses, not an answer:"
            )
    told: set[str] = set()
    for answer in reply.shown:
        _print_answer(console, answer, bool(reply.answers))
        for one in answer.together:
            _print_companion(console, one, one.record.clause.id in told)
            told.add(one.record.clause.id)


def _print_answer(console: Console, answer: Answer, found: bool) -> None:
    console.print()
    for context in answer.clause.context:
        if not any(one.says(context.text) for one in answer.together):
            console.print(f"  [dim]{escape(context.text)}[/dim]")
    if not found and answer.clause.path:
        console.print(f"  [dim]{escape(' › '.join(answer.clause.path))}[/dim]")
    _print_quote(console, answer.quote, answer.highlights if found else answer.shared, "  ")
    page = f"，第{answer.document.page}页起" if answer.document.page else ""
    console.print(f"  [cyan]—— {escape(answer.citation)}{page}[/cyan]")
    console.print(f"  [dim]{escape(answer.clause.id)}[/dim]")
    for citation, identity in answer.also_at:
        console.print(f"  同样的话另见 / also at：{escape(citation)} [dim]{escape(identity)}[/dim]")


def _print_companion(console: Console, one: Companion, told: bool) -> None:
    """What stands beside an answer; what stood beside an earlier one is only cited."""
    clause = one.record.clause
    above = "（见上 / as above）" if told else ""
    console.print(f"    [bold]{_ROLES[one.role]}[/bold]{above}")
    if not told:
        for context in clause.context if clause.kind == "item" else ():
            if context.role == "lead_in":
                console.print(f"      [dim]{escape(context.text)}[/dim]")
        _print_quote(console, clause.text, one.lit, "      ")
    console.print(f"      [cyan]—— {escape(one.record.citation)}[/cyan]")


def _print_quote(console: Console, quote: str, lit: Sequence[Span], indent: str) -> None:
    text, at = "", 0
    for start, end in lit:
        marked = escape(quote[start:end])
        text += escape(quote[at:start]) + f"[bold underline]{marked}[/bold underline]"
        at = end
    text += escape(quote[at:])
    console.print("\n".join(f"{indent}{line}" for line in text.split("\n")))
