"""An estate written down as the service's records, and what they link to.

`link` is the whole of linking in the simplest possible form: claim everything,
sort by meeting key, settle each. Claims pass through their stored form on the
way, as they do in an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from lineage import linking
from lineage.graph import Link, Loose
from lineage.linking import Claim, Known, Settled
from lineage.records import Record, RecordKind

W = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
OTHER = "azureml://subscriptions/s/resourceGroups/g/workspaces/other"
REGISTRY = "azureml://registries/r"
GUID = "11111111-2222-3333-4444-555555555555"
LOCATED = f"azureml://locations/westeurope/workspaces/{GUID}"
LAKE = "https://lakeaccount.blob.core.windows.net/lake"

Json = dict[str, Any]


def record(subject: str, kind: RecordKind, body: Json, scope: str = "") -> Record:
    if not scope:
        scope = REGISTRY if subject.startswith(REGISTRY) else "/".join(subject.split("/")[:8])
    return Record(subject, kind, scope, body)


def arm(properties: Json, created: str = "", **more: Any) -> Json:
    body: Json = {"properties": properties, **more}
    if created:
        body["systemData"] = {"createdAt": created}
    return body


def model(name: str = "m", version: str = "1", *, scope: str = W, created: str = "", **properties: Any) -> Record:
    subject = f"{scope}/models/{name}/versions/{version}"
    return record(subject, RecordKind.MODEL_VERSION, arm(properties, created))


def data(name: str = "d", version: str = "1", *, scope: str = W, created: str = "", **properties: Any) -> Record:
    subject = f"{scope}/data/{name}/versions/{version}"
    return record(subject, RecordKind.DATA_VERSION, arm(properties, created))


def environment(name: str, version: str, *, scope: str = W, created: str = "", **properties: Any) -> Record:
    subject = f"{scope}/environments/{name}/versions/{version}"
    return record(subject, RecordKind.ENVIRONMENT_VERSION, arm(properties, created))


def job(name: str, *, scope: str = W, created: str = "", **properties: Any) -> Record:
    return record(f"{scope}/jobs/{name}", RecordKind.JOB, arm(properties, created))


def child(name: str, *, scope: str = W, created: str = "2024-01-01T00:00:00Z") -> Record:
    """A pipeline's child as ARM has it: without properties."""
    return record(f"{scope}/jobs/{name}", RecordKind.JOB, {"name": name, "systemData": {"createdAt": created}})


def run(name: str, definition: Json | None = None, *, scope: str = W, created: str = "", **metadata: Any) -> Record:
    meta: Json = {"runId": name, "dataContainerId": f"dcid.{name}", **metadata}
    if created:
        meta["createdUtc"] = created
    return record(f"{scope}/jobs/{name}", RecordKind.RUN, {"runMetadata": meta, "runDefinition": definition})


def workspace(guid: str = GUID, scope: str = W) -> Record:
    return record(scope, RecordKind.WORKSPACE, arm({"workspaceId": guid}), scope)


def datastore(name: str = "lake", container: str = "lake", *, scope: str = W) -> Record:
    properties = {
        "datastoreType": "AzureBlob",
        "accountName": "lakeaccount",
        "containerName": container,
        "endpoint": "core.windows.net",
        "protocol": "https",
    }
    return record(f"{scope}/datastores/{name}", RecordKind.DATASTORE, arm(properties), scope)


def deployment(name: str, endpoint: str = "e", *, scope: str = W, **properties: Any) -> Record:
    subject = f"{scope}/onlineEndpoints/{endpoint}/deployments/{name}"
    return record(subject, RecordKind.DEPLOYMENT, arm(properties, id=subject))


def component(name: str, version: str, spec: Json, *, scope: str = W) -> Record:
    subject = f"{scope}/components/{name}/versions/{version}"
    return record(subject, RecordKind.COMPONENT_VERSION, arm({"componentSpec": spec}))


def place(path: str, store: str = "lake", scope: str = W) -> str:
    return f"{scope}/datastores/{store}/paths/{path}"


def output(uri: str | None = None, **more: Any) -> Json:
    return {"uri": uri, "jobOutputType": "uri_folder", "assetName": None, "assetVersion": None, **more}


def stored(claim: Claim) -> Claim:
    """The claim after a stay in an index."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(claim), type=Claim)


def claimed(records: Iterable[Record], known: Known) -> dict[str, list[Claim]]:
    """All claims by meeting key."""
    meetings: dict[str, list[Claim]] = {}
    for one in records:
        for claim in linking.claims(one, known):
            meetings.setdefault(claim.meets, []).append(stored(claim))
    return meetings


def link(*records: Record) -> Settled:
    """Everything that the records link to."""
    links: list[Link] = []
    loose: list[Loose] = []
    for meets, claims in sorted(claimed(records, linking.known(records)).items()):
        settled = linking.settle(meets, claims)
        links += settled.links
        loose += settled.loose
    return Settled(links, loose)


def short(text: str) -> str:
    """A canonical text with the workspace of these tests cut off."""
    for prefix, letter in (
        (f"{W}/datastores/workspaceartifactstore/paths/", "artifacts:"),
        (f"{W}/", ""),
        (f"{OTHER}/", "other:"),
        (f"{REGISTRY}/", "r:"),
        (f"{LOCATED}/", "guid:"),
    ):
        if text.startswith(prefix):
            return letter + text.removeprefix(prefix)
    return text


def edges(settled: Settled, effect: str = "", relation: str = "") -> list[str]:
    """Edges in words, `effect relation(name) cause [path] derivation certainty #rank`; all, or of one effect."""
    words = []
    for edge in settled.links:
        if (effect and short(edge.effect) != effect) or (relation and edge.relation != relation):
            continue
        name = f"({edge.name})" if edge.name else ""
        path = f" [{edge.path}]" if edge.path else ""
        rank = f" #{edge.rank}" if edge.certainty == "AMBIGUOUS" else ""
        ends = f"{short(edge.effect)} {edge.relation}{name} {short(edge.cause)}{path}"
        words.append(f"{ends} {edge.derivation} {edge.certainty}{rank}")
    return sorted(words)


def loose(settled: Settled) -> list[str]:
    """Loose ends in words: `record field reason`."""
    return sorted(f"{short(end.record)} {end.field} {end.reason}" for end in settled.loose)
