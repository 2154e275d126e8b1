"""A real `mlflow server`, crawled into an index."""

from __future__ import annotations

import shlex

import pytest

from lineage.cli import run
from lineage.index import open_index
from lineage.indexing import crawl
from lineage.ports import NodeFilter
from lineage.records import Gap, GapReason, Listing, Record, canonical_json
from tests.mlflow_server.conftest import source_of
from tests.mlflow_server.door import said
from tests.mlflow_server.story import TOKEN
from tests.sources.silent import Silent

NODES = """
ARCHIVED JobOutput    ~/jobs/{forgotten}/outputs/artifacts
ARCHIVED Job          ~/jobs/{forgotten}
DELETED  AssetVersion ~/loggedModels/{lost_model}
LIVE     AssetVersion ~/loggedModels/{model}
LIVE     DataVersion  ~/data/raw/versions/d1g35t
LIVE     JobOutput    ~/jobs/{evaluate}/outputs/artifacts
LIVE     JobOutput    ~/jobs/{fold}/outputs/artifacts
LIVE     JobOutput    ~/jobs/{lost}/outputs/artifacts
LIVE     JobOutput    ~/jobs/{prep}/outputs/artifacts
LIVE     JobOutput    ~/jobs/{train}/outputs/artifacts
LIVE     Job          ~/jobs/{evaluate}
LIVE     Job          ~/jobs/{fold}
LIVE     Job          ~/jobs/{lost}
LIVE     Job          ~/jobs/{prep}
LIVE     Job          ~/jobs/{train}
LIVE     Location     https://lakeaccount.blob.core.windows.net/lake/raw/2026.csv
LIVE     ModelVersion ~/models/credit/versions/1
LIVE     ModelVersion ~/models/credit/versions/2
LIVE     ModelVersion ~/models/credit/versions/3
LIVE     ModelVersion ~/models/lost/versions/1
LIVE     ModelVersion ~/models/ana's model/versions/1
LIVE     Model        ~/models/credit
LIVE     Model        ~/models/lost
LIVE     Model        ~/models/ana's model
"""

EDGES = """
~/data/raw/versions/d1g35t wasDerivedFrom https://lakeaccount.blob.core.windows.net/lake/raw/2026.csv SERVICE_FIELD
~/jobs/{evaluate} used ~/loggedModels/{model} as model SERVICE_FIELD
~/jobs/{evaluate}/outputs/artifacts wasGeneratedBy ~/jobs/{evaluate} SERVICE_FIELD
~/jobs/{fold} partOf ~/jobs/{train} RUN_HISTORY
~/jobs/{fold}/outputs/artifacts wasGeneratedBy ~/jobs/{fold} SERVICE_FIELD
~/jobs/{forgotten}/outputs/artifacts wasGeneratedBy ~/jobs/{forgotten} SERVICE_FIELD
~/jobs/{lost}/outputs/artifacts wasGeneratedBy ~/jobs/{lost} SERVICE_FIELD
~/jobs/{prep} used ~/data/raw/versions/d1g35t as training SERVICE_FIELD
~/jobs/{prep}/outputs/artifacts wasGeneratedBy ~/jobs/{prep} SERVICE_FIELD
~/jobs/{train}/outputs/artifacts wasGeneratedBy ~/jobs/{train} SERVICE_FIELD
~/loggedModels/{lost_model} wasGeneratedBy ~/jobs/{lost} SERVICE_FIELD
~/loggedModels/{model} wasGeneratedBy ~/jobs/{fold} SERVICE_FIELD
~/models/credit/versions/1 wasDerivedFrom ~/loggedModels/{model} SERVICE_FIELD
~/models/credit/versions/1 wasGeneratedBy ~/jobs/{fold} SERVICE_FIELD
~/models/credit/versions/2 wasDerivedFrom ~/jobs/{prep}/outputs/artifacts at tables SERVICE_FIELD
~/models/credit/versions/3 wasDerivedFrom ~/jobs/{prep}/outputs/artifacts at tables MATERIALISED_PATH
~/models/lost/versions/1 wasDerivedFrom ~/loggedModels/{lost_model} SERVICE_FIELD
~/models/lost/versions/1 wasGeneratedBy ~/jobs/{lost} SERVICE_FIELD
~/models/ana's model/versions/1 copiedFrom ~/models/credit/versions/1 SERVICE_FIELD
~/models/ana's model/versions/1 wasGeneratedBy ~/jobs/{fold} SERVICE_FIELD
"""


