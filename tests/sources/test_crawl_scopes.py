"""`lineage crawl` of several things: of subscriptions, tenants, registries and files that say what to crawl."""

from __future__ import annotations

import json

import pytest

from lineage.cli import run
from lineage.index import open_index
from tests.emulator.contoso import SUBSCRIPTION_DEV, SUBSCRIPTION_PROD
from tests.emulator.estate import Estate
from tests.emulator.server import serve
from tests.sources.metadata import metadata

EMPTY = "00aa0000-0000-4000-8000-000000000000"
DEV = f"azureml://subscriptions/{SUBSCRIPTION_DEV}/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev"
PROD = f"azureml://subscriptions/{SUBSCRIPTION_PROD}/resourceGroups/rg-credit-prod/workspaces/mlw-credit-prod"
REGISTRY = "azureml://registries/contoso-models"


@pytest.fixture
def there(emulator, cloud_file, tmp_path, monkeypatch):
    """Options that lead to the emulator, and to an index of this test's own."""
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", emulator.token)
    monkeypatch.chdir(tmp_path)
    bundle = str(emulator.ca_bundle)
    return ["--credential", "token", "--cloud", cloud_file, "--ca-bundle", bundle, "--index", str(tmp_path / "i.db")]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Two workspaces and a registry in one subscription: (estate, emulator, options)."""
    estate = Estate()
    for name in ("alpha", "beta"):
        ws = estate.workspace(f"mlw-{name}", group=f"rg-{name}", subscription=SUBSCRIPTION_DEV)
        ws.model(name, given=ws.command_job(f"job_{name}", outputs={"model": ""}).output("model"))
    estate.registry("shared", group="rg-shared", subscription=SUBSCRIPTION_DEV).model("base")
    with serve(estate, tmp_path) as emulator:
        cloud = tmp_path / "cloud.json"
        cloud.write_text(json.dumps(emulator.cloud))
        monkeypatch.setenv("AZURE_ACCESS_TOKEN", emulator.token)
        monkeypatch.chdir(tmp_path)
        bundle = str(emulator.ca_bundle)
        index = str(tmp_path / "i.db")
        yield (
            estate,
            emulator,
            ["--credential", "token", "--cloud", str(cloud), "--ca-bundle", bundle, "--index", index],
        )


def crawled(capsys, arguments, code=0):
    """The summary of a crawl, as a program reads it."""
    assert run(["crawl", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def roots(summary):
    return [it["root"] for it in summary["crawled"]]


def test_everything_in_a_subscription_is_crawled_each_into_its_own_generation(there, emulator, tmp_path, capsys):
    summary = crawled(capsys, ["--subscription", SUBSCRIPTION_PROD, *there])

    assert roots(summary) == [PROD, REGISTRY]
    assert [it["generation"] for it in summary["crawled"]] == [1, 2]
    assert [it["complete"] for it in summary["crawled"]] == [True, True]
    assert summary["failed"] == []
    assert [it.root for it in open_index(tmp_path / "i.db").generations()] == [PROD, REGISTRY]
    assert emulator.count("subscription.workspaces") == 1


def test_a_tenant_is_crawled_with_one_token(emulator, cloud_file, tmp_path, monkeypatch, capsys):
    """The list and every workspace are read with the token that was asked for once."""
    with metadata(emulator.token) as service:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url)
        for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
            monkeypatch.delenv(name, raising=False)
        options = ["--cloud", cloud_file, "--ca-bundle", str(emulator.ca_bundle), "--index", str(tmp_path / "i.db")]
        summary = crawled(capsys, ["--tenant", "--credential", "managed-identity", *options])

    assert roots(summary) == [DEV, PROD, REGISTRY]
    assert len(service.asked) == 1


def test_what_is_asked_for_twice_is_crawled_once(there, capsys):
    """By its name, in its subscription and in the tenant."""
    summary = crawled(capsys, [REGISTRY, "--registry", "Contoso-Models", "--subscription", SUBSCRIPTION_PROD, *there])

    assert roots(summary) == [PROD, REGISTRY]


def test_several_targets_at_once(there, story, capsys):
    summary = crawled(capsys, [story.prod.uri, "sample", *there])

    assert roots(summary) == [PROD, PROD]


def test_one_registry_is_said_like_one_workspace(there, capsys):
    """One object for one thing, as a program expects that named it."""
    summary = crawled(capsys, ["--registry", "contoso-models", *there])

    assert summary["root"] == REGISTRY
    assert summary["kinds"]["ModelVersion"] >= 3


def test_a_workspace_that_fails_does_not_stop_the_others(small, capsys):
    """Exit 8; what failed is said first, with its remedy, and what was published is there."""
    estate, _, options = small
    estate.workspaces[0].forbid("")
    assert run(["crawl", "--tenant", *options]) == 8
    out, err = capsys.readouterr()

    failed = f"azureml://subscriptions/{SUBSCRIPTION_DEV}/resourceGroups/rg-alpha/workspaces/mlw-alpha"
    assert f"could not be crawled: 1\n  {failed}\n    the workspace mlw-alpha in resource group rg-alpha may not" in out
    assert "    grant Microsoft.MachineLearningServices/workspaces/read: az role assignment create" in out
    assert out.index("could not be crawled: 1") < out.index("crawled: 2\n") < out.index("\nread ")
    assert f"1 of 3: {failed}" in err
    assert "Traceback" not in err


def test_when_all_fail_it_is_the_failure_they_have_in_common(small, capsys, tmp_path):
    """Exit 5, every one with its reason, nothing on standard output."""
    estate, _, options = small
    for ws in estate.workspaces:
        ws.forbid("")
    assert run(["crawl", "--tenant", "--include", "mlw-*", *options]) == 5
    out, err = capsys.readouterr()

    assert out == ""
    assert "lineage: none of 2 sources could be crawled\n" in err
    assert "the workspace mlw-alpha in" in err
    assert "the workspace mlw-beta in" in err
    assert open_index(tmp_path / "i.db").generations() == []


def test_a_program_is_told_of_failures_with_their_codes(small, capsys):
    estate, _, options = small
    estate.workspaces[1].forbid("")
    summary = crawled(capsys, ["--tenant", *options], code=8)
    (failed,) = summary["failed"]

    assert list(failed) == ["what", "code", "message", "remedy"]
    assert failed["code"] == "source_forbidden"
    assert len(summary["crawled"]) == 2

    for ws in estate.workspaces:
        ws.forbid("")
    estate.registries.clear()
    summary = crawled(capsys, ["--tenant", *options], code=5)
    assert ([it["code"] for it in summary["failed"]], summary["crawled"]) == (["source_forbidden"] * 2, [])


def test_a_closed_list_is_a_failure_beside_what_was_found(small, capsys):
    """The workspaces are crawled; that registries may be missing is said."""
    estate, _, options = small
    estate.closed.add(f"{SUBSCRIPTION_DEV}/registries")
    summary = crawled(capsys, ["--subscription", SUBSCRIPTION_DEV, *options], code=8)

    assert [it["what"] for it in summary["failed"]] == [f"the registries of subscription {SUBSCRIPTION_DEV}"]
    assert len(summary["crawled"]) == 2


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["--include", "mlw-*"], ["mlw-alpha", "mlw-beta"]),
        (["--include", "MLW-*", "--exclude", "*-beta"], ["mlw-alpha"]),
        (["--exclude", "rg-alpha/*"], ["mlw-beta", "shared"]),
        (["--include", "shared", "--include", "rg-a*/*"], ["mlw-alpha", "shared"]),
    ],
)
def test_patterns_choose_what_is_crawled(small, capsys, patterns, names):
    _, _, options = small
    summary = crawled(capsys, ["--tenant", *patterns, *options])

    assert [root.rsplit("/", 1)[1] for root in roots(summary)] == names


def test_a_pattern_that_names_nothing_is_told(small, capsys):
    """It may be the one that was to keep something out."""
    _, _, options = small
    assert run(["crawl", "--tenant", "--include", "mlw-*", "--exclude", "*-sandbx", *options]) == 0

    assert "the pattern '*-sandbx' names nothing in the tenant" in capsys.readouterr().err


def refused(capsys, arguments):
    """(exit code, the sentence, the remedy) of a command that fails."""
    code = run(["crawl", *arguments])
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    said, *remedy = err.split("lineage: ", 1)[1].splitlines()
    return code, said, "\n".join(line.strip() for line in remedy)


def test_patterns_that_leave_nothing_say_what_there_is(small, capsys, tmp_path):
    _, _, options = small
    code, said, remedy = refused(capsys, ["--subscription", SUBSCRIPTION_DEV, "--include", "mwl-*", *options])

    assert code == 2
    assert said == f"of what the subscription {SUBSCRIPTION_DEV} holds, the patterns leave nothing to crawl"
    assert remedy == ("change --include or --exclude; there are rg-alpha/mlw-alpha, rg-beta/mlw-beta, rg-shared/shared")
    assert not (tmp_path / "i.db").exists()


def test_an_unknown_subscription(there, capsys):
    code, said, remedy = refused(capsys, ["--subscription", EMPTY, *there])

    assert code == 5
    assert said.startswith(f"there is no subscription {EMPTY} that this credential sees: HTTP 404 Subscription")
    assert "az account list --all" in remedy


def test_a_closed_subscription(small, capsys):
    estate, _, options = small
    estate.closed.add(SUBSCRIPTION_DEV)
    code, said, remedy = refused(capsys, ["--subscription", SUBSCRIPTION_DEV, *options])

    assert code == 5
    assert said.startswith(f"the workspaces of subscription {SUBSCRIPTION_DEV} may not be listed with this credential")
    assert f"--scope /subscriptions/{SUBSCRIPTION_DEV}" in remedy


def test_an_empty_subscription(small, capsys):
    """Nothing was crawled where something was expected: that is no success."""
    estate, _, options = small
    estate.subscriptions.add(EMPTY)
    code, said, remedy = refused(capsys, ["--subscription", EMPTY, *options])

    assert code == 5
    assert said == f"the subscription {EMPTY} holds no workspace and no registry that this credential sees"
    assert "grant Reader" in remedy


def test_a_credential_that_is_not_there_is_said_once_for_the_whole_tenant(there, emulator, capsys, monkeypatch):
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"):
        monkeypatch.delenv(name, raising=False)
    code, said, remedy = refused(capsys, ["--tenant", *there, "--credential", "environment"])

    assert code == 5
    assert said.startswith("the credential is `environment`, and the environment lacks AZURE_TENANT_ID")
    assert remedy.startswith("set AZURE_TENANT_ID")
    assert emulator.count() == 0


def test_when_all_are_put_off_it_is_worth_another_try(small, capsys):
    """Exit 75 and not 5: a scheduler may run it again by itself."""
    _, emulator, options = small
    emulator.fault("throttle", "/workspaces/mlw-", retry_after="3000")
    code = run(["crawl", "--tenant", "--include", "mlw-*", "--patience", "1", *options])
    out, err = capsys.readouterr()

    assert (code, out) == (75, "")
    assert "lineage: none of 2 sources could be crawled\n" in err
    assert err.count("longer than the 1 s of --patience") == 2


@pytest.mark.parametrize(
    ("arguments", "said", "remedy"),
    [
        (["--subscription", "contoso-dev"], "'contoso-dev' is not the id of a subscription", "give its GUID"),
        (["--tenant", "--include", "a/b/c/d"], "the pattern 'a/b/c/d' is not NAME", "write for example"),
        (["--registry", "r", "--include", "x"], "--include and --exclude choose among", "add --subscription"),
        (["--tenant", "--config", "x.toml"], "--config and the other arguments both say", "give either"),
        (["--tenant", "--record", "r.jsonl"], "--record writes down the crawl of one", "give one TARGET"),
        (["sample", "--record", "r.jsonl"], "--record writes down the crawl of one", "give one TARGET"),
        (["--registry", "a/b"], "the target 'a/b' does not name a workspace or a registry", "write azureml://"),
        (["--config", "nowhere.toml"], "cannot read nowhere.toml: No such file", "give the path of a lineage.toml"),
    ],
)
def test_arguments_that_cannot_be_meant_end_before_the_first_request(there, emulator, capsys, arguments, said, remedy):
    code, told, then = refused(capsys, [*arguments, *there])

    assert (code, told.startswith(said), then.startswith(remedy)) == (2, True, True), (told, then)
    assert emulator.count() == 0


def test_nothing_to_crawl_shows_a_file_to_begin_with(capsys, tmp_path, monkeypatch):
    """What it shows is a file that can be read."""
    from lineage.settings.file import read

    monkeypatch.chdir(tmp_path)
    code, said, remedy = refused(capsys, [])

    assert code == 2
    assert said == "nothing to crawl: no TARGET is named, and there is no lineage.toml here"
    (tmp_path / "lineage.toml").write_text(remedy.split("\n", 1)[1])
    assert len(read(tmp_path / "lineage.toml").sources) == 2


FILE = """\
index = "estate.db"
cloud = "cloud.json"
ca_bundle = "emulator-ca.pem"
credential = "token"

