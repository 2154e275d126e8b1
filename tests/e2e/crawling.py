"""The command line, run as a user runs it, against an emulator."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lineage import cli
from tests.emulator.server import Emulator


@dataclass(frozen=True)
class Said:
    """What a command came to: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def lineage(*arguments: object) -> Said:
    """Run `lineage` with these arguments in this process."""
    out, err = _Page(), _Page()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.run([str(argument) for argument in arguments])
    return Said(code, out.text, err.text)


class _Page(io.TextIOWrapper):
    """What a command writes to, as text or as bytes."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        self.flush()
        written = self.buffer
        assert isinstance(written, io.BytesIO)
        return written.getvalue().decode()


@dataclass
class Desk:
    """A folder with an index, and an emulator to crawl into it."""

    emulator: Emulator
    folder: Path
    index: Path = field(init=False)

    def __post_init__(self) -> None:
        self.index = self.folder / "index.db"

    def crawl(self, target: str, *more: object) -> Said:
        """`lineage crawl TARGET --json`, signed in to the emulator's cloud with its token."""
        cloud = self.folder / "cloud.json"
        cloud.write_text(json.dumps(self.emulator.cloud))
        options = ("--credential", "token", "--cloud", cloud, "--ca-bundle", self.emulator.ca_bundle)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AZURE_ACCESS_TOKEN", self.emulator.token)
            return lineage("crawl", target, "--json", "--index", self.index, *options, *more)

    def replay(self, recording: Path) -> Said:
        """`lineage crawl FILE --json`, without any service."""
        return lineage("crawl", recording, "--json", "--index", self.index)
