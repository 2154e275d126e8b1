"""Which workspaces and registries an identity sees, in a subscription or in all of its tenant.

    GET subscriptions                                             those of the tenant
    GET subscriptions/S/providers/…/workspaces, …/registries      those of a subscription

A subscription that cannot be listed costs itself only: it is said beside what was found.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

import msgspec

from lineage import ids
from lineage.errors import InvalidOption, SourceError, SourceForbidden, SourceUnauthorised, SourceUnreachable
from lineage.ids import Registry, Workspace
from lineage.ports import Reporter
from lineage.sources.azureml import clouds, credentials
from lineage.sources.azureml.faults import said
from lineage.sources.azureml.service import CALLS, PROVIDER
from lineage.sources.azureml.wire import Reply, Request, Transport
from lineage.sources.polite.manners import Manners
from lineage.sources.polite.workers import Workers

_WORKERS: Final = 4
_MAX_PAGES: Final = 10_000
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ID: Final = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.MachineLearningServices"
    r"/(workspaces|registries)/([^/]+)/?",
    re.IGNORECASE,
)


class Found(msgspec.Struct, frozen=True):
    """A workspace or registry that was discovered. kind: the service's word (`Default`, `Hub`, …), '' for none."""

    scope: Workspace | Registry
    subscription: str
    resource_group: str
    name: str
    location: str = ""
    kind: str = ""


class Missed(msgspec.Struct, frozen=True):
    """What a discovery could not list, and why."""

    what: str
    error: SourceError


class Discovered(msgspec.Struct, frozen=True):
    """What was found, by subscription, group and name; what could not be listed; where was looked."""

    found: tuple[Found, ...]
    missed: tuple[Missed, ...] = ()
    subscriptions: tuple[str, ...] = ()


def subscription(text: str) -> str:
    """The subscription's id, folded; also from its resource id. Raises InvalidOption."""
    name = text.strip().removeprefix("azureml:/").removeprefix("/subscriptions/").strip("/")
    if _GUID.fullmatch(name) is None:
        raise InvalidOption(
            f"{text!r} is not the id of a subscription",
            "give its GUID, such as 5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981; `az account list --output table` shows them",
        )
    return ids.fold(name)


class Directory:
    """What an identity sees in a cloud. Making one loads nothing; `subscription` and `tenant` load the SDK.

    credential: a choice of `credentials.CHOICES`, or an object with azure-core's `get_token`.
    cloud, ca_bundle, manners: as in `AzureMLSource`. requests: how many were asked so far.
    """

    def __init__(
        self,
        credential: Any = "default",
        cloud: str = clouds.DEFAULT,
        ca_bundle: str | None = None,
        manners: Manners | None = None,
    ) -> None:
        self._credential = credential
        self._cloud = clouds.load(cloud)
        self._ca_bundle = ca_bundle
        self._manners = manners or Manners()
        self.requests = 0

    def subscription(self, name: str, report: Reporter) -> Discovered:
        """What is in one subscription. Raises a SourceError when none of it can be listed."""
        return self._with(name, report, lambda listing: listing.subscription(name, report))

    def tenant(self, report: Reporter) -> Discovered:
        """What is in every subscription. Raises a SourceError when they cannot be listed, or none can be read."""
        return self._with("00000000-0000-0000-0000-000000000000", report, lambda listing: listing.tenant(report))

    def _with(self, name: str, report: Reporter, ask: Callable[[Listings], Discovered]) -> Discovered:
        from lineage.sources.azureml.client import SdkTransport

        signed = credentials.signed(self._credential, self._cloud.authority)
        # The SDK's client is made for a workspace; nothing of it is asked here.
        nowhere = ids.workspace(name, "none", "none")
        transport = SdkTransport(
            *(nowhere, self._cloud, signed, signed.remedy, self._ca_bundle),
            replace(self._manners, tell=report.note),
            credentials.principal(self._credential),
        )
        listings = Listings(transport, self._cloud.manager, signed.remedy)
        try:
            return ask(listings)
        finally:
            self.requests += listings.requests
            transport.close()


