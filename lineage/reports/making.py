"""A report becomes a pack: files, the answers behind them, and the manifest that names both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, Protocol

from lineage.ports import Questions, Reporter
from lineage.reports import evidence, manifest
from lineage.reports.evidence import Recorder
from lineage.reports.manifest import File, Manifest, Previous
from lineage.reports.pack import Part, Report


class Writer(Protocol):
    """Takes the bytes of one file."""

    def write(self, chunk: bytes, /) -> object: ...


class Sink(Protocol):
    """Where the files of a pack go."""

    def file(self, path: str) -> AbstractContextManager[Writer]: ...


class _Counted:
    def __init__(self, to: Writer) -> None:
        self._to = to
        self.size = 0
        self._digest = sha256()

    def write(self, chunk: bytes) -> None:
        self._to.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def file(self, path: str, media_type: str, about: str, part: Part | None = None) -> File:
        rows, nulls, order = (part.rows, part.nulls, part.order) if part else (None, {}, "")
        return File(path, media_type, about, self.size, self._digest.hexdigest(), rows, nulls, order)


def make(
    kind: str,
    report: Report,
    parameters: Mapping[str, Any],
    questions: Questions,
    sink: Sink,
    progress: Reporter,
    previous: Previous | None = None,
    reperform: Sequence[str] = (),
) -> Manifest:
    """Writes every file of the report and the answers behind it; returns the manifest, which the caller writes last.

    Raises what the questions and the sink raise; what was written then is no pack, having no manifest.
    """
    files: list[File] = []
    with sink.file(evidence.PATH) as kept:
        lines = _Counted(kept)
        recorder = Recorder(questions, lines.write)
        told = manifest.head(recorder)
        for part in report(recorder, parameters, progress):
            with sink.file(part.path) as to:
                counted = _Counted(to)
                for chunk in part.chunks:
                    counted.write(chunk)
            files.append(counted.file(part.path, part.media_type, part.about, part))
    about = "every answer that the other files were made from, in the order in which it was asked"
    files.append(lines.file(evidence.PATH, "application/jsonl", about))
    return manifest.manifest(kind, parameters, told, recorder.asked, files, previous, reperform)
