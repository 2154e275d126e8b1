"""`lineage export`: every format, read by somebody else's validator or library.

SPDX's schema travels in the npm package @cyclonedx/cdxgen, RO-Crate's validator wants other versions of what we use and
has an environment of its own: both are fetched once into `.bench/validators`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import networkx as nx
import prov.model
import pydot
import pytest
import rdflib
import rocrate
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft202012Validator
from openlineage.client.event_v2 import RunEvent

from lineage import cli
from lineage.reports.exports import FORMATS, export
from lineage.reports.exports.whole import Link, Whole, whole

CACHE = Path(__file__).parents[2] / ".bench" / "validators"
HERE = Path(__file__).parent / "validators"
CDXGEN = "12.8.4"
EVIL = 'x"><script>\x1b[31m\u202e\n]] --> \\ <!-- & \U0001f600 =1+1 {}|`'


@pytest.fixture(scope="module")
def written(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """credit-scoring:5 of the sample in every format, up and down."""
    folder = tmp_path_factory.mktemp("exports")
    for name in FORMATS:
        arguments = ["export", "credit-scoring:5", "--format", name, "--direction", "both", "--index", str(index)]
        assert cli.run([*arguments, "-o", str(folder / name)]) == 0
    return folder


def nasty() -> Whole:
    """A lineage whose every text tries to get out of its place."""
    scope = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
    model, data, job = f"{scope}/models/{EVIL}/versions/1", f"{scope}/data/{EVIL}/versions/1", f"{scope}/jobs/{EVIL}"
    common = {"id": "1", "name": EVIL, "state": "LIVE", "reason": EVIL, "createdBy": EVIL, "createdByType": "User"}
    when = {"createdAt": "2026-10-12T08:12:00.1515087+00:00"}
    things = {
        model: {
            **common,
            **when,
            "__typename": "ModelVersion",
            "reference": model,
            "version": EVIL,
            "description": EVIL,
        },
        data: {**common, **when, "__typename": "DataVersion", "reference": data, "version": "1", "path": EVIL},
        job: {
            **common,
            "__typename": "Job",
            "reference": job,
            "displayName": EVIL,
            "command": EVIL,
            "parameters": [{"name": EVIL, "value": EVIL}],
            "status": "Completed",
        },
    }
    links = [
        Link(model, "WAS_GENERATED_BY", job, EVIL, EVIL, "SERVICE_FIELD", "CONFIRMED", EVIL, job, EVIL),
        Link(job, "USED", data, EVIL, "", "REFERENCE", "AMBIGUOUS", EVIL, job, EVIL),
    ]
    generation = {"number": 1, "published": "2026-12-01T00:00:00.000Z", "digest": "ab" * 32}
    return whole(model, generation, things, links, [EVIL])


def texts(name: str, written: Path) -> list[str]:
    """The sample and the nasty one in this format."""
    return [(written / name).read_text(encoding="utf-8"), b"".join(export(name, nasty())).decode()]


def test_the_same_lineage_gives_the_same_bytes(index: Path, written: Path, tmp_path: Path) -> None:
    """In a process of its own, with another seed for hashing."""
    run = "import sys; from lineage import cli; folder, index, *names = sys.argv[1:]; ask = ['credit-scoring:5'"
    run += ", '--direction', 'both', '--index', index]; sys.exit(max("
    run += "cli.run(['export', *ask, '--format', name, '-o', folder + '/' + name]) for name in names))"
    subprocess.run([sys.executable, "-c", run, str(tmp_path), str(index), *FORMATS], check=True, capture_output=True)

    for name in FORMATS:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes(), name


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_acts_unseen_is_written(name: str) -> None:
    text = b"".join(export(name, nasty())).decode()

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b" in text or "%5Cx1b" in text or "#92;x1b" in text


@pytest.mark.parametrize(
    ("name", "version"), [("cyclonedx", SchemaVersion.V1_7), ("cyclonedx-1.6", SchemaVersion.V1_6)]
)
def test_cyclonedx_is_valid_for_the_makers_strict_validator(name: str, version: SchemaVersion, written: Path) -> None:
    validator = JsonStrictValidator(version)
    for text in texts(name, written):
        assert validator.validate_str(text) is None
    broken = json.loads(texts(name, written)[0])
    del broken["components"][0]["name"]
    assert validator.validate_str(json.dumps(broken)) is not None


def test_a_bill_of_materials_says_what_it_does_not_know(written: Path) -> None:
    """No digest of a model is made up; data, base models, environments and jobs are in their places."""
    bom = json.loads((written / "cyclonedx").read_text(encoding="utf-8"))
    parts = [bom["metadata"]["component"], *bom["components"]]

    assert bom["metadata"]["component"]["type"] == "machine-learning-model"
    assert not any("hashes" in part for part in parts if part["type"] == "machine-learning-model")
    assert bom["compositions"][0]["aggregate"] in ("incomplete", "unknown")
    assert {part["type"] for part in parts} >= {"machine-learning-model", "data", "container"}
    tasks = bom["formulation"][0]["workflows"][0]["tasks"]
    assert "train" in {task["name"] for task in tasks}
    data = bom["metadata"]["component"]["modelCard"]["modelParameters"]["datasets"]
    assert any("/data/applications/versions/3" in one["ref"] for one in data)


@pytest.fixture(scope="module")
def spdx_schema() -> Any:
    """The JSON Schema of SPDX 3.0.1, from the npm package that ships it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm; .ci/run installs it")
    archive = CACHE / f"cyclonedx-cdxgen-{CDXGEN}.tgz"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", "--silent", "--pack-destination", str(CACHE), f"@cyclonedx/cdxgen@{CDXGEN}"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/data/spdx-export.schema.json")
        assert member is not None
        return json.load(member)


