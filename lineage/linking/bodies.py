"""Reading the service's JSON without trusting its shape.

Any field may be missing, null or of another type. A reader gives what is there
if it has the right type and the empty value otherwise; none of them raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?\s*(?:([Zz])|([+-])(\d\d):?(\d\d))?", re.ASCII
)


def text(body: Any, name: str) -> str:
    """The string at `name`, or ''. Half a surrogate pair, which no encoding can carry, is written as an escape."""
    value = body.get(name) if type(body) is dict else None
    if type(value) is not str:
        return ""
    return value if value.isascii() and "\0" not in value else clean(value)  # nearly all need no call


def clean(value: str) -> str:
    """`value` such that it can be encoded, and without the character that claims keep for themselves."""
    if "\0" in value:
        value = value.replace("\0", "\\x00")
    if value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def obj(body: Any, *names: str) -> dict[str, Any]:
    """The object at the end of the path, or {}."""
    for name in names:
        body = body.get(name) if type(body) is dict else None
    return body if type(body) is dict else {}


def entries(body: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The named objects inside the object at `name`, by name."""
    for key, value in sorted(obj(body, name).items()):
        if type(value) is dict:
            yield clean(key), value


def objects(body: Any, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects inside the list at `name`, with their positions."""
    value = body.get(name) if type(body) is dict else None
    if type(value) is list:
        for position, item in enumerate(value):
            if type(item) is dict:
                yield position, item


def flag(body: Any, name: str) -> bool:
    """Whether the value at `name` is true, as a boolean or in words."""
    value = body.get(name) if type(body) is dict else None
    return value is True or (type(value) is str and value.lower() == "true")


def instant(value: str) -> str:
    """`value` in UTC with seven fractional digits and no zone, so that text order is time order; '' if it is none.

    A value without a zone is UTC, as run history means it.
    """
    match = _INSTANT.fullmatch(value)
    if match is None:
        return ""
    day, clock, fraction, _, sign, hours, minutes = match.groups()
    moment = f"{day}T{clock}"
    if sign and (hours != "00" or minutes != "00"):
        try:
            moment = datetime.fromisoformat(f"{moment}{sign}{hours}:{minutes}").astimezone(UTC).isoformat()[:19]
        except (ValueError, OverflowError):
            return ""
    return f"{moment}.{(fraction or '')[:7]:0<7}"


def created(body: Any) -> str:
    """When the thing was created (an ARM body), as `instant`."""
    return instant(text(obj(body, "systemData"), "createdAt"))
