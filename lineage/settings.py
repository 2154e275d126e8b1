"""Where things are when nobody says: the index, and what the environment may set."""

from __future__ import annotations

import os
from pathlib import Path


def index_path(option: str | None) -> Path:
    """The index file: the option, else `$LINEAGE_INDEX`, else `index.db` in the user's data directory."""
    chosen = option or os.environ.get("LINEAGE_INDEX")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("azureml-lineage", appauthor=False) / "index.db"
