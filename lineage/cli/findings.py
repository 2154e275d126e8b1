"""`lineage findings`: what an auditor would ask about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from lineage import ids
from lineage.cli.asking import TEXT, Scope, as_of_option, index_option, json_option, opened, options, workspace_option

if TYPE_CHECKING:
    from lineage.answers import Header
    from lineage.findings import Code, Finding, Wanted
    from lineage.ports import View

SEVERITIES = ("ERROR", "WARNING", "NOTE")


@click.command(
    epilog="""\b
`lineage check --explain CODE` tells a rule; `lineage check` makes a gate of them.

\b
JSON: {question, generation, isComplete, truncations, scopes, total, codes: {CODE: n}, severities: {SEVERITY: n},
findings: [FINDING]}
FINDING = {code, severity, title, subject, kind, scope, sentence, remedy, evidence: [PROOF], moreEvidence}
PROOF = {record, recordKind, field, value, says, relation, cause}
"""
)
@click.argument("references", metavar="[REF]...", nargs=-1, type=TEXT)
@options(index_option, as_of_option, workspace_option)
@click.option("--in", "scope", metavar="URI", type=Scope(), help="Only findings in this workspace or registry.")
@click.option("--code", "codes", multiple=True, metavar="CODE", type=TEXT, help="Only of this rule; may be repeated.")
@click.option(
    "--severity",
    "severities",
    multiple=True,
    type=click.Choice(SEVERITIES, case_sensitive=False),
    help="Only of this weight; may be given several times.",
)
@click.option("--limit", type=click.IntRange(0), metavar="N", help="At most N. Default: 20, and all with --json.")
@json_option
def findings(
    references: tuple[str, ...],
    index: str | None,
    as_of: str | None,
    workspace: ids.Scope | None,
    scope: ids.Scope | None,
    codes: tuple[str, ...],
    severities: tuple[str, ...],
    limit: int | None,
    as_json: bool,
) -> None:
    """What would an auditor ask about?

    Of each REF: the thing, everything it was made from and, for a model version, what deploys and tests it. Without
    REF: everything. Ages are counted up to when the generation was published.
    """
    from lineage.cli import judged, shapes
    from lineage.cli.spool import Spool
    from lineage.findings import Severity, Wanted
    from lineage.findings.policy import Gate, Policy

    wanted = Wanted(
        tuple(code_named(code) for code in codes),
        tuple(Severity(severity.upper()) for severity in severities),
        scope.text if scope is not None else "",
    )
    gate = Gate(Policy({}), date.min)
    with opened(index, as_of) as view, Spool() as spool:
        head, found = asked(view, references, workspace, wanted)
        for finding in found:
            spool.add(gate.take(finding))
        verdict = gate.verdict()
        if as_json:
            body = {"question": "findings", **shapes.header(head, {}), "total": spool.count}
            body |= {"codes": verdict.codes, "severities": verdict.severities}
            judged.document(body, spool, judged.shape, limit)
            return
        from lineage.cli.render import Page

        page = Page()
        page.gaps(head, {})
        judged.counts(page, verdict.codes, verdict.severities)
        judged.listed(page, spool, lambda _: True, 20 if limit is None else limit)
        page.footer(head)
    page.print()


def code_named(text: str) -> Code:
    """The rule of this name. Raises InvalidOption, with rules like it, when there is none."""
    from difflib import get_close_matches

    from lineage.errors import InvalidOption
    from lineage.findings import Code

    name = text.strip().upper().replace("-", "_")
    if name in tuple(Code):
        return Code(name)
    near = get_close_matches(name, [code.value for code in Code], n=1, cutoff=0.5)
    told = f"did you mean {near[0]}? " if near else ""
    names = ", ".join(code.value for code in Code)
    raise InvalidOption(f"there is no rule {text[:60]!r}", f"{told}the rules are {names}")


def asked(
    view: View,
    references: Sequence[str],
    workspace: ids.Scope | None,
    wanted: Wanted,
    *,
    now: str = "",
    stale_days: float | None = None,
) -> tuple[Header, Iterable[Finding]]:
    """What the answer rests on, and the findings: of everything, or of these things, each once."""
    from lineage import answers, lookup
    from lineage.findings import estate, of, weight
    from lineage.findings.policy import STALE_DAYS
    from lineage.graph import Direction

    days = STALE_DAYS if stale_days is None else stale_days
    if not references:
        head = answers.header(view, (), (), Direction.DOWNSTREAM)
        return head, estate(view, wanted, now=now, stale_days=days)
    founds = [lookup.find(view, reference, workspace) for reference in references]
    told = [of(view, found, wanted, now=now, stale_days=days) for found in founds]
    once = {(one.code, one.key): one for answer in told for one in answer.findings}
    cuts = dict.fromkeys(cut for answer in told for cut in answer.header.truncations)
    scopes = {scope.scope: scope for answer in told for scope in answer.header.scopes}
    complete = all(answer.header.is_complete for answer in told)
    head = answers.Header(view.generation, tuple(scopes.values()), complete, tuple(cuts))
    return head, sorted(once.values(), key=weight)
