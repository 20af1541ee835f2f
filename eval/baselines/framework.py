"""What one writes in an afternoon with a well-known framework: chunks, an embedding model, top ten.

    python -m venv .baseline && .baseline/bin/pip install -r requirements-torch.txt
    .baseline/bin/pip install -r eval/baselines/requirements.txt
    .baseline/bin/python eval/baselines/framework.py eval/questions/test.jsonl > framework.jsonl
    qa-bot eval eval/questions/test.jsonl --answers framework.jsonl

LangChain: its recursive splitter (paragraphs, then lines, then sentences) over the gazette's text, the
product's own embedding model with its prompts, its in-memory store, and its default retriever (cosine).
It always answers, and says nothing of how sure it is. `--size` is the length of a chunk in characters.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", help="question set (JSONL)")
    parser.add_argument(
        "--serve",
        action="store_true",
        help="answer questions from standard input, a JSON string a line, with the time that each took",
    )
    parser.add_argument(
        "--size",
        type=int,
        default=200,
        help="characters of a chunk (200, the best on dev, if not given)",
    )
    parser.add_argument("--overlap", type=int, default=30, help="that two chunks share")
    parser.add_argument(
        "--model", type=Path, help="sentence-transformers folder; the product's own if not given"
    )
    wanted = parser.parse_args()

    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(
        model_name=str(wanted.model or _product_model()),
        encode_kwargs={"normalize_embeddings": True, "prompt_name": "passage"},
        query_encode_kwargs={"normalize_embeddings": True, "prompt_name": "query"},
    )
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=wanted.size,
        chunk_overlap=wanted.overlap,
        separators=["\n\n", "\n", "。", "；", ""],
        keep_separator="end",
    )
    chunks = [
        chunk
        for path in sorted((ROOT / "corpus").glob("*.txt"))
        for chunk in splitter.split_text(path.read_text(encoding="utf-8"))
    ]
    store = InMemoryVectorStore(embeddings)
    store.add_texts(chunks)
    retriever = store.as_retriever(search_kwargs={"k": 10})
    print(f"{len(chunks)} chunks", file=sys.stderr)
    if wanted.serve:
        for line in sys.stdin:
            began = time.perf_counter()
            retriever.invoke(json.loads(line))
            print(json.dumps({"total": (time.perf_counter() - began) * 1000}), flush=True)
        return
    if wanted.file is None:
        parser.error("a question set is needed")
    for line in wanted.file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        began = time.perf_counter()
        found = retriever.invoke(row["q"])
        spent = (time.perf_counter() - began) * 1000
        answers = [{"quote": document.page_content} for document in found]
        reply = {"id": row["id"], "status": "answered", "answers": answers, "elapsed_ms": spent}
        print(json.dumps(reply, ensure_ascii=False))


def _product_model() -> Path:
    """The folder of the model that `qa-bot build` unpacked."""
    import platformdirs

    found = sorted((platformdirs.user_cache_path("qa_bot") / "models").glob("*/modules.json"))
    if not found:
        sys.exit("Run qa-bot build first: it unpacks the embedding model.")
    return found[0].parent


if __name__ == "__main__":
    main()
