"""A registry is crawled as a workspace is: by its own name, to the last version of everything it holds."""

from __future__ import annotations

from pathlib import Path

from lineage import ids
from lineage.graph import Relation
from lineage.index import open_index
from lineage.records import RecordKind
from tests.e2e.crawling import Desk
from tests.emulator.contoso import Contoso, contoso
from tests.emulator.forms import REGISTRY
from tests.emulator.server import serve


def test_a_registry_is_crawled_by_its_name(desk: Desk, story: Contoso) -> None:
    """Its models and environments are listed, and a copy names its original; no workspace is read for it."""
    said = desk.crawl("azureml://registries/contoso-models")

    assert (said.code, said.json["root"], said.json["complete"]) == (0, REGISTRY, True), said.err
    with open_index(desk.index).view() as view:
        (record,) = view.records(f"{REGISTRY}/models/contoso-bert/versions/3")
        copy = ids.key(f"{REGISTRY}/models/credit-scoring/versions/5")
        copied = [edge.cause for edge in view.causes([copy]) if edge.relation is Relation.COPIED_FROM]
        originals = [node.text for node in view.nodes(copied).values()]
    assert record.kind is RecordKind.MODEL_VERSION
    assert record.listing == f"{REGISTRY}/models/contoso-bert/versions"
    assert originals == [f"azureml://locations/westeurope/workspaces/{story.dev.guid}/models/credit-scoring/versions/5"]
    assert desk.emulator.counts()["registry.models"] == 1
    assert not [seen for seen in desk.emulator.requests if "/workspaces/" in seen.path]


def test_a_registry_replays_from_its_recording(desk: Desk) -> None:
    first = desk.crawl("azureml://registries/contoso-models", "--record", desk.folder / "registry.jsonl")
    again = Desk(desk.emulator, desk.folder / "elsewhere")
    again.folder.mkdir()

    assert again.replay(desk.folder / "registry.jsonl").json["digest"] == first.json["digest"]


def test_a_registry_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    said = desk.crawl("azureml://registries/nobodys")

    assert said.code == 5
    assert "there is no registry nobodys" in said.err
    assert "az ml registry list" in said.err


def test_a_copy_meets_its_original_when_the_workspace_is_crawled_too(desk: Desk, story: Contoso) -> None:
    """The registry knows it by GUID, the workspace by name: whoever asks for one is told of the other."""
    from lineage import lookup, trace

    desk.crawl("azureml://registries/contoso-models")
    desk.crawl(story.dev.uri)
    with open_index(desk.index).view() as view:
        found = trace.trace(view, lookup.find(view, f"{REGISTRY}/models/credit-scoring/versions/5"))

    assert f"{story.dev.uri}/jobs/calm_pepper_q1w8z5n3rt" in {node.text for node in found.nodes.values()}


def unread(desk: Desk) -> dict[str, str]:
    """What of the newest generation could not be read for want of a way there, and why."""
    with open_index(desk.index).view() as view:
        return {gap.subject: gap.detail for gap in view.gaps() if gap.reason == "UNREACHABLE"}


def test_a_workspace_that_the_index_knows_is_no_stranger_to_a_registry(desk: Desk, story: Contoso) -> None:
    """Alone, the registry names originals and jobs in a workspace that it knows by GUID only; after that workspace was
    crawled, with a crawl that asks nothing of it, they are known.
    """
    desk.crawl(REGISTRY)
    alone = unread(desk)
    desk.crawl(story.dev.uri)
    desk.emulator.forget()
    said = desk.crawl(REGISTRY)
    full = desk.crawl(REGISTRY, "--full")

    assert len(alone) > 3
    assert set(alone.values()) == {f"no workspace that was read has the id {story.dev.guid}"}
    assert (said.code, unread(desk)) == (0, {})
    assert said.json["digest"] == full.json["digest"]
    assert not [seen for seen in desk.emulator.requests if "/workspaces/" in seen.path]


def test_what_a_known_workspace_has_no_more_is_said(desk: Desk, story: Contoso, tmp_path: Path) -> None:
    """The original of a copy was deleted before its workspace was ever crawled."""
    changed = contoso()
    del changed.dev.assets["models"]["fraud-explainer"]
    with serve(changed.estate, tmp_path) as emulator:
        desk = Desk(emulator, tmp_path)
        desk.crawl(changed.dev.uri)
        desk.crawl(REGISTRY)
    located = f"azureml://locations/westeurope/workspaces/{story.dev.guid}"

    assert unread(desk) == {
        f"{located}/models/fraud-explainer/versions/2": f"the newest crawl of {story.dev.uri} did not meet it"
    }
