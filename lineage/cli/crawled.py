"""What a crawl did, for people and for programs."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from lineage.answers import scope_text
from lineage.cli.scopes import Failed
from lineage.graph import State
from lineage.ids import Kind
from lineage.ports import Generation, NodeFilter, View

_SHOWN: Final = 10
_LIMIT: Final = 10_000


def alone(generation: Generation, view: View, path: Path, record: str | None) -> dict[str, Any]:
    """What one crawl of one thing did, as `--json` prints it."""
    said = _crawl(generation, view)
    complete = said.pop("complete")
    return said | {"index": str(path), "recording": record, "complete": complete} | _state(view)


def several(published: Sequence[Generation], failed: Sequence[Failed], view: View, path: Path) -> dict[str, Any]:
    """What the crawls of several things did; `view` is of the last generation."""
    return {
        "failed": failures(failed),
        "crawled": [_crawl(generation, view) for generation in published],
        "index": str(path),
    } | _state(view)


def failures(failed: Sequence[Failed]) -> list[dict[str, str]]:
    """What was asked for and not crawled, and why."""
    return [
        {"what": it.what, "code": it.error.code, "message": str(it.error), "remedy": it.error.remedy} for it in failed
    ]


def _crawl(generation: Generation, view: View) -> dict[str, Any]:
    coverage = [scope for scope in view.coverage() if scope.scope == generation.root]
    return {
        "generation": generation.number,
        "root": generation.root,
        "digest": generation.digest,
        "started": generation.started,
        "finished": generation.finished,
        "complete": bool(coverage) and all(scope.complete for scope in coverage),
    }


def _state(view: View) -> dict[str, Any]:
    """What the index holds after it all."""
    gaps = view.gaps(limit=_LIMIT)
    loose = view.loose(limit=_LIMIT)
    counts = view.generation.counts
    kinds = {name.removeprefix("nodes."): n for name, n in counts.items() if name.startswith("nodes.")}
    return {
        "counts": {name: counts.get(name, 0) for name in ("records", "nodes", "edges", "gaps", "loose")},
        "kinds": dict(sorted(kinds.items())),
        "gaps": {
            "by_reason": dict(sorted(Counter(str(gap.reason) for gap in gaps).items())),
            "items": [msgspec.to_builtins(gap) for gap in gaps[:_SHOWN]],
        },
        "loose": {"by_reason": dict(sorted(Counter(str(end.reason) for end in loose).items()))},
        "ask": _questions(view),
    }


def _questions(view: View) -> list[str]:
    """Commands that this index has answers to."""
    asked = []
    for kind, verb in ((Kind.DEPLOYMENT, "trace"), (Kind.MODEL_VERSION, "trace"), (Kind.DATA_VERSION, "impact")):
        wanted = NodeFilter(kinds=(kind,), states=(State.LIVE,), scope=scope_text(view.generation.root))
        nodes = view.list_nodes(wanted, limit=_LIMIT)
        # Assets that the service names by itself are nobody's question.
        named = next((node.text for node in nodes if "/azureml_" not in node.text), None)
        if named is not None:
            asked.append(f"lineage {verb} {shlex.quote(named)}")
    return [*asked, "lineage status"]


def print_alone(summary: dict[str, Any], option: str) -> None:
    """One crawl, what it could not read before what it read; `option` finds the index again."""
    click.echo(f"generation {summary['generation']} of {summary['index']}")
    click.echo(f"  {_root(summary)}")
    _print_state(summary, option)


def print_several(summary: dict[str, Any], option: str) -> None:
    """Several crawls, those that failed before those that did not."""
    crawled = summary["crawled"]
    numbers = [it["generation"] for it in crawled]
    span = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    click.echo(f"generation{'s' if len(numbers) > 1 else ''} {span} of {summary['index']}")
    if summary["failed"]:
        click.echo(f"\ncould not be crawled: {len(summary['failed']):,}")
        for it in summary["failed"]:
            click.echo(f"  {it['what']}\n    {it['message']}\n    {it['remedy']}")
    click.echo(f"\ncrawled: {len(crawled):,}")
    for it in crawled:
        click.echo(f"  {it['generation']:>6}  {_root(it)}")
    _print_state(summary, option)


def _root(crawl: dict[str, Any]) -> str:
    return f"{crawl['root']}{'' if crawl['complete'] else ' (not complete)'}"


def _print_state(summary: dict[str, Any], option: str) -> None:
    counts, kinds, gaps, loose = summary["counts"], summary["kinds"], summary["gaps"], summary["loose"]
    if gaps["by_reason"]:
        click.echo(f"\ncould not be read: {counts['gaps']:,}")
        for gap in gaps["items"]:
            click.echo(f"  {gap['reason']}  {gap['subject']}\n    {gap['detail']}\n    {gap['remedy']}")
        if counts["gaps"] > len(gaps["items"]):
            click.echo(f"  and {counts['gaps'] - len(gaps['items']):,} more: {_words(gaps['by_reason'])}")
    if loose["by_reason"]:
        click.echo(f"\ncould not be followed: {counts['loose']:,}: {_words(loose['by_reason'])}")
    click.echo(f"\nread {counts['records']:,} records: {counts['nodes']:,} things, {counts['edges']:,} edges")
    for kind, number in kinds.items():
        click.echo(f"  {number:>9,} {kind}")
    click.echo("\nask next:")
    for question in summary["ask"]:
        click.echo(f"  {question}{option}")


def _words(by_reason: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in by_reason.items())
