"""The mappings of rule books: complete, careful in what they say, and strict about what they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lineage import frameworks
from lineage.errors import InvalidOption
from lineage.frameworks import FieldStatus

ROOT = Path(__file__).parents[2]
NAMES = ["eu-ai-act", "g7-ai-sbom", "iso-42001", "nist-ai-rmf", "sr-26-2"]

GOOD = """
name = "house"
title = "House rules"
version = "3"
status = "Binding"
checked = 2026-11-30

[[sources]]
text = "Intranet"
primary = true
read = true

[[points]]
id = "H1"
asks = "Where data came from"
fields = ["data"]
status = "derived"
left = ""
"""


def test_there_are_twenty_three_fields_in_order_each_with_an_id_of_its_own():
    """Reports number their fields by this table, and files of users name them by id."""
    fields = frameworks.fields()

    assert [field.number for field in fields] == list(range(1, 24))
    assert len({field.id for field in fields}) == 23
    assert [field.id for field in fields if field.status is FieldStatus.ATTEST] == ["attestation"]
    assert [field.id for field in fields if field.status is FieldStatus.PARTLY] == [
        "data-preparation",
        "evaluation",
        "approvals",
        "monitoring",
    ]


def test_every_rule_book_is_there_and_says_its_edition():
    assert [one.name for one in frameworks.frameworks()] == NAMES
    for one in frameworks.frameworks():
        assert one.version
        assert one.status
        assert one.checked.isoformat() == "2026-11-23"


def test_every_field_serves_some_point():
    """A field that no rule book asks for would be shown for nobody."""
    used = {name for one in frameworks.frameworks() for point in one.points for name in point.fields}

    assert used == {field.id for field in frameworks.fields()}


def test_what_nobody_has_held_against_its_text_says_that_it_needs_that():
    """Mappings made from summaries are marked until somebody reads the rule book itself."""
    assert all(one.needs_primary for one in frameworks.frameworks())
    assert not frameworks.read(GOOD, "house.toml").needs_primary
    assert frameworks.read(GOOD.replace("read = true", "read = false"), "house.toml").needs_primary
    assert frameworks.read(GOOD.replace("primary = true", "primary = false"), "house.toml").needs_primary


def test_no_word_of_a_verdict_stands_anywhere():
    """The product gives evidence for a point; whether a rule is met is for others to say."""
    places = [
        *(ROOT / "lineage" / "frameworks").glob("*"),
        *(ROOT / "lineage" / "findings").glob("*.py"),
        *(ROOT / "lineage" / "cli").glob("framework*.py"),
        *(ROOT / "lineage" / "cli").glob("check*.py"),
    ]
    verdict = re.compile(r"\b(non-?)?(complian(t|ce)|conforman(t|ce))\b|\bcomplies\b|\bcertified\b", re.IGNORECASE)

    read = [path for path in places if path.is_file()]
    assert len(read) > 6
    found = [f"{path.name}: {hit[0]}" for path in read for hit in verdict.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_the_points_of_a_field_are_those_that_name_it():
    book = frameworks.framework("eu-ai-act")

    assert [point.id for point in book.points_of("data")] == ["Annex IV 2(d)", "Annex IV 2(g)"]
    assert book.points_of("nothing") == ()


def test_a_name_like_one_of_them_is_offered():
    with pytest.raises(InvalidOption) as refused:
        frameworks.framework("eu-act")

    assert refused.value.remedy.startswith("did you mean eu-ai-act?")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("fields = [", "fields = ["), None),
        (('["data"]', '["dta"]'), "house.toml: the point 'H1' names 'dta', which is no field"),
        (('["data"]', "[]"), "house.toml: the point 'H1' names no field"),
        (('["data"]', '["evaluation"]'), "the point 'H1' is called derived, and a person has to complete some"),
        (('["data"]\nstatus = "derived"', '["attestation"]\nstatus = "partly"'), "nothing in its fields is derived"),
        (('left = ""', 'left = "terms"'), "the point 'H1' is called derived, and `left` says 'terms'"),
        (('status = "derived"', 'status = "partly"'), "the point 'H1' is called partly, and `left` says 'nothing'"),
        (('status = "derived"', 'status = "done"'), "the point 'H1': Invalid enum value 'done'"),
        (('asks = "Where', 'askes = "Where'), "the point 'H1': Object contains unknown field `askes`"),
        (('name = "house"', 'name = "House Rules"'), "house.toml: Expected `str` matching regex"),
        (("checked = 2026-11-30\n", ""), "house.toml: Object missing required field `checked`"),
        (('title = "House rules"', "title = House"), "house.toml is not TOML: Invalid value (at line 3"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_the_place(change, message):
    """A slip in a mapping would promise evidence that is not there."""
    text = GOOD.replace(*change)
    if message is None:
        assert frameworks.read(text, "house.toml").points[0].fields == ("data",)
        return

    with pytest.raises(InvalidOption) as refused:
        frameworks.read(text, "house.toml")

    assert message in str(refused.value)
    assert refused.value.remedy


def test_a_point_stands_once():
    twice = GOOD + GOOD[GOOD.index("[[points]]") :]

    with pytest.raises(InvalidOption, match="the point 'H1' stands twice"):
        frameworks.read(twice, "house.toml")
