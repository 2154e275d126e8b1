"""What a crawl would read, and about how many requests that takes: `lineage crawl --plan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from lineage import ids
from lineage.cli.crawled import failures
from lineage.cli.scopes import Scope, Scopes
from lineage.errors import UnknownReference
from lineage.ids import Registry, Workspace
from lineage.ports import NodeFilter, View
from lineage.sources.azureml.estimate import ASSUMPTIONS, NAMED, Estimate, estimate

_REFILL: Final = 25
"""Reads a second that the resource manager allows a principal in a subscription, once its 250 at once are used."""


def plan(found: Scopes, path: Path) -> dict[str, Any]:
    """The plan, as `--json` prints it. Asks nobody; what an index at `path` holds is counted in."""
    with ExitStack() as stack:
        view = _view(path, stack)
        coverage = view.coverage() if view else []
        listings = [listing for scope in coverage for listing in scope.listings]
        gaps = {scope.scope: scope.gaps for scope in coverage}
        scopes = []
        for scope in found.scopes:
            there = ids.scope_of(scope.text)
            if not isinstance(there, Workspace | Registry):
                scopes.append(_plain(scope))
                continue
            text = there.text
            price = estimate(there, listings, _things(view, text), gaps.get(text, 0), scope.detail, scope.jobs)
            scopes.append(_said(scope, price))
        return {
            "failed": failures(found.failed),
            "scopes": scopes,
            "requests": sum(it["requests"] or 0 for it in scopes),
            "unchanged": sum(it["unchanged"] or 0 for it in scopes),
            "discovery": found.requests,
            "index": str(path) if view else None,
            "assumptions": list(ASSUMPTIONS),
        }


def _view(path: Path, stack: ExitStack) -> View | None:
    from lineage.index import open_index

    if not path.exists():
        return None
    try:
        return stack.enter_context(open_index(path).view())
    except UnknownReference:
        return None


def _things(view: View | None, scope: str) -> dict[ids.Kind, int]:
    if view is None:
        return {}
    return {kind: view.count_nodes(NodeFilter(kinds=(kind,), scope=scope)) for kind in NAMED}


def _said(scope: Scope, price: Estimate) -> dict[str, Any]:
    return {
        "scope": price.scope,
        "kind": str(scope.kind),
        "known": price.known,
        "requests": price.requests,
        "unchanged": price.unchanged,
        "lines": [msgspec.to_builtins(line) for line in price.lines],
    }


def _plain(scope: Scope) -> dict[str, Any]:
    """A recording asks nobody; what an MLflow server is asked is not known before."""
    asks = None if str(scope.kind) == "mlflow" else 0
    return {
        "scope": scope.text,
        "kind": str(scope.kind),
        "known": asks == 0,
        "requests": asks,
        "unchanged": asks,
        "lines": [],
    }


def print_plan(said: dict[str, Any]) -> None:
    """The plan as a table."""
    if said["failed"]:
        click.echo(f"could not be listed: {len(said['failed']):,}")
        for it in said["failed"]:
            click.echo(f"  {it['what']}\n    {it['message']}\n    {it['remedy']}")
        click.echo("")
    scopes: Sequence[dict[str, Any]] = said["scopes"]
    click.echo("  requests  unchanged")
    for it in scopes:
        told = "" if it["known"] else "  (never crawled: at least)"
        told = "  (not known before)" if it["requests"] is None else told
        click.echo(f"{_number(it['requests'])} {_number(it['unchanged'])}  {it['scope']}{told}")
    click.echo(f"{_number(said['requests'])} {_number(said['unchanged'])}  in all, of {len(scopes):,}")
    kinds: Counter[str] = Counter()
    things: Counter[str] = Counter()
    for it in scopes:
        for line in it["lines"]:
            kinds[line["kind"]] += line["requests"]
            things[line["kind"]] += line["things"] or 0
    if kinds:
        click.echo("\n  requests     things  kind")
    for kind, number in kinds.items():
        click.echo(f"{_number(number)} {(f'{things[kind]:>10,}' if things[kind] else ' ' * 10)}  {kind}")
    click.echo(
        f"\n{_span(said['requests'] / _REFILL)} at the {_REFILL} reads a second that Azure refills for one reader"
    )
    held = f"what {said['index']} holds" if said["index"] else "nothing: there is no index yet"
    click.echo(f"counted from {held}; {said['discovery']:,} requests were asked for this plan")
    for assumption in said["assumptions"]:
        click.echo(f"  {assumption}")


def _number(value: int | None) -> str:
    return f"{'?' if value is None else format(value, ','):>10}"


def _span(seconds: float) -> str:
    return f"about {seconds:,.0f} s" if seconds < 120 else f"about {seconds / 60:,.0f} min"
