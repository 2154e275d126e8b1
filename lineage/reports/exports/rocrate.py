"""RO-Crate 1.1 with the Process Run Crate 0.5 profile (https://www.researchobject.org/workflow-run-crate/).

Every job is a `CreateAction` with its instrument, what it took and what it gave. The things themselves stay where they
are: the crate describes them by their references.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from lineage import __version__
from lineage.records import canonical_json
from lineage.reports.exports.whole import Json, Whole
from lineage.reports.naming import iri, moment
from lineage.reports.safe import visible

PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"
_TYPES: Final = {
    "EnvironmentVersion": "SoftwareApplication",
    "CodeVersion": "SoftwareSourceCode",
    "ComponentVersion": "SoftwareApplication",
    "Deployment": "WebAPI",
    "Endpoint": "WebAPI",
}
_STATUS: Final = {
    "Completed": "CompletedActionStatus",
    "Finished": "CompletedActionStatus",
    "Failed": "FailedActionStatus",
}


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """`ro-crate-metadata.json` of the crate."""
    crate = _crate(whole)
    yield msgspec.json.format(canonical_json(crate.metadata.generate()), indent=2) + b"\n"


def _crate(whole: Whole) -> ROCrate:
    crate = ROCrate(version="1.1")
    published = datetime.fromisoformat(whole.generation["published"])
    crate.name = visible(f"Lineage of {whole.label(whole.subject)}")
    crate.description = visible(
        f"What is known of {whole.subject} as of generation {whole.generation['number']}, and how it came about."
        + ("" if whole.is_complete else f" It is not complete: {'; '.join(whole.truncations)}.")
    )
    crate.datePublished = published
    crate.root_dataset["license"] = "No licence is known: Azure Machine Learning tells none."
    tool = {"@type": "SoftwareApplication", "name": "azureml-lineage", "softwareVersion": __version__}
    crate.add(ContextEntity(crate, "urn:azureml-lineage", properties=tool))
    profile = {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    crate.add(ContextEntity(crate, PROFILE, properties=profile))
    crate.root_dataset["conformsTo"] = {"@id": PROFILE}
    for reference, one in whole.things.items():
        if one["__typename"] != "Job":
            _thing(crate, whole, reference, one)
    actions = [_action(crate, whole, reference, one) for reference, one in whole.of_kind("Job")]
    if actions:
        crate.root_dataset["mentions"] = [{"@id": action} for action in actions]
    main = whole.things[whole.subject]
    ran = main["__typename"] == "Job"
    crate.root_dataset["mainEntity"] = {"@id": _action_id(whole.subject) if ran else iri(whole.subject)}
    return crate


def _thing(crate: ROCrate, whole: Whole, reference: str, one: Json) -> None:
    properties: dict[str, Any] = {
        "@type": _TYPES.get(one["__typename"], "CreativeWork"),
        "name": visible(whole.label(reference)),
        "additionalType": f"urn:azureml-lineage:terms:{one['__typename']}",
        "identifier": visible(reference),
    }
    if one.get("version"):
        properties["version"] = visible(one["version"])
    if one.get("description"):
        properties["description"] = visible(one["description"])
    if when := _time(one.get("createdAt")):
        properties["dateCreated"] = when
    if one.get("createdBy"):
        properties["creator"] = {"@id": _person(crate, one["createdBy"])}
    derived = {iri(link.cause): None for link in whole.causes(reference) if _is_thing(whole, link.cause)}
    if derived:
        properties["isBasedOn"] = [{"@id": cause} for cause in derived]
    crate.add(ContextEntity(crate, iri(reference), properties=properties))


def _is_thing(whole: Whole, reference: str) -> bool:
    return reference in whole.things and whole.things[reference]["__typename"] != "Job"


def _action(crate: ROCrate, whole: Whole, reference: str, one: Json) -> str:
    ran = whole.causes(reference, "INSTANCE_OF", "RAN_CODE", "RAN_IN")
    tools = [link.cause for link in ran if _is_thing(whole, link.cause)]
    used = {iri(link.cause): None for link in whole.causes(reference, "USED") if _is_thing(whole, link.cause)}
    made = whole.effects(reference, "WAS_GENERATED_BY")
    gave = {iri(link.effect): None for link in made if _is_thing(whole, link.effect)}
    properties: dict[str, Any] = {
        "@type": "CreateAction",
        "name": visible(whole.label(reference)),
        "identifier": visible(reference),
        "instrument": {"@id": iri(tools[0]) if tools else _unknown(crate, reference)},
    }
    if used:
        properties["object"] = [{"@id": cause} for cause in used]
    if gave:
        properties["result"] = [{"@id": thing} for thing in gave]
    for key, field in (("startTime", "startedAt"), ("endTime", "endedAt")):
        if when := _time(one.get(field)):
            properties[key] = when
    if state := _STATUS.get(one.get("status") or ""):
        properties["actionStatus"] = f"http://schema.org/{state}"
    if one.get("command"):
        properties["description"] = visible(one["command"])
    if one.get("createdBy"):
        properties["agent"] = {"@id": _person(crate, one["createdBy"])}
    crate.add(ContextEntity(crate, _action_id(reference), properties=properties))
    return _action_id(reference)


def _unknown(crate: ROCrate, job: str) -> str:
    """The software of a job of which none is known: a job always ran something."""
    identity = f"#software-of-{quote(visible(job), safe='')}"
    properties = {"@type": "SoftwareApplication", "name": "software that no record tells", "identifier": visible(job)}
    crate.add(ContextEntity(crate, identity, properties=properties))
    return identity


def _person(crate: ROCrate, who: str) -> str:
    identity = f"#identity-{quote(visible(who), safe='')}"
    if crate.get(identity) is None:
        crate.add(ContextEntity(crate, identity, properties={"@type": "Person", "name": visible(who)}))
    return identity


def _action_id(reference: str) -> str:
    return f"#{quote(visible(reference), safe='')}"


def _time(text: str | None) -> str | None:
    shown = moment(text)
    return f"{shown[:10]}T{shown[11:19]}+00:00" if shown.endswith(" UTC") else None
