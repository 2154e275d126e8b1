"""The command `lineage`. Each subcommand is imported when it is called, so that a question starts fast."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from lineage import __version__
from lineage.errors import AmbiguousReference, InvalidReference, LineageError, UnknownReference

COMMANDS = {
    "crawl": "lineage.cli.crawl:crawl",
    "trace": "lineage.cli.questions:trace",
    "impact": "lineage.cli.impacts:impact",
    "paths": "lineage.cli.questions:paths",
    "diff": "lineage.cli.diff:diff",
    "explain": "lineage.cli.explain:explain",
    "search": "lineage.cli.search:search",
    "models": "lineage.cli.lists:models",
    "jobs": "lineage.cli.kinds:jobs",
    "data": "lineage.cli.kinds:data",
    "environments": "lineage.cli.kinds:environments",
    "components": "lineage.cli.kinds:components",
    "endpoints": "lineage.cli.kinds:endpoints",
    "deployments": "lineage.cli.kinds:deployments",
    "workspaces": "lineage.cli.kinds:workspaces",
    "registries": "lineage.cli.kinds:registries",
    "status": "lineage.cli.lists:status",
    "gaps": "lineage.cli.gaps:gaps",
    "coverage": "lineage.cli.coverages:coverage",
    "population": "lineage.cli.populations:population",
    "findings": "lineage.cli.findings:findings",
    "check": "lineage.cli.check:check",
    "frameworks": "lineage.cli.frameworks:frameworks",
    "audit": "lineage.cli.audit:audit",
    "export": "lineage.cli.exporting:export",
    "verify": "lineage.cli.verifying:verify",
    "sign": "lineage.cli.verifying:sign",
    "query": "lineage.cli.query:query",
    "relink": "lineage.cli.upkeep:relink",
    "verify-index": "lineage.cli.upkeep:verify_index",
    "serve": "lineage.cli.serve:serve",
}


_BRIEF = frozenset(
    {"trace", "impact", "paths", "diff", "coverage", "explain", "models", "status", "gaps", "population", "query"}
)
"""Commands that answer once and end: looking for cycles to collect would cost them a tenth of their time."""


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


_EPILOG = """\b
Exit codes:
    0  answered                          5  source unreachable or refused
    1  a bug: tell us                    6  crawl lost too much to publish
    2  wrong usage, broken reference     7  the service could not start
       or broken lineage.toml            8  of several sources some were crawled, some failed
    3  reference unknown or ambiguous   75  the index is busy, or Azure throttles: try later
    4  index missing, invalid, foreign 130  stopped by you (143 by SIGTERM)
    9  `lineage check`: the policy is not met
   10  `lineage verify`: a report is not what it says it is
With --json an error is one JSON object on standard error: {"error": {"code", "message", "remedy"}},
with "candidates" when several things answer, "near" when names are like it, and "position" (0-based) and
"expected" when a reference is broken.
NO_COLOR switches colours off; they are used on terminals only.
"""


@click.group(
    cls=LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="lineage")
def lineage() -> None:
    """Where did this model come from, and what breaks if its data was wrong?"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a LineageError becomes a sentence, a remedy and its exit code, never a traceback."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    brief = bool(args) and args[0] in _BRIEF
    if brief:
        gc.disable()
    code = run(args)
    if brief:
        gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """As `main`, returning the exit code."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    out = sys.stdout
    try:
        result: Any = lineage.main(args=args, prog_name="lineage", standalone_mode=False)
        sys.stdout.flush()
    except LineageError as error:
        _say(error, as_json="--json" in args)
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except BrokenPipeError:
        return _unread()
    except SystemExit as stop:
        # click leaves so when the reader has gone, having put a stream in place that swallows the rest.
        return _code(stop.code) if sys.stdout is out else _unread()
    return result if isinstance(result, int) else 0


def _unread() -> int:
    """The reader (head, less) has gone; nothing is left to say to it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _code(code: object) -> int:
    return code if isinstance(code, int) else 0 if code is None else 1


def _say(error: LineageError, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        body: dict[str, Any] = {"code": error.code, "message": str(error), "remedy": error.remedy}
        if isinstance(error, UnknownReference):
            body["near"] = error.near
        elif isinstance(error, AmbiguousReference):
            body["candidates"] = error.candidates
        elif isinstance(error, InvalidReference):
            body |= {"position": error.position, "expected": error.expected}
        click.echo(msgspec.json.encode({"error": body}).decode(), err=True)
        return
    click.echo(f"lineage: {_plain(str(error))}", err=True)
    for line in error.remedy.splitlines():
        click.echo(f"  {_plain(line)}".rstrip(), err=True)


def _plain(text: str) -> str:
    """`text` without anything that a terminal would act on."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
