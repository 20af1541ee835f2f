"""The text of a word processor's document: the body, and behind it what stands beside it."""

from __future__ import annotations

from qa_bot.ingest.grid import Pieces, assemble
from qa_bot.ingest.source import PARAGRAPH_END, Extracted
from qa_bot.text import squeeze, strip_space

__all__ = ["Flow"]

# A title with more characters of running text before it is that of an annex.
_HEAD = 300
_TITLE_LINES = 5


class Flow:
    """Collects the stories of a document."""

    def __init__(self) -> None:
        self.body: Pieces = []
        self._stories: list[tuple[str, Pieces]] = []
        self._heads: list[tuple[str, list[str]]] = []
        self._last = ""
        self._before = 0

    def story(self, kind: str) -> Pieces:
        """A new story beside the body: a text "box", a "note", or a "margin" (a running head or foot)."""
        pieces: Pieces = []
        self._stories.append((kind, pieces))
        return pieces

    def head_line(self, text: str, title: bool, centred: bool, size: str) -> None:
        """A paragraph of the body outside of tables, blank ones included.

        Args:
            text: its text.
            title: whether it has the title's style.
            centred: whether it is set in the middle.
            size: of its letters; lines of one title have the same.
        """
        shown = " ".join(text.split())
        if self._before > _HEAD:
            return
        if not shown:
            self._last = ""
            return
        kind = "title" if title else f"centred {size}" if centred else ""
        if kind and kind == self._last:
            self._heads[-1][1].append(shown)
        elif kind:
            self._heads.append((kind, [shown]))
        self._last = kind
        if not kind:
            self._before += len(shown)

    def extracted(
        self, *, named: str, labels: int, notes: int, revised: bool, ruby: bool = False
    ) -> Extracted:
        """The text with the stories behind it as asides, and what a person should know of the reading.

        Text boxes float where the layout puts them, mostly letterheads and imprints: they are no part of
        the run of the text, unless they hold the greater part of it.

        Guarantees: stories with the same text (the running head of each section) are given once; the
        margins' come last, and they are `furniture`, too.
        """
        text, _ = assemble(self.body)
        boxed, _ = assemble(
            [piece for kind, pieces in self._stories if kind == "box" for piece in pieces]
        )
        if len(strip_space(boxed)) > len(strip_space(text)):
            text = f"{boxed}{PARAGRAPH_END}{text}"
            self._stories = [story for story in self._stories if story[0] != "box"]
        out, length = [text], len(text)
        asides: list[tuple[int, int]] = []
        furniture: list[tuple[int, int]] = []
        seen: set[tuple[str, str]] = set()
        for kind in ("box", "note", "margin"):
            for found, pieces in self._stories:
                story, _ = assemble([*pieces, PARAGRAPH_END])
                if found != kind or not story.strip() or (kind, squeeze(story)) in seen:
                    continue
                if kind != "note":
                    seen.add((kind, squeeze(story)))
                if length and not out[-1].endswith(PARAGRAPH_END):
                    out.append(PARAGRAPH_END)
                    length += 1
                span = (length, length + len(story))
                asides.append(span)
                if kind == "margin":
                    furniture.append(span)
                out.append(story)
                length += len(story)
        return Extracted(
            "".join(out),
            asides=tuple(asides),
            titles=self._titles(text, named),
            furniture=tuple(furniture),
            warnings=_warnings(labels, notes, revised, ruby),
        )

    def _titles(self, text: str, named: str) -> tuple[str, ...]:
        """What may be the title: lines in the title's style, lines in the middle, the file's property.

        A property that names something deeper in the text is left over from another document.
        """
        heads = sorted(self._heads, key=lambda head: head[0] != "title")
        found = ["".join(lines) for _, lines in heads if len(lines) <= _TITLE_LINES]
        name = squeeze(named)
        if name and (name in squeeze(text[:_HEAD]) or name not in squeeze(text)):
            found.append(named)
        return tuple(dict.fromkeys(found))


def _warnings(labels: int, notes: int, revised: bool, ruby: bool) -> tuple[str, ...]:
    out = []
    if labels:
        out.append(
            f"{labels} 处编号由自动编号生成，照读者所见写入正文 / "
            f"{labels} numbers come from the automatic numbering and stand in the text as a reader sees them"
        )
    if notes:
        out.append(
            f"{notes} 个脚注、尾注排在正文之后，不作条文 / {notes} notes stand behind the text and are no clauses"
        )
    if revised:
        out.append(
            "含修订痕迹：插入的保留，删除的不要 / tracked changes: insertions are kept, deletions are not"
        )
    if ruby:
        out.append("拼音标注略去 / phonetic guides are left out")
    return tuple(out)
