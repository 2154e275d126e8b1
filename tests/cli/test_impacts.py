"""`lineage impact`: how what may be wrong is named, and what is told of the work that it makes."""

from __future__ import annotations

import pytest

from lineage.api.execution import Request, Service
from lineage.cli.affected import Work, page_of
from lineage.impact import impact
from lineage.suspects import By, Suspect, starts
from tests.api.story import RAW, WORKSPACE, credit
from tests.linked import W
from tests.memory import Estate, MemoryIndex


def test_the_work_and_its_owners_are_told_after_what_is_affected() -> None:
    """Levels in their order with whom to ask about each thing; then owners, nobody last."""
    view = credit().view()
    told = starts(view, [Suspect(By.REFERENCE, RAW)])
    answer = impact(view, [found for start in told for found in start.founds])

    lines = page_of(answer, Work(view, answer, told), 20).lines

    at = lines.index("what to fix first")
    assert lines[at : at + 12] == [
        "what to fix first",
        "  level 1  1 job: prepare_1",
        "  level 2  1 job output: jobs/prepare_1/outputs/clean",
        "  level 3  1 job: train_1",
        "  level 4  1 job output: jobs/train_1/outputs/model",
        "  level 5  2 model versions: credit-scoring:5 (Priya), credit-scoring:6",
        (
            "  level 6  2 deployments: onlineEndpoints/credit-live/deployments/blue, "
            "onlineEndpoints/credit-live/deployments/green"
        ),
        "",
        "whom to ask",
        "  Priya  1 model version",
        "  nobody that a record names  2 deployments, 2 jobs, 2 job outputs, 1 model version",
        "",
    ]


def test_a_level_names_first_what_people_decide_about() -> None:
    """Of a wide level the deployments and models, then how many more there are."""
    estate = Estate()
    raw = estate.data("raw", "1", createdBy="Ann")
    for number in range(6):
        estate.job(f"a{number}", used={"raw": raw})
    estate.model("m", "1", source=raw, tags={"Owner": "Bea"})
    view = estate.view()
    told = starts(view, [Suspect(By.REFERENCE, "azureml:raw:1")])
    answer = impact(view, [found for start in told for found in start.founds])

    (line,) = [one for one in page_of(answer, Work(view, answer, told), 20).lines if "level 1" in one]

    assert line == "  level 1  1 model version, 6 jobs: m:1 (Bea), a0, a1, a2, a3, and 2 more"


@pytest.mark.parametrize(
    ("arguments", "suspect"),
    [
        (["--environment", "sklearn"], {"environment": "sklearn"}),
        (["--image", "mcr.example/sklearn:12"], {"image": "mcr.example/sklearn:12"}),
        (["--code", "train-code:1"], {"code": "train-code:1"}),
        (
            ["--prefix", f"{WORKSPACE}/datastores/lake/paths/raw/2*"],
            {"prefix": f"{WORKSPACE}/datastores/lake/paths/raw/2*"},
        ),
    ],
)
def test_every_way_to_name_it_is_that_of_the_service(arguments: list[str], suspect: dict[str, str]) -> None:
    """The command and the field `impact` put the same pure question: same counts, things, levels and owners."""
    view = credit().view()
    by = By[arguments[0][2:].upper()]
    told = starts(view, [Suspect(by, arguments[1])])
    answer = impact(view, [found for start in told for found in start.founds])
    work = Work(view, answer, told)

    query = """query ($sources: [ImpactSource!]!) { impact(sources: $sources, first: 100) {
        counts { kind count } edges { level owner node { id } }
        levels(first: 50) { edges { node { number totalCount } } }
        owners(first: 50) { edges { node { name totalCount } } } } }"""
    body = Service(MemoryIndex(view)).answer(Request(query, {"sources": [suspect]})).body["data"]["impact"]

    assert {one["kind"]: one["count"] for one in body["counts"]} == {k.name: n for k, n in answer.counts.items()}
    assert [(int(e["node"]["id"]), e["level"], e["owner"] or "") for e in body["edges"]] == [
        (node.key, work.level_of[node.key], work.owners[node.key].name) for node in answer.all_affected
    ]
    assert [(e["node"]["number"], e["node"]["totalCount"]) for e in body["levels"]["edges"]] == [
        (level.number, len(level.things)) for level in work.levels
    ]
    assert [(e["node"]["name"] or "", e["node"]["totalCount"]) for e in body["owners"]["edges"]] == [
        (share.name, len(share.keys)) for share in work.shares
    ]


