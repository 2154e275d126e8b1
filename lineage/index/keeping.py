"""Keeps the newest generation's adjacency in memory, and follows what is published.

A worker thread looks at the published number, builds the next adjacency aside and puts it in the place of the last in
one assignment. Whoever reads the last one goes on with it; it is freed with its last reader. Until the new one is
there, questions of the new generation are answered from the file, so no answer waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lineage.errors import LineageError
from lineage.ports import Generation

if TYPE_CHECKING:
    from lineage.index.csr import Csr

LOOK_SECONDS: Final = 1.0
"""Between two looks at the published number."""

WORTH: Final = 20_000
"""Edges from which an adjacency is worth its memory; a smaller graph is read whole in milliseconds."""


class Keeper:
    """Holds the adjacency of one generation at a time.

    `newest` tells the published generation, `build` makes the adjacency of one. Both are called in the worker only.
    """

    def __init__(
        self,
        newest: Callable[[], Generation],
        build: Callable[[Generation], Csr],
        *,
        every: float = LOOK_SECONDS,
        worth: int = WORTH,
    ) -> None:
        self._newest = newest
        self._build = build
        self._every = every
        self._worth = worth
        self._held: tuple[Generation, Csr] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="lineage-adjacency", daemon=True)

    def of(self, generation: Generation) -> Csr | None:
        """The adjacency of this generation, when it is the one that is held."""
        held = self._held
        # The digest tells another file's generation of the same number.
        same = held is not None and held[0].number == generation.number and held[0].digest == generation.digest
        return held[1] if held is not None and same else None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the worker, after the adjacency that it is building."""
        self._stop.set()
        self._thread.join()
        self._held = None

    def look(self) -> None:
        """Hold the newest generation's adjacency, building it when it is another than the one held."""
        newest = self._newest()
        if self.of(newest) is None:
            worth = newest.counts.get("edges", 0) >= self._worth
            self._held = (newest, self._build(newest)) if worth else None

    def _follow(self) -> None:
        failed = False
        while not self._stop.is_set():
            try:
                self.look()
                failed = False
            except Exception as error:
                # What is held stays, the file answers what is newer, and the next look tries again.
                if not failed and not isinstance(error, LineageError):
                    import logging  # a question from the command line has no use for it

                    logging.getLogger(__name__).exception(
                        "cannot hold the newest generation in memory; it is answered from the file"
                    )
                failed = True
            self._stop.wait(self._every)
