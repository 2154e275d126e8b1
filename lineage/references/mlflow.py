"""Reads MLflow's schemes (`runs:/`, `models:/`, `mlflow-artifacts:`) and the first SDK's (`aml://`)."""

from __future__ import annotations

from lineage.references.assets import LegacyAssetRef, LoggedModelRef, ModelsRef
from lineage.references.base import STEPS, Form, Miss
from lineage.references.jobs import RunRef
from lineage.references.others import MlflowArtifactRef
from lineage.references.places import ArtifactRef

_HEX = frozenset("0123456789abcdef")


def read_run(text: str) -> Form:
    profile, i = _authority(text, 5)
    run, _, path = text[i:].partition("/")
    if not run:
        raise Miss("a run id", position=i)
    return RunRef(run, path.rstrip("/"), profile)


def read_model(text: str) -> Form:
    profile, i = _authority(text, 7)
    first, _, rest = text[i:].partition("/")
    if not first:
        raise Miss("a model name", position=i)
    if ":" in first:
        raise Miss("a name without ':'", position=i + first.index(":"))
    rest = rest.rstrip("/")
    if "@" in first:
        name, _, alias = first.rpartition("@")
        if not name or not alias:
            raise Miss("NAME@ALIAS", position=i if not name else i + len(first))
        if name in STEPS or alias in STEPS:
            raise Miss("a name, not a relative step", position=i if name in STEPS else i + len(name) + 1)
        return ModelsRef(name, "", "", alias, rest, profile)
    if first.startswith("m-") and len(first) == 34 and _HEX.issuperset(first[2:]) and not profile:
        return LoggedModelRef(first, rest)
    second, _, path = rest.partition("/")
    if not second:
        if rest:
            raise Miss("a version, a stage or latest", position=i + len(first) + 1)
        return ModelsRef(first, profile=profile)
    if second.isdecimal() and second.isascii():
        return ModelsRef(first, second, "", "", path, profile)
    return ModelsRef(first, "", second, "", path, profile)


def read_artifact(text: str) -> Form:
    rest = text[17:]
    if not rest.startswith("//"):
        return MlflowArtifactRef("", rest)
    host, slash, path = rest[2:].partition("/")
    return MlflowArtifactRef(host, slash + path)


def read_legacy(text: str) -> Form:
    """`aml://artifactId/PATH` and `aml://asset/ID`."""
    kind, _, rest = text[6:].partition("/")
    rest = rest.rstrip("/")
    if kind not in {"artifactId", "asset"}:
        raise Miss("artifactId or asset", position=6)
    if not rest:
        raise Miss("a path" if kind == "artifactId" else "an asset id", position=len(text))
    return ArtifactRef(rest) if kind == "artifactId" else LegacyAssetRef(rest)


def _authority(text: str, i: int) -> tuple[str, int]:
    """The `profile@databricks` of a reference to another server, and where the rest begins. `i` is after the colon."""
    if text[i : i + 1] != "/":
        raise Miss("/", position=i)
    if text[i : i + 2] != "//":
        return "", i + 1
    if text[i : i + 3] == "///":
        return "", i + 3
    end = text.find("/", i + 2)
    profile = text[i + 2 :] if end < 0 else text[i + 2 : end]
    if "databricks" not in profile:
        raise Miss("PROFILE@databricks", position=i + 2)
    return profile, len(text) if end < 0 else end + 1
