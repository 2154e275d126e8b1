"""`impact` and `paths` answer what the pure questions answer, and read no more than is asked."""

from __future__ import annotations

from typing import Any

import pytest

from lineage import ids, lookup
from lineage.api.execution import Request, Service
from lineage.graph import Relation
from lineage.ids import Kind
from lineage.impact import impact, level_of, owned, tally, work
from lineage.owners import owners
from lineage.paths import paths
from lineage.suspects import By, Suspect, starts
from tests.api.conftest import Ask
from tests.api.story import FIVE, RAW, SIX, TRAIN, WORKSPACE, credit, many
from tests.memory import Estate, MemoryIndex, MemoryView

IMPACT = """query ($of: [NodeRef!]! = [], $sources: [ImpactSource!]! = [], $filter: LineageFilter, $stop: StopAt) {
  impact(of: $of, sources: $sources, first: 100, filter: $filter, stopAt: $stop) {
    totalCount isComplete endpointCount counts { kind count } truncations { reason detail } generation { number }
    scopes(first: 10) { totalCount }
    edges { depth level owner ownerBasis relation certainty node { reference }
            links(first: 100) { edges { relation node { reference } } } }
    levels(first: 100) { edges { node {
      number totalCount counts { kind count } things(first: 100) { edges { owner node { reference } } } } } }
    owners(first: 100) { edges { node {
      name totalCount counts { kind count } things(first: 100) { edges { node { reference } } } } } }
    deployments(first: 100) { totalCount edges {
      traffic mirrorTraffic depth endpoint { reference } node { reference } } }
    sources(first: 100) { edges { node {
      by text repository totalCount things(first: 100) { edges { node { reference } } } } } } } }"""


def names(edges: list[dict[str, Any]]) -> list[str]:
    return [edge["node"]["reference"] for edge in edges]


@pytest.mark.parametrize(
    "suspects",
    [
        [Suspect(By.REFERENCE, RAW)],
        [Suspect(By.REFERENCE, FIVE), Suspect(By.REFERENCE, SIX)],
        [Suspect(By.REFERENCE, RAW), Suspect(By.IMAGE, "mcr.example/sklearn")],
        [Suspect(By.ENVIRONMENT, "sklearn"), Suspect(By.CODE, "train-code")],
        [Suspect(By.PREFIX, f"{WORKSPACE}/datastores/lake/paths/raw/20*")],
        [Suspect(By.REFERENCE, f"{WORKSPACE}/onlineEndpoints/credit-live/deployments/blue")],
    ],
    ids=lambda suspects: " ".join(suspect.by for suspect in suspects),
)
def test_impact_is_the_pure_question(ask: Ask, view: MemoryView, suspects: list[Suspect]) -> None:
    """Counts, things in their order with level and owner, work, owners, deployments: what `lineage impact` computes."""
    told = starts(view, suspects)
    struck = impact(view, [found for start in told for found in start.founds])
    level, whose = level_of(struck), owners(view, struck.all_affected)

    sources = [{_KEYS[one.by]: {"uri": one.text} if one.by is By.REFERENCE else one.text} for one in suspects]
    answer = ask(IMPACT, sources=sources)["impact"]

    assert {one["kind"]: one["count"] for one in answer["counts"]} == {k.name: n for k, n in struck.counts.items()}
    assert [(e["node"]["reference"], e["depth"], e["level"], e["owner"]) for e in answer["edges"]] == [
        (n.text, struck.depth[n.key], level[n.key], whose[n.key].name or None) for n in struck.all_affected
    ]
    assert [(one["node"]["number"], names(one["node"]["things"]["edges"])) for one in answer["levels"]["edges"]] == [
        (one.number, [node.text for node in one.things]) for one in work(struck)
    ]
    assert [(one["node"]["name"], one["node"]["totalCount"]) for one in answer["owners"]["edges"]] == [
        (share.name or None, len(share.keys)) for share in owned(view, struck)
    ]
    assert [
        (one["node"]["reference"], one["traffic"], one["mirrorTraffic"], one["endpoint"]["reference"])
        for one in answer["deployments"]["edges"]
    ] == [(r.deployment.text, r.traffic, r.mirror, r.endpoint.text if r.endpoint else None) for r in struck.deployments]
    assert answer["endpointCount"] == struck.endpoints
    assert answer["totalCount"] == sum(struck.counts.values())
    assert answer["isComplete"] is struck.header.is_complete
    assert [names(one["node"]["things"]["edges"]) for one in answer["sources"]["edges"]] == [
        [node.text for node in start.nodes] for start in told
    ]
    links = {
        (link["node"]["reference"], link["relation"], edge["node"]["reference"])
        for edge in answer["edges"]
        for link in edge["links"]["edges"]
    }
    texts = {key: node.text for key, node in struck.nodes.items()}
    assert links == {
        (texts[e.cause], e.relation.name, texts[e.effect]) for e in struck.edges if struck.depth[e.effect] > 0
    }


