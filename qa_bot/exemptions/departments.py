"""Departments of local government by their short names, as people say them and as documents write them."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["DEPARTMENTS", "Department", "departments_in", "in_english"]

Department = str
#: Short name: its English name and what it is called, too. Departments of a people's government at county
#: level and above, with those that were merged in 2018 (机构改革) under their new names.
DEPARTMENTS: dict[Department, tuple[str, str]] = {
    "财政": ("finance", "财政|财局"),
    "生态环境": ("environment", "生态环境|环境保护|环保|环境局|环境执法|环境部门"),
    "市场监管": ("market supervision", "市场监督|市场监管|市监|工商(?!联)|质监|质量技术监督|食药监|药监|食品药品|药品监"),
    "消防": ("fire", "消防"),
    "公安": ("police", "公安|交警|派出所|警察"),
    "城管": ("urban management", "城管|综合行政执法|综合执法|城市管理|行政执法局"),
    "税务": ("taxation", "税务|国税|地税|税局"),
    "交通运输": ("transport", "交通运输|交通局|交通执法|运管|道路运输"),
    "文化旅游": ("culture and tourism", "文化广电|文广旅|文化和旅游|文旅|旅游局|文化局|文化市场"),
    "人力社保": ("human resources", "人力资源|人力社保|人社|社保局|劳动监察|劳动局"),
    "住建": ("housing and construction", "住建|住房和城乡建设|住房城乡建设|建设局|房管"),
    "水利": ("water", "水利|水务"),
    "应急管理": ("emergency management", "应急管理|安监|安全生产监督|应急局"),
    "卫生健康": ("health", "卫生健康|卫健|卫生局|卫计"),
    "农业农村": ("agriculture", "农业农村|农业局|农业执法|渔业"),
    "自然资源": ("natural resources", "自然资源|国土|规划局|资规"),
    "教育": ("education", "教育局|教育部门|教委"),
    "民政": ("civil affairs", "民政"),
    "气象": ("meteorology", "气象"),
    "林业": ("forestry", "林业"),
    "统计": ("statistics", "统计局|统计部门|统计执法"),
    "海关": ("customs", "海关"),
    "烟草": ("tobacco", "烟草"),
    "商务": ("commerce", "商务局|商务部门|商务执法"),
    "发展改革": ("development and reform", "发改|发展和改革|发展改革|物价局"),
    "经济信息化": ("industry", "经信|经济和信息化|工信"),
    "科技": ("science and technology", "科技局|科技部门"),
    "司法": ("justice", "司法局|司法行政"),
    "医保": ("health insurance", "医保局|医疗保障"),
    "粮食": ("grain", "粮食局|粮食和物资|粮食部门"),
    "审计": ("audit", "审计局|审计部门"),
    "体育": ("sports", "体育局|体育部门"),
    "海事": ("maritime", "海事|港航"),
    "金融": ("financial supervision", "金融办|金融局|银保监|人民银行"),
    "邮政": ("post", "邮政管理"),
    "新闻出版": ("press", "新闻出版|版权局"),
    "民族宗教": ("ethnic and religious affairs", "民宗|民族宗教"),
    "退役军人": ("veterans", "退役军人"),
    "人防": ("civil defence", "人防|人民防空"),
}  # fmt: skip
_CITY = re.compile(r"^(?:[\u4e00-\u9fff]{2,8}?(?:省|市|县|区|州|盟|旗))+")


@lru_cache(maxsize=1024)
def departments_in(text: str) -> tuple[Department, ...]:
    """The departments that a text names, in the order of the table; 环保局 is 生态环境."""
    return tuple(name for name, (_, form) in DEPARTMENTS.items() if re.search(form, text))


def in_english(department: Department) -> str:
    """The English name; the department's own name where there is none."""
    return DEPARTMENTS[department][0] if department in DEPARTMENTS else department
