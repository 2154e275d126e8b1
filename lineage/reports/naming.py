"""Short names of things for people, from their canonical references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lineage.reports.safe import visible


def short(reference: str) -> str:
    """What one would say for a canonical reference: `credit-scoring:5`, `train_2f4`, `lake/paths/raw/2026-08`."""
    rest = below_scope(reference)
    match rest.split("/"):
        case [_, name, "versions", version]:
            return f"{name}:{version}"
        case ["jobs", job]:
            return job
        case ["jobs", job, "outputs", output]:
            return f"{output} of {job}"
        case ["datastores", store, "paths", *path]:
            return f"{store}/{'/'.join(path)}"
        case [("onlineEndpoints" | "batchEndpoints"), endpoint, "deployments", deployment]:
            return f"{endpoint}/{deployment}"
        case [("onlineEndpoints" | "batchEndpoints" | "models" | "datastores"), name]:
            return name
        case _:
            return rest


def below_scope(reference: str) -> str:
    """The part of a canonical reference after its workspace or registry; all of a storage URL."""
    if not reference.startswith("azureml://"):
        return reference.removeprefix("https://")
    if reference.startswith("azureml://registries/"):
        return reference.split("/", 4)[-1]
    _scope, found, rest = reference.partition("/workspaces/")
    if found:
        return rest.partition("/")[2] or rest
    return reference.removeprefix("azureml://")


def place(reference: str | None) -> str:
    """The name of the workspace or registry of a reference; '' for a storage URL or nothing."""
    if not reference:
        return ""
    for word in ("/workspaces/", "://registries/"):
        if word in reference:
            return reference.partition(word)[2].partition("/")[0]
    return ""


def title(node: Mapping[str, Any]) -> str:
    """A thing's display name when it has one, else `short`."""
    return str(node.get("displayName") or short(str(node["reference"])))


def moment(instant: str | None) -> str:
    """`2026-10-12 08:12:00 UTC` for an instant as the service writes it; the text itself when it is no such."""
    if not instant:
        return ""
    date, found, rest = instant.partition("T")
    clock = rest[:8]
    zone = rest[8:].lstrip(".0123456789")
    if not found or len(clock) != 8 or zone not in ("Z", "+00:00"):
        return instant
    return f"{date} {clock} UTC"


def proofs(finding: Mapping[str, Any]) -> list[str]:
    """The evidence of a finding, one line each: what stands where, and what follows from it."""
    told = []
    for one in finding["proofs"]:
        where = f"{one['field']} of {one['record']}" if one["field"] else str(one["record"])
        said = f"{where} = {one['value']}" if one["value"] is not None else where
        told.append(f"{said} ({one['says']})" if one["says"] else said)
    if finding["moreProofs"]:
        told.append(f"and {finding['moreProofs']:,} more")
    return told


def iri(text: str) -> str:
    """A reference or path as an IRI (RFC 3987): what may not stand in one is percent-encoded."""
    return quote(visible(text), safe=":/?#@!$&'()*+,;=%-._~")
