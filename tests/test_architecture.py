"""The direction of the data, read from the import statements."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import qa_bot

PACKAGE = Path(qa_bot.__file__).parent

# In the order of the data (docs/architecture.md): a stage imports from those before it only.
ORDER = (
    "errors",
    "files",
    "settings",
    "installed",
    "locking",
    "patterns",
    "text",
    "ingest",
    "gazette",
    "clauses",
    "references",
    "companions",
    "exemptions",
    "outline",
    "dictionary",
    "words",
    "asked",
    "facets",
    "spelling",
    "synonyms",
    "encoder",
    "index",
    "milvus",
    "neighbours",
    "versions",
    "understanding",
    "ranking",
    "search",
    "highlight",
    "conversation",
    "together",
    "nearby",
    "lookup",
    "verify",
    "force",
    "filters",
    "examples",
    "answer",
    "building",
    "adding",
    "bot",
    "living",
    "export",
    "inspect",
    "feedback",
    "evaluate",
    "api",
    "web",
    "cli",
)
OWNERS = {
    "filelock": {"locking"},
    "lxml": {"ingest"},
    "pypdfium2": {"ingest"},
    "rapidocr": {"ingest"},
    "markdown_it": {"ingest"},
    "olefile": {"ingest"},
    "docx": set(),
    "jieba": {"words"},
    "marisa_trie": {"dictionary", "encoder"},
    "pypinyin": {"spelling"},
    "opencc": {"words"},
    "onnxruntime": {"encoder"},
    "tokenizers": {"encoder"},
    "torch": {"encoder"},
    "sentence_transformers": {"encoder"},
    "transformers": {"encoder"},
    "faiss": {"index"},
    "threadpoolctl": {"index"},
    "sqlite3": {"index", "feedback"},
    "pymilvus": {"milvus"},
    "grpc": {"milvus"},
    "gradio": {"web"},
    "fastapi": {"web", "api"},
    "prometheus_client": {"api"},
    "mcp": {"api"},
    "typer": {"cli"},
    "ir_measures": {"evaluate"},
    "scipy": {"evaluate"},
    "openpyxl": {"export"},
    "rapidfuzz": {"verify"},
}
# What a stage must not know though it comes before.
FORBIDDEN = {
    "gazette": {"pathlib", "os", "io"},
    "clauses": {"pathlib", "os", "io", "jieba"},
    "encoder": {"qa_bot.text", "qa_bot.ingest", "qa_bot.gazette", "qa_bot.clauses"},
    "understanding": {"pathlib", "os", "io", "sqlite3"},
    "ranking": {"pathlib", "os", "io", "sqlite3"},
    "search": {"pathlib", "os", "io", "sqlite3"},
    "conversation": {"pathlib", "os", "io", "sqlite3"},
    "companions": {"pathlib", "os", "io", "sqlite3", "jieba"},
    "exemptions": {"pathlib", "os", "io", "sqlite3", "jieba", "qa_bot.ingest"},
    "together": {"pathlib", "os", "io", "sqlite3", "qa_bot.search"},
    "verify": {"pathlib", "os", "io", "sqlite3", "jieba", "qa_bot.search"},
    "feedback": {"qa_bot.bot", "qa_bot.index"},
    "web": {"qa_bot.cli"},
    "api": {"gradio", "sqlite3", "qa_bot.evaluate"},
}


def stage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    return found


FILES = [
    path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.stem[0] != "_"
]


def test_every_stage_is_in_the_order():
    assert {stage_of(path) for path in FILES} <= set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    stage = stage_of(path)
    for name in imports(path):
        if name.startswith("qa_bot."):
            other = name.split(".")[1]
            assert ORDER.index(other) <= ORDER.index(stage), f"{stage} imports {name}"
        assert name not in FORBIDDEN.get(stage, set()), f"{stage} must not know {name}"
        for forbidden in FORBIDDEN.get(stage, set()):
            assert not name.startswith(f"{forbidden}."), f"{stage} must not know {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_library_has_one_owner(path):
    for name in imports(path):
        owners = OWNERS.get(name.split(".")[0])
        assert owners is None or stage_of(path) in owners, f"{name} belongs to {owners}"


def test_no_pickle_anywhere():
    for path in FILES:
        assert not {"pickle", "shelve", "joblib"} & set(imports(path)), path


def test_exported_names_exist():
    import importlib

    for path in FILES:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
        exported = getattr(module, "__all__", None)
        assert exported is not None, f"{module.__name__} has no __all__"
        for name in exported:
            assert hasattr(module, name), f"{module.__name__}.{name}"
