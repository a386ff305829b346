"""The database: its engine, its tables and its migrations. Each subject keeps its statements beside its rules."""

from alerts.store import outside, tables
from alerts.store.engine import Store

__all__ = ["Store", "outside", "tables"]
