"""Characters that stand for what a format says without them: raised digits, ticked boxes."""

from __future__ import annotations

__all__ = ["OURS", "shifted", "symbol"]

# Blanks that mean something in the text made here must not come from the file itself.
OURS = str.maketrans(
    {"\u2004": " ", "\u2005": " ", "\u2006": " ", "\u2009": " ", "\u200a": " ", "\u2029": "\n"}
)
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_LONGEST_SHIFTED = 4
# Of the fonts that draw pictures for letters those signs that forms and lists have, by their place
# in the font (Unicode's mappings of Symbol and Wingdings).
_WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x74: "⧫", 0x75: "◆", 0x76: "❖",
    0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "◻", 0xD8: "➢", 0xE0: "→", 0xE8: "➔", 0xFB: "✗",
    0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x50: "✓", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□"}
_SYMBOL = {
    0xA3: "≤", 0xB3: "≥", 0xB1: "±", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xB7: "•", 0xB0: "°",
    0xA5: "∞", 0xAE: "→", 0xAC: "←", 0xBB: "≈", 0xD0: "∠", 0x57: "Ω", 0x61: "α", 0x62: "β",
    0x67: "γ", 0x64: "δ", 0x6D: "μ", 0x70: "π", 0x53: "Σ", 0x44: "Δ",
}  # fmt: skip
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "symbol": _SYMBOL}


def shifted(text: str, way: str) -> str:
    """Short text that is raised ("sup") or lowered ("sub"), with the digits that look so: m², CO₂."""
    if len(text.strip()) >= _LONGEST_SHIFTED:
        return text
    return text.translate(_RAISED if way == "sup" else _LOWERED)


def symbol(font: str, code: int) -> str:
    """What a reader sees of place `code` of a font of pictures; its private character where unknown."""
    found = _FONTS.get(font.strip().lower(), {}).get(code & 0xFF)
    if found is not None:
        return found
    if 0xD800 <= code <= 0xDFFF or not 0x20 <= code <= 0x10FFFF:
        return ""
    return chr(code)