class Listings:
    """The lists of the resource manager at `manager`, over any transport. `remedy` is the credential's.

    requests: how many were asked.
    """

    def __init__(self, transport: Transport, manager: str, remedy: str = "") -> None:
        self.requests = 0
        self._lock = threading.Lock()
        self._send = transport.send
        self._manager = manager
        self._remedy = remedy

    def subscription(self, name: str, report: Reporter) -> Discovered:
        """As `Directory.subscription`."""
        return self._in((ids.fold(name),), report)

    def tenant(self, report: Reporter) -> Discovered:
        """As `Directory.tenant`."""
        items, error = self._list("subscriptions", "subscriptions", "the subscriptions of this credential")
        if error is not None:
            raise error
        seen = sorted({ids.fold(item["subscriptionId"]) for item in items if _is_open(item)})
        if not seen:
            raise SourceUnreachable(
                "this credential sees no subscription",
                "grant it Reader on the subscriptions to crawl: az role assignment create --role Reader --assignee ID "
                "--scope /subscriptions/SUBSCRIPTION",
            )
        return self._in(tuple(seen), report)

    def _in(self, subscriptions: tuple[str, ...], report: Reporter) -> Discovered:
        questions = [(name, collection) for name in subscriptions for collection in ("workspaces", "registries")]
        workers = Workers(min(_WORKERS, len(questions)), self._ask)
        found: list[Found] = []
        missed: list[Missed] = []
        try:
            for number, (things, miss) in enumerate(workers.answers(questions), start=1):
                found.extend(things)
                missed.extend(miss)
                report.progress("discovery", number, len(questions))
        finally:
            workers.stop()
        if not found and len(missed) == len(questions):
            raise missed[0].error
        found.sort(key=lambda it: (it.subscription, it.resource_group, it.name, it.scope.text))
        return Discovered(tuple(found), tuple(_once(missed)), subscriptions)

    def _ask(self, question: tuple[str, str]) -> tuple[list[Found], list[Missed]]:
        """Runs in a thread."""
        name, collection = question
        what = f"the {collection} of subscription {name}"
        path = f"subscriptions/{quote(name, safe='')}/providers/{PROVIDER}/{collection}"
        items, error = self._list(path, f"subscription/{collection}", what, name)
        return [it for it in map(_found, items) if it], [Missed(what, error)] if error else []

    def _list(self, path: str, call: str, what: str, name: str = "") -> tuple[list[Any], SourceError | None]:
        """The items of a list, and why it ends before its end."""
        first = Request("GET", f"{self._manager}{path}?api-version={CALLS[call].version}")
        items: list[Any] = []
        for reply in self._pages(first):
            page = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
            if not isinstance(page, list):
                return items, None if _is_unregistered(reply) else self._error(reply, what, name, call)
            items.extend(item for item in page if isinstance(item, dict))
        return items, None

    def _pages(self, request: Request) -> Iterator[Reply]:
        followed: set[str] = set()
        for page in range(2, _MAX_PAGES):
            reply = self._send(request)
            with self._lock:
                self.requests += 1
            yield reply
            if not reply.ok or not reply.next:
                return
            if reply.next in followed:
                break
            followed.add(reply.next)
            request = Request("GET", request.url, None, page, reply.next)
        yield Reply(0, detail="its pages lead back to an earlier one")

    def _error(self, reply: Reply, what: str, name: str, call: str) -> SourceError:
        words = said(reply)
        if reply.status == 401:
            return SourceUnauthorised(f"{what} were refused to this token: {words}", self._remedy)
        if reply.status == 403:
            scope = f"/subscriptions/{name or 'SUBSCRIPTION'}"
            return SourceForbidden(
                f"{what} may not be listed with this credential: {words}",
                f"grant {CALLS[call].permission}: az role assignment create --role Reader --assignee ID --scope {scope}"
                "; or name the workspaces to crawl one by one",
            )
        if reply.status == 404:
            return SourceUnreachable(
                f"there is no subscription {name} that this credential sees: {words}",
                "check the id and the tenant that is signed in: az account list --all --output table",
            )
        if reply.status == 429:
            return SourceUnreachable(f"{what} are throttled: {words}", "crawl again later")
        return SourceUnreachable(
            f"{what} could not be listed: {words}",
            "check that this machine reaches the resource manager (proxy, firewall, --ca-bundle), then crawl again",
        )


def _once(missed: Iterable[Missed]) -> Iterator[Missed]:
    """One miss for each reason: a subscription that is closed is closed for both of its lists."""
    said: set[str] = set()
    for miss in missed:
        about = miss.what.rsplit(" ", 1)[-1] + type(miss.error).__name__
        if about not in said:
            said.add(about)
            yield miss


def _is_open(item: dict[str, Any]) -> bool:
    """Whether a subscription can be read: one that is disabled still can, one that is deleted cannot."""
    return isinstance(item.get("subscriptionId"), str) and str(item.get("state", "")).lower() != "deleted"


def _is_unregistered(reply: Reply) -> bool:
    """Whether a subscription says that it never used Azure Machine Learning: then nothing of it is there."""
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    return isinstance(error, dict) and error.get("code") == "MissingSubscriptionRegistration"


def _found(item: dict[str, Any]) -> Found | None:
    arm = item.get("id")
    names = _ID.fullmatch(arm) if isinstance(arm, str) else None
    if names is None:
        return None
    sub, group, collection, name = map(ids.fold, names.groups())
    scope = ids.registry(name) if collection == "registries" else ids.workspace(sub, group, name)
    location, kind = (text if isinstance(text, str) else "" for text in (item.get("location"), item.get("kind")))
    return Found(scope, sub, group, name, location, kind)