class Spelling:
    """Texts with the server and its ids as the story calls them."""

    def __init__(self, root: str, told: dict[str, str]) -> None:
        self._root = root
        self._names = {held: name for name, held in told.items() if name not in ("experiment", "prep_artifacts")}

    def __call__(self, text: str) -> str:
        text = text.replace(self._root, "~")
        for held, name in self._names.items():
            text = text.replace(held, f"{{{name}}}")
        return text


@pytest.fixture
def index(server, told, tmp_path):
    store = open_index(tmp_path / "i.db", create=True)
    crawl(source_of(server), store, Silent())
    return store


def graph(view, spell):
    """Nodes and edges as the tables above write them."""
    nodes = {node.key: node for node in view.list_nodes(NodeFilter(), limit=1000)}
    edges = []
    for edge in view.causes(list(nodes)):
        more = f" as {edge.name}" if edge.name else f" at {edge.path}" if edge.path else ""
        ends = f"{spell(nodes[edge.effect].text)} {edge.relation} {spell(nodes[edge.cause].text)}"
        edges.append(f"{ends}{more} {edge.derivation}{'' if edge.certainty == 'CONFIRMED' else ' ' + edge.certainty}")
    return sorted(f"{n.state:8} {n.kind:12} {spell(n.text)}" for n in nodes.values()), sorted(edges)


def test_the_graph_of_a_server_is_what_was_done_on_it(server, told, index):
    """Every run, nested run, logged model, data set, version, copy and alias of the story, and nothing else."""
    with index.view() as view:
        nodes, edges = graph(view, Spelling(f"mlflow+{server}", told))

    assert nodes == sorted(NODES.strip().splitlines())
    assert edges == sorted(EDGES.strip().splitlines())


def test_facts_are_told_in_the_words_of_the_server(server, told, index):
    """Alias, tags, experiment, parent and git of things, as lists and questions show them."""
    root = f"mlflow+{server}"
    with index.view() as view:
        facts = {node.text.removeprefix(f"{root}/"): node.facts for node in view.list_nodes(NodeFilter(), limit=1000)}

    version = facts["models/credit/versions/1"]
    assert (version["aliases"], version["tags"], version["version"]) == (["champion"], {"release": "spring"}, "1")
    assert facts["models/credit"]["aliases"] == {"champion": "1"}
    fold = facts[f"jobs/{told['fold']}"]
    assert (fold["displayName"], fold["experiment"], fold["parent"]) == ("fold", "credit", told["train"])
    assert (fold["status"], fold["createdAt"][-1]) == ("FINISHED", "Z")
    prep = facts[f"jobs/{told['prep']}"]
    assert prep["tags"] == {"team": "risk"}
    assert prep["git"]["repo"] == "https://github.com/contoso/credit.git"
    assert prep["git"]["commit"] == "4f1c2d3e"
    assert facts[f"loggedModels/{told['model']}"]["displayName"] == "model"
    assert facts["data/raw/versions/d1g35t"]["type"] == "http"


def test_no_secret_of_a_run_is_kept(server, told):
    """A token in a parameter and in a git address, and the signature of a data set's address."""
    kept = b"".join(canonical_json(fact) for fact in source_of(server).crawl(Silent()))

    assert b'"api_key":"REDACTED"' in kept
    assert TOKEN.encode() not in kept
    assert b"c2lnc2ln" not in kept


