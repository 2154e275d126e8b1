"""What the records of registered assets say: models, data, environments, components, code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from lineage.details.pairs import MOST, Authors, Pair, authors, body, names, pairs, said, truth
from lineage.linking.bodies import obj, objects, text
from lineage.records import Record, RecordKind


class AssetDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What all assets have. properties: what the service and its clients noted (`properties.properties`)."""

    authors: Authors = Authors()
    is_anonymous: bool | None = None
    properties: tuple[Pair, ...] = ()
    source: str | None = None


class ModelDetails(AssetDetails, frozen=True, kw_only=True):
    """A model version. source: `modelUri` as it was registered. job: the name of the job that the service noted.

    origin: of a registry's copy, the asset it was copied from. datasets: name and asset id of each.
    """

    job: str | None = None
    origin: str | None = None
    provisioning_state: str | None = None
    datasets: tuple[Pair, ...] = ()


class DataDetails(AssetDetails, frozen=True, kw_only=True):
    """A data version. source: `dataUri`. referenced: what an mltable reads from (`referencedUris`)."""

    referenced: tuple[str, ...] = ()
    digest: str | None = None


class EnvironmentDetails(AssetDetails, frozen=True, kw_only=True):
    """An environment version. conda: the conda file, whole. context, dockerfile: where it is built from."""

    type: str | None = None
    conda: str | None = None
    context: str | None = None
    dockerfile: str | None = None


class ComponentDetails(AssetDetails, frozen=True, kw_only=True):
    command: str | None = None
    environment: str | None = None
    code: str | None = None
    is_deterministic: bool | None = None


class CodeDetails(AssetDetails, frozen=True, kw_only=True):
    """A code snapshot. source: `codeUri`, where its files lie."""


def asset(records: Sequence[Record]) -> AssetDetails:
    return AssetDetails(**_shared(records, "path"))


def model(records: Sequence[Record]) -> ModelDetails:
    """Also a version on an MLflow server."""
    if records and records[0].kind is RecordKind.MLFLOW_MODEL_VERSION:
        told = records[0].body
        return ModelDetails(source=said(told, "source"), job=said(told, "run_id"), provisioning_state=_ready(told))
    properties = obj(body(records), "properties")
    datasets = (
        Pair(text(spec, "name") or text(spec, "id"), said(spec, "id")) for _, spec in objects(properties, "datasets")
    )
    return ModelDetails(
        **_shared(records, "modelUri"),
        job=said(properties, "jobName"),
        origin=said(properties, "originAssetId"),
        provisioning_state=said(properties, "provisioningState"),
        datasets=tuple(datasets)[:MOST],
    )


def data(records: Sequence[Record]) -> DataDetails:
    """Also a data set that an MLflow run logged."""
    if records and records[0].kind is RecordKind.MLFLOW_DATASET:
        told = records[0].body
        return DataDetails(source=said(told, "source"), digest=said(told, "digest"))
    properties = obj(body(records), "properties")
    return DataDetails(**_shared(records, "dataUri"), referenced=names(properties.get("referencedUris")))


def environment(records: Sequence[Record]) -> EnvironmentDetails:
    properties = obj(body(records), "properties")
    build = obj(properties, "build")
    return EnvironmentDetails(
        **_shared(records, ""),
        type=said(properties, "environmentType"),
        conda=said(properties, "condaFile"),
        context=said(build, "contextUri"),
        dockerfile=said(build, "dockerfilePath"),
    )


def component(records: Sequence[Record]) -> ComponentDetails:
    spec = obj(body(records), "properties", "componentSpec")
    return ComponentDetails(
        **_shared(records, ""),
        command=said(spec, "command"),
        environment=said(spec, "environment"),
        code=said(spec, "code"),
        is_deterministic=truth(spec, "is_deterministic"),
    )


def code(records: Sequence[Record]) -> CodeDetails:
    return CodeDetails(**_shared(records, "codeUri"))


def _shared(records: Sequence[Record], source: str) -> dict[str, Any]:
    properties = obj(body(records), "properties")
    return {
        "authors": authors(records),
        "is_anonymous": truth(properties, "isAnonymous"),
        "properties": pairs(obj(properties, "properties")),
        "source": said(properties, source) if source else None,
    }


def _ready(told: Any) -> str | None:
    status = text(told, "status")
    return {"READY": "Succeeded"}.get(status, status) or None
