"""Texts made to be slow: the time of twice as much against the time of as much.

    python eval/benchmarks/adversarial.py            all
    python eval/benchmarks/adversarial.py annex      those whose name holds a word

A parser that is linear prints ratios near 2; the baseline is the half of each text, in the same run. Texts
are of 100 kB and 200 kB. References are resolved, too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from qa_bot.ingest import Source, read_source
from qa_bot.outline import outline
from qa_bot.references import find

SIZE = 100_000
HEAD = "某市人民政府关于停车的通知\n某政发〔2020〕1号\n各区人民政府：\n请执行。\n某市人民政府\n2020年1月2日\n"
# name: what stands once before, what is repeated, what stands once behind
TEXTS = {
    "blanks before a number": ("依国务院令", " ", "x号"),
    "blanks in an annex label": ("甲甲\n附", " ", "x"),
    "tabs in contents": ("目录\n甲\n乙", "\t", "b"),
    "dots in contents": ("甲", "…", "a1"),
    "numbers in a row": ("某市办法\n第一条 ", "第一、", "甲"),
    "open quotes": ("某市关于修改《甲办法》的决定\n一、", "改“", "”“"),
    "open brackets": ("某市办法\n第一条 ", "（", "甲"),
    "annexes": (HEAD, "附件1\n甲\n", ""),
    "annexes of many numbers": (HEAD, "附件{n}\n甲表{n}\n", ""),
    "documents": ("", HEAD, ""),
    "contents entries": ("某市公报\n目录\n", "甲通知…………{n}\n", "甲通知\n"),
    "responsible lines": ("某市要点\n一、甲\n", "1.乙。\n责任单位：丁\n", ""),
    "many steps, many responsible lines": ("某市要点\n一、甲\n", "1.乙。\n", "责任单位：丁\n" * 5000),
    "a long lead-in": ("某市意见\n一、" + "甲" * 20000 + "：\n", "（一）乙\n", ""),
    "merged cells": ("某市表\n" + "甲" * 20000 + "\t1\t2\n", "\t1\t2\n", ""),
    "rows without a header": ("某市表\n", "甲\t乙\n", ""),
    "articles": ("某市办法\n", "第{n}条 前款规定的，依照本办法第{n}条处理。\n", ""),
    "paragraphs of one article": ("某市办法\n第一条 甲。\n第二条 乙。\n", "前款规定的，适用前条。\n", ""),
    "items of one article": ("某市办法\n第一条 甲。\n第二条 乙：\n", "（一）依照第一条第（一）项；\n", ""),
    "a chapter that names itself": ("某市办法\n第一章 甲\n", "第{n}条 本章的规定。\n", ""),
    "works in one sentence": ("某市办法\n第一条 ", "依照《甲法》第一条，", "。\n第二条 乙。"),
    "works in many sentences": ("某市办法\n第一条 ", "依照《甲法》第一条。", "\n第二条 乙。"),
    "amendments": ("某市关于修改《甲办法》的决定\n一、", "将第二条第一款改为“乙”，", "。\n"),
    "captions behind a gazette": (HEAD + "主办：甲\n", "\n\n\n\n甲", ""),
    "validity": (HEAD.replace("请执行。", "本办法"), "有效期一年，", "。"),
}  # fmt: skip
PAGES = {
    "nested tags": ("<html><body>", "<div>", "甲"),
    "nested content": ("<html><body>", "<div class=con>", "甲"),
    "blanks between letters": ("<html><body><p>", "a ", ""),
    "spans of cells": ("<html><body><table>", "<td colspan=200 rowspan=200>甲", "<tr>" * 200),
    "a title of blanks": ("<html><head><title>a", " ", "b</title></head><p>甲"),
}


def repeated(before: str, unit: str, behind: str, size: int) -> str:
    """A text of about `size` bytes of UTF-8."""
    count = size // max(len(unit.encode()), 1)
    middle = "".join(unit.replace("{n}", str(n)) for n in range(1, count + 1))
    return before + middle + behind


def seconds(text: str, suffix: str) -> float:
    """Processor time of understanding a file."""
    if suffix == "question":
        began = time.process_time()
        find(text)
        return time.process_time() - began
    if suffix == ".txt":
        source = Source("t.txt", text, "0" * 64)
        began = time.process_time()
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.html"
            path.write_text(text, encoding="utf-8")
            began = time.process_time()
            source = read_source(path)
    outline(source)
    return time.process_time() - began


def main() -> None:
    """Print the ratio of each; ends with 1 where one is above 3."""
    words = sys.argv[1:]
    worst = 0.0
    kinds = [(name, parts, ".txt") for name, parts in TEXTS.items()]
    kinds += [(name, parts, ".html") for name, parts in PAGES.items()]
    kinds.append(("a question of blanks", ("国务院令", " ", "x号"), "question"))
    for name, parts, suffix in kinds:
        if words and not any(word in name for word in words):
            continue
        size = SIZE if suffix != "question" else 1000
        half, whole = (seconds(repeated(*parts, at), suffix) for at in (size, 2 * size))
        ratio = whole / max(half, 0.02)
        worst = max(worst, ratio)
        print(f"{name:36} {half:7.2f} s {whole:7.2f} s  ratio {ratio:5.2f}", flush=True)
    if worst > 3:
        sys.exit("something grows faster than its text")


if __name__ == "__main__":
    main()
