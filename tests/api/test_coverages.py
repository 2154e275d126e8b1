"""`coverages`: several groupings from one count, each as `coverage` has it alone."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.api.execution import Request, Service
from tests.api.story import credit
from tests.memory import MemoryIndex

TELL = "{ totalCount total { total documented } edges { node { key tally { total documented confirmed none } } } }"


def asked(query: str, **variables: object) -> dict[str, Any]:
    return Service(MemoryIndex(credit().view())).answer(Request(query, variables)).body


def test_each_grouping_is_what_it_is_alone() -> None:
    """In the order asked for; the tag's name is of the grouping by tag."""
    body = asked('{ coverages(first: 10, groupBy: [MONTH, TAG, WORKSPACE], tag: "team") ' + TELL + " }")

    alone = [
        asked(f"{{ coverage(first: 10, groupBy: {by}{tag}) {TELL} }}")["data"]["coverage"]
        for by, tag in (("MONTH", ""), ("TAG", ', tag: "team"'), ("WORKSPACE", ""))
    ]
    assert body["data"]["coverages"] == alone
    assert [edge["node"]["key"] for edge in body["data"]["coverages"][1]["edges"]] == [None, "credit"]


@pytest.mark.parametrize("groups", ["[]", "[MONTH, MONTH]", "[TAG]"])
def test_groupings_that_mean_nothing_are_refused(groups: str) -> None:
    body = asked(f"{{ coverages(first: 10, groupBy: {groups}) {{ totalCount }} }}")

    assert body["data"] == {"coverages": None}
    assert body["errors"][0]["extensions"]["code"] == "invalid_option"


def test_each_grouping_costs_a_page() -> None:
    """Twice the groupings, twice the page."""
    costs = [
        asked(f"{{ coverages(first: 10, groupBy: [{groups}]) {{ edges {{ cursor }} }} }}")["extensions"]["cost"][
            "requested"
        ]
        for groups in ("MONTH", "MONTH, CREATOR")
    ]

    assert costs == [21, 41]
