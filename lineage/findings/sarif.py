"""Findings as SARIF 2.1.0, as code scanning and its viewers read them.

A thing in a workspace is no line of a file: its canonical text stands as the
logical location, and as the address of an artifact for viewers that want one.
What a policy waives is a suppressed result with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import msgspec

from lineage.findings.policy import Judged, Standing
from lineage.findings.rules import ORDER, RULES
from lineage.findings.words import Finding, Rule, Severity
from lineage.ports import Generation

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_encode: Final = msgspec.json.Encoder(order="sorted").encode


def document(findings: Iterable[Judged], generation: Generation, version: str) -> Iterator[bytes]:
    """The document, piece by piece: any number of findings takes the memory of one."""
    tool = {
        "driver": {
            "name": "azureml-lineage",
            "version": version,
            "semanticVersion": version,
            "rules": [_rule(rule) for rule in RULES.values()],
        }
    }
    more = {"generation": generation.number, "published": generation.published, "digest": generation.digest}
    yield b'{"$schema":' + _encode(SCHEMA) + b',"version":"2.1.0","runs":[{"tool":' + _encode(tool)
    yield b',"columnKind":"unicodeCodePoints","properties":' + _encode(more) + b',"results":['
    first = True
    for judged in findings:
        yield (b"" if first else b",") + b"\n" + _encode(_result(judged))
        first = False
    yield b"\n]}]}\n"


def fingerprint(finding: Finding) -> str:
    """The same for the same rule and thing in every generation and every version."""
    return sha256(f"{finding.code}\0{finding.subject}".encode()).hexdigest()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code.value,
        "name": "".join(word.capitalize() for word in rule.code.value.split("_")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.help},
        "help": {"text": f"{rule.help}\n\nWhat to do: {rule.remedy}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"about": [kind.value for kind in rule.about] or ["Workspace", "Registry"]},
    }


def _result(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    kind = finding.kind.value if finding.kind is not None else "Scope"
    result: dict[str, Any] = {
        "ruleId": finding.code.value,
        "ruleIndex": ORDER[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.sentence}\n\nWhat to do: {finding.remedy}."},
        "locations": [
            {
                "logicalLocations": [{"fullyQualifiedName": finding.subject, "kind": kind}],
                "physicalLocation": {"artifactLocation": {"uri": quote(finding.subject, safe=":/@+,;=!$&'()*%~")}},
            }
        ],
        "partialFingerprints": {"lineage/v1": fingerprint(finding)},
        "properties": {
            "scope": finding.scope,
            "remedy": finding.remedy,
            "evidence": msgspec.to_builtins(finding.evidence),
            "moreEvidence": finding.more,
        },
    }
    waiver = judged.waiver
    if waiver is not None and judged.standing is Standing.WAIVED:
        until = f"{waiver.reason} (until {waiver.expires.isoformat()}, line {waiver.line} of the policy)"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": until}]
    elif waiver is not None:
        result["properties"]["waiverExpired"] = waiver.expires.isoformat()
    return result
