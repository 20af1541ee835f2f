"""What the page says, in Chinese and in English, and which of them a browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal

__all__ = ["COOKIE", "TEXTS", "Language", "Wording", "language_of", "reader_language"]

Language = Literal["zh", "en"]
#: Holds the language that the reader has chosen.
COOKIE = "qa_bot_language"

# key: (Chinese, English). `kind_*` names kinds of clauses, `role_*` roles of contexts.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("公报问答", "Gazette answers"),
    "tagline": (
        "问一句，公报原文作答：逐字引用，注明出处。",
        "Ask; the gazette itself answers, word for word, with its source.",
    ),
    "promise_quote": ("逐字引用", "Word for word"),
    "promise_quote_more": (
        "答案里的每个字都出自公报，没有一个字是生成的。",
        "Every character of an answer stands in the gazette. None is generated.",
    ),
    "promise_cite": ("注明出处", "With its source"),
    "promise_cite_more": (
        "文件、文号、第几条第几款；点一下就看到原文所在。",
        "Document, number, article and paragraph; one click shows it in its place.",
    ),
    "promise_none": ("没有就说没有", "None means none"),
    "promise_none_more": (
        "公报里没有的，直说没有，不猜不编。",
        "What the gazette does not say, the page does not make up.",
    ),
    "tab_ask": ("提问", "Ask"),
    "tab_report": ("评测", "Evaluation"),
    "report_alone": ("单独打开这份报告", "Open this report on its own"),
    "no_report": ("还没有评测报告", "No evaluation yet"),
    "no_report_more": (
        "运行下面的命令，这里就显示它的报告：",
        "Run this command, and its report is shown here:",
    ),
    "examples": ("试试这些问题", "Try one of these"),
    "question_label": ("您的问题", "Your question"),
    "placeholder": ("请写下要查的事", "What would you like to know?"),
    "send": ("提问", "Ask"),
    "log_label": ("问答记录", "Questions and answers"),
    "searching": ("正在公报里查找…", "Searching the gazette…"),
    "failed": (
        "没能得到回答：服务没有响应。请稍后再问一次。",
        "No reply: the service did not respond. Please ask again in a moment.",
    ),
    "you_asked": ("问：", "Question: "),
    "answered": ("公报原文", "From the gazette"),
    "count": ("{count} 条，最相关的在前", "{count} passages, the most relevant first"),
    "count_one": ("1 条", "1 passage"),
    "confidence": ("把握 {percent}%", "{percent}% sure"),
    "confidence_title": (
        "估计第一条确实回答了问题的可能性",
        "Estimated probability that the first passage answers the question",
    ),
    "elapsed": ("{ms} 毫秒", "{ms} ms"),
    "not_found": ("公报里没有找到答案", "The gazette does not answer this"),
    "not_found_more": (
        "没有找到能回答这个问题的条文。可以换个说法，或写上文件名、文号、日期再问。",
        "No passage was found that answers it. Try other words, or name a document or a date.",
    ),
    "missing": ("所收的公报里没有：", "Not in this gazette: "),
    "read_as": ("按“{read}”理解“{typed}”", "reading “{read}” for “{typed}”"),
    "follows": ("接着上一问：", "Following up on: "),
    "follows_searched": ("查找的是：{text}", "Searched for: {text}"),
    "follows_drop": ("不要上文", "Drop the context"),
    "follows_drop_title": ("不看上文，单独问这一句", "Ask this question on its own"),
    "new_topic": ("新话题", "New topic"),
    "new_topic_begins": ("新话题：上文不再带入", "New topic: the above no longer counts"),
    "suggestions": ("相近条文，不是答案", "Nearby passages, NOT an answer"),
    "suggestion_badge": ("不是答案", "not an answer"),
    "nearby": ("公报里与此相近的有：", "The gazette does hold, nearby: "),
    "shared": ("与问题同有：", "Words of the question: "),
    "near_in_meaning": ("意思相近，没有相同的词", "Near in meaning, no word in common"),
    "question_error": ("这个问题没法查", "This cannot be searched"),
    "server_error": ("暂时查不了", "The search is not available"),
    "copy": ("复制引文", "Copy quote"),
    "copied": ("已复制", "Copied"),
    "copy_failed": ("复制不了，请手动选取", "Could not copy: select the text"),
    "in_place": ("在原文中查看", "Read in its place"),
    "new_tab": ("（新标签页）", " (new tab)"),
    "document": ("文件", "Document"),
    "number": ("文号", "Number"),
    "issuer": ("发文机关", "Issued by"),
    "issued_on": ("成文", "Dated"),
    "effective_from": ("施行", "In force from"),
    "valid_until": ("有效至", "Valid until"),
    "issue": ("刊于", "Published in"),
    "page": ("第 {page} 页起", "from p. {page}"),
    "status": ("效力", "Status"),
    "status_no_change_known": (
        "所收公报中未见修改或废止",
        "no change known in the issues held here",
    ),
    "status_as_amended": (
        "此处为修改后的文字，所收公报中未见再次修改或废止",
        "as amended; no later change known in the issues held here",
    ),
    "status_amended": ("已修改，此处为修改前的文字", "amended since; this is the text before"),
    "status_expired": ("已失效", "expired"),
    "status_repealed": ("已废止", "repealed"),
    "relations": ("引用与关联", "References and relations"),
    "relation_amends": ("修改", "Amends"),
    "relation_amended_by": ("修改依据", "Amended by"),
    "relation_repeals": ("废止", "Repeals"),
    "relation_repealed_by": ("被废止，见", "Repealed by"),
    "relation_prevails_over": ("优先于", "Prevails over"),
    "relation_yields_to": ("不一致时适用", "Yields to"),
    "relation_commences": ("施行日期，见", "Brings into force"),
    "relation_commenced_by": ("施行日期，见", "Brought into force by"),
    "relation_based_on": ("依据", "Based on"),
    "relation_basis_of": ("据以制定", "Basis of"),
    "relation_issues": ("印发", "Issues"),
    "relation_issued_by": ("印发文件", "Issued by"),
    "reference_internal": ("引用", "Refers to"),
    "reference_external": ("引用（不在所收公报中）", "Refers to (not held here)"),
    "reference_unresolved": ("引用（所指不能确定）", "Refers to (which one is not certain)"),
    "also_at": ("同样的话另见：", "The same words stand in: "),
    "together": ("请一并阅读", "To be read with it"),
    "told_above": ("见上：", "As above: "),
    "whole_companion": ("全文", "In full"),
    "companion_rule": ("一般规定", "General rule"),
    "companion_exception": ("例外或特别规定", "Exception or special case"),
    "companion_condition": ("适用条件", "Conditions"),
    "companion_amended": ("被修改的条文", "Amended article"),
    "companion_amendment": ("修改内容", "Amendment"),
    "companion_task": ("任务", "Task"),
    "companion_responsible": ("牵头落实", "Responsible"),
    "companion_definition": ("用语含义", "Definition"),
    "context": ("上下文", "Context"),
    "role_lead_in": ("引导语", "Lead-in"),
    "role_header": ("表头", "Table header"),
    "role_merged": ("合并单元格", "Merged cell"),
    "role_responsible": ("牵头落实", "Responsible"),
    "role_date": ("日期", "Date"),
    "role_heading": ("标题", "Heading"),
    "role_parent_row": ("上级指标", "Parent row"),
    "role_unit": ("单位", "Unit"),
    "role_note": ("表注", "Note"),
    "role_standing": ("对以下各项适用", "Holds for all that follow"),
    "table_label": ("表格的一行", "One row of a table"),
    "no_column": ("（无栏名）", "(no column name)"),
    "inherited": ("合并单元格", "merged cell"),
    "inherited_title": (
        "原表中这一格与其他行合并，对本行同样适用",
        "In the table this cell is merged with other rows and holds for this one too",
    ),
    "empty_cell": ("（空）", "(empty)"),
    "kind_article": ("条款", "Article"),
    "kind_item": ("项", "Item"),
    "kind_point": ("要点", "Point"),
    "kind_paragraph": ("正文", "Text"),
    "kind_amendment": ("修改条款", "Amendment"),
    "kind_responsible": ("牵头落实", "Responsible"),
    "kind_row": ("清单", "Table row"),
    "kind_list": ("名单", "List"),
    "kind_note": ("附注", "Note"),
    "kind_appointment": ("人事", "Appointment"),
    "kind_news": ("简讯", "News"),
    "kind_record": ("记事", "Record"),
    "kind_catalogue": ("发文目录", "Catalogue"),
    "kind_statistics": ("统计", "Statistics"),
    "kind_imprint": ("版权页", "Imprint"),
    "kind_cover": ("封面", "Cover"),
    "kind_caption": ("图片说明", "Caption"),
    "kind_feature": ("专版", "Feature"),
    "kind_contents": ("目录", "Contents"),
    "kind_title": ("标题", "Title"),
    "kind_signature": ("落款", "Signature"),
    "kind_": ("原文", "Text"),
    "home": ("返回提问", "Ask a question"),
    "you_are_here": ("所在位置", "Where it stands"),
    "full_text": ("公报全文", "Full text of the issue"),
    "before": ("上一条", "Before"),
    "after": ("下一条", "After"),
    "jump": ("跳到所引条文", "Go to the passage"),
    "check": ("核对用信息", "To check it yourself"),
    "check_more": (
        "按字符位置从原文件取出的文字，与上面标亮的逐字相同。",
        "The characters at these places of the source file are those lit above, one for one.",
    ),
    "source_file": ("原文件", "Source file"),
    "spans": ("字符位置", "Character positions"),
    "unknown_clause": ("没有这一条", "There is no such passage"),
    "unknown_clause_more": (
        "所收的公报里没有编号为“{id}”的条文。链接可能抄漏了字，或这一期已不在库中。",
        "No passage held here has the id “{id}”. The link may be cut short, or the issue is gone.",
    ),
    "quotes_only": ("只引原文，不生成文字", "Quotes only, nothing generated"),
    "corpus": ("所收公报", "Issues held"),
    "more_issues": ("等 {count} 期", "and others, {count} in all"),
    "version": ("版本", "Version"),
    # The tab of penalty exemptions, and the card of a record.
    "tab_exemptions": ("免罚清单", "Penalty exemptions"),
    "ex_title": ("免罚清单", "Penalty exemptions"),
    "ex_intro": (
        "哪些轻微违法可以不予处罚，条件是什么，否则怎样处罚：逐项引自公报里的清单。",
        "Which minor violations may be exempt from penalty, on which conditions, and what is due "
        "otherwise: item by item from the lists in the gazette.",
    ),
    "ex_query": ("做了什么", "What was done"),
    "ex_placeholder": ("用平常的话，如：没备案环评登记表", "In everyday words"),
    "ex_search": ("查找", "Search"),
    "ex_authority": ("机关", "Authority"),
    "ex_category": ("类别", "Category"),
    "ex_law": ("法律", "Law"),
    "ex_on": ("这一天有效", "In force on"),
    "ex_any": ("全部", "All"),
    "ex_clear": ("清除条件", "Clear"),
    "ex_results": ("查到的免罚事项", "Exemptions found"),
    "ex_table": ("免罚事项", "Penalty exemptions"),
    "ex_count": ("共 {total} 项", "{total} items"),
    "ex_count_one": ("共 1 项", "1 item"),
    "ex_count_of": ("显示 {count} 项，共 {total} 项", "{count} of {total} items"),
    "ex_by_fit": (
        "最相近的在前，未必就是您说的那件事",
        "closest first; even the first need not be what you mean",
    ),
    "ex_all": ("显示全部 {total} 项", "Show all {total}"),
    "ex_export": ("导出所显示的：", "Export what is shown: "),
    "ex_format_csv": ("CSV", "CSV"),
    "ex_format_xlsx": ("Excel", "Excel"),
    "ex_format_json": ("JSON", "JSON"),
    "ex_sort_by": ("排序", "Sort by"),
    "ex_sort_up": ("按此升序排列", "Sort ascending"),
    "ex_sort_down": ("改为降序", "Sort descending"),
    "ex_sort_none": ("恢复原来的顺序", "Back to the first order"),
    "ex_column_number": ("序号", "No."),
    "ex_column_authority": ("机关", "Authority"),
    "ex_column_category": ("类别", "Category"),
    "ex_column_violation": ("违法行为", "Violation"),
    "ex_column_penalty": ("罚款上限", "Highest fine"),
    "ex_not_quoted": ("清单未载", "not quoted"),
    "ex_no_figure": ("未写数额", "no amount named"),
    "ex_nothing": ("没有符合条件的免罚事项", "No exemption fits"),
    "ex_values_authority": ("可选的机关：", "Authorities: "),
    "ex_values_category": ("可选的类别：", "Categories: "),
    "ex_values_law": ("可选的法律：", "Laws: "),
    "ex_values_on": ("可选的日期：", "Days: "),
    "ex_not_searched": ("这样没法查", "This cannot be searched"),
    "ex_failed": (
        "没能查到：服务没有响应。请稍后再试一次。",
        "No result: the service did not respond. Please try again in a moment.",
    ),
    "ex_loading": ("正在查找…", "Searching…"),
    "ex_unknown": (
        "没有编号为“{id}”的免罚事项：链接可能抄漏了字，或这一期已不在库中。",
        "There is no exemption with the id “{id}”: the link may be cut short, or the issue is gone.",
    ),
    "ex_no_lists": ("所收的公报里没有免罚清单", "The issues held here hold no list of exemptions"),
    "ex_no_lists_more": (
        "不予处罚、首违不罚、从轻减轻处罚的清单一经收录，就显示在这里。",
        "Lists of violations that may be exempt from penalty are shown here once they are added.",
    ),
    "ex_badge": ("免罚事项", "Exemption"),
    "ex_card_label": ("免罚事项", "Penalty exemption"),
    "ex_place": ("在原文中", "In its place"),
    "ex_circumstances": ("情形", "Case"),
    "ex_may": ("符合条件的", "If the conditions hold"),
    "ex_conditions": ("条件", "Conditions"),
    "ex_general": ("整份清单的条件", "For the whole list"),
    "ex_own": ("本项的条件", "For this item"),
    "ex_no_condition": ("清单没有写明条件", "The list states no condition"),
    "ex_otherwise": ("不符合条件的", "Otherwise"),
    "ex_figures": ("罚款数额", "Fines in figures"),
    "ex_quotes_none": ("这份清单没有载明罚则", "This list does not quote the penalty"),
    "ex_names_no_amount": ("原文没有写明罚款数额", "The text names no amount"),
    "ex_basis": ("法律依据", "Legal basis"),
    "ex_no_basis": ("清单没有写明依据", "The list names none"),
    "ex_role_prohibition": ("违反的条款", "Provision violated"),
    "ex_role_penalty": ("处罚依据", "Basis of the penalty"),
    "ex_role_relief": ("不予处罚依据", "Basis of the exemption"),
    "ex_time": ("适用时间", "When it applies"),
    "ex_from": ("{day} 起施行", "in force from {day}"),
    "ex_until": ("有效至 {day}", "valid until {day}"),
    "ex_covers": ("尚未作出处罚决定的案件可以适用", "open cases may be covered"),
    "ex_covers_not": ("尚未作出处罚决定的案件不适用", "open cases are not covered"),
    "ex_comma": ("，", ", "),
    "ex_advice": (
        "是否处罚由执法机关决定；这里只引清单原文，不作判断。",
        "Whether to penalise is for the authority to decide; this only quotes the list.",
    ),
    "ex_source": ("出处：", "Source: "),
    "ex_copy_citation": ("复制出处", "Copy citation"),
    "ex_link": ("本项链接", "Link to this item"),
    "ex_in_list": ("在免罚清单中查看", "See it in the list"),
    "ex_printed": ("清单原行", "The row as printed"),
    # The chat page: filters, history, sharing, the panel of the original.
    "example_kind_article": ("条款", "Article"),
    "example_kind_document": ("文件", "Document"),
    "example_kind_exemption": ("免罚", "Exemption"),
    "example_kind_record": ("记事", "Record"),
    "example_kind_appointment": ("人事", "Personnel"),
    "example_kind_statistics": ("统计", "Statistics"),
    "example_kind_list": ("名单", "List"),
    "example_kind_foreign": ("外文", "English"),
    "filters": ("筛选", "Filters"),
    "filters_on": ("只在以下范围查找：", "Searching only in: "),
    "filters_within": ("只查了：", "Searched only: "),
    "filters_clear": ("不筛选", "Clear filters"),
    "not_found_within": ("所选范围内没有找到答案", "Nothing in the chosen range answers this"),
    "filters_without": ("不筛选再问", "Ask without filters"),
    "filter_issue": ("期", "Issue"),
    "filter_issuer": ("发文机关", "Issued by"),
    "filter_kind": ("文件种类", "Kind of document"),
    "filter_document": ("文件", "Document"),
    "filter_since": ("成文自", "Issued from"),
    "filter_until": ("成文至", "Issued to"),
    "filter_in_force": (
        "不要已知失效或废止的",
        "Leave out what is known to be expired or repealed",
    ),
    "filter_any": ("不限", "any"),
    "filter_error": ("这样筛选没有结果", "These filters leave nothing"),
    "within_document": ("只在此文件里再问", "Ask again within this document"),
    "edit_question": ("改一改再问", "Edit and ask again"),
    "copy_link": ("复制链接", "Copy link"),
    "copy_citation": ("复制出处", "Copy citation"),
    "clear_log": ("清空记录", "Clear the log"),
    "restored": ("以上是刷新前的问答", "The above was asked before the page was loaded anew"),
    "panel_label": ("公报原文", "The gazette itself"),
    "panel_open": ("在新标签页打开", "Open in a new tab"),
    "panel_close": ("关闭", "Close"),
    "language_other": ("English", "中文"),
    "language_label": ("Switch to English", "切换为中文"),
    # The tab in which quotes and citations are verified.
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
    "ve_as_near": ("同样相近的条文", "Passages that are as near"),
    "ve_near": ("相近的条文，不等于核实", "Nearby passages: they confirm NOTHING"),
    "ve_spans": ("{file}，字符 {spans}", "{file}, characters {spans}"),
    # Browsing: the tab, the page of an issue, the page of a document, and what is unknown.
    "tab_browse": ("目录", "Browse"),
    "br_title": ("公报目录", "Issues and documents"),
    "br_intro": (
        "所收公报的全部文件：逐期逐栏，点开就是原文。",
        "Every document of the issues held here, by issue and section; each opens as printed.",
    ),
    "br_open_issue": ("打开这一期", "Open this issue"),
    "br_other_issues": ("其他各期", "Other issues"),
    "br_year": ("{year}年", "{year}"),
    "br_no_year": ("其他文件", "Other files"),
    "br_no_issues": ("还没有收录公报", "No issue is held yet"),
    "br_no_section": ("刊头、目录及其他", "Masthead, contents and other"),
    "br_issues_count": ("{count} 期", "{count} issues"),
    "br_documents_count": ("{count} 篇", "{count} documents"),
    "br_documents_count_one": ("1 篇", "1 document"),
    "br_clauses_count": ("{count} 条", "{count} passages"),
    "br_clauses_count_one": ("1 条", "1 passage"),
    "br_outline": ("内容", "Contents"),
    "br_more": ("还有 {count} 处，见全文", "{count} more: see the text"),
    "br_issue": ("公报一期", "Issue"),
    "br_published_on": ("出版日期", "Published on"),
    "br_publisher": ("主办", "Publisher"),
    "br_total_number": ("总期号", "Issue in all"),
    "br_origin": ("文本来源", "Where the text is from"),
    "br_documents": ("文件", "Documents"),
    "br_previous_issue": ("上一期", "Issue before"),
    "br_next_issue": ("下一期", "Issue after"),
    "br_previous": ("上一篇", "Document before"),
    "br_next": ("下一篇", "Document after"),
    "br_page_from": ("第 {page} 页", "p. {page}"),
    "br_page": ("页码", "Starts on page"),
    "br_registration": ("登记号", "Registration no."),
    "br_addressees": ("主送", "To"),
    "br_month": ("所记月份", "Month covered"),
    "br_section": ("栏目", "Section"),
    "br_facts": ("文件信息", "About this document"),
    "br_parts": ("组成", "Parts"),
    "br_body": ("正文", "Text of the document"),
    "br_also_called": ("又称", "also called"),
    "br_relations": ("与其他文件的关系", "Relations to other documents"),
    "br_not_held": ("所收公报中没有", "not held here"),
    "br_said_by": ("见", "see"),
    "br_from_day": ("自 {day}", "from {day}"),
    "br_ask_head": ("就本文件提问", "Ask about this document"),
    "br_ask_label": ("您的问题", "Your question"),
    "br_ask": ("提问", "Ask"),
    "br_search_head": ("在本文件中查找", "Search in this document"),
    "br_search_label": ("查找的词句", "Words to look for"),
    "br_search": ("查找", "Search"),
    "br_search_clear": ("清除", "Clear"),
    "br_found_exact": (
        "“{query}”出现 {count} 处，见于 {total} 条，文中已标亮",
        "“{query}”: {count} occurrences in {total} passages, lit in the text",
    ),
    "br_found_exact_one": (
        "“{query}”出现 1 处，文中已标亮",
        "“{query}”: 1 occurrence, lit in the text",
    ),
    "br_found_first": ("跳到第一处", "Go to the first"),
    "br_found_more": ("只列前 {count} 条", "the first {count} are listed"),
    "br_found_near": (
        "没有逐字出现“{query}”；意思相符的条文：",
        "“{query}” does not occur word for word; passages that answer it:",
    ),
    "br_found_suggested": (
        "本文件里没有找到“{query}”。下面是最相近的条文，不是答案：",
        "“{query}” was not found in this document. The nearest passages, NOT an answer:",
    ),
    "br_found_nothing": (
        "本文件里没有找到“{query}”。",
        "“{query}” was not found in this document.",
    ),
    "br_contents": ("目次", "Table of contents"),
    "br_text": ("文件原文", "Text of the document"),
    "br_table": ("表格", "Table"),
    "br_part_anchor": ("组成部分", "Part"),
    "br_place_link": ("单独看：{label}", "Open by itself: {label}"),
    "br_share": ("复制链接", "Copy link"),
    "br_print_source": ("本页地址：", "Address of this page: "),
    "br_of_document": ("看整篇文件", "The whole document"),
    "br_ask_about": ("就这份文件提问", "Ask about this document"),
    "br_on_page": ("公报第 {page} 页起的文件", "in the document that starts on p. {page}"),
    "br_unknown_issue": ("没有这一期", "There is no such issue"),
    "br_unknown_document": ("没有这份文件", "There is no such document"),
    "br_unknown_more": (
        "所收的公报里没有编号为“{id}”的内容。链接可能抄漏了字，或这一期已不在库中。",
        "Nothing held here has the id “{id}”. The link may be cut short, or the issue is gone.",
    ),
    "br_near_ids": ("您要找的可能是：", "You may have meant: "),
    "br_all_issues": ("各期目录", "All issues"),
    "br_kind_notice": ("文件", "Notice"),
    "br_kind_personnel": ("人事任免", "Appointments"),
    "br_kind_briefs": ("简讯", "News in brief"),
    "br_kind_records": ("记事", "Records"),
    "br_kind_catalogue": ("发文目录", "Catalogue"),
    "br_kind_statistics": ("统计", "Statistics"),
    "br_kind_masthead": ("刊头", "Masthead"),
    "br_kind_contents": ("目录", "Contents"),
    "br_kind_imprint": ("版权页", "Imprint"),
    "br_kind_cover": ("封面", "Cover"),
    "br_kind_captions": ("图片说明", "Captions"),
    "br_kind_feature": ("专版", "Feature"),
    "br_kind_other": ("其他", "Other"),
    # What a reader says of a turn (feedback_pages.py, feedback.html).
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


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language; call it with a key.

    Attributes:
        language: which one.
    """

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text for `key`, its `{names}` filled in; `KeyError` for an unknown key."""
        text = TEXTS[key][0 if self.language == "zh" else 1]
        return text.format(**values) if values else text

    def kind(self, kind: str) -> str:
        """The badge of a clause kind; a general one for a kind that the page does not know yet."""
        return self(f"kind_{kind}" if f"kind_{kind}" in TEXTS else "kind_")

    def example_kind(self, kind: str) -> str:
        """The kind of an example in words."""
        return self(f"example_kind_{kind}") if f"example_kind_{kind}" in TEXTS else self.kind(kind)

    def role(self, role: str) -> str:
        """The name of a context's role; the role itself if the page does not know it yet."""
        return self(f"role_{role}") if f"role_{role}" in TEXTS else role

    def of_pair(self, pair: tuple[str, str]) -> str:
        """This language's text of a pair (Chinese, English), with a capital."""
        text = pair[0 if self.language == "zh" else 1]
        return text[:1].upper() + text[1:]

    def of_error(self, message: str) -> str:
        """This language's half of an error message, which reads `中文 / English`."""
        chinese, bar, english = message.partition(" / ")
        return english if bar and self.language == "en" else chinese

    @property
    def tag(self) -> str:
        """For the `lang` attribute."""
        return "zh-CN" if self.language == "zh" else "en"


def reader_language(accept_language: str | None) -> Language:
    """Chinese, unless the browser asks for another language first.

    The chat page, its cards and the clause page all go by it, so that none mixes two languages.
    """
    best, weight = "zh", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.partition(";")
        tag = tag.strip().lower()
        name, _, value = parameters.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        if tag and tag != "*" and quality > weight:
            best, weight = tag, quality
    return "zh" if best.partition("-")[0] == "zh" else "en"


def language_of(headers: Mapping[str, str]) -> Language:
    """The language that the reader has chosen on the page, or else that of the browser.

    Args:
        headers: of the request, names in any case as Starlette's.
    """
    try:
        chosen = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        chosen = None
    if chosen is not None and chosen.value in ("zh", "en"):
        return "zh" if chosen.value == "zh" else "en"
    return reader_language(headers.get("accept-language"))
