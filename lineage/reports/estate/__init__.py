"""The report on a whole estate: what there is, what of it can be traced, and what an auditor would ask about."""

from lineage.reports.estate.report import estate

__all__ = ["estate"]
