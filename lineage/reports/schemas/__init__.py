"""The JSON Schemas of what reports write for machines, published beside this module.

    python -m lineage.reports.schemas      writes them again from the code

They are made from the structures that are written, and a test holds the files to them. Within a major version fields
are added, never renamed or removed.
"""

from __future__ import annotations

from typing import Any, Final

from lineage.reports.blast.words import ImpactReport
from lineage.reports.dossier.words import Dossier
from lineage.reports.estate.words import EstateReport
from lineage.reports.manifest import Manifest
from lineage.reports.pack import Part, schema

_OF: Final[dict[str, type]] = {
    "dossier": Dossier,
    "estate": EstateReport,
    "impact": ImpactReport,
    "manifest": Manifest,
}


def published() -> dict[str, bytes]:
    """The text of each schema's file, by the file's name."""
    return {f"{name}.schema.json": _text(schema(of)) for name, of in _OF.items()}


def _text(told: dict[str, Any]) -> bytes:
    return b"".join(Part.json("", "", told).chunks)
