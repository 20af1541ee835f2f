"""`qa-bot exemptions` and the records in a reply: what is printed, how it fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_bot.bot import Bot
from qa_bot.cli import app
from qa_bot.errors import FilterError, QuestionError
from qa_bot.export import export
from qa_bot.settings import DataFolder

pytestmark = pytest.mark.model
runner = CliRunner()


@pytest.fixture(scope="module")
def folder(data: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data")
    for name, target in (("corpus", data.corpus), ("index", data.index), ("models", data.models)):
        (path / name).symlink_to(target)
    return path


def run(*arguments: object) -> Result:
    result = runner.invoke(app, ["exemptions", *(str(a) for a in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_a_card_reads_from_condition_to_source(folder: Path) -> None:
    result = run("没备案环评登记表，补上还罚吗？", "-n", 1, "--data", folder)
    assert result.exit_code == 0
    places = [
        result.stdout.index(words)
        for words in (
            "可以不予处罚 / may be exempt",
            "“经发现后能及时主动纠正的”",
            "“本规定适用于当事人首次轻微环境违法”",
            "不符合条件的，按法律规定 / otherwise",
            "处五万元以下的罚款",
            "“《环境影响评价法》第三十一条第三款”",
            "（温环发〔2019〕17号附件）序号1",
        )
    ]
    assert places == sorted(places)
    assert not re.search("不会(?:被)?罚|will not be fined", result.stdout)


def test_a_list_without_penalties_and_a_penalty_without_figures_say_so(folder: Path) -> None:
    assert "没有载明罚则" in run("--law", "政府采购法", "--data", folder).stdout
    assert "没有写明罚款数额" in run("--category", "噪声", "--data", folder).stdout


def test_all_of_them_in_short(folder: Path) -> None:
    result = run("--data", folder)
    assert result.exit_code == 0
    assert result.stdout.count("\n《") == 2
    assert "16. 采购代理机构非因主观故意造成的违规评标行为：未妥善保存采购文件的" in result.stdout


def test_json_is_a_list_of_records(folder: Path) -> None:
    rows = json.loads(run("--authority", "环保局", "--json", "--data", folder).stdout)
    assert [row["number"] for row in rows] == list(range(1, 11))
    assert {row["schema"] for row in rows} == {"exemption-1"}
    asked = json.loads(run("燃用不合格的煤", "--json", "-n", 2, "--data", folder).stdout)
    assert asked[0]["clause_id"] == "温环发〔2019〕17号/annex_1/row_6"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--authority", "消防"], "温州市生态环境局"),
        (["--on", "2019-04-01"], "2019-05-01"),
        (["--category", "大气", "--law", "企业财务通则"], "大气污染防治"),
        (["--export", "list.doc"], ".csv"),
        (["--check", "--law", "刑法"], "--check"),
        (["--force"], "--export"),
        (["，"], "空的"),
        (["--on", "昨天"], "昨天"),
    ],
)
def test_what_cannot_be_served(folder: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--data", folder)
    assert result.exit_code == 2
    assert words in result.output
    assert not result.stdout


def test_an_export_does_not_overwrite(folder: Path, tmp_path: Path, bot: Bot) -> None:
    for form in ("csv", "xlsx", "json"):
        path = tmp_path / f"list.{form}"
        assert run("--law", "噪声", "--export", path, "--data", folder).exit_code == 0
        first = path.read_bytes()
        if form != "xlsx":  # which holds the time
            assert first == export(bot.exemptions(law="噪声"), form)
        again = run("--export", path, "--data", folder)
        assert again.exit_code == 2
        assert "--force" in again.output
        assert path.read_bytes() == first
        assert run("--export", path, "--force", "--data", folder).exit_code == 0
        assert path.read_bytes() != first
    missing = run("--export", tmp_path / "no" / "list.csv", "--data", folder)
    assert missing.exit_code == 2


def test_check(folder: Path) -> None:
    result = run("--check", "--data", folder)
    assert result.exit_code == 0
    assert "27" in result.stdout
    assert json.loads(run("--check", "--json", "--data", folder).stdout) == []


def test_check_finds_a_gap(data: DataFolder, tmp_path: Path) -> None:
    """Exit code 1, as of a linter: a list of the tests in a corpus of its own."""
    from qa_bot.building import build

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    source = Path(__file__).parent / "exemption_lists" / "09_water_gaps.txt"
    (corpus / "water.txt").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "models").symlink_to(data.models)
    build(DataFolder.at(tmp_path))
    result = run("--check", "--data", tmp_path)
    assert result.exit_code == 1
    for words in ("序号不连续", "没有法律依据", "没有罚则"):
        assert words in result.stdout


def test_exemptions_through_the_bot(bot: Bot) -> None:
    every = bot.exemptions()
    assert len(every) == 27
    ranked = bot.exemptions("开标的录像缺了一段")
    assert ranked[0].clause_id == "温财法〔2019〕119号/annex_1/row_10"
    assert {one.id for one in ranked} == {one.id for one in every}  # none is left out
    assert bot.exemptions("排污大户没公开监测数据", authority="环保")[0].number == 5
    with pytest.raises(FilterError):
        bot.exemptions("煤", category="无此类")
    with pytest.raises(QuestionError):
        bot.exemptions("  ")


def test_what_was_left_undone_finds_the_duty(bot: Bot) -> None:
    """Two circumstances of one violation: nothing was set up, and what was set up is at odds with the law."""
    row = "温财法〔2019〕119号/annex_1/row_{}"
    assert bot.exemptions("公司没有建起内部财务制度")[0].clause_id == row.format(1)
    assert bot.exemptions("内部财务制度跟法律明显冲突")[0].clause_id == row.format(2)


def test_a_reply_carries_the_record(bot: Bot) -> None:
    reply = bot.ask("没备案环评登记表，补上还罚吗？")
    answer = reply.to_json()["answers"][0]
    assert answer["exemption"]["id"] == answer["clause_id"]
    assert answer["exemption"]["conditions"][0]["text"] == "经发现后能及时主动纠正的"
    assert reply.note is None
    assert bot.ask("细则第六十四条").to_json()["answers"][0]["exemption"] is None


def test_a_department_without_a_list(bot: Bot) -> None:
    reply = bot.ask("消防的免罚清单").to_json()
    assert "财政、生态环境" in reply["note"]
    assert "finance and environment only" in reply["note"]


def test_the_general_condition_is_near(bot: Bot) -> None:
    """第二次违法还能免吗: what is found first is the notice that says for whom the list holds."""
    reply = bot.ask("第二次违法还能免吗")
    nearest = (reply.answers or reply.suggestions)[0]
    assert "首次" in nearest.quote
