"""Is a pack what it says it is? Everything is hashed and made again, without the index and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Protocol

import msgspec

from lineage import __version__
from lineage.errors import EvidenceDiffers
from lineage.ports import Document, Questions, Reporter
from lineage.records import canonical_json
from lineage.reports import evidence, manifest
from lineage.reports.evidence import AGAIN, Recorder, Replay
from lineage.reports.manifest import File, Manifest
from lineage.reports.pack import Part, Reports
from lineage.reports.signing import ENVELOPE


class Folder(Protocol):
    """The files of a pack, read."""

    def paths(self) -> list[str]:
        """Every file, by its path with `/`."""
        ...

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, a piece at a time. Raises EvidenceDiffers when it cannot be read."""
        ...


def verify(folder: Folder, reports: Reports, documents: Callable[[str], Document], progress: Reporter) -> Iterator[str]:
    """Yields one sentence for each thing that was checked and found right.

    Raises EvidenceDiffers at the first that is not; it names the file and where in it.
    """
    raw = b"".join(folder.read(manifest.PATH))
    of = manifest.decode_or_differ(raw)
    yield f"{manifest.PATH} is one: a report on {of.kind}, of generation {of.generation.get('number')}"
    _custody(folder, raw)
    yield f"{manifest.CUSTODY} names it by its hash"
    if changed := _changed(folder, of):
        file, what = changed
        if file.path != evidence.PATH:
            # Making it again tells the line, where only the hash is known now.
            list(_again(folder, of, reports, documents, progress))
        raise EvidenceDiffers(f"{file.path} {what}", AGAIN)
    yield f"{len(of.files):,} files have the sizes and hashes that it lists, and there are no others"
    _population(of)
    yield "the population adds up as it says"
    yield from _again(folder, of, reports, documents, progress)


def ask_again(folder: Folder, questions: Questions) -> str:
    """Asks an index every question of the pack again; the sentence that says that it answered the same.

    questions: of the pack's generation. Raises EvidenceDiffers at the first answer that is another, and what the
    questions raise.
    """
    count = 0
    for count, answer in enumerate(evidence.answers(_lines(folder.read(evidence.PATH))), 1):
        told = questions.run(answer.operation, answer.variables)
        if canonical_json(told) != canonical_json(answer.data):
            raise EvidenceDiffers(
                f"{evidence.PATH}, line {count}: the index answers {answer.operation} otherwise",
                "give the index that the report was made from; when it is that one, what stands here was changed",
            )
    return f"the index answers all {count:,} questions as they are answered here"


def follows(folder: Folder, earlier: Folder) -> str:
    """The sentence that says that a pack names this earlier one as the one before it. Raises EvidenceDiffers."""
    of = manifest.decode_or_differ(b"".join(folder.read(manifest.PATH)))
    raw = b"".join(earlier.read(manifest.PATH))
    before = manifest.decode_or_differ(raw)
    if of.previous is None:
        raise EvidenceDiffers(f"{manifest.PATH} names no report before it", "it was made without --previous")
    if of.previous.sha256 != sha256(raw).hexdigest():
        raise EvidenceDiffers(
            f"{manifest.PATH} names another report before it, of generation {of.previous.generation}", AGAIN
        )
    return f"the report before it is that of generation {before.generation.get('number')}, unchanged"


def _custody(folder: Folder, raw: bytes) -> None:
    try:
        told = msgspec.json.decode(b"".join(folder.read(manifest.CUSTODY)), type=dict[str, str])
    except msgspec.MsgspecError:
        raise EvidenceDiffers(f"{manifest.CUSTODY} cannot be read", AGAIN) from None
    if told.get("manifest") != sha256(raw).hexdigest():
        raise EvidenceDiffers(f"{manifest.CUSTODY} names another manifest than the one beside it", AGAIN)


