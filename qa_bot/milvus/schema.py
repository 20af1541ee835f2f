"""What a generation is in Milvus: three collections, and one alias that says which generation is in use.

    qa_bot                      alias: the clauses of the generation in use
    qa_bot_<generation>_clauses     one row a clause: what it says, what it is scored by, its token codes; BM25
    qa_bot_<generation>_sentences   one row a sentence: the vector that chooses candidates
    qa_bot_<generation>_parts       what is longer than a field may be, source texts, the small files

One alias, so that one call switches from a whole generation to the next: the names of the other two collections
follow from the name that it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qa_bot.errors import StoreError

__all__ = [
    "ALIAS",
    "FORMAT",
    "PACKED",
    "PUBLICATION",
    "Names",
    "check_schema",
    "index_params",
    "make_schema",
]

#: Raised when rows or files are written otherwise than before; a reader refuses any other.
FORMAT = 1
ALIAS = "qa_bot"
#: The row of the parts that is written last: what the generation holds, as JSON.
PUBLICATION = "publication"
#: Fields of a clause that go on in the parts where they are longer than a field may be.
PACKED = ("record", "numbers", "scored", "tokens")
# Bytes of a VARCHAR; a row of the parts holds so many.
LONGEST = 65_535
# Entries of an array.
MOST_NAMED = 4_096
_PREFIX = f"{ALIAS}_"
_KINDS = ("clauses", "sentences", "parts")
# Up to so many sentences every one is compared; of more a graph is walked, whose numbers have eight bits. The
# scores that count are worked out from the rows, so that the codes only have to find the right sentences.
_COMPARED = 50_000
_GRAPH = {"M": 16, "efConstruction": 200, "sq_type": "SQ8"}
# Long fields are mapped from the query nodes' disks: in memory they would be most of an index, and a question reads
# some hundred rows of them.
_MAPPED = {"mmap_enabled": True}
# As of our own BM25 (qa_bot.index.lexical).
_BM25 = {"bm25_k1": 0.8, "bm25_b": 0.4}


@dataclass(frozen=True, slots=True)
class Names:
    """The collections of a generation.

    Attributes:
        generation: its name, as that of its folder.
    """

    generation: str

    @property
    def clauses(self) -> str:
        """The collection that the alias stands for."""
        return f"{_PREFIX}{self.generation.replace('-', '_')}_clauses"

    @property
    def sentences(self) -> str:
        """The vectors."""
        return self.clauses.removesuffix("clauses") + "sentences"

    @property
    def parts(self) -> str:
        """Long things and files."""
        return self.clauses.removesuffix("clauses") + "parts"

    @property
    def all(self) -> tuple[str, str, str]:
        """All three."""
        return self.clauses, self.sentences, self.parts

    @classmethod
    def of(cls, collection: str) -> Names | None:
        """The generation that a collection is of, or `None` for one that is none of ours."""
        stem, _, kind = collection.rpartition("_")
        if not stem.startswith(_PREFIX) or kind not in _KINDS:
            return None
        day, _, digest = stem.removeprefix(_PREFIX).rpartition("_")
        return cls(f"{day}-{digest}") if day and digest else None


def make_schema(kind: str, dim: int) -> Any:  # noqa: ANN401 - pymilvus is imported when it is needed
    """The schema of a collection, `clauses`, `sentences` or `parts`.

    Args:
        kind: which.
        dim: of the vectors.
    """
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    if kind == "sentences":
        schema.add_field("sentence", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
        return schema
    if kind == "parts":
        schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=2_048)
        schema.add_field("data", DataType.VARCHAR, max_length=LONGEST, **_MAPPED)
        # Milvus has no collection without a vector.
        schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
        return schema
    schema.add_field("position", DataType.INT64, is_primary=True)
    schema.add_field("id", DataType.VARCHAR, max_length=2_048)
    schema.add_field("issue_id", DataType.VARCHAR, max_length=1_024)
    schema.add_field("searchable", DataType.BOOL)
    schema.add_field(
        "named", DataType.ARRAY, element_type=DataType.VARCHAR, max_length=256,
        max_capacity=MOST_NAMED,
    )  # fmt: skip
    schema.add_field(
        "text", DataType.VARCHAR, max_length=LONGEST, enable_analyzer=True,
        analyzer_params={"tokenizer": "jieba", "filter": ["lowercase"]}, **_MAPPED,
    )  # fmt: skip
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    for name in PACKED:
        schema.add_field(name, DataType.VARCHAR, max_length=LONGEST, **_MAPPED)
    schema.add_function(
        Function(
            "bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["words"]
        )
    )
    return schema


def index_params(kind: str, rows: int, lite: bool) -> Any:  # noqa: ANN401 - as `make_schema`
    """The indexes of a collection.

    Args:
        kind: as of `make_schema`.
        rows: how many it has.
        lite: whether the server is milvus-lite, which knows fewer scalar indexes.
    """
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    if kind == "sentences":
        if rows <= _COMPARED:
            params.add_index("vector", index_type="FLAT", metric_type="IP")
        else:
            params.add_index("vector", index_type="HNSW_SQ", metric_type="IP", params=_GRAPH)
    elif kind == "parts":
        params.add_index("nothing", index_type="FLAT", metric_type="L2")
    else:
        params.add_index(
            "words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=_BM25
        )
        if not lite:
            for name in ("id", "named"):
                params.add_index(name, index_type="INVERTED")
    return params


def check_schema(described: dict[str, Any], kind: str, dim: int) -> None:
    """Compare a collection with what this program writes.

    Args:
        described: of `MilvusClient.describe_collection`.
        kind: as of `make_schema`.
        dim: of the vectors.

    Raises:
        StoreError: it has other fields.
    """
    wanted = {field.name: int(field.dtype) for field in make_schema(kind, dim).fields}
    found = {field["name"]: int(field["type"]) for field in described["fields"]}
    dims = {
        int(field["params"]["dim"])
        for field in described["fields"]
        if kind == "sentences" and "dim" in field.get("params", {})
    }
    if found != wanted or (dims and dims != {dim}):
        name = described.get("collection_name", kind)
        raise StoreError(
            f"Milvus 里的 {name} 是别的结构，不是本程序写的；请运行 qa-bot build --store / "
            f"The collection {name} has another schema than this program writes. "
            "Run: qa-bot build --store"
        )
