"""`lineage crawl`: read workspaces, registries, MLflow servers, or recordings of them, into the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource

from lineage import errors, settings
from lineage.cli import crawled
from lineage.cli.progress import reporter
from lineage.cli.scopes import Failed, Scope, find, wanted
from lineage.cli.stopping import Terminated, in_order
from lineage.errors import IndexBusy, InvalidOption, ShrinkRefused, SourceError
from lineage.ports import Generation, Index
from lineage.settings.file import CREDENTIALS, DISCOVERED, EXAMPLE, JOBS, Kind, Settings, Wanted, read

_HOW: Final = ("credential", "cloud", "ca_bundle", "patience", "concurrency", "jobs")
PARTLY: Final = 8
"""Exit code of a crawl of several things of which some could be read and others not."""


@click.command(
    epilog="""\b
Examples:
  lineage crawl azureml://subscriptions/S/resourceGroups/G/workspaces/W
  lineage crawl azureml://subscriptions/S/resourceGroups/G/workspaces/W --credential cli --record nightly.jsonl.gz
  lineage crawl --subscription S --include 'mlw-*' --exclude 'rg-test/*'
  lineage crawl --tenant --credential managed-identity --plan
  lineage crawl --registry contoso-models --registry azureml
  MLFLOW_TRACKING_TOKEN=… lineage crawl mlflow+https://mlflow.contoso.com
  lineage crawl nightly.jsonl.gz --index audit.db
  lineage crawl sample
  lineage crawl                                    (does what lineage.toml here says)

\b
A pattern is NAME, GROUP/NAME or SUBSCRIPTION/GROUP/NAME with *, ? and […]; case means nothing.