def _changed(folder: Folder, of: Manifest) -> tuple[File, str] | None:
    """The first file that is not what the manifest lists, the answers first, and how it differs."""
    there = set(folder.paths()) - {manifest.PATH, manifest.CUSTODY, ENVELOPE}
    listed = {file.path for file in of.files}
    for path in sorted(listed - there):
        raise EvidenceDiffers(f"{path} is listed and not there", AGAIN)
    for path in sorted(there - listed):
        raise EvidenceDiffers(f"{path} is there and not listed", "take it out: it is no part of the report")
    for file in sorted(of.files, key=lambda file: file.path != evidence.PATH):
        size, digest = 0, sha256()
        for chunk in folder.read(file.path):
            size += len(chunk)
            digest.update(chunk)
        if (size, digest.hexdigest()) != (file.bytes, file.sha256):
            what = f"has {size:,} bytes where {file.bytes:,} are listed" if size != file.bytes else "was changed"
            return file, what
    return None


def _population(of: Manifest) -> None:
    for row in [of.population["total"], *of.population["collections"]]:
        met = row["listed"] + row["referenced"]
        kept = row["stored"] + row["forbidden"] + row["deleted"] + row["failed"] + row["unaccounted"]
        if met != kept:
            name = f"{row.get('scope') or ''} {row.get('collection') or 'in all'}".strip()
            raise EvidenceDiffers(
                f"{manifest.PATH}: the population of {name} does not add up: {met:,} met, {kept:,} kept", AGAIN
            )


def _again(
    folder: Folder, of: Manifest, reports: Reports, documents: Callable[[str], Document], progress: Reporter
) -> Iterator[str]:
    if of.tool.get("version") != __version__:
        yield (f"made by version {of.tool.get('version')}, this is {__version__}: the files were not made again")
        return
    if of.kind not in reports:
        raise EvidenceDiffers(f"{manifest.PATH}: this version makes no report on {of.kind!r}", AGAIN)
    replay = Replay(_lines(folder.read(evidence.PATH)), of.generation["number"], documents)
    recorder = Recorder(replay, lambda line: None)
    told = manifest.head(recorder)
    listed = {file.path: file for file in of.files}
    made: list[File] = []
    for part in reports[of.kind]()(recorder, of.parameters, progress):
        if part.path not in listed:
            raise EvidenceDiffers(f"the answers make a file {part.path}, which is not there", AGAIN)
        _same(folder, part)
        made.append(msgspec.structs.replace(listed[part.path], rows=part.rows, nulls=part.nulls, order=part.order))
    if replay.left:
        raise EvidenceDiffers(f"{evidence.PATH} has more answers than the report asks for", AGAIN)
    made.append(listed[evidence.PATH])
    if len(made) != len(of.files):
        more = min(listed.keys() - {file.path for file in made})
        raise EvidenceDiffers(f"{more} is listed, and the answers do not make it", AGAIN)
    again = manifest.manifest(of.kind, of.parameters, told, recorder.asked, made, of.previous, of.reperform)
    for name in Manifest.__struct_fields__:
        if getattr(again, name) != getattr(of, name):
            raise EvidenceDiffers(f"{manifest.PATH}: `{name}` is not what the answers make", AGAIN)
    yield f"{len(made) - 1:,} files and the manifest were made again from the answers, and are the same byte for byte"


def _same(folder: Folder, part: Part) -> None:
    """Raises EvidenceDiffers where the file is not what the part makes."""
    there = folder.read(part.path)
    held = b""
    offset, line = 0, 1
    for chunk in part.chunks:
        while len(held) < len(chunk) and (piece := next(there, None)) is not None:
            held += piece
        if held[: len(chunk)] != chunk:
            at = next(
                (n for n, (a, b) in enumerate(zip(held, chunk, strict=False)) if a != b), min(len(held), len(chunk))
            )
            line += chunk.count(b"\n", 0, at)
            raise EvidenceDiffers(
                f"{part.path} is not what the answers make: line {line:,}, byte {offset + at + 1:,}", AGAIN
            )
        line += chunk.count(b"\n")
        offset += len(chunk)
        held = held[len(chunk) :]
    if held or next(there, None) is not None:
        raise EvidenceDiffers(f"{part.path} goes on after line {line:,}, where the answers make nothing more", AGAIN)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
