"""The rule on workspaces and registries: whether what is known of them is whole and fresh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from lineage import ids
from lineage.findings.ground import Asked, listed
from lineage.findings.rules import RULES
from lineage.findings.words import Code, Finding, Proof, cut
from lineage.linking.bodies import instant
from lineage.ports import ScopeCoverage

_DAY: Final = 86_400


def stale(scopes: Iterable[ScopeCoverage], asked: Asked) -> Iterator[Finding]:
    """STALE_SCOPE, by canonical text."""
    for covered in sorted(scopes, key=lambda covered: covered.scope):
        proofs: list[Proof] = []
        told: list[str] = []
        age = days_between(covered.crawled, asked.now)
        if age is not None and age > asked.stale_days:
            told.append(f"was last crawled {age:,.1f} days before {asked.now}, on {covered.crawled}")
            proofs.append(Proof(covered.scope, "crawl", "crawled", covered.crawled, f"{age:,.1f} days old"))
        open_ = [listing for listing in covered.listings if not listing.complete]
        if open_:
            names = [listing.text.removeprefix(covered.scope).strip("/") for listing in open_]
            told.append(f"was not read to its end ({listed(names)})")
            proofs += [
                Proof(listing.text, "listing", "complete", "false", f"{listing.listed:,} listed until then")
                for listing in open_
            ]
        elif not covered.complete:
            told.append("was not read to its end")
            proofs.append(Proof(covered.scope, "crawl", "complete", "false"))
        if told:
            evidence, more = cut(proofs)
            rule = RULES[Code.STALE_SCOPE]
            yield Finding(
                rule.code,
                rule.severity,
                covered.scope,
                ids.key(covered.scope),
                None,
                covered.scope,
                f"{covered.scope.rpartition('/')[2]} {listed(told)}.",
                f"crawl it again: lineage crawl {covered.scope}",
                evidence,
                more,
            )


def days_between(one: str, other: str) -> float | None:
    """Days from one instant of ISO 8601 to another; None when either is none."""
    begun, ended = instant(one), instant(other)
    if not begun or not ended:
        return None
    seconds = (datetime.fromisoformat(ended[:26]) - datetime.fromisoformat(begun[:26])).total_seconds()
    return seconds / _DAY
