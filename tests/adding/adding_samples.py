"""Small gazette texts, and a data folder for them."""

from __future__ import annotations

from pathlib import Path

from qa_bot.settings import DataFolder

PARKING = """\
某市人民政府办公室关于规范停车场管理的通知
某政办〔2024〕7号
各区人民政府：
一、公共停车场每小时收费不得超过5元。
二、本通知自2024年3月1日起施行。
某市人民政府办公室
2024年2月2日
"""
WATER = """\
某市水务局关于调整水价的通知
某水〔2024〕3号
各用水单位：
一、居民用水每立方米2元。
某市水务局
2024年4月2日
"""
# The same number, another text.
PARKING_CORRECTED = PARKING.replace("5元", "6元")


def folder_at(path: Path, **texts: str) -> DataFolder:
    """A data folder whose corpus holds these texts, by stem; without any there is no corpus."""
    data = DataFolder(path / "corpus", path / "index", path / "models", path / "feedback")
    for stem, text in texts.items():
        write(data.corpus / f"{stem}.txt", text)
    return data


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
