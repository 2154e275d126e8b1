"""An answer that is none: a Gap with its remedy, or the end of the crawl."""

from __future__ import annotations

from typing import Final

from lineage.errors import SourceError, SourceForbidden, SourceUnauthorised, SourceUnreachable
from lineage.records import Gap, GapReason, RecordKind
from lineage.sources.mlflow.address import Address

SIGN_IN: Final = (
    "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD; for an Azure ML workspace: "
    "export MLFLOW_TRACKING_TOKEN=$(az account get-access-token --query accessToken -o tsv)"
)
UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_GRANT: Final = "ask the server's administrator for READ on it"
_GRANT_AZURE: Final = "grant the role Reader, or AzureML Data Scientist, in the workspace"
_REMEDIES: Final = {
    GapReason.UNAUTHORISED: SIGN_IN,
    GapReason.NOT_FOUND: "nothing to do: it has been deleted, or never was; what names it is kept",
    GapReason.THROTTLED: "crawl again later",
    GapReason.UNREACHABLE: "check that this machine reaches the server, then crawl again",
    GapReason.UNPARSABLE: "crawl again; if it stays, look at it in the server's own pages",
    GapReason.HOST_REFUSED: "name the server by the address that answers itself; redirects are not followed",
    GapReason.TOO_LARGE: "look at it in the server's own pages",
    GapReason.LOOP: "crawl again; if it stays, report it to the server's administrator",
}
_BY_STATUS: Final = {
    401: GapReason.UNAUTHORISED,
    403: GapReason.FORBIDDEN,
    404: GapReason.NOT_FOUND,
    410: GapReason.NOT_FOUND,
    429: GapReason.THROTTLED,
}


class Refused(Exception):
    """The server gave no answer that is one. detail: redacted. status: 0 when there was no answer."""

    def __init__(self, reason: GapReason, detail: str, status: int = 0) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status


def reason_of(status: int) -> GapReason:
    """What an HTTP status means; 0 is no answer at all."""
    if 300 <= status < 400:
        return GapReason.HOST_REFUSED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return GapReason.UNREACHABLE if status == 0 or status >= 500 else GapReason.UNPARSABLE


def gap(subject: str, kind: RecordKind, at: Address, why: Refused) -> Gap:
    """Why that could not be read."""
    remedy = _REMEDIES.get(why.reason) or (_GRANT_AZURE if at.scope.text != at.root else _GRANT)
    return Gap(subject, kind, at.root, why.reason, why.detail, remedy, why.status or None)


def fatal(at: Address, why: Refused) -> SourceError:
    """The error that ends a crawl whose server could not be read at all."""
    what = f"the MLflow server {at.url}"
    match why.reason:
        case GapReason.UNAUTHORISED:
            return SourceUnauthorised(f"{what} refused the credential, or had none: {why.detail}", SIGN_IN)
        case GapReason.FORBIDDEN:
            remedy = _GRANT_AZURE if at.scope.text != at.root else _GRANT
            return SourceForbidden(f"{what} may not be read with this credential: {why.detail}", remedy)
        case GapReason.NOT_FOUND | GapReason.UNPARSABLE:
            return no_server(at, why.detail)
        case GapReason.HOST_REFUSED:
            return SourceUnreachable(f"{what} answers with a redirect: {why.detail}", _REMEDIES[why.reason])
    if UNTRUSTED in why.detail:
        remedy = "give the certificates to trust with --ca-bundle FILE, or in MLFLOW_TRACKING_SERVER_CERT_PATH"
    else:
        remedy = _REMEDIES[why.reason]
    return SourceUnreachable(f"{what} could not be reached: {why.detail}", remedy)


def no_server(at: Address, detail: str) -> SourceError:
    """Something answers there that is no MLflow server."""
    return SourceUnreachable(
        f"what answers at {at.url} is not an MLflow server: {detail}",
        "check host and port, and the path that the server is served under: mlflow+https://HOST[:PORT][/ROOT]",
    )
