"""`graphql/README.md` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, GraphQLList, GraphQLObjectType, get_nullable_type

from lineage import errors
from lineage.api import cursors, faults, limits, session
from lineage.api.documents import documents
from lineage.api.schema import SCHEMA
from lineage.server import endpoint, guard

README = (Path(__file__).parents[2] / "graphql" / "README.md").read_text(encoding="utf-8")
SOURCES = Path(guard.__file__).parent


def test_every_code_that_a_client_may_meet_is_explained() -> None:
    """Codes of the error tree that a query can raise, of the documents, and of HTTP."""
    codes = set(faults.CODES)
    codes |= {error.code for error in errors.QueryRefused.__subclasses__()}
    codes |= {error.code for error in (errors.UnknownReference, errors.InvalidReference, errors.AmbiguousReference)}
    codes |= {error.code for error in (errors.InvalidOption, errors.IndexMissing, errors.IndexInvalid)}
    for module in ("guard.py", "endpoint.py", "app.py"):
        text = (SOURCES / module).read_text(encoding="utf-8")
        codes |= set(re.findall(r'Refused\(\s*\d+,\s*"([a-z0-9_]+)"', text)) | set(
            re.findall(r'"code": "([a-z_]+)"', text)
        )
    codes |= {"answer_too_large", "not_found"}
    codes -= {"request_cut_off"}  # the client went away: nobody reads it

    assert [code for code in sorted(codes) if f"`{code}`" not in README] == []


@pytest.mark.parametrize(
    "said",
    [
        f"| cost | {limits.MAX_COST:,} |",
        f"| things visited in one request | {session.MAX_NODES:,} |",
        f"| time of one request's walks | {session.SECONDS:g} s |",
        f"| time of anything else that reads the index | {session.SECONDS + session.GRACE:g} s |",
        f"1 to {cursors.MAX_PAGE:,} and in a trusted document to {cursors.TRUSTED_PAGE:,}",
        f"| nested selections | {limits.MAX_DEPTH} |",
        f"| aliases | {limits.MAX_ALIASES} |",
        f"| directives | {limits.MAX_DIRECTIVES}, and {limits.MAX_REPEATED_DIRECTIVES} in one place |",
        f"{limits.MAX_FIELDS}, {limits.MAX_FRAGMENTS}, {limits.MAX_REPEATED_FIELDS} |",
        f"| characters | {limits.MAX_CHARACTERS:,} |",
        f"| tokens, comments | {limits.MAX_TOKENS:,}, {limits.MAX_COMMENTS} |",
        f"| body | {guard.MAX_BODY // 1024} KiB, JSON {guard.MAX_DEPTH} levels deep, {guard.BODY_SECONDS:g} s to",
        f"| answer | {endpoint.MAX_ANSWER // 2**20} MiB |",
        f"| queries at once | {endpoint.AT_ONCE} |",
    ],
)
def test_every_limit_is_the_one_that_is_explained(said: str) -> None:
    """A limit that changes changes there too."""
    assert said in README


def test_every_operation_is_listed_with_its_question() -> None:
    """In the words of the operation itself, once, and nothing that is gone."""
    told = re.findall(r"^\| `(\w+)` \| (.+\?) \|$", README, re.MULTILINE)

    assert sorted(told) == sorted((one.name, one.question) for one in documents())


def test_every_weight_is_the_one_that_is_explained() -> None:
    """A field that comes to cost more is named, and so is a list that is longer or shorter than others."""
    told = README.partition("\n## Cost\n")[2].partition("\n| limit |")[0]

    assert [name for name in sorted(limits._WALKS | limits._STARTS.keys()) if f"`{name}`" not in told] == []
    assert f"1, and {limits._WALK_WEIGHT} for" in told
    for name, weight in limits._STARTS.items():
        assert f"{weight} for each of `{name}`" in told
    unusual = {name: length for name, length in limits._SHORT_LISTS.items() if length != 20}
    assert unusual == {"severityCounts": 3, "nodes": 50}
    assert "counts as 20, `severityCounts` as 3 and `largestImpacts.nodes` as 50" in told


def test_every_list_has_a_length_to_count_with() -> None:
    """A list that is no connection and that nobody thought of would cost what one of its entries costs."""
    loose = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA._schema.type_map.values()
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if isinstance(get_nullable_type(field.type), GraphQLList) and name != "edges" and "ids" not in field.args
        if name not in limits._SHORT_LISTS and name not in limits._EACH
    ]

    assert loose == []
