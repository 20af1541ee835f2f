"""How `qa-bot ask` prints a reply for a reader."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from qa_bot.answer import Answer, Reply
from qa_bot.cli.console import plain_console
from qa_bot.exemptions import Exemption, Passage
from qa_bot.lookup import LABELS, RELIEF_WORDS, tier_in_words
from qa_bot.text import Span, squeeze
from qa_bot.together import Companion
from qa_bot.versions import said_of

__all__ = ["print_exemptions", "print_exemptions_in_short", "print_reply"]

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


_ENDED = {
    "expired": "已失效 / expired",
    "repealed": "已废止 / repealed",
    "amended": "已修改，此处为修改前的文字 / amended since; this is the text before",
}


def print_reply(reply: Reply) -> None:
    """Print what answers, with what answers together with it, or say that nothing does and what is nearby.

    Every quote is whole; what is lit is bold and underlined.
    """
    console = plain_console()
    for read in reply.read_as:
        console.print(
            escape(f"按“{read.read}”理解“{read.typed}” / reading “{read.read}” for “{read.typed}”")
        )
    if reply.context:
        before = escape(reply.context.question)
        console.print(f"[dim]接着上一问：{before}（不要上文就去掉 --after）[/dim]")
        console.print(f"[dim]Going on from: {before} (leave --after out to drop it)[/dim]")
    if reply.as_of:
        console.print(
            f"[bold]按 {reply.as_of} 时的文本回答 / with the texts of {reply.as_of}[/bold]"
        )
    if reply.note:
        console.print(f"[bold]{escape(reply.note)}[/bold]")
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
        _print_versions(console, answer)
        if reply.as_of and answer.undated:
            console.print("  [yellow]未注明日期，不知当日是否有效 / undated[/yellow]")
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
    if answer.page is not None:
        page = f"，第{answer.page}页"
    console.print(f"  [cyan]—— {escape(answer.citation)}{page}[/cyan]")
    console.print(f"  [dim]{escape(answer.clause.id)}[/dim]")
    if ended := _ENDED.get(answer.status):
        console.print(f"  [bold yellow]{ended}[/bold yellow]")
    for citation, identity in answer.also_at:
        console.print(f"  同样的话另见 / also at：{escape(citation)} [dim]{escape(identity)}[/dim]")


def _print_versions(console: Console, answer: Answer) -> None:
    """Which version it is, the ids of the others, and where else the text stands."""
    standing = answer.standing
    if standing is not None and (said := said_of(standing)):
        colour = "yellow" if standing.superseded else "dim"
        others = "、".join(one.id for one in standing.versions if one.id != standing.id)
        console.print(f"  [{colour}]{escape(f'{said[0]} / {said[1]}：{others}')}[/{colour}]")
    for label, place in answer.places:
        page = f"，第{place.page}页起" if place.page is not None else ""
        part = "" if place.whole else "（节录 / excerpt）"
        console.print(f"  [dim]同一文件另刊于 / also printed in：{escape(label)}{page}{part}[/dim]")


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


def print_exemptions(records: Sequence[Exemption]) -> None:
    """Print a card for each record: may be exempt, on which conditions, otherwise what, by which law, from where.

    Every quote is whole; what stands in no quotation marks are the program's words.
    """
    console = plain_console()
    for record in records:
        chinese, english = RELIEF_WORDS[record.relief]
        console.print()
        console.print(f"  [bold]“{escape(record.violation.text)}”[/bold]")
        _quoted(console, "circumstances", record.circumstances)
        console.print(f"  [green]{chinese} / {english}[/green]")
        lead = (record.conditions_lead,) if record.conditions_lead else ()
        _quoted(console, "conditions", (*lead, *record.conditions))
        _quoted(console, "general_conditions", record.general_conditions)
        _quoted(console, "undecided", (record.undecided,) if record.undecided else ())
        penalty = record.ordinary_penalty
        if penalty is None:
            console.print(f"  [dim]{_label('no_penalty')}[/dim]")
        else:
            _quoted(console, "ordinary_penalty", (penalty.passage,))
            for tier in penalty.tiers if penalty.names_a_figure else ():
                console.print(f"      [dim]{escape(tier_in_words(tier))}[/dim]")
            if not penalty.names_a_figure:
                console.print(f"      [dim]{_label('no_figure')}[/dim]")
        laws = dict.fromkeys(basis.passage.text for basis in record.legal_basis)
        if laws:
            console.print(f"  [bold]{_label('legal_basis')}[/bold]")
            for law in laws:
                console.print(f"      “{escape(law)}”")
        since = f"，{record.effective_from} 起施行" if record.effective_from else ""
        console.print(f"  [cyan]—— {escape(record.citation)}{since}[/cyan]")
        console.print(f"  [dim]{escape(record.id)}[/dim]")


def print_exemptions_in_short(records: Sequence[Exemption]) -> None:
    """Print a line for each record, list by list."""
    console = plain_console()
    title = category = ""
    for record in records:
        if record.list_title != title:
            title, category = record.list_title, ""
            number = f"（{record.document_number}）" if record.document_number else ""
            console.print(f"\n[bold]《{escape(title)}》{escape(number)}[/bold]")
        own = squeeze(record.category.text) if record.category else ""
        if own != category:
            category = own
            console.print(f"  [cyan]{escape(own)}[/cyan]")
        serial = f"{record.serial.text}. " if record.serial else ""
        what = (record.violation, *record.circumstances)
        console.print(f"  {escape(serial)}{escape('：'.join(one.text for one in what))}")
        for one in record.conditions:
            console.print(f"      [green]{escape(one.text)}[/green]")


def _label(name: str) -> str:
    chinese, english = LABELS[name]
    return f"{chinese} / {english}"


def _quoted(console: Console, name: str, passages: Sequence[Passage]) -> None:
    if passages:
        console.print(f"  [bold]{_label(name)}[/bold]")
    for one in passages:
        text = "\n        ".join(one.text.split("\n"))
        console.print(f"      “{escape(text)}”")