\b
Exit codes: 0 published (gaps and all), 2 a bad option, lineage.toml or recording, 4 the index, 5 nothing could be
read, 6 a crawl lost more than half (see --accept-shrink), 8 of several sources some were published and others
failed, 75 try later: another process is publishing, or Azure asks to wait longer than --patience,
130 stopped (143 by SIGTERM)."""
)
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--subscription", "subscriptions", metavar="S", multiple=True, help="Every workspace and registry in it.")
@click.option("--tenant", is_flag=True, help="Every workspace and registry that the credential sees.")
@click.option("--registry", "registries", metavar="R", multiple=True, help="A registry by its name.")
@click.option("--include", metavar="PATTERN", multiple=True, help="Of a subscription or tenant, only these.")
@click.option("--exclude", metavar="PATTERN", multiple=True, help="Of a subscription or tenant, all but these.")
@click.option("--config", metavar="FILE", help="Sources to crawl. Default: lineage.toml here, if nothing is named.")
@click.option(
    "--plan", is_flag=True, help="Say what would be read and about how many requests that takes; read nothing."
)
@click.option(
    "--credential",
    type=click.Choice(CREDENTIALS),
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
@click.option(
    "--index", metavar="FILE", help="The index. Default: $LINEAGE_INDEX, lineage.toml, else the user's data directory."
)
@click.option("--record", metavar="FILE", help="Also write a redacted recording of the answers (.gz: compressed).")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a read may be put off by throttling before the crawl stops and says when to try again.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    metavar="N",
    help="Requests in flight at once. How fast they may go is learnt from what Azure answers.",
)
@click.option(
    "--jobs",
    type=click.Choice(JOBS),
    default="auto",
    show_default=True,
    help="List all jobs, or get those that a model, data or another job names: cheaper where few of many are wanted, "
    "and the crawl says that it is not complete. auto lists up to 250 pages (12,500 jobs) always, and of longer lists "
    "takes the cheaper way; with --full or --record it lists.",
)
@click.option(
    "--full",
    is_flag=True,
    help="Read everything again. Only so is seen that an older version of an asset was archived or deleted while its "
    "container stayed as it was.",
)
@click.option("--fresh", is_flag=True, help="Do not go on where an interrupted crawl stopped: begin again.")
@click.option("--accept-shrink", is_flag=True, help="Publish even when more than half of what was known is gone.")
@click.option(
    "--json", "as_json", is_flag=True, help="The summary, or the plan, as one JSON object on standard output."
)
@click.pass_context
def crawl(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    subscriptions: tuple[str, ...],
    tenant: bool,
    registries: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    config: str | None,
    plan: bool,
    index: str | None,
    record: str | None,
    full: bool,
    fresh: bool,
    accept_shrink: bool,
    as_json: bool,
    **how: Any,
) -> int:
    """Read each TARGET into the index and publish what it says as a new generation.

    A TARGET is a workspace (azureml://subscriptions/S/resourceGroups/G/workspaces/W), a registry
    (azureml://registries/R), a recording made with --record, an MLflow server (mlflow+https://HOST[:PORT][/ROOT], or
    a workspace's MLflow tracking URI), or the word `sample` for the recording that comes with this program. Without
    any, lineage.toml says what is crawled. Azure and MLflow are only read.

    Each is published by itself: one that cannot be read does not keep the others from being read.
    """
    how["ca_bundle"] = how["ca_bundle"] or ""
    discovered = [*(Wanted(kind=Kind.SUBSCRIPTION, target=name, **how) for name in subscriptions)]
    discovered += [Wanted(kind=Kind.TENANT, **how)] if tenant else []
    named = [wanted(target, how) for target in targets]
    named += [Wanted(kind=Kind.REGISTRY, target=name, **how) for name in registries]
    if (include or exclude) and not discovered:
        raise InvalidOption(
            "--include and --exclude choose among what a subscription or a tenant holds, and neither is named",
            "add --subscription S or --tenant; in lineage.toml each source has patterns of its own",
        )
    sources = [msgspec.structs.replace(one, include=include, exclude=exclude) for one in discovered] + named
    if sources and config is not None:
        raise InvalidOption(
            "--config and the other arguments both say what to crawl", "give either the file or the sources"
        )
    finds = "" if index is None else f" --index {index}"
    if not sources:
        file = _file(config)
        # A file that is not here is not found again by the commands that are shown.
        finds = finds or (f" --index {file.index}" if file.index and config is not None else "")
        index = index or file.index or None
        sources = [_changed(one, context, how) for one in file.sources]
        click.echo(f"crawling what {config or settings.FILE} says: {len(sources):,} sources", err=True)
    if full:
        sources = [msgspec.structs.replace(one, jobs="list") if one.jobs == "auto" else one for one in sources]
    path = settings.index_path(index)
    with reporter() as report:
        found = find(sources, record, report)
    if plan:
        from lineage.cli import planned

        said = planned.plan(found, path)
        if as_json:
            click.echo(msgspec.json.encode(said))
        else:
            planned.print_plan(said)
        return _code(len(found.scopes), found.failed)
    if len(found.failed) == 1 and not found.scopes:
        raise found.failed[0].error
    alone = len(sources) == 1 and sources[0].kind not in DISCOVERED and not sources[0].where
    terms = {"full": full, "fresh": fresh, "accept_shrink": accept_shrink}
    published, failed = _crawl(found.scopes, found.failed, path, terms, alone)
    if not published:
        _print_failures(failed, as_json)
        return _code(0, failed)
    _print(published, failed, path, record if alone else None, as_json, alone, finds)
    return _code(len(published), failed)


def _crawl(
    scopes: Sequence[Scope], failed: Sequence[Failed], path: Path, terms: dict[str, Any], alone: bool
) -> tuple[list[Generation], list[Failed]]:
    """What was published, and what could not be. Raises what kept the only scope from being crawled.

    terms: what `indexing.crawl` is told beside the source. alone: the user named one thing.
    """
    from lineage.index import open_index

    published: list[Generation] = []
    missed = list(failed)
    store = open_index(path, create=True)
    for number, scope in enumerate(scopes, start=1):
        try:
            title = "" if alone else f"{number} of {len(scopes)}: {scope.text}"
            with in_order():
                published.append(_publish(scope, title, store, terms))
        except KeyboardInterrupt as stop:
            kind = errors.Terminated if isinstance(stop, Terminated) else errors.Interrupted
            done = f"{len(published):,} of {len(scopes):,} were published" if published else "nothing was published"
            raise kind(
                f"stopped; {done}, and what was published before stays in {path}",
                "run it again to go on: what has been read is not read again",
            ) from None
        except (SourceError, ShrinkRefused, IndexBusy) as error:
            if len(scopes) == 1 and not missed:
                raise
            missed.append(Failed(scope.text, error))
    return published, missed


def _publish(scope: Scope, title: str, store: Index, terms: dict[str, Any]) -> Generation:
    """The generation that came of the scope; the last one where it is several sources."""
    from lineage import indexing

    with reporter() as report:
        if title:
            report.note(title)
        generations = [indexing.crawl(it, store, report, **terms) for it in scope.make()]
    return generations[-1]


def _file(config: str | None) -> Settings:
    """What `--config` or the file here says. Raises InvalidOption when nothing says what to crawl."""
    if config is None and not Path(settings.FILE).is_file():
        raise InvalidOption(
            f"nothing to crawl: no TARGET is named, and there is no {settings.FILE} here",
            f"name a workspace (see lineage crawl --help), or write what is to be crawled into {settings.FILE}:\n\n"
            + EXAMPLE,
        )
    return read(Path(config or settings.FILE))


def _changed(one: Wanted, context: click.Context, how: dict[str, Any]) -> Wanted:
    """The source of a file, with what the command line says otherwise."""
    said = {name: how[name] for name in _HOW if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if context.get_parameter_source("cloud") is ParameterSource.ENVIRONMENT and one.cloud == "AzureCloud":
        said["cloud"] = how["cloud"]
    return msgspec.structs.replace(one, **said)


def _print(
    published: Sequence[Generation],
    failed: Sequence[Failed],
    path: Path,
    record: str | None,
    as_json: bool,
    alone: bool,
    finds: str,
) -> None:
    from lineage.index import open_index

    with open_index(path).view(published[-1].number) as view:
        if alone:
            summary = crawled.alone(published[-1], view, path, record)
        else:
            summary = crawled.several(published, failed, view, path)
    if as_json:
        click.echo(msgspec.json.encode(summary))
    elif alone:
        crawled.print_alone(summary, finds)
    else:
        crawled.print_several(summary, finds)


def _print_failures(failed: Sequence[Failed], as_json: bool) -> None:
    """Why nothing was crawled."""
    if as_json:
        said = {"failed": crawled.failures(failed), "crawled": []}
        click.echo(msgspec.json.encode(said))
        return
    click.echo(f"lineage: none of {len(failed):,} sources could be crawled", err=True)
    for it in crawled.failures(failed):
        click.echo(f"  {it['what']}\n    {it['message']}\n    {it['remedy']}", err=True)


def _code(done: int, failed: Sequence[Failed]) -> int:
    """0 without failures, 8 when others went well; else what all failures have in common, or 5."""
    if not failed:
        return 0
    if done:
        return PARTLY
    codes = {it.error.exit_code for it in failed}
    return codes.pop() if len(codes) == 1 else SourceError.exit_code
