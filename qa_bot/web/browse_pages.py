"""Browsing: the tab of issues, `/issue/<id>`, `/document/<id>`, `/clause/<id>`, and what an unknown id gets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import groupby

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from qa_bot.bot import Bot
from qa_bot.errors import NotFoundError
from qa_bot.force import force_of
from qa_bot.index import DocumentRecord, IssueRecord, Records
from qa_bot.living import Living
from qa_bot.versions import other_places
from qa_bot.web.clause_page import CONTENT_POLICY as CLAUSE_POLICY
from qa_bot.web.clause_page import clause_page
from qa_bot.web.document_search import search_document
from qa_bot.web.document_text import document_text
from qa_bot.web.document_tree import Node, document_link, issue_link, sections_of, tree_of
from qa_bot.web.document_view import (
    Named,
    Related,
    document_facts,
    kind_name,
    name_of,
    relations_of,
)
from qa_bot.web.issue_text import IssueText, issue_text
from qa_bot.web.plain_page import content_policy, reader, reply, root_of
from qa_bot.web.quoting import clause_link
from qa_bot.web.templating import render, static
from qa_bot.web.version_view import version_note
from qa_bot.web.wording import Language, Wording

__all__ = ["add_browse", "document_page", "issue_page", "panel", "unknown_page"]

_SCRIPT = static("copy.js") + static("share.js")
_STYLE = static("clause.css") + static("browse.css")
_POLICY = content_policy(_SCRIPT, _STYLE)
# Nodes of the newest issue in the tab; beyond them only documents are listed.
_PANEL_NODES = 400
_PANEL_DOCUMENTS = 120
_PANEL_LEAVES = 12
_LEAVES = 80
# What is of the issue itself.
_FRAME = {"masthead", "contents", "imprint", "cover", "captions"}
# A document with so many headings or articles gets a table of contents.
_LONG = 4
_NEAR = 5
_SHOWN = 200
# Makes a page of a bot, an id, the texts and the root of the site.
_Page = Callable[[Bot, str, Wording, str], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in a list.

    Attributes:
        document: itself.
        link: its address.
        kind: what kind it is, in words.
        status: of a work that was changed or has ended, as far as the corpus tells; else empty.
        tree: what stands in it.
    """

    document: DocumentRecord
    link: str
    kind: str
    status: str
    tree: Node


def panel(bot: Bot, language: Language) -> str:
    """The tab: the newest issue as a tree, the others as links by year.

    Guarantees: the size grows by one link with each further issue, not with what stands in it.
    """
    words = Wording(language)
    records = bot.generation.records
    issues = sorted(records.issues, key=_age, reverse=True)
    newest, others = (issues[0], issues[1:]) if issues else (None, [])
    documents = [one for one in records.documents if newest and one.issue_id == newest.id]
    entries: list[Entry] = []
    if newest:
        held = issue_text(records, newest.id)
        shown = documents[:_PANEL_DOCUMENTS]
        entries = [_entry(records, held, one, words, _PANEL_LEAVES) for one in shown]
        if sum(one.tree.size for one in entries) > _PANEL_NODES:
            entries = [_entry(records, held, one, words, None) for one in shown]
    return render(
        "browse.html",
        words,
        root="",
        newest=newest,
        newest_link=issue_link(newest.id) if newest else "",
        count=len(documents),
        left=len(documents) - len(entries),
        sections=_sections(entries),
        years=[
            (year, [(one, issue_link(one.id)) for one in some])
            for year, some in groupby(others, key=lambda one: one.year)
        ],
        others=len(others),
    )


