"""Penalty exemptions as files: CSV for a spreadsheet, XLSX, and JSON as published (docs/exemptions.md)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from qa_bot.exemptions import SCHEMA, Exemption, Passage
from qa_bot.lookup import RELIEF_WORDS, tier_in_words

__all__ = ["COLUMNS", "FORMATS", "export", "record_schema", "rows_of"]

#: Formats by the suffix of a file's name.
FORMATS = ("csv", "xlsx", "json")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = (16, 24, 22, 24, 12, 6, 44, 44, 40, 44, 36, 50, 36, 12, 12, 24, 40)
# What XML cannot hold.
_CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


def _lines(passages: Sequence[Passage]) -> str:
    return "\n".join(passage.text for passage in passages)


def _tiers(record: Exemption) -> str:
    penalty = record.ordinary_penalty
    return "\n".join(map(tier_in_words, penalty.tiers)) if penalty else ""


def _text(passage: Passage | None) -> str:
    return passage.text if passage else ""


#: Headings and what stands under them; the quotes are verbatim, one a line where there are several.
COLUMNS: tuple[tuple[str, Callable[[Exemption], str]], ...] = (
    ("编号 / id", lambda one: one.id),
    ("可以 / relief", lambda one: RELIEF_WORDS[one.relief][0]),
    ("机关 / authority", lambda one: one.authority or ""),
    ("清单 / list", lambda one: one.list_title),
    ("类别 / category", lambda one: _text(one.category)),
    ("序号 / serial", lambda one: _text(one.serial)),
    ("违法行为 / violation", lambda one: one.violation.text),
    ("情形 / circumstances", lambda one: _lines(one.circumstances)),
    (
        "适用条件 / conditions",
        lambda one: _lines([*filter(None, (one.conditions_lead,)), *one.conditions]),
    ),
    ("清单的条件 / conditions of the list", lambda one: _lines(one.general_conditions)),
    ("法律依据 / legal basis", lambda one: "\n".join(basis.normal for basis in one.legal_basis)),
    (
        "罚则原文 / ordinary penalty",
        lambda one: one.ordinary_penalty.passage.text if one.ordinary_penalty else "",
    ),
    ("罚款 / fines", _tiers),
    ("施行 / effective from", lambda one: str(one.effective_from or "")),
    ("有效至 / valid until", lambda one: str(one.valid_until or "")),
    ("未决案件 / cases not yet decided", lambda one: _text(one.undecided)),
    ("出处 / citation", lambda one: one.citation),
)


def export(records: Sequence[Exemption], form: str) -> bytes:
    """Records as the bytes of a file.

    Args:
        records: in the order in which they are to stand.
        form: one of `FORMATS`. CSV is UTF-8 with a byte order mark, so that Excel reads it; JSON is a
            list of records as the schema has them.

    Guarantees: no cell of a CSV file begins as a formula: where a text does, an apostrophe is put before
    it, as spreadsheets do it themselves; all other texts are unchanged. Cells of XLSX are texts.

    Raises:
        ValueError: another format.
    """
    if form == "json":
        rows = [record.to_json() for record in records]
        return (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()
    if form == "csv":
        return _csv(records)
    if form == "xlsx":
        return _xlsx(records)
    raise ValueError(f"not one of {FORMATS}: {form!r}")


def rows_of(records: Sequence[Exemption]) -> list[list[str]]:
    """The cells of each record, in the order of `COLUMNS`."""
    return [[value(record) for _, value in COLUMNS] for record in records]


def record_schema() -> dict[str, Any]:
    """The JSON schema of a record, as it is published with the package."""
    path = files("qa_bot.exemptions") / "schema" / f"{SCHEMA}.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _csv(records: Sequence[Exemption]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([heading for heading, _ in COLUMNS])
    for row in rows_of(records):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return stream.getvalue().encode("utf-8-sig")


def _xlsx(records: Sequence[Exemption]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "免罚事项"
    rows = [[heading for heading, _ in COLUMNS], *rows_of(records)]
    for at, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            cell.value = text.translate(_CONTROL)
            cell.data_type = "s"  # a text though it begins with =
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
