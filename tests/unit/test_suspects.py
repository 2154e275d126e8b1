"""What an impact may start from: each way to name it, what it finds, and what it says when there is nothing."""

from __future__ import annotations

import pytest

from lineage import ids, lookup
from lineage.errors import InvalidOption, InvalidReference, UnknownReference
from lineage.graph import State
from lineage.ids import Kind
from lineage.lookup import INSIDE_LIMIT
from lineage.suspects import By, Suspect, starts
from lineage.traversal import TruncationReason
from tests.memory import Estate, MemoryView

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def estate() -> Estate:
    """Jobs with commits, snapshots and computes; environments with images; places of a lake."""
    estate = Estate()
    estate.datastore("lake", "acct", "raw")
    for path in ("2025/a", "2026-01/a", "2026-02/b", "2026/c"):
        estate.storage("acct", "raw", path)
    estate.environment("sklearn", "1", image="mcr.example/azureml/sklearn:20260101")
    estate.environment("sklearn", "2", image=f"mcr.example/azureml/sklearn:20260101@{DIGEST}")
    estate.environment("sklearn-gpu", "1", image="mcr.example/azureml/sklearn-gpu:1")
    estate.environment("torch", "1", image="docker.io/library/python:3.11")
    git = {"repo": "https://github.com/Contoso/Credit.git", "commit": "c0ffee1234", "branch": "main"}
    estate.job("one", git=git, compute="cpu-cluster", snapshot="9f1c")
    estate.job("two", git={**git, "repo": "git@github.com:contoso/fraud.git"}, compute="cpu-cluster-2")
    estate.job("three", git={"commit": "c0ffee9999"}, compute="cpu-cluster", scope=ids.workspace("s1", "g1", "w2"))
    estate.code("train", "1", hash="9f1c")
    estate.code("train", "2")
    return estate


def found(view: MemoryView, by: By, text: str, scope: ids.Scope | None = None, repository: str = "") -> list[str]:
    (start,) = starts(view, [Suspect(by, text, repository)], scope)
    nodes = [node for one in start.founds for node in (one.node, *one.inside)]
    return sorted("/".join(node.text.split("/")[-3:]) for node in nodes if not node.text.endswith("*"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mcr.example/azureml/sklearn", ["sklearn/versions/1", "sklearn/versions/2"]),
        ("mcr.example/azureml/sklearn:20260101", ["sklearn/versions/1", "sklearn/versions/2"]),
        (f"mcr.example/azureml/sklearn:20260101@{DIGEST}", ["sklearn/versions/2"]),
        (DIGEST, ["sklearn/versions/2"]),
        (f"elsewhere@{DIGEST}", None),
        (DIGEST[:20], None),
        ("mcr.example/azureml/sklearn:2", None),
        ("python:3.11", ["torch/versions/1"]),
        ("docker.io/library/python", ["torch/versions/1"]),
        ("sklearn", None),
    ],
)
def test_environments_are_found_by_their_image(estate: Estate, text: str, expected: list[str] | None) -> None:
    """Exactly, by repository or by digest; a longer name that begins alike is another image."""
    if expected is None:
        with pytest.raises(UnknownReference, match="no environment that was read is made from the image"):
            found(estate.view(), By.IMAGE, text)
    else:
        assert found(estate.view(), By.IMAGE, text) == expected


@pytest.mark.parametrize(
    ("text", "repository", "expected"),
    [
        ("c0ffee1234", "", ["w1/jobs/one", "w1/jobs/two"]),
        ("C0FFEE1", "", ["w1/jobs/one", "w1/jobs/two"]),
        ("c0ffee1234", "git@github.com:contoso/credit.git", ["w1/jobs/one"]),
        ("c0ffee1234", "ssh://git@github.com/contoso/fraud", ["w1/jobs/two"]),
    ],
)
def test_jobs_are_found_by_their_commit(estate: Estate, text: str, repository: str, expected: list[str]) -> None:
    """Whole or by seven digits; a repository is the same however it is reached."""
    assert found(estate.view(), By.COMMIT, text, repository=repository) == expected


