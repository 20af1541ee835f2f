"""`/api`: what the interface offers, as a plain page with a command to copy for each operation."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["CONTENT_POLICY", "api_page"]

_FOLDER = Path(__file__).resolve().parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_STYLE = (_FOLDER / "api.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# A style of its own and nothing else.
CONTENT_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
# Lengths from which on a parameter is a detail that the page leaves to the description.
_DETAIL = 160


def api_page(description: dict[str, Any], address: str) -> str:
    """The page of an OpenAPI description, in Chinese and English at once.

    Args:
        description: as `describe` gives it.
        address: of the server, without a slash at the end, for the commands.
    """
    operations = [
        _operation(path, method, operation, address)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    return _ENVIRONMENT.get_template("api.html").render(
        style=_STYLE,
        info=description["info"],
        groups=[
            (tag, [one for one in operations if tag["name"] in one["tags"]])
            for tag in description["tags"]
        ],
        address=address,
    )


def _operation(path: str, method: str, operation: dict[str, Any], address: str) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "path": path,
        "method": method.upper(),
        "about": operation.get("description", ""),
        "tags": operation.get("tags", []),
        "parameters": [
            {"name": one["name"], "required": one.get("required"), "about": _about(one)}
            for one in sorted(parameters, key=lambda one: not one.get("required"))
            if one["in"] == "query"
        ],
        "command": _command(path, method, parameters, body.get("example"), address),
    }


def _about(parameter: dict[str, Any]) -> str:
    said = parameter.get("description") or parameter.get("schema", {}).get("description", "")
    return str(said)[:_DETAIL]


def _command(
    path: str,
    method: str,
    parameters: list[dict[str, Any]],
    body: Any,  # noqa: ANN401 - whatever JSON holds
    address: str,
) -> str:
    """A curl command that does what the example shows; safe to paste into a shell."""
    query: dict[str, Any] = {}
    for one in parameters:
        if "example" not in one:
            continue
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(one["example"]), safe="/~"))
        else:
            query[one["name"]] = one["example"]
    target = address + path + (f"?{urlencode(query)}" if query else "")
    if method == "get":
        return f"curl {shlex.quote(target)}"
    data = json.dumps(body, ensure_ascii=False)
    return f"curl {shlex.quote(target)} --json {shlex.quote(data)}"
