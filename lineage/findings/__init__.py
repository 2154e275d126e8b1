"""Findings: what an auditor would ask about, each with its evidence and what to do.

A rule is to a lineage what a compiler's warning is to a program: it points at
one thing, says what is the case, shows where that stands, and may be wrong
about what was meant. It never guesses what the service does not tell.

    of(view, found)      of one thing, what it was made from, and what serves and tests it
    estate(view)         of everything, one after the other
    RULES                every rule in words: code, severity, title, help, remedy

    words       what a finding is                  ground      what a batch of things stands on
    rules       the rules in words                 asking      which things are asked about, in which order
    models jobs sources environments serving overlap scopes    the rules, by what they look at
"""

from lineage.findings.asking import (
    KINDS,
    Behind,
    Findings,
    Position,
    Wanted,
    counted,
    estate,
    of,
    position,
    weight,
)
from lineage.findings.rules import ORDER, RULES
from lineage.findings.words import MOST, Code, Finding, Proof, Rule, Severity

__all__ = [
    "KINDS",
    "MOST",
    "ORDER",
    "RULES",
    "Behind",
    "Code",
    "Finding",
    "Findings",
    "Position",
    "Proof",
    "Rule",
    "Severity",
    "Wanted",
    "counted",
    "estate",
    "of",
    "position",
    "weight",
]