def test_an_impact_of_a_prefix_says_what_it_means(say) -> None:  # type: ignore[no-untyped-def]
    """By a store's path with a star; the places that it means come first."""
    said = say("impact", "--prefix", "azureml://datastores/lake/paths/ra*").out.splitlines()

    assert said[:3] == [
        "places under azureml://datastores/lake/paths/ra*: 1 location",
        "  datastores/lake/paths/raw  Location",
        "affects 1 deployment, 1 model version, 2 jobs, 2 job outputs, 1 location",
    ]


def test_an_impact_for_machines_tells_the_work(say) -> None:  # type: ignore[no-untyped-def]
    answer = say("impact", "credit:3", "--json").json

    assert answer["sources"] == [
        {"by": "REFERENCE", "text": "credit:3", "repository": None, "things": [f"{W}/models/credit/versions/3"]}
    ]
    blue = f"{W}/onlineEndpoints/score/deployments/blue"
    assert answer["levels"] == [{"level": 1, "counts": {"Deployment": 1}, "things": [blue]}]
    assert answer["owners"] == [{"name": None, "counts": {"Deployment": 1}, "things": [blue]}]
    assert answer["endpoints"] == 1
    assert [(node["level"], node["owner"], node["ownerBasis"]) for node in answer["nodes"]] == [
        (0, None, None),
        (1, None, None),
    ]


def test_a_walk_is_narrowed_and_stopped_on_the_command_line(say) -> None:  # type: ignore[no-untyped-def]
    """Of an impact and of a trace alike."""
    raw = "azureml://datastores/lake/paths/raw"

    def counts(*options: str) -> object:
        return say("impact", raw, "--json", *options).json["counts"]

    assert counts("--stop-at", "job") == {"Job": 1}
    assert counts("--stop-at", "prep") == {"Job": 1}
    assert counts("--relation", "used") == {"Job": 1}
    assert counts("--within", "azureml://registries/r") == {}
    assert counts("--within", W) == counts()
    traced = say("trace", "credit:3", "--stop-at", "Job", "--json").json["nodes"]
    assert {node["text"].removeprefix(W) for node in traced if node["kind"] == "Job"} == {"/jobs/train"}
    assert all("prep" not in node["text"] for node in traced)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--commit", "12"), 2, "'12' is no commit"),
        (("--commit", "1234567"), 3, "no job that was read ran the commit '1234567'"),
        (("--image", "none"), 3, "no environment that was read is made from the image 'none'"),
        (("--compute", "gpu"), 3, "no job that was read ran on the compute 'gpu'"),
        (("--prefix", "credit:3"), 2, "names no place in storage"),
        (("--environment", ":1"), 2, "expected a name"),
        (("credit:3", "--repository", "https://x"), 2, "--repository says which remote a commit is of"),
        (("credit:3", "--stop-at", "nobody:1"), 3, "nothing in generation 2"),
        (("credit:3", "--relation", "eats"), 2, "Invalid value for '--relation'"),
        (("credit:3", "--within", "w"), 2, "names no workspace or registry"),
    ],
)
def test_what_means_nothing_is_a_sentence_and_an_exit_code(say, arguments, code, says) -> None:  # type: ignore[no-untyped-def]
    said = say("impact", *arguments)

    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "Traceback" not in said.err
