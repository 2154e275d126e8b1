"""Small rules of provenance for tests of the index: bodies say plainly what they mean.

    {"made": ["out", …]}          the job made these outputs              settles at its own record
    {"writes": ["place", …]}      it wrote these places                   meets at the place
    {"reads": ["place", …]}       it read these places                    meets at the place
    {"uses": ["job/out", …]}      it used another job's outputs           settles at its own record
    {"odd": ["text", …]}          references that lead nowhere            loose ends
    {"store": "place prefix"}     (a datastore) what the name stands for  changes the claims of every other record

A reader of a place used the outputs of all its writers: one CONFIRMED, several AMBIGUOUS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from lineage import ids
from lineage.graph import Certainty, Derivation, Evidence, Link, Loose, LooseReason, Relation
from lineage.ids import Kind
from lineage.records import Record, RecordKind

WS = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"


class Claim(msgspec.Struct, frozen=True):
    meets: str
    says: str
    subject: str
    kind: str
    value: str


class Known(msgspec.Struct):
    datastores: dict[str, str] = {}
    guids: dict[str, str] = {}


class Description(msgspec.Struct):
    text: str
    kind: Kind
    archived: bool
    facts: dict[str, Any]


class Settled(msgspec.Struct):
    links: list[Link]
    loose: list[Loose]


class ToyRules:
    """`index.rules.Rules` in forty lines. `rules` is the version; a greater one also links what was odd."""

    Claim = Claim

    def __init__(self, rules: int = 1) -> None:
        self.RULES = rules

    def known(self, records: Iterable[Record]) -> Known:
        stores = {r.subject: r.body["store"] for r in records if r.kind is RecordKind.DATASTORE}
        return Known(stores, {r.subject: r.scope for r in records if r.kind is RecordKind.WORKSPACE})

    def describe(self, record: Record) -> Description:
        kind = Kind.MODEL_VERSION if "/models/" in record.subject else Kind.JOB
        if record.kind in (RecordKind.DATASTORE, RecordKind.WORKSPACE):
            kind = Kind.DATASTORE if record.kind is RecordKind.DATASTORE else Kind.WORKSPACE
        return Description(record.subject, kind, bool(record.body.get("archived")), {"tag": record.body.get("tag", "")})

    def claims(self, record: Record, known: Known) -> list[Claim]:
        own = f"record:{record.subject}|{record.kind.value}"
        found = [Claim(own, "made", record.subject, record.kind, name) for name in record.body.get("made", ())]
        found += [Claim(own, "uses", record.subject, record.kind, name) for name in record.body.get("uses", ())]
        found += [Claim(own, "odd", record.subject, record.kind, text) for text in record.body.get("odd", ())]
        for says in ("writes", "reads"):
            for place in record.body.get(says, ()):
                text = place_text(place, known)
                found.append(Claim(f"place:{text}", says, record.subject, record.kind, text))
        return found

    def settle(self, meets: str, claims: Sequence[Claim]) -> Settled:
        links, loose = [], []
        writers = sorted({c.subject for c in claims if c.says == "writes"})
        certainty = Certainty.CONFIRMED if len(writers) == 1 else Certainty.AMBIGUOUS
        for claim in claims:
            evidence = Evidence(claim.subject, claim.kind, f"body.{claim.says}", claim.value)
            if claim.says == "made":
                text = f"{claim.subject}/outputs/{claim.value}"
                links.append(_link(text, Kind.JOB_OUTPUT, claim.subject, evidence, Relation.WAS_GENERATED_BY))
            elif claim.says == "uses":
                name, _, output = claim.value.partition("/")
                used = _link(claim.subject, Kind.JOB, f"{WS}/jobs/{name}/outputs/{output}", evidence, Relation.USED)
                links.append(msgspec.structs.replace(used, cause_kind=Kind.JOB_OUTPUT))
            elif claim.says == "odd" and self.RULES == 1:
                loose.append(Loose(claim.subject, claim.kind, "body.odd", claim.value, LooseReason.OPAQUE, "look"))
            elif claim.says == "odd":
                links.append(_link(claim.subject, Kind.JOB, f"{WS}/jobs/{claim.value}", evidence, Relation.USED))
            elif claim.says == "writes":
                links.append(_link(claim.value, Kind.LOCATION, claim.subject, evidence, Relation.WAS_GENERATED_BY))
            else:
                for rank, writer in enumerate(writers):
                    links.append(
                        Link(
                            claim.subject,
                            Kind.JOB,
                            writer,
                            Kind.JOB,
                            Relation.USED,
                            Derivation.CONTAINMENT,
                            certainty,
                            evidence,
                            claim.value,
                            "",
                            rank,
                        )
                    )
                if not writers:
                    loose.append(
                        Loose(claim.subject, claim.kind, "body.reads", claim.value, LooseReason.NO_WRITER, "crawl it")
                    )
        return Settled(links, loose)


def _link(effect: str, effect_kind: Kind, cause: str, evidence: Evidence, relation: Relation) -> Link:
    return Link(
        effect,
        effect_kind,
        cause,
        Kind.JOB,
        relation,
        Derivation.SERVICE_FIELD,
        Certainty.CONFIRMED,
        evidence,
        evidence.value,
    )


def place_text(place: str, known: Known) -> str:
    """`lake/a/b` by what the datastore stands for, when that is known."""
    store, _, path = place.partition("/")
    root = known.datastores.get(f"{WS}/datastores/{store}")
    return f"{root}/{path}" if root else f"{WS}/datastores/{store}/paths/{path}"


def job(name: str, *, listing: str = "", scope: str = WS, **body: Any) -> Record:
    return Record(f"{scope}/jobs/{name}", RecordKind.JOB, scope, body, listing, f"/seen/{name}")


def model(name: str, version: str, **body: Any) -> Record:
    text = f"{WS}/models/{name}/versions/{version}"
    return Record(text, RecordKind.MODEL_VERSION, WS, body, f"{WS}/models/{name}/versions")


def store(name: str, place: str) -> Record:
    return Record(f"{WS}/datastores/{name}", RecordKind.DATASTORE, WS, {"store": place}, f"{WS}/datastores")


def key(name: str) -> int:
    """Key of the job called `name`."""
    return ids.key(f"{WS}/jobs/{name}")
