"""Reading the service's answers: is it an object, a page of a list, a record."""

from __future__ import annotations

from typing import Any

from lineage.ids import Scope
from lineage.records import GapReason, Json, Record, RecordKind
from lineage.sources.azureml.wire import Reply


def record_of(body: Json, which: RecordKind, text: str, scope: Scope, listing: str = "") -> Record:
    """The record of a body, under the name that the crawl asked for it by."""
    seen = body.get("id")
    return Record(text, which, scope.text, body, listing, seen if isinstance(seen, str) else "")


def is_object(reply: Reply) -> Reply:
    """The reply, or that it is none when its body is no object."""
    if not reply.ok or isinstance(reply.body, dict):
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not an object")


def not_a_page(reply: Reply) -> Reply:
    """Why this reply is no page of a list."""
    if not reply.ok:
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not a list")


def own_name(item: Any, last: str) -> str:
    """An entry's own name. A registry calls a version by its asset's name, so the end of the id goes first."""
    if not isinstance(item, dict):
        return ""
    identity = item.get("id")
    if last and isinstance(identity, str):
        _, found, version = identity.rpartition(f"/{last}/")
        if found and version and "/" not in version:
            return version
    name = item.get("name")
    return name if isinstance(name, str) else ""
