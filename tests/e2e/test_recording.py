"""A crawl can be kept, played again and repeated; and no secret is ever kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from lineage.index import open_index
from tests.e2e.conftest import Crawled
from tests.e2e.crawling import Desk
from tests.emulator import bodies
from tests.emulator.contoso import CANARIES, Contoso
from tests.emulator.credential import token_for

assert len(set(CANARIES)) == 5


def digests(index: Path) -> list[str]:
    return [generation.digest for generation in open_index(index).generations()]


def test_a_recording_replays_to_the_digest_of_the_crawl_that_it_records(crawled: Crawled, desk: Desk) -> None:
    """Both workspaces, each replayed where it was crawled; and the service is not asked."""
    for recording in crawled.recordings.values():
        assert desk.replay(recording).code == 0

    assert digests(desk.index) == digests(crawled.desk.index)
    assert desk.emulator.count() == 0


def test_a_second_crawl_changes_nothing(desk: Desk, story: Contoso) -> None:
    first = desk.crawl(story.dev.uri).json
    second = desk.crawl(story.dev.uri).json

    assert (first["generation"], second["generation"]) == (1, 2)
    assert first["digest"] == second["digest"]


def test_the_order_of_the_workspaces_does_not_matter(crawled: Crawled, desk: Desk) -> None:
    """What two crawls know together is the same whichever came first."""
    for recording in reversed(crawled.recordings.values()):
        assert desk.replay(recording).code == 0

    assert digests(desk.index)[-1] == digests(crawled.desk.index)[-1]


def test_the_same_estate_makes_the_same_recording(crawled: Crawled, desk: Desk, story: Contoso) -> None:
    """Whatever order four threads ask in."""
    again = desk.folder / "again.jsonl"
    desk.crawl(story.dev.uri, "--record", again)

    assert again.read_bytes() == crawled.recordings["mlw-credit-dev"].read_bytes()


def test_a_compressed_recording_replays_to_the_same_digest(crawled: Crawled, desk: Desk, story: Contoso) -> None:
    packed = desk.folder / "packed.jsonl.gz"
    desk.crawl(story.dev.uri, "--record", packed)
    replayed = Desk(desk.emulator, desk.folder / "elsewhere")
    replayed.folder.mkdir()
    said = replayed.replay(packed)

    assert packed.read_bytes()[:2] == b"\x1f\x8b"
    assert said.json["digest"] == digests(crawled.desk.index)[0]


def test_every_canary_is_in_what_the_service_sends(desk: Desk, story: Contoso) -> None:
    """Else their absence below would say nothing."""
    jobs = story.dev.jobs.values()
    sent = json.dumps(
        [
            [bodies.job(job, desk.emulator.url) for job in jobs],
            [bodies.rundata(job) for job in jobs],
            [bodies.version(model) for model in story.dev.versions("models")],
            [bodies.version(data) for data in story.dev.versions("data")],
            [bodies.deployment(it) for it in story.endpoint.deployments.values()],
        ]
    )

    assert [canary for canary in CANARIES if canary not in sent] == []


def test_no_secret_reaches_the_index_its_log_a_recording_or_the_terminal(desk: Desk, story: Contoso) -> None:
    """Access signatures, tokens in git addresses, values of variables, account keys; and our own token."""
    open_index(desk.index, create=True)
    with closing(sqlite3.connect(desk.index)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM generation").fetchone()  # who reads keeps the log from being folded away
        said = [
            desk.crawl(workspace.uri, "--record", desk.folder / f"{workspace.name}.jsonl")
            for workspace in (story.dev, story.prod)
        ]
        kept = {path.name: path.read_bytes() for path in desk.folder.iterdir() if path.name != "cloud.json"}

    assert {"index.db", "index.db-wal", "mlw-credit-dev.jsonl", "mlw-credit-prod.jsonl"} <= set(kept)
    assert len(kept["index.db-wal"]) > 100_000
    spoken = {"out": "".join(one.out for one in said).encode(), "err": "".join(one.err for one in said).encode()}
    secrets = [secret.encode() for secret in (*CANARIES, token_for(story.estate.tenant))]
    assert [(name, secret) for name, text in (kept | spoken).items() for secret in secrets if secret in text] == []
