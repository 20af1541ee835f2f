"""The parts of a .docx beside its text: relationships, styles, numbering, properties (ECMA-376 part 1)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from qa_bot.ingest.numbering import Level, List
from qa_bot.ingest.office import Archive, damaged, local, parse_xml

__all__ = [
    "Package",
    "Style",
    "Styles",
    "attribute",
    "child",
    "flag",
    "read_numbering",
    "read_styles",
    "title_of",
]

_LONGEST_CHAIN = 30


def attribute(element: etree._Element | None, name: str) -> str | None:
    """An attribute by its name without namespace."""
    if element is None:
        return None
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child, grandchild … of these names, or `None`."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def flag(element: etree._Element | None) -> bool | None:
    """An on/off property: `None` where it is not there, on where it has no value."""
    if element is None:
        return None
    return (attribute(element, "val") or "true").lower() not in ("0", "false", "off", "none")


def _number(value: str | None) -> int | None:
    try:
        return int(value) if value is not None and len(value) < 12 else None
    except ValueError:
        return None


class Package:
    """A .docx: its main part and what that names."""

    def __init__(self, archive: Archive) -> None:
        """Find the main part by the package's relationships, or where it usually stands.

        Raises:
            SourceError: there is none.
        """
        self.archive = archive
        self._related: dict[str, dict[str, tuple[str, str]]] = {}
        self.main = next(
            (target for kind, target in self._relations("").values() if kind == "officeDocument"),
            "word/document.xml",
        )
        if self.main not in archive:
            self.main = "word/document.xml"
        if self.main not in archive:
            raise damaged(archive.name, "缺 word/document.xml / word/document.xml is missing")

    def root(self, part: str) -> etree._Element:
        """A part, parsed."""
        return parse_xml(self.archive.read(part), self.archive.name, part)

    def optional(self, kind: str) -> etree._Element | None:
        """The part of that kind of the main part; `None` where there is none or it is damaged."""
        for found, target in self._relations(self.main).values():
            if found == kind and target in self.archive:
                return self.root(target)
        return None

    def properties(self) -> etree._Element | None:
        """The core properties; `None` where there are none."""
        for kind, target in self._relations("").values():
            if kind == "core-properties" and target in self.archive:
                return self.root(target)
        return None

    def target(self, part: str, identity: str | None) -> str | None:
        """The part that a relationship of `part` names; `None` where it leads nowhere or outside."""
        found = self._relations(part).get(identity or "")
        return found[1] if found and found[1] in self.archive else None

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        known = self._related.get(part)
        if known is not None:
            return known
        folder, file = posixpath.split(part)
        holder = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, tuple[str, str]] = {}
        if holder in self.archive:
            for relation in self.root(holder):
                target = attribute(relation, "Target")
                if not target or (attribute(relation, "TargetMode") or "").lower() == "external":
                    continue
                kind = (attribute(relation, "Type") or "").rpartition("/")[2]
                kind = {"metadata/core-properties": "core-properties"}.get(kind, kind)
                path = target if target.startswith("/") else posixpath.join(folder, target)
                found[attribute(relation, "Id") or ""] = (
                    kind,
                    posixpath.normpath(path).lstrip("/"),
                )
        self._related[part] = found
        return found


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says that matters for the text, its bases' sayings included.

    Attributes:
        hidden: whether text in it is hidden.
        raised: "sup", "sub" or "".
        numbering: the id of its list, or `None`.
        title: whether it is the title's style.
        centred: whether its paragraphs are set in the middle.
        size: of its letters, in half points; "" where it does not say.
    """

    hidden: bool = False
    raised: str = ""
    numbering: str | None = None
    title: bool = False
    centred: bool = False
    size: str = ""


class Styles(dict[str, Style]):
    """Styles by id; `default` is that of paragraphs that name none."""

    default: Style = Style()


def read_styles(root: etree._Element | None) -> Styles:
    """The styles of a document; a chain of bases that bites its tail is cut."""
    elements: dict[str, etree._Element] = {}
    styles = Styles()
    default = None
    for element in root if root is not None else ():
        identity = attribute(element, "styleId")
        if local(element) == "style" and identity is not None:
            elements[identity] = element
            if attribute(element, "type") == "paragraph" and attribute(element, "default") in (
                "1",
                "true",
            ):
                default = identity
    for identity in elements:
        styles[identity] = _style(identity, elements)
    styles.default = styles.get(default or "", Style())
    return styles


