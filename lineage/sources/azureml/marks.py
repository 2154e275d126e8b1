"""What the service says of a thing by which one sees, without reading it, that what it has is as it was."""

from __future__ import annotations

from typing import Any, Final

from lineage.records import Json

ENDED: Final = frozenset({"Completed", "Failed", "Canceled"})
"""States that a job does not leave. `NotResponding` is none: a job may be heard of again."""


def mark_of(container: Json) -> str:
    """A container's newest and next version and the time of its last change; '' when it does not tell that time."""
    properties, system = container.get("properties"), container.get("systemData")
    changed = system.get("lastModifiedAt") if isinstance(system, dict) else None
    if not isinstance(properties, dict) or not isinstance(changed, str) or not changed:
        return ""
    versions = (properties.get(name) for name in ("latestVersion", "nextVersion"))
    return "|".join((*("" if version is None else str(version) for version in versions), changed))


def ended(body: Json) -> str:
    """How the job or run of this body ended; '' as long as it has not."""
    status = _status(body.get("runMetadata")) or _status(body.get("properties"))
    return status if status in ENDED else ""


def _status(part: Any) -> str:
    status = part.get("status") if isinstance(part, dict) else None
    return status if isinstance(status, str) else ""
