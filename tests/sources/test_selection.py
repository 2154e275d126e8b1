"""Which of the discovered things are taken."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.errors import InvalidOption
from lineage.sources.azureml.discovery import Found
from lineage.sources.azureml.selection import selection


def thing(group, name, subscription="5f0c"):
    return Found(ids.workspace(subscription, group, name), subscription, group, name)


THINGS = [
    thing("rg-credit-dev", "mlw-credit-dev"),
    thing("rg-credit-prod", "mlw-credit-prod", "b1e9"),
    thing("rg-fraud", "mlw-fraud"),
    thing("rg-fraud", "sandbox-[1]"),
]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ([], [], ["mlw-credit-dev", "mlw-credit-prod", "mlw-fraud", "sandbox-[1]"]),
        (["mlw-*"], [], ["mlw-credit-dev", "mlw-credit-prod", "mlw-fraud"]),
        (["mlw-*"], ["*-prod"], ["mlw-credit-dev", "mlw-fraud"]),
        (["MLW-Fraud"], [], ["mlw-fraud"]),
        (["rg-credit-*/*"], [], ["mlw-credit-dev", "mlw-credit-prod"]),
        (["5f0c/rg-credit-*/*"], [], ["mlw-credit-dev"]),
        (["mlw-fraud", "mlw-credit-prod"], [], ["mlw-credit-prod", "mlw-fraud"]),
        ([], ["rg-fraud/*"], ["mlw-credit-dev", "mlw-credit-prod"]),
        (["sandbox-[[]1]"], [], ["sandbox-[1]"]),
        (["mlw"], [], []),
    ],
)
def test_a_pattern_names_by_name_by_group_or_by_subscription(include, exclude, names):
    """What an include pattern names, less what an exclude pattern names; a pattern names whole names."""
    assert [it.name for it in selection(include, exclude).of(THINGS)] == names


def test_a_pattern_that_names_nothing_is_told():
    """A slip in an exclude pattern would otherwise crawl what was to be left out."""
    assert selection(["mlw-*", "mlx-*"], ["*-test", "*-dev"]).idle(THINGS) == ["mlx-*", "*-test"]


@pytest.mark.parametrize("pattern", ["", "  ", "a/", "/a", "a//b", "a/b/c/d"])
def test_a_pattern_that_could_never_name_anything_is_refused(pattern):
    with pytest.raises(InvalidOption, match="is not NAME, GROUP/NAME or SUBSCRIPTION/GROUP/NAME") as error:
        selection([pattern])
    assert "rg-credit-*/*" in error.value.remedy
