"""A gate: which findings a policy lets pass, which it waives and until when, and what else it asks for.

    gate = Gate(policy, today)
    for finding in findings: gate.take(finding)
    verdict = gate.verdict(coverage)

A limit is how many findings of a rule, or of a weight, are let pass; each counts
against the limit of its rule and that of its weight. A waiver takes findings out
until its day is over: from the day after, they count again, and the verdict says
why. Nothing here knows what day it is but by what it is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from fnmatch import translate
from functools import lru_cache
from typing import Final

import msgspec

from lineage.findings.words import Code, Finding, Severity

STALE_DAYS: Final = 7.0
"""How old a crawl may be where a policy does not say."""


class Waiver(msgspec.Struct, frozen=True):
    """Findings that are accepted. subject: pattern of canonical texts (`*`, `?`, `[…]`), case-sensitive.

    expires: the last day on which it holds. line: where it stands in its file.
    """

    code: Code
    subject: str
    reason: str
    expires: date
    line: int = 0

    def covers(self, finding: Finding) -> bool:
        return finding.code is self.code and _pattern(self.subject).fullmatch(finding.subject) is not None


class Policy(msgspec.Struct, frozen=True):
    """What a gate asks for.

    limits: how many findings of a severity or of a code are let pass; what is not named has no limit.
    stale_days: how old a crawl may be. coverage: least percentage of model versions whose job is surely known, or None.
    """

    limits: dict[str, int]
    stale_days: float = STALE_DAYS
    coverage: float | None = None
    waivers: tuple[Waiver, ...] = ()
    where: str = ""


DEFAULT: Final = Policy({Severity.ERROR.value: 0})
"""What holds without a policy: no errors."""


class Standing(StrEnum):
    """What a policy makes of one finding."""

    OPEN = "OPEN"  # it counts
    WAIVED = "WAIVED"  # a waiver takes it out
    EXPIRED = "EXPIRED"  # it counts again, because its waiver is over


class Judged(msgspec.Struct, frozen=True):
    """A finding and what the policy makes of it."""

    finding: Finding
    standing: Standing
    waiver: Waiver | None = None


class Limit(msgspec.Struct, frozen=True):
    """A limit and how many findings count against it. name: a severity or a code."""

    name: str
    allowed: int
    found: int

    @property
    def broken(self) -> bool:
        return self.found > self.allowed


class Share(msgspec.Struct, frozen=True):
    """Of so many model versions, how many have a job that is surely known. least: what the policy asks, in percent."""

    total: int
    confirmed: int
    least: float

    @property
    def percent(self) -> float:
        """100 where there are none: nothing is lacking."""
        return 100.0 * self.confirmed / self.total if self.total else 100.0

    @property
    def broken(self) -> bool:
        return self.percent < self.least


class Verdict(msgspec.Struct, frozen=True):
    """Whether the gate opens, and why not.

    limits: all of the policy, in its order. coverage: None where the policy does not ask. codes, severities: findings
    that count. waived, expired: how many findings have a waiver that holds, or one that is over. idle: waivers that no
    finding needs.
    """

    limits: tuple[Limit, ...]
    coverage: Share | None
    codes: dict[Code, int]
    severities: dict[Severity, int]
    waived: int
    expired: dict[Waiver, int]
    idle: tuple[Waiver, ...]

    @property
    def passed(self) -> bool:
        return not any(limit.broken for limit in self.limits) and not (self.coverage and self.coverage.broken)

    def breaks(self, judged: Judged) -> bool:
        """Whether a finding counts against a limit that is broken."""
        if judged.standing is Standing.WAIVED:
            return False
        names = (judged.finding.code.value, judged.finding.severity.value)
        return any(limit.broken and limit.name in names for limit in self.limits)


class Gate:
    """Takes findings one by one. today: the day on which waivers must still hold."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._policy = policy
        self._today = today
        self._codes: Counter[Code] = Counter()
        self._severities: Counter[Severity] = Counter()
        self._used: Counter[Waiver] = Counter()
        self._waived = 0

    def take(self, finding: Finding) -> Judged:
        """What the policy makes of it; counted."""
        judged = self._judge(finding)
        if judged.waiver is not None:
            self._used[judged.waiver] += 1
        if judged.standing is Standing.WAIVED:
            self._waived += 1
        else:
            self._codes[finding.code] += 1
            self._severities[finding.severity] += 1
        return judged

    def _judge(self, finding: Finding) -> Judged:
        over: Waiver | None = None
        for waiver in self._policy.waivers:
            if waiver.covers(finding):
                if waiver.expires >= self._today:
                    return Judged(finding, Standing.WAIVED, waiver)
                over = over or waiver
        return Judged(finding, Standing.EXPIRED if over else Standing.OPEN, over)

    def verdict(self, confirmed: tuple[int, int] | None = None) -> Verdict:
        """What came of all that was taken. confirmed: model versions in all, and those whose job is surely known."""
        policy = self._policy
        counts = {name.value: found for name, found in (*self._codes.items(), *self._severities.items())}
        share = None
        if policy.coverage is not None and confirmed is not None:
            share = Share(*confirmed, policy.coverage)
        return Verdict(
            tuple(Limit(name, allowed, counts.get(name, 0)) for name, allowed in policy.limits.items()),
            share,
            {code: self._codes[code] for code in Code if self._codes[code]},
            {severity: self._severities[severity] for severity in Severity if self._severities[severity]},
            self._waived,
            {waiver: n for waiver, n in self._used.items() if waiver.expires < self._today},
            tuple(waiver for waiver in policy.waivers if not self._used[waiver]),
        )


def broken(verdict: Verdict) -> Iterable[str]:
    """Each thing that the policy asks for and does not get, in a sentence."""
    for limit in verdict.limits:
        if limit.broken:
            yield f"{limit.name}: {limit.found:,} found, {limit.allowed:,} let pass"
    share = verdict.coverage
    if share is not None and share.broken:
        yield (
            f"coverage: the job of {share.confirmed:,} of {share.total:,} model versions is surely known "
            f"({share.percent:.1f} %), {share.least:g} % are asked for"
        )


@lru_cache(maxsize=1024)
def _pattern(subject: str) -> re.Pattern[str]:
    return re.compile(translate(subject))
