"""Whether what an environment asks for is fixed: images by tag and digest, packages by version.

    mcr.microsoft.com/azureml/x@sha256:…      Image.DIGEST
    mcr.microsoft.com/azureml/x:20260801.v1   Image.TAG         somebody can move it
    mcr.microsoft.com/azureml/x:latest, x     Image.MOVING

    numpy=1.26, numpy=1.26=py311_0            fixed (conda)
    numpy==1.26.4, x @ git+https://…@<commit> fixed (pip)
    numpy, numpy>=1.20, numpy==1.*            loose
    -r requirements.txt                       nobody knows: the file is not in the record

A conda file comes as YAML text or as JSON, as whoever registered it wrote it. One that cannot be read says nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

import msgspec
import yaml

_LARGEST: Final = 256 * 1024
"""Characters of a conda file that is looked at; real ones have a few hundred."""
_DEEPEST: Final = 8
_DIGEST: Final = re.compile(r"@sha256:[0-9a-fA-F]{64}\Z")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?")
_FIXED_PIP: Final = re.compile(r"===?\s*[^\s,*<>=!~]+\Z")
_FIXED_CONDA: Final = re.compile(r"={1,2}\s*[^\s,|*<>=!~]+(=[^\s,|<>=!~]+)?\Z")
_FIXED_ADDRESS: Final = re.compile(
    r"@[0-9a-f]{40}(\Z|[#?])|sha256[=:][0-9a-f]{64}|\.(whl|tar\.gz|zip|conda|tar\.bz2)\Z"
)
_TOOLS: Final = frozenset({"pip", "setuptools", "wheel", "conda"})
"""What builds an environment and decides nothing about what a model does."""


class Image(StrEnum):
    DIGEST = "DIGEST"  # always the same bytes
    TAG = "TAG"  # as long as the owner does not move it
    MOVING = "MOVING"  # `latest`, or no tag at all


def image(reference: str) -> Image:
    """How surely the reference of a container image names the same image tomorrow."""
    reference = reference.strip()
    if _DIGEST.search(reference):
        return Image.DIGEST
    tag = reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return Image.MOVING if tag in ("", "latest") else Image.TAG


class Packages(msgspec.Struct, frozen=True):
    """What a conda file asks for.

    loose: as written, without a fixed version. files: requirements that lie elsewhere.
    """

    loose: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """Without anchors: ten lines of them can stand for a billion values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("anchors are not read")
        return super().compose_node(parent, index)


def packages(conda: Any) -> Packages | None:
    """What the conda file of an environment asks for; None when there is none, or none that can be read."""
    if isinstance(conda, str):
        if not conda.strip() or len(conda) > _LARGEST:
            return None
        try:
            conda = yaml.load(conda, _Loader)  # noqa: S506 - a SafeLoader
        except (yaml.YAMLError, ValueError, RecursionError):
            return None
    listed = conda.get("dependencies") if isinstance(conda, dict) else None
    if not isinstance(listed, list):
        return None
    loose: list[str] = []
    files: list[str] = []
    for entry in listed:
        if isinstance(entry, str):
            if not _fixed_conda(entry.strip()):
                loose.append(entry.strip())
        elif isinstance(entry, dict):
            asked = entry.get("pip")
            for line in asked if isinstance(asked, list) else ():
                if isinstance(line, str):
                    _pip(line.partition(" #")[0].strip(), loose, files)
    return Packages(tuple(dict.fromkeys(loose)), tuple(dict.fromkeys(files)))


def _fixed_conda(entry: str) -> bool:
    name = entry.rpartition("::")[2]
    match = _NAME.match(name)
    if match is None or not name:
        return True  # nothing that asks for a package
    if match[0].lower() in _TOOLS:
        return True
    version = name[match.end() :].strip()
    if version[:1].isdigit():  # `numpy 1.26.4 py311_0`
        version = "=" + version.replace(" ", "=", 1)
    return bool(_FIXED_CONDA.fullmatch(version))


def _pip(line: str, loose: list[str], files: list[str]) -> None:
    if not line or line.startswith("#"):
        return
    if line.startswith(("-r", "--requirement", "-c", "--constraint")):
        files.append(line)
        return
    editable = line.removeprefix("--editable").removeprefix("-e").strip() if line.startswith(("-e", "--ed")) else ""
    if line.startswith("-") and not editable:
        return  # an option, such as where to look for packages
    asked = (editable or line).partition(";")[0].partition(" --hash")[0].strip()
    if "://" in asked or editable:
        if not _FIXED_ADDRESS.search(asked):
            loose.append(line)
        return
    match = _NAME.match(asked)
    if match is None or match[0].partition("[")[0].lower() in _TOOLS:
        return
    if not _FIXED_PIP.fullmatch(asked[match.end() :].strip()):
        loose.append(line)
