"""Everything that comes in pages is read to the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage import ids
from lineage.graph import State
from lineage.ids import Kind
from lineage.index import open_index
from lineage.ports import NodeFilter, View
from tests.e2e.crawling import Desk, Said, lineage
from tests.emulator.crowded import CHILDREN, CONTAINERS, DEPLOYMENTS, JOBS, VERSIONS, crowded
from tests.emulator.estate import Workspace
from tests.emulator.server import serve


class Crowd:
    """The crowded estate, crawled once."""

    def __init__(self, folder: Path, workspace: Workspace, desk: Desk) -> None:
        self.workspace = workspace
        self.said: Said = desk.crawl(workspace.uri, "--record", folder / "crowd.jsonl.gz")
        assert self.said.code == 0, self.said.err
        self.counts = desk.emulator.counts()
        self.desk = desk
        self.recording = folder / "crowd.jsonl.gz"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("crowd")
    estate, workspace = crowded()
    with serve(estate, folder) as emulator:
        yield Crowd(folder, workspace, Desk(emulator, folder))


@pytest.fixture
def view(crowd: Crowd) -> Iterator[View]:
    with open_index(crowd.desk.index).view() as seen:
        yield seen


def test_every_container_and_every_version_is_there(view: View, crowd: Crowd) -> None:
    """122 containers in three pages, one of them archived and one with 104 versions in three pages."""
    models = f"{crowd.workspace.uri}/models"
    named = [node.text for node in view.list_nodes(NodeFilter(kinds=(Kind.MODEL_VERSION,), text="/models/"), limit=500)]

    assert len([text for text in named if text.startswith(f"{models}/store-")]) == CONTAINERS
    assert len([text for text in named if text.startswith(f"{models}/nightly/")]) == VERSIONS
    listed = {listing.text: (listing.listed, listing.complete) for c in view.coverage() for listing in c.listings}
    assert listed[models] == (CONTAINERS + 2, True)
    assert listed[f"{models}/nightly/versions"] == (VERSIONS, True)


def test_a_name_that_breaks_urls_keeps_its_lineage(view: View, crowd: Crowd) -> None:
    (awkward,) = view.list_nodes(NodeFilter(kinds=(Kind.MODEL_VERSION,), text="%2F"))
    causes = [edge.cause for edge in view.causes([awkward.key])]

    assert f"{crowd.workspace.uri}/jobs/busy_ant_1a2b3c4d5e/outputs/model" in {
        node.text for node in view.nodes(causes).values()
    }


def test_every_deployment_is_there(view: View) -> None:
    assert view.count_nodes(NodeFilter(kinds=(Kind.DEPLOYMENT,))) == DEPLOYMENTS


def test_the_work_is_counted_in_pages(crowd: Crowd) -> None:
    """Versions: one page for each of 121 containers and three for the one with 104. No job is got by its name.

    Runs come in batches of fifty: one of the 132 listed jobs, to see whether the service takes it; then the other 82
    and the 64 children, in three.
    """
    assert crowd.counts["models"] == 3
    assert crowd.counts["models.versions"] == 121 + 3
    assert crowd.counts["deployments"] == 2
    assert crowd.counts["onlineEndpoints"] == 1
    assert crowd.counts["run.children"] == 2
    assert crowd.counts["jobs"] == 3
    assert crowd.counts["batchrundata"] == 1 + 3
    assert not {"job", "rundata"} & set(crowd.counts)


def test_pages_replay_from_a_recording(crowd: Crowd, tmp_path: Path) -> None:
    said = Desk(crowd.desk.emulator, tmp_path).replay(crowd.recording)

    assert said.json["digest"] == crowd.said.json["digest"]


def test_every_job_is_there_whether_or_not_anything_names_it(crowd: Crowd, view: View) -> None:
    """Half of them are archived, and come all the same."""
    found = view.list_nodes(NodeFilter(kinds=(Kind.JOB,), text="/jobs/idle_"), limit=500)

    assert len(found) == JOBS
    assert len([node for node in found if node.state is State.ARCHIVED]) == JOBS // 2


def test_every_child_of_a_wide_pipeline_is_there(crowd: Crowd, view: View) -> None:
    """The SDK would read fifty of them."""
    pipeline = f"{crowd.workspace.uri}/jobs/many_bees_6f7g8h9i0j"
    children = [edge.effect for edge in view.effects([ids.key(pipeline)]) if edge.relation == "partOf"]

    assert len(children) == CHILDREN


def test_jobs_that_are_got_by_name_leave_an_answer_that_says_so(crowd: Crowd, tmp_path: Path) -> None:
    """Two of 132 jobs are named: two requests instead of three pages, and the ledger says what is not known."""
    desk = Desk(crowd.desk.emulator, tmp_path)
    desk.emulator.forget()
    said = desk.crawl(crowd.workspace.uri, "--jobs", "get", "--record", tmp_path / "got.jsonl")
    counts = desk.emulator.counts()

    assert (said.code, said.json["complete"]) == (0, False), said.err
    assert "jobs were got by name: those that nothing names are not known" in said.err
    assert (counts.get("jobs"), counts["job"]) == (None, 2)
    assert (crowd.counts["jobs"], crowd.counts.get("job")) == (3, None)
    (entry,) = lineage("gaps", "--reason", "NOT_LISTED", "--index", desk.index, "--json").json["gaps"]["entries"]
    assert (entry["subject"], entry["reason"]) == (f"{crowd.workspace.uri}/jobs", "NOT_LISTED")
    answer = lineage("impact", f"{crowd.workspace.uri}/jobs/busy_ant_1a2b3c4d5e", "--index", desk.index, "--json").json
    assert not answer["isComplete"]
    assert "was not read to its end" in answer["truncations"][0]["detail"]

    again = Desk(crowd.desk.emulator, tmp_path / "again")
    again.folder.mkdir()
    assert again.replay(tmp_path / "got.jsonl").json["digest"] == said.json["digest"]

    listed = desk.crawl(crowd.workspace.uri, "--full")
    assert listed.json["complete"] is True
    assert listed.json["gaps"]["by_reason"] == crowd.said.json["gaps"]["by_reason"]
    assert listed.json["counts"]["records"] == crowd.said.json["counts"]["records"]
