"""An answer that is none: a Gap with its remedy, or the end of the crawl.

For one thing or one listing it is a Gap and the crawl goes on; for the
workspace itself it is a SourceError, because then nothing can be read.
"""

from __future__ import annotations

from typing import Any, Final

from lineage.errors import SourceError, SourceForbidden, SourceUnauthorised, SourceUnreachable
from lineage.ids import LocatedWorkspace, Registry, Scope, Workspace
from lineage.records import Gap, GapReason, RecordKind
from lineage.sources.azureml.service import permission
from lineage.sources.azureml.wire import Reply

_BY_STATUS: Final = {
    401: GapReason.UNAUTHORISED,
    403: GapReason.FORBIDDEN,
    404: GapReason.NOT_FOUND,
    410: GapReason.NOT_FOUND,
    429: GapReason.THROTTLED,
}

_REMEDIES: Final = {
    GapReason.UNAUTHORISED: "sign in again and crawl again",
    GapReason.NOT_FOUND: "nothing to do: it has been deleted, or never was; what names it is kept",
    GapReason.THROTTLED: "crawl again later, or when fewer programs read this subscription",
    GapReason.UNREACHABLE: "check that this machine reaches the host (proxy, private endpoint), then crawl again",
    GapReason.UNPARSABLE: "crawl again; if it stays, look at the resource in the studio",
    GapReason.UNKNOWN_KIND: "update this program",
    GapReason.HOST_REFUSED: "if the host belongs to your cloud, describe the cloud with --cloud metadata.json",
    GapReason.LOOP: "crawl again; if it stays, report it to the service with the listing's name",
    GapReason.TOO_LARGE: "look at the resource in the studio",
}


def gap(subject: str, kind: RecordKind, scope: Scope, reply: Reply, call: str) -> Gap:
    """Why that could not be read. `call` is the row of `service.CALLS` that was asked."""
    reason = reply.failure or _BY_STATUS.get(reply.status)
    if reason is None:
        reason = GapReason.UNREACHABLE if reply.status >= 500 else GapReason.UNPARSABLE
    detail = reply.detail or f"HTTP {reply.status}{_words(reply.body)}"
    remedy = grant(scope, call) if reason is GapReason.FORBIDDEN else _remedy(reason, detail)
    return Gap(subject, kind, scope.text, reason, detail, remedy, reply.status or None)


def grant(scope: Scope, call: str) -> str:
    """The command that grants what a call needs."""
    action = permission(call)
    match scope:
        case Workspace(subscription, group, name):
            where = (
                f"/subscriptions/{subscription}/resourceGroups/{group}"
                f"/providers/Microsoft.MachineLearningServices/workspaces/{name}"
            )
            return f"grant {action}: az role assignment create --role Reader --assignee ID --scope {where}"
        case Registry(name):
            return f"grant {action} in the registry {name}, for example with the role AzureML Registry User"
        case LocatedWorkspace(location, guid):
            return f"grant {action} in the workspace with the id {guid} in {location}"
        case _:
            return f"grant {action} in {scope.text}"


def fatal(scope: Workspace | Registry, reply: Reply, remedy: str) -> SourceError:
    """The error that ends a crawl whose root itself could not be read. `remedy` is the credential's."""
    match scope:
        case Workspace(subscription, group, name):
            what = f"the workspace {name} in resource group {group}"
            where = f" (subscription {subscription})"
            check = "the three names of the target, and that this credential sees the subscription: az account list"
            call = "workspace"
        case Registry(name):
            what, where, call = f"the registry {name}", "", "registry"
            check = "its name, and that this credential sees it: az ml registry list"
    said = reply.detail or f"HTTP {reply.status}{_words(reply.body)}"
    if reply.status == 401:
        return SourceUnauthorised(f"{what} refused the token: {said}", remedy)
    if reply.status == 403:
        return SourceForbidden(f"{what} may not be read with this credential: {said}", grant(scope, call))
    if reply.status == 404:
        return SourceUnreachable(f"there is no {what.removeprefix('the ')}{where}: {said}", f"check {check}")
    if reply.status == 429:
        return SourceUnreachable(f"{what} is throttled: {said}", _REMEDIES[GapReason.THROTTLED])
    reason = reply.failure or GapReason.UNREACHABLE
    return SourceUnreachable(f"{what} could not be reached: {said}", _remedy(reason, said))


def said(reply: Reply) -> str:
    """What an answer that is none says, in one line."""
    return reply.detail or f"HTTP {reply.status}{_words(reply.body)}"


def _remedy(reason: GapReason, detail: str) -> str:
    if reason is GapReason.UNREACHABLE and "CERTIFICATE_VERIFY_FAILED" in detail:
        return "if the network replaces certificates, give the ones to trust with --ca-bundle FILE"
    return _REMEDIES[reason]


def _words(body: Any) -> str:
    """The service's own code and first sentence, from the shapes that its errors have."""
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ""
    code, message = error.get("code"), error.get("message")
    text = str(message).strip().splitlines()[0] if message and str(message).strip() else ""
    text = text if len(text) <= 400 else text[:400] + "…"
    return "".join(f" {part}" for part in (f"{code}:" if code and text else code, text) if part)
