"""The dossier of a model version: 23 fields that auditors ask for, each with its evidence, or said to be missing."""

from lineage.reports.dossier.report import dossier

__all__ = ["dossier"]
