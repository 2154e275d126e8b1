"""Packs of files on disk: written whole or not at all, read back to be checked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from getpass import getuser
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from lineage.errors import EvidenceDiffers, InvalidOption
from lineage.ports import Index, Questions, Reporter
from lineage.reports import manifest
from lineage.reports.making import make
from lineage.reports.manifest import Manifest, Previous
from lineage.reports.pack import Report

_PIECE = 1 << 18


class Directory:
    """A pack in a directory, as a sink and as a folder to read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def file(self, path: str) -> Iterator[BinaryIO]:
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        with where.open("wb") as file:
            yield file

    def paths(self) -> list[str]:
        return [
            str((Path(folder) / name).relative_to(self.root))
            for folder, _, names in os.walk(self.root)
            for name in names
        ]

    def read(self, path: str) -> Iterator[bytes]:
        try:
            with (self.root / path).open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except OSError as error:
            raise EvidenceDiffers(
                f"{path} cannot be read: {error.strerror}", "give the directory of a report"
            ) from None


def write(
    target: str,
    kind: str,
    report: Report,
    parameters: Mapping[str, Any],
    questions: Questions,
    progress: Reporter,
    previous: Previous | None = None,
    reperform: Sequence[str] = (),
    *,
    replace: bool = False,
) -> Manifest:
    """Makes the report into a new directory, which appears when it is whole.

    Raises InvalidOption when something is there already, unless it is an earlier report and `replace` is said.
    """
    where = Path(target)
    _free(where, replace=replace)
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{where.name}.", dir=where.parent))
    except OSError as error:
        raise _unwritable(where, error) from None
    try:
        sink = Directory(aside)
        of = make(kind, report, parameters, questions, sink, progress, previous, reperform)
        raw = manifest.encode(of)
        (aside / manifest.PATH).write_bytes(raw)
        (aside / manifest.CUSTODY).write_bytes(manifest.custody(raw, now(), _operator()))
        aside.chmod(0o755)
        if replace and where.exists():
            _swap(aside, where)
        else:
            with suppress(FileNotFoundError):
                where.rmdir()  # an empty one
            aside.rename(where)
    except OSError as error:
        raise _unwritable(where, error) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return of


def previous(target: str | None) -> Previous | None:
    """The earlier report in this directory, to chain to. Raises InvalidOption when it is none."""
    if target is None:
        return None
    try:
        raw = (Path(target) / manifest.PATH).read_bytes()
        of = manifest.decode(raw)
    except (OSError, msgspec.MsgspecError):
        raise InvalidOption(
            f"{target} holds no earlier report", "give the directory that `lineage audit` wrote"
        ) from None
    told = of.generation
    return Previous(sha256(raw).hexdigest(), int(told["number"]), str(told["digest"]), of.id)


def chained(index: Index, target: str | None) -> Previous | None:
    """As `previous`, of this index. Raises InvalidOption when that report was made from another one."""
    found = previous(target)
    if found is not None:
        known = {one.number: one.digest for one in index.generations()}
        if known.get(found.generation) != found.digest:
            raise InvalidOption(
                f"{target} was made from another index: its generation {found.generation} is not the one here",
                "give the index that it was made from, or leave --previous out",
            )
    return found


def _free(where: Path, *, replace: bool) -> None:
    try:
        taken = where.exists() and (not where.is_dir() or any(where.iterdir()))
    except OSError as error:
        raise _unwritable(where, error) from None
    if taken and not (replace and (where / manifest.PATH).is_file()):
        remedy = "give another directory" if replace else "give another directory, or --replace for an earlier report"
        raise InvalidOption(f"{where} is there already", remedy)


def _swap(aside: Path, where: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=f".{where.name}.old.", dir=where.parent))
    where.rename(old / "was")
    aside.rename(where)
    shutil.rmtree(old, ignore_errors=True)


def _unwritable(where: Path, error: OSError) -> InvalidOption:
    return InvalidOption(f"cannot write to {where}: {error.strerror}", "give a directory that you may write to")


def now() -> str:
    """The present instant, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _operator() -> str:
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"
