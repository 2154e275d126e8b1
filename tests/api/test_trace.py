"""`trace`: the short answer and the values, as `lineage trace` and the comparison have them."""

from __future__ import annotations

from typing import Any

from lineage.api.execution import Request, Service
from tests.api.story import TRAIN, credit
from tests.memory import MemoryIndex


def asked(query: str, **variables: object) -> dict[str, Any]:
    response = Service(MemoryIndex(credit().view())).answer(Request(query, variables))
    assert "errors" not in response.body, response.body["errors"]
    answer: dict[str, Any] = response.body["data"]["trace"]
    return answer


def test_the_short_answer_tells_who_made_it_from_what() -> None:
    answer = asked(
        '{ trace(ref: {model: "credit-scoring:5"}) { node { name } certainty madeBy { job { name } output certainty }'
        " candidates { rank } declaredBy { output }dataRoots { node { name } } environments { name } isComplete"
        " generation { number } looseEnds { reason } } }"
    )

    assert answer["node"] == {"name": "credit-scoring"}
    assert answer["certainty"] == "CONFIRMED"
    assert answer["madeBy"] == [{"job": {"name": "train_1"}, "output": "model", "certainty": "CONFIRMED"}]
    assert answer["dataRoots"] == [{"node": {"name": "bureau-extracts"}}]
    assert answer["environments"] == [{"name": "sklearn"}]
    assert answer["isComplete"] is True
    assert (answer["candidates"], answer["looseEnds"]) == ([], [])
    assert answer["generation"] == {"number": 1}


def test_values_are_of_model_versions_alone() -> None:
    """A page of them names its place; of anything else there are none."""
    query = "query ($ref: NodeRef!) { trace(ref: $ref) { values(first: 2) { totalCount pageInfo { hasNextPage }"
    query += " edges { node { aspect name reason value { text evidence { field } } } } } } }"

    model = asked(query, ref={"model": "credit-scoring:5"})["values"]
    job = asked(query, ref={"uri": TRAIN})["values"]

    assert model["totalCount"] >= 2
    assert len(model["edges"]) == 2
    assert job == {"totalCount": 0, "pageInfo": {"hasNextPage": False}, "edges": []}


def test_what_is_unknown_is_an_error_with_its_code() -> None:
    body = (
        Service(MemoryIndex(credit().view())).answer(Request('{ trace(ref: {model: "nobody:1"}) { certainty } }')).body
    )

    assert body["data"] == {"trace": None}
    assert body["errors"][0]["extensions"]["code"] == "unknown_reference"
