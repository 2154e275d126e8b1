"""How a crawl behaves towards the service: how many requests at once, and how long it lets itself be put off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lineage.errors import InvalidOption
from lineage.sources.polite.gate import Gates

PATIENCE: Final = 900.0
CONCURRENCY: Final = 8
_MOST: Final = 64


def _nobody(_said: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Manners:
    """patience: seconds that one read may be put off by 429s before the crawl ends with ThrottledOut.
    concurrency: requests in flight at once, 1 to 64. gates: shared by every source that is given these manners.
    tell: is given a sentence for each wait that is worth one.

    Raises InvalidOption for what no crawl can do.
    """

    patience: float = PATIENCE
    concurrency: int = CONCURRENCY
    gates: Gates = field(default_factory=Gates)
    tell: Callable[[str], object] = _nobody

    def __post_init__(self) -> None:
        if not 1 <= self.concurrency <= _MOST:
            raise InvalidOption(f"a concurrency of {self.concurrency}", f"choose 1 to {_MOST} requests at once")
        if not self.patience >= 0:
            raise InvalidOption(f"a patience of {self.patience} seconds", "choose 0 or more seconds")
