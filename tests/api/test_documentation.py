"""`graphql/README.md` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lineage import errors
from lineage.api import cursors, faults, limits, session
from lineage.api.documents import documents
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
    """In the words of the operation itself."""
    for one in documents():
        assert f"| `{one.name}` | {one.question} |" in README
