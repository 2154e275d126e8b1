"""What every body is made of: instants, who did it, errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.emulator.estate import Registry, Workspace

Json = dict[str, Any]


def instant(moment: datetime) -> str:
    """Seven fractional digits and an offset, as in `systemData` of assets and jobs."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}7+00:00"


def instant_z(moment: datetime) -> str:
    """Seven fractional digits and a Z, as in `systemData` of containers and workspaces."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}4Z"


def system_data(created: datetime, user: str, *, z: bool = False, modified: datetime | None = None) -> Json:
    write = instant_z if z else instant
    return {
        "createdAt": write(created),
        "createdBy": user,
        "createdByType": "User",
        "lastModifiedAt": write(modified or created),
        "lastModifiedBy": user,
        "lastModifiedByType": "User",
    }


def group(scope: Workspace | Registry) -> str:
    return f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}"


def error(code: str, message: str) -> Json:
    """An error in ARM's shape; run history uses the same two fields with more beside them."""
    return {"error": {"code": code, "message": message, "details": [], "additionalInfo": []}}


def run_error(run_id: str, location: str) -> Json:
    return {
        "error": {
            "code": "UserError",
            "severity": None,
            "message": f"Run runId={run_id} was not found",
            "messageFormat": "Run {runId} was not found",
            "messageParameters": {"runId": f"runId={run_id}"},
            "details": [],
            "innerError": {"code": "NotFoundError", "innerError": None},
        },
        "environment": location,
        "location": location,
        "componentName": "run-history",
        "statusCode": 404,
    }
