"""Small made-up gazettes that print one document again, correct it, shorten it and amend it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["GAZETTES", "NUMBER", "gazette", "write"]

NUMBER = "海宁政发〔2019〕5号"

_HEAD = "海宁市人民政府公报\n{year}年第{number}期（总第{total}期）\n出版日期：{day}\n\n"
_RULES = (
    "海宁市人民政府关于印发海宁市公园管理办法的通知\n\n海宁政发〔2019〕5号\n\n各镇人民政府，市政府各部门：\n\n"
    "现将《海宁市公园管理办法》印发给你们，请认真贯彻执行。\n\n海宁市人民政府\n2019年4月3日\n\n"
    "海宁市公园管理办法\n\n第一条 为了加强公园管理，制定本办法。\n\n第二条 公园每日开放时间为六时至二十二时。\n\n"
    "第三条 公园内禁止燃放烟花爆竹，违者处{fine}元罚款。\n\n第四条 本办法自2019年5月1日起施行。\n"
)
_FEES = (
    "海宁市人民政府办公室关于调整停车收费的通知\n\n海宁政办〔2019〕12号\n\n各镇人民政府：\n\n"
    "一、主城区停车收费每小时五元。\n\n二、夜间停车免费。\n\n三、本通知自2019年6月1日起执行。\n\n"
    "海宁市人民政府办公室\n2019年5月20日\n"
)
_LAW = (
    "海宁市市容条例\n\n（2015年3月1日海宁市人民代表大会常务委员会通过{note}）\n\n第一条 为了加强市容管理，制定本条例。\n\n"
    "第二条 临街店铺不得占道经营，违者处{fine}元罚款。\n\n第三条 本条例自2015年5月1日起施行。\n"
)


def gazette(year: int, number: int, total: int, day: str, *texts: str) -> str:
    """An issue that holds these texts."""
    head = _HEAD.format(year=year, number=number, total=total, day=day)
    return head + "\n\n\n\n".join(texts)


def _wrapped(text: str) -> str:
    """The same text as another press sets it: full-width figures, a break in mid-sentence, other brackets."""
    wide = text.replace("2019年4月3日", "２０１９年４月３日").replace("，", "，\n", 1)
    return wide.replace("〔2019〕", "[2019]").replace("第二条 ", "第二条　")


#: File names and texts. 2019-04 is the first print, 2019-05 prints the rules again and the fees for the first time,
#: 2019-09 corrects the rules, `page` is the notice without its annex, `law-*` are two states of one law.
GAZETTES: dict[str, str] = {
    "hn-2019-04": gazette(2019, 4, 100, "2019年4月30日", _RULES.format(fine="二百")),
    "hn-2019-05": gazette(2019, 5, 101, "2019年5月30日", _wrapped(_RULES.format(fine="二百")), _FEES),
    "hn-2019-09": gazette(2019, 9, 105, "2019年9月30日", _RULES.format(fine="五百")),
    "page": _RULES.format(fine="二百").partition("海宁市公园管理办法\n\n第一条")[0],
    "law-2015": _LAW.format(note="", fine="三十"),
    "law-2018": _LAW.format(note="　根据2018年6月1日《关于修改〈海宁市市容条例〉的决定》修正", fine="八十"),
}  # fmt: skip


def write(folder: Path, *names: str) -> Path:
    """A corpus of these files, or of all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or GAZETTES:
        (folder / f"{name}.txt").write_text(GAZETTES[name], encoding="utf-8")
    return folder