[[sources]]
kind = "subscription"
target = "{subscription}"
exclude = ["*-beta", "shared"]

[[sources]]
kind = "registry"
target = "shared"
"""


def test_without_arguments_the_file_here_says_what_is_crawled(small, capsys, tmp_path):
    """And the questions that are shown find the index without an option."""
    (tmp_path / "lineage.toml").write_text(FILE.format(subscription=SUBSCRIPTION_DEV))
    assert run(["crawl"]) == 0
    out, err = capsys.readouterr()

    assert err.startswith("crawling what lineage.toml says: 2 sources\n")
    assert out.startswith("generations 1 to 2 of estate.db\n\ncrawled: 2\n")
    assert out.endswith("  lineage status\n")
    assert [it.root.rsplit("/", 1)[1] for it in open_index(tmp_path / "estate.db").generations()] == [
        "mlw-alpha",
        "shared",
    ]


def test_a_file_elsewhere_is_read_from_its_own_folder(small, capsys, tmp_path, monkeypatch):
    """Its paths are its own; options on the command line go before what it says."""
    (tmp_path / "lineage.toml").write_text(FILE.format(subscription=SUBSCRIPTION_DEV).replace("token", "cli"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    config = str(tmp_path / "lineage.toml")
    assert run(["crawl", "--config", config, "--credential", "token"]) == 0

    assert capsys.readouterr().out.endswith(f"  lineage status --index {tmp_path / 'estate.db'}\n")


def test_a_source_of_the_file_that_fails_does_not_stop_the_others(small, capsys, tmp_path):
    """A recording that is gone, a subscription that is unknown; the registry is crawled."""
    text = FILE.format(subscription=EMPTY) + "\n[[sources]]\nkind = 'recording'\ntarget = 'gone.jsonl'\n"
    (tmp_path / "lineage.toml").write_text(text)
    summary = crawled(capsys, [], code=8)

    assert roots(summary) == ["azureml://registries/shared"]
    assert [it["what"] for it in summary["failed"]] == [f"the subscription {EMPTY}", "gone.jsonl"]


def test_a_target_of_the_file_that_names_nothing_is_told_with_its_line(capsys, tmp_path, monkeypatch):
    """Before anything is asked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lineage.toml").write_text("[[sources]]\nkind = 'workspace'\ntarget = 'mlw-credit'\n")
    code, said, remedy = refused(capsys, [])

    assert code == 2
    assert said.startswith("lineage.toml line 1: the target 'mlw-credit' does not name a workspace")
    assert remedy.startswith("write azureml://subscriptions/SUBSCRIPTION")
