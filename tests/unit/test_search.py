"""Which words find a thing, in which order, and what is said of where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import search
from lineage.errors import InvalidOption
from lineage.graph import State
from lineage.ids import Kind, Target
from lineage.ports import Asked
from lineage.search import Field, fold, natural, reference, searched, tier, tokens, words
from tests.memory import Estate

WS = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"


def estate() -> Estate:
    """Names that are alike, and the same word in every field."""
    estate = Estate("w", group="g", subscription="s")
    for version in ("9", "10"):
        estate.model("churn", version, tags={"team": "Küche"}, createdBy="Ada Lovelace")
    estate.model("old-churn", "1", description="before churn was known")
    job = estate.job("train_churn_1", displayName="Churn trainer", experiment="retention", git={"commit": "c0ffee00"})
    estate.output(job, "model")
    estate.data("raw", "1", description="what predicts churn")
    estate.thing(Target(Kind.LOCATION, "https://acct.blob.core.windows.net/lake/raw/churn/2026"))
    return estate


def found(text: str, wanted: Asked | None = None, **options: int) -> search.Found:
    return search.search(estate().view(), text, wanted, **options)


def names(text: str) -> list[str]:
    return [hit.node.text.removeprefix(f"{WS}/") for hit in found(text).rows]


def test_what_begins_with_the_words_comes_before_what_holds_them_somewhere() -> None:
    """Names that begin so, names, shown names and references, then tags and people, then descriptions."""
    assert names("churn") == [
        "models/churn/versions/9",
        "models/churn/versions/10",
        "models/old-churn/versions/1",
        "jobs/train_churn_1",
        "https://acct.blob.core.windows.net/lake/raw/churn/2026",
        "jobs/train_churn_1/outputs/model",
        "data/raw/versions/1",
    ]
    assert [hit.tier for hit in found("churn").rows] == [0, 0, 1, 1, 1, 2, 4]


def test_what_was_read_comes_before_what_is_only_named() -> None:
    """A name by the workspace's GUID, which a run uses, would stand before the thing itself by its text."""
    estate = Estate("w")
    read = estate.model("m", "1")
    named = estate.thing(
        Target(Kind.MODEL_VERSION, "azureml://locations/x/workspaces/g/models/m/versions/1"), state=State.UNRESOLVED
    )

    assert [hit.node for hit in search.search(estate.view(), "m").rows] == [read, named]


def test_every_word_has_to_be_found_and_may_be_the_beginning_of_one() -> None:
    assert names("chu old") == ["models/old-churn/versions/1"]
    assert names("hurn") == []
    assert names("churn:9") == ["models/churn/versions/9"]
    assert names("9:churn") == []
    assert names("ada lovelace churn") == ["models/churn/versions/9", "models/churn/versions/10"]


def test_case_and_accents_do_not_matter() -> None:
    assert names("KÜCHE") == names("kuche") == names("küche") == ["models/churn/versions/9", "models/churn/versions/10"]


@pytest.mark.parametrize(
    ("text", "field", "snippet"),
    [
        ("trainer", Field.DISPLAY_NAME, "Churn trainer"),
        ("retention", Field.EXPERIMENT, "retention"),
        ("c0ffee", Field.COMMIT, "c0ffee00"),
        ("predicts", Field.DESCRIPTION, "what predicts churn"),
        ("lovelace", Field.PEOPLE, "Ada Lovelace"),
        ("lake raw", Field.NAME, "acct.blob.core.windows.net/lake/raw/churn/2026"),
    ],
)
def test_a_hit_says_where_it_was_found(text: str, field: Field, snippet: str) -> None:
    hit = found(text).rows[0]
    assert (hit.field, hit.snippet) == (field, snippet)


def test_a_long_text_is_shown_around_the_word() -> None:
    estate = Estate("w")
    estate.model("m", "1", description="x " * 200 + "needle " + "y " * 200)

    (hit,) = search.search(estate.view(), "needle").rows

    assert hit.field is Field.DESCRIPTION
    assert "needle" in hit.snippet
    assert (hit.snippet[0], hit.snippet[-1]) == ("…", "…")
    assert len(hit.snippet) <= 122


