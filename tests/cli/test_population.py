"""`lineage population`: whether the numbers add up, for people and for machines."""

from __future__ import annotations

from tests.linked import W


def test_what_nothing_accounts_for_is_said_first(say):
    """The listings of this estate claim three things each, and its records came in none of them."""
    said = say("population")

    assert said.code == 0
    assert said.out.splitlines()[:2] == [
        "DOES NOT ADD UP: 6 unaccounted for, 0 more than was listed",
        "  → lineage crawl --full …, then ask again; lineage gaps tells what is known to be missing",
    ]
    models = next(line for line in said.out.splitlines() if line.startswith("  models "))
    assert models.split() == ["models", "3", "0", "0", "0", "0", "0", "0", "3"]


def test_for_machines(say):
    answer = say("population", "--json").json

    assert list(answer) == ["question", "generation", "reconciles", "total", "rows"]
    assert answer["reconciles"] is False
    total = answer["total"]
    met = total["listed"] + total["referenced"]
    assert met == sum(total[name] for name in ("stored", "forbidden", "deleted", "failed", "unaccounted"))
    assert [row for row in answer["rows"] if row["collection"] == "jobs"] == [
        {
            "scope": W,
            "collection": "jobs",
            "complete": None,
            "listings": 0,
            "listed": 0,
            "referenced": 3,
            "stored": 2,
            "archived": 0,
            "forbidden": 1,
            "deleted": 0,
            "failed": 0,
            "unaccounted": 0,
            "surplus": 0,
        }
    ]
