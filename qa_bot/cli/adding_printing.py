"""How `qa-bot add` shows what was recognised, and `qa-bot list` what a corpus holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.markup import escape
from rich.table import Table

from qa_bot.adding import (
    Failed,
    Held,
    LeftOut,
    Proposal,
    Recognised,
    RecognisedDocument,
    Standing,
    printable,
)
from qa_bot.cli.console import plain_console

__all__ = ["print_held", "print_review", "size_in_words"]

# How many documents of a file are shown: of one among few files, of one among many.
_DOCUMENTS, _FEW_DOCUMENTS = 12, 3
_FEW_FILES = 5
_WARNINGS = 5
_STANDINGS = {
    Standing.NEW: "新 / new",
    Standing.PRESENT: "已在语料 / already there",
    Standing.NOTES: "已在语料，刊名等有变 / there, what is known of it changes",
    Standing.OTHER: "已有同名的，内容不同 / same name, other content",
    Standing.TWICE: "重复给出 / given twice",
}
_REASONS = {
    "hidden": "隐藏文件 / hidden",
    "lock_file": "编辑中的锁文件 / lock file of a word processor",
    "link_outside": "指向别处的链接 / link that leads elsewhere",
    "dead_link": "失效的链接 / dead link",
    "special": "不是普通文件 / no regular file",
    "suffix": "不认识的后缀 / unknown suffix",
}
_NAMED = 3


def print_review(
    proposals: Sequence[Proposal], failed: Sequence[Failed], left_out: Sequence[LeftOut]
) -> None:
    """Print file by file what was recognised and what would become of it, then what cannot be added."""
    console = plain_console()
    shown = _DOCUMENTS if sum(one.changes for one in proposals) <= _FEW_FILES else _FEW_DOCUMENTS
    for one in proposals:
        for line in _proposal(one, shown):
            console.print(line)
    for bad in failed:
        console.print(f"[red]✗[/red] {escape(printable(str(bad.path)))}: {escape(bad.reason)}")
    counts = Counter(one.reason for one in left_out)
    for reason, count in counts.items():
        names = [printable(one.path.name) for one in left_out if one.reason == reason]
        more = " …" if count > _NAMED else ""
        some = "、".join(names[:_NAMED])
        console.print(
            f"[dim]略过 / skipped {count}：{_REASONS[reason]}（{escape(some)}{more}）[/dim]"
        )


def _proposal(one: Proposal, documents: int) -> Iterator[str]:
    goes = f" → {one.stem}" if one.renamed else ""
    other = one.twin.name if one.twin else one.rival.path.name if one.rival else ""
    other = f"（{escape(printable(other))}）" if other else ""
    yield (
        f"[bold]{escape(printable(str(one.path)))}[/bold]{escape(goes)}  "
        f"[cyan]{_STANDINGS[one.standing]}{other}[/cyan]"
    )
    if one.recognised is not None:
        yield from (f"  {line}" for line in _recognised(one.recognised, documents))
    if one.same_text is not None:
        yield (
            f"  [yellow]内容与 {escape(one.same_text)} 相同[/yellow]，条文只收一次 / "
            f"[yellow]says the same as {escape(one.same_text)}[/yellow]: its clauses are held once"
        )
    for clash in () if one.same_text is not None else one.clashes:
        kind = (
            "题名相同，可能是重复 / same title, maybe a duplicate"
            if clash.same_title
            else "题名不同 / another title"
        )
        yield (
            f"  [yellow]文号已有 / number there already[/yellow] {escape(clash.number)}："
            f"{escape(clash.file)}（{kind}）"
        )
    if one.toml is not None:
        yield f"  写入 / to be written：{escape(one.stem)}.toml"
        for text in one.toml.decode("utf-8", "replace").splitlines():
            yield f"    [dim]{escape(printable(text))}[/dim]"


def _recognised(found: Recognised, shown: int) -> Iterator[str]:
    pages = f"，{found.pages} 页 / pages" if found.pages else ""
    yield f"{found.format.upper()}，{size_in_words(found.size)}{pages}"
    facts = [escape(found.label)]
    if found.total_number is not None:
        facts.append(f"总第{found.total_number}期")
    facts.append(f"出版 / published {found.published_on}" if found.published_on else "")
    facts.append(f"主办 / publisher {escape(found.publisher)}" if found.publisher else "")
    yield "，".join(filter(None, facts))
    if not found.name and found.year is None and len(found.documents) > 1:
        yield (
            "[yellow]刊名、年期没有写明[/yellow]，可用 --gazette --year --issue-number 给出 / "
            "neither gazette nor issue is named: give them by these options"
        )
    share = "100%"
    if found.missing:
        exact = 100 * (found.characters - found.missing) / found.characters
        share = f"{min(exact, 99.99):.2f}%，未归入 / missing {found.missing}"
    furniture = sum(found.furniture.values())
    margin = f"，页眉页码等 / furniture {furniture}" if furniture else ""
    yield (
        f"{len(found.documents)} 件 / documents，{found.clauses} 条 / clauses，"
        f"{found.tables} 个表格 / tables，{found.characters} 字 / characters，"
        f"归入 / accounted for {share}{margin}"
    )
    for document in found.documents[:shown]:
        yield f"  · {escape(_document(document))}"
    if len(found.documents) > shown:
        rest = len(found.documents) - shown
        yield f"  … 另 {rest} 件 / and {rest} more（qa-bot show FILE）"
    for warning in found.warnings[:_WARNINGS]:
        yield f"[yellow]注意 / Note[/yellow]: {escape(printable(warning))}"
    if len(found.warnings) > _WARNINGS:
        rest = len(found.warnings) - _WARNINGS
        yield f"… 另 {rest} 处 / and {rest} more（qa-bot show FILE）"


def _document(document: RecognisedDocument) -> str:
    facts = [
        document.issuer,
        f"{document.issued_on}" if document.issued_on else None,
        f"登记 {document.registration_number}" if document.registration_number else None,
        f"第{document.page}页" if document.page else None,
        f"{document.clauses} 条",
    ]
    number = f"{document.number} " if document.number else f"[{document.kind}] "
    return printable(f"{number}{document.title}（{'，'.join(filter(None, facts))}）")


_IN_INDEX = {
    "yes": "是 / yes",
    "older": "旧内容 / older content",
    "no": "未建 / not yet",
    "removed": "语料里已删 / removed",
}


def print_held(held: Sequence[Held]) -> None:
    """Print the table of the issues of a corpus."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = (
        "编号 / id",
        "期 / issue",
        "出版 / published",
        "件 / docs",
        "条 / clauses",
        "页 / pages",
    )
    for heading in (
        *columns,
        "格式 / format",
        "大小 / size",
        "放入 / added",
        "文件 / file",
        "索引 / index",
    ):
        right = heading.split(" ")[0] in ("件", "条", "页", "大小")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for one in held:
        row = one.to_json()
        table.add_row(
            *(
                escape(printable(str(value))) if value is not None else "—"
                for value in (
                    one.id,
                    one.label,
                    row["published_on"],
                    row["documents"],
                    row["clauses"],
                    row["pages"],
                    one.format,
                    size_in_words(one.size) if one.size else None,
                    f"{one.added_on:%Y-%m-%d}" if one.added_on else None,
                    one.path.name,
                    _IN_INDEX[one.in_index],
                )
            )
        )
    console = plain_console(soft_wrap=False)
    if not console.is_terminal:
        console = plain_console(soft_wrap=False, width=240)
    console.print(table)


def size_in_words(size: int) -> str:
    """Bytes as a reader counts them: 1.2 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
