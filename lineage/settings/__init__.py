"""Where things are and what is crawled when nobody says: `lineage.toml`, and what the environment may set.

file.py     `lineage.toml`: which sources are crawled, and how
lines.py    on which line of it a key stands
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FILE: Final = "lineage.toml"
"""The file's name, where it is found by itself: in the working directory."""


def index_path(option: str | None) -> Path:
    """The index: the option, else `$LINEAGE_INDEX`, else what `lineage.toml` here says, else the user's own.

    That is `index.db` in the user's data directory. Raises InvalidOption when the file cannot be read.
    """
    chosen = option or os.environ.get("LINEAGE_INDEX")
    if not chosen and Path(FILE).is_file():
        from lineage.settings.file import read

        chosen = read(Path(FILE)).index
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("azureml-lineage", appauthor=False) / "index.db"
