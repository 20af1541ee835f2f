"""Building a generation: what changed is written, what did not is taken over, and readers see one or the other."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_bot.encoder import Encoder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import GazetteIndexError
from qa_bot.files import sync_folder
from qa_bot.index.generation import Generation, current_generation
from qa_bot.index.linking import link_units
from qa_bot.index.links import LinkWriter
from qa_bot.index.manifest import (
    SEGMENTS,
    Manifest,
    SegmentManifest,
    UnitPlace,
    code_fingerprint,
    digest,
    hash_files,
    segment_digest,
    verify_segment,
)
from qa_bot.index.plan import CorpusFile, Group, Plan, Reader, plan
from qa_bot.index.pointing import is_current, point_at
from qa_bot.index.repack import repack
from qa_bot.index.segment import Segment, write_segment
from qa_bot.index.standings import write_standings
from qa_bot.index.vectors import ENCODED, ENCODING, Checkpoint, Vectors
from qa_bot.index.writing import (
    clear_leftovers,
    new_folder,
    remove_folder,
    sync,
    writing,
)
from qa_bot.spelling import names_and_characters
from qa_bot.synonyms import merge_definitions, merged, shipped_synonyms
from qa_bot.words import Words, names_from

__all__ = ["Corpus", "build_generation"]

READING = "解析语料 / Reading the corpus"
LINKING = "解析引用 / Linking"


@dataclass(frozen=True, slots=True)
class Corpus:
    """What an index is built of.

    Attributes:
        files: with the ids of their issues; no two have one.
        fingerprint: sha256 of each file, of the notes beside them and of the user's synonyms, by name.
        synonyms: the user's own.
    """

    files: Sequence[CorpusFile]
    fingerprint: dict[str, str]
    synonyms: Mapping[str, tuple[str, ...]]


def build_generation(
    index: Path,
    corpus: Corpus,
    encoder: Encoder,
    version: str,
    progress: Progress = silent,
    fresh: bool = False,
) -> Path:
    """Build a new generation, verify it, and make it the one in use. Only one process may do so at a time.

    Segments of the generation before whose sources, ids, program and model are the same are taken over as
    they are; vectors of passages that it holds for the same model are, even where the program is another.

    Guarantees: what the generation holds depends on the corpus, the program and the model, and not on
    what was built before. Until the last step nothing changes for readers; an exception, Ctrl-C among them,
    or a killed process leaves the old generation in use. What was finished until then is taken over by the
    next build. What is taken over was compared with its hashes before; what is damaged is made anew.

    Args:
        index: the index folder.
        corpus: what it is built of.
        encoder: of the model.
        version: of the program.
        progress: told of every step.
        fresh: parse and link everything anew, though nothing changed; vectors are taken over still.

    Raises:
        GazetteIndexError: the folder cannot be written.
        SourceError: a file cannot be read, or changed meanwhile.
    """
    generations = index / "generations"
    with writing(index):
        for parent in (generations, index / SEGMENTS):
            parent.mkdir(parents=True, exist_ok=True)
            clear_leftovers(parent)
        folder = new_folder(generations)
        target: Path | None = None
        try:
            name = _Build(index, folder, corpus, encoder, version, progress, fresh).run()
            target = generations / name
            folder.rename(target)
            sync_folder(generations)
            point_at(index, name)
        except BaseException:
            if target is not None and not is_current(index, target.name):
                remove_folder(target)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        Checkpoint(index / ENCODED, encoder.model.fingerprint).clear()
    return target


class _Before:
    """The generation in use: what of it is whole and can be taken over, and the vectors that it holds.

    Attributes:
        segments: whose every file is as it was written, made with the same model.
        same_program: whether their contents may be taken over, too.
        folder: of the generation, if what it holds of the corpus as a whole can be taken over.
    """

    def __init__(self, index: Path, code: str, model: str, fresh: bool) -> None:
        self.segments: list[Segment] = []
        self.same_program = False
        self.folder: Path | None = None
        self._rows: dict[str, tuple[int, int]] | None = None
        try:
            folder = current_generation(index)
            manifest = Manifest.read(folder)
        except GazetteIndexError:
            return
        if manifest.model_fingerprint != model:
            return
        self.same_program = manifest.code == code and not fresh
        for name, sha in manifest.segments:
            with suppress(GazetteIndexError):  # damaged: its sources are read again
                verify_segment(index / SEGMENTS / name, sha)
                self.segments.append(Segment(index / SEGMENTS / name))
        if self.same_program and len(self.segments) == len(manifest.segments):
            with suppress(GazetteIndexError):
                manifest.verify_own(folder)
                self.folder = folder

    @property
    def trusted(self) -> set[str]:
        """Names of the segments whose files were compared with their hashes."""
        return {segment.folder.name for segment in self.segments}

    def find(self, hashes: Iterable[str]) -> dict[str, Vectors]:
        """Vectors that the generation holds, by passage hash."""
        if self._rows is None:
            self._rows = {
                sha: (number, row)
                for number, segment in enumerate(self.segments)
                for row, sha in enumerate(segment.hashes())
            }
        found = {}
        for sha in hashes:
            if sha in self._rows:
                number, row = self._rows[sha]
                found[sha] = self.segments[number].vectors(row)
        return found

    def close(self) -> None:
        for segment in self.segments:
            segment.close()


class _Build:
    """One build, from the corpus to a verified folder."""

    def __init__(
        self,
        index: Path,
        folder: Path,
        corpus: Corpus,
        encoder: Encoder,
        version: str,
        progress: Progress,
        fresh: bool,
    ) -> None:
        self._fresh = fresh
        self._index = index
        self._folder = folder
        self._corpus = corpus
        self._encoder = encoder
        self._version = version
        self._progress = progress
        self._code = code_fingerprint()
        self._reader = Reader()
        self._words = Words(many=True)
        self._checkpoint = Checkpoint(index / ENCODED, encoder.model.fingerprint)

    def run(self) -> str:
        """Fill the folder, verify it, and say what it is to be called."""
        before = _Before(self._index, self._code, self._encoder.model.fingerprint, self._fresh)
        try:
            steps = plan(
                self._corpus.files,
                self._code,
                self._encoder.model.fingerprint,
                before.segments if before.same_program else (),
                self._reader,
                lambda done, total: self._progress(READING, done, max(total, 1)),
            )
            names = self._segments(steps, before)
            kept = {one.folder.name: one for one in steps.kept}
            made = [Segment(self._index / SEGMENTS / name) for name in names if name not in kept]
            try:
                opened = sorted([*kept.values(), *made], key=lambda one: one.folder.name)
                self._finish(steps, before, opened)
                sync(self._folder)
                Generation(self._folder, trusted=before.trusted & set(kept), opened=opened).close()
            finally:
                for segment in made:
                    segment.close()
        finally:
            before.close()
        moment = time.time()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime(moment))
        return f"{stamp}{int(moment * 1000) % 1000:03d}-{digest(self._folder)}"

    def _segments(self, steps: Plan, before: _Before) -> list[str]:
        """Write the segments that are missing; the names of all."""
        total = max(sum(group.clauses for group in steps.groups), 1)
        done = 0
        # What is made anew though it is there gets a name of its own: the one in use has to stay.
        suffix = f"-{time.time_ns():x}" if self._fresh else ""
        names = [segment.folder.name for segment in steps.kept]
        self._progress(ENCODING, 0, total)
        for group in steps.groups:
            target = self._index / SEGMENTS / f"{group.name}{suffix}"
            names.append(target.name)
            if not _is_whole(target):
                self._write(group, target, steps, before, done, total)
            done += group.clauses
            self._progress(ENCODING, done, total)
        if not steps.groups:
            self._progress(ENCODING, 1, 1)
        return sorted(names)

    def _write(
        self, group: Group, target: Path, steps: Plan, before: _Before, done: int, total: int
    ) -> None:
        remove_folder(target)
        folder = new_folder(target.parent)
        try:
            if group.there:
                repack(folder, group.there, self._words)
            else:
                write_segment(
                    folder,
                    [self._reader.unit(file, key, steps.standings) for file, key in group.files],
                    self._words,
                    (before, self._checkpoint),
                    self._encoder,
                    self._checkpoint,
                    lambda some: self._progress(ENCODING, min(done + some, total), total),
                )
            sync(folder)
            folder.rename(target)
            sync_folder(target.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _finish(self, steps: Plan, before: _Before, segments: Sequence[Segment]) -> None:
        """Write what holds for the corpus as a whole."""
        folder = self._folder
        units = sorted(
            ((unit, number) for number, one in enumerate(segments) for unit in one.units),
            key=lambda pair: pair[0].issue_id,
        )
        links = folder / "links.sqlite"
        if before.folder is not None:
            shutil.copyfile(before.folder / "links.sqlite", links)
        writer = LinkWriter(links)
        try:
            link_units(
                writer,
                [(unit, segments[number]) for unit, number in units],
                {unit.issue_id: unit for part in before.segments for unit in part.units}
                if before.folder is not None
                else {},
                lambda done, total: self._progress(LINKING, done, max(total, 1)),
            )
        finally:
            writer.close()
        self._write_words([unit.facts for unit, _ in units], before.folder, segments)
        again = {unit.issue_id: unit.facts["printed_again"] for unit, _ in units}
        write_standings(
            folder,
            steps.standings,
            {one: some for one, some in again.items() if some},
            steps.same,
        )
        clauses = sum(unit.clauses for unit, _ in units)
        Manifest(
            version=self._version,
            code=self._code,
            corpus=self._corpus.fingerprint,
            model=self._encoder.model.path.name,
            model_fingerprint=self._encoder.model.fingerprint,
            dim=self._encoder.model.dim,
            clauses=clauses,
            segments=tuple((one.folder.name, segment_digest(one.folder)) for one in segments),
            units=tuple(
                UnitPlace(unit.issue_id, number, unit.first, unit.clauses) for unit, number in units
            ),
            files=hash_files(folder),
        ).write(folder)

    def _write_words(
        self, facts: Sequence[dict[str, Any]], before: Path | None, segments: Sequence[Segment]
    ) -> None:
        folder = self._folder
        counts: dict[str, int] = {}
        for one in facts:
            for name, count in one["people"].items():
                counts[name] = counts.get(name, 0) + count
        names = names_from(counts)
        known: dict[str, Any] = {}
        if before is not None:
            known = json.loads((before / "names.json").read_text(encoding="utf-8"))
        elsewhere = {
            one.folder.name: _elsewhere(
                one, names, set(known.get("names", ())), known.get("elsewhere", {})
            )
            for one in segments
        }
        _write_json(folder / "names.json", {"names": names, "elsewhere": elsewhere})
        _write_json(folder / "heard.json", names_and_characters(names))
        defined = merge_definitions(
            ((short, long) for short, long in one["definitions"]) for one in facts
        )
        official = merged(shipped_synonyms(), defined, self._corpus.synonyms)
        _write_json(folder / "synonyms.json", official)


def _elsewhere(
    segment: Segment, names: Sequence[str], known: set[str], before: Mapping[str, Any]
) -> dict[str, list[list[int]]]:
    """Where names stand in a segment in units whose own texts do not show them to be any.

    Args:
        segment: that is looked through.
        names: of the corpus.
        known: names of the generation before.
        before: what was found then, by segment.
    """
    found: dict[str, list[list[int]]] = {}
    own = {unit.issue_id: set(names_from(unit.facts["people"])) for unit in segment.units}
    held = before.get(segment.folder.name)
    for name in names:
        if held is not None and name in known:
            if name in held:
                found[name] = held[name]
            continue
        rows, full, inside = segment.texts.find(name)
        # Words are often cut so that the name is one of them anyway: counted are the places where it is not.
        cut = [
            dict(zip(*part.of(name), strict=True)) for part in (segment.lexical, segment.own_words)
        ]
        told = []
        for row, every, some in zip(rows.tolist(), full.tolist(), inside.tolist(), strict=True):
            more = [max(every - int(cut[0].get(row, 0)), 0), max(some - int(cut[1].get(row, 0)), 0)]
            if any(more) and name not in own[segment.unit_at(row).issue_id]:
                told.append([row, *more])
        if told:
            found[name] = told
    return found


def _is_whole(folder: Path) -> bool:
    """Whether a segment was finished by a build that was then interrupted, and is as it was written."""
    try:
        SegmentManifest.read(folder).verify(folder)
    except GazetteIndexError:
        return False
    return True


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, default=str), encoding="utf-8")
