"""Findings as text and as JSON: what counts first, then each with its remedy; any number of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from lineage.answers import Header, count
from lineage.cli import render, shapes
from lineage.cli.render import Page, place, plain
from lineage.cli.spool import Spool
from lineage.findings import RULES, Code, Rule, Severity
from lineage.findings.policy import Judged, Policy, Standing, Verdict, broken

_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_PROOFS: Final = 3
_VALUE: Final = 120


def counts(page: Page, codes: Mapping[Code, int], severities: Mapping[Severity, int]) -> None:
    """How many of each weight and of each rule."""
    told = [page.paint(f"{n:,} {one.value}", _COLOURS[one], "bold") for one, n in severities.items()]
    page.add("  ".join(told) if told else page.paint("nothing found", "green", "bold"))
    for code, number in codes.items():
        page.add(f"  {number:>9,}  {code.value:<20}  {RULES[code].title}")
    page.add()


def listed(page: Page, spool: Iterable[Judged], wanted: Callable[[Judged], bool], limit: int) -> None:
    """The findings that are wanted, the weightiest first, at most `limit`."""
    total = shown = 0
    for severity in Severity:
        for judged in spool:
            if judged.finding.severity is severity and wanted(judged):
                total += 1
                if shown < limit:
                    shown += 1
                    _entry(page, judged)
    if total > shown:
        page.add(f"and {total - shown:,} more: --limit {min(10_000, total)}, or --json")
        page.add()


def _entry(page: Page, judged: Judged) -> None:
    finding = judged.finding
    page.add(f"{page.paint(finding.severity.value, _COLOURS[finding.severity], 'bold')} {finding.code.value}")
    page.add(f"  {plain(finding.sentence)}")
    where = f"  in {plain(place(finding.scope))}" if finding.scope and finding.scope != finding.subject else ""
    page.add(page.paint(f"  {plain(finding.subject)}", "dim") + page.paint(where, "dim"))
    for proof in finding.evidence[:_PROOFS]:
        stood = " = ".join(plain(part, _VALUE) for part in (proof.field, proof.value) if part)
        says = f" ({plain(proof.says, _VALUE)})" if proof.says else ""
        page.add(page.paint(f"    {page.name(proof.record)} {proof.record_kind}: {plain(stood)}{says}", "dim"))
    more = len(finding.evidence) - _PROOFS + finding.more
    if more > 0:
        page.add(page.paint(f"    and {count(more, 'more piece', 'more pieces')} of evidence", "dim"))
    if judged.standing is Standing.EXPIRED and judged.waiver is not None:
        over = f"  its waiver (line {judged.waiver.line}) is over since {judged.waiver.expires}: {judged.waiver.reason}"
        page.add(page.paint(plain(over), "yellow"))
    page.add(f"  → {plain(finding.remedy)}")
    page.add()


def outcome(page: Page, verdict: Verdict, policy: Policy) -> None:
    """Whether the gate opens, and why not."""
    if verdict.passed:
        page.add(page.paint("PASSED", "green", "bold") + f": {_policy(policy)}")
    else:
        page.add(page.paint("FAILED", "red", "bold") + f": {_policy(policy)}")
        for sentence in broken(verdict):
            page.add(f"  {sentence}")
    if verdict.waived:
        page.add(f"  {count(verdict.waived, 'finding')} waived")
    for waiver, number in verdict.expired.items():
        over = f"  the waiver on line {waiver.line} is over since {waiver.expires}"
        page.add(page.paint(plain(f"{over}: {count(number, 'finding')} of {waiver.code} counted again"), "yellow"))
    for waiver in verdict.idle:
        page.add(page.paint(plain(f"  the waiver on line {waiver.line} ({waiver.code}) covers nothing"), "dim"))
    page.add()


def _policy(policy: Policy) -> str:
    return f"by {policy.where}" if policy.where else "no policy given, so errors are not let pass"


def explained(rule: Rule) -> Page:
    """A rule in words."""
    page = Page()
    page.add(f"{page.paint(rule.code.value, 'bold')}  {page.paint(rule.severity.value, _COLOURS[rule.severity])}")
    page.add(f"  {rule.title}")
    page.add()
    page.add(f"  {rule.help}")
    page.add()
    page.add(f"  about: {', '.join(kind.value for kind in rule.about) or 'workspaces and registries'}")
    page.add(f"  → {rule.remedy}")
    return page


def shape(judged: Judged) -> dict[str, Any]:
    """One finding of the JSON."""
    finding = judged.finding
    return {
        "code": finding.code,
        "severity": finding.severity,
        "title": RULES[finding.code].title,
        "subject": finding.subject,
        "kind": finding.kind,
        "scope": finding.scope,
        "sentence": finding.sentence,
        "remedy": finding.remedy,
        "evidence": [
            {
                "record": proof.record,
                "recordKind": proof.record_kind,
                "field": proof.field,
                "value": proof.value,
                "says": proof.says,
                "relation": proof.relation,
                "cause": proof.cause,
            }
            for proof in finding.evidence
        ],
        "moreEvidence": finding.more,
    }


def document(
    head: Mapping[str, Any], spool: Spool, entry: Callable[[Judged], Mapping[str, Any]], limit: int | None = None
) -> None:
    """One JSON document: the head's members, then `findings`, written one by one."""
    encode = msgspec.json.Encoder(enc_hook=str).encode
    render.write(encode(head).decode()[:-1] + ',"findings":[')
    for number, judged in enumerate(spool):
        if limit is not None and number >= limit:
            break
        render.write(("," if number else "") + encode(entry(judged)).decode())
    render.write("]}\n")


def verdict_document(verdict: Verdict, policy: Policy, now: str, head: Header, spool: Spool) -> None:
    """The JSON of a check."""
    share = verdict.coverage

    def entry(judged: Judged) -> dict[str, Any]:
        waiver = judged.waiver
        return {
            **shape(judged),
            "standing": judged.standing,
            "counts": verdict.breaks(judged),
            "reason": waiver.reason if waiver is not None else None,
            "expires": waiver.expires if waiver is not None else None,
        }

    document(
        {
            "question": "check",
            "passed": verdict.passed,
            "policy": policy.where or None,
            "now": now,
            "broken": list(broken(verdict)),
            "limits": [
                {"name": one.name, "allowed": one.allowed, "found": one.found, "broken": one.broken}
                for one in verdict.limits
            ],
            "coverage": None
            if share is None
            else {
                "total": share.total,
                "confirmed": share.confirmed,
                "percent": share.percent,
                "least": share.least,
                "broken": share.broken,
            },
            "codes": verdict.codes,
            "severities": verdict.severities,
            "waived": verdict.waived,
            "expired": [
                {
                    "line": waiver.line,
                    "code": waiver.code,
                    "subject": waiver.subject,
                    "expires": waiver.expires,
                    "findings": number,
                }
                for waiver, number in verdict.expired.items()
            ],
            "idle": [waiver.line for waiver in verdict.idle],
            **shapes.header(head, {}),
        },
        spool,
        entry,
    )
