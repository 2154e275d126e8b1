"""Every kind of resource and every form of reference, crawled through the real SDK: the edge that each must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage import ids, lookup
from lineage.graph import Node, Relation, State
from lineage.index import open_index
from lineage.ports import NodeFilter, View
from lineage.records import GapReason, RecordKind
from tests.e2e.crawling import Desk
from tests.emulator.kinds import FORMS, GIT_TOKEN, KINDS, Everything, Form, Row, everything
from tests.emulator.server import serve

assert KINDS
assert FORMS


class Crawled:
    """The estate with one of everything, crawled with batches of runs and without."""

    def __init__(self, folder: Path, *, batches: bool) -> None:
        self.all = everything()
        self.all.estate.batches = batches
        folder.mkdir()
        with serve(self.all.estate, folder) as emulator:
            self.desk = Desk(emulator, folder)
            self.said = self.desk.crawl(self.all.ws.uri, "--record", folder / "kinds.jsonl")
            self.counts = emulator.counts()
        assert self.said.code == 0, self.said.err


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return Crawled(tmp_path_factory.mktemp("kinds") / "batched", batches=True)


@pytest.fixture(scope="module")
def view(crawled: Crawled) -> Iterator[View]:
    with open_index(crawled.desk.index).view() as seen:
        yield seen


@pytest.fixture
def estate(crawled: Crawled) -> Everything:
    return crawled.all


def causes(view: View, effect: str, relation: str) -> set[str]:
    edges = [edge for edge in view.causes([ids.key(effect)]) if edge.relation == relation]
    return {node.text for node in view.nodes([edge.cause for edge in edges]).values()}


def graph(view: View) -> set[tuple[str, ...]]:
    """Every edge in words."""
    nodes = {node.key: node.text for node in view.list_nodes(NodeFilter(), limit=10_000)}
    return {
        (nodes[edge.effect], edge.relation, nodes[edge.cause], edge.derivation, edge.certainty, edge.name, edge.path)
        for edge in view.causes(list(nodes))
    }


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.what)
def test_a_resource_of_every_kind_has_the_edge_that_only_its_body_tells(
    view: View, estate: Everything, row: Row
) -> None:
    found = causes(view, estate.canonical(row.effect), row.relation)

    assert estate.canonical(row.cause) in found, "\n".join(sorted(found))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_a_reference_in_every_form_leads_to_the_same_thing(view: View, estate: Everything, form: Form) -> None:
    reader = f"{estate.ws.uri}/jobs/reader-{FORMS.index(form):02}"
    found = causes(view, reader, Relation.USED)

    assert estate.canonical(form.cause) in found, "\n".join(sorted(found))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_a_question_in_every_form_finds_what_the_job_used(view: View, estate: Everything, form: Form) -> None:
    """Whoever asks in this spelling is told of the reader that wrote it so: impact from either side is one."""
    from lineage import impact

    scope = ids.scope_of(estate.ws.uri)
    asked = lookup.find(view, estate.text(form.text), scope)
    struck = impact.impact(view, [asked])

    assert f"{estate.ws.uri}/jobs/reader-{FORMS.index(form):02}" in {node.text for node in struck.nodes.values()}


def test_what_a_batch_deployment_scored_is_struck_with_its_model(view: View, estate: Everything) -> None:
    """From the model in the registry over the deployment to the predictions that a run of it wrote."""
    from lineage import impact

    struck = impact.impact(view, [lookup.find(view, f"{estate.registry.uri}/models/shared/versions/1")])
    texts = {node.text.removeprefix(f"{estate.ws.uri}/") for node in struck.nodes.values()}

    assert {"batchEndpoints/night/deployments/main", "jobs/scored", "jobs/scored/outputs/score"} <= texts


def test_nothing_of_it_is_missing_but_what_nobody_knows(view: View, estate: Everything) -> None:
    """One job has a type without rules. It is a record like any other, and the gap says why it may not be whole."""
    (gap,) = view.gaps()

    assert (gap.subject, gap.reason) == (f"{estate.ws.uri}/jobs/strange", GapReason.UNKNOWN_KIND)
    assert "Quantum" in gap.detail
    assert gap.remedy
    assert {record.kind for record in view.records(gap.subject)} == {RecordKind.JOB, RecordKind.RUN}


def test_what_is_archived_or_anonymous_says_so(view: View, estate: Everything) -> None:
    def node(text: str) -> Node:
        key = ids.key(f"{estate.ws.uri}/{text}")
        return view.nodes([key])[key]

    assert node("models/credit/versions/2").state is State.ARCHIVED
    assert node("jobs/old").state is State.ARCHIVED
    assert node("models/credit/versions/1").state is State.LIVE
    assert node("models/azureml_fit_output_fitted/versions/1").facts["isAnonymous"] is True
    assert "isAnonymous" not in node("models/credit/versions/1").facts


def test_a_jobs_git_is_told_without_the_token_in_its_address(view: View, estate: Everything, crawled: Crawled) -> None:
    train = ids.key(f"{estate.ws.uri}/jobs/train")
    git = view.nodes([train])[train].facts["git"]

    assert git["commit"] == "0123456789abcdef"
    assert git["repo"] == "https://dev.azure.com/c/p/_git/r"
    written = [path.read_bytes() for path in crawled.desk.folder.iterdir()]
    assert not [content for content in written if GIT_TOKEN.encode() in content]


def test_every_collection_was_listed_to_its_end(view: View, estate: Everything, crawled: Crawled) -> None:
    (own,) = [scope for scope in view.coverage() if scope.scope == estate.ws.uri]
    listed = {listing.text.removeprefix(f"{estate.ws.uri}/") for listing in own.listings if listing.complete}

    assert own.complete
    assert listed >= {"jobs", "models", "data", "environments", "components", "datastores", "schedules"}
    assert listed >= {"onlineEndpoints", "batchEndpoints", "featuresets", "featurestoreEntities"}


def test_a_service_without_batches_gives_the_same_graph(crawled: Crawled, tmp_path: Path) -> None:
    """One refused batch, then a request for each run: what is known in the end does not differ."""
    single = Crawled(tmp_path / "single", batches=False)

    with open_index(crawled.desk.index).view() as one, open_index(single.desk.index).view() as other:
        assert graph(one) == graph(other)
    again = Desk(single.desk.emulator, tmp_path)
    assert again.replay(single.desk.folder / "kinds.jsonl").json["digest"] == single.said.json["digest"]
    assert "batchrundata" not in single.counts
    assert single.counts["rundata"] > 40
    assert crawled.counts["batchrundata"] <= 3


def test_it_replays_from_its_recording(crawled: Crawled, tmp_path: Path) -> None:
    again = Desk(crawled.desk.emulator, tmp_path)

    assert again.replay(crawled.desk.folder / "kinds.jsonl").json["digest"] == crawled.said.json["digest"]
