"""Patterns that are compiled late: the same as if they had been compiled at once, and all of them right."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import qa_bot
from qa_bot.patterns import _Late, late


@pytest.mark.parametrize("text", ["第三十一条", "第3条、第4条", "", "x\ny"])
def test_it_does_what_a_pattern_does(text):
    source = r"第(?P<number>[一二三四五六七八九十\d]+)条|^y"
    slow, quick = late(source, re.MULTILINE), re.compile(source, re.MULTILINE)
    assert str(slow.search(text)) == str(quick.search(text))
    assert str(slow.match(text, 1)) == str(quick.match(text, 1))
    assert [one.span() for one in slow.finditer(text)] == [
        one.span() for one in quick.finditer(text)
    ]
    assert slow.sub("·", text) == quick.sub("·", text)
    assert slow.split(text) == quick.split(text)
    assert (slow.pattern, slow.flags, slow.groups) == (quick.pattern, quick.flags, quick.groups)
    assert dict(slow.groupindex) == dict(quick.groupindex)


def test_it_is_compiled_when_it_is_used():
    wrong = late("(")
    assert wrong.pattern == "("
    with pytest.raises(re.error):
        wrong.search("x")


def test_several_threads_may_be_the_first():
    one = late("|".join(f"{at}号" for at in range(400)))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: one.search(f"第{at}号")[0], range(64)))
    assert found == [f"{at}号" for at in range(64)]


def test_every_pattern_of_the_program_can_be_compiled():
    for module in pkgutil.walk_packages(qa_bot.__path__, "qa_bot."):
        if module.name != "qa_bot.__main__":
            importlib.import_module(module.name)
    found = [one for one in gc.get_objects() if type(one) is _Late]
    assert len(found) > 300
    for one in found:
        re.compile(one.pattern, one._flags)


def test_the_commands_compile_few_of_them_to_begin_with():
    code = (
        "import re._compiler as c, time\n"
        "made, compile = [], c.compile\n"
        "c.compile = lambda p, f=0: (made.append(p), compile(p, f))[1]\n"
        "import qa_bot.cli.commands, qa_bot.bot\n"
        "print(sum(len(str(p)) for p in made))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 15_000  # characters: 9,400 on 2026-12-01
