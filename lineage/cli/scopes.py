"""What `lineage crawl` was asked for, as a list of things to crawl one by one.

Everything that can be checked without asking anybody is checked first, so that a slip ends the command before its
first request. Then subscriptions and tenants are listed; one that cannot be listed is a failure beside the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lineage.errors import InvalidOption, LineageError, SourceError, SourceUnreachable
from lineage.ports import Reporter, Source
from lineage.settings.file import DISCOVERED, How, Jobs, Kind, Wanted

if TYPE_CHECKING:
    from lineage.sources.azureml.discovery import Discovered, Found
    from lineage.sources.azureml.selection import Selection
    from lineage.sources.polite.manners import Manners

_SHOWN: Final = 5
SAMPLE: Final = "sample"


@dataclass(frozen=True)
class Scope:
    """One thing to crawl, published as a generation of its own.

    text: canonical text of a workspace, registry or server, or a recording's path. make: its sources, made when its
    turn has come. kind: what it is. detail: the service's word for a workspace, where a list told it. jobs: how those
    of a workspace are read.
    """

    text: str
    kind: Kind
    make: Callable[[], Sequence[Source]]
    detail: str = ""
    jobs: Jobs = "auto"


@dataclass(frozen=True)
class Failed:
    """Something that was asked for and not crawled."""

    what: str
    error: LineageError


@dataclass
class Scopes:
    """What there is to crawl, what could not be listed, and how many requests it took to know."""

    scopes: list[Scope] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    requests: int = 0


class Means:
    """Credentials and gates, one for all sources that share them: a token is asked for once, a limit learnt once."""

    def __init__(self) -> None:
        self._signed: dict[tuple[str, str], Any] = {}
        self._manners: dict[tuple[float, int], Manners] = {}

    def manners(self, how: How) -> Manners:
        """How the source behaves towards the service; all share their gates."""
        from lineage.sources.polite.gate import Gates
        from lineage.sources.polite.manners import Manners

        key = (how.patience, how.concurrency)
        if key not in self._manners:
            gates = next((it.gates for it in self._manners.values()), None) or Gates()
            self._manners[key] = Manners(how.patience, how.concurrency, gates)
        return self._manners[key]

    def credential(self, how: How) -> Any:
        """What signs in. Raises SourceUnauthorised."""
        from lineage.sources.azureml import clouds, credentials

        key = (how.credential, how.cloud)
        if key not in self._signed:
            self._signed[key] = credentials.credential(how.credential, clouds.load(how.cloud).authority)
        return self._signed[key]


def find(wanted: Sequence[Wanted], record: str | None, report: Reporter) -> Scopes:
    """What is to be crawled, each thing once. Raises InvalidOption for what cannot be meant."""
    means = Means()
    if record is not None and (len(wanted) != 1 or wanted[0].kind not in (Kind.WORKSPACE, Kind.REGISTRY)):
        raise InvalidOption(
            "--record writes down the crawl of one workspace or registry",
            "give one TARGET that is one; a recording is not recorded again, nor is an MLflow server",
        )
    asked: list[tuple[Wanted, Scope | Selection]] = [(one, _checked(one, means, record)) for one in wanted]
    result = Scopes()
    met: set[str] = set()
    for one, checked in asked:
        for scope in [checked] if isinstance(checked, Scope) else _discover(one, checked, means, report, result):
            if scope.text not in met:
                met.add(scope.text)
                result.scopes.append(scope)
    return result


def wanted(target: str, how: dict[str, Any]) -> Wanted:
    """The source that a TARGET of the command line names; `how` holds the fields of `How`. Raises InvalidOption."""
    text = target.strip()
    low = text.lower()
    if text == SAMPLE or Path(text).is_file():
        kind = Kind.RECORDING
    elif low.startswith("mlflow+") or (low.startswith("azureml:") and "/mlflow/" in low and _is_tracking(text)):
        kind = Kind.MLFLOW
    elif low.startswith("azureml://registries/"):
        kind = Kind.REGISTRY
    elif low.startswith(("azureml:", "/subscriptions/")):
        kind = Kind.WORKSPACE
    else:
        raise InvalidOption(
            f"the target {target!r} is neither a recording that exists nor a workspace",
            "write azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE, or a file's path",
        )
    return Wanted(kind=kind, target=text, **how)


def _is_tracking(text: str) -> bool:
    from lineage.sources.mlflow.address import is_target

    return is_target(text)


def _checked(one: Wanted, means: Means, record: str | None) -> Scope | Selection:
    """The thing itself, or which part of a list is meant. Raises InvalidOption, which names the line of the file."""
    try:
        if one.kind in DISCOVERED:
            from lineage.sources.azureml import clouds, discovery, selection

            clouds.load(one.cloud)
            if one.kind is Kind.SUBSCRIPTION:
                discovery.subscription(one.target)
            return selection.selection(one.include, one.exclude)
        return _named(one, means, record)
    except InvalidOption as error:
        if not one.where:
            raise
        raise InvalidOption(f"{one.where}: {error}", error.remedy) from error


def _named(one: Wanted, means: Means, record: str | None) -> Scope:
    match one.kind:
        case Kind.RECORDING:
            return Scope(one.target, one.kind, lambda: _recordings(one.target))
        case Kind.MLFLOW:
            from lineage.sources.mlflow.source import MlflowSource

            server = MlflowSource(one.target, one.ca_bundle or None, means.manners(one))
            return Scope(server.root, one.kind, lambda: [server])
        case Kind.REGISTRY if "/" not in one.target:
            return _azure(f"azureml://registries/{one.target.strip()}", one, means, record)
        case _:
            return _azure(one.target, one, means, record)


def _azure(target: str, how: Wanted, means: Means, record: str | None = None, detail: str = "") -> Scope:
    from lineage.sources.azureml.source import AzureMLSource

    written = None if record is None else Path(record)
    bundle = how.ca_bundle or None
    text = AzureMLSource(target, how.credential, how.cloud, bundle, written).root
    kind = Kind.REGISTRY if text.startswith("azureml://registries/") else Kind.WORKSPACE

    def make() -> list[Source]:
        signed = means.credential(how)
        return [AzureMLSource(target, signed, how.cloud, bundle, written, means.manners(how), how.jobs)]

    return Scope(text, kind, make, detail, how.jobs)


def _recordings(target: str) -> list[Source]:
    from lineage.sources.recording import RecordingSource

    if target == SAMPLE:
        from lineage import sample

        return [RecordingSource(path) for path in sample.recording_paths()]
    return [RecordingSource(Path(target))]


def _discover(one: Wanted, chosen: Selection, means: Means, report: Reporter, result: Scopes) -> Iterator[Scope]:
    from lineage.sources.azureml.discovery import Directory, subscription

    what = f"the subscription {one.target}" if one.kind is Kind.SUBSCRIPTION else "the tenant"
    directory = None
    try:
        directory = Directory(means.credential(one), one.cloud, one.ca_bundle or None, means.manners(one))
        if one.kind is Kind.SUBSCRIPTION:
            seen = directory.subscription(subscription(one.target), report)
        else:
            seen = directory.tenant(report)
        result.failed.extend(Failed(miss.what, miss.error) for miss in seen.missed)
        taken = _taken(what, seen, chosen, report)
    except (SourceError, InvalidOption) as error:
        result.failed.append(Failed(what, error))
        return
    finally:
        result.requests += directory.requests if directory else 0
    for found in taken:
        yield _azure(found.scope.text, one, means, detail=found.kind)


def _taken(what: str, seen: Discovered, chosen: Selection, report: Reporter) -> list[Found]:
    """What is crawled of what was found. Raises SourceUnreachable, InvalidOption when that is nothing."""
    if not seen.found and not seen.missed:
        raise SourceUnreachable(
            f"{what} holds no workspace and no registry that this credential sees",
            "check that it is the right one, and grant Reader on what is hidden: az role assignment create "
            "--role Reader --assignee ID --scope /subscriptions/SUBSCRIPTION",
        )
    taken = chosen.of(seen.found)
    if seen.found and not taken:
        there = [f"{it.resource_group}/{it.name}" for it in seen.found]
        more = f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else ""
        raise InvalidOption(
            f"of what {what} holds, the patterns leave nothing to crawl",
            f"change --include or --exclude; there are {', '.join(there[:_SHOWN])}{more}",
        )
    for pattern in chosen.idle(seen.found):
        report.note(f"the pattern {pattern!r} names nothing in {what}")
    return taken
