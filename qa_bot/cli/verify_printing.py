"""How `qa-bot verify` prints what it found: coloured on a terminal, with signs that do without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape

from qa_bot.cli.console import plain_console
from qa_bot.verify import VERDICTS, Check, Compared, Piece, Place, Verification

__all__ = ["print_verification"]

_SIGNS = {
    "verified": ("✓", "green"),
    "exists": ("✓", "green"),
    "ambiguous": ("≈", "yellow"),
    "misattributed": ("!", "yellow"),
    "altered": ("✗", "red"),
    "not_found": ("?", "red"),
}
_KINDS = {
    "number": "数 / number",
    "amount": "金额 / amount",
    "date": "日期 / date",
    "percentage": "比例 / percentage",
    "ordinal": "序数 / ordinal",
    "document_number": "文号 / document number",
    "negation": "否定 / negation",
    "modality": "能愿 / modality",
    "limit": "界限 / limit",
    "name": "名称 / name",
}


def print_verification(made: Verification) -> None:
    """Print each check: the verdict, the quote with its changes marked, where it stands, what was cited."""
    console = plain_console()
    for check in made.checks:
        _print(console, check)
    for line in filter(None, made.message):
        console.print(f"\n[bold yellow]! {escape(line)}[/bold yellow]")
    if len(made.checks) > 1:
        counts = (
            f"{VERDICTS[verdict][0]} {count}" for verdict, count in made.summary.items() if count
        )
        console.print(f"\n[bold]共 {len(made.checks)} 处 / checks：{'，'.join(counts)}[/bold]")


def _print(console: Console, check: Check) -> None:
    sign, colour = _SIGNS[check.verdict]
    chinese, english = VERDICTS[check.verdict]
    console.print(f"\n[bold {colour}]{sign} {chinese} / {english}[/bold {colour}]")
    if check.pieces:
        console.print(f"  {_lines(_marked(check.pieces))}")
    else:
        console.print(f"  {_lines(escape(check.text))}")
    console.print(f"  [dim]{escape(check.message[0])}[/dim]")
    console.print(f"  [dim]{escape(check.message[1])}[/dim]")
    for value in check.changed_values:
        source, quote = (escape(one or "（无）") for one in (value.source, value.quote))
        console.print(
            f"  [bold]{_KINDS[value.kind]}[/bold]：原文 / source {source} → 引文 / quote {quote}"
        )
    if check.cited and check.kind != "citation":
        console.print(f"  所引 / cited：{escape(check.cited.text)}")
    if check.compared:
        _print_compared(console, "原文 / source", check.compared)
    _print_places(console, check.at, check.places)
    label = (
        "同样相近 / as near" if check.compared else "相近，不等于核实 / nearby, confirms nothing"
    )
    for near in check.near:
        _print_compared(console, label, near)


def _marked(pieces: Sequence[Piece]) -> str:
    """[-left out-] and {+put in+}, as `git diff --word-diff` marks them."""
    text = ""
    for one in pieces:
        if one.op == "equal":
            text += escape(one.quote)
            continue
        if one.source and one.op != "insert":
            text += f"[red]{escape(f'[-{one.source}-]')}[/red]"
        if one.quote and one.op != "delete":
            text += f"[green]{escape('{+' + one.quote + '+}')}[/green]"
    return text


def _print_compared(console: Console, label: str, one: Compared) -> None:
    console.print(f"  [bold]{label}[/bold]：{_lines(escape(one.text))}")
    _print_places(console, one.places, 1)


def _print_places(console: Console, places: Iterable[Place], total: int) -> None:
    shown = list(places)
    for place in shown[:5]:
        console.print(f"  [cyan]—— {escape(place.citation)}[/cyan]")
        spans = "、".join(f"{start}–{end}" for start, end in place.spans)
        identity = place.record.clause.id if place.record else place.document.id
        console.print(f"  [dim]{escape(f'{identity} · {place.issue.file} {spans}')}[/dim]")
    more = max(total, len(shown)) - min(len(shown), 5)
    if more > 0:
        console.print(f"  另有 {more} 处 / and {more} more (--json)")


def _lines(text: str) -> str:
    return "\n  ".join(text.split("\n"))