@pytest.mark.parametrize("text", ["c0ffee", "main", "c0ffee12345g", ""])
def test_what_is_no_commit_is_refused(estate: Estate, text: str) -> None:
    with pytest.raises(InvalidOption, match="is no commit") as refused:
        found(estate.view(), By.COMMIT, text)

    assert "seven hex digits" in refused.value.remedy


def test_an_environment_is_all_its_versions_or_one(estate: Estate) -> None:
    view = estate.view()

    assert found(view, By.ENVIRONMENT, "sklearn") == ["sklearn/versions/1", "sklearn/versions/2"]
    assert found(view, By.ENVIRONMENT, "sklearn:2") == ["sklearn/versions/2"]
    assert found(view, By.ENVIRONMENT, "azureml:sklearn:1", estate.scope) == ["sklearn/versions/1"]
    assert found(view, By.ENVIRONMENT, f"{estate.scope.text}/environments/torch/versions/1") == ["torch/versions/1"]
    with pytest.raises(UnknownReference, match="no environment is called 'skl'"):
        found(view, By.ENVIRONMENT, "skl")
    with pytest.raises(UnknownReference):
        found(view, By.ENVIRONMENT, "sklearn", ids.registry("r"))


def test_a_label_is_the_version_that_it_means(estate: Estate) -> None:
    estate.environment("sklearn", "2", createdAt="2026-02-01T00:00:00Z")

    assert found(estate.view(), By.ENVIRONMENT, "sklearn@latest") == ["sklearn/versions/2"]


def test_jobs_are_found_by_their_compute_in_whole(estate: Estate) -> None:
    """`cpu-cluster` is not `cpu-cluster-2`; in a workspace it is that workspace's."""
    view = estate.view()
    arm = (
        "/subscriptions/s1/resourceGroups/g1/providers/Microsoft.MachineLearningServices/workspaces/w2"
        "/computes/cpu-cluster"
    )

    assert found(view, By.COMPUTE, "cpu-cluster") == ["w1/jobs/one", "w2/jobs/three"]
    assert found(view, By.COMPUTE, "cpu-cluster", estate.scope) == ["w1/jobs/one"]
    assert found(view, By.COMPUTE, arm) == ["w2/jobs/three"]
    with pytest.raises(UnknownReference, match="no job that was read ran on the compute 'gpu' in generation 1"):
        found(view, By.COMPUTE, "gpu")


def test_code_is_found_by_snapshot_hash_name_and_version(estate: Estate) -> None:
    view = estate.view()

    assert found(view, By.CODE, "9f1c") == ["train/versions/1", "w1/jobs/one"]
    assert found(view, By.CODE, "train") == ["train/versions/1", "train/versions/2"]
    assert found(view, By.CODE, "train:2") == ["train/versions/2"]
    with pytest.raises(InvalidReference):
        found(view, By.CODE, ":2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("azureml://datastores/lake/paths/2026-*", ["raw/2026-01/a", "raw/2026-02/b"]),
        ("https://acct.blob.core.windows.net/raw/2026*", ["raw/2026-01/a", "raw/2026-02/b", "raw/2026/c"]),
        ("abfss://raw@acct.dfs.core.windows.net/2026-0*", ["raw/2026-01/a", "raw/2026-02/b"]),
        ("wasbs://raw@acct.blob.core.windows.net/2026", ["paths/2026", "raw/2026/c"]),
        ("azureml://datastores/lake/paths/2026/*", ["paths/2026", "raw/2026/c"]),
    ],
)
def test_a_prefix_is_every_known_place_under_it(estate: Estate, text: str, expected: list[str]) -> None:
    """By every spelling of storage; whole segments, and parts of one with a star."""
    got = found(estate.view(), By.PREFIX, text)

    assert [name for name in got if not name.endswith("paths/2026") and not name.endswith("raw/2026")] == [
        name for name in expected if name != "paths/2026"
    ]


