"""`lineage.toml`: what it says, and that a slip in it is told with its line."""

from __future__ import annotations

import tomllib

import pytest

from lineage.errors import InvalidOption
from lineage.settings import index_path
from lineage.settings.file import CREDENTIALS, EXAMPLE, Kind, Wanted, read
from lineage.settings.lines import line_of
from lineage.sources.azureml.credentials import CHOICES

WHOLE = """\
# nightly
index = "audit.db"
credential = "managed-identity"
concurrency = 4

[[sources]]
kind = "workspace"
target = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
concurrency = 2

[[sources]]
kind = "tenant"
include = ["mlw-*"]
exclude = ["*-sandbox", "rg-test/*"]
patience = 60

[[sources]]
kind = "recording"
target = "tapes/nightly.jsonl.gz"
cloud = "moon.json"
ca_bundle = "/etc/ssl/proxy.pem"
"""


def written(tmp_path, text):
    path = tmp_path / "lineage.toml"
    path.write_text(text)
    return path


def test_a_source_is_what_it_says_itself_and_what_the_file_says_for_all(tmp_path):
    path = written(tmp_path, WHOLE)
    said = read(path)

    assert said.index == str(tmp_path / "audit.db")
    assert said.sources == (
        Wanted(
            kind=Kind.WORKSPACE,
            target="azureml://subscriptions/s/resourceGroups/g/workspaces/w",
            credential="managed-identity",
            concurrency=2,
            where=f"{path} line 6",
        ),
        Wanted(
            kind=Kind.TENANT,
            include=("mlw-*",),
            exclude=("*-sandbox", "rg-test/*"),
            credential="managed-identity",
            concurrency=4,
            patience=60.0,
            where=f"{path} line 11",
        ),
        Wanted(
            kind=Kind.RECORDING,
            target=str(tmp_path / "tapes" / "nightly.jsonl.gz"),
            credential="managed-identity",
            cloud=str(tmp_path / "moon.json"),
            ca_bundle="/etc/ssl/proxy.pem",
            concurrency=4,
            where=f"{path} line 17",
        ),
    )


def test_the_example_that_is_shown_can_be_read(tmp_path):
    assert [source.kind for source in read(written(tmp_path, EXAMPLE)).sources] == ["workspace", "subscription"]


def test_the_file_knows_the_credentials_that_the_program_knows():
    assert CREDENTIALS == CHOICES


def test_what_neither_file_nor_command_line_says_is_said_once():
    """The same patience, concurrency, credential and cloud, whichever way a source is named."""
    from lineage.cli.crawl import crawl
    from lineage.settings.file import How
    from lineage.sources.azureml.clouds import DEFAULT
    from lineage.sources.polite.manners import CONCURRENCY, PATIENCE

    options = {option.name: option.default for option in crawl.params}
    assert How() == How(credential="default", cloud=DEFAULT, patience=PATIENCE, concurrency=CONCURRENCY)
    assert [options[name] for name in ("credential", "cloud", "patience", "concurrency", "jobs")] == [
        "default",
        DEFAULT,
        PATIENCE,
        CONCURRENCY,
        How().jobs,
    ]


def test_the_ways_to_read_jobs_are_those_that_the_crawl_has():
    from lineage.settings.file import JOBS, How
    from lineage.sources.azureml.planning import WAYS, Planner

    assert JOBS == WAYS
    assert How().jobs == Planner().way


