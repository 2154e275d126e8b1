"""What every record is read by: which storage a datastore is, which workspace a GUID is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lineage import ids
from lineage.linking.bodies import obj, text
from lineage.linking.words import Known
from lineage.records import Record, RecordKind

_STORES: Final = {
    "azureblob": ("blob", "containerName"),
    "azuredatalakegen2": ("blob", "filesystem"),
    "azurefile": ("file", "fileShareName"),
}
"""Type of a datastore -> the storage service and the field that names its container."""


def known(records: Iterable[Record]) -> Known:
    """The facts in WORKSPACE and DATASTORE records; others are passed over.

    Two workspaces that claim one GUID cannot both have it: the one whose text comes first keeps it.
    """
    datastores: dict[str, str] = {}
    guids: dict[str, str] = {}
    for record in records:
        match record.kind:
            case RecordKind.WORKSPACE:
                guid = ids.fold(text(obj(record.body, "properties"), "workspaceId"))
                if guid:
                    guids[guid] = min(record.subject, guids.get(guid, record.subject))
            case RecordKind.DATASTORE:
                if storage := storage_of(record.body):
                    datastores[record.subject] = storage
    return Known(dict(sorted(datastores.items())), dict(sorted(guids.items())))


def storage_of(body: Any) -> str:
    """The container behind a datastore's ARM body, as a storage place; '' when it has none that we can name."""
    properties = obj(body, "properties")
    service, field = _STORES.get(text(properties, "datastoreType").lower(), ("", ""))
    account, container = text(properties, "accountName"), text(properties, field)
    if not (service and account and container) or "/" in account + container:
        return ""
    return ids.storage_path(account, service, text(properties, "endpoint") or "core.windows.net", container).text
