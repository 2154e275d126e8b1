"""What goes wrong on the way costs what it must, and says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lineage.index import open_index
from lineage.records import Gap
from tests.e2e.crawling import Desk, lineage
from tests.emulator.contoso import Contoso, contoso
from tests.emulator.estate import Estate
from tests.emulator.forms import DEV
from tests.emulator.server import serve


def gaps(desk: Desk) -> dict[str, Gap]:
    """What the newest generation could not read, less what the standard estate never lets anybody read."""
    always = ("/jobs/lost_cloud_h5n2m8v4cx", "/jobs/quiet_vault_t7r1p4k9sd", "/data/customer-pii/versions/1")
    with open_index(desk.index).view() as view:
        return {gap.subject.removeprefix(DEV): gap for gap in view.gaps() if not gap.subject.endswith(always)}


def complete(desk: Desk) -> bool:
    with open_index(desk.index).view() as view:
        return all(scope.complete for scope in view.coverage() if scope.scope == DEV)


def test_a_throttled_crawl_waits_and_loses_nothing(desk: Desk, story: Contoso) -> None:
    """429 in front of requests of every kind: the digest is that of a quiet day."""
    quiet = desk.crawl(story.dev.uri).json
    for where in ("/models", "rundata", "/data/", "/registries/"):
        desk.emulator.fault("throttle", where, times=3)
    throttled = desk.crawl(story.dev.uri).json

    assert throttled["digest"] == quiet["digest"]
    assert desk.emulator.count("fault.throttle") == 12


def test_throttling_without_end_ends_the_crawl_and_publishes_nothing(desk: Desk, story: Contoso) -> None:
    """Nothing is left out because of a 429: the crawl says when to come back, and what was published stays."""
    before = desk.crawl(story.dev.uri).json
    desk.emulator.fault("throttle", "/jobs", retry_after="1")
    said = desk.crawl(story.dev.uri, "--patience", "1.5")
    error = json.loads(said.err.splitlines()[-1])["error"]

    assert (said.code, error["code"]) == (75, "try_later")
    assert "longer than the 1.5 s of --patience" in error["message"]
    assert error["remedy"].startswith("crawl again after 2")
    with open_index(desk.index).view() as view:
        assert view.generation.digest == before["digest"]


def test_a_crawl_that_was_put_off_goes_on_where_it_stopped(desk: Desk, story: Contoso) -> None:
    """What was read before the limit is kept: the next crawl asks for less, and says the same."""
    whole = desk.crawl(story.dev.uri).json
    asked = desk.emulator.count()
    desk.index.unlink()
    desk.emulator.forget()
    desk.emulator.fault("throttle", "/batchrundata", retry_after="3600")
    put_off = desk.crawl(story.dev.uri)
    desk.emulator.forget()
    resumed = desk.crawl(story.dev.uri).json

    assert put_off.code == 75
    assert "longer than the 15 min of --patience" in put_off.err
    assert "throttled by" not in put_off.err, "nothing was waited"
    assert resumed["digest"] == whole["digest"]
    assert desk.emulator.count() < asked


def test_a_page_of_another_host_is_refused_and_never_asked(tmp_path: Path) -> None:
    """The link leads away from the cloud; the token does not follow it."""
    estate = Estate()
    workspace = estate.workspace("mlw-lured", group="rg-lured")
    for number in range(60):
        workspace.model(f"model-{number:02}", given="./model")
    with serve(estate, tmp_path) as emulator:
        emulator.fault("foreign_link", "/models", times=1)
        desk = Desk(emulator, tmp_path)
        said = desk.crawl(workspace.uri)
    with open_index(desk.index).view() as view:
        (gap,) = view.gaps()

    assert said.code == 0
    assert (gap.subject, gap.reason) == (f"{workspace.uri}/models", "HOST_REFUSED")
    assert "elsewhere.example" in gap.detail


def test_a_page_that_leads_to_itself_ends(desk: Desk, story: Contoso) -> None:
    desk.emulator.fault("loop", "/onlineEndpoints")
    desk.crawl(story.dev.uri)

    assert {name: gap.reason for name, gap in gaps(desk).items()} == {"/onlineEndpoints": "LOOP"}
    assert desk.emulator.count("onlineEndpoints") == 2
    assert not complete(desk)


def test_an_empty_page_in_the_middle_is_no_end(desk: Desk, story: Contoso) -> None:
    quiet = desk.crawl(story.dev.uri).json
    desk.emulator.fault("empty_page", "/models", times=1)

    assert desk.crawl(story.dev.uri).json["digest"] == quiet["digest"]


def test_an_answer_that_is_none_is_a_gap_of_that_thing(desk: Desk, story: Contoso) -> None:
    """A page to sign in on, or half a body: the thing is a gap, its neighbours are read."""
    code = "/" + story.jobs["september"].code.partition("/workspaces/mlw-credit-dev/")[2]
    made = "/data/azureml_lemon_net_2wttv098sl_output_data_report/versions/1"
    desk.emulator.fault("html", code)
    desk.emulator.fault("cut", made)
    desk.crawl(story.dev.uri)
    found = gaps(desk)

    assert set(found) == {code, made}
    assert found[code].reason == "UNPARSABLE"
    assert "not JSON" in found[code].detail
    assert found[made].reason == "UNREACHABLE"
    assert all(gap.remedy for gap in found.values())


def test_a_token_that_expires_on_the_way_is_told_for_what_it_lost(desk: Desk, story: Contoso) -> None:
    desk.emulator.fault("unauthorised", "/jobs/calm_pepper_q1w8z5n3rt")
    desk.crawl(story.prod.uri)
    found = {name: gap.reason for name, gap in gaps(desk).items()}

    assert found == {"/jobs/calm_pepper_q1w8z5n3rt": "UNAUTHORISED"}


def refused(desk: Desk, target: str) -> tuple[int, dict[str, Any]]:
    said = desk.crawl(target)
    return said.code, json.loads(said.err.splitlines()[-1])["error"]


def test_a_workspace_that_we_may_not_read_publishes_nothing(tmp_path: Path) -> None:
    story = contoso()
    story.dev.forbid("")
    with serve(story.estate, tmp_path) as emulator:
        desk = Desk(emulator, tmp_path)
        code, error = refused(desk, story.dev.uri)

    assert (code, error["code"]) == (5, "source_forbidden")
    assert "Microsoft.MachineLearningServices/workspaces/read" in error["remedy"]
    assert open_index(desk.index).generations() == []


def test_a_workspace_that_is_not_there_is_a_sentence(desk: Desk, story: Contoso) -> None:
    code, error = refused(desk, f"{story.dev.uri}-typo")

    assert (code, error["code"]) == (5, "source_unreachable")
    assert "mlw-credit-dev-typo" in error["message"]
    assert error["remedy"]


def test_a_token_that_the_service_refuses_is_a_sentence(desk: Desk, story: Contoso) -> None:
    desk.emulator.fault("unauthorised")
    code, error = refused(desk, story.dev.uri)

    assert (code, error["code"]) == (5, "source_unauthorised")
    assert error["remedy"]
    assert desk.emulator.token not in json.dumps(error)


def test_a_listing_that_we_may_not_read_is_a_gap_and_the_scope_is_not_complete(tmp_path: Path) -> None:
    story = contoso()
    story.prod.forbid("batchEndpoints")
    with serve(story.estate, tmp_path) as emulator:
        desk = Desk(emulator, tmp_path)
        said = desk.crawl(story.prod.uri)

    assert said.code == 0
    assert said.json["complete"] is False
    (gap,) = said.json["gaps"]["items"]
    assert (gap["subject"], gap["reason"]) == (f"{story.prod.uri}/batchEndpoints", "FORBIDDEN")
    assert "workspaces/batchEndpoints/read" in gap["remedy"]


def test_an_empty_workspace_is_a_generation(tmp_path: Path) -> None:
    estate = Estate()
    workspace = estate.workspace("mlw-empty", group="rg-empty")
    with serve(estate, tmp_path) as emulator:
        said = Desk(emulator, tmp_path).crawl(workspace.uri)

    assert said.code == 0
    assert said.json["complete"] is True
    assert said.json["counts"]["gaps"] == 0


def test_a_certificate_that_nobody_vouches_for_is_a_sentence(desk: Desk, story: Contoso) -> None:
    cloud = desk.folder / "cloud.json"
    cloud.write_text(json.dumps(desk.emulator.cloud))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURE_ACCESS_TOKEN", desk.emulator.token)
        environment.delenv("REQUESTS_CA_BUNDLE", raising=False)
        said = lineage(
            *("crawl", story.dev.uri, "--index", desk.index, "--credential", "token", "--cloud", cloud, "--json")
        )
    error = json.loads(said.err.splitlines()[-1])["error"]

    assert (said.code, error["code"]) == (5, "source_unreachable")
    assert "--ca-bundle" in error["remedy"]
    assert desk.emulator.count() == 0
