"""Places: one spelling to meet under, whole segments, and prefixes that contain nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import locations

D = "azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/lake"
B = "https://account.blob.core.windows.net/lake"


@pytest.mark.parametrize(
    ("text", "root", "path"),
    [
        (f"{D}/paths/a/b", D, "a/b"),
        (D, D, ""),
        (f"{D}/paths/a/paths/b", D, "a/paths/b"),
        (
            "azureml://locations/l/workspaces/g/datastores/paths/paths/a",
            "azureml://locations/l/workspaces/g/datastores/paths",
            "a",
        ),
        (f"{B}/a/b", B, "a/b"),
        (B, B, ""),
        ("https://account.blob.core.windows.net", "https://account.blob.core.windows.net", ""),
        ("adl://lake.azuredatalakestore.net/a/b", "adl://lake.azuredatalakestore.net", "a/b"),
    ],
)
def test_a_place_is_a_root_and_a_path(text: str, root: str, path: str) -> None:
    """Even where a datastore or a folder is called `paths`."""
    assert locations.split(text) == (root, path)
    assert locations.join(root, path) == text


def test_a_place_in_a_known_datastore_has_its_physical_spelling() -> None:
    """Places meet there; an unknown datastore keeps its own text, and a URL is physical already."""
    known = {D: B}
    assert locations.physical(f"{D}/paths/a/b", known) == f"{B}/a/b"
    assert locations.physical(D, known) == B
    assert locations.physical(f"{B}/a/b", known) == f"{B}/a/b"
    assert locations.physical(f"{D}/paths/a", {}) == f"{D}/paths/a"


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("a", []),
        ("a/b/c", ["a/b", "a"]),
        ("a//b", ["a"]),
        ("azureml/run/out/part", ["azureml/run/out", "azureml/run"]),
        ("ExperimentRun/dcid.run/model", ["ExperimentRun/dcid.run"]),
        ("azureml/ExperimentRun/dcid.run/x", ["azureml/ExperimentRun/dcid.run"]),
        ("LocalUpload/hash/x", ["LocalUpload/hash"]),
        ("dataset/run/out", ["dataset/run"]),
    ],
)
def test_ancestors_are_nearest_first_and_leave_out_what_everybody_shares(path: str, above: list[str]) -> None:
    """The root and the shared prefixes contain nothing."""
    assert locations.ancestors(f"{D}/paths/{path}") == tuple(f"{D}/paths/{a}" for a in above)
    assert locations.ancestors(f"{B}/{path}") == tuple(f"{B}/{a}" for a in above)


@pytest.mark.parametrize(
    "path", ["azureml", "ExperimentRun", "LocalUpload", "dataset", "azureml/ExperimentRun", "azureml/"]
)
def test_roots_and_shared_prefixes_are_too_broad(path: str) -> None:
    """A reference to one of them says nothing about what was read."""
    assert locations.is_too_broad(f"{B}/{path}")
    assert locations.is_too_broad(B)
    assert locations.is_too_broad(D)
    assert not locations.is_too_broad(f"{B}/{path.rstrip('/')}/x")
    assert not locations.is_too_broad(f"{B}/x{path}")


def test_containment_is_by_whole_segments() -> None:
    """`a/b` holds `a/b/c`, not `a/bc` and not itself; a root holds all its paths."""
    assert locations.contains(f"{B}/a/b", f"{B}/a/b/c")
    assert not locations.contains(f"{B}/a/b", f"{B}/a/bc")
    assert not locations.contains(f"{B}/a/b", f"{B}/a/b.txt")
    assert not locations.contains(f"{B}/a/b", f"{B}/a/b")
    assert locations.contains(D, f"{D}/paths/a")
    assert not locations.contains(D, f"{D}2/paths/a")


paths = st.lists(
    st.sampled_from(["a", "b", "azureml", "ExperimentRun", "dcid.r", "x y", "é", "-", "0", "😀"]),
    min_size=1,
    max_size=6,
)


@given(paths, paths, st.sampled_from([D, B]))
def test_whoever_contains_whom_they_have_one_bay(one: list[str], other: list[str], root: str) -> None:
    """Law: that is why the claims about places can be settled there and nowhere else."""
    inner = locations.join(root, "/".join([*one, *other]))
    outer = locations.join(root, "/".join(one))
    assert locations.contains(outer, inner)
    if not locations.is_too_broad(outer):
        assert locations.bay(outer) == locations.bay(inner)
        assert outer in locations.ancestors(inner)
    else:
        assert outer not in locations.ancestors(inner)


@given(paths, st.sampled_from([D, B]))
def test_the_bay_is_the_farthest_ancestor(path: list[str], root: str) -> None:
    """Law: the bay is the last of the ancestors, or the place itself when it has none."""
    text = locations.join(root, "/".join(path))
    above = locations.ancestors(text)
    assert locations.bay(text) == (above[-1] if above else text)
    assert all(locations.contains(place, text) for place in above)


@given(st.lists(paths, max_size=8), paths)
def test_everything_inside_a_place_is_one_range_of_text(others: list[list[str]], folder: list[str]) -> None:
    """Law: a prefix question is a range scan."""
    low, high = locations.inside(locations.join(B, "/".join(folder)))
    for path in others:
        text = locations.join(B, "/".join(path))
        assert (low <= text < high) == (path[: len(folder)] == folder and len(path) > len(folder))
