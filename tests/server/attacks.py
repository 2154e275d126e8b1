"""Requests that would cost a service without bounds seconds, gigabytes or its life."""

from __future__ import annotations

from typing import Final

import msgspec

from tests.api.test_limits import ATTACKS, nested

RAW: Final[dict[str, tuple[bytes, int, str]]] = {
    "8 MB of variables": (
        b'{"query": "{ __typename }", "variables": {"a": "' + b"x" * 8_000_000 + b'"}}',
        413,
        "request_too_large",
    ),
    "a body at the limit": (b'{"query": "{ a }", "x": "' + b"x" * 260_000 + b'"}', 200, "graphql_invalid"),
    "200,000 lists in one another": (b"[" * 200_000, 400, "request_too_deep"),
    "objects in one another": (b'{"a":' * 40_000, 400, "request_too_deep"),
    "variables in one another": (
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 3_000 + b"]" * 3_000 + b"}}",
        400,
        "request_too_deep",
    ),
    "brackets in strings that never end": (b'{"' * 60_000, 400, "request_too_deep"),
    "escapes that never end": (b'{"query": "' + b"\\" * 200_001, 400, "request_not_json"),
    "no UTF-8": (b'{"query": "\xff\xfe' + b"\xff" * 100_000 + b'"}', 400, "request_not_utf8"),
    "a batch": (b"[" + b'{"query": "{ __typename }"},' * 5_000 + b"{}]", 400, "request_not_graphql"),
    "a number of 100,000 digits": (
        b'{"query": "{ __typename }", "variables": {"n": ' + b"9" * 100_000 + b"}}",
        400,
        "request_not_json",
    ),
    "25,000 variables": (
        b'{"query": "{ __typename }", "variables": {'
        + b",".join(b'"%d":1' % n for n in range(25_000))
        + b'}, "operationName": "none"}',
        200,
        "operation_unknown",
    ),
}  # fmt: skip
"""Bodies, the status of the answer to a client that reads no statuses, and the code in it."""


def bodies() -> dict[str, tuple[bytes, int, str]]:
    """Every attack as a body, those by documents included: what `upstream` of 90 bytes could cost among them."""
    found = {
        name: (msgspec.json.encode({"query": query}), 200, code)
        for name, (query, code) in ATTACKS.items()
        if len(query) < 200_000
    }
    found["six deep by the page size of ten"] = (
        msgspec.json.encode({"query": nested(6)}),
        200,
        "query_too_deep",
    )
    return {**found, **RAW}