_KEYS = {
    By.REFERENCE: "ref",
    By.PREFIX: "prefix",
    By.ENVIRONMENT: "environment",
    By.IMAGE: "image",
    By.CODE: "code",
    By.COMPUTE: "compute",
}


def test_a_commit_is_asked_with_its_repository(ask: Ask, service: Service) -> None:
    """`c0ffee` is too short to be a commit; the error is the whole answer."""
    response = service.answer(Request(IMPACT, {"sources": [{"commit": {"hash": "c0ffee"}}]}))

    assert response.codes == ("invalid_option",)
    assert response.body["data"] == {"impact": None}


@pytest.mark.parametrize(
    ("sources", "code"),
    [([], "invalid_option"), ([{"image": "none"}], "unknown_reference"), ([{"prefix": "m:1"}], "invalid_option")],
)
def test_what_means_nothing_is_an_error_with_a_remedy(service: Service, sources: list[Any], code: str) -> None:
    response = service.answer(Request(IMPACT, {"sources": sources}))

    assert response.codes == (code,)
    assert response.body["errors"][0]["extensions"]["remedy"]


def test_more_sources_than_one_question_may_have_are_refused(service: Service) -> None:
    """Each may read all things of a kind: they are bounded and each weighs."""
    many_sources = [{"image": f"i{number}"} for number in range(101)]
    response = service.answer(Request(IMPACT, {"sources": many_sources}))

    assert response.codes == ("invalid_option",)
    assert "at most 100" in response.body["errors"][0]["extensions"]["remedy"]
    assert response.body["extensions"]["cost"]["requested"] > 50_000


def test_an_impact_is_answered_as_of_a_time() -> None:
    """By generation; a cursor belongs to the one that it was read from."""
    earlier, later = credit(), credit()
    later.model("credit-scoring", "7", source=later.thing(key_target(f"{TRAIN}/outputs/model")))
    index = MemoryIndex(earlier.view(1, "2026-11-30T06:00:00Z"), later.view(2, "2026-12-01T06:00:00Z"))
    service = Service(index)
    query = """query ($of: [NodeRef!]!, $asOf: AsOf, $after: String) {
        impact(of: $of, first: 2, asOf: $asOf, after: $after) {
            totalCount generation { number } pageInfo { endCursor } edges { node { id } } } }"""

    def told(**variables: Any) -> Any:
        return service.answer(Request(query, {"of": [{"uri": RAW}], **variables})).body["data"]["impact"]

    assert (told()["totalCount"], told(asOf={"generation": 1})["totalCount"]) == (9, 8)
    assert told(asOf={"instant": "2026-11-30T12:00:00Z"})["generation"] == {"number": 1}
    first = told(asOf={"generation": 1})
    assert told(after=first["pageInfo"]["endCursor"])["generation"] == {"number": 1}


def key_target(text: str) -> ids.Target:
    return ids.Target(Kind.JOB_OUTPUT, text)


def test_the_filter_hides_and_the_stop_ends(ask: Ask) -> None:
    """Counts are before what is hidden; behind a stop there is nothing to count."""
    hidden = ask(IMPACT, of=[{"uri": RAW}], filter={"kinds": ["MODEL_VERSION"]})["impact"]
    ended = ask(IMPACT, of=[{"uri": RAW}], stop={"refs": [{"uri": f"{TRAIN}/outputs/model"}]})["impact"]
    narrowed = ask(IMPACT, of=[{"uri": RAW}], filter={"relations": ["USED", "WAS_GENERATED_BY"]})["impact"]
    away = ask(IMPACT, of=[{"uri": RAW}], filter={"workspaces": ["azureml://registries/other"]})["impact"]

    assert (hidden["totalCount"], len(hidden["edges"]), sum(one["count"] for one in hidden["counts"])) == (2, 2, 8)
    assert names(ended["edges"])[-1] == f"{TRAIN}/outputs/model"
    assert {one["kind"] for one in ended["counts"]} == {"JOB", "JOB_OUTPUT"}
    assert names(narrowed["edges"]) == names(ended["edges"])
    assert away["edges"] == []


@pytest.mark.parametrize("field", ["upstream", "downstream"])
def test_every_walk_can_be_narrowed_and_stopped(ask: Ask, field: str) -> None:
    """At the root and on a node alike."""
    start, stop = (FIVE, TRAIN) if field == "upstream" else (RAW, TRAIN)
    inner = f"""{field}(first: 50, stopAt: {{ refs: [{{ job: "train_1" }}] }}, filter: {{ certainties: [CONFIRMED] }})
        {{ edges {{ node {{ reference }} }} }}"""
    root = inner.replace("(", f'(ref: {{ uri: "{start}" }}, ', 1)
    told = ask(f'{{ {root} resolve(ref: {{ uri: "{start}" }}) {{ ... on LineageNode {{ inner: {inner} }} }} }}')

    assert names(told[field]["edges"])[-1] == stop
    assert told["resolve"]["inner"] == told[field]


