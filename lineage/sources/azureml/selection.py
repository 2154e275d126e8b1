"""Which of the discovered workspaces and registries are crawled.

    mlw-credit-*                 by name
    rg-credit-*/*                by resource group and name
    5f0c1d3e-*/rg-*/mlw-prod     by subscription, resource group and name

`*`, `?` and `[…]` are those of a shell; case means nothing, as in Azure. What some include pattern names is taken
(everything, when there is none), less what an exclude pattern names.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

import msgspec

from lineage import ids
from lineage.errors import InvalidOption


class Placed(Protocol):
    """Something with a place in Azure."""

    @property
    def subscription(self) -> str: ...

    @property
    def resource_group(self) -> str: ...

    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Placed)


class Selection(msgspec.Struct, frozen=True):
    """Patterns that were checked by `selection`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def of(self, things: Iterable[P]) -> list[P]:
        """The things that are taken, in their order."""
        return [thing for thing in things if self._takes(thing)]

    def idle(self, things: Iterable[P]) -> list[str]:
        """The patterns that name none of the things."""
        there = list(things)
        return [p for p in (*self.include, *self.exclude) if not any(_matches(p, thing) for thing in there)]

    def _takes(self, thing: Placed) -> bool:
        named = not self.include or any(_matches(pattern, thing) for pattern in self.include)
        return named and not any(_matches(pattern, thing) for pattern in self.exclude)


def selection(include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Selection:
    """The selection that these patterns make. Raises InvalidOption for one that could never name anything."""
    return Selection(tuple(map(_checked, include)), tuple(map(_checked, exclude)))


def _checked(pattern: str) -> str:
    parts = pattern.strip().split("/")
    if len(parts) > 3 or not all(parts):
        raise InvalidOption(
            f"the pattern {pattern!r} is not NAME, GROUP/NAME or SUBSCRIPTION/GROUP/NAME",
            "write for example 'mlw-credit-*' for names, or 'rg-credit-*/*' for everything in some resource groups",
        )
    return ids.fold(pattern.strip())


def _matches(pattern: str, thing: Placed) -> bool:
    where = (thing.subscription, thing.resource_group, thing.name)
    parts = pattern.split("/")
    return all(fnmatchcase(ids.fold(name), part) for name, part in zip(where[-len(parts) :], parts, strict=True))
