"""The references that the figures are taken on: the public collection beside the project, else the table of cases."""

from __future__ import annotations

import csv
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "references.tsv"
TABLE = ROOT / "tests" / "data" / "references.json"


def references() -> list[tuple[str, str]]:
    """Kind and text of every reference; the kind is that of whoever collected it."""
    if not SHARED.exists():
        cases = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]
        return [(case["form"] or "refused", case["text"]) for case in cases]
    with SHARED.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row[0], row[1]) for row in rows[1:]]