def test_spdx_is_valid_for_its_json_schema(spdx_schema: Any, written: Path) -> None:
    validator = Draft202012Validator(spdx_schema)
    for text in texts("spdx", written):
        assert list(validator.iter_errors(json.loads(text))) == []
    broken = json.loads(texts("spdx", written)[0])
    build = next(one for one in broken["@graph"] if one["type"] == "build_Build")
    del build["build_buildType"]
    assert list(validator.iter_errors(broken)) != []


def test_prov_is_read_back_as_it_was_written(written: Path) -> None:
    """PROV-JSON by the library prov, equal after a round; Turtle by rdflib, with a generation for the job."""
    for text in texts("prov", written):
        document = prov.model.ProvDocument.deserialize(content=text, format="json")
        again = prov.model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
        assert document == again
    for text in texts("prov-turtle", written):
        graph = rdflib.Graph().parse(data=text, format="turtle")
        terms = rdflib.Namespace("http://www.w3.org/ns/prov#")
        assert list(graph.subject_objects(terms.wasGeneratedBy)) or list(graph.subjects(None, terms.Generation))
        assert set(graph.subjects(rdflib.RDF.type, terms.Activity))


def test_openlineage_events_are_whole(written: Path) -> None:
    """Each is taken by the client's own classes; a run has one id in all its events, and facets name their schemas."""
    for text in texts("openlineage", written):
        events = [json.loads(line) for line in text.splitlines()]
        assert events
        for event in events:
            assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
            assert UUID(event["run"]["runId"]).version == 5
            assert event["eventType"] in ("START", "COMPLETE", "FAIL", "ABORT")
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["eventTime"])
            for of in (event["run"], event["job"], *event["inputs"], *event["outputs"]):
                for facet in of["facets"].values():
                    assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/")
                    assert facet["_producer"].startswith("urn:azureml-lineage:")
        assert sum(event["eventType"] == "START" for event in events) == len(
            {event["run"]["runId"] for event in events}
        )
    assert RunEvent.__module__ == "openlineage.client.generated.base"