def _style(identity: str, elements: dict[str, etree._Element]) -> Style:
    hidden: bool | None = None
    raised: str | None = None
    numbering: str | None = None
    aligned: str | None = None
    size: str | None = None
    name = attribute(child(elements[identity], "name"), "val") or ""
    at: str | None = identity
    for _ in range(_LONGEST_CHAIN):
        element = elements.get(at or "")
        if element is None:
            break
        run = child(element, "rPr")
        if hidden is None:
            hidden = flag(child(run, "vanish"))
        if raised is None:
            raised = attribute(child(run, "vertAlign"), "val")
        if numbering is None:
            numbering = attribute(child(element, "pPr", "numPr", "numId"), "val")
        if aligned is None:
            aligned = attribute(child(element, "pPr", "jc"), "val")
        if size is None:
            size = attribute(child(run, "sz"), "val")
        at = attribute(child(element, "basedOn"), "val")
    way = {"superscript": "sup", "subscript": "sub"}.get(raised or "", "")
    return Style(
        bool(hidden),
        way,
        numbering,
        name.strip().lower() == "title",
        aligned == "center",
        size or "",
    )


def read_numbering(
    root: etree._Element | None,
) -> tuple[dict[str, List], dict[str, dict[str, int]]]:
    """The lists by id, and of each the levels that styles have in it."""
    if root is None:
        return {}, {}
    abstract: dict[str, dict[int, Level]] = {}
    by_style: dict[str, dict[str, int]] = {}
    linked: dict[str, str] = {}  # a list that takes its levels from a style's list
    defining: dict[str, str] = {}
    for element in root:
        identity: str | None = attribute(element, "abstractNumId")
        if local(element) != "abstractNum" or identity is None:
            continue
        abstract[identity], by_style[identity] = {}, {}
        for place, level, style in _levels(element):
            abstract[identity][place] = level
            if style:
                by_style[identity].setdefault(style, place)
        if link := attribute(child(element, "numStyleLink"), "val"):
            linked[identity] = link
        if link := attribute(child(element, "styleLink"), "val"):
            defining[link] = identity
    lists: dict[str, List] = {}
    styles: dict[str, dict[str, int]] = {}
    for element in root:
        identity = attribute(element, "numId")
        if local(element) != "num" or identity is None:
            continue
        base = attribute(child(element, "abstractNumId"), "val") or ""
        base = defining.get(linked.get(base, ""), base)
        levels = dict(abstract.get(base, {}))
        starts: dict[int, int] = {}
        for override in element:
            at = _number(attribute(override, "ilvl"))
            if local(override) != "lvlOverride" or at is None:
                continue
            levels.update({place: level for place, level, _ in _levels(override)})
            first = _number(attribute(child(override, "startOverride"), "val"))
            if first is not None:
                starts[at] = first
        lists[identity] = List(base, levels, starts)
        styles[identity] = by_style.get(base, {})
    return lists, styles


def _levels(element: etree._Element) -> Iterator[tuple[int, Level, str | None]]:
    for level in element:
        place = _number(attribute(level, "ilvl"))
        if local(level) != "lvl" or place is None:
            continue
        first = _number(attribute(child(level, "start"), "val"))
        text = attribute(child(level, "lvlText"), "val") or ""
        yield (
            place,
            Level(
                start=first or 0,
                format=_format(level),
                text=text,
                suffix=attribute(child(level, "suff"), "val") or "tab",
                restart=_number(attribute(child(level, "lvlRestart"), "val")),
                legal=bool(flag(child(level, "isLgl"))),
                hidden=bool(flag(child(level, "rPr", "vanish"))),
            ),
            attribute(child(level, "pStyle"), "val"),
        )


def _format(level: etree._Element) -> str:
    """The number format; one that only a newer Word knows stands in an alternate content."""
    found = next((one for one in level.iter() if local(one) == "numFmt"), None)
    return attribute(found, "val") or "decimal"


def title_of(root: etree._Element | None) -> str:
    """The title that the core properties give, or ""."""
    return (
        " ".join("".join(title.itertext()).split())
        if (title := child(root, "title")) is not None
        else ""
    )
