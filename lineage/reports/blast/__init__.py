"""The report on an impact: what breaks if this was wrong, what of it serves users, what to do first and whom to ask."""

from lineage.reports.blast.report import blast

__all__ = ["blast"]
