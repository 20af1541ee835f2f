"""What a reader says of a turn."""

from __future__ import annotations

__all__ = ["TEXTS"]

# key: (Chinese, English)
TEXTS: dict[str, tuple[str, str]] = {
    "fb_label": ("您的反馈", "Your feedback"),
    "fb_ask_answered": ("这样回答对吗？", "Is this right?"),
    "fb_right_answered": ("答对了", "Right"),
    "fb_wrong_answered": ("不对", "Wrong"),
    "fb_ask_not_found": ("公报里确实没有吗？", "Is it really not there?"),
    "fb_ask_not_found_within": ("所选范围内确实没有吗？", "Is it really not in that range?"),
    "fb_right_not_found": ("确实没有", "Not there"),
    "fb_wrong_not_found": ("不对", "Wrong"),
    "fb_legend": ("哪里不对（可不选）", "What is wrong (optional)"),
    "fb_fault_off_topic": ("答的不是我问的", "Not what I asked"),
    "fb_fault_incomplete": ("不完整", "Incomplete"),
    "fb_fault_not_here": ("公报里其实没有答案", "The gazette does not answer this"),
    "fb_fault_outdated": ("已经过时", "Out of date"),
    "fb_fault_overlooked": ("公报里有答案", "The gazette does answer this"),
    "fb_fault_misread": ("把问题理解错了", "The question was misread"),
    "fb_reason": ("说明（可不填）", "In your words (optional)"),
    "fb_right_clause": (
        "正确的条文：它的链接或编号（可不填）",
        "The right passage: its link or id (optional)",
    ),
    "fb_kept": (
        "会保存问题（接着问的，连同前面几问）、所引条文和您在这里写的，用来改进检索；不保存您的地址和浏览器。请不要写个人信息。",
        "Kept to improve the search: the question (with those that it goes on from), the passages shown, "
        "and what you write here; neither "
        "your address nor your browser. Please write nothing personal.",
    ),
    "fb_send": ("提交", "Send"),
    "fb_cancel": ("取消", "Cancel"),
    "fb_thanks": ("谢谢，已记下", "Thank you, noted"),
    "fb_undo": ("撤回", "Take it back"),
    "fb_undone": ("已撤回", "Taken back"),
    "fb_failed": (
        "没能保存：服务没有响应。请稍后再试。",
        "Not saved: the service did not respond. Please try again in a moment.",
    ),
    "fb_not_kept": (
        "反馈暂时保存不了，问答不受影响。请稍后再试。",
        "Feedback cannot be saved at the moment; questions are still answered. Please try again later.",
    ),
    "fb_unknown": (
        "没有这条反馈，可能已经撤回或清理",
        "There is no such feedback; it may have been taken back or deleted",
    ),
    "fb_elsewhere": (
        "反馈只能从本站的网页提交",
        "Feedback is taken from the pages of this site only",
    ),
    "fb_too_many": (
        "这一分钟里的反馈太多了，请稍后再试",
        "Too much feedback within a minute: please try again in a moment",
    ),
    "fb_no_json": ("内容应是 application/json", "The content has to be application/json"),
    "fb_too_long": ("内容超过 {most} 字节", "The content has more than {most} bytes"),
    "fb_not_understood": ("{place} 不对：{why}", "{place} is wrong: {why}"),
    "fb_changed": (
        "公报有更新，所引的条文已不是您看到的样子；请再问一次",
        "The gazette was updated and the passages are not those that you saw: please ask again",
    ),
    "fb_no_clause": ("没有编号为“{id}”的条文", "There is no passage with the id “{id}”"),
    "fb_near": ("；相近的有：{ids}", "; near it: {ids}"),
    "fb_comma": ("、", ", "),
    "fb_same_clause": (
        "这正是所给的第一条；请写另一条，或不填",
        "This is the very passage that was shown first: name another, or leave it empty",
    ),
}
