"""What the processor can do, and how far from it encoding a question and searching are.

    python eval/benchmarks/limit.py --json FILE --chart FILE

Measured in the same run, on one thread and on all: single-precision operations a second (a large product by
BLAS), 8-bit operations a second (ONNX Runtime's `MatMulInteger`, as the encoder's graph has it), and bytes a second
from memory (a sum over more than the caches hold). Computed from the model's shape: operations of one pass over a
question, `2 · layers · tokens · (4 · d² + 2 · d · f + 2 · tokens · d)` for width d and feed-forward width f, and
bytes that a search reads. Printed is what a pass and a scan take against what they would at these rates.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from threadpoolctl import threadpool_limits

from qa_bot.bot import Bot

SIDE = 1536
MEGABYTES = 512
QUESTION = "药品零售企业的经营场所面积不得少于多少平方米，兼营中药饮片的呢？"


def best(work, rounds: int = 15) -> float:
    """Seconds of the fastest round: what else the machine does only adds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def single(threads: int) -> float:
    """Single-precision operations a second."""
    a = np.random.default_rng(1).standard_normal((SIDE, SIDE), np.float32)
    with threadpool_limits(threads):
        return 2 * SIDE**3 / best(lambda: a @ a)


def eight(threads: int) -> float:
    """8-bit operations a second."""
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [SIDE, SIDE])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [SIDE, SIDE])],
        [helper.make_tensor("b", TensorProto.INT8, [SIDE, SIDE], np.ones(SIDE**2, np.int8))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    a = np.ones((SIDE, SIDE), np.uint8)
    return 2 * SIDE**3 / best(lambda: session.run(None, {"a": a}))


def memory() -> float:
    """Bytes a second that one thread reads."""
    numbers = np.ones(MEGABYTES * 2**18, np.float32)
    return numbers.nbytes / best(lambda: numbers.sum(), 5)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    bot = Bot.open()
    folder = bot.encoder.model.path
    shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    width, between, layers = (
        shape[name] for name in ("hidden_size", "intermediate_size", "num_hidden_layers")
    )
    spoken = bot.encoder.encode_query_tokens(QUESTION)
    tokens = len(spoken.tokens)
    operations = 2 * layers * tokens * (4 * width**2 + 2 * width * between + 2 * tokens * width)
    took = best(lambda: bot.encoder.encode_query_tokens(QUESTION), 40)
    rates = {
        "float32, 1 thread": single(1),
        f"float32, {cores} threads": single(cores),
        "8 bits, 1 thread": eight(1),
        f"8 bits, {cores} threads": eight(cores),
    }
    bandwidth = memory()
    figures = {
        "tokens": tokens,
        "operations": operations,
        "encode_ms": took * 1000,
        "memory_bytes_s": bandwidth,
        "rates": rates,
        "at_8_bits_ms": operations / rates[f"8 bits, {cores} threads"] * 1000,
        "at_float32_ms": operations / rates[f"float32, {cores} threads"] * 1000,
    }
    for name, rate in rates.items():
        print(f"{name}: {rate / 1e9:.0f} G operations/s")
    print(f"memory: {bandwidth / 1e9:.1f} GB/s in one thread")
    print(
        f"a question of {tokens} tokens is {operations / 1e9:.2f} G operations: {took * 1000:.2f} ms; "
        f"{figures['at_8_bits_ms']:.2f} ms at the rate of large 8-bit products ({took * 1000 / figures['at_8_bits_ms']:.1f} "
        f"times that), {figures['at_float32_ms']:.2f} ms at that of float32"
    )
    dense = bot.generation.dense
    dim = dense.vector(0).shape[0]
    for clauses in (bot.generation.manifest.clauses, 394_241, 1_000_000, 10_000_000):
        sentences = 1.42 * clauses  # of laws: docs/performance.md
        flat, codes = clauses * dim * 4 + sentences * dim * 4, sentences * dim / 4
        print(
            f"{clauses:>10,} clauses: {flat / 2**20:,.0f} MiB of vectors, {flat / bandwidth * 1000:,.2f} ms; "
            f"{codes / 2**20:,.1f} MiB of codes, {codes / bandwidth * 1000:,.2f} ms from memory"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.chart:
        from charts import bars

        rows = {
            "measured": figures["encode_ms"],
            "at the rate of 8-bit products": figures["at_8_bits_ms"],
            "at the rate of float32 products": figures["at_float32_ms"],
        }
        bars(options.chart, f"Encoding a question of {tokens} tokens", "ms", rows)


if __name__ == "__main__":
    main()
