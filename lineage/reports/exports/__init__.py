"""A lineage in the formats that other tools read, each by its own module.

    for chunk in export("cyclonedx", whole): …

What the service does not tell (a digest of a model's bytes, a licence) is said to be unknown, never made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final

import msgspec

from lineage.errors import InvalidOption
from lineage.reports.exports.whole import Whole


class Format(msgspec.Struct, frozen=True):
    """A format: its module here, the media type and what it is called by its makers. extra: it needs `[export]`."""

    module: str
    media_type: str
    about: str
    extra: bool = False


FORMATS: Final[dict[str, Format]] = {
    "cyclonedx": Format("cyclonedx", "application/vnd.cyclonedx+json; version=1.7", "CycloneDX 1.7 ML-BOM"),
    "cyclonedx-1.6": Format("cyclonedx", "application/vnd.cyclonedx+json; version=1.6", "CycloneDX 1.6 ML-BOM"),
    "spdx": Format("spdx", "application/spdx+json", "SPDX 3.0.1: AI, Dataset and Build profiles, JSON-LD", extra=True),
    "prov": Format("prov", "application/json", "W3C PROV as PROV-JSON", extra=True),
    "prov-turtle": Format("prov", "text/turtle", "W3C PROV as PROV-O in Turtle", extra=True),
    "openlineage": Format("openlineage", "application/jsonl", "OpenLineage 2-0-2 run events, one a line", extra=True),
    "ro-crate": Format("rocrate", "application/ld+json", "RO-Crate 1.1, Process Run Crate 0.5", extra=True),
    "graphml": Format("graphs", "application/graphml+xml", "GraphML, for Gephi, yEd and Cytoscape"),
    "dot": Format("graphs", "text/vnd.graphviz", "DOT, for Graphviz"),
    "mermaid": Format("graphs", "text/plain", "Mermaid, for Markdown pages"),
}
"""By the name of `lineage export --format`."""


def export(name: str, whole: Whole) -> Iterator[bytes]:
    """The lineage in the format of this name. Raises InvalidOption where a library that it needs is not installed."""
    try:
        write: Callable[[Whole, str], Iterator[bytes]] = import_module(
            f"lineage.reports.exports.{FORMATS[name].module}"
        ).write
    except ModuleNotFoundError as error:
        raise InvalidOption(
            f"the format {name} needs the package {error.name}", "pip install 'azureml-lineage[export]'"
        ) from None
    yield from write(whole, name)
