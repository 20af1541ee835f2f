"""Verification, case by case: what is said of a quote, a citation, both together, and of a whole draft."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.clauses import parse_clauses
from qa_bot.errors import InputError
from qa_bot.gazette import parse_issue
from qa_bot.index import Records
from qa_bot.ingest import Known, read_source
from qa_bot.text import strip_space
from qa_bot.verify import MAX_TEXT, VERDICTS, Check, Verifier, check_text
from qa_bot.verify.characters import canonical
from qa_bot.verify.nearness import nearest
from qa_bot.verify.passages import Passages
from qa_bot.verify.quotes import Quote, find_verbatim
from tests.making import records_of

RULES = "《温州市药品零售（连锁）经营许可实施细则》"
AREA = "企业经营场所面积不得少于40平方米。"
ARTICLE_51 = "温市监规〔2019〕1号/annex_1/art_51/para_1"
LOAN = "其中新创办个体工商户可申请不超过30万元的贷款，新创办的企业可申请不超过60万元的贷款"


@pytest.fixture(scope="module")
def verifier(records: Records) -> Verifier:
    return Verifier(records, ("苗伟伦", "李无文", "温州市财政局"))


def one(verifier: Verifier, text: str) -> Check:
    (check,) = verifier.verify(text).checks
    return check


def ids(check: Check) -> list[str]:
    return [place.record.clause.id for place in check.at if place.record]


# ---- quotes


@pytest.mark.parametrize(
    ("quote", "verdict", "ignored"),
    [
        (LOAN, "verified", []),
        # layout: a break, a blank, both
        (LOAN.replace("30", "\n30"), "verified", ["line_breaks"]),
        (LOAN.replace("30", " 30 "), "verified", ["white_space"]),
        # width: a digit may change it, never its value
        (LOAN.replace("30", "３０"), "verified", ["digit_width"]),
        (LOAN.replace("，", ","), "verified", ["punctuation_width"]),
        (LOAN.replace("30", "\u200b30"), "verified", ["invisible"]),
        ("其中新創辦個體工商戶可申請不超過30萬元的貸款", "verified", ["script"]),
        ("按照「一張政策清單」的要求", "verified", ["quotation_marks", "script"]),
        # a number that lost or changed a digit is another number
        (LOAN.replace("30", "3"), "altered", []),
        (LOAN.replace("30", "300"), "altered", []),
        (LOAN.replace("不超过60", "超过60"), "altered", []),
        # m² is not m2, 10² is not 102: these are other characters
        ("面积不得少于4０平方米", "ambiguous", ["digit_width"]),
        ("面积不得少于4⁰平方米，不得违反", "altered", []),
        # where it stands three times, none is chosen
        (AREA, "ambiguous", []),
        # the article's number may be quoted with it
        (f"第五十一条 {AREA}", "verified", []),
        ("今天天气很好，我们去公园玩吧", "not_found", []),
    ],
)
def test_a_quote(verifier: Verifier, quote: str, verdict: str, ignored: list[str]) -> None:
    check = one(verifier, quote)
    assert (check.kind, check.verdict) == ("quote", verdict), check.message
    assert list(check.ignored) == ignored
    made = check.to_json()
    assert made["normalised"] is bool(ignored)
    assert made["text"] == quote


@pytest.mark.parametrize(
    ("quote", "changes"),
    [
        ("企业经营场所面积不得少于60平方米。", [("number", "40平方米", "60平方米")]),
        ("企业经营场所面积可以少于40平方米。", [("negation", "不得", "可以")]),
        ("其中新创办个体工商户可申请不超过80万元的贷款", [("amount", "30万元", "80万元")]),
        ("其中新创办个体工商户可申请超过30万元的贷款", [("limit", "不超过", "超过")]),
        ("本通知自印发之日起施行,适用于2018年1月1日起的奖补对象", [("date", "2019年1月1日", "2018年1月1日")]),
        ("市长张高员参加中央专项督导浙江省工作动员会", []),
        ("副市长李无文参加全市宗教工作督查整改工作专题会", [("name", "苗伟伦", "李无文")]),
        ("返还其上年度实际缴纳失业保险费的60%", [("percentage", "50%", "60%")]),
        (
            "《温州市人民政府关于做好全市新时期就业创业工作的实施意见》(温政发〔2018〕22号)与本通知不一致的,按本通知执行",
            [("document_number", "温政发[2018]21号", "温政发[2018]22号")],
        ),
    ],
)  # fmt: skip
def test_what_matters_is_called_out(
    verifier: Verifier, quote: str, changes: list[tuple[str, str, str]]
) -> None:
    check = one(verifier, quote)
    assert check.verdict == "altered", check.message
    assert [(c.kind, c.source, c.quote) for c in check.changed_values] == changes
    assert "".join(piece.quote for piece in check.pieces) == quote
    for difference in check.differences:
        start, end = difference.quote_span
        assert quote[start:end] == difference.quote
        assert difference.op == "insert" or difference.source_spans


def test_cells_of_a_table_do_not_run_together(verifier: Verifier) -> None:
    assert one(verifier, "1\t鹿城\t35\t11\t11\t18").verdict == "verified"
    assert one(verifier, "1 鹿城 35 11 11 18").verdict == "verified"
    run = one(verifier, "1 鹿城 3511 11 18")
    assert run.verdict == "altered"
    assert [(d.op, d.quote, d.source) for d in run.differences] == [("boundary", "3511", "35\t11")]
    assert one(verifier, "1 鹿城 351 1 11 18").verdict == "altered"


def test_a_short_quote_says_that_it_is_short(verifier: Verifier) -> None:
    check = one(verifier, "40平方米")
    assert check.short
    assert check.verdict == "ambiguous"
    assert check.places == 4
    assert not one(verifier, LOAN).short


def test_parts_around_an_ellipsis_stand_in_order(verifier: Verifier) -> None:
    check = one(
        verifier, "符合条件的自主创业人员可申请创业担保贷款……新创办的企业可申请不超过60万元的贷款"
    )
    assert (check.verdict, check.elided) == ("verified", True)
    assert ids(check) == ["温政发〔2019〕5号/part_3"]
    turned = one(
        verifier, "新创办的企业可申请不超过60万元的贷款……符合条件的自主创业人员可申请创业担保贷款"
    )
    assert turned.verdict == "altered"
    changed = one(
        verifier, "符合条件的自主创业人员可申请创业担保贷款……新创办的企业可申请不超过90万元的贷款"
    )
    assert (changed.verdict, changed.elided) == ("altered", True)
    assert [c.quote for c in changed.changed_values] == ["90万元"]


def test_a_page_number_behind_dots_is_not_left_to_chance(
    verifier: Verifier, records: Records
) -> None:
    """A contents line with the page of the next line was verified: its dots were read as an ellipsis."""
    line = records.by_id("wenzhou-2019-04/contents/line_1")
    assert line
    assert one(verifier, line.clause.text).verdict == "verified"
    assert one(verifier, line.clause.text.replace("（02）", "（05）")).verdict == "altered"


def test_a_printed_sign_at_the_start_of_a_line_is_no_mark_of_a_quoted_line(
    verifier: Verifier,
) -> None:
    """县<市、⏎区>人民政府, broken before the >, was said to lack it."""
    assert one(verifier, "均需县<市、区\n>人民政府").verdict == "verified"


def test_a_quote_may_run_through_clauses(verifier: Verifier, records: Records) -> None:
    first = records.by_id("wenzhou-2019-04/records/2019-04-01/entry_1")
    second = records.by_id("wenzhou-2019-04/records/2019-04-01/entry_2")
    assert first
    assert second
    check = one(verifier, f"{first.clause.text}\n{second.clause.text}")
    assert check.verdict == "verified"
    assert ids(check) == [first.clause.id, second.clause.id]
    # the triangle that the gazette prints between them was not quoted, and that is said
    assert "labels" in check.ignored
    again = one(verifier, f"{second.clause.text}\n{first.clause.text}")
    assert again.verdict == "altered"
    article = records.by_id("温市监规〔2019〕1号/annex_1/art_51")
    assert article
    whole = one(verifier, article.clause.text)
    assert ids(whole) == [article.clause.id]


# ---- citations


@pytest.mark.parametrize(
    ("citation", "verdict", "said"),
    [
        (f"{RULES}第五十一条第一款", "exists", ""),
        (f"{RULES}（温市监规〔2019〕1号附件）第五十一条第一款", "exists", ""),
        ("温政发〔2019〕5号第三点", "exists", ""),
        ("温政发[2019]5号", "exists", ""),
        ("《温州市人民政府公报》2019年第4期", "exists", ""),
        ("《温州市人民政府公报》2019年第4期“政府记事”", "exists", ""),
        # the document is here, and goes no further
        (f"{RULES}第七十条", "not_found", "共69条"),
        ("温政发〔2019〕5号第十三点", "not_found", "共9点"),
        (f"{RULES}第五十一条第九款", "not_found", "没有第五十一条第九款"),
        (f"{RULES}（温市监规〔2018〕1号）第五条", "not_found", "文号是温市监规〔2019〕1号"),
        # named here, and not printed here
        ("浙政发〔2018〕50号", "not_found", "只提到"),
        ("《中华人民共和国药品管理法》第五十条", "not_found", "没有《中华人民共和国药品管理法》"),
        ("《温州市人民政府公报》2020年第4期", "not_found", "没有收录"),
        # 第二点 of a number whose annex has none; 第五十一条 of any work
        ("第五十一条", "exists", ""),
        ("第三部分", "not_found", ""),
    ],
)
def test_a_citation(verifier: Verifier, citation: str, verdict: str, said: str) -> None:
    check = one(verifier, citation)
    if citation == "第三部分":  # of which work, nothing says: it is read as words
        assert check.kind == "quote"
        return
    assert (check.kind, check.verdict) == ("citation", verdict), check.message
    assert said in check.message[0]


# ---- a quote with its citation


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"{RULES}第五十一条第一款规定：“{AREA}”", "verified"),
        (f"“{AREA}”（{RULES}第五十一条第一款）", "verified"),
        (f"“{AREA}”，见{RULES}第五十一条第一款。", "verified"),
        (f"{AREA}\n——{RULES}第五十一条第一款", "verified"),
        (f"> {AREA[:8]}\n> {AREA[8:]}\n\n——{RULES}第五十一条第一款", "verified"),
        (f"{RULES}第五十一条第一款规定：\n> {AREA}\n", "verified"),
        (f"根据{RULES}第五十条，「{AREA}」", "misattributed"),
        (f"根据{RULES}第七十条，“{AREA}”", "misattributed"),
        (f"{RULES}第五十一条第一款规定，“{AREA.replace('40', '60')}”", "altered"),
        # the work cited is not held: nothing can be said of what it says
        (f"《中华人民共和国药品管理法》第五十条规定：“{AREA}”", "not_found"),
        (f"{RULES}第五十一条第一款规定：“应当在每个路口设置绿色的标志牌并由专人看守”", "not_found"),
    ],
)
def test_a_quote_with_its_citation(verifier: Verifier, text: str, verdict: str) -> None:
    check = one(verifier, text)
    assert (check.kind, check.verdict) == ("quote_with_citation", verdict), check.message
    assert check.cited
    for start, end in check.spans:
        assert text[start:end]
    if verdict == "verified":
        assert ids(check) == [ARTICLE_51]
    if verdict == "misattributed":
        assert ARTICLE_51 in ids(check)
        assert check.to_json()["cited"]["text"].startswith(RULES)


def test_a_change_is_shown_against_the_clause_that_is_cited(verifier: Verifier) -> None:
    text = f"{RULES}第五十一条第一款规定：“{AREA.replace('40', '60')}”"
    check = one(verifier, text)
    assert check.compared
    (place,) = check.compared.places
    assert place.record
    assert place.record.clause.id == ARTICLE_51


def test_a_change_of_what_stands_three_times_is_shown_against_all(verifier: Verifier) -> None:
    """Two paragraphs and the notice that amends them say 40平方米; only the first of the three was shown."""
    quote = AREA.replace("40", "90")
    check = one(verifier, quote)
    assert check.compared
    against = [check.compared, *check.near]
    shown = [place.record.clause.id for one in against for place in one.places if place.record]
    assert sorted(shown) == sorted(ids(one(verifier, AREA)))
    assert len(set(shown)) == len(shown) == 3
    assert {one.text for one in against} == {AREA}
    assert "另有 2 处与引文同样相近" in check.message[0]
    # a citation decides
    cited = one(verifier, f"{RULES}第五十一条第一款规定：“{quote}”")
    assert not cited.near
    assert "同样相近" not in cited.message[0]
    # and so does the rest of the clause
    assert not one(verifier, LOAN.replace("30", "80")).near


def test_other_words_may_be_as_near(verifier: Verifier) -> None:
    """One paragraph says 60平方米, with a comma behind it; a quote of that was held against 40平方米 alone."""
    check = one(verifier, AREA.replace("40", "60"))
    assert check.verdict == "altered"
    assert "企业经营场所面积不得少于60平方米," in [one.text for one in check.near]


def test_a_draft_with_several(verifier: Verifier) -> None:
    text = (
        f"一、{RULES}第五十一条第一款规定：“企业经营场所面积不得少于60平方米。”\n"
        "二、温政发〔2019〕5号第三点对贷款作了规定；另见《中华人民共和国药品管理法》。\n"
        "三、文件说“其中新创办个体工商户可申请不超过30万元的贷款”，可以照办。"
    )
    made = verifier.verify(text)
    assert [(c.kind, c.verdict) for c in made.checks] == [
        ("quote_with_citation", "altered"),
        ("citation", "exists"),
        ("citation", "not_found"),
        ("quote", "verified"),
    ]
    assert not made.holds
    assert made.to_json()["summary"] == dict.fromkeys(VERDICTS, 0) | {
        "altered": 1, "exists": 1, "not_found": 1, "verified": 1,
    }  # fmt: skip


def test_a_clause_that_quotes_and_cites_is_one_quote(verifier: Verifier) -> None:
    """It holds 《…》(温政发〔2018〕21号), and is not to be taken apart for that, changed or not."""
    text = "《温州市人民政府关于做好全市新时期就业创业工作的实施意见》(温政发〔2018〕21号)与本通知不一致的,按本通知执行。"
    assert (one(verifier, text).kind, one(verifier, text).verdict) == ("quote", "verified")
    changed = one(verifier, text.replace("不一致", "一致"))
    assert (changed.kind, changed.verdict) == ("quote", "altered")


def test_nearest_clauses_confirm_nothing(verifier: Verifier) -> None:
    check = one(verifier, "企业经营场所的面积由企业自己根据需要来确定并且不受限制和约束")
    assert check.verdict == "not_found"
    assert not check.at
    assert all(near.similarity < 0.6 for near in check.near)


# ---- limits


@pytest.mark.parametrize("text", ["", "  \n", "。，", "半个\ud800字", "字" * (MAX_TEXT + 1)])
def test_what_cannot_be_verified_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=" / "):
        check_text(text)


def test_the_longest_text_is_verified(verifier: Verifier, records: Records) -> None:
    text = records.text(records.issues[0].id)[:MAX_TEXT]
    assert check_text(text) == text
    made = verifier.verify(text)
    assert made.elapsed_ms < 20_000


def test_no_issue_is_read_anew_for_a_quote(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote at 200 places in 200 issues took seven seconds: all clauses of each issue were read."""
    passages = Passages(records)

    def refuse(*_: object) -> None:
        raise AssertionError("all clauses of an issue are read")

    monkeypatch.setattr(records, "of", refuse)
    matches = find_verbatim(passages, Quote.of(AREA, 0))
    assert len(matches) == 3
    assert nearest(passages, Quote.of(AREA.replace("40", "90"), 0))


