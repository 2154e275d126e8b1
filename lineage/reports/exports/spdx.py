"""SPDX 3.0.1 (https://spdx.github.io/spdx-spec/v3.0.1/): AI packages, data sets and builds as JSON-LD.

Models are AI packages, data and places data set packages, environments, code and components software packages, jobs
builds. A profile is claimed only when everything that it demands is known. No digest is given that nobody told.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from spdx_python_model import v3_0_1 as spdx

from lineage import __version__
from lineage.reports.exports.whole import Json, Link, Whole
from lineage.reports.naming import iri, moment
from lineage.reports.safe import visible

_SPACE: Final = "urn:azureml-lineage:spdx:"
_PACKAGES: Final = {
    "EnvironmentVersion": spdx.software_SoftwarePurpose.container,
    "CodeVersion": spdx.software_SoftwarePurpose.source,
    "ComponentVersion": spdx.software_SoftwarePurpose.application,
    "Deployment": spdx.software_SoftwarePurpose.container,
    "Endpoint": spdx.software_SoftwarePurpose.platform,
}
_BUILD: Final = "https://learn.microsoft.com/azure/machine-learning/job"


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """The document as JSON-LD, elements in the order of the lineage."""
    made = _Document(whole).objects()
    out = io.BytesIO()
    spdx.JSONLDSerializer(indent=2).write(made, out, force_at_graph=True)
    yield out.getvalue() + b"\n"


class _Document:
    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._base = f"{_SPACE}{whole.generation['digest'][:16]}:"
        self._set = spdx.SHACLObjectSet()
        tool = spdx.SoftwareAgent()
        self._info = spdx.CreationInfo(specVersion="3.0.1", created=_instant(whole.generation["published"]))
        self._info.set_id("_:creation")
        tool.set_id(f"{self._base}tool")
        tool.name = f"azureml-lineage {__version__}"
        tool.creationInfo = self._info
        self._info.createdBy = [tool]
        self._set.add(self._info)
        self._set.add(tool)
        self._elements: list[Any] = [tool]
        self._agents: dict[str, Any] = {}
        self._things: dict[str, Any] = {}

    def objects(self) -> spdx.SHACLObjectSet:
        whole = self._whole
        for reference, one in whole.things.items():
            element = self._element(reference, one)
            self._things[reference] = element
            self._add(element)
        for number, (kind, start, ends, complete) in enumerate(self._relations()):
            relation = spdx.Relationship(relationshipType=kind, from_=start, to=ends, completeness=complete)
            relation.set_id(f"{self._base}relation-{number}")
            self._add(relation)
        document = spdx.SpdxDocument()
        document.set_id(f"{self._base}document:{quote(whole.subject, safe='')}")
        document.creationInfo = self._info
        document.name = visible(f"Lineage of {whole.label(whole.subject)}")
        document.rootElement = [self._things[whole.subject]]
        document.element = list(self._elements)
        document.profileConformance.extend(self._profiles())
        if whole.truncations:
            document.comment = visible("Something may be missing: " + "; ".join(whole.truncations))
        self._set.add(document)
        return self._set

    def _add(self, element: Any) -> None:
        element.creationInfo = self._info
        self._elements.append(element)
        self._set.add(element)

    def _element(self, reference: str, one: Json) -> Any:
        kind = one["__typename"]
        element: Any
        if kind == "Job":
            element = self._build(reference, one)
        elif kind in ("ModelVersion", "AssetVersion"):
            element = spdx.ai_AIPackage()
            element.software_primaryPurpose = spdx.software_SoftwarePurpose.model
            if one.get("type"):
                element.ai_typeOfModel = [visible(one["type"])]
            self._parameters(element, reference)
        elif kind in ("DataVersion", "Location"):
            element = spdx.dataset_DatasetPackage()
            element.software_primaryPurpose = spdx.software_SoftwarePurpose.data
            element.dataset_datasetType = [spdx.dataset_DatasetType.noAssertion]
        else:
            element = spdx.software_Package()
            element.software_primaryPurpose = _PACKAGES.get(kind, spdx.software_SoftwarePurpose.other)
        element.set_id(iri(reference))
        element.name = visible(self._whole.label(reference))
        element.comment = visible(f"{kind} of Azure Machine Learning, {one['state'].lower()}")
        if one.get("description"):
            element.description = visible(one["description"])
        if kind != "Job":
            self._package(element, reference, one)
        return element

    def _package(self, element: Any, reference: str, one: Json) -> None:
        element.software_downloadLocation = iri(reference)
        if one.get("version"):
            element.software_packageVersion = visible(one["version"])
        if when := _instant(one.get("createdAt")):
            element.releaseTime = when
            element.builtTime = when
        if who := one.get("createdBy"):
            agent = self._agent(who, one.get("createdByType") or "")
            element.suppliedBy = agent
            element.originatedBy = [agent]
        digest = str(one.get("imageDigest") or one.get("hash") or "").removeprefix("sha256:").lower()
        if len(digest) == 64:
            element.verifiedUsing = [spdx.Hash(algorithm=spdx.HashAlgorithm.sha256, hashValue=digest)]

    def _build(self, reference: str, one: Json) -> Any:
        element = spdx.build_Build()
        element.build_buildType = _BUILD
        element.build_buildId = visible(one["name"] or reference)
        if when := _instant(one.get("startedAt")):
            element.build_buildStartTime = when
        if when := _instant(one.get("endedAt")):
            element.build_buildEndTime = when
        element.build_parameter = [_entry(told["name"], told["value"]) for told in one.get("parameters") or ()]
        git = one.get("git") or {}
        commit = str(git.get("commit") or "")
        if git.get("repository"):
            element.build_configSourceUri = [visible(git["repository"])]
            if len(commit) == 40:
                digest = spdx.Hash(algorithm=spdx.HashAlgorithm.sha1, hashValue=commit.lower())
                element.build_configSourceDigest = [digest]
        return element

    def _parameters(self, element: Any, reference: str) -> None:
        for link in self._whole.causes(reference):
            for back in self._whole.causes(link.cause, "WAS_GENERATED_BY"):
                job = self._whole.things.get(back.cause, {})
                if job.get("__typename") == "Job" and job.get("parameters"):
                    element.ai_hyperparameter = [_entry(told["name"], told["value"]) for told in job["parameters"]]
                    return

    def _agent(self, who: str, kind: str) -> Any:
        if who not in self._agents:
            agent: Any = spdx.Person() if kind == "User" else spdx.SoftwareAgent() if kind else spdx.Agent()
            agent.set_id(f"{self._base}identity:{quote(visible(who), safe='')}")
            agent.name = visible(who)
            self._agents[who] = agent
            self._add(agent)
        return self._agents[who]

    def _relations(self) -> Iterator[tuple[str, Any, list[Any], str]]:
        kinds = spdx.RelationshipType
        grouped: dict[tuple[str, str], list[str]] = {}
        for link in self._whole.links:
            if link.cause in self._things and link.effect in self._things:
                kind, start, end = self._relation(link)
                grouped.setdefault((getattr(kinds, kind), start), []).append(end)
        known = spdx.RelationshipCompleteness.noAssertion
        for (kind, start), ends in grouped.items():
            yield kind, self._things[start], [self._things[end] for end in dict.fromkeys(ends)], known

    def _relation(self, link: Link) -> tuple[str, str, str]:
        """The relationship, its start and its end."""
        job = self._whole.things[link.effect]["__typename"] == "Job"
        match link.relation:
            case "USED":
                return "hasInput", link.effect, link.cause
            case "WAS_GENERATED_BY" if self._whole.things[link.cause]["__typename"] == "Job":
                return "hasOutput", link.cause, link.effect
            case "RAN_IN" | "RAN_CODE" | "INSTANCE_OF" if job:
                return "usesTool", link.effect, link.cause
            case "WAS_DERIVED_FROM" | "COPIED_FROM":
                return "descendantOf", link.effect, link.cause
            case "PART_OF":
                return "contains", link.cause, link.effect
            case "DEPLOYS":
                return "contains", link.effect, link.cause
            case _:
                return "other", link.effect, link.cause

    def _profiles(self) -> list[str]:
        found = [spdx.ProfileIdentifierType.core, spdx.ProfileIdentifierType.software]
        of = spdx.ProfileIdentifierType
        for profile, kind, needed in (
            (of.ai, spdx.ai_AIPackage, ("software_packageVersion", "suppliedBy", "releaseTime")),
            (of.dataset, spdx.dataset_DatasetPackage, ("originatedBy", "releaseTime", "builtTime")),
            (of.build, spdx.build_Build, ("build_buildId",)),
        ):
            made = [element for element in self._things.values() if isinstance(element, kind)]
            if made and all(getattr(element, name) for element in made for name in needed):
                found.append(profile)
        return found


def _entry(key: str, value: Any) -> Any:
    return spdx.DictionaryEntry(key=visible(key), value=visible("" if value is None else str(value)))


def _instant(text: str | None) -> datetime | None:
    shown = moment(text)
    if not shown.endswith(" UTC"):
        return None
    return datetime.strptime(shown[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
