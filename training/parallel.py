"""Sentences that stand in several languages: the help texts of LibreOffice and GNOME.

Debian ships them for every language with the same structure, so that paragraph fits paragraph. They
teach no law, but that a question in one language may be answered in another. Their licences (MPL-2.0,
CC BY-SA 3.0) ask that they are named, docs/model.md does; nothing of them is kept in this repository.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from training.settings import WORK

__all__ = ["LANGUAGES", "parallel_sentences"]

#: Our code, Debian's package suffix and LibreOffice's folder, GNOME's folder.
LANGUAGES = {
    "zh": ("zh-cn", "zh-CN", "zh_CN"),
    "zh-Hant": ("zh-tw", "zh-TW", "zh_TW"),
    "en": ("en-us", "en-US", "C"),
    "fr": ("fr", "fr", "fr"),
    "es": ("es", "es", "es"),
    "it": ("it", "it", "it"),
    "ja": ("ja", "ja", "ja"),
}
_HAN, _KANA = re.compile("[一-鿿]"), re.compile("[぀-ヿ]")
_PARAGRAPH = re.compile(r'<(p|h\d)\s+[^>]*?id="([^"]+)"[^>]*>(.*?)</\1>', re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_BLOCK = re.compile(r"<(title|p)\b[^>]*>(.*?)</\1>", re.DOTALL)


def parallel_sentences() -> Iterator[tuple[str, str, str, str]]:
    """Tuples (source, language, the sentence in it, the same in simplified Chinese).

    Raises:
        SystemExit: the packages cannot be had: this is not Debian, or its archive is not reached.
    """
    folder = _packages()
    for source, read in (("libreoffice-help", _libreoffice), ("gnome-user-docs", _gnome)):
        chinese = read(folder, "zh")
        english = read(folder, "en")
        for language in LANGUAGES:
            if language == "zh":
                continue
            seen: set[str] = set()
            for key, text in read(folder, language).items():
                there = chinese.get(key, "")
                untranslated = language != "en" and text == english.get(key)
                if untranslated or there in seen or not _is_chinese(there):
                    continue
                if _fits(text, language):
                    seen.add(there)
                    yield source, language, text, there


def _is_chinese(text: str) -> bool:
    return 8 <= len(text) <= 160 and len(_HAN.findall(text)) > len(text) / 2


def _fits(text: str, language: str) -> bool:
    if language == "ja":
        return len(text) <= 200 and len(_KANA.findall(text)) >= 4
    if language == "zh-Hant":
        return len(_HAN.findall(text)) > len(text) / 2
    letters = sum(char.isalpha() for char in text)
    return 15 <= len(text) <= 360 and letters > len(text) * 0.6 and not _HAN.search(text)


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def _libreoffice(folder: Path, language: str) -> dict[str, str]:
    base = folder / "usr/share/libreoffice/help" / LANGUAGES[language][1] / "text"
    found: dict[str, str] = {}
    for file in sorted(base.rglob("*.html")):
        markup = file.read_text("utf-8")
        name = file.relative_to(base).as_posix()
        if title := _TITLE.search(markup):
            found[name] = _plain(title[1])
        for match in _PARAGRAPH.finditer(markup):
            found[f"{name}#{match[2]}"] = _plain(match[3])
    return found


def _gnome(folder: Path, language: str) -> dict[str, str]:
    """Blocks by their place; a page of which any language has lost a block is left out."""
    pages: dict[str, list[str]] = {}
    shapes: dict[str, set[int]] = {}
    for code in (language, "zh", "en"):
        base = folder / "usr/share/help" / LANGUAGES[code][2] / "gnome-help"
        for file in base.glob("*.page"):
            blocks = [_plain(m[2]) for m in _BLOCK.finditer(file.read_text("utf-8"))]
            shapes.setdefault(file.name, set()).add(len(blocks))
            if code == language:
                pages[file.name] = blocks
    return {
        f"{name}#{at}": block
        for name, blocks in sorted(pages.items())
        if len(shapes[name]) == 1
        for at, block in enumerate(blocks)
    }


def _packages() -> Path:
    """The unpacked packages, fetched once."""
    target = WORK / "parallel"
    if target.is_dir():
        return target
    names = [f"libreoffice-help-{suffix}" for suffix, _, _ in LANGUAGES.values()]
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SystemExit(
            "平行语料取自 Debian 软件包，此系统没有 apt-get / The parallel texts come from Debian packages "
            "and this system has no apt-get. config.toml 里写 parallel = 0 / Set parallel = 0 in config.toml"
        )
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as temporary:
        run: Callable[..., object] = subprocess.run
        try:
            run(
                ["apt-get", "download", "-qq", *names, "gnome-user-docs"],
                cwd=temporary, check=True, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.CalledProcessError:
            raise SystemExit(
                "平行语料下载不了：先运行 apt-get update，或在 config.toml 里写 parallel = 0 / The parallel "
                "texts cannot be fetched: run apt-get update first, or set parallel = 0 in config.toml"
            ) from None
        unpacked = Path(temporary) / "unpacked"
        for package in Path(temporary).glob("*.deb"):
            run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
        unpacked.rename(target)
    return target