TENANT = "[[sources]]\nkind = 'tenant'\n"


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("[[source]]\nkind = 'tenant'\n", "line 1: there is no key `source`", "did you mean `sources`?"),
        (TENANT + "inlcude = ['x']\n", "line 3: there is no key `inlcude`", "did you mean `include`?"),
        (TENANT + "zebra = 1\n", "line 3: there is no key `zebra`", "the keys here are kind, target, include, "),
        (TENANT + "index = 'i.db'\n", "line 3: there is no key `index`", "`index` holds for the whole file"),
        ("kind = 'tenant'\n" + TENANT, "line 1: there is no key `kind`", "`kind` belongs to a source"),
        (TENANT + "where = 'x'\n", "line 3: there is no key `where`", "the keys here are"),
        ("[[sources]]\nkind = 'tennant'\n", "line 2: there is no kind 'tennant'", "did you mean 'tenant'? choose one"),
        ("credential = 'msi'\n" + TENANT, "line 1: there is no credential 'msi'", "choose one of default, cli, "),
        ("[[sources]]\ntarget = 'x'\n", "line 1: a source without `kind`", "write `kind`, one of workspace, "),
        ("[[sources]]\nkind = 'registry'\n", "line 1: a registry without `target`", "write its name"),
        (TENANT + "target = 'x'\n", "line 3: a tenant takes no `target`", "leave `target` out"),
        (
            "[[sources]]\nkind = 'registry'\ntarget = 'r'\nexclude = ['x']\n",
            "line 4: a registry is one thing, of which nothing is included or excluded",
            "patterns choose among",
        ),
        ("concurrency = 'x'\n" + TENANT, "line 1: `concurrency`: expected a whole number, got text", "give how many"),
        (
            "jobs = 'lst'\n" + TENANT,
            "line 1: there is no jobs 'lst'",
            "did you mean 'list'? choose one of auto, list, get",
        ),
        ("concurrency = 65\n" + TENANT, "line 1: `concurrency`: expected a whole number <= 64", "give how many"),
        (TENANT + "patience = -1\n", "line 3: `patience`: expected a number >= 0", "give the seconds"),
        (TENANT + "include = 'mlw-*'\n", "line 3: `include`: expected a list, got text", "give a list of patterns"),
        ("index = 1\n" + TENANT, "line 1: `index` is no text", "give a path in quotes"),
        ("sources = 'x'\n", "line 1: `sources` is no list of tables", "write each source below [[sources]]"),
        ("sources = [{kind = 'tenant', incl = []}]\n", "line 1: there is no key `incl`", "did you mean `include`?"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line_and_a_remedy(tmp_path, text, message, remedy):
    path = written(tmp_path, text)
    with pytest.raises(InvalidOption) as error:
        read(path)

    assert str(error.value).startswith(f"{path} {message}")
    assert error.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    "line",
    [
        "client_secret = 'S3CRET'",
        "password = 'S3CRET'",
        "sas_token = 'S3CRET'",
        "accountKey = 'S3CRET'",
        "connection_string = 'S3CRET'",
        "target = 'mlflow+https://someone:S3CRET@host'",
        "target = 'https://host/c?sig=S3CRET'",
        "include = ['mlw-*', 'https://someone:S3CRET@host']",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, line):
    """The file is meant to be kept beside code and shown to colleagues."""
    path = written(tmp_path, f"{TENANT}{line}\n")
    with pytest.raises(InvalidOption, match=r"line 3: .*, and this file holds none") as error:
        read(path)

    assert "S3CRET" not in str(error.value) + error.value.remedy
    assert "`credential`" in error.value.remedy


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = [\n", "is not TOML: Invalid value"),
        (b"a = '\xff'\n", "is not UTF-8 text"),
        (b"", "names no sources"),
        (b"index = 'x'\n", "names no sources"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, content, message):
    path = tmp_path / "lineage.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidOption, match=message) as error:
        read(path)
    assert error.value.remedy


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidOption, match="No such file or directory") as error:
        read(tmp_path / "nowhere.toml")
    assert error.value.remedy.endswith("--config")


def test_the_index_of_the_file_here_is_the_index_of_every_command(tmp_path, monkeypatch):
    """What `lineage crawl` published is what `lineage trace` asks; an option and the variable go before it."""
    written(tmp_path, WHOLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEAGE_INDEX", raising=False)

    assert index_path(None).resolve() == (tmp_path / "audit.db").resolve()
    assert index_path("other.db").name == "other.db"
    monkeypatch.setenv("LINEAGE_INDEX", "third.db")
    assert index_path(None).name == "third.db"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("index",), 2),
        (("concurrency",), 4),
        (("sources", 0), 6),
        (("sources", 0, "concurrency"), 9),
        (("sources", 1, "exclude"), 14),
        (("sources", 2, "cloud"), 20),
        (("sources", 2, "nothing"), 17),
        (("nothing",), 1),
    ],
)
def test_a_key_is_found_in_its_own_table(place, line):
    """Several tables have keys of one name."""
    assert tomllib.loads(WHOLE)
    assert line_of(WHOLE, place) == line
