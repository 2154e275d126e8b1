"""The kinds of report, each loaded when it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lineage.reports.pack import Report


def _impact() -> Report:
    from lineage.reports.blast import blast

    return blast


def _model() -> Report:
    from lineage.reports.dossier import dossier

    return dossier


def _estate() -> Report:
    from lineage.reports.estate import estate

    return estate


REPORTS: Final[dict[str, Callable[[], Report]]] = {"estate": _estate, "impact": _impact, "model": _model}
