"""What is gone, locked or archived between two crawls: what it was stays known, and its standing is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage import ids, lookup, trace
from lineage.graph import State
from lineage.index import open_index
from lineage.records import GapReason
from tests.e2e.crawling import Desk
from tests.emulator.contoso import Contoso, contoso
from tests.emulator.estate import Workspace
from tests.emulator.server import serve


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[tuple[Desk, Contoso]]:
    """A standard estate of one's own, already crawled."""
    story = contoso()
    with serve(story.estate, tmp_path) as emulator:
        desk = Desk(emulator, tmp_path)
        assert desk.crawl(story.dev.uri).code == 0
        yield desk, story


def state(desk: Desk, workspace: Workspace, name: str) -> tuple[State, list[GapReason]]:
    """How a thing stands, and what is told of not having read it."""
    text = f"{workspace.uri}/{name}"
    with open_index(desk.index).view() as view:
        return view.nodes([ids.key(text)])[ids.key(text)].state, [gap.reason for gap in view.gaps(text)]


def upstream(desk: Desk, workspace: Workspace, name: str) -> set[str]:
    with open_index(desk.index).view() as view:
        found = trace.trace(view, lookup.find(view, f"{workspace.uri}/{name}"))
        return {node.text.removeprefix(f"{workspace.uri}/") for node in found.nodes.values()}


def test_a_job_that_was_deleted_is_deleted_and_its_lineage_stays(changing: tuple[Desk, Contoso]) -> None:
    """The models that name it are asked about it in the next crawl, and still lead to the data that went in."""
    desk, story = changing
    september = story.jobs["september"]
    before = upstream(desk, story.dev, "models/credit-scoring/versions/3")
    september.delete()
    assert desk.crawl(story.dev.uri).code == 0

    assert state(desk, story.dev, f"jobs/{september.name}") == (State.DELETED, [GapReason.NOT_FOUND])
    assert "data/applications/versions/3" in before
    assert before <= upstream(desk, story.dev, "models/credit-scoring/versions/3")
    assert desk.crawl(story.dev.uri).code == 0
    assert state(desk, story.dev, f"jobs/{september.name}")[0] is State.DELETED


def test_data_that_was_deleted_is_deleted_for_the_jobs_that_used_it(changing: tuple[Desk, Contoso]) -> None:
    """Its container is in no list any more, and the version that jobs name answers 404."""
    desk, story = changing
    del story.dev.assets["data"]["complaints"]
    assert desk.crawl(story.dev.uri).code == 0

    assert state(desk, story.dev, "data/complaints/versions/1") == (State.DELETED, [GapReason.NOT_FOUND])
    assert "datastores/lake/paths/raw/complaints/2026" in upstream(
        desk, story.dev, "models/complaint-triage/versions/2"
    )


def test_one_version_of_data_that_was_deleted_is_deleted_and_the_others_live(changing: tuple[Desk, Contoso]) -> None:
    """An older version moves nothing of what its container says, so it takes a full crawl to see."""
    desk, story = changing
    del story.dev.assets["data"]["applications"]["2"]
    assert desk.crawl(story.dev.uri, "--full").code == 0

    assert state(desk, story.dev, "data/applications/versions/2") == (State.DELETED, [GapReason.NOT_FOUND])
    assert state(desk, story.dev, "data/applications/versions/3") == (State.LIVE, [])


def test_a_job_that_was_locked_is_forbidden_and_its_lineage_stays(changing: tuple[Desk, Contoso]) -> None:
    desk, story = changing
    affordability = story.jobs["affordability"]
    story.dev.forbid(f"jobs/{affordability.name}")
    assert desk.crawl(story.dev.uri).code == 0

    assert state(desk, story.dev, f"jobs/{affordability.name}") == (State.FORBIDDEN, [GapReason.FORBIDDEN])
    assert "data/applications/versions/2" in upstream(desk, story.dev, "models/affordability/versions/3")


def test_what_is_archived_later_says_so_and_keeps_its_lineage(changing: tuple[Desk, Contoso]) -> None:
    """A job and a model version; both go on to be listed. The version takes a full crawl, if no newer one came."""
    desk, story = changing
    model = story.models["credit-scoring:3"]
    model.archive()
    story.jobs["september"].archived = True
    assert desk.crawl(story.dev.uri).code == 0
    assert state(desk, story.dev, f"jobs/{story.jobs['september'].name}") == (State.ARCHIVED, [])
    assert desk.crawl(story.dev.uri, "--full").code == 0

    assert state(desk, story.dev, "models/credit-scoring/versions/3") == (State.ARCHIVED, [])
    assert state(desk, story.dev, f"jobs/{story.jobs['september'].name}") == (State.ARCHIVED, [])
    assert "data/applications/versions/3" in upstream(desk, story.dev, "models/credit-scoring/versions/3")


def test_a_list_that_we_may_not_read_any_more_deletes_nothing(changing: tuple[Desk, Contoso]) -> None:
    """Absence counts only in a list that was read to its end."""
    desk, story = changing
    story.dev.forbid("jobs")
    story.dev.forbid("models")
    said = desk.crawl(story.dev.uri)

    assert (said.code, said.json["complete"]) == (0, False)
    for name in (f"jobs/{story.jobs['spark'].name}", "models/credit-scoring/versions/3"):
        assert state(desk, story.dev, name)[0] in (State.LIVE, State.FORBIDDEN), name
    assert "data/applications/versions/3" in upstream(desk, story.dev, "models/credit-scoring/versions/3")