def test_every_listing_is_read_to_its_end(server, told):
    """Absence counts only there: the experiments, their runs and models, the registered models and versions."""
    root = f"mlflow+{server}"
    facts = list(source_of(server).crawl(Silent()))
    listings = {f.text.removeprefix(root): (f.complete, f.listed, f.scope) for f in facts if isinstance(f, Listing)}

    own = f"/experiments/{told['experiment']}"
    assert listings == {
        "/experiments": (True, 2, root),
        "/experiments/0/runs": (True, 0, root),
        "/experiments/0/loggedModels": (True, 0, root),
        f"{own}/runs": (True, 6, root),
        f"{own}/loggedModels": (True, 1, root),
        "/models": (True, 3, root),
        "/models/versions/all": (True, 5, root),
    }
    (gap,) = [fact for fact in facts if isinstance(fact, Gap)]
    assert (gap.subject, gap.reason) == (f"{root}/loggedModels/{told['lost_model']}", GapReason.NOT_FOUND)


def test_a_second_crawl_publishes_the_same_and_gets_no_run_again(server, told, door, tmp_path):
    """Ended runs stand in the index as they stand in the listing; what they read is known."""
    way = door()
    store = open_index(tmp_path / "i.db", create=True)
    first = crawl(source_of(way.url), store, Silent())
    asked = way.passed.count("GET /api/2.0/mlflow/runs/get")
    way.passed.clear()
    second = crawl(source_of(way.url), store, Silent())

    assert asked == 6
    assert first.digest == second.digest
    assert "GET /api/2.0/mlflow/runs/get" not in way.passed


def test_what_a_run_read_outlives_a_refusal(server, told, door, tmp_path):
    """MLflow lists runs without the models that they read: when a run cannot be got, no edge is lost for it."""
    way = door()
    store = open_index(tmp_path / "i.db", create=True)
    crawl(source_of(way.url), store, Silent())
    way.refused["/runs/get"] = (403, said("PERMISSION_DENIED"))
    held = _Forgetful(store)
    facts = list(source_of(way.url).crawl(Silent(), held))

    bodies = {fact.subject: fact.body for fact in facts if isinstance(fact, Record)}
    evaluate = bodies[f"mlflow+{way.url}/jobs/{told['evaluate']}"]
    assert evaluate["inputs"]["model_inputs"] == [{"model_id": told["model"]}]
    gaps = [fact for fact in facts if isinstance(fact, Gap) and fact.subject.endswith("/inputs")]
    assert len(gaps) == 6
    assert {gap.reason for gap in gaps} == {GapReason.FORBIDDEN}


class _Forgetful:
    """What the index holds, as of runs that were still going."""

    def __init__(self, store):
        self._store = store

    def record(self, subject, kind):
        with self._store.view() as view:
            found = next((record for record in view.records(subject) if record.kind is kind), None)
        if found is None:
            return None
        body = found.body | {"info": found.body["info"] | {"status": "RUNNING"}}
        return Record(found.subject, found.kind, found.scope, body, found.listing)


def test_questions_are_answered_over_what_was_crawled(server, told, tmp_path, capsys):
    """By MLflow's own spelling, by alias, and from a place in a lake downstream."""
    index = str(tmp_path / "i.db")
    assert run(["crawl", f"mlflow+{server}", "--index", index]) == 0
    out = capsys.readouterr().out
    assert f"\n  mlflow+{server}\n" in out
    (asked,) = [line for line in out.splitlines() if "lineage trace" in line]
    assert shlex.split(asked)[:3] == ["lineage", "trace", f"mlflow+{server}/models/ana's model/versions/1"]

    for reference in ("models:/credit/1", "models:/credit@champion", f"mlflow+{server}/models/credit/versions/1"):
        assert run(["trace", reference, "--index", index]) == 0, reference
        assert told["fold"] in capsys.readouterr().out
    place = "https://lakeaccount.blob.core.windows.net/lake/raw/2026.csv"
    assert run(["impact", place, "--index", index]) == 0
    out = capsys.readouterr().out
    assert "credit/versions/2" in out or "credit:2" in out


