"""Writes the schemas beside this module."""

from __future__ import annotations

from pathlib import Path

from lineage.reports.schemas import published

for name, text in published().items():
    (Path(__file__).parent / name).write_bytes(text)
