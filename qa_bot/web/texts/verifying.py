"""The tab in which quotes and citations are verified."""

from __future__ import annotations

__all__ = ["TEXTS"]

# key: (Chinese, English)
TEXTS: dict[str, tuple[str, str]] = {
    "tab_verify": ("核对引文", "Verify"),
    "ve_title": ("核对引文", "Verify quotes and citations"),
    "ve_intro": (
        "贴上引文、出处，或一段带引文的文字：逐字对照公报原文，改了一个字也指得出来。",
        "Paste a quote, a citation, or a text that holds some: each is held against the gazette "
        "character by character.",
    ),
    "ve_label": ("要核对的文字", "Text to verify"),
    "ve_placeholder": (
        "如：《温州市药品零售（连锁）经营许可实施细则》第五十一条规定：“企业经营场所面积不得少于60平方米。”",
        "For example: 《…》第五十一条规定：“企业经营场所面积不得少于60平方米。”",
    ),
    "ve_submit": ("核对", "Verify"),
    "ve_clear": ("清空", "Clear"),
    "ve_keys": ("Ctrl + Enter 也可以", "or press Ctrl + Enter"),
    "ve_private": (
        "文字只送到本服务核对，不保存。",
        "The text is sent to this service only, and not kept.",
    ),
    "ve_results": ("核对结果", "Results"),
    "ve_loading": ("正在核对…", "Verifying…"),
    "ve_failed": (
        "没能核对：服务没有响应。请稍后再试一次。",
        "Not verified: the service did not respond. Please try again in a moment.",
    ),
    "ve_not_verified": ("这样没法核对", "This cannot be verified"),
    "ve_count_one": ("核对了 1 处：", "1 checked: "),
    "ve_count": ("核对了 {count} 处：", "{count} checked: "),
    "ve_comma": ("，", ", "),
    "ve_verified": ("与原文一致", "Verified"),
    "ve_exists": ("所引之处存在", "Exists"),
    "ve_ambiguous": ("不止一处", "Ambiguous"),
    "ve_misattributed": ("出处有误", "Misattributed"),
    "ve_altered": ("与原文不一致", "Altered"),
    "ve_not_found": ("所收公报里没有", "Not found here"),
    "ve_kind_quote": ("引文", "Quote"),
    "ve_kind_citation": ("出处", "Citation"),
    "ve_kind_quote_with_citation": ("引文和出处", "Quote with its citation"),
    "ve_put_in": ("引文多出：", "put in: "),
    "ve_left_out": ("原文有而引文没有：", "left out: "),
    "ve_mark_end": ("。", ". "),
    "ve_legend": (
        "红色删除线：原文有；绿色下划线：引文写成",
        "Struck out: the source; underlined: the quote",
    ),
    "ve_values": ("关键处的改动", "What matters"),
    "ve_value_source": ("原文", "Source"),
    "ve_value_quote": ("引文", "Quote"),
    "ve_none": ("（无）", "(none)"),
    "ve_value_number": ("数", "Number"),
    "ve_value_amount": ("金额", "Amount"),
    "ve_value_date": ("日期", "Date"),
    "ve_value_percentage": ("比例", "Percentage"),
    "ve_value_ordinal": ("序数", "Ordinal"),
    "ve_value_document_number": ("文号", "Document number"),
    "ve_value_negation": ("否定", "Negation"),
    "ve_value_modality": ("可以、应当", "May, shall"),
    "ve_value_limit": ("界限", "Limit"),
    "ve_value_name": ("名称", "Name"),
    "ve_source": ("原文是", "The source says"),
    "ve_stands": ("原文在", "It stands in"),
    "ve_named": ("所引的是", "What is cited"),
    "ve_cited": ("所引出处：", "Cited: "),
    "ve_more": ("另有 {count} 处", "and {count} more"),
    "ve_elsewhere": (
        "请在本站的页面上核对",
        "Verify on this site's own page.",
    ),
    "ve_as_near": ("同样相近的条文", "Passages that are as near"),
    "ve_near": ("相近的条文，不等于核实", "Nearby passages: they confirm NOTHING"),
    "ve_spans": ("{file}，字符 {spans}", "{file}, characters {spans}"),
}
