"""A target with weaknesses put into it: proof that the driver finds, keeps, cuts down and replays what fails."""

from __future__ import annotations

import os

from hypothesis import strategies as st

from eval.fuzzing.target import Features, Target, hold

__all__ = ["HELD", "PLANTED"]


def _check(data: bytes) -> Features:
    if os.environ.get("FUZZ_PLANTED") == "mended":
        return frozenset()
    text = data.decode("utf-8", "replace")
    if "第" in text and text.index("第") < text.find("条"):
        if "零" in text:
            raise ZeroDivisionError("an article of the number 零")
        return frozenset({"article"})
    if "崩" in text and "溃" in text:
        os.abort()  # as C code does
    hold("错" not in text, "the planted property", text)
    return frozenset()


PLANTED = Target(
    name="planted",
    about="有意埋的毛病，测试用 / weaknesses on purpose, for tests",
    check=_check,
    seeds=lambda: [("甲乙丙丁\n" * 20).encode()],
    strategy=lambda: st.text("甲乙第条零错", max_size=30).map(str.encode),
    shape="text",
    words=("第", "条", "零"),
)

HELD = (PLANTED,)