class Marquez(BaseHTTPRequestHandler):
    """Takes lineage events, as services for OpenLineage do."""

    taken: list[tuple[str, str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, self.headers.get("Authorization", ""), json.loads(body)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *told: object) -> None:
        """Nothing is written among the tests' own lines."""


@pytest.fixture
def marquez() -> Iterator[tuple[str, type[Marquez]]]:
    handler = type("Taking", (Marquez,), {"taken": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_events_are_sent_by_the_official_client(
    marquez: tuple[str, type[Marquez]],
    index: Path,
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, service = marquez
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "s3cret")
    arguments = ["export", "credit-scoring:5", "--direction", "both", "--format", "openlineage", "--index", str(index)]

    assert cli.run([*arguments, "--to", url]) == 0
    lines = (written / "openlineage").read_text(encoding="utf-8").splitlines()
    taken = [event for _, _, event in service.taken]
    for event in taken:
        event["run"]["facets"].pop("tags", None)  # which version of the client sent it
    assert taken == [json.loads(line) for line in lines]
    assert {(path, key) for path, key, _ in service.taken} == {("/api/v1/lineage", "Bearer s3cret")}
    assert f"sent {len(lines)} events to {url}" in capsys.readouterr().err

    assert cli.run([*arguments, "--to", "http://127.0.0.1:9"]) == 1
    told = capsys.readouterr().err
    assert "http://127.0.0.1:9 did not take the events" in told
    assert "s3cret" not in told


@pytest.fixture(scope="module")
def roc() -> Path:
    """An environment that holds roc-validator alone."""
    python = CACHE / "roc" / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    stamp = CACHE / "roc" / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(CACHE / "roc")], check=True, capture_output=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True, capture_output=True, timeout=600)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def test_the_crate_passes_the_validator_of_its_profile(roc: Path, written: Path, tmp_path: Path) -> None:
    """Every required check of Process Run Crate 0.5; without its instruments it fails."""
    context = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"

    def verdict(text: str) -> dict[str, Any]:
        (tmp_path / "ro-crate-metadata.json").write_text(text, encoding="utf-8")
        command = [str(roc), str(HERE / "ro_crate.py"), str(tmp_path), str(context)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return found

    text = (written / "ro-crate").read_text(encoding="utf-8")
    assert verdict(text) == {"passed": True, "issues": []}
    broken = json.loads(text)
    for one in broken["@graph"]:
        one.pop("instrument", None)
    assert verdict(json.dumps(broken))["passed"] is False


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")  # of pyparsing, which pydot reads with
def test_the_plain_graphs_are_read_by_those_who_draw(written: Path) -> None:
    """GraphML by networkx, DOT by pydot: as many things and links as the lineage has."""
    read = nx.read_graphml(written / "graphml")
    assert (read.number_of_nodes(), read.number_of_edges()) == (45, 79)
    assert next(iter(read.nodes(data=True)))[1]["kind"] == "ModelVersion"
    drawn = pydot.graph_from_dot_file(written / "dot")[0]
    assert len(drawn.get_edges()) == 79
    assert nx.parse_graphml(b"".join(export("graphml", nasty())).decode()).number_of_nodes() == 3
    assert len(pydot.graph_from_dot_data(b"".join(export("dot", nasty())).decode())[0].get_edges()) == 2


def test_mermaid_is_one_line_a_thing_and_one_a_link(written: Path) -> None:
    for text, things, links in zip(texts("mermaid", written), (45, 3), (79, 2), strict=True):
        lines = text.splitlines()
        assert lines[0] == "flowchart LR"
        assert sum(bool(re.fullmatch(r'  n\d+\["[\w#;:.,/… <>&-]*<br/>\w+"\]', line)) for line in lines) == things
        assert sum(bool(re.fullmatch(r"  n\d+ (-->|-\.->) n\d+", line)) for line in lines) == links
        assert len(lines) == things + links + 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nobody:1", "--format", "dot"], 3, "nobody"),
        (["credit-scoring:5", "--format", "dot", "--to", "http://x"], 2, "--to sends OpenLineage events"),
        (["credit-scoring:5", "--format", "dot", "-o", "/nowhere/x.dot"], 2, "cannot write to /nowhere/x.dot"),
        (["credit-scoring:5", "--format", "word"], 2, "'word' is not one of"),
    ],
)
def test_what_cannot_be_exported_is_said(
    arguments: list[str], code: int, told: str, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["export", *arguments, "--index", str(index)]) == code
    assert told in capsys.readouterr().err


def test_anything_can_be_exported(index: Path, tmp_path: Path) -> None:
    """A job, a data version, a place: what is no component of a bill of materials too."""
    for reference in ("calm_pepper_q1w8z5n3rt", "applications:3", "azureml://datastores/lake/paths/raw/bureau/2026-08"):
        for name in FORMATS:
            workspace = "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev"
            arguments = [reference, "--workspace", f"{workspace}/workspaces/mlw-credit-dev", "--direction", "both"]
            command = ["export", *arguments, "--format", name, "--index", str(index), "-o", str(tmp_path / "x")]
            assert cli.run(command) == 0
            if name.startswith("cyclonedx"):
                version = SchemaVersion.V1_6 if name.endswith("1.6") else SchemaVersion.V1_7
                assert JsonStrictValidator(version).validate_str((tmp_path / "x").read_text(encoding="utf-8")) is None
