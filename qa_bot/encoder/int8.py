"""The 8-bit graph: its linear layers in int8, all else as it was exported.

A linear layer is a product with a constant matrix. Its weights get one scale an output (symmetric), its
input one scale a text, found while it runs. Transformers have a few channels whose values are tens of
times those of the others, and would leave these a handful of steps; therefore

- each channel of the input is divided, and its row of weights multiplied, by a constant that brings the
  channels nearer to each other (SmoothQuant; Xiao et al. 2023, arXiv:2211.10438), from the largest values
  that some questions in several languages and some passages give (`qa_bot.encoder.samples`);
- a layer with more inputs than outputs, which is the one after the activation function, keeps its largest
  channels in float32 (LLM.int8(); Dettmers et al. 2022, arXiv:2208.07339).

What it loses and what it saves: docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import load_external_data_for_tensor

from qa_bot.encoder import samples
from qa_bot.encoder.folder import INT8_FILE, ModelFolder
from qa_bot.encoder.onnx import open_session, open_tokenizer

__all__ = ["quantise", "quantise_checked"]

#: Below this cosine between the two graphs' vectors of a text, the model stays with float32.
LOWEST_COSINE = 0.99
#: How much of the difference between channels the weights take over; the rest is left to the input.
_SMOOTHING, _SMOOTHING_AFTER_ACTIVATION = 0.6, 0.4
_CHANNELS_KEPT = 8
_LEAST = 1e-3  # of a channel's largest value, so that a silent one is not blown up

_Weights = dict[str, NDArray[np.float32]]


def quantise_checked(model: ModelFolder) -> bool:
    """Write the 8-bit graph of a prepared model, and keep it only if it agrees with the float32 graph.

    Guarantees: without torch; of a model whose vectors it would change by more than `LOWEST_COSINE`
    allows, or that has no linear layer, no file is left.

    Returns:
        Whether there is one.

    Raises:
        ModelError: the graph or the tokenizer cannot be read.
    """
    target = model.path / INT8_FILE
    tokenizer = open_tokenizer(model)

    def ids(questions: Sequence[str], passages: Sequence[str]) -> list[Sequence[int]]:
        texts = [model.prompts["query"] + text for text in questions]
        texts += [model.prompts["passage"] + text for text in passages]
        return [one.ids for one in tokenizer.encode_batch(texts)]

    calibration = ids(samples.QUESTIONS, samples.PASSAGES)
    tested = ids(samples.QUESTIONS_TESTED, samples.PASSAGES_TESTED)
    if not quantise(model.onnx_file, target, calibration):
        return False
    both = zip(_pooled(model.onnx_file, tested), _pooled(target, tested), strict=True)
    agreed = min(float(exact @ quick) for exact, quick in both) >= LOWEST_COSINE
    if not agreed:
        target.unlink()
    return agreed


def _pooled(file: Path, texts: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
    session = open_session(file)
    return [session.run(["pooled"], _feed(text))[0][0] for text in texts]


def quantise(file: Path, target: Path, texts: Sequence[Sequence[int]]) -> int:
    """Write to `target` the graph of `file` with its linear layers in int8.

    Guarantees: inputs and outputs are the same. What is not a linear layer, the embedding table above
    all, is not copied: `target` refers to the weights beside `file` and has to lie in the same folder.

    Args:
        file: a graph with float32 weights, as `export` writes it.
        target: the file to write.
        texts: token ids of texts that show how large each channel gets.

    Returns:
        How many layers there are; without any, nothing is written.
    """
    model = onnx.load(str(file), load_external_data=False)
    graph = model.graph
    weights = _weights(graph, file.parent)
    layers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        if _is_linear(node, weights):
            layers.setdefault(node.input[0], []).append(node)
    if not layers:
        return 0
    largest = _largest(model, file.parent, list(layers), texts)
    nodes: list[onnx.NodeProto] = []
    constants = list(graph.initializer)
    for node in graph.node:
        if not _is_linear(node, weights):
            nodes.append(node)
        elif node.output[0] == layers[node.input[0]][0].output[0]:
            made, own = _in_int8(layers[node.input[0]], weights, largest[node.input[0]])
            nodes.extend(made)
            constants.extend(own)
    read = {name for node in nodes for name in node.input}
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(one for one in constants if one.name in read)
    target.write_bytes(model.SerializeToString())
    return sum(map(len, layers.values()))


def _in_int8(
    layers: Sequence[onnx.NodeProto], weights: _Weights, largest: NDArray[np.float32]
) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """The nodes and constants in place of the layers that read one input."""
    name = layers[0].input[0]
    matrices = [weights[layer.input[1]] for layer in layers]
    after_activation = matrices[0].shape[0] > sum(one.shape[1] for one in matrices)
    share = _SMOOTHING_AFTER_ACTIVATION if after_activation else _SMOOTHING
    rows = np.abs(np.hstack(matrices)).max(axis=1)
    factors = np.maximum(largest, _LEAST) ** share / np.maximum(rows, 1e-6) ** (1 - share)
    inverse = 1 / factors
    in_float = np.zeros(0, np.int64)
    if after_activation:
        in_float = np.sort(np.argsort(-largest, kind="stable")[:_CHANNELS_KEPT])
        inverse[in_float] = 0
        factors[in_float] = 0
    constants = [_constant(f"{name}/inverse", inverse.astype(np.float32))]
    nodes = [
        helper.make_node("Mul", [name, f"{name}/inverse"], [f"{name}/smooth"]),
        helper.make_node(
            "DynamicQuantizeLinear",
            [f"{name}/smooth"],
            [f"{name}/int8", f"{name}/scale", f"{name}/zero"],
        ),
    ]
    if len(in_float):
        constants.append(_constant(f"{name}/channels", in_float))
        nodes.append(
            helper.make_node("Gather", [name, f"{name}/channels"], [f"{name}/float"], axis=-1)
        )
    for layer, matrix in zip(layers, matrices, strict=True):
        out = layer.output[0]
        scaled = matrix * factors[:, None].astype(np.float32)
        scale = np.maximum(np.abs(scaled).max(axis=0), 1e-12) / 127
        constants += [
            _constant(f"{out}/weights", np.rint(scaled / scale).astype(np.int8)),
            _constant(f"{out}/scale", scale.astype(np.float32)),
        ]
        # This is how ONNX Runtime's own tool writes it, and what it fuses into one kernel when it opens.
        product = f"{out}/product" if len(in_float) else out
        nodes += [
            helper.make_node(
                "MatMulInteger", [f"{name}/int8", f"{out}/weights", f"{name}/zero"], [f"{out}/sum"]
            ),
            helper.make_node("Cast", [f"{out}/sum"], [f"{out}/cast"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}/scale", f"{out}/scale"], [f"{out}/scales"]),
            helper.make_node("Mul", [f"{out}/cast", f"{out}/scales"], [product]),
        ]
        if len(in_float):
            constants.append(_constant(f"{out}/float_weights", matrix[in_float]))
            nodes += [
                helper.make_node(
                    "MatMul", [f"{name}/float", f"{out}/float_weights"], [f"{out}/float"]
                ),
                helper.make_node("Add", [product, f"{out}/float"], [out]),
            ]
    return nodes, constants


def _largest(
    model: onnx.ModelProto, folder: Path, names: Sequence[str], texts: Sequence[Sequence[int]]
) -> dict[str, NDArray[np.float32]]:
    """The largest absolute value of each channel of some tensors over the texts."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = open_session(watched.SerializeToString(), folder=folder)
    found: dict[str, NDArray[np.float32]] = {}
    for text in texts:
        for name, values in zip(names, session.run(list(names), _feed(text)), strict=True):
            most = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
            found[name] = np.maximum(found[name], most) if name in found else most
    return found


def _feed(text: Sequence[int]) -> dict[str, NDArray[np.int64]]:
    ids = np.array([text], np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _weights(graph: onnx.GraphProto, folder: Path) -> _Weights:
    """The constant float32 matrices that something is multiplied by."""
    multiplied = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    found: _Weights = {}
    for one in graph.initializer:
        if one.name in multiplied and one.data_type == TensorProto.FLOAT and len(one.dims) == 2:
            whole = TensorProto()
            whole.CopyFrom(one)
            if whole.data_location == TensorProto.EXTERNAL:
                load_external_data_for_tensor(whole, str(folder))
            found[one.name] = numpy_helper.to_array(whole)
    return found


def _is_linear(node: onnx.NodeProto, weights: _Weights) -> bool:
    return bool(node.op_type == "MatMul" and node.input[1] in weights)


def _constant(name: str, values: NDArray[np.generic]) -> TensorProto:
    made: TensorProto = numpy_helper.from_array(np.ascontiguousarray(values), name)
    return made
