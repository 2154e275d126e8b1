"""W3C PROV (https://www.w3.org/TR/prov-dm/), as PROV-JSON and as PROV-O in Turtle, through the library `prov`.

A job is an activity, whatever it read or made an entity, an identity an agent. Names of inputs and outputs are roles.
All of it is one bundle, whose own provenance says which published state of the index it was read from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from prov.identifier import Namespace, QualifiedName
from prov.model import PROV_LABEL, PROV_ROLE, PROV_TYPE, ProvBundle, ProvDocument
from rdflib import Graph
from rdflib.compare import to_canonical_graph

from lineage import __version__
from lineage.reports.exports.whole import Json, Link, Whole
from lineage.reports.naming import moment
from lineage.reports.safe import visible

LINEAGE: Final = "urn:azureml-lineage:terms:"
PEOPLE: Final = "urn:azureml-lineage:identity:"
_AGENTS: Final = {
    "User": "prov:Person",
    "Application": "prov:SoftwareAgent",
    "ManagedIdentity": "prov:SoftwareAgent",
}
_SAFE: Final = "/:@!$'()*,;=~-._"


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """The document. name: `prov` (PROV-JSON) or `prov-turtle`."""
    document = _document(whole)
    if name == "prov":
        yield str(document.serialize(format="json", indent=2, sort_keys=True)).encode() + b"\n"
        return
    # Blank nodes get names made from what they hold, so that the same lineage gives the same bytes.
    graph = Graph().parse(data=str(document.serialize(format="rdf", rdf_format="turtle")), format="turtle")
    named = Graph()
    named += to_canonical_graph(graph)
    for prefix, space in sorted(graph.namespaces()):
        named.bind(prefix, space)
    yield named.serialize(format="turtle").encode()


class _Names:
    def __init__(self, document: ProvDocument) -> None:
        self.terms = document.add_namespace(Namespace("lineage", LINEAGE))
        self.people = document.add_namespace(Namespace("identity", PEOPLE))
        self._azure = document.add_namespace(Namespace("azureml", "azureml://"))
        self._https = document.add_namespace(Namespace("storage", "https://"))
        self._runs = document.add_namespace(Namespace("other", "urn:azureml-lineage:thing:"))

    def of(self, reference: str) -> QualifiedName:
        for start, space in (("azureml://", self._azure), ("https://", self._https)):
            if reference.startswith(start):
                return space[quote(visible(reference.removeprefix(start)), safe=_SAFE)]
        return self._runs[quote(visible(reference), safe=_SAFE)]


def _document(whole: Whole) -> ProvDocument:
    document = ProvDocument()
    names = _Names(document)
    digest = whole.generation["digest"]
    name = names.terms[f"generation-{digest}"]
    bundle = document.bundle(name)
    software: dict[Any, Any] = {PROV_TYPE: "prov:SoftwareAgent", "lineage:version": __version__}
    tool = document.agent(names.terms["azureml-lineage"], software)
    number = whole.generation["number"]
    label: dict[Any, Any] = {PROV_LABEL: f"publication of generation {number}"}
    crawl = document.activity(names.terms[f"publication-{number}"], other_attributes=label)
    complete: dict[Any, Any] = {PROV_TYPE: "prov:Bundle", "lineage:complete": str(whole.is_complete).lower()}
    told = document.entity(name, complete)
    document.wasGeneratedBy(told, crawl, time=whole.generation["published"])
    document.wasAssociatedWith(crawl, tool)
    for reference, one in whole.things.items():
        _thing(bundle, names, whole, reference, one)
    for link in whole.links:
        _link(bundle, names, whole, link)
    return document


def _thing(bundle: ProvBundle, names: _Names, whole: Whole, reference: str, one: Json) -> None:
    kind = one["__typename"]
    attributes: dict[Any, Any] = {
        PROV_TYPE: names.terms[kind],
        PROV_LABEL: visible(whole.label(reference)),
        "lineage:state": one["state"],
    }
    for key in ("version", "type", "stage", "image", "status", "experiment", "command"):
        if one.get(key):
            attributes[f"lineage:{key}"] = visible(str(one[key]))
    identity = names.of(reference)
    if kind == "Job":
        bundle.activity(identity, _time(one.get("startedAt")), _time(one.get("endedAt")), attributes)
    else:
        if when := _time(one.get("createdAt")):
            attributes["lineage:createdAt"] = when
        bundle.entity(identity, attributes)
    if who := one.get("createdBy"):
        agent = names.people[quote(visible(who), safe="")]
        sort = _AGENTS.get(one.get("createdByType") or "", "prov:Agent")
        bundle.agent(agent, {PROV_LABEL: visible(who), PROV_TYPE: sort})
        if kind == "Job":
            bundle.wasAssociatedWith(identity, agent)
        else:
            bundle.wasAttributedTo(identity, agent)


def _link(bundle: ProvBundle, names: _Names, whole: Whole, link: Link) -> None:
    if link.cause not in whole.things or link.effect not in whole.things:
        return
    effect, cause = names.of(link.effect), names.of(link.cause)
    made_by_job = whole.things[link.cause]["__typename"] == "Job"
    job = whole.things[link.effect]["__typename"] == "Job"
    attributes: dict[Any, Any] = {
        "lineage:certainty": link.certainty,
        "lineage:derivation": link.derivation,
        "lineage:field": visible(link.field),
    }
    if link.path:
        attributes["lineage:path"] = visible(link.path)
    if job and made_by_job:
        attributes[PROV_TYPE] = names.terms[_camel(link.relation)]
        bundle.wasInformedBy(effect, cause, other_attributes=attributes)
    elif job:
        attributes[PROV_ROLE] = visible(link.name) or _camel(link.relation)
        bundle.used(effect, cause, other_attributes=attributes)
    elif made_by_job:
        if link.name:
            attributes[PROV_ROLE] = visible(link.name)
        bundle.wasGeneratedBy(effect, cause, other_attributes=attributes)
    elif link.relation == "SAME_AS":
        bundle.alternateOf(effect, cause)
    else:
        attributes[PROV_TYPE] = names.terms[_camel(link.relation)]
        if link.name:
            attributes["lineage:name"] = visible(link.name)
        bundle.wasDerivedFrom(effect, cause, other_attributes=attributes)


def _camel(relation: str) -> str:
    first, *rest = relation.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _time(text: str | None) -> str | None:
    shown = moment(text)
    return f"{shown[:10]}T{shown[11:19]}+00:00" if shown.endswith(" UTC") else None
