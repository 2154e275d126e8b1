"""The index: records, nodes and edges of every published generation, in one file. The only door to `sqlite3`."""

from lineage.index.sqlite import SqliteIndex, open_index

__all__ = ["SqliteIndex", "open_index"]
