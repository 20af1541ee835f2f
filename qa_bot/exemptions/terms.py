"""Whether a question asks after the terms of a list of exemptions as a whole, and of no violation in it."""

from __future__ import annotations

from qa_bot.exemptions.departments import DEPARTMENTS, departments_in
from qa_bot.patterns import late

__all__ = ["asks_for_exemptions", "asks_for_terms", "concerns"]

# 能免吗, and no 免费.
_EXEMPT = late(
    r"免罚|[能可会得]免(?![费税])|不(?:予|用|会)?(?:行政)?处?罚|免[于予]?(?:行政)?处罚|首违|轻微违法|从轻|减轻|包容"
)
# What such a question is made of. 第二次违法还能免吗, 免罚要什么条件, 环保的免罚清单初犯才算吗.
_SAID = late(
    "|".join(
        [
            r"第[一二三四五两\d]+[次回]|[首初头两几]次|[头一二两]回|[初再重屡累]犯|再次|又|多次|反复|"
            r"违[法规]|犯[错了事]*|行为|情节|轻微|小|错误?|毛病|被?查[到处]?|抓到?|罚款?|处罚|行政|免[于予]?|不予|不用|不会|从轻|减轻|"
            r"清单|目录|名单|事项|单子|规定|政策|条件|要求|前提|适用|符合|满足|范围|情况|情形|对象|企业|公司|厂|个?人|单位|我们?|你们?|"
            r"什么样?|哪些|哪种|怎么|怎样|如何|多少|几|有没有|是不是|是否|能不能|可不可以|会不会|要不要|算不算|"
            r"还|不|也|都|就|才|再|能|可以?|会|要|得|算|是|有|行|被|对|给|在|到|上|里|中|同样|一样|同|这|那|的话|的|了|过|吗|呢|吧|么|啊|呀|"
            r"请问|想问|问|一下|告诉|说|讲|谁|部门|局|市|温州|享受|拿到|申请|以后|之前|以前",
            *(form for _, form in DEPARTMENTS.values()),
        ]
    )
    + r"|[\s，。？！?!,.;；:：、()（）“”\"]"
)


def asks_for_exemptions(question: str) -> bool:
    """Whether a question, in simplified characters, speaks of exemptions from penalty."""
    return bool(_EXEMPT.search(question))


def asks_for_terms(question: str) -> bool:
    """Whether nothing is left of a question, in simplified characters, that names a violation.

    What is left is compared by form: 第二次违法还能免吗 asks after the terms, 第二次没备案还能免吗 does not.
    """
    return asks_for_exemptions(question) and not _SAID.sub("", question)


def concerns(question: str, issued_by: str) -> bool:
    """Whether a question names no department, or that of a list.

    Args:
        question: in simplified characters.
        issued_by: who issued the list, with its title.
    """
    named = set(departments_in(question))
    return not named or bool(named & set(departments_in(issued_by)))
