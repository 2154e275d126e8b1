"""In which order to put affected things right: each after everything that it was made from.

A thing's level is one more than the highest level among what it was made from; the suspects themselves are at
level 0, unless one of them was made from another. So whoever works through the levels in order never makes a thing
anew from one that is still wrong. Things that were made from one another in a circle (a name used again, a job that
reads what it wrote) are one step of the work: they share a level.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def levels(things: Collection[int], links: Iterable[tuple[int, int]], starts: Collection[int] = ()) -> dict[int, int]:
    """The level of each of `things`, at least 0 for the `starts` among them and 1 for the others.

    `links` are (cause, effect); those to or from others count nothing.
    """
    effects: dict[int, list[int]] = {key: [] for key in things}
    causes = dict.fromkeys(effects, 0)
    for cause, effect in dict.fromkeys(links):
        if cause in effects and effect in effects and cause != effect:
            effects[cause].append(effect)
            causes[effect] += 1
    level = dict.fromkeys(effects, 1)
    level.update((key, 0) for key in starts if key in level)
    ready = [key for key, number in causes.items() if not number]
    done = set(ready)
    for key in ready:  # it grows while it is walked
        for effect in effects[key]:
            level[effect] = max(level[effect], level[key] + 1)
            causes[effect] -= 1
            if not causes[effect]:
                done.add(effect)
                ready.append(effect)
    left = [key for key in effects if key not in done]
    if left:
        _around(left, effects, level)
    return level


def _around(left: list[int], effects: Mapping[int, list[int]], level: dict[int, int]) -> None:
    """Levels of what lies in circles and behind them, given those of everything before."""
    circles = _circles(left, effects)
    circle_of = {key: number for number, keys in enumerate(circles) for key in keys}
    for keys in circles:  # causes come before effects
        highest = max(level[key] for key in keys)
        for key in keys:
            level[key] = highest
        for key in keys:
            for effect in effects[key]:
                if circle_of[effect] != circle_of[key]:
                    level[effect] = max(level[effect], highest + 1)


def _circles(keys: Iterable[int], effects: Mapping[int, list[int]]) -> list[list[int]]:
    """Strongly connected components by Tarjan's algorithm, without recursion; causes before effects."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_: list[int] = []
    is_open: set[int] = set()
    found: list[list[int]] = []
    for root in keys:
        if root in number:
            continue
        walk = [(root, iter(effects[root]))]
        number[root] = lowest[root] = len(number)
        open_.append(root)
        is_open.add(root)
        while walk:
            key, rest = walk[-1]
            following = next((one for one in rest if one not in number or one in is_open), None)
            if following is None:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    lowest[above] = min(lowest[above], lowest[key])
                if lowest[key] == number[key]:
                    circle: list[int] = []
                    while not circle or circle[-1] != key:
                        circle.append(open_.pop())
                    is_open.difference_update(circle)
                    found.append(circle)
            elif following in number:
                lowest[key] = min(lowest[key], number[following])
            else:
                number[following] = lowest[following] = len(number)
                open_.append(following)
                is_open.add(following)
                walk.append((following, iter(effects[following])))
    return found[::-1]
