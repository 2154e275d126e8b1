"""`lineage crawl --plan`: what would be read, and about how many requests that takes."""

from __future__ import annotations

import json

import pytest

from lineage import ids
from lineage.cli import run
from lineage.ids import Kind
from lineage.records import Listing
from lineage.sources.azureml.estimate import Line, estimate
from tests.emulator.contoso import SUBSCRIPTION_DEV

WS = ids.workspace("s", "g", "w")
LISTED = ("subscription.registries", "subscription.workspaces", "subscriptions")


@pytest.fixture
def there(emulator, cloud_file, tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", emulator.token)
    bundle = str(emulator.ca_bundle)
    return ["--credential", "token", "--cloud", cloud_file, "--ca-bundle", bundle, "--index", str(tmp_path / "i.db")]


def planned(capsys, arguments):
    assert run(["crawl", "--plan", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_plan_asks_nothing_but_what_there_is(there, emulator, tmp_path, capsys):
    """Lists of subscriptions, workspaces and registries; no index is made."""
    said = planned(capsys, ["--tenant", *there])

    assert emulator.counts() == dict(zip(LISTED, (2, 2, 1), strict=True))
    assert said["discovery"] == 5
    assert [it["scope"].rsplit("/", 1)[1] for it in said["scopes"]] == [
        "mlw-credit-dev",
        "mlw-credit-prod",
        "contoso-models",
    ]
    assert [it["known"] for it in said["scopes"]] == [False, False, False]
    assert [it["requests"] for it in said["scopes"]] == [11, 11, 5]
    assert said["requests"] == 27
    assert said["index"] is None
    assert not (tmp_path / "i.db").exists()


def test_what_an_index_holds_is_counted_without_asking(there, emulator, story, capsys):
    """A plan of a named workspace asks nothing at all, and comes near what a crawl takes, whole or of what changed."""
    assert run(["crawl", story.dev.uri, *there]) == 0
    took = emulator.count()
    emulator.forget()
    capsys.readouterr()
    said = planned(capsys, [story.dev.uri, *there])

    assert emulator.count() == 0
    assert said["discovery"] == 0
    (scope,) = said["scopes"]
    assert scope["known"] is True
    assert took * 0.8 <= scope["requests"] <= took * 1.2
    assert scope["requests"] == sum(line["requests"] for line in scope["lines"])

    assert run(["crawl", story.dev.uri, *there]) == 0
    assert emulator.count() * 0.6 <= scope["unchanged"] <= emulator.count() * 1.2
    emulator.forget()
    assert run(["crawl", story.dev.uri, "--full", *there]) == 0
    assert emulator.count() == took


def test_a_plan_is_a_table_for_people(there, capsys):
    assert run(["crawl", "--subscription", SUBSCRIPTION_DEV, "sample", "--plan", *there]) == 0
    out = capsys.readouterr().out

    assert out.startswith("  requests  unchanged\n        11         11  azureml://subscriptions/5f0c1d3e-")
    assert "mlw-credit-dev  (never crawled: at least)\n         0          0  sample\n" in out
    assert "        11         11  in all, of 2\n" in out
    assert "\nabout 0 s at the 25 reads a second that Azure refills for one reader\n" in out
    assert "counted from nothing: there is no index yet; 2 requests were asked for this plan\n" in out
    assert "  a page holds 50 items" in out


def test_a_plan_says_what_could_not_be_listed(there, capsys):
    """With the code that the crawl would end with."""
    arguments = ["crawl", "--plan", "--subscription", "00aa0000-0000-4000-8000-000000000000", "sample", *there]
    assert run(arguments) == 8
    out = capsys.readouterr().out

    assert out.startswith("could not be listed: 1\n  the subscription 00aa0000-")


def test_of_what_was_never_crawled_the_least_is_told():
    """A workspace is opened with two requests, a registry with one, and each collection has a page."""
    assert estimate(WS).requests == 2 + 9
    assert estimate(ids.registry("r")).requests == 1 + 4
    assert estimate(WS, kind="FeatureStore").requests == 2 + 11
    assert estimate(WS).known is False


def test_listings_are_counted_by_their_pages():
    """An empty listing takes one request, fifty items one, fifty-one two; those of other scopes none."""
    listings = [
        Listing(f"{WS.text}/models", WS.text, True, 3),
        *(Listing(f"{WS.text}/models/{n}/versions", WS.text, True, n) for n in (0, 50, 51)),
        Listing(f"{WS.text}/jobs", WS.text, True, 120),
        Listing(f"{WS.text}/jobs/p/children", WS.text, True, 7),
        Listing("azureml://registries/r/models", "azureml://registries/r", True, 1000),
    ]
    things = {Kind.JOB: 130, Kind.MODEL_VERSION: 101, Kind.CODE_VERSION: 4}
    price = estimate(WS, listings, things, gaps=9)

    assert price.lines == (
        Line("open", 2),
        Line("jobs", 3, 120),
        Line("jobs/children", 1, 7),
        Line("models", 1, 3),
        Line("models/versions", 4, 101),
        Line("runs", 3, 130),
        Line("by name", 7, 7),
    )
    assert price.requests == 2 + 3 + 1 + 1 + 4 + 3 + 7
    assert price.unchanged == 2 + 3 + 1 + 9

    got = estimate(WS, listings, things, gaps=9, jobs="get")
    assert [line for line in got.lines if line not in price.lines] == [Line("by name", 127, 127)]
    assert got.unchanged == price.unchanged - 3
