"""What the commands that ask share: which index, as of when, in which scope, how far, and how it is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from lineage import ids
from lineage.errors import InvalidOption
from lineage.ports import Index, View

Command = TypeVar("Command", bound=Callable[..., Any])


class Text(click.ParamType[str]):
    """Text from the command line as Unicode; bytes that are none become question marks."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value).encode(errors="replace").decode()


class Scope(click.ParamType[ids.Scope]):
    """A workspace or registry by its URI or ARM id."""

    name = "uri"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ids.Scope:
        return scope_option(TEXT.convert(value, param, ctx))


TEXT = Text()

index_option = click.option(
    "--index", metavar="FILE", help="The index file. Default: $LINEAGE_INDEX, else index.db in your data directory."
)
as_of_option = click.option(
    "--as-of",
    metavar="WHEN",
    type=TEXT,
    help="A generation's number, or an instant: the newest published by then. A day alone (2026-03-31) means its end.",
)
workspace_option = click.option(
    "--workspace",
    metavar="URI",
    type=Scope(),
    help="Workspace (azureml://subscriptions/S/resourceGroups/G/workspaces/W) or registry that relative references"
    " are in. Default: the single indexed workspace.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document for machines.")
depth_option = click.option(
    "--depth", type=click.IntRange(min=0), metavar="N", help="At most N steps away. Default: all the way."
)


def options(*chosen: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options at once, listed in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return add


def scope_option(text: str) -> ids.Scope:
    """The scope that `--workspace` names. Raises InvalidOption."""
    from lineage import references
    from lineage.errors import InvalidReference

    try:
        target = references.parse(text).resolve(None)
    except InvalidReference:
        target = None
    scope = ids.scope_of(target.text) if target is not None else None
    if scope is None or target is None or target.text != scope.text:
        from lineage.redaction import redact_text

        raise InvalidOption(
            f"--workspace names no workspace or registry: {redact_text(text)!r}",
            "write azureml://subscriptions/S/resourceGroups/G/workspaces/W or azureml://registries/R",
        )
    return scope


@contextmanager
def opened(index: str | None, as_of: str | None = None) -> Iterator[View]:
    """One generation of the index, to ask. Raises IndexMissing, IndexInvalid, UnknownReference."""
    with store(index).view(when(as_of)) as view:
        yield view


def store(index: str | None) -> Index:
    """The index that the option, the environment or the default names."""
    from lineage.index import open_index
    from lineage.settings import index_path

    return open_index(index_path(index))


def when(as_of: str | None) -> int | str | None:
    """The generation's number, or the instant, that `--as-of` says."""
    if as_of is None:
        return None
    return int(as_of) if as_of.isascii() and as_of.isdecimal() and len(as_of) < 10 else as_of


def width() -> int:
    """Columns of the terminal that the answer goes to; 0 when it goes elsewhere, where lines may be long."""
    if not sys.stdout.isatty():
        return 0
    from shutil import get_terminal_size

    return get_terminal_size((0, 0)).columns


def in_colour() -> bool:
    """Whether the answer goes to a terminal whose owner wants colours (`NO_COLOR`, `TERM=dumb`)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