def test_all_hits_are_counted_whatever_the_page() -> None:
    page = found("churn", limit=1)

    assert len(page.rows) == 1
    assert page.total == page.listed == 7
    kinds = {Kind.MODEL_VERSION: 3, Kind.DATA_VERSION: 1, Kind.JOB: 1, Kind.JOB_OUTPUT: 1, Kind.LOCATION: 1}
    assert page.kinds == kinds
    assert page.scopes == {WS: 6, "": 1}
    assert sum(page.states.values()) == 7


def test_pages_make_up_the_whole() -> None:
    rows, after = [], 0
    while True:
        page = found("churn", after=after, limit=2)
        rows += [hit.node.key for hit in page.rows]
        after = page.after
        if not after:
            break

    assert rows == [hit.node.key for hit in found("churn").rows]


def test_filters_narrow_what_is_found_and_counted() -> None:
    assert found("churn", Asked(kinds=(Kind.JOB,))).total == 1
    assert found("churn", Asked(scope=WS)).total == 6
    assert found("churn", Asked(states=(State.DELETED,))).total == 0


@pytest.mark.parametrize("text", ["", "  ", "::", '"', "*", "…", "-", "\x00"])
def test_text_without_a_word_is_told_so(text: str) -> None:
    with pytest.raises(InvalidOption, match="no word to search for") as refused:
        found(text)
    assert refused.value.remedy


def test_too_much_text_is_refused() -> None:
    with pytest.raises(InvalidOption, match="401 characters"):
        words("x" * 401)
    with pytest.raises(InvalidOption, match="17 words"):
        words(" ".join(map(str, range(17))))
    with pytest.raises(InvalidOption, match="did not find"):
        found("churn", after=5)


def test_a_canonical_reference_finds_what_it_names() -> None:
    """Pasted as it is, with its workspace, which is in no other field."""
    assert names(f"{WS}/models/churn/versions/9") == ["models/churn/versions/9"]
    assert names(f"{WS}/jobs/train_churn_1/outputs/model") == ["jobs/train_churn_1/outputs/model"]


def test_the_names_in_a_reference() -> None:
    assert reference(f"{WS}/jobs/j/outputs/o") == "j o"
    assert reference(f"{WS}/datastores/d/paths/a/b c") == "d a/b c"
    assert reference(WS) == "w"
    assert reference("azureml://registries/r/models/m/versions/1") == "m 1"
    assert reference("https://a.blob.core.windows.net/c/p") == "a.blob.core.windows.net/c/p"


def test_a_thing_that_was_never_read_is_found_by_its_reference() -> None:
    """It has no facts: its name is in its canonical text."""
    assert searched(f"{WS}/models/churn/versions/9", {})[0] == "churn 9"
    assert searched(f"{WS}/jobs/j/outputs/o", {})[0] == "o"
    assert searched(f"{WS}/jobs/j/outputs/o", {})[2] == "j o"


def test_names_are_ordered_as_people_count() -> None:
    assert sorted(["m/10", "m/9", "m/009", "m/x", "n"], key=natural) == ["m/009", "m/9", "m/10", "m/x", "n"]


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(text: str) -> None:
    """What is indexed and what is asked for meet in one form, in which every word is letters and digits."""
    assert fold(fold(text)) == fold(text)
    for word in tokens(text):
        assert all(char.isalnum() for char in word), word
        assert tokens(word) == [word]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["a", "ab", "b", "abc", "c"]), min_size=1, max_size=6), st.data())
def test_a_thing_is_found_by_each_of_its_own_words(field: list[str], data: st.DataObject) -> None:
    """By any run of its words, the last one cut anywhere."""
    start = data.draw(st.integers(0, len(field) - 1))
    end = data.draw(st.integers(start + 1, len(field)))
    last = field[end - 1]
    piece = [*field[start : end - 1], last[: data.draw(st.integers(1, len(last)))]]

    at = tier([field, [], [], [], [], [], [], [], []], [" ".join(piece)])

    assert at in (0, 1)
    assert start > 0 or at == 0
