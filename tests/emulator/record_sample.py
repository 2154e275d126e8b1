"""Record the sample again: `python -m tests.emulator.record_sample [FOLDER]`, or `make sample`.

Crawls the standard estate with the real SDK, under Azure's own host names, and
writes one recording for each workspace. The same estate makes the same bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lineage import sample
from lineage.sources.azureml.source import AzureMLSource
from tests.emulator.contoso import contoso
from tests.emulator.credential import EmulatorCredential
from tests.emulator.server import Emulator, serve_as_azure


class Silent:
    """A reporter that shows nothing."""

    def progress(self, task: str, done: int, total: int | None = None) -> None: ...

    def note(self, message: str) -> None: ...


def record(folder: Path) -> list[Path]:
    """Write the recordings into `folder`, in the order in which the sample is crawled."""
    story = contoso()
    written = []
    with TemporaryDirectory() as scratch, serve_as_azure(story.estate, Path(scratch)) as emulator, _through(emulator):
        for name, workspace in zip(sample.NAMES, (story.dev, story.prod), strict=True):
            path = folder / name
            source = AzureMLSource(
                workspace.uri,
                credential=EmulatorCredential(emulator.token),
                ca_bundle=str(emulator.ca_bundle),
                record=path,
            )
            facts = sum(1 for _ in source.crawl(Silent()))
            print(f"{path}: {facts} facts, {path.stat().st_size / 1000:.0f} kB")
            written.append(path)
    return written


@contextmanager
def _through(emulator: Emulator) -> Iterator[None]:
    """The emulator's proxy for everything that this process asks, until the block ends."""
    names = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ["HTTPS_PROXY"] = emulator.proxy
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


if __name__ == "__main__":
    record(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sample.__file__).parent)
