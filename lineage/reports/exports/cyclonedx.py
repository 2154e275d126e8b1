"""CycloneDX ML-BOM (https://cyclonedx.org/docs/1.7/json/): the model, what it was made from, and how.

Models, data, environments, code and components are components; jobs are the tasks of a workflow, with what they took
and gave. No digest of a model's bytes is known to the service, so none is given; what is missing is told by
`compositions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import msgspec

from lineage import __version__
from lineage.records import canonical_json
from lineage.reports.exports.whole import Json, Whole
from lineage.reports.naming import iri, moment, place
from lineage.reports.safe import visible

_COMPONENTS: Final = {
    "ModelVersion": "machine-learning-model",
    "AssetVersion": "machine-learning-model",
    "DataVersion": "data",
    "Location": "data",
    "EnvironmentVersion": "container",
    "CodeVersion": "file",
    "ComponentVersion": "application",
    "Deployment": "platform",
}
_MADE_OF: Final = (
    *("WAS_DERIVED_FROM", "COPIED_FROM", "DEPLOYS", "WAS_GENERATED_BY"),
    *("USED", "RAN_IN", "RAN_CODE", "INSTANCE_OF"),
)


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """The BOM as JSON. name: `cyclonedx` (1.7) or `cyclonedx-1.6`."""
    version = "1.6" if name.endswith("1.6") else "1.7"
    yield msgspec.json.format(canonical_json(_seen(_bom(whole, version))), indent=2) + b"\n"


def _bom(whole: Whole, version: str) -> Json:
    subject = whole.things[whole.subject]
    parts = [
        _component(whole, reference, one)
        for reference, one in whole.things.items()
        if one["__typename"] in _COMPONENTS and reference != whole.subject
    ]
    main = (
        _component(whole, whole.subject, subject)
        if subject["__typename"] in _COMPONENTS
        else {"type": "application", "bom-ref": whole.subject, "name": whole.label(whole.subject)}
    )
    refs = {main["bom-ref"], *(part["bom-ref"] for part in parts)}
    serial = uuid5(NAMESPACE_URL, f"{whole.generation['digest']} {whole.subject} cyclonedx {version}")
    bom: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": whole.generation["published"],
            "tools": {"components": [{"type": "application", "name": "azureml-lineage", "version": __version__}]},
            "component": main,
            "properties": [
                *_property("generation", whole.generation["number"]),
                *_property("generationDigest", whole.generation["digest"]),
                *(one for text in whole.truncations for one in _property("mayBeMissing", text)),
            ],
        },
        "components": parts,
        "dependencies": [
            {"ref": ref} | ({"dependsOn": needs} if (needs := _needs(whole, ref, refs)) else {}) for ref in sorted(refs)
        ],
        "compositions": [
            {
                "aggregate": "unknown" if whole.is_complete else "incomplete",
                "assemblies": [main["bom-ref"]],
            }
        ],
    }
    if tasks := _tasks(whole, refs):
        bom["formulation"] = [{"bom-ref": "formula", "workflows": [_workflow(whole, tasks)]}]
    return bom


def _component(whole: Whole, reference: str, one: Json) -> Json:
    kind = one["__typename"]
    made: Json = {
        "type": _COMPONENTS[kind],
        "bom-ref": reference,
        "name": str(one.get("name") or whole.label(reference)),
    }
    if one.get("version"):
        made["version"] = one["version"]
    if one.get("description"):
        made["description"] = one["description"]
    if group := place(reference):
        made["group"] = group
    if one.get("createdBy"):
        made["authors"] = [{"name": one["createdBy"]}]
    properties = [
        *_property("kind", kind),
        *_property("state", one["state"]),
        *_property("createdAt", one.get("createdAt")),
        *_property("stage", one.get("stage")),
        *_property("type", one.get("type")),
        *_property("why", one.get("reason")),
        *(item for tag in one.get("tags") or () for item in _property(f"tag:{tag['key']}", tag["value"])),
    ]
    if properties:
        made["properties"] = properties
    if kind == "ModelVersion":
        made["modelCard"] = _card(whole, reference)
        if bases := _bases(whole, reference):
            made["pedigree"] = {"ancestors": bases}
    elif kind in ("DataVersion", "Location"):
        data: Json = {"type": "dataset", "name": made["name"]}
        if one.get("path"):
            data["contents"] = {"url": iri(one["path"])}
        made["data"] = [data]
    elif kind == "EnvironmentVersion" and one.get("image"):
        made["purl"] = _purl(one["image"])
        digest = str(one.get("imageDigest") or "").removeprefix("sha256:")
        if len(digest) == 64:
            made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    elif kind == "CodeVersion" and len(str(one.get("hash") or "")) == 64:
        made["hashes"] = [{"alg": "SHA-256", "content": one["hash"].lower()}]
    return made


def _card(whole: Whole, reference: str) -> Json:
    data = [
        {"ref": cause}
        for cause, one in _behind(whole, reference)
        if one["__typename"] == "DataVersion" and cause in whole.things
    ]
    parameters: Json = {}
    if data:
        parameters["datasets"] = data
    return {"modelParameters": parameters} if parameters else {}


def _behind(whole: Whole, reference: str) -> list[tuple[str, Json]]:
    """Things that the jobs behind a thing read, reached through outputs and places."""
    seen, waiting, found = {reference}, [reference], []
    while waiting:
        here = waiting.pop()
        for link in whole.causes(here):
            if link.cause in seen or link.cause not in whole.things:
                continue
            seen.add(link.cause)
            kind = whole.things[link.cause]["__typename"]
            if link.relation == "USED" and kind in ("DataVersion", "ModelVersion"):
                found.append((link.cause, whole.things[link.cause]))
            if kind in ("Job", "JobOutput", "Location") and link.relation != "PART_OF":
                waiting.append(link.cause)
    return sorted(found)


def _bases(whole: Whole, reference: str) -> list[Json]:
    copied = [link.cause for link in whole.causes(reference, "COPIED_FROM")]
    read = [cause for cause, one in _behind(whole, reference) if one["__typename"] == "ModelVersion"]
    found = []
    for cause in dict.fromkeys([*copied, *read]):
        one = whole.things[cause]
        base: Json = {"type": "machine-learning-model", "name": str(one.get("name") or whole.label(cause))}
        if one.get("version"):
            base["version"] = str(one["version"])
        base["properties"] = _property("reference", cause)
        found.append(base)
    return found


def _needs(whole: Whole, reference: str, refs: set[str]) -> list[str]:
    """Components that one is made from, reached through jobs, outputs and other things that are no component."""
    seen, waiting, found = {reference}, [reference], set()
    while waiting:
        here = waiting.pop()
        for link in whole.causes(here, *_MADE_OF):
            if link.cause in seen:
                continue
            seen.add(link.cause)
            if link.cause in refs:
                found.add(link.cause)
            else:
                waiting.append(link.cause)
    return sorted(found)


def _tasks(whole: Whole, refs: set[str]) -> list[Json]:
    tasks = []
    for reference, one in whole.of_kind("Job"):
        task: Json = {
            "bom-ref": reference,
            "uid": reference,
            "name": whole.label(reference),
            "taskTypes": ["build"],
            "properties": [
                *_property("status", one.get("status")),
                *_property("jobType", one.get("type")),
                *_property("compute", one.get("compute")),
                *_property("commit", (one.get("git") or {}).get("commit")),
            ],
        }
        for key, field in (("timeStart", "startedAt"), ("timeEnd", "endedAt")):
            if when := _instant(one.get(field)):
                task[key] = when
        took = {
            (link.cause, link.name or link.relation.replace("_", " ").lower()): None
            for link in whole.causes(reference, "USED", "RAN_IN", "RAN_CODE", "INSTANCE_OF")
            if link.cause in refs
        }
        if took:
            task["inputs"] = [{"resource": {"ref": ref}, "properties": _property("name", name)} for ref, name in took]
        if gave := sorted(_outputs(whole, reference) & refs):
            task["outputs"] = [{"type": "artifact", "resource": {"ref": made}} for made in gave]
        if one.get("command"):
            task["steps"] = [{"commands": [{"executed": one["command"]}]}]
        if one.get("parameters"):
            task["properties"] += [
                item for told in one["parameters"] for item in _property(f"parameter:{told['name']}", told["value"])
            ]
        tasks.append(task)
    return tasks


def _outputs(whole: Whole, job: str) -> set[str]:
    """What was made from a job directly or through its outputs and their places."""
    seen, waiting = {job}, [job]
    while waiting:
        here = waiting.pop()
        for link in whole.effects(here, "WAS_GENERATED_BY", "WAS_DERIVED_FROM"):
            if link.effect not in seen:
                seen.add(link.effect)
                if whole.things.get(link.effect, {}).get("__typename") in ("JobOutput", "Location"):
                    waiting.append(link.effect)
    return seen - {job}


def _workflow(whole: Whole, tasks: list[Json]) -> Json:
    return {
        "bom-ref": "workflow",
        "uid": str(uuid5(NAMESPACE_URL, f"{whole.subject} workflow")),
        "name": f"How {whole.label(whole.subject)} came about",
        "taskTypes": ["build"],
        "tasks": tasks,
    }


def _property(name: str, value: Any) -> list[Json]:
    if value in (None, ""):
        return []
    return [{"name": f"azureml-lineage:{name}", "value": str(value)}]


def _instant(text: str | None) -> str | None:
    shown = moment(text)
    return f"{shown[:10]}T{shown[11:19]}Z" if shown.endswith(" UTC") else None


def _purl(image: str) -> str:
    """Package URL of a container image (https://github.com/package-url/purl-spec, type `docker`)."""
    name, _, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    version = digest or tag
    registry, _, rest = head.partition("/") if "." in head.partition("/")[0] else ("", "", head)
    path = "/".join(quote(part.lower(), safe="") for part in (*rest.split("/"), repository) if part)
    purl = f"pkg:docker/{path}" + (f"@{quote(version, safe=':')}" if version else "")
    return purl + (f"?repository_url={quote(registry, safe='')}" if registry else "") if slash or version else purl


def _seen(value: Any) -> Any:
    """The same with every text made visible: references are texts too."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {name: _seen(one) for name, one in value.items()}
    return [_seen(one) for one in value] if isinstance(value, list) else value