# ---- layouts that our gazette does not have


def test_a_page_number_within_a_clause_is_no_alteration(tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_text(
        "某某县人民政府公报\n2020年第1期\n\n某某县人民政府关于加强河道管理的通知\n某政发〔2020〕1号\n\n"
        "各乡镇人民政府：\n\n一、河道管理范围内禁止堆放阻碍行洪的物体，违者由水利部门\n\n— 3 —\n\n"
        "责令限期清除，并处一万元以下罚款。\n\n二、本通知自2020年2月1日起施行。\n\n某某县人民政府\n2020年1月5日\n",
        encoding="utf-8",
    )
    source = read_source(path)
    issue = parse_issue(source, Known())
    parsed = parse_clauses(issue, source)
    other = Verifier(records_of(tmp_path, [(issue, source, None, parsed)]))
    whole = "违者由水利部门责令限期清除，并处一万元以下罚款。"
    check = one(other, whole)
    assert check.verdict == "verified", check.message
    assert "3" not in "".join(source.text[a:b] for p in check.at for a, b in p.spans)
    changed = one(other, whole.replace("一万", "三万"))
    assert [(c.kind, c.source, c.quote) for c in changed.changed_values] == [
        ("amount", "一万元", "三万元")
    ]


@pytest.mark.parametrize(
    ("one_form", "other"),
    [("２０１９", "2019"), ("〔", "["), ("“", '"'), ("。", "."), ("⼀", "一"), ("○", "〇"), ("——", "--"), ("a\u00adb", "ab")],
)  # fmt: skip
def test_forms_of_one_character(one_form: str, other: str) -> None:
    assert canonical(one_form).text == canonical(other).text


@pytest.mark.parametrize(
    ("one_form", "other"),
    [("10²", "102"), ("①", "1"), ("、", ","), ("㎡", "m2"), ("A", "a"), ("Ⅱ", "II"), ("五", "5")],
)
def test_other_characters(one_form: str, other: str) -> None:
    assert canonical(one_form).text != canonical(other).text


@pytest.mark.parametrize(
    ("quote", "before", "after"),
    [
        # the subject that limits it is left out
        (
            "企业经营场所面积不得少于60平方米",
            "兼有中药饮片经营范围的",
            ",中药饮片经营区域应相对独立",
        ),
        (
            "中药饮片经营区域应相对独立。",
            "兼有中药饮片经营范围的企业经营场所面积不得少于60平方米,",
            "",
        ),
        ("对不裁员或少裁员的参保企业", "", "，返还其上年度实际缴纳失业保险费的50%"),
        # a whole sentence of several, and a whole clause
        ("一、加大稳岗支持力度。", "", ""),
        (
            "兼有中药饮片经营范围的企业经营场所面积不得少于60平方米,中药饮片经营区域应相对独立。",
            "",
            "",
        ),
        # without its full stop it says the same
        (
            "兼有中药饮片经营范围的企业经营场所面积不得少于60平方米,中药饮片经营区域应相对独立",
            "",
            "",
        ),
    ],
)
def test_half_a_sentence_is_verified_and_what_it_leaves_out_is_said(verifier, quote, before, after):
    (check,) = verifier.verify(quote).checks
    assert check.verdict == "verified"
    assert check.left_out == (before, after)
    for left in (before, after):
        assert left in check.message[0]


def test_what_a_quote_leaves_out_is_the_clauses_own(records, verifier):
    for identity in records.ids()[::5]:
        clause = records.by_id(identity).clause
        if clause.cells or len(clause.text) < 40:
            continue
        quote = clause.text[13:33].strip()
        for check in verifier.verify(quote).checks:
            if (
                check.kind == "quote"
                and check.verdict == "verified"
                and check.text == quote.strip()
            ):
                before, after = check.left_out
                assert before in clause.text
                assert after in clause.text
                assert strip_space(before + quote + after) in strip_space(clause.text)


def test_a_heading_is_cited_with_single_marks_within_its_title(verifier, records):
    """《温州市市场监督管理局关于修订《温州市药品…》…》 had marks within marks."""
    (check,) = verifier.verify("第四章 药品零售企业设置标准").checks
    assert check.at
    for place in check.at:
        assert place.record is None
        assert place.citation == records.citation_of("温市监规〔2019〕1号")
        assert "关于修订〈温州市药品零售（连锁）经营许可实施细则〉" in place.citation
