"""`lineage crawl` that is stopped, and two of them at once: processes of their own, against the emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.index import open_index
from tests.e2e.crawling import Desk
from tests.emulator.contoso import Contoso, contoso
from tests.emulator.server import serve

ROOT = Path(__file__).parents[2]
_OURS = ("AZURE", "ARM_", "MLFLOW", "LINEAGE", "HTTP_", "HTTPS_", "ALL_", "NO_", "REQUESTS_", "CURL_", "SSL_", "PYTEST")


def environment(token: str) -> dict[str, str]:
    """What a process needs of ours, and nothing by which another test, or who runs this, could steer a crawl."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OURS)}
    return kept | {"AZURE_ACCESS_TOKEN": token}


class Process:
    """`lineage crawl TARGET` in the folder of a desk."""

    def __init__(self, desk: Desk, target: str, *more: str) -> None:
        cloud = desk.folder / "cloud.json"
        cloud.write_text(json.dumps(desk.emulator.cloud))
        options = ("--credential", "token", "--cloud", str(cloud), "--ca-bundle", str(desk.emulator.ca_bundle))
        program = [sys.executable, "-c", "from lineage import cli; cli.main()"]
        self._process = subprocess.Popen(
            [*program, "crawl", target, "--index", str(desk.index), *options, *more],
            env=environment(desk.emulator.token),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.id = self._process.pid

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Its exit code and what it wrote to standard error."""
        _, said = self._process.communicate(timeout=90)
        return self._process.returncode, said

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Until that is so. A process that has ended before, or takes too long, shows what it wrote."""
        until = time.monotonic() + 60
        while not true():
            if self._process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
                continue
            ended = self._process.returncode
            self.kill()
            out, said = self._process.communicate()
            how = "never came to that" if ended is None else f"ended with {ended}"
            pytest.fail(f"the crawl {how}. It wrote:\n{out}\n{said}")

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()


@pytest.fixture
def story() -> Contoso:
    """An estate that no other test has touched."""
    return contoso()


@pytest.fixture
def desk(story: Contoso, tmp_path: Path) -> Iterator[Desk]:
    """That estate, served to nobody else."""
    with serve(story.estate, tmp_path) as emulator:
        yield Desk(emulator, tmp_path)


@pytest.fixture
def held_up(desk: Desk, story: Contoso) -> Iterator[Process]:
    """A crawl that has read the lists, and which run history asks to wait."""
    desk.emulator.fault("throttle", "rundata", retry_after="120")
    process = Process(desk, story.dev.uri)
    process.wait_until(lambda: desk.emulator.count("fault.throttle") > 0)
    yield process
    process.kill()
    process.end()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_crawl_goes_on_when_it_is_run_again(
    desk: Desk, story: Contoso, held_up: Process, number: signal.Signals, code: int
) -> None:
    """It says that nothing was published, keeps what it has read, and lets go of the index."""
    held_up.send(number)
    ended, said = held_up.end()

    assert ended == code
    assert "stopped; nothing was published" in said
    assert "run it again to go on" in said
    assert "Traceback" not in said

    desk.emulator.forget()
    again = desk.crawl(story.dev.uri)
    assert (again.code, again.json["generation"]) == (0, 1)
    assert "going on where an earlier crawl was interrupted" in again.err
    digest = again.json["digest"]
    asked = desk.emulator.count()
    desk.index.unlink()
    desk.emulator.forget()
    calm = desk.crawl(story.dev.uri)
    assert calm.json["digest"] == digest
    assert asked <= desk.emulator.count()


def test_the_second_of_two_crawls_says_who_holds_the_index(desk: Desk, story: Contoso, held_up: Process) -> None:
    """By process and since when. A killed holder holds nothing."""
    second = desk.crawl(story.dev.uri)

    assert second.code == 75
    assert f"process {held_up.id} since 20" in second.err

    held_up.send(signal.SIGKILL)
    assert held_up.end()[0] == -signal.SIGKILL
    desk.emulator.forget()
    third = desk.crawl(story.dev.uri)
    assert third.code == 0, third.err
    with open_index(desk.index).view() as view:
        assert view.generation.number == 1
