"""The tape: the answers of a crawl as they pass, redacted, and the transport that plays them back.

A recording is to a workspace what a gramophone record is to a concert: the
same crawl plays over it and hears the same notes. One JSON object a line,
gzipped when the name ends in `.gz`:

    {"format": "lineage-recording", "version": 1, "root": …, "manager": …, "discovery": …, "answers": N}
    {"method": …, "url": …, "page": 1, "body": …, "status": 200, "reply": …, "next": K, "failure": …, "detail": …}
    …

Lines are in the order of their questions' keys, and hold neither times nor
tokens nor continuation links, so the same estate makes the same bytes. `next`
says that page K follows (a K already seen: the service led in a circle).
"""

from __future__ import annotations

import gzip
import threading
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import msgspec

from lineage.errors import InvalidOption, SourceInvalid
from lineage.records import GapReason
from lineage.redaction import redact, redact_text
from lineage.sources.azureml.planning import Way
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.wire import Reply, Request, Transport

FORMAT: Final = "lineage-recording"
VERSION: Final = 1
REMEDY: Final = "record it again: lineage crawl azureml://… --record FILE"


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line. jobs: `get` when they were got and not listed, as in `planning`."""

    format: str
    version: int
    root: str
    manager: str
    discovery: str
    answers: int
    jobs: Way = "list"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question and its answer."""

    method: str
    url: str
    page: int = 1
    body: dict[str, Any] | None = None
    status: int = 0
    reply: Any = None
    next: int = 0
    failure: GapReason | None = None
    detail: str = ""

    @property
    def key(self) -> str:
        return Request(self.method, self.url, self.body, self.page).key


class Recorder:
    """A transport that remembers what passes through another. Call `write` when the crawl has come to its end."""

    def __init__(self, inside: Transport, root: str, addresses: Addresses, path: Path, jobs: Way = "list") -> None:
        folder = path.parent
        if not folder.is_dir() or path.is_dir():
            raise InvalidOption(f"cannot write the recording {path}", "name a file in a folder that exists")
        self._inside = inside
        self._root = root
        self._addresses = addresses
        self._path = path
        self._jobs: Way = jobs
        self._lines: dict[str, bytes] = {}
        self._links: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def send(self, request: Request) -> Reply:
        reply = self._inside.send(request)
        with self._lock:
            following = 0
            if reply.next:
                following = self._links.setdefault((request.url, reply.next), request.page + 1)
            line = Line(
                request.method,
                request.url,  # of our own making: names and API versions
                request.page,
                request.body,
                reply.status,
                redact(reply.body),
                following,
                reply.failure,
                redact_text(reply.detail),
            )
            self._lines[request.key] = msgspec.json.encode(line, order="sorted")
        return reply

    def close(self) -> None:
        self._inside.close()

    def write(self) -> None:
        """Put the file in place, whole or not at all. Raises InvalidOption when it cannot be written."""
        at = self._addresses
        header = Header(FORMAT, VERSION, self._root, at.manager, at.discovery, len(self._lines), self._jobs)
        lines = [msgspec.json.encode(header, order="sorted"), *(self._lines[key] for key in sorted(self._lines)), b""]
        content = b"\n".join(lines)
        if self._path.suffix == ".gz":
            packed = BytesIO()
            # No name and no time in the gzip header: the same answers, the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
                file.write(content)
            content = packed.getvalue()
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            part.write_bytes(content)
            part.replace(self._path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InvalidOption(
                f"cannot write the recording {self._path}: {error.strerror}", "name a file in a folder you may write"
            ) from error


class Playback:
    """The transport over a recording."""

    def __init__(self, lines: dict[str, Line]) -> None:
        self._lines = lines

    def send(self, request: Request) -> Reply:
        line = self._lines.get(request.key)
        if line is None:
            detail = f"the recording has no answer to {request.method} {request.url}"
            return Reply(0, failure=GapReason.UNREACHABLE, detail=detail)
        link = str(line.next) if line.next else ""
        return Reply(line.status, line.reply, link, line.failure, line.detail)

    def close(self) -> None:
        """Nothing is open."""


def read(path: Path) -> tuple[Header, dict[str, Line]]:
    """The header and the lines by their keys. Raises SourceInvalid with the line that is wrong."""
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise SourceInvalid(f"there is no recording {path}", "check the path") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceInvalid(f"{path} is damaged: its compressed bytes end early or do not add up", REMEDY) from error
    except OSError as error:
        raise SourceInvalid(f"cannot read the recording {path}: {error.strerror}", "check the path") from error
    rows = content.split(b"\n")
    header = _header(path, rows[0])
    lines: dict[str, Line] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        try:
            line = msgspec.json.decode(row, type=Line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SourceInvalid(f"{path} line {number} is damaged: {error}", REMEDY) from error
        lines[line.key] = line
    if len(lines) != header.answers:
        raise SourceInvalid(
            f"{path} ends at line {len(lines) + 1}, but should have {header.answers + 1} lines: it is not whole",
            REMEDY,
        )
    return header, lines


def _header(path: Path, row: bytes) -> Header:
    try:
        header = msgspec.json.decode(row, type=Header)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceInvalid(f"{path} is not a recording: its first line is not the header of one", REMEDY) from error
    if header.format != FORMAT:
        raise SourceInvalid(f"{path} is not a recording: line 1 says {header.format!r}", REMEDY)
    if header.version != VERSION:
        raise SourceInvalid(
            f"{path} line 1: the recording has version {header.version}, this program reads {VERSION}",
            "update this program, or record it again",
        )
    return header