def test_only_links_of_a_certainty_are_followed(ask: Ask) -> None:
    """What is only inferred is left out, with all that lies behind it."""
    query = """query ($ref: NodeRef!, $filter: LineageFilter) {
        upstream(ref: $ref, first: 50, filter: $filter) { edges { node { reference } } } }"""
    gone = f"{WORKSPACE}/jobs/retrain_9"

    assert gone in names(ask(query, ref={"uri": SIX})["upstream"]["edges"])
    assert gone not in names(ask(query, ref={"uri": SIX}, filter={"certainties": ["CONFIRMED"]})["upstream"]["edges"])


def test_counts_alone_read_nothing_else() -> None:
    """With an adjacency in memory `counts` and `totalCount` make no node; without one the walk is asked once."""

    class Closing(MemoryView):
        asked_nodes: list[int]

        def nodes(self, keys: Any) -> Any:
            self.asked_nodes.append(len(keys))
            return super().nodes(keys)

        def closure(self, seeds: Any, direction: Any, budget: Any = None, path: str = "", follow: Any = None) -> Any:
            told = tally(plain, [lookup.find(plain, "shared:1")], budget)

            class Closed:
                truncations = ()

                def __len__(self) -> int:
                    return 151

                def counts(self) -> Any:
                    return told.counts

            return Closed()

    plain = many(50).view()
    view = Closing(list(plain._nodes.values()), plain._edges, coverage=plain._coverage)
    view.asked_nodes = []

    told = Service(MemoryIndex(view)).answer(
        Request('{ impact(of: [{ uri: "azureml:shared:1" }], first: 1) { totalCount counts { kind count } } }')
    )

    assert told.body["data"]["impact"]["totalCount"] == 150
    assert max(view.asked_nodes) <= 2


def test_pages_of_an_impact_fit_together(ask: Ask) -> None:
    """Every affected thing stands on exactly one page, in the order of one long page."""
    query = """query ($of: [NodeRef!]!, $first: Int!, $after: String) {
        impact(of: $of, first: $first, after: $after) {
            edges { node { reference } } pageInfo { hasNextPage endCursor } } }"""
    of = [{"uri": RAW}]
    whole = names(ask(query, of=of, first=100)["impact"]["edges"])
    told: list[str] = []
    after = None
    while True:
        page = ask(query, of=of, first=3, after=after)["impact"]
        told += names(page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert told == whole
    assert len(told) == 8


PATHS = """query ($from: NodeRef!, $to: NodeRef!, $k: Int!) { paths(from: $from, to: $to, first: 100, k: $k) {
  totalCount direction isComplete truncations { reason } generation { number }
  edges { node { length certainty links(first: 100) { edges {
    start { reference } node { reference } relation evidence { record field value } } } } } } }"""


@pytest.mark.parametrize(("one", "other"), [(FIVE, RAW), (RAW, SIX), (FIVE, SIX), (TRAIN, TRAIN)])
def test_paths_are_the_pure_question(ask: Ask, view: MemoryView, one: str, other: str) -> None:
    """Ways, links and evidence: what `lineage paths` computes."""
    pure = paths(view, lookup.find(view, one), lookup.find(view, other), 5)

    told = ask(PATHS, **{"from": {"uri": one}, "to": {"uri": other}, "k": 5})["paths"]

    texts = {key: node.text for key, node in pure.nodes.items()}
    assert told["direction"] == pure.direction.name
    assert [
        [
            (e["start"]["reference"], e["relation"], e["node"]["reference"], e["evidence"]["field"])
            for e in way["node"]["links"]["edges"]
        ]
        for way in told["edges"]
    ] == [[(texts[e.effect], e.relation.name, texts[e.cause], e.evidence.field) for e in way] for way in pure.paths]
    assert [way["node"]["length"] for way in told["edges"]] == [len(way) for way in pure.paths]


def test_a_way_over_two_names_is_told_as_it_is_walked(service: Service) -> None:
    """A `SAME_AS` link may be stored either way about; it is told from where the way comes."""
    estate = Estate()
    by_name, by_url = estate.place("lake", "raw"), estate.storage("acct", "lake", "raw")
    estate.same(by_url, by_name)
    job = estate.job("train", used={"data": by_name})
    writer = estate.job("prep")
    estate.link(by_url, writer, Relation.WAS_GENERATED_BY)
    told = Service(MemoryIndex(estate.view())).answer(
        Request(PATHS, {"from": {"uri": job.text}, "to": {"uri": writer.text}, "k": 1})
    )

    (way,) = told.body["data"]["paths"]["edges"]
    links = way["node"]["links"]["edges"]
    assert way["node"]["length"] == 2
    assert [(e["start"]["reference"], e["node"]["reference"]) for e in links] == [
        (job.text, by_name.text),
        (by_name.text, by_url.text),
        (by_url.text, writer.text),
    ]


@pytest.mark.parametrize("k", [0, 101])
def test_as_many_ways_as_one_answer_may_tell(service: Service, k: int) -> None:
    response = service.answer(Request(PATHS, {"from": {"uri": FIVE}, "to": {"uri": RAW}, "k": k}))

    assert response.codes == ("invalid_option",)
