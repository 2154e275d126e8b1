"""`lineage check`: a gate for a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineage import ids
from lineage.cli.asking import TEXT, as_of_option, index_option, json_option, opened, options, workspace_option
from lineage.cli.findings import asked, code_named

if TYPE_CHECKING:
    from datetime import date

    from lineage.ports import View

REFUSED = 9
"""Exit code of a check that the policy does not let pass. Errors have others."""


@click.command(
    epilog="""\b
A policy:
  stale_days = 14                # a crawl may be that old; 7 where it is left out
  coverage = 95                  # percent of model versions whose job must be surely known
  [limits]                       # how many findings are let pass, by weight or by rule
  ERROR = 0
  WARNING = 20
  SAME_PERSON = 0
  [[waivers]]
  code = "CROSS_WORKSPACE"
  subject = "*/models/affordability/*"
  reason = "promoted by hand until the registry is in place, agreed with model risk"
  expires = 2027-03-31           # the last day on which it holds
Without --policy no errors are let pass.

\b
Exit codes: 0 the policy is met, 9 it is not; any other is an error as of every command.

\b
JSON: {question, passed, policy, now, broken: [sentence], limits: [{name, allowed, found, broken}],
coverage: {total, confirmed, percent, least, broken} or null, codes, severities, waived,
expired: [{line, code, subject, expires, findings}], idle: [line], generation, isComplete, truncations, scopes,
findings: [FINDING and {standing: OPEN | WAIVED | EXPIRED, counts, reason, expires}]}; FINDING as of `lineage findings`
"""
)
@click.argument("references", metavar="[REF]...", nargs=-1, type=TEXT)
@click.option("--policy", "policy_file", metavar="FILE", type=TEXT, help="What is let pass, a TOML file.")
@options(index_option, as_of_option, workspace_option)
@click.option("--now", metavar="WHEN", type=TEXT, help="The instant that ages and waivers are judged by. Default: now.")
@click.option("--sarif", metavar="FILE", type=TEXT, help="Write SARIF 2.1.0 as well.")
@click.option("--junit", metavar="FILE", type=TEXT, help="Write JUnit XML as well.")
@click.option("--explain", metavar="CODE", type=TEXT, help="Tell a rule, and check nothing.")
@click.option("--limit", type=click.IntRange(0), default=20, metavar="N", help="Show at most N. Default: 20.")
@json_option
def check(
    references: tuple[str, ...],
    policy_file: str | None,
    index: str | None,
    as_of: str | None,
    workspace: ids.Scope | None,
    now: str | None,
    sarif: str | None,
    junit: str | None,
    explain: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """May this go ahead? Findings against a policy, for a pipeline.

    Of each REF: the thing, everything it was made from and, for a model version, what deploys and tests it. Without
    REF: everything.
    """
    from lineage.cli import judged
    from lineage.findings import RULES, Wanted

    if explain is not None:
        rule = RULES[code_named(explain)]
        if as_json:
            import msgspec

            from lineage.cli import render

            render.document({"question": "rule", **msgspec.to_builtins(rule)})
        else:
            judged.explained(rule).print()
        return 0
    from lineage import __version__
    from lineage.cli.spool import Spool
    from lineage.findings import junit as junit_xml
    from lineage.findings import sarif as sarif_log
    from lineage.findings.policy import DEFAULT, Gate
    from lineage.indexing import utc_now

    policy = DEFAULT
    if policy_file is not None:
        from lineage.settings import policies

        policy = policies.read(Path(policy_file))
    at = _instant(now) if now is not None else utc_now()
    with opened(index, as_of) as view, Spool() as spool:
        gate = Gate(policy, _day(at))
        head, found = asked(view, references, workspace, Wanted(), now=at, stale_days=policy.stale_days)
        for finding in found:
            spool.add(gate.take(finding))
        confirmed = _confirmed(view, references, workspace) if policy.coverage is not None else None
        verdict = gate.verdict(confirmed)
        if sarif is not None:
            _write(sarif, "--sarif", sarif_log.document(spool, view.generation, __version__))
        if junit is not None:
            told = junit_xml.document(verdict, lambda: iter(spool))
            _write(junit, "--junit", (piece.encode() for piece in told))
        if as_json:
            judged.verdict_document(verdict, policy, at, head, spool)
        else:
            from lineage.cli.render import Page

            page = Page()
            judged.outcome(page, verdict, policy)
            page.gaps(head, {})
            judged.counts(page, verdict.codes, verdict.severities)
            judged.listed(page, spool, verdict.breaks, limit)
            page.footer(head)
            page.print()
    return 0 if verdict.passed else REFUSED


def _confirmed(view: View, references: Sequence[str], workspace: ids.Scope | None) -> tuple[int, int]:
    """Model versions in all, and those whose job is surely known: of everything, or of what was asked about."""
    from lineage import catalogue, lookup
    from lineage.ids import Kind

    if not references:
        told = catalogue.coverage(view)
        return told.total, told.confirmed
    seeds = {key for reference in references for key in lookup.find(view, reference, workspace).seeds}
    nodes = view.nodes(list(seeds))
    from lineage.answers import same_things, things

    stands = things(*same_things(view, nodes))
    models = list({stands.get(key, key) for key, node in nodes.items() if node.kind is Kind.MODEL_VERSION})
    made = catalogue.producers(view, models)
    return len(models), sum(strength is catalogue.Provenance.CONFIRMED for strength, _ in made.values())


def _instant(text: str) -> str:
    from lineage.errors import InvalidOption
    from lineage.linking.bodies import instant

    whole = f"{text}T23:59:59Z" if len(text) == 10 else text
    if not instant(whole):
        raise InvalidOption(
            f"--now is no instant: {text[:60]!r}", "write 2026-03-31T12:00:00Z, or a day alone for its end"
        )
    return whole


def _day(at: str) -> date:
    from datetime import date

    from lineage.linking.bodies import instant

    return date.fromisoformat(instant(at)[:10])


def _write(name: str, option: str, pieces: Iterable[bytes]) -> None:
    """Write a file; what was there is replaced only when it is whole. Raises InvalidOption."""
    from lineage.errors import InvalidOption

    path = Path(name)
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            file.writelines(pieces)
        aside.replace(path)
    except OSError as error:
        raise InvalidOption(
            f"cannot write {path}: {error.strerror}", f"give {option} a path in a folder that exists and is writable"
        ) from error
