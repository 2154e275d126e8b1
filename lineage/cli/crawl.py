"""`lineage crawl`: read a workspace, or a recording of one, into the index."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from lineage import settings
from lineage.answers import scope_text
from lineage.cli.progress import reporter
from lineage.errors import Interrupted, InvalidOption
from lineage.graph import State
from lineage.ids import Kind
from lineage.ports import Generation, NodeFilter, Source, View
from lineage.sources.azureml.credentials import CHOICES
from lineage.sources.azureml.manners import CONCURRENCY, PATIENCE, Manners

_SHOWN: Final = 10
_LIMIT: Final = 10_000


@click.command(
    epilog="""\b
Examples:
  lineage crawl azureml://subscriptions/S/resourceGroups/G/workspaces/W
  lineage crawl azureml://subscriptions/S/resourceGroups/G/workspaces/W --credential cli --record nightly.jsonl.gz
  lineage crawl nightly.jsonl.gz --index audit.db
  MLFLOW_TRACKING_TOKEN=… lineage crawl mlflow+https://mlflow.contoso.com
  lineage crawl sample

\b
Exit codes: 0 published (gaps and all), 2 a bad option or recording, 4 the index, 5 the workspace could not be read,
6 the crawl lost more than half (see --accept-shrink), 75 try later: another process is publishing, or Azure asks to
wait longer than --patience, 130 stopped."""
)
@click.argument("target")
@click.option(
    "--credential",
    type=click.Choice(CHOICES),
    default="default",
    show_default=True,
    help="How to sign in: azure-identity's default chain, the account of `az login`, the identity of this machine, "
    "the service principal in $AZURE_TENANT_ID, $AZURE_CLIENT_ID and $AZURE_CLIENT_SECRET, or the token in "
    "$AZURE_ACCESS_TOKEN.",
)
@click.option(
    "--cloud",
    metavar="NAME|FILE",
    default="AzureCloud",
    envvar="AZUREML_CURRENT_CLOUD",
    show_default=True,
    show_envvar=True,
    help="AzureCloud, AzureUSGovernment, AzureChinaCloud, or a JSON file with the endpoints of another cloud.",
)
@click.option("--ca-bundle", metavar="FILE", help="Certificates (PEM) to trust instead of the system's.")
@click.option("--index", metavar="FILE", help="The index. Default: $LINEAGE_INDEX, else the user's data directory.")
@click.option("--record", metavar="FILE", help="Also write a redacted recording of the answers (.gz: compressed).")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long a read may be put off by throttling before the crawl stops and says when to try again.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=CONCURRENCY,
    show_default=True,
    metavar="N",
    help="Requests in flight at once. How fast they may go is learnt from what Azure answers.",
)
@click.option("--accept-shrink", is_flag=True, help="Publish even when more than half of what was known is gone.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object on standard output.")
def crawl(
    target: str,
    credential: str,
    cloud: str,
    ca_bundle: str | None,
    index: str | None,
    record: str | None,
    patience: float,
    concurrency: int,
    accept_shrink: bool,
    as_json: bool,
) -> None:
    """Read TARGET into the index and publish what it says as a new generation.

    TARGET is a workspace (azureml://subscriptions/S/resourceGroups/G/workspaces/W), a recording made with --record,
    an MLflow server (mlflow+https://HOST[:PORT][/ROOT], or a workspace's MLflow tracking URI), or the word `sample`
    for the recording that comes with this program. Azure and MLflow are only read.
    """
    from lineage import indexing
    from lineage.index import open_index

    sources = _sources(target, credential, cloud, ca_bundle, record, Manners(patience, concurrency))
    path = settings.index_path(index)
    store = open_index(path, create=True)
    try:
        with reporter() as report:
            for source in sources:
                generation = indexing.crawl(source, store, report, accept_shrink=accept_shrink)
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped; nothing was published, and what was published before stays in {path}", "run it again to go on"
        ) from None
    with store.view(generation.number) as view:
        summary = _summary(generation, view, path, record)
    if as_json:
        click.echo(msgspec.json.encode(summary))
    else:
        _print(summary, "" if index is None else f" --index {index}")


def _sources(
    target: str, credential: str, cloud: str, ca_bundle: str | None, record: str | None, manners: Manners
) -> tuple[Source, ...]:
    """The source that TARGET names, at least one; several for the sample. Raises InvalidOption, SourceInvalid."""
    from lineage.sources.recording import RecordingSource

    if target == "sample":
        from lineage import sample

        return tuple(RecordingSource(path) for path in sample.recording_paths())
    if Path(target).is_file():
        if record is not None:
            raise InvalidOption("a recording is not recorded again", "copy the file, or crawl the workspace itself")
        return (RecordingSource(Path(target)),)
    from lineage.sources.mlflow.address import is_target

    if is_target(target):
        if record is not None:
            raise InvalidOption("the answers of an MLflow server are not recorded", "crawl it without --record")
        from lineage.sources.mlflow.source import MlflowSource

        return (MlflowSource(target, ca_bundle),)
    if not target.lower().startswith(("azureml:", "/subscriptions/")):
        raise InvalidOption(
            f"the target {target!r} is neither a recording that exists nor a workspace",
            "write azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE, or a file's path",
        )
    from lineage.sources.azureml.source import AzureMLSource

    return (AzureMLSource(target, credential, cloud, ca_bundle, None if record is None else Path(record), manners),)


def _summary(generation: Generation, view: View, path: Path, record: str | None) -> dict[str, Any]:
    """What a crawl did, as `--json` prints it."""
    gaps = view.gaps(limit=_LIMIT)
    loose = view.loose(limit=_LIMIT)
    coverage = [scope for scope in view.coverage() if scope.scope == generation.root]
    kinds = {name.removeprefix("nodes."): n for name, n in generation.counts.items() if name.startswith("nodes.")}
    return {
        "generation": generation.number,
        "root": generation.root,
        "digest": generation.digest,
        "started": generation.started,
        "finished": generation.finished,
        "index": str(path),
        "recording": record,
        "complete": bool(coverage) and all(scope.complete for scope in coverage),
        "counts": {name: generation.counts.get(name, 0) for name in ("records", "nodes", "edges", "gaps", "loose")},
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
            asked.append(f"lineage {verb} {named}")
    return [*asked, "lineage status"]


def _print(summary: dict[str, Any], option: str) -> None:
    counts, kinds, gaps, loose = summary["counts"], summary["kinds"], summary["gaps"], summary["loose"]
    click.echo(f"generation {summary['generation']} of {summary['index']}")
    click.echo(f"  {summary['root']}{'' if summary['complete'] else ' (not complete)'}")
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
