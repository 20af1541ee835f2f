"""Time, place and batch: what a text names, and what contradicts."""

from __future__ import annotations

import pytest

from qa_bot.facets import contradicted, facets


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2018年4月", {"year:2018", "month:4"}),
        ("二〇一九年十二月底前", {"year:2019", "month:12"}),
        ("第五批名单", {"batch:批5"}),
        ("第七届市民文化节", {"batch:届7"}),
        ("一季度", {"part:quarter1"}),
        ("上半年", {"part:half1"}),
        ("宁波和乐清", {"place:330200", "place:330382"}),
        ("内蒙古自治区", {"place:150000"}),
        ("GDP of Hangzhou in the first quarter of 2019", {"place:330100", "part:quarter1", "year:2019"}),
        ("nella quinta tornata", {"batch:批5"}),
        ("en avril 2019", {"month:4", "year:2019"}),
        ("May I open a shop?", set()),
        ("in May 2019", {"month:5", "year:2019"}),
        ("２０１９年", {"year:2019"}),
        ("中秋节的月饼", set()),
        ("价格2019元，13月", set()),
        ("第二次修改", {"batch:次2"}),
        ("", set()),
    ],
)  # fmt: skip
def test_facets(text, found):
    assert facets(text) == found


def test_a_latin_name_of_two_places_gives_both():
    assert facets("Taizhou") == {"place:321200", "place:331000"}


@pytest.mark.parametrize(
    ("question", "text", "kinds"),
    [
        ("2018年的物价", "2019年4月物价", {"year"}),
        ("2018年比2019年", "2019年4月物价", set()),
        ("5月份的任免", "4月份市政府人事任免", {"month"}),
        ("5月份的任免", "企业应当建立制度", set()),  # of no month: nothing against it
        ("上半年生产总值", "一季度生产总值", {"part"}),
        ("第五批名单", "第六批名单", {"batch"}),
        ("第五批名单", "第七届文化节", set()),
        ("宁波开药店", "温州市药品零售细则", {"place"}),
        ("宁波开药店", "企业应当建立制度", {"place"}),  # not of 宁波
        ("乐清开药店", "温州市药品零售细则", set()),  # 乐清 lies in 温州
        ("浙江的规定", "温州市药品零售细则", set()),
        ("瑞安", "乐清市", {"place"}),
        ("Taizhou", "台州市", set()),
        ("开药店", "2019年温州市第六批", set()),
    ],
)
def test_what_contradicts(question, text, kinds):
    assert contradicted(facets(question), facets(text)) == kinds