def test_versions_are_listed_model_by_model_where_a_server_wants_a_name(server, told, door):
    """The registry of Azure ML refuses a search for all versions."""
    way = door()
    asked = way.answer

    def refuse_all(method, path, body, authorization):
        if "/model-versions/search" in path and "filter=name" not in path:
            return 400, said("INVALID_PARAMETER_VALUE", "a filter by name is required").encode()
        return asked(method, path, body, authorization)

    way.answer = refuse_all
    facts = list(source_of(way.url).crawl(Silent()))

    versions = sorted(
        f.subject.partition("/models/")[2] for f in facts if getattr(f, "kind", "") == "mlflow_model_version"
    )
    assert versions == [
        *("ana's model/versions/1", "credit/versions/1", "credit/versions/2", "credit/versions/3", "lost/versions/1"),
    ]
    (listing,) = [f for f in facts if isinstance(f, Listing) and f.text.endswith("/versions/all")]
    assert (listing.complete, listing.listed) == (True, 5)


class Listening(Silent):
    """A reporter that keeps what is noted."""

    def __init__(self):
        super().__init__()
        self.notes = []

    def note(self, message):
        self.notes.append(message)


def test_a_server_without_logged_models_is_whole_without_them(server, told, door):
    """Servers before MLflow 3, and Azure ML's, have no such question: nothing is missing, and it is said once."""
    way = door(refused={"/logged-models/search": (404, said("ENDPOINT_NOT_FOUND"))})
    report = Listening()
    facts = list(source_of(way.url).crawl(report))

    assert [note.partition(":")[0] for note in report.notes] == ["this server has no logged models"]

    assert all(fact.complete for fact in facts if isinstance(fact, Listing))
    assert not [fact for fact in facts if isinstance(fact, Listing) and fact.text.endswith("/loggedModels")]
    assert "GET /api/2.0/mlflow/runs/get" not in way.passed


@pytest.mark.parametrize(
    ("end", "kind", "listing"),
    [
        ("/runs/search", "mlflow_run", "/experiments/1/runs"),
        ("/registered-models/search", "mlflow_model", "/models"),
        ("/model-versions/search", "mlflow_model_version", "/models/versions/all"),
        ("/logged-models/search", "mlflow_logged_model", "/experiments/1/loggedModels"),
    ],
)
def test_a_listing_that_is_refused_is_a_gap_and_not_whole(server, told, door, end, kind, listing):
    """The rest is read, and nothing of that listing counts as gone."""
    way = door(refused={end: (403, said("PERMISSION_DENIED", "ask the owner"))})
    root = f"mlflow+{way.url}"
    facts = list(source_of(way.url).crawl(Silent()))

    gap = next(fact for fact in facts if isinstance(fact, Gap) and fact.subject == f"{root}{listing}")
    assert (gap.kind, gap.reason, gap.status, gap.scope) == (kind, GapReason.FORBIDDEN, 403, root)
    assert gap.remedy == "ask the server's administrator for READ on it"
    assert {f.complete for f in facts if isinstance(f, Listing) and f.text == f"{root}{listing}"} == {False}
    assert {f.complete for f in facts if isinstance(f, Listing) and f.text == f"{root}/experiments"} == {True}


def test_a_server_under_a_path_is_another_server(server, told, door):
    """The path belongs to its name, and is cut off where its things begin."""
    way = door(root="/ml/flow")
    source = source_of(way.url)
    subjects = {fact.subject for fact in source.crawl(Silent()) if isinstance(fact, Record)}

    assert source.root == f"mlflow+{way.url}"
    assert f"mlflow+{way.url}/jobs/{told['prep']}" in subjects
