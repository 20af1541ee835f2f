"""A failing input cut down: what can be left out while it fails in the same way is left out (ddmin).

A. Zeller and R. Hildebrandt, Simplifying and isolating failure-inducing input, IEEE TSE 28 (2002).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from eval.fuzzing.mutate import pack, unpacked

__all__ = ["shrunk"]


def shrunk(data: bytes, shape: str, fails: Callable[[bytes], bool], seconds: float = 15.0) -> bytes:
    """The shortest input found within some seconds that still fails; at worst `data`."""
    until = time.monotonic() + seconds

    def within(one: bytes) -> bool:
        return time.monotonic() < until and fails(one)

    if shape == "zip" and (members := unpacked(data)):
        data = _members(data, members, within)
    elif shape == "json":
        data = _values(data, within)
    elif shape in ("text", "json"):
        data = _pieces(data.splitlines(keepends=True), within, data)
        text = data.decode("utf-8", "replace")
        if text.encode() == data:
            data = _pieces([char.encode() for char in text], within, data)
    if shape in ("bytes", "zip"):
        data = _pieces([data[i : i + 1] for i in range(len(data))], within, data)
    return data


def _pieces(pieces: Sequence[bytes], fails: Callable[[bytes], bool], data: bytes) -> bytes:
    """ddmin over pieces."""
    kept = list(pieces)
    size = max(len(kept) // 2, 1)
    while kept:
        at, cut = 0, False
        while at < len(kept):
            less = kept[:at] + kept[at + size :]
            if fails(b"".join(less)):
                kept, cut = less, True
                data = b"".join(kept)
            else:
                at += size
        if size == 1 and not cut:
            break
        size = max(size // 2, 1)
    return data


def _members(
    data: bytes, members: list[tuple[str, bytes]], fails: Callable[[bytes], bool]
) -> bytes:
    if not fails(pack(members)):
        return data  # it is the packing that fails
    for name, _ in list(members):
        less = [one for one in members if one[0] != name]
        if fails(pack(less)):
            members = less
    for at, (name, content) in enumerate(members):

        def with_content(one: bytes, at: int = at, name: str = name) -> bytes:
            return pack([*members[:at], (name, one), *members[at + 1 :]])

        tags = content.replace(b"<", b"\0<").split(b"\0") if content[:1] == b"<" else [content]
        content = _pieces(tags, lambda one, w=with_content: fails(w(one)), content)
        content = _pieces(
            [content[i : i + 1] for i in range(len(content))]
            if len(content) < 4_000
            else [content],
            lambda one, w=with_content: fails(w(one)),
            content,
        )
        members[at] = (name, content)
    return pack(members)


def _values(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """JSON with entries left out and texts cut."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _pieces([data[i : i + 1] for i in range(len(data))], fails, data)

    def written() -> bytes:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def cut(holder: Any) -> None:
        for key in list(holder) if isinstance(holder, dict) else range(len(holder) - 1, -1, -1):
            held = holder[key]
            del holder[key]
            if fails(written()):
                continue
            if isinstance(holder, list):
                holder.insert(key, held)
            else:
                holder[key] = held
            if isinstance(held, dict | list):
                cut(held)
            elif isinstance(held, str) and len(held) > 1:

                def with_text(one: bytes, holder: Any = holder, key: Any = key) -> bool:
                    holder[key] = one.decode("utf-8", "surrogatepass")
                    return fails(written())

                encoded = [char.encode("utf-8", "surrogatepass") for char in held]
                least = _pieces(encoded, with_text, b"".join(encoded))
                holder[key] = least.decode("utf-8", "surrogatepass")

    if isinstance(value, dict | list) and fails(written()):
        cut(value)
        return written()
    return data
