"""Markdown (CommonMark with tables), rendered and then read as a web page is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa_bot.ingest.html import read_html
from qa_bot.ingest.source import Extracted

__all__ = ["read_markdown"]

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\n(?P<head>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_LONGEST_FRONT_MATTER = 20_000
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(?P<title>\S.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
# Rendering is slower than reading; a larger file is a text with some signs in it.
_LARGEST = 200_000
_NESTED = re.compile(
    r"^[ \t]*(?:(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*){60}", re.MULTILINE
)
# Signs of one paragraph may be held against each other, so that their number's square counts; lines a little.
_SIGN = re.compile(r"[\[\]()*_`<&!\\]")
_MOST_SIGNS, _MOST_SQUARED = 15_000, 6_000**2
_LINES_FOR_A_SIGN = 8


def read_markdown(text: str) -> Extracted:
    """The text of a Markdown file as a reader sees it rendered.

    Other than in rendering, line breaks stay, and so do numbers of lists as they are written, four
    blanks make no code, and link definitions are text: a plain text called .md loses nothing by it. Text too
    large, too deeply nested or with too many signs for rendering is given as it is, with a warning.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    titles: tuple[str, ...] = ()
    head = _FRONT_MATTER.match(text[:_LONGEST_FRONT_MATTER])
    if head is not None:
        if found := _TITLE.search(head["head"]):
            titles = (found["title"].strip("'\""),)
        text = text[head.end() :]
    if len(text) > _LARGEST or _NESTED.search(text) or _too_costly(text):
        return Extracted(
            text,
            titles=titles,
            warnings=(
                "文件过大或层次过深，按纯文本读 / too large or too deeply nested to be rendered: read as plain text",
            ),
        )
    parser = MarkdownIt("commonmark", {"breaks": True, "maxNesting": 70}).enable("table")
    parser.disable(["code", "reference"])
    tokens = parser.parse(text)
    _number(tokens)
    markup = parser.renderer.render(tokens, parser.options, {})
    read, asides, own = read_html(markup)
    return Extracted(read, asides, tuple(dict.fromkeys((*titles, *own))))


def _too_costly(text: str) -> bool:
    """Whether paragraphs have more signs than a person writes: some of them take square time."""
    counts = [(len(_SIGN.findall(part)), part.count("\n")) for part in text.split("\n\n")]
    squared = sum((signs + lines // _LINES_FOR_A_SIGN) ** 2 for signs, lines in counts)
    return squared > _MOST_SQUARED or sum(signs for signs, _ in counts) > _MOST_SIGNS


def _number(tokens: Sequence[Token]) -> None:
    """Turn ordered lists into paragraphs that begin with the numbers as they are written.

    Where all numbers of a list are 1, which means that they are to be counted, they are counted.
    """
    open_: list[tuple[list[Token], int]] = []
    lists: list[tuple[list[Token], int]] = []
    for index, token in enumerate(tokens):
        if token.type == "ordered_list_open":
            open_.append(([], index))
        elif token.type == "bullet_list_open":
            open_.append(([], -1))
        elif token.type in ("ordered_list_close", "bullet_list_close") and open_:
            items, start = open_.pop()
            if start >= 0:
                lists.append((items, start))
                tokens[start].tag = token.tag = "div"
                tokens[start].attrs = {}
        elif token.type == "list_item_open" and open_ and open_[-1][1] >= 0:
            token.meta["at"] = index
            token.tag = "div"
            open_[-1][0].append(token)
        elif token.type == "list_item_close" and open_ and open_[-1][1] >= 0:
            token.tag = "div"
    for items, _ in lists:
        lazy = len(items) > 1 and all(item.info == "1" for item in items)
        for count, item in enumerate(items, start=1):
            label = f"{count if lazy else item.info}{item.markup} "
            _put(tokens, item.meta["at"] + 1, label)


def _put(tokens: Sequence[Token], index: int, label: str) -> None:
    """Put a label at the beginning of what follows, or alone where nothing does."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is not None and following.type == "inline" and following.children is not None:
        following.children.insert(0, Token("text", "", 0, content=label))
    else:
        item = tokens[index - 1]
        item.type, item.nesting, item.content = "html_block", 0, f"<div>{escape(label)}"