def test_a_prefix_of_nothing_and_of_no_place_is_refused(estate: Estate) -> None:
    with pytest.raises(UnknownReference, match="no known place starts with"):
        found(estate.view(), By.PREFIX, "azureml://datastores/lake/paths/2030*")
    with pytest.raises(InvalidOption, match="names no place in storage"):
        found(estate.view(), By.PREFIX, "credit:3")


def test_who_read_the_folder_around_a_prefix_read_what_is_in_it(estate: Estate) -> None:
    """As for a place: the known places that hold it are part of the question."""
    folder = estate.storage("acct", "raw", "2026-03")
    estate.storage("acct", "raw", "2026-03/xy")
    (start,) = starts(estate.view(), [Suspect(By.PREFIX, "https://acct.blob.core.windows.net/raw/2026-03/x*")])

    assert [node.key for node in start.founds[0].around] == [folder.key]


def test_a_prefix_is_looked_for_in_every_workspace(estate: Estate) -> None:
    """A datastore's name that two workspaces use means the places of both, unless one is given."""
    other = ids.workspace("s1", "g1", "w2")
    estate.covered(other)
    estate.thing(ids.datastore_path(other, "lake", "2026-01/z"))
    view = estate.view()
    both = found(view, By.PREFIX, "azureml://datastores/lake/paths/2026-01*")

    assert both == ["paths/2026-01/z", "raw/2026-01/a"]
    assert found(view, By.PREFIX, "azureml://datastores/lake/paths/2026-01*", other) == ["paths/2026-01/z"]


def test_a_version_by_two_names_is_one(estate: Estate) -> None:
    """A deployment may name it by the workspace's GUID; it was read by the workspace's name."""
    by_guid = ids.located("eu", "11111111-1111-1111-1111-111111111111")
    twin = estate.environment("sklearn", "1", scope=by_guid, state=State.UNRESOLVED)
    estate.same(twin, estate.environment("sklearn", "1", image="mcr.example/azureml/sklearn:20260101"))

    (start,) = starts(estate.view(), [Suspect(By.ENVIRONMENT, "sklearn")])

    assert [one.node.text.partition("/environments/")[0] for one in start.founds] == [estate.scope.text] * 2


def test_a_suspect_named_twice_is_one() -> None:
    estate = Estate()
    estate.model("m", "1")
    both = starts(estate.view(), [Suspect(By.REFERENCE, "m:1"), Suspect(By.REFERENCE, "m:1")])

    assert [start.founds for start in both] == [(lookup.find(estate.view(), "m:1"),)]


def test_more_than_one_answer_may_start_from_is_said() -> None:
    """The rest is left out, and the answer is told to be cut."""
    estate = Estate()
    for number in range(INSIDE_LIMIT + 1):
        estate.job(f"j{number:05}", compute="cpu")
    (start,) = starts(estate.view(), [Suspect(By.COMPUTE, "cpu")])

    assert len(start.founds) == INSIDE_LIMIT
    assert [cut.reason for cut in start.cuts] == [TruncationReason.NODE_LIMIT]
    assert "cpu means more than the 10,000 things" in start.cuts[0].detail


def test_nothing_but_what_is_found_is_listed(estate: Estate) -> None:
    """Each way costs at most a few questions to the index, however much it holds."""

    class Counting(MemoryView):
        asked_things = 0

        def holding(self, kind: Kind, said: str, limit: int) -> list:  # type: ignore[type-arg]
            self.asked_things += 1
            return super().holding(kind, said, limit)

        def keys(self, wanted):  # type: ignore[no-untyped-def]
            raise AssertionError("the whole graph was asked for")

    told = estate.view()
    view = Counting(list(told._nodes.values()), told._edges)
    for by, text in ((By.IMAGE, "python:3.11"), (By.COMMIT, "c0ffee1"), (By.COMPUTE, "cpu-cluster"), (By.CODE, "9f1c")):
        starts(view, [Suspect(by, text)])

    assert view.asked_things == 5