def add_browse(app: FastAPI, living: Living) -> None:
    """Add the addresses to an application.

    Guarantees: an id that is not held is a page with status 404, which leads to what it may have meant.
    """

    def page(request: Request, made: _Page, kind: str, identity: str, policy: str) -> Response:
        bot, words, root = living.now(), reader(request), root_of(request)
        try:
            return reply(request, made(bot, identity, words, root), policy)
        except NotFoundError:
            unknown = unknown_page(bot, kind, identity, words, root)
            return reply(request, unknown, _POLICY, 404)

    @app.api_route("/issue/{issue_id:path}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def issue(issue_id: str, request: Request) -> Response:
        return page(request, issue_page, "issue", issue_id, _POLICY)

    @app.api_route(
        "/document/{document_id:path}", methods=["GET", "HEAD"], response_class=HTMLResponse
    )
    def document(document_id: str, request: Request, q: str = "") -> Response:
        searched = functools.partial(document_page, query=q)
        return page(request, searched, "document", document_id, _POLICY)

    @app.api_route("/clause/{clause_id:path}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def clause(clause_id: str, request: Request) -> Response:
        return page(request, clause_page, "clause", clause_id, CLAUSE_POLICY)


def issue_page(bot: Bot, issue_id: str, words: Wording, root: str = "/") -> str:
    """An issue: what is known of it, and its documents by section.

    Raises:
        NotFoundError: there is no issue with that id.
    """
    records = bot.generation.records
    issues = {one.id: one for one in records.issues}
    if issue_id not in issues:
        raise NotFoundError(f"没有 {issue_id} 这一期 / There is no issue {issue_id}.")
    issue = issues[issue_id]
    held = issue_text(records, issue_id)
    documents = [one for one in records.documents if one.issue_id == issue_id]
    entries = [_entry(records, held, one, words, _LEAVES) for one in documents]
    series = sorted((one for one in issues.values() if one.name == issue.name), key=_age)
    at = series.index(issue)
    return render(
        "issue.html",
        words,
        root=root,
        style=_STYLE,
        script=_SCRIPT,
        issue=issue,
        facts=_issue_facts(issue, words),
        sections=_sections(entries),
        count=len(documents),
        printed_again=[
            (name.text, name.link)
            for one in records.standings.printed_again_in(issue_id)
            if (name := name_of(records, one.id))
        ],
        before=(issue_link(series[at - 1].id), series[at - 1].label) if at else None,
        after=(issue_link(series[at + 1].id), series[at + 1].label) if series[at + 1 :] else None,
    )


def document_page(
    bot: Bot, document_id: str, words: Wording, root: str = "/", query: str = ""
) -> str:
    """A document: what is known of it, its relations, its text, and what is found in it.

    Args:
        bot: that has the corpus.
        document_id: of the document.
        words: of the reader's language.
        root: address of the chat page, with a slash at the end.
        query: what to look for in it; empty for nothing.

    Raises:
        NotFoundError: there is no document with that id.
    """
    records = bot.generation.records
    document = records.document_at(document_id)
    if document is None:
        raise NotFoundError(f"没有文件 {document_id} / There is no document {document_id}.")
    document_id = document.id
    standing = records.standings.of(document.issue_id, document_id)
    issue = records.issue(document.issue_id)
    held = issue_text(records, issue.id)
    clauses = held.clauses[document_id]
    found = search_document(bot, held, document, query) if query.strip() else None
    laid = document_text(held, document, found.lit if found else ())
    tree = tree_of(document, clauses).cut(_LEAVES)
    related = relations_of(records, document, clauses)
    beside = [one for one in records.documents if one.issue_id == issue.id]
    at = beside.index(document)
    return render(
        "document.html",
        words,
        root=root,
        style=_STYLE,
        script=_SCRIPT,
        document=document,
        address=root + document_link(document_id),
        issue=issue,
        issue_link=issue_link(issue.id),
        kind=kind_name(document.kind, words),
        facts=document_facts(document, words),
        status=force_of(records, document),
        versions=version_note(standing, other_places(records, standing), words),
        parts=[
            (part, force_of(records, document, part.id))
            for part in document.parts[1:]
            if any(one.clause.part_id == part.id for one in clauses)
        ],
        related=_by_kind(related),
        related_count=len(related),
        contents=tree if tree.size > _LONG else None,
        found=found,
        laid=laid,
        top=2 if any(block.kind == "title" for block in laid.blocks) else 1,
        before=_beside(beside[at - 1]) if at else None,
        after=_beside(beside[at + 1]) if beside[at + 1 :] else None,
    )


def unknown_page(bot: Bot, what: str, identity: str, words: Wording, root: str = "/") -> str:
    """What an unknown id gets: that there is none, what it may have meant, and the ways on.

    Args:
        bot: that has the corpus.
        what: issue, document or clause.
        identity: the unknown id.
        words: of the reader's language.
        root: address of the chat page, with a slash at the end.
    """
    shown = identity.encode("utf-8", "replace").decode("utf-8")[:_SHOWN]
    return render(
        "missing.html",
        words,
        root=root,
        style=_STYLE,
        head=words(f"unknown_{what}" if what == "clause" else f"br_unknown_{what}"),
        more=words("unknown_clause_more" if what == "clause" else "br_unknown_more", id=shown),
        near=_near(bot.generation.records, what, shown),
    )


def _near(records: Records, what: str, identity: str) -> list[Named]:
    """Texts whose ids are near to an unknown one: of the kind that was looked for."""
    if what == "issue":
        ids = {one.id: one for one in records.issues}
        near = get_close_matches(identity, ids, _NEAR, 0.5)
        return [Named(ids[one].label, issue_link(one)) for one in near]
    exact = name_of(records, identity)
    clauses = records.near_ids(identity, _NEAR if what == "clause" else 4 * _NEAR)
    held = [record for record in map(records.by_id, clauses) if record]
    named = [
        Named(one.citation, clause_link(one.clause.id))
        if what == "clause"
        else name_of(records, one.clause.document_id)
        for one in held
    ]
    return [one for one in dict.fromkeys((exact, *named)) if one][:_NEAR]


def _age(issue: IssueRecord) -> tuple[int, date, int, str]:
    """The older first; by the day on which it came out, else by year and number."""
    year = issue.year or (issue.published_on.year if issue.published_on else 0)
    return year, issue.published_on or date(year or 1, 1, 1), issue.number or 0, issue.id


def _entry(
    records: Records, held: IssueText, document: DocumentRecord, words: Wording, leaves: int | None
) -> Entry:
    """A document with its tree, each node with so many leaves at most; without a tree for `None`."""
    tree = tree_of(document, held.clauses[document.id])
    kept = Node("", "", tree.count) if leaves is None else tree.cut(leaves)
    status = force_of(records, document)
    return Entry(
        document,
        document_link(document.id),
        kind_name(document.kind, words),
        "" if status in ("unknown", "no_change_known") else status,
        kept,
    )


def _sections(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """By the gazette's own headings; what frames an issue and has none of them comes last, without a name."""
    held = {one.document.id: one for one in entries}
    framing = [one for one in entries if one.document.kind in _FRAME or not one.document.section]
    named = sections_of(one.document for one in entries if one not in framing)
    return [
        *((name, [held[one.id] for one in some]) for name, some in named),
        *([("", framing)] if framing else []),
    ]


def _issue_facts(issue: IssueRecord, words: Wording) -> list[tuple[str, str]]:
    facts = [
        ("br_published_on", issue.published_on and issue.published_on.isoformat()),
        ("br_total_number", str(issue.total_number) if issue.total_number else None),
        ("br_publisher", issue.publisher),
        ("br_origin", issue.origin),
        ("source_file", issue.file),
    ]
    return [(words(key), value) for key, value in facts if value]


def _by_kind(related: Sequence[Related]) -> list[tuple[str, list[Related]]]:
    kinds = dict.fromkeys(one.kind for one in related)
    return [(kind, [one for one in related if one.kind == kind]) for kind in kinds]


def _beside(document: DocumentRecord) -> tuple[str, str]:
    return document_link(document.id), document.title
