"""`lineage jobs`, `data`, `environments`, `components`, `endpoints`, `deployments`, `workspaces` and `registries`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import click

from lineage import ids
from lineage.cli.asking import TEXT, Scope, as_of_option, index_option, json_option, opened, options
from lineage.cli.lists import ORDERS, date, order_options
from lineage.graph import State
from lineage.ids import Kind

_EPILOG: Final = """\b
JSON: {{question, generation, things: [{{key, text, kind, name, version, state, facts}}], after}}; `facts` holds
what Azure ML says, in its words ({facts}).
`after` is what to give to --after for the next page, "" at the end.
Of several values of one option one is enough. Any order but `reference` looks at all {things} for each page.
"""


class _List(NamedTuple):
    """One command. more: options beside those that all have, by the field of `listing.Wanted` that they fill."""

    kind: Kind
    asks: str
    facts: str
    more: dict[str, tuple[str, str, str]]


_TYPE: Final = ("--type", "TYPE", "Only of this type, such as {}; may be given several times.")
_STATUS: Final = ("--status", "STATUS", "Only in this status, such as {}; may be given several times.")


def _type(example: str) -> tuple[str, str, str]:
    option, value, text = _TYPE
    return option, value, text.format(example)


def _status(example: str) -> tuple[str, str, str]:
    option, value, text = _STATUS
    return option, value, text.format(example)


LISTS: Final = {
    "jobs": _List(
        Kind.JOB,
        "Which jobs are there, of which experiment, and how did they end?",
        "jobType, status, experiment, startTime, endTime, compute, git",
        {
            "types": _type("command or sweep"),
            "statuses": _status("failed"),
            "experiments": ("--experiment", "NAME", "Only of this experiment; may be given several times."),
            "computes": ("--compute", "NAME", "Only on this compute; may be given several times."),
        },
    ),
    "data": _List(
        Kind.DATA_VERSION,
        "Which versions of data assets are there?",
        "type, description, createdAt, createdBy",
        {"types": _type("uri_folder")},
    ),
    "environments": _List(
        Kind.ENVIRONMENT_VERSION,
        "Which versions of environments are there, on which image?",
        "image, os, createdAt",
        {"images": ("--image", "IMAGE", "Only on this base image, whole; may be given several times.")},
    ),
    "components": _List(
        Kind.COMPONENT_VERSION,
        "Which versions of components are there?",
        "type, displayName, createdAt",
        {"types": _type("command")},
    ),
    "endpoints": _List(
        Kind.ENDPOINT,
        "Which endpoints are there, and who gets how much of their traffic?",
        "traffic, mirrorTraffic, scoringUri, provisioningState",
        {"types": _type("online or batch"), "statuses": _status("succeeded")},
    ),
    "deployments": _List(
        Kind.DEPLOYMENT,
        "Which deployments are there, on which machines?",
        "instanceType, provisioningState, createdAt",
        {"types": _type("online or batch"), "statuses": _status("succeeded")},
    ),
    "workspaces": _List(
        Kind.WORKSPACE, "Which workspaces were read, and which does something name?", "guid, location", {}
    ),
    "registries": _List(Kind.REGISTRY, "Which registries were read, and which does something name?", "location", {}),
}


def _command(name: str, of: _List) -> click.Command:
    scopes = of.kind in (Kind.WORKSPACE, Kind.REGISTRY)

    def run(
        text: str, index: str | None, as_of: str | None, states: tuple[str, ...], limit: int, after: str,
        as_json: bool, order: str, descending: bool, called: str, **more: Any,
    ) -> None:  # fmt: skip
        from lineage import listing

        scope: ids.Scope | None = more.pop("workspace", None)
        wanted = listing.Wanted(
            text=text,
            scope=scope.text if scope is not None else "",
            states=tuple(State(state.upper()) for state in states),
            name=called,
            created_from=date(more.pop("created_from", "")),
            created_to=date(more.pop("created_to", "")),
            **more,
        )
        with opened(index, as_of) as view:
            page = listing.things(view, of.kind, wanted, ORDERS.order(order, descending), after, limit)
            several = len(view.coverage()) > 1
            generation = view.generation
        from lineage.cli import kinds_shown

        if as_json:
            from lineage.cli import render

            render.document(kinds_shown.document(name, page, generation))
            return
        kinds_shown.page_of(of.kind, page, generation, several).print()

    chosen: list[Callable[[Any], Any]] = [
        click.argument("text", required=False, default="", metavar="[TEXT]", type=TEXT),
        index_option,
        as_of_option,
    ]
    if not scopes:
        chosen.append(
            click.option("--workspace", metavar="URI", type=Scope(), help="Only those in this workspace or registry.")
        )
    chosen += [
        click.option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice([state.value.lower() for state in State], case_sensitive=False),
            help="Only things in this state; may be given several times.",
        ),
        click.option("--name", "called", default="", metavar="NAME", type=TEXT, help="Only those of this name, whole."),
    ]
    for field, (option, value, says) in of.more.items():
        chosen.append(click.option(option, field, multiple=True, metavar=value, type=TEXT, help=says))
    if not scopes:
        chosen += [
            click.option("--tag", "tags", multiple=True, metavar="NAME[=VALUE]", type=TEXT, help="Only with this tag."),
            click.option(
                "--by", "created_by", multiple=True, metavar="WHO", type=TEXT, help="Only created by this person."
            ),
            click.option(
                "--from", "created_from", default="", metavar="DATE", type=TEXT, help="Created on DATE or later."
            ),
            click.option(
                "--to", "created_to", default="", metavar="DATE", type=TEXT, help="Created on DATE or earlier."
            ),
        ]
    chosen += [
        order_options(of.kind),
        click.option(
            "--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="At most N. Default: 100."
        ),
        click.option("--after", default="", metavar="TEXT", type=TEXT, help="Only those after this canonical text."),
        json_option,
    ]
    command: click.Command = click.command(
        name, help=f"{of.asks} TEXT is any part of the name.", epilog=_EPILOG.format(facts=of.facts, things=name)
    )(options(*chosen)(run))
    return command


jobs = _command("jobs", LISTS["jobs"])
data = _command("data", LISTS["data"])
environments = _command("environments", LISTS["environments"])
components = _command("components", LISTS["components"])
endpoints = _command("endpoints", LISTS["endpoints"])
deployments = _command("deployments", LISTS["deployments"])
workspaces = _command("workspaces", LISTS["workspaces"])
registries = _command("registries", LISTS["registries"])
