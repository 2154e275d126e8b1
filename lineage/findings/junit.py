"""A verdict as JUnit XML, as build servers read test reports.

The first suite has a test for each thing that the policy asks for. Then each rule is a suite: a finding that counts
against a broken limit is a failed test, one that is waived or let pass a skipped one, and a rule without findings one
test that passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.sax.saxutils import quoteattr

from lineage.findings.policy import Judged, Standing, Verdict, broken
from lineage.findings.rules import RULES
from lineage.findings.words import Code

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(verdict: Verdict, findings: Callable[[], Iterable[Judged]]) -> Iterator[str]:
    """The document, piece by piece. findings: gives them all, as often as it is called."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="lineage check">\n'
    yield from _policy(verdict)
    counts: dict[Code, list[int]] = {code: [0, 0, 0] for code in RULES}
    for one in findings():
        tests = counts[one.finding.code]
        tests[0] += 1
        tests[1] += verdict.breaks(one)
        tests[2] += not verdict.breaks(one)
    for code, (tests_, failures, skipped) in counts.items():
        if not tests_:
            yield f'  <testsuite name="{code}" tests="1" failures="0" errors="0" skipped="0">\n'
            yield f'    <testcase classname="lineage.{code}" name="nothing found" time="0"/>\n'
        else:
            yield f'  <testsuite name="{code}" tests="{tests_}" failures="{failures}" errors="0" skipped="{skipped}">\n'
            for one in findings():
                if one.finding.code is code:
                    yield _case(one, verdict)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _policy(verdict: Verdict) -> Iterator[str]:
    names = [(limit.name, limit.broken) for limit in verdict.limits]
    if verdict.coverage is not None:
        names.append(("coverage", verdict.coverage.broken))
    sentences = {sentence.partition(":")[0]: sentence for sentence in broken(verdict)}
    failed = sum(bad for _, bad in names)
    yield f'  <testsuite name="policy" tests="{len(names)}" failures="{failed}" errors="0" skipped="0">\n'
    for name, bad in names:
        head = f'    <testcase classname="lineage.policy" name={_attribute(name)} time="0"'
        failure = f'<failure type="policy" message={_attribute(sentences[name])}/>' if bad else ""
        yield f"{head}>{failure}</testcase>\n"
    yield "  </testsuite>\n"


def _case(judged: Judged, verdict: Verdict) -> str:
    finding = judged.finding
    head = f'    <testcase classname="lineage.{finding.code}" name={_attribute(finding.subject)} time="0">'
    if not verdict.breaks(judged):
        waiver = judged.waiver if judged.standing is Standing.WAIVED else None
        why = f"waived until {waiver.expires.isoformat()}: {waiver.reason}" if waiver else "let pass by the policy"
        return f"{head}<skipped message={_attribute(f'{why}. {finding.sentence}')}/></testcase>\n"
    said = finding.sentence
    if judged.standing is Standing.EXPIRED and judged.waiver is not None:
        said += f" Its waiver is over since {judged.waiver.expires.isoformat()}."
    proofs = "\n".join(
        f"{proof.record} {proof.record_kind} {proof.field} = {proof.value} ({proof.says})" for proof in finding.evidence
    )
    body = _text(f"{said}\nWhat to do: {finding.remedy}.\n{proofs}\n")
    return f'{head}<failure type="{finding.severity}" message={_attribute(said)}>{body}</failure></testcase>\n'


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("�", text))


def _text(text: str) -> str:
    clean = _FORBIDDEN.sub("�", text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
